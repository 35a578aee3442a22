"""Keeping: what lies in the inbox is understood, and its notice and its question learn of it, together."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.daemon import news
from shs_adapter.daemon.admission import KINDS, objection
from shs_adapter.daemon.alarm import alarm
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.mailbox import Mailbox
from shs_adapter.daemon.news import News
from shs_adapter.daemon.reading import Reading
from shs_adapter.lifecycle import Event
from shs_adapter.log import event
from shs_adapter.store import attempts, inbox, notices, outbox, tombstones
from shs_adapter.store.inbox import Kind
from shs_adapter.store.notices import NoticeState

_log = logging.getLogger(__name__)

# What an inbound message of one of our conversations does to its question.
_NEWS = {Kind.CONFIRM: Event.CONFIRMED, Kind.ERROR: Event.ERRORED, Kind.ANSWER: Event.COMPLETED}
_PURGED = "purged"  # the code of a message about a question that is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message that was put into the inbox, and what it is to us."""

    notice: Row[Any]
    inbox_id: str
    reading: Reading


async def keep(context: Context, mailbox: Mailbox, fetched: Sequence[Fetched]) -> None:
    """Make something of messages that came to *mailbox*, in one transaction; of each only once."""
    now, corr_ids = context.now(), {one.reading.corr_id for one in fetched}
    async with context.turn() as connection:
        ours = await attempts.by_corr_ids(connection, corr_ids)
        purged = await tombstones.known(connection, corr_ids - ours.keys())
        beside = await inbox.bearing(connection, mailbox.name, {one.notice.tx_id for one in fetched})
        new = [one for one in fetched if beside[one.notice.tx_id][one.inbox_id] is Kind.FETCHED]
        said = [_said(one, ours.get(one.reading.corr_id), mailbox, purged) for one in new]
        # First, for it meets a question that another has locked without waiting for it.
        told = [
            _news(one.notice.tx_id, what)
            for one, what in zip(new, said, strict=True)
            if what["kind"] in _NEWS
        ]
        await news.tell(connection, context, told)
        others = {what["outbox_id"] for what in said if what["kind"] not in _NEWS} - {None}
        await outbox.some(connection, others, to_change=True)
        await inbox.understand(connection, said)
        stored = {
            one.notice.id: {
                "state": NoticeState.STORED,
                "inbox_id": one.inbox_id,
                "due_at": now,
                "code": None,
                "missing_since": None,
            }
            for one in fetched
        }
        await notices.change(connection, notices.TO_FETCH, stored)
        came = list(zip(new, said, strict=True))
        for one, what in came:
            if what["code"] != _PURGED:
                await _alarm(connection, context, one, what, repeated=len(beside[one.notice.tx_id]) > 1)
    for one, what in came:
        event(_log, "stored", tx_id=one.notice.tx_id, kind=what["kind"], id=what["outbox_id"])


def _said(
    fetched: Fetched, attempt: Row[Any] | None, mailbox: Mailbox, purged: Collection[str]
) -> dict[str, Any]:
    """What the message is, as the inbox keeps it."""
    reading = fetched.reading
    kind, code = reading.kind, _PURGED if reading.corr_id in purged else reading.code
    if attempt and (against := objection(reading, attempt, mailbox.settings)):
        kind, code = KINDS[against], against
    if (attempt is None and kind is not Kind.UNREADABLE) or kind is Kind.UNSOLICITED:
        kind, attempt = Kind.UNSOLICITED, None
    return {
        "id": fetched.inbox_id,
        "kind": kind,
        "corr_id": reading.corr_id or fetched.notice.corr_id,
        "content_id": reading.content_id,
        "code": code,
        "outbox_id": attempt.outbox_id if attempt else None,
        "attempt_tx_id": attempt.tx_id if attempt else None,
    }


def _news(tx_id: str, said: Mapping[str, Any]) -> News:
    return News(
        outbox_id=said["outbox_id"],
        about=said["attempt_tx_id"],
        event=_NEWS[said["kind"]],
        tx_id=tx_id,
        code=said["code"],
    )


async def _alarm(
    connection: AsyncConnection,
    context: Context,
    fetched: Fetched,
    said: Mapping[str, Any],
    *,
    repeated: bool,
) -> None:
    if repeated:
        await alarm(connection, context, "tx_id_repeated", fetched.notice)
    if said["kind"] not in _NEWS:
        await alarm(connection, context, said["kind"], fetched.notice, said["code"])
