"""Prepare: a row becomes a question, and the question a frozen envelope.

    take note of withdrawals → seal what is clear, claim (new) → parse, build → freeze

Rule: the personal number is sealed at first sight, whatever the row's state or quality; the envelope is
committed before anything is sent; one bad row harms no other.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import retry
from shs_adapter.daemon import envelope, intake
from shs_adapter.daemon.context import Context
from shs_adapter.errors import InvalidQuestion, MalformedMessage
from shs_adapter.lifecycle import Event, State
from shs_adapter.log import describe, event
from shs_adapter.store import answers, attempts, links, outbox, persons
from shs_adapter.store.tables import outbox as table

_log = logging.getLogger(__name__)

_BATCH = 50
_SEALED = 500  # clear numbers at a time: they go before all else, and nothing waits long for them
_LEASE = timedelta(minutes=1)


class Prepare:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def turn(self) -> bool:
        context, rows = self._context, list[Row[Any]]()
        withdrawn = await self._withdraw()
        async with context.turn() as connection:
            sealed = await persons.seal(connection, context.vault, _SEALED)
            if sealed < _SEALED:
                # Nothing clear is left, and nothing comes in before this transaction ends: a row that was
                # claimed unsealed would look like one without a person.
                rows = await outbox.claim(
                    connection, State.NEW, limit=_BATCH, owner=context.owner, lease=_LEASE, now=context.now()
                )
                for row in rows:
                    if row.person_sealed is None:  # it was not sealed, for want of a person
                        await persons.hide(connection, context.vault, row.id, row.case_id)
        if sealed:
            context.sealed.set()
        for row in rows:
            await self._prepare(row)
        return bool(sealed or withdrawn or rows)

    async def _withdraw(self) -> bool:
        """Note what the business system takes back; what may have been sent can still be answered."""
        context = self._context
        wanted = (table.c.withdraw_reason != "", table.c.withdrawn_at.is_(None))
        async with context.engine.begin() as connection:
            found = await outbox.ids(connection, *wanted, limit=_BATCH)
        done = 0
        for outbox_id in found:
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
                event(_log, "surprise", logging.ERROR, id=outbox_id, error=describe(error))
            else:
                event(_log, Event.WITHDRAWN, id=outbox_id)
                done += 1
        return done > 0

    async def _prepare(self, row: Row[Any]) -> None:
        context, now = self._context, self._context.now()
        try:
            tenant = context.config.tenants.get(row.tenant)
            if tenant is None:
                raise InvalidQuestion("unknown_tenant", "the configuration has no tenant of this name")
            asked = intake.read(row, persons.reveal(context.vault, row), tenant, context.today())
            if asked.deadline and asked.deadline <= now:
                await self._move(row, Event.EXHAUSTED, "give_up_at", "the time to give up had passed")
                return
            if asked.due and asked.due > now:
                await self._move(
                    row, Event.DEFERRED, "not_before", due_at=asked.due, deadline_at=asked.deadline
                )
                return
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
            await self._freeze(row, asked, frozen)
        except InvalidQuestion as error:
            await self._move(row, Event.MALFORMED, error.code, str(error))
        except MalformedMessage as error:
            await self._move(row, Event.MALFORMED, "label", f"the SHS label cannot be written: {error}")
        except Exception as error:
            event(_log, "surprise", logging.ERROR, id=row.id, error=describe(error))
            since, tries = row.due_since or now, row.attempts + 1
            spent = retry.is_spent(since, now, timedelta(), context.config.retry.give_up_after)
            await self._move(
                row,
                Event.EXHAUSTED if spent else Event.DEFERRED,
                "unexpected",
                due_at=now + context.rest(tries),
                due_since=since,
                attempts=tries,
            )

    async def _freeze(self, row: Row[Any], asked: intake.Intake, frozen: attempts.Envelope) -> None:
        """Keep the envelope and make the row ready, in one transaction."""
        context, now = self._context, self._context.now()
        async with context.turn() as connection:
            known = await links.read(connection)
            await self._ask_once(connection, row, asked, frozen)
            moved = await outbox.record(
                connection,
                row.id,
                Event.BUILT,
                at=now,
                actor=context.owner,
                token=row.lease_token,
                tx_id=frozen.tx_id,
                due_at=now,
                due_since=now,
                deadline_at=asked.deadline,
                stood_still=context.stood_still(row.tenant, known),
                asked_agencies=",".join(asked.agencies),
            )
            if moved:
                await attempts.freeze(connection, context.vault, row.id, frozen, now)
            await context.step("building")
        await context.step("frozen")
        event(_log, Event.BUILT, id=row.id, tx_id=frozen.tx_id, moved=moved)
        context.wake_submit.set()

    async def _ask_once(
        self, connection: AsyncConnection, row: Row[Any], asked: intake.Intake, frozen: attempts.Envelope
    ) -> None:
        """Raise InvalidQuestion (repeated) where the same was asked a moment ago, without a reason to."""
        if row.root_id is not None or (row.ask_anyway_reason or "").strip():
            return
        since = self._context.now() - self._context.config.limits.repeat_window
        earlier = await attempts.same_question(connection, row, asked.agencies, frozen, since)
        if earlier is not None:
            raise InvalidQuestion(
                "repeated",
                f"question {earlier} asked the same a moment ago; to ask again, write ask_anyway_reason",
            )

    async def _move(
        self, row: Row[Any], what: Event, code: str, text: str | None = None, **columns: Any
    ) -> None:
        async with self._context.turn() as connection:
            await outbox.record(
                connection,
                row.id,
                what,
                at=self._context.now(),
                actor=self._context.owner,
                token=row.lease_token,
                code=code,
                text=text,
                **columns,
            )
        event(_log, what, id=row.id, code=code)
