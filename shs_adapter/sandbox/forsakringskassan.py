"""Försäkringskassan behind the sandbox node: takes a question in, confirms it, thinks, and answers.

Source: shs-wire 4.5 and 4.6, which say what can fail after the 202, and in which order.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from shs_adapter.errors import Malformed
from shs_adapter.sandbox import letters, ssbtek
from shs_adapter.sandbox.faults import Fault
from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT, Letter
from shs_adapter.sandbox.mailbox import PostOffice
from shs_adapter.sandbox.witness import Step, Witness
from shs_adapter.shs import message, names
from shs_adapter.shs.label import Label, SequenceType

# What a label must fulfil, and the code that its sender is told otherwise; the first failure counts.
_CONDITIONS: tuple[tuple[str, Callable[[Label], bool]], ...] = (
    ("UnresolvedReceiver", lambda label: bool(label.to) or label.product == PRODUCT),
    ("UnknownReceiver", lambda label: not label.to or names.organisation(label.to) == ORGANISATION),
    ("MissingAgreement", lambda label: label.product == PRODUCT),
    ("IllegalMessageStructure", lambda label: label.compound is None),
)


@dataclass(frozen=True, slots=True)
class Manners:
    """How it behaves: faults beside those of the cast, how late a late answer is, and how long it thinks."""

    faults: Collection[Fault]
    late: timedelta
    think: timedelta


class Forsakringskassan:
    """Has a task for every message it is busy with; all that it sends lands in a mailbox of the node."""

    def __init__(
        self, post: PostOffice, witness: Witness, manners: Manners, now: Callable[[], datetime]
    ) -> None:
        self._post = post
        self._witness = witness
        self._manners = manners
        self._now = now
        self._memory = ssbtek.Memory()
        self._busy: set[asyncio.Task[None]] = set()

    def accept(self, label: Label, raw: bytes) -> None:
        """Take a message in and return at once."""
        task = asyncio.create_task(self._process(label, raw))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    def litter(self, client: str) -> None:
        """Send *client* what it must not stumble over: see `letters.litter`."""
        for letter in letters.litter(client, self._now()):
            self._send(Step.LITTER, letter)

    async def close(self) -> None:
        """Drop all work in hand."""
        busy = [*self._busy]
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)

    async def _process(self, label: Label, raw: bytes) -> None:
        if label.sequence_type is SequenceType.ADM:
            return  # a confirm or an error is never answered
        try:
            await self._answer(label, raw)
        except Exception as surprise:
            # Whatever it was, the sender is told OtherError, as by Axel. Its text may quote, and stays here.
            self._witness.note(self._now(), Step.SURPRISE, label, code=type(surprise).__name__)
            self._complain(label, "OtherError")

    async def _answer(self, label: Label, raw: bytes) -> None:
        if code := next((code for code, fulfilled in _CONDITIONS if not fulfilled(label)), None):
            self._complain(label, code)
            return
        try:
            question = message.read(raw).parts[0]
        except Malformed:
            self._complain(label, "IllegalMessageStructure")
            return
        self._send(Step.CONFIRM, letters.confirm(label, self._now()))
        await asyncio.sleep(self._manners.think.total_seconds())
        reactions = ssbtek.react(
            question.content,
            now=self._now(),
            faults=self._manners.faults,
            late=self._manners.late,
            memory=self._memory,
        )
        waited = timedelta()
        for reaction in sorted(reactions, key=lambda reaction: reaction.delay):
            await asyncio.sleep((reaction.delay - waited).total_seconds())
            waited = reaction.delay
            match reaction:
                case ssbtek.Answer(payload):
                    self._send(Step.ANSWER, letters.answer(label, question, payload, self._now()))
                case ssbtek.Error(code):
                    self._complain(label, code)

    def _complain(self, label: Label, code: str) -> None:
        self._send(Step.ERROR, letters.error(label, code, self._now()), code=code)

    def _send(self, step: Step, letter: Letter, **facts: str) -> None:
        now = self._now()
        self._post.deliver(letter.label, letter.raw, now)
        self._witness.note(now, step, letter.label, **facts)
