"""The witness: what the node did, one JSON line per step, for those who practise against it and for tests.

Rule: a line names messages by their ids and products. Payloads, subjects and persons are not its business.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from shs_adapter.shs.label import Label


class Step(StrEnum):
    """What a line can tell."""

    RECEIVED = "received"  # answered 202; *duplicate* tells whether it was known
    REFUSED = "refused"  # answered 400, with *code*
    CONFIRM = "confirm"  # Försäkringskassan acknowledged, so a confirm message was sent
    ANSWER = "answer"  # Försäkringskassan answered
    ERROR = "error"  # an error message was sent, with *code*
    SURPRISE = "surprise"  # the sandbox itself failed over a message; *code* is the kind of failure
    LITTER = "litter"  # put into the mailbox at start, unasked
    LISTED = "listed"  # a list showed *hits* messages; empty lists are not noted
    FETCHED = "fetched"
    BROKEN = "broken"  # the client went away during a fetch; the message was put back
    ABSENT = "absent"  # fetch or acknowledgement answered 404
    REQUEST = "request"  # of any kind, by a busy node, with how many are *under_way*
    ACKNOWLEDGED = "acknowledged"  # by the client; *confirm* is the tx.id of what it made the node send


class Witness:
    """Appends lines to a file, each in one write."""

    def __init__(self, file: Path) -> None:
        self._stream = file.open("ab", buffering=0)
        self._encode = msgspec.json.Encoder().encode

    def note(self, now: datetime, step: Step, label: Label | None = None, **facts: str | int) -> None:
        """Write a line about the message with *label*, and *facts* beside it."""
        ids = {"tx_id": label.tx_id, "corr_id": label.corr_id, "product": label.product} if label else {}
        self._stream.write(self._encode({"time": now, "what": step, **ids, **facts}) + b"\n")

    def close(self) -> None:
        self._stream.close()
