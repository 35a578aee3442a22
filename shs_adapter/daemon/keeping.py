"""Keeping: what lies in the inbox is understood, and its notice and its question learn of it, together."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.config import Shs
from shs_adapter.daemon import news, way
from shs_adapter.daemon.admission import KINDS, objection
from shs_adapter.daemon.alarm import alarm
from shs_adapter.daemon.context import Context, agreement
from shs_adapter.daemon.invalid import fetches, is_last_word, superfluous
from shs_adapter.daemon.news import News
from shs_adapter.daemon.reading import UNOPENED, Reading
from shs_adapter.daemon.ways import TOLERATED_ERRORS
from shs_adapter.lifecycle import Event
from shs_adapter.log import event
from shs_adapter.shs.errors import Blame, blame
from shs_adapter.store import attempts, inbox, links, notices, outbox, tombstones
from shs_adapter.store.bulk import Record
from shs_adapter.store.inbox import Kind
from shs_adapter.store.links import Link
from shs_adapter.store.notices import NoticeState

_log = logging.getLogger(__name__)

# What an inbound message of one of our conversations does to its question.
_NEWS = {Kind.CONFIRM: Event.CONFIRMED, Kind.ERROR: Event.ERRORED, Kind.ANSWER: Event.COMPLETED}
_NO_MESSAGE = (Kind.INVALID, Kind.UNREADABLE)
_NEW = (Kind.FETCHED, Kind.INVALID)
_IDLE = (Kind.INVALID, Kind.UNREADABLE, Kind.UNSOLICITED)
_PURGED = "purged"  # the code of a message about a question that is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message that was put into the inbox, and what it is to us."""

    notice: Row[Any]
    inbox_id: str
    reading: Reading


async def keep(
    context: Context,
    mailbox: str,
    tenants: Mapping[str, Shs],
    fetched: Sequence[Fetched],
    *,
    again: bool = False,
) -> list[bool]:
    """Make something of messages that came to the *mailbox* of *tenants*, in one transaction; of each once.

    Returns of each whether it is stored, and may be acknowledged: what is invalid is not. *again* makes
    something of those that were of no consequence, where they count now, and returns whether they do.
    """
    now, corr_ids = context.now(), {_corr_id(one) for one in fetched}
    async with context.turn() as connection:
        ours = await attempts.by_corr_ids(connection, corr_ids)
        purged = await tombstones.known(connection, corr_ids - ours.keys())
        beside = await inbox.bearing(connection, mailbox, {one.notice.tx_id for one in fetched})
        rows = [beside[one.notice.tx_id][one.inbox_id] for one in fetched]
        came = [
            (one, _said(one, row, ours.get(_corr_id(one)), tenants, purged, now))
            for one, row in zip(fetched, rows, strict=True)
            if row.kind in (_IDLE if again else _NEW)
        ]
        if again:
            came = [(one, what) for one, what in came if what["kind"] in _NEWS]
        # First, for it meets a question that another has locked without waiting for it.
        told = [_news(one.notice.tx_id, what) for one, what in came if what["kind"] in _NEWS]
        await news.tell(connection, context, told)
        others = {what["outbox_id"] for _, what in came if what["kind"] not in _NEWS} - {None}
        await outbox.some(connection, others, to_change=True)
        await inbox.understand(connection, [what for _, what in came])
        codes = {one.inbox_id: what["code"] for one, what in came if what["kind"] is Kind.INVALID}
        changes = {
            one.notice.id: _to_fetch(context, one.notice, codes[one.inbox_id])
            if one.inbox_id in codes
            else _stored(one, now)
            for one in ([one for one, _ in came] if again else fetched)
        }
        # A notice that was called lost while its message was under way is not.
        await notices.change(connection, (*notices.TO_FETCH, NoticeState.LOST), changes)
        if not again:  # what came long ago says nothing of today's configuration
            await _judge(connection, context, [(what, ours.get(_corr_id(one))) for one, what in came])
        for one, what in came:
            others_there = [row for row in beside[one.notice.tx_id].values() if row.id != one.inbox_id]
            if what["code"] != _PURGED:
                await _alarm(connection, context, one, what, others_there)
        for tx_id in {one.notice.tx_id for one, _ in came if one.inbox_id in codes}:
            await inbox.remove(connection, superfluous(beside[tx_id], codes))
    for one, what in came:
        name = "stored" if one.inbox_id not in codes else "invalid"
        event(_log, name, tx_id=one.notice.tx_id, kind=what["kind"], id=what["outbox_id"])
    if again:
        return [any(one is each for each, _ in came) for one in fetched]
    return [one.inbox_id not in codes for one in fetched]


