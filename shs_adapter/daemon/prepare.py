"""Prepare: a row becomes a question, and the question a frozen envelope.

    seal what is clear, claim (new) → take note of withdrawals → parse, build → freeze

Rule: the personal number is sealed at first sight, whatever the row's state or quality; the envelope is
committed before anything is sent; one bad row harms no other.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import retry
from shs_adapter.daemon import envelope, intake
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.group import Group
from shs_adapter.errors import InvalidQuestion, MalformedMessage, RowLocked
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.store import answers, attempts, claims, links, outbox, persons, tombstones
from shs_adapter.store.attempts import Asking, Envelope
from shs_adapter.store.bulk import Writes
from shs_adapter.store.engine import is_locked, is_passing
from shs_adapter.store.links import Link
from shs_adapter.store.outbox import Move

_log = logging.getLogger(__name__)

_BATCH = 200
_CHUNK = 50  # questions built before they are kept, while the next ones are built
_SEALED = 500  # clear numbers at a time: they go before all else, and nothing waits long for them
_LEASE = timedelta(minutes=1)
_SOON = 0.02  # seconds; what comes within them is prepared together
_ANEW = 1  # second, until it is looked whether a row is locked no more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What is to become of a row; *frozen* where it is a question now."""

    row: Row[Any]
    event: Event
    code: str | None
    text: str | None
    frozen: Envelope | None
    columns: Mapping[str, Any]


