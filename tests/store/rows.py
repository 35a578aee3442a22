"""Rows to begin a test with, and ways to look at what became of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shs_adapter.lifecycle import Event, State
from shs_adapter.store import answers, attempts, claims, inbox, outbox, tables
from shs_adapter.store.asking_again import NEVER, Policy
from shs_adapter.store.attempts import Envelope
from shs_adapter.store.bulk import Writes
from shs_adapter.store.inbox import Kind
from shs_adapter.store.marks import Mark
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.vault import Vault

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ACTOR = "test"
FIRST, LAST = "2026-09-01", "2026-10-31"
SOMEBODY = {"case_id": "E-1", "person_key": "a keyed hash"}

PERSONS = (
    "201701012393",
    "199001012385",
    "200002292399",
    "197701182383",
    "197701192390",
    "197701202397",
    "197701222395",
    "202201612393",
)


async def add(database: AsyncEngine, **columns: Any) -> int:
    """A row as a business system writes it."""
    async with database.begin() as connection:
        inserted = insert(tables.outbox).values(columns).returning(tables.outbox.c.id)
        return int((await connection.execute(inserted)).scalar_one())


async def built(
    database: AsyncEngine, keys: Vault, agencies: str = "AF,SO", *, tx_id: str | None = None
) -> tuple[int, str]:
    """A question that is ready, with its frozen envelope; its id and tx.id."""
    outbox_id = await add(database, from_date=FIRST, to_date=LAST, **SOMEBODY)
    return outbox_id, await build(database, keys, outbox_id, agencies, tx_id=tx_id)


async def build(
    database: AsyncEngine,
    keys: Vault,
    outbox_id: int,
    agencies: str = "AF,SO",
    *,
    tx_id: str | None = None,
    **changes: Any,
) -> str:
    """Freeze a new envelope for a question that is new; its tx.id."""
    frozen = envelope(tx_id or str(uuid4()), **changes)
    async with database.begin() as connection:
        await outbox.record(
            connection,
            outbox_id,
            Event.BUILT,
            at=NOW,
            actor=ACTOR,
            tx_id=frozen.tx_id,
            asked_agencies=agencies,
        )
        await attempts.freeze(connection, keys, {outbox_id: frozen}, NOW, Writes())
    return frozen.tx_id


def envelope(tx_id: str, **changes: Any) -> Envelope:
    values: dict[str, Any] = {
        "tx_id": tx_id,
        "corr_id": tx_id,
        "content_id": "content",
        "contract": 10,
        "raw": b"frozen bytes",
        "case_sent": "E-1",
        "officer_sent": "prov",
        "from_date": FIRST,
        "to_date": LAST,
        "asked": {"AF": (FIRST, LAST)},
        "left_out": {},
    }
    return Envelope(**values | changes)


async def begin_sending(database: AsyncEngine, tx_id: str, at: datetime = NOW) -> None:
    async with database.begin() as connection:
        await attempts.begin_sending(connection, [tx_id], at, at.date())


async def keep_receipt(connection: AsyncConnection, tx_id: str, at: datetime, **said: Any) -> None:
    nothing = dict.fromkeys(("node_id", "local_id", "arrival", "duplicate"))
    writes = Writes()
    attempts.keep_receipts(writes, {tx_id: nothing | said}, at)
    await writes.send(connection)


async def move(
    database: AsyncEngine, outbox_id: int, event: Event, *, at: datetime = NOW, **values: Any
) -> bool:
    async with database.begin() as connection:
        return await outbox.record(connection, outbox_id, event, at=at, actor=ACTOR, **values)


async def claim(
    database: AsyncEngine,
    state: State = State.NEW,
    *,
    limit: int = 100,
    owner: str = "one",
    at: datetime = NOW,
    tenants: Sequence[str] | None = None,
    mark: Mark | None = None,
) -> list[Row[Any]]:
    async with database.begin() as connection:
        return await claims.claim(
            connection, state, limit=limit, owner=owner, lease=MINUTE, now=at, tenants=tenants, mark=mark
        )


async def come_in(
    connection: AsyncConnection,
    keys: Vault,
    raw: bytes,
    *,
    tx_id: str,
    kind: Kind,
    mailbox: str = "m",
    at: datetime = NOW,
    **columns: Any,
) -> str:
    """A message is stored; *columns* are what is known of it, and nothing else is."""
    inbox_id = await inbox.put(connection, keys, mailbox, tx_id, raw, at)
    await inbox.understand(connection, [{"id": inbox_id, "kind": kind, **columns}])
    return inbox_id


async def answered(
    database: AsyncEngine,
    keys: Vault,
    tx_id: str,
    decoded: Decoded,
    *,
    at: datetime = NOW,
    policy: Policy = NEVER,
) -> str:
    """An answer to the envelope *tx_id* comes in, is stored, and decoded; what became of it."""
    async with database.begin() as connection:
        message = await came(connection, keys, tx_id, at)
        (became,) = await answers.keep(connection, keys, [(message, decoded)], at, ACTOR, policy)
        return became


async def came(connection: AsyncConnection, keys: Vault, tx_id: str, at: datetime) -> Row[Any]:
    """An answer to the envelope *tx_id* comes in, and is stored."""
    attempt = await attempts.by_tx_id(connection, tx_id)
    inbox_id = await come_in(
        connection,
        keys,
        uuid4().bytes,
        tx_id=str(uuid4()),
        kind=Kind.ANSWER,
        at=at,
        outbox_id=attempt.outbox_id,
        attempt_tx_id=tx_id,
    )
    await outbox.record(connection, attempt.outbox_id, Event.COMPLETED, at=at, actor=ACTOR)
    return (await connection.execute(select(tables.inbox).where(tables.inbox.c.id == inbox_id))).one()


def decoded(
    outcomes: Mapping[str, str], *, outcome: str = "PARTIAL", payload: str = "", **changes: str | None
) -> Decoded:
    """An answer with an outcome for each agency; *changes* replace what each was asked and said."""
    asked: dict[str, Any] = {"asked_from": FIRST, "asked_to": LAST} | changes
    results = [Result(agency=agency, outcome=one, **asked) for agency, one in outcomes.items()]
    return Decoded(outcome=outcome, code=None, payload_sha256=payload or uuid4().hex, results=results)


async def row(database: AsyncEngine, outbox_id: int) -> Row[Any]:
    async with database.begin() as connection:
        return await outbox.one(connection, outbox_id)


async def view(database: AsyncEngine, outbox_id: int) -> dict[str, Any]:
    """The row as the back office sees it."""
    query = text("SELECT * FROM report_request WHERE id = :id").bindparams(id=outbox_id)
    async with database.begin() as connection:
        return dict((await connection.execute(query)).mappings().one())


async def story(
    database: AsyncEngine, outbox_id: int
) -> list[tuple[str, str | None, str | None, str | None]]:
    """The question's journal: event, state before and after, code."""
    lines = tables.journal.c
    query = (
        select(lines.event, lines.state_before, lines.state_after, lines.code)
        .where(lines.outbox_id == outbox_id)
        .order_by(lines.id)
    )
    async with database.begin() as connection:
        return [tuple(line) for line in await connection.execute(query)]
