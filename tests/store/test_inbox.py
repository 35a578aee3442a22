"""Every inbound message, sealed, once."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.store import inbox, tables
from shs_adapter.store.inbox import Kind
from shs_adapter.store.vault import Vault
from tests.store.rows import MINUTE, NOW, come_in

RAW = b"<svar>197701192390</svar>"


async def store(
    database: AsyncEngine,
    keys: Vault,
    raw: bytes = RAW,
    *,
    tx_id: str = "t-1",
    mailbox: str = "m",
    kind: Kind = Kind.ANSWER,
    minutes: int = 0,
) -> str:
    async with database.begin() as connection:
        return await come_in(
            connection, keys, raw, mailbox=mailbox, tx_id=tx_id, kind=kind, at=NOW + minutes * MINUTE
        )


async def rows(database: AsyncEngine) -> list[Row[Any]]:
    async with database.begin() as connection:
        return list(await connection.execute(select(tables.inbox)))


async def claim(
    database: AsyncEngine, minutes: int = 0, limit: int = 9, owner: str = "one"
) -> list[Row[Any]]:
    at = NOW + minutes * MINUTE
    async with database.begin() as connection:
        return await inbox.claim(connection, limit=limit, owner=owner, lease=MINUTE, now=at)


async def claimed(database: AsyncEngine, minutes: int = 0, limit: int = 9, owner: str = "one") -> list[str]:
    return [row.tx_id for row in await claim(database, minutes, limit, owner)]


async def bodies(database: AsyncEngine, keys: Vault) -> list[bytes]:
    found = await rows(database)
    async with database.begin() as connection:
        return [await inbox.body(connection, keys, row) for row in found]


async def test_a_message_is_kept_sealed_and_opens_to_the_same_bytes(
    database: AsyncEngine, keys: Vault
) -> None:
    inbox_id = await store(database, keys)

    (kept,) = await rows(database)
    assert RAW not in kept.body_sealed
    assert await bodies(database, keys) == [RAW]
    assert (kept.id, kept.size, kept.received_at, kept.decoded_at) == (inbox_id, len(RAW), NOW, None)


async def test_the_same_bytes_are_kept_once(database: AsyncEngine, keys: Vault) -> None:
    first = await store(database, keys)

    second = await store(database, keys, minutes=1)

    assert second == first
    assert [row.received_at for row in await rows(database)] == [NOW]


async def test_other_bytes_under_a_known_tx_id_are_kept_beside_them(
    database: AsyncEngine, keys: Vault
) -> None:
    first, other = await store(database, keys), await store(database, keys, b"other")

    async with database.begin() as connection:
        bearing = await inbox.bearing(connection, "m", ["t-1", "t-2"])

    kinds = {tx_id: {one: row.kind for one, row in rows.items()} for tx_id, rows in bearing.items()}
    assert kinds == {"t-1": {first: Kind.ANSWER, other: Kind.ANSWER}, "t-2": {}}
    assert set(await bodies(database, keys)) == {RAW, b"other"}


async def test_the_same_message_in_another_mailbox_is_another(database: AsyncEngine, keys: Vault) -> None:
    first, other = await store(database, keys), await store(database, keys, mailbox="n")

    assert first != other


async def test_what_was_put_and_not_understood_is_found_again_with_its_notice(
    database: AsyncEngine, keys: Vault
) -> None:
    times = dict.fromkeys(("first_seen_at", "last_seen_at", "due_at"), NOW)
    async with database.begin() as connection:
        for tx_id in ("t-1", "t-2"):
            noted = {"mailbox": "m", "tx_id": tx_id, "state": "listed", **times}
            await connection.execute(tables.notice.insert().values(noted))
        left = [await inbox.put(connection, keys, "m", tx_id, RAW, NOW) for tx_id in ("t-1", "t-2")]
        await inbox.understand(connection, [{"id": left[0], "kind": Kind.CONFIRM}])

        assert await inbox.left(connection, "m") == [left[1]]
        assert await inbox.left(connection, "n") == []


async def test_only_answers_are_decoded_oldest_first_and_a_few_at_a_time(
    database: AsyncEngine, keys: Vault
) -> None:
    for number, kind in enumerate(Kind):
        await store(database, keys, tx_id=kind, kind=kind, minutes=-number)
    await store(database, keys, tx_id="older", minutes=-9)

    assert await claimed(database, limit=1) == ["older"]
    assert await claimed(database) == ["answer"]


async def test_an_answer_that_cannot_be_decoded_now_rests_and_the_others_go_on(
    database: AsyncEngine, keys: Vault
) -> None:
    await store(database, keys, tx_id="bad")
    (bad,) = await claim(database)
    await store(database, keys, tx_id="good")

    async with database.begin() as connection:
        await inbox.defer(connection, bad, NOW, MINUTE)

    assert await claimed(database) == ["good"]
    assert await claimed(database, minutes=1) == ["good", "bad"]
    assert {row.tx_id: row.decode_tries for row in await rows(database)} == {"bad": 1, "good": 0}


async def test_an_answer_is_one_daemons_until_its_lease_ends(database: AsyncEngine, keys: Vault) -> None:
    await store(database, keys, tx_id="t-1")
    (slow,) = await claim(database, owner="one")

    meanwhile = await claimed(database, owner="two")
    (quick,) = await claim(database, minutes=1, owner="two")

    assert meanwhile == []
    async with database.begin() as connection:
        before, after = [await inbox.held(connection, {row.id: row.lease_token}) for row in (slow, quick)]
        await inbox.defer(connection, slow, NOW, MINUTE)
    assert (before, after) == (set(), {quick.id})
    assert [row.decode_tries for row in await rows(database)] == [0]
