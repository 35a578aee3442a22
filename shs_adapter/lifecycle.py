"""The life of a question, as one table.

Rule 1: every state and every transition is written here and nowhere else.
Rule 2: there is no "sending" state. Who works on a row is a lease, so no row is ever stuck.
Rule 3: news from the node moves a row whoever holds its lease, and late good news wins over our impatience.
"""

from enum import StrEnum

from shs_adapter.errors import IllegalMove


class State(StrEnum):
    NEW = "new"  # inserted by the business system
    READY = "ready"  # its envelope is frozen; it may be sent
    ACCEPTED = "accepted"  # the node has given a receipt
    CONFIRMED = "confirmed"  # the receiver has acknowledged it
    DONE = "done"  # an answer is in the inbox
    FAILED = "failed"  # given up, with a reason


class Event(StrEnum):
    BUILT = "built"  # the envelope was built and frozen
    MALFORMED = "malformed"  # the row cannot become a question
    ACCEPTED = "accepted"  # receipt from the node
    DEFERRED = "deferred"  # not now; tried again later
    REFUSED = "refused"  # the node refuses this message for good
    EXHAUSTED = "exhausted"  # given up by age, unsent or unanswered by the node
    CONFIRMED = "confirmed"  # confirm message
    COMPLETED = "completed"  # answer
    ERRORED = "errored"  # SHS error message
    TIMED_OUT = "timed-out"  # accepted, but no answer in time
    WITHDRAWN = "withdrawn"  # the business system takes it back
    RESENT = "resent"  # an operator sends the same bytes again
    REBUILT = "rebuilt"  # an operator orders a new envelope


# What each event leads to, state by state. An event that is missing here is illegal in that state.
MOVES: dict[State, dict[Event, State]] = {
    State.NEW: {
        Event.BUILT: State.READY,
        Event.MALFORMED: State.FAILED,
        Event.DEFERRED: State.NEW,
        Event.EXHAUSTED: State.FAILED,
        Event.WITHDRAWN: State.FAILED,
        Event.COMPLETED: State.DONE,  # an answer to an earlier envelope, while the rebuilt one is awaited
    },
    State.READY: {
        Event.MALFORMED: State.FAILED,
        Event.ACCEPTED: State.ACCEPTED,
        Event.DEFERRED: State.READY,
        Event.REFUSED: State.FAILED,
        Event.EXHAUSTED: State.FAILED,
        Event.CONFIRMED: State.CONFIRMED,  # an answer may outrun our own bookkeeping
        Event.COMPLETED: State.DONE,
        Event.ERRORED: State.FAILED,
        Event.WITHDRAWN: State.FAILED,
    },
    State.ACCEPTED: {
        Event.ACCEPTED: State.ACCEPTED,
        Event.CONFIRMED: State.CONFIRMED,
        Event.COMPLETED: State.DONE,
        Event.ERRORED: State.FAILED,
        Event.TIMED_OUT: State.FAILED,
        Event.WITHDRAWN: State.ACCEPTED,
    },
    State.CONFIRMED: {
        Event.ACCEPTED: State.CONFIRMED,
        Event.CONFIRMED: State.CONFIRMED,
        Event.COMPLETED: State.DONE,
        Event.ERRORED: State.FAILED,
        Event.TIMED_OUT: State.FAILED,
        Event.WITHDRAWN: State.CONFIRMED,
    },
    State.DONE: {
        Event.ACCEPTED: State.DONE,
        Event.CONFIRMED: State.DONE,
        Event.COMPLETED: State.DONE,
        Event.ERRORED: State.DONE,
        Event.WITHDRAWN: State.DONE,
    },
    State.FAILED: {
        Event.ACCEPTED: State.ACCEPTED,
        Event.CONFIRMED: State.CONFIRMED,
        Event.COMPLETED: State.DONE,
        Event.ERRORED: State.FAILED,
        Event.WITHDRAWN: State.FAILED,
        Event.RESENT: State.READY,
        Event.REBUILT: State.NEW,
    },
}

# The same bytes may go out again only where the node has not taken them; else a new envelope is needed.
RESENDABLE = {Event.REFUSED, Event.EXHAUSTED}
REBUILDABLE = RESENDABLE | {Event.MALFORMED, Event.ERRORED, Event.TIMED_OUT}

_KEEPING = {Event.DEFERRED, Event.WITHDRAWN}  # change the row although the state stays
# Late good news wins over our impatience, but an SHS error is none: the node has taken the message, and says
# that it failed. A list may have the error before the confirm, and the error may come before the receipt.
_OF_NO_AVAIL = {Event.ACCEPTED, Event.CONFIRMED}


def after(state: State, event: Event, reason: str = "") -> State:
    """The state that *event* leads to; *reason* is the event that last changed the row.

    Raises IllegalMove (code `illegal_move`) where the table has no entry, and for resent and rebuilt
    where the row's reason does not allow them.
    """
    target = _target(state, event, reason)
    allowed = {Event.RESENT: RESENDABLE, Event.REBUILT: REBUILDABLE}.get(event)
    if target is None or (allowed is not None and reason not in allowed):
        raise IllegalMove(
            "illegal_move", f"{event} is not possible: the question is {state} ({reason or '-'})"
        )
    return target


def changes(state: State, event: Event, reason: str = "") -> bool:
    """False for an event that the state swallows: it goes to the journal and leaves the row as it is."""
    return _target(state, event, reason) != state or event in _KEEPING


def _target(state: State, event: Event, reason: str) -> State | None:
    if state is State.FAILED and reason == Event.ERRORED and event in _OF_NO_AVAIL:
        return state
    return MOVES[state].get(event)
