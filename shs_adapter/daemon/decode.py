"""Decode: answers in the inbox are judged, and their questions learn what they were worth.

Only from what is stored: a crash here costs time, and decoding again gives the same.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from shs_adapter.daemon import judging
from shs_adapter.daemon.context import Context
from shs_adapter.log import describe, event
from shs_adapter.store import answers, attempts, engine, inbox, outbox
from shs_adapter.store.results import Decoded, Judged

_log = logging.getLogger(__name__)

_BATCH = 20
_BYTES = 1024 * 1024  # of the messages that are in memory together; a larger one is so alone
_LEASE = timedelta(minutes=1)
_LOCKED = timedelta(seconds=10)  # the longest rest until it is looked whether a question is still locked
_TRIES = 20  # of an answer that meets a surprise; by default they take two hours
_ALARMING = ("FAULT", "UNDECODABLE", "QUARANTINED")


class Decode:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._locked = Counter[str]()  # how often an answer met a question that another had locked

    async def turn(self) -> bool:
        context = self._context
        async with engine.single(context.engine) as connection:
            claimed = await inbox.claim(
                connection, limit=_BATCH, owner=context.owner, lease=_LEASE, now=context.now()
            )
        for leased in _batches(claimed):
            try:
                await self._decode(leased)
            except Exception as error:
                if engine.is_passing(error) and not engine.is_locked(error):
                    raise
                for one in leased:
                    await self._alone(one)
        return len(claimed) == _BATCH

    async def give_back(self) -> None:
        """Free what was claimed: a claim may be committed, and its answer lost."""
        async with self._context.engine.begin() as connection:
            await inbox.take_back(connection, self._context.owner)

    async def _alone(self, leased: Row[Any]) -> None:
        """Decode one of several that met a surprise; if it is this one's, it rests."""
        context = self._context
        try:
            await self._decode([leased])
        except Exception as error:
            if engine.is_locked(error):
                await self._set_aside(leased)
                return
            if engine.is_passing(error):
                raise
            tries = leased.decode_tries + 1
            event(_log, "surprise", logging.ERROR, id=leased.outbox_id, tries=tries, error=describe(error))
            if tries < _TRIES or not await self._given_up(leased):
                async with context.turn() as connection:
                    await inbox.defer(connection, leased, context.now(), context.rest(tries))

    async def _set_aside(self, leased: Row[Any]) -> None:
        """Another has locked the question: the answer rests, however often, and that is no try."""
        context = self._context
        self._locked[leased.id] += 1
        event(_log, "row_locked", logging.WARNING, id=leased.outbox_id, tx_id=leased.tx_id)
        rest = min(timedelta(seconds=self._locked[leased.id]), _LOCKED)
        async with context.turn() as connection:
            await inbox.defer(connection, leased, context.now(), rest, tries=0)

    async def _given_up(self, leased: Row[Any]) -> bool:
        """Let an answer that meets a surprise every time be undecodable; False if that meets one, too.

        It stays in the inbox, and a later version may read it (`decode --again`).
        """
        decoded = Decoded(outcome="UNDECODABLE", code="surprise", payload_sha256=leased.body_sha256)
        try:
            await self._keep([(leased, decoded)], {leased.id: leased.lease_token})
        except Exception as error:
            if engine.is_passing(error):
                raise
            return False
        return True

    async def _decode(self, leased: Sequence[Row[Any]]) -> None:
        tokens = {row.id: row.lease_token for row in leased}
        await self._keep(await self._judge(list(tokens)), tokens)

    async def _keep(self, judged: Sequence[Judged], tokens: Mapping[str, str]) -> None:
        """Write what answers were worth, of those whose leases are still ours by the *tokens*."""
        context = self._context
        async with context.turn() as connection:
            ours = await inbox.held(connection, tokens)  # of the others another daemon has them by now
            judged = [(message, decoded) for message, decoded in judged if message.id in ours]
            worth = await answers.keep(
                connection, context.vault, judged, context.now(), context.owner, context.asking_again
            )
            await context.step("decoding")
        for (message, decoded), code in zip(judged, worth, strict=True):
            self._locked.pop(message.id, None)
            level = logging.ERROR if decoded.outcome in _ALARMING else logging.INFO
            told = {"worth": code, "code": decoded.code, "warnings": decoded.warnings}
            event(_log, "decoded", level, id=message.outbox_id, tx_id=message.tx_id, **told)

    async def _judge(self, inbox_ids: Sequence[str]) -> list[Judged]:
        context, judged = self._context, list[Judged]()
        async with context.engine.begin() as connection:
            messages = await inbox.some(connection, inbox_ids)
            questions = await outbox.some(connection, {row.outbox_id for row in messages.values()})
            asked = await attempts.some(connection, {row.attempt_tx_id for row in messages.values()})
            opened = [
                (messages[one], judging.opened(await inbox.body(connection, context.vault, messages[one])))
                for one in inbox_ids
                if one in messages
            ]
        for message, answer in opened:
            question, attempt = questions[message.outbox_id], asked[message.attempt_tx_id]
            decoded = await judging.judged_beside(
                context.vault, context.config, context.schemas, answer, question, attempt
            )
            judged.append((message, decoded))
            await asyncio.sleep(0)  # judging takes the processor for milliseconds; others have a turn
        return judged


def _batches(claimed: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """The answers in batches of so many bytes; the largest, which take longest to judge, come last."""
    batch, size = list[Row[Any]](), 0
    for row in sorted(claimed, key=lambda one: one.size):
        if batch and size + row.size > _BYTES:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row.size
    if batch:
        yield batch
