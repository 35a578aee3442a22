"""What operators look at: everything that went wrong, and nothing that was sealed."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.errors import NotFound
from shs_adapter.lifecycle import Event
from shs_adapter.store import links, notices, overview
from shs_adapter.store.inbox import Kind
from shs_adapter.store.notices import NoticeState, Seen
from shs_adapter.store.vault import Vault
from tests.store.rows import MINUTE, NOW, add, answered, begin_sending, built, come_in, decoded, move


async def status(database: AsyncEngine) -> overview.Record:
    async with database.begin() as connection:
        return await overview.status(connection)


async def test_an_empty_database_has_nothing_to_show(database: AsyncEngine) -> None:
    seen = await status(database)

    assert not any(seen.values())


async def test_questions_are_counted_by_state_and_failures_by_code(
    database: AsyncEngine, keys: Vault
) -> None:
    await add(database)
    await add(database)
    for code in ("person_format", "person_format", "case_id_missing"):
        await move(database, await add(database), Event.MALFORMED, code=code)
    _, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": "DATA"}, outcome="COMPLETE"))

    seen = await status(database)

    assert seen["questions"] == {"new": 2, "failed": 3, "done": 1}
    assert seen["failures"] == {"person_format": 2, "case_id_missing": 1}
    assert seen["outcomes"] == {"COMPLETE": 1}
    assert (seen["inbox"], seen["undecoded"]) == ({"answer": 1}, 0)
    assert seen["oldest_waiting"] is not None


async def test_what_a_human_should_look_at_is_shown(database: AsyncEngine, keys: Vault) -> None:
    async with database.begin() as connection:
        for kind in (Kind.UNREADABLE, Kind.UNSOLICITED):
            await come_in(connection, keys, b"197701192390", tx_id=kind, kind=kind, code="code")
        for state in NoticeState:
            entry = Seen(
                tx_id=state,
                corr_id=None,
                content_id=None,
                product=None,
                sequence_type=None,
                sender=None,
                ours=True,
                outbox_id=None,
            )
            await notices.note(connection, "m", [entry], NOW, lambda tries: timedelta())
        for notice in await notices.due(connection, "m", NOW, 99):
            await notices.change(connection, notices.OPEN, {notice.id: {"state": notice.tx_id}})
        await links.failed(connection, "submit:x", NOW, "refused", MINUTE)
        await links.failed(connection, "submit:y", NOW, "odd", None)

    seen = await status(database)

    assert [one["tx_id"] for one in seen["unreadable"]] == ["unreadable"]
    assert [one["tx_id"] for one in seen["unsolicited"]] == ["unsolicited"]
    assert {one["tx_id"] for one in seen["troubled_notices"]} == {
        "locked",
        "unfetchable",
        "unacknowledged",
        "lost",
    }
    assert {one["scope"]: (one["state"], one["since"]) for one in seen["links"]} == {
        "submit:x": ("down", NOW),
        "submit:y": ("up", None),
    }
    assert "197701192390" not in str(seen)


async def test_a_question_is_shown_with_all_that_happened_to_it(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await begin_sending(database, tx_id)
    await move(database, outbox_id, Event.ACCEPTED, at=NOW + timedelta(seconds=1))
    await answered(database, keys, tx_id, decoded({"AF": "EMPTY"}, outcome="COMPLETE"), at=NOW + MINUTE)
    await add(database)

    async with database.begin() as connection:
        seen = await overview.question(connection, outbox_id)

    assert (seen["id"], seen["verdict"], seen["tx_id"]) == (outbox_id, "COMPLETE", tx_id)
    assert [(one["number"], one["sends"], one["first_sent_at"]) for one in seen["attempt"]] == [(1, 1, NOW)]
    assert [(one["agency"], one["outcome"]) for one in seen["agency"]] == [("AF", "EMPTY")]
    assert [(one["kind"], one["outcome"]) for one in seen["message"]] == [("answer", "COMPLETE")]
    assert [one["event"] for one in seen["journal"]] == ["built", "accepted", "completed", "decoded"]


async def test_a_question_that_does_not_exist_is_not_found(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        with pytest.raises(NotFound):
            await overview.question(connection, 4711)
