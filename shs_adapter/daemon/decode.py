"""Decode: an answer in the inbox is judged, and its question learns what it was worth.

Only from what is stored: a crash here costs time, and decoding again gives the same.
"""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from shs_adapter.daemon import judging
from shs_adapter.daemon.context import Context
from shs_adapter.log import describe, event
from shs_adapter.store import answers, attempts, inbox, outbox
from shs_adapter.store.engine import is_passing

_log = logging.getLogger(__name__)

_BATCH = 20
_LEASE = timedelta(minutes=1)
_ALARMING = ("FAULT", "UNDECODABLE", "QUARANTINED")


class Decode:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def turn(self) -> bool:
        context = self._context
        async with context.engine.begin() as connection:
            rows = await inbox.claim(
                connection, limit=_BATCH, owner=context.owner, lease=_LEASE, now=context.now()
            )
        for row in rows:
            try:
                await self._decode(row)
            except Exception as error:
                if is_passing(error):
                    raise
                event(_log, "surprise", logging.ERROR, id=row.outbox_id, error=describe(error))
                rest: timedelta = context.rest(row.decode_tries + 1)
                async with context.turn() as connection:
                    await inbox.defer(connection, row, context.now(), rest)
        return bool(rows)

    async def give_back(self) -> None:
        """Free what was claimed: a claim may be committed, and its answer lost."""
        async with self._context.engine.begin() as connection:
            await inbox.take_back(connection, self._context.owner)

    async def _decode(self, row: Row[Any]) -> None:
        context = self._context
        async with context.engine.begin() as connection:
            question = await outbox.one(connection, row.outbox_id)
            attempt = await attempts.by_tx_id(connection, row.attempt_tx_id)
            answer = judging.opened(await inbox.body(connection, context.vault, row))
        decoded = judging.judged(
            context.vault, context.config.tenants, context.schemas, answer, question, attempt
        )
        async with context.turn() as connection:
            if not await inbox.keep(connection, row):
                return  # another daemon has it by now
            worth = await answers.keep(
                connection,
                context.vault,
                row,
                decoded,
                context.now(),
                context.owner,
                context.asking_again,
            )
            await context.step("decoding")
        level = logging.ERROR if decoded.outcome in _ALARMING else logging.INFO
        told = {"worth": worth, "code": decoded.code, "warnings": decoded.warnings}
        event(_log, "decoded", level, id=question.id, tx_id=row.tx_id, **told)
