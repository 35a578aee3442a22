"""Every envelope ever frozen for a question."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.errors import SealError
from shs_adapter.lifecycle import Event
from shs_adapter.store import attempts, outbox
from shs_adapter.store.bulk import Writes
from shs_adapter.store.vault import Vault
from tests.store.rows import (
    FIRST,
    LAST,
    MINUTE,
    NOW,
    SOMEBODY,
    add,
    begin_sending,
    build,
    built,
    envelope,
    keep_receipt,
    move,
)


async def test_an_envelope_is_kept_sealed_and_opens_to_the_same_bytes(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id = await add(database, **SOMEBODY)
    raw = b"<a>197701192390</a>"

    async with database.begin() as connection:
        await attempts.freeze(connection, keys, {outbox_id: envelope("t-1", raw=raw)}, NOW, Writes())
        kept = await attempts.by_tx_id(connection, "t-1")

    assert raw not in kept.envelope_sealed
    assert await attempts.envelope(database, keys, kept) == raw
    assert (kept.number, kept.sends, kept.first_sent_at, kept.accepted_at) == (1, 0, None, None)
    assert json.loads(kept.asked) == {"AF": [FIRST, LAST]}


async def test_an_envelope_under_another_tx_id_does_not_open(database: AsyncEngine, keys: Vault) -> None:
    await built(database, keys, tx_id="t-1")
    await built(database, keys, tx_id="t-2")

    async with database.begin() as connection:
        first = await attempts.by_tx_id(connection, "t-1")
        second = await attempts.by_tx_id(connection, "t-2")

    with pytest.raises(SealError):
        keys.open(second.envelope_sealed, f"attempt.envelope_sealed:{first.tx_id}")


def test_an_envelope_does_not_show_its_bytes() -> None:
    assert "197701192390" not in repr(envelope("t-1", raw=b"197701192390"))


async def test_envelopes_of_a_question_are_numbered_and_all_of_them_are_kept(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, first = await built(database, keys)
    await move(database, outbox_id, Event.REFUSED)
    await move(database, outbox_id, Event.REBUILT)
    second = await build(database, keys, outbox_id)
    await built(database, keys)

    async with database.begin() as connection:
        kept = [await attempts.by_tx_id(connection, tx_id) for tx_id in (first, second)]

    assert [(one.number, one.outbox_id) for one in kept] == [(1, outbox_id), (2, outbox_id)]


@pytest.mark.parametrize("column", ["case_id", "person_key", "tenant"])
async def test_a_question_about_nobody_is_not_frozen(database: AsyncEngine, keys: Vault, column: str) -> None:
    nobody: dict[str, Any] = SOMEBODY | {column: None}
    outbox_id = await add(database, **nobody)

    with pytest.raises(ValueError, match="about nobody"):
        async with database.begin() as connection:
            await attempts.freeze(connection, keys, {outbox_id: envelope("t-1")}, NOW, Writes())


async def test_one_tx_id_is_never_frozen_twice(database: AsyncEngine, keys: Vault) -> None:
    await built(database, keys, tx_id="t-1")

    with pytest.raises(IntegrityError):
        await built(database, keys, tx_id="t-1")


async def test_a_conversation_is_found_by_its_corr_id_and_a_strange_one_is_not(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys)

    async with database.begin() as connection:
        found = await attempts.by_corr_ids(connection, [tx_id, "strange", ""])
        none = await attempts.by_corr_ids(connection, [])

    assert {corr_id: one.outbox_id for corr_id, one in found.items()} == {tx_id: outbox_id}
    assert none == {}


async def test_an_unknown_tx_id_is_a_surprise(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        with pytest.raises(NoResultFound):
            await attempts.by_tx_id(connection, "strange")


async def test_sending_is_noted_before_it_begins_and_the_first_time_stays(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys)
    async with database.begin() as connection:
        before = await outbox.begun(connection, [outbox_id])

    await begin_sending(database, tx_id, NOW)
    await begin_sending(database, tx_id, NOW + MINUTE)

    async with database.begin() as connection:
        kept = await attempts.by_tx_id(connection, tx_id)
        after = await outbox.begun(connection, [outbox_id])
    assert (kept.sends, kept.first_sent_at) == (2, NOW)
    assert (before, after) == (set(), {outbox_id})


async def test_sending_nothing_marks_nothing(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await built(database, keys)

    async with database.begin() as connection:
        await attempts.begin_sending(connection, [], NOW, NOW.date())

        assert (await attempts.by_tx_id(connection, tx_id)).sends == 0


async def test_a_receipt_is_kept_in_any_state_with_the_time_of_the_first(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys)
    await move(database, outbox_id, Event.COMPLETED)

    async with database.begin() as connection:
        await keep_receipt(connection, tx_id, NOW, local_id="one", duplicate=False)
        await keep_receipt(connection, tx_id, NOW + MINUTE, local_id="two", duplicate=True)
        kept = await attempts.by_tx_id(connection, tx_id)

    assert (kept.accepted_at, kept.local_id, kept.duplicate) == (NOW, "two", True)


async def test_what_the_node_said_last_is_kept_and_when_it_first_said_so(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys)

    async with database.begin() as connection:
        await keep_receipt(connection, tx_id, NOW, node_id="first")
        await keep_receipt(connection, tx_id, NOW + MINUTE, node_id="second")
        kept = await attempts.by_tx_id(connection, tx_id)
        written = text("SELECT built_at, accepted_at FROM attempt WHERE tx_id = :tx_id")
        times = (await connection.execute(written, {"tx_id": tx_id})).one()

    assert (kept.node_id, kept.accepted_at) == ("second", NOW)
    assert len(str(times.accepted_at)) == len(str(times.built_at))  # written in one form
