"""The mailboxes of the sandbox node: what waits, what is being fetched, what has been acknowledged.

Rule 1: an entry keeps its place of arrival until it leaves the list for good, so nothing needs sorting and
what has left is never looked at again.
Rule 2: what can no longer be asked for is not kept: of a fetched message the label alone, and of one that is
acknowledged too its tx.id. All of it is in memory and ends with the process.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shs_adapter.errors import NotFound
from shs_adapter.shs.label import Label, SequenceType

_STALE = timedelta(minutes=60)


class State(StrEnum):
    """Where an entry is on its way out (shs-wire 6.2); being acknowledged is a flag beside it."""

    RECEIVED = "RECEIVED"
    FETCHING_IN_PROGRESS = "FETCHING_IN_PROGRESS"
    FETCHED = "FETCHED"


@dataclass(slots=True)
class Entry:
    """A message in a mailbox; *changed* is when its state last changed, which `since` asks about."""

    label: Label
    raw: bytes = field(repr=False)
    changed: datetime
    state: State = State.RECEIVED
    acknowledged: bool = False

    def move(self, state: State, now: datetime) -> None:
        self.state = state
        self.changed = now


class Mailbox:
    """The messages to one address.

    With *consume* a message can be fetched once. Without it a message is listed, and can be fetched again,
    until it is acknowledged, as on other vendors' nodes.
    """

    def __init__(self, *, consume: bool) -> None:
        self._consume = consume
        self._listed: dict[str, Entry] = {}
        self._fetched: dict[str, Entry] = {}
        self._closed: set[str] = set()

    def deliver(self, label: Label, raw: bytes, now: datetime) -> None:
        self._listed[label.tx_id] = Entry(label, raw, now)

    def waiting(self, now: datetime) -> Iterator[Entry]:
        """What a list may show, in order of arrival."""
        return (entry for entry in self._listed.values() if _free(entry, now))

    def lock(self, tx_id: str, now: datetime) -> Entry:
        """Take a message out for fetching; to be followed by `fetched` or `put_back`.

        Raises NotFound if it is unknown, already fetched, or being fetched by a fetch that is not stale.
        """
        entry = self._listed.get(tx_id)
        if entry is None or not _free(entry, now):
            raise NotFound("message")
        entry.move(State.FETCHING_IN_PROGRESS, now)
        return entry

    def fetched(self, entry: Entry, now: datetime) -> None:
        """The last byte has been handed to the client's stream."""
        if not self._consume:
            entry.move(State.RECEIVED, now)
            return
        if self._listed.pop(entry.label.tx_id, None) is None:
            return  # this fetch outlived its lock, and another was here before it
        entry.move(State.FETCHED, now)
        entry.raw = b""
        if entry.acknowledged:
            self._closed.add(entry.label.tx_id)
        else:
            self._fetched[entry.label.tx_id] = entry

    def put_back(self, entry: Entry, now: datetime) -> None:
        """The stream broke; nothing is done if the message was fetched meanwhile."""
        if entry.state is State.FETCHING_IN_PROGRESS:
            entry.move(State.RECEIVED, now)

    def acknowledge(self, tx_id: str) -> Label | None:
        """Set the flag, in whatever state the message is.

        Returns the label of the message to confirm to its sender: None if this is a repetition, or if the
        message is itself administrative. Raises NotFound if there never was such a message here.
        """
        if tx_id in self._closed:
            return None
        entry = self._fetched.pop(tx_id, None) or self._listed.get(tx_id)
        if entry is None:
            raise NotFound("message")
        first = not entry.acknowledged
        entry.acknowledged = True
        if entry.state is State.FETCHED or not self._consume:
            self._listed.pop(tx_id, None)
            self._closed.add(tx_id)
        return entry.label if first and entry.label.sequence_type is not SequenceType.ADM else None


def _free(entry: Entry, now: datetime) -> bool:
    """Whether nobody is fetching the entry; a lock that went stale is released on the way."""
    if entry.state is State.FETCHING_IN_PROGRESS and now - entry.changed > _STALE:
        entry.move(State.RECEIVED, now)
    return entry.state is State.RECEIVED


class PostOffice:
    """Every mailbox of a node, and the tx.ids it has seen."""

    def __init__(self, *, detect_duplicates: bool, consume: bool) -> None:
        self._detect_duplicates = detect_duplicates
        self._consume = consume
        self._mailboxes: dict[str, Mailbox] = {}
        self._seen: set[str] = set()

    def is_duplicate(self, tx_id: str) -> bool:
        """Whether a message with this tx.id was received before; the answer to the next asking is yes.

        Always False on a node that does not detect duplicates.
        """
        if not self._detect_duplicates:
            return False
        known = tx_id in self._seen
        self._seen.add(tx_id)
        return known

    def deliver(self, label: Label, raw: bytes, now: datetime) -> None:
        mailbox = self._mailboxes.setdefault(label.to, Mailbox(consume=self._consume))
        mailbox.deliver(label, raw, now)

    def mailbox(self, address: str) -> Mailbox:
        """The mailbox of exactly this address; an unknown address has an empty one, which is not kept."""
        return self._mailboxes.get(address) or Mailbox(consume=self._consume)