async def _judge(
    connection: AsyncConnection, context: Context, came: Sequence[tuple[Record, Row[Any] | None]]
) -> None:
    """An error message that blames the configuration says the same of the tenant's next one; whatever else
    comes of a message, the configuration was good for it.
    """
    known = await links.read(connection)
    for what, attempt in came:
        if attempt is None or what["kind"] not in _NEWS:
            continue
        scope, code = agreement(attempt.tenant), what["code"] or ""
        if what["kind"] is Kind.ERROR and blame(code.removeprefix("shs:")) is Blame.CONFIGURATION:
            await way.breaks(connection, context, scope, code, tolerated=TOLERATED_ERRORS)
            known[scope] = Link(scope, failures=1)
        elif what["kind"] is not Kind.ERROR and scope in known and known[scope].failures:
            await way.works(connection, context, scope)
            del known[scope]
            context.wake_submit.set()


def _corr_id(fetched: Fetched) -> str:
    """The conversation that the message belongs to: the list's word, where its own is not known."""
    reading, notice = fetched.reading, fetched.notice
    return reading.corr_id or (notice.corr_id or "" if notice.outbox_id else "")


def _stored(fetched: Fetched, now: datetime) -> Record:
    return {
        "state": NoticeState.STORED,
        "inbox_id": fetched.inbox_id,
        "due_at": now,
        "code": None,
        "missing_since": None,
    }


def _to_fetch(context: Context, notice: Row[Any], code: str) -> Record:
    """It lies at the node, as far as we know, and is fetched again."""
    tries = notice.tries + 1
    return {
        "state": NoticeState.UNFETCHABLE,
        "code": code,
        "tries": tries,
        "due_at": context.now() + context.rest(tries),
        "missing_since": None,
    }


def _said(
    fetched: Fetched,
    row: Row[Any],
    attempt: Row[Any] | None,
    tenants: Mapping[str, Shs],
    purged: Collection[str],
    now: datetime,
) -> dict[str, Any]:
    """What the message is, as the inbox keeps it."""
    reading = fetched.reading
    kind, code = reading.kind, _PURGED if reading.corr_id in purged else reading.code
    if kind is Kind.INVALID:
        kind = Kind.UNREADABLE if is_last_word(row, now) else Kind.INVALID
    elif attempt and kind not in _NO_MESSAGE and (against := objection(reading, attempt, tenants)):
        kind, code = KINDS[against], against
    if (attempt is None and kind not in _NO_MESSAGE) or kind is Kind.UNSOLICITED:
        kind, attempt = Kind.UNSOLICITED, None
    said = {
        "id": fetched.inbox_id,
        "kind": kind,
        "corr_id": reading.corr_id or fetched.notice.corr_id,
        "content_id": reading.content_id,
        "code": code,
        "outbox_id": attempt.outbox_id if attempt else None,
        "attempt_tx_id": attempt.tx_id if attempt else None,
        "fetches": fetches(row),
    }
    # Nobody can look into it, so the same bytes, fetched anew, are kept beside it.
    return said | {"body_sha256": fetched.inbox_id} if reading == UNOPENED else said


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
    said: Record,
    beside: Sequence[Row[Any]],
) -> None:
    """Of what is fetched again and again a human hears once."""
    notice, kind = fetched.notice, said["kind"]
    if kind is Kind.INVALID:
        if notice.code is None:
            await alarm(connection, context, "unfetchable", notice, said["code"])
        return
    if any(row.kind != Kind.INVALID for row in beside):
        await alarm(connection, context, "tx_id_repeated", notice)
    if kind not in _NEWS:
        await alarm(connection, context, kind, notice, said["code"])
