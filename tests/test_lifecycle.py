"""Every cell of the life cycle, against a table written by hand."""

import pytest

from shs_adapter.errors import IllegalMove
from shs_adapter.lifecycle import MOVES, Event, State, after, changes

_TABLE = """
           built malformed accepted deferred refused exhausted confirmed completed errored timed-out withdrawn
new        ready failed    ·        new      ·       failed    ·         done      ·       ·         failed
ready      ·     failed    accepted ready    failed  failed    confirmed done      failed  ·         failed
accepted   ·     ·         accepted ·        ·       ·         confirmed done      failed  failed    accepted
confirmed  ·     ·         confirmed ·       ·       ·         confirmed done      failed  failed    confirmed
done       ·     ·         done     ·        ·       ·         done      done      done    ·         done
failed     ·     ·         accepted ·        ·       ·         confirmed done      failed  ·         failed
"""

_HEAD, *_LINES = (line.split() for line in _TABLE.strip().splitlines())
CELLS = [
    (State(state), Event(event), None if cell == "·" else State(cell))
    for state, *cells in _LINES
    for event, cell in zip(_HEAD, cells, strict=True)
]

# What an operator may order of a failed question, by the reason why it failed: the same bytes only where the
# node has not taken them.
AGAIN = {
    Event.RESENT: (State.READY, {Event.REFUSED, Event.EXHAUSTED}),
    Event.REBUILT: (
        State.NEW,
        {Event.REFUSED, Event.EXHAUSTED, Event.MALFORMED, Event.ERRORED, Event.TIMED_OUT},
    ),
}


@pytest.mark.parametrize(("state", "event", "target"), CELLS)
def test_every_cell_of_the_table(state: State, event: Event, target: State | None) -> None:
    if target is None:
        with pytest.raises(IllegalMove) as caught:
            after(state, event)

        assert caught.value.code == "illegal_move"
    else:
        assert after(state, event) is target


def test_the_table_here_leaves_nothing_out() -> None:
    walked = {(state, event) for state, event, _ in CELLS}

    assert walked == {(state, event) for state in State for event in Event if event not in AGAIN}
    assert set(MOVES) == set(State)


def test_an_answer_to_an_earlier_envelope_counts_while_a_rebuilt_question_waits_for_its_new_one() -> None:
    """The one cell beyond the table as it was drawn: a rebuilt question is new again, and its first envelope
    may still be answered."""
    assert after(State.NEW, Event.COMPLETED) is State.DONE


@pytest.mark.parametrize("event", AGAIN)
@pytest.mark.parametrize("reason", list(Event))
def test_a_failed_question_is_tried_again_only_where_its_reason_allows(event: Event, reason: Event) -> None:
    target, allowed = AGAIN[event]

    if reason in allowed:
        assert after(State.FAILED, event, reason) is target
    else:
        with pytest.raises(IllegalMove):
            after(State.FAILED, event, reason)


@pytest.mark.parametrize("event", AGAIN)
@pytest.mark.parametrize("state", [state for state in State if state is not State.FAILED])
def test_nothing_but_a_failed_question_is_tried_again(event: Event, state: State) -> None:
    with pytest.raises(IllegalMove):
        after(state, event, Event.REFUSED)


def test_an_illegal_move_says_which_and_from_where() -> None:
    with pytest.raises(IllegalMove) as caught:
        after(State.DONE, Event.RESENT, Event.COMPLETED)

    assert str(caught.value) == "resent is not possible: the question is done (completed)"


def test_an_event_that_leaves_the_state_leaves_the_row() -> None:
    swallowed = {
        (state, event) for state, event, target in CELLS if target is not None and not changes(state, event)
    }

    assert swallowed == {
        (state, event)
        for state, event, target in CELLS
        if target is state and event not in (Event.DEFERRED, Event.WITHDRAWN)
    }
