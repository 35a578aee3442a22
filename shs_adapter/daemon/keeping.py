"""Keeping: what was fetched goes to the inbox, and its notice and its question learn of it, together."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon import news
from shs_adapter.daemon.alarm import alarm
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.news import News
from shs_adapter.daemon.reading import Reading
from shs_adapter.lifecycle import Event
from shs_adapter.log import event
from shs_adapter.store import attempts, inbox, notices, tombstones
from shs_adapter.store.inbox import Arrival, Kind
from shs_adapter.store.notices import NoticeState

_log = logging.getLogger(__name__)

# What an inbound message of one of our conversations does to its question.
_NEWS = {Kind.CONFIRM: Event.CONFIRMED, Kind.ERROR: Event.ERRORED, Kind.ANSWER: Event.COMPLETED}
_PURGED = "purged"  # the code of a message about a question that is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message in hand, and what it is to us."""

    notice: Row[Any]
    raw: bytes = field(repr=False)
    reading: Reading


async def keep(context: Context, mailbox: str, fetched: Sequence[Fetched]) -> None:
    """Store messages that came to *mailbox*, in one transaction."""
    now, corr_ids = context.now(), {one.reading.corr_id for one in fetched}
    async with context.turn() as connection:
        ours = await attempts.by_corr_ids(connection, corr_ids)
        purged = await tombstones.known(connection, corr_ids - ours.keys())
        arrivals = [_arrival(one, ours.get(one.reading.corr_id), purged) for one in fetched]
        kept = await inbox.store(connection, context.vault, mailbox, arrivals, now)
        stored = {
            one.notice.id: {
                "state": NoticeState.STORED,
                "inbox_id": place.inbox_id,
                "due_at": now,
                "code": None,
                "missing_since": None,
            }
            for one, place in zip(fetched, kept, strict=True)
        }
        await notices.change(connection, notices.TO_FETCH, stored)
        came = list(zip(fetched, arrivals, kept, strict=True))
        told = [_news(arrival) for _, arrival, place in came if place.is_new and arrival.kind in _NEWS]
        await news.tell(connection, context, told)
        for one, arrival, place in came:
            if place.is_new and arrival.columns["code"] != _PURGED:
                await _alarm(connection, context, one, arrival.kind, repeated=place.repeated)
    for arrival in arrivals:
        event(_log, "stored", tx_id=arrival.tx_id, kind=arrival.kind, id=arrival.columns["outbox_id"])


def _arrival(fetched: Fetched, attempt: Row[Any] | None, purged: Collection[str]) -> Arrival:
    reading, notice = fetched.reading, fetched.notice
    return Arrival(
        tx_id=notice.tx_id,
        kind=reading.kind if attempt or reading.kind is Kind.UNREADABLE else Kind.UNSOLICITED,
        raw=fetched.raw,
        columns={
            "corr_id": reading.corr_id or notice.corr_id,
            "content_id": reading.content_id,
            "code": _PURGED if reading.corr_id in purged else reading.code,
            "outbox_id": attempt.outbox_id if attempt else None,
            "attempt_tx_id": attempt.tx_id if attempt else None,
        },
    )


def _news(arrival: Arrival) -> News:
    said = arrival.columns
    return News(
        outbox_id=said["outbox_id"],
        about=said["attempt_tx_id"],
        event=_NEWS[arrival.kind],
        tx_id=arrival.tx_id,
        code=said["code"],
    )


async def _alarm(
    connection: AsyncConnection, context: Context, fetched: Fetched, kind: Kind, *, repeated: bool
) -> None:
    if repeated:
        await alarm(connection, context, "tx_id_repeated", fetched.notice)
    if kind in (Kind.UNREADABLE, Kind.UNSOLICITED):
        await alarm(connection, context, kind, fetched.notice, fetched.reading.code)