class Prepare:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._group = Group(self._write)
        self._is_behind = False  # more came than is sealed in one turn
        self._left_until = context.now()  # until then leases of rows that others have locked may be left

    async def turn(self) -> bool:
        context, rows = self._context, list[Row[Any]]()
        if self._left_until > context.now():
            await self.give_back()
            asyncio.get_running_loop().call_later(_ANEW, context.wake_prepare.set)
        async with context.turn() as connection:
            taken_back = await outbox.taken_back(connection, _BATCH)
            sealed = await persons.seal(connection, context.vault, _SEALED)
            if sealed < _SEALED:
                # What comes in meanwhile is not claimed before it is sealed: it would look like a row
                # without a person.
                rows = await claims.claim(
                    connection,
                    State.NEW,
                    limit=_BATCH,
                    owner=context.owner,
                    lease=_LEASE,
                    now=context.now(),
                    # A mark of before all were sealed may stand behind the most urgent.
                    mark=None if self._is_behind else context.marks[State.NEW],
                )
                for row in rows:
                    if row.person_sealed is None:  # it was not sealed, for want of a person
                        await persons.hide(connection, context.vault, row.id, row.case_id)
        self._is_behind = sealed == _SEALED
        if sealed:
            context.sealed.set()
        withdrawn = await self._withdraw(taken_back)
        writing: list[asyncio.Task[None]] = []
        for first in range(0, len(rows), _CHUNK):
            prepared = []
            for row in rows[first : first + _CHUNK]:
                prepared.append(self._prepared(row))
                await asyncio.sleep(0)  # building takes the processor, and others wait for it
            writing += [asyncio.create_task(self._keep(one)) for one in prepared]
        await asyncio.gather(*writing)
        if self._is_behind or _BATCH in (withdrawn, len(rows)):
            return True
        if sealed or withdrawn or rows:
            await asyncio.sleep(_SOON)
            context.rung.set()  # more may have come meanwhile
        return False

    async def give_back(self) -> None:
        """Free what was claimed: a claim may be committed, and its answer lost."""
        async with self._context.engine.begin() as connection:
            await claims.take_back(connection, self._context.owner, State.NEW)

    async def _withdraw(self, taken_back: Sequence[int]) -> int:
        """Note what the business system takes back; what may have been sent can still be answered.

        Returns how many are noted.
        """
        context = self._context
        done = 0
        for outbox_id in taken_back:
            try:
                async with context.turn() as connection:
                    await outbox.record(
                        connection,
                        outbox_id,
                        Event.WITHDRAWN,
                        at=context.now(),
                        actor=context.owner,
                        code="withdrawn",
                        text="withdrawn by the business system",
                    )
                    await answers.retract(connection, outbox_id)
            except Exception as error:  # one row's fault holds up no other
                if is_locked(error):
                    continue  # what it concerns is locked by another; it is met again at the next look
                if is_passing(error):
                    raise
                event(_log, "surprise", logging.ERROR, id=outbox_id, error=describe(error))
            else:
                event(_log, Event.WITHDRAWN, id=outbox_id)
                done += 1
        return done

    def _prepared(self, row: Row[Any]) -> _Prepared:
        """What becomes of the row: an envelope, or the reason why there is none. Pure, but for new ids."""
        context, now = self._context, self._context.now()
        try:
            tenant = context.config.tenants.get(row.tenant)
            if tenant is None:
                raise InvalidQuestion("unknown_tenant", "the configuration has no tenant of this name")
            asked = intake.read(row, persons.reveal(context.vault, row), tenant, context.today())
            if asked.deadline and asked.deadline <= now:
                return _ended(row, Event.EXHAUSTED, "give_up_at", "the time to give up had passed")
            if asked.due and asked.due > now:
                times: dict[str, Any] = {"due_at": asked.due, "deadline_at": asked.deadline}
                return _ended(row, Event.DEFERRED, "not_before", **times)
            frozen = envelope.build(
                asked,
                row.tenant,
                tenant,
                tx_id=str(uuid4()),
                content_id=str(uuid4()),
                today=context.today(),
                local_now=context.local_now(),
                limit=context.config.limits.message_bytes,
                schemas=context.schemas,
            )
        except InvalidQuestion as error:
            return _ended(row, Event.MALFORMED, error.code, str(error))
        except MalformedMessage as error:
            return _ended(row, Event.MALFORMED, "label", f"the SHS label cannot be written: {error}")
        except Exception as error:
            return self._surprised(row, error)
        times = {"due_at": now, "due_since": now, "deadline_at": asked.deadline}
        return _ended(row, Event.BUILT, None, frozen=frozen, asked_agencies=",".join(asked.agencies), **times)

    def _surprised(self, row: Row[Any], error: Exception) -> _Prepared:
        """A fault of ours defers this row alone."""
        context, now = self._context, self._context.now()
        event(_log, "surprise", logging.ERROR, id=row.id, error=describe(error))
        since, tries = row.due_since or now, row.attempts + 1
        spent = retry.is_spent(since, now, timedelta(), context.config.retry.give_up_after)
        return _ended(
            row,
            Event.EXHAUSTED if spent else Event.DEFERRED,
            "unexpected",
            due_at=now + context.rest(tries),
            due_since=since,
            attempts=tries,
        )

    async def _keep(self, prepared: _Prepared) -> None:
        """Write it down, with others; a surprise defers this row alone.

        Nothing was made of a row that another has locked meanwhile: it is claimed anew when it is let go.
        """
        try:
            move, moved = await self._written(prepared)
        except RowLocked:
            self._left_until = self._context.now() + _LEASE
            asyncio.get_running_loop().call_later(_ANEW, self._context.wake_prepare.set)
            return
        except Exception as error:
            move, moved = await self._written(self._surprised(prepared.row, error))
        event(_log, move.event, id=move.outbox_id, tx_id=move.tx_id, code=move.code, moved=moved)

    async def _written(self, prepared: _Prepared) -> tuple[Move, bool]:
        return await self._context.outage.outlast("prepare", lambda: self._group.add(prepared))

    async def _write(self, group: Sequence[_Prepared]) -> list[tuple[Move, bool]]:
        """Keep the envelopes and move the rows on, in one transaction."""
        context, now = self._context, self._context.now()
        async with context.turn() as connection:
            known = await links.read(connection)
            checked = await self._ask_once(connection, await self._ask_no_purged(connection, group))
            moves = [self._move(one, known) for one in checked]
            writes = Writes()
            moved = await outbox.record_all(connection, moves, at=now, actor=context.owner, writes=writes)
            frozen = {
                one.row.id: one.frozen
                for one, ours in zip(checked, moved, strict=True)
                if one.frozen is not None and ours
            }
            await attempts.freeze(connection, context.vault, frozen, now, writes)
            await context.step("building")
        await context.step("frozen")
        if frozen:
            context.wake_submit.set()
        return list(zip(moves, moved, strict=True))

    def _move(self, prepared: _Prepared, known: Mapping[str, Link]) -> Move:
        row, columns = prepared.row, dict(prepared.columns)
        if prepared.frozen is not None:
            columns["stood_still"] = self._context.stood_still(row.tenant, known)
        return Move(
            outbox_id=row.id,
            event=prepared.event,
            token=row.lease_token,
            tx_id=prepared.frozen.tx_id if prepared.frozen else None,
            code=prepared.code,
            text=prepared.text,
            columns=columns,
        )

    async def _ask_no_purged(
        self, connection: AsyncConnection, group: Sequence[_Prepared]
    ) -> list[_Prepared]:
        """Fail (reference_purged) what was asked before by its reference, and is purged."""
        rows = [one.row for one in group if one.frozen is not None]
        gone = await tombstones.asked_before(connection, self._context.vault, rows)
        text = "a question with this reference was asked and is purged; a new one needs another reference"
        return [
            _ended(one.row, Event.MALFORMED, "reference_purged", text) if one.row.id in gone else one
            for one in group
        ]

    async def _ask_once(self, connection: AsyncConnection, group: Sequence[_Prepared]) -> list[_Prepared]:
        """Fail (repeated) what was asked a moment ago, without a reason to ask it again."""
        asking = [
            Asking(row=one.row, agencies=one.columns["asked_agencies"], envelope=one.frozen)
            for one in group
            if one.frozen is not None
            and one.row.root_id is None
            and not (one.row.ask_anyway_reason or "").strip()
        ]
        since = self._context.now() - self._context.config.limits.repeat_window
        earlier = await attempts.asked_before(connection, asking, since)
        return [
            _ended(
                one.row,
                Event.MALFORMED,
                "repeated",
                f"question {earlier[one.row.id]} asked the same a moment ago; to ask again, write"
                " ask_anyway_reason",
            )
            if one.row.id in earlier
            else one
            for one in group
        ]


def _ended(
    row: Row[Any],
    what: Event,
    code: str | None,
    text: str | None = None,
    *,
    frozen: Envelope | None = None,
    **columns: Any,
) -> _Prepared:
    return _Prepared(row=row, event=what, code=code, text=text, frozen=frozen, columns=columns)
