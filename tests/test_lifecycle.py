"""Every cell of the life cycle, against a table written by hand."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def ending(events: Sequence[Event], start: State = State.READY) -> tuple[State, str]:
    """Where a question ends, and the event that changed it last, as `store.outbox` writes them."""
    state, reason = start, "built"
    for event in events:
        if changes(state, event, reason):
            state, reason = after(state, event, reason), event
    return state, reason


NEWS = (Event.ACCEPTED, Event.CONFIRMED, Event.ERRORED, Event.COMPLETED)


@given(st.lists(st.sampled_from(NEWS), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_same_messages_in_any_order_end_in_the_same_state(events: list[Event], random: Random) -> None:
    shuffled = random.sample(events, len(events))

    assert ending(shuffled)[0] is ending(events)[0]


@pytest.mark.parametrize("late", [Event.ACCEPTED, Event.CONFIRMED])
def test_an_error_stays_an_error_whatever_comes_late_but_an_answer(late: Event) -> None:
    assert ending([Event.ERRORED, late]) == (State.FAILED, Event.ERRORED)
    assert ending([Event.ERRORED, late, Event.COMPLETED])[0] is State.DONE


@pytest.mark.parametrize("reason", [Event.REFUSED, Event.EXHAUSTED, Event.TIMED_OUT])
def test_late_good_news_wins_over_our_impatience(reason: Event) -> None:
    assert after(State.FAILED, Event.CONFIRMED, reason) is State.CONFIRMED
    assert after(State.FAILED, Event.ACCEPTED, reason) is State.ACCEPTED
