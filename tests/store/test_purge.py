"""What goes by age, what stays, and that nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.config import Database, Retention
from shs_adapter.lifecycle import Event
from shs_adapter.ssbtek.facts import TnsVehicle
from shs_adapter.ssbtek.finding import Outcome, Sub
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.store import (
    attempts,
    duties,
    engine,
    inbox,
    notices,
    pieces,
    purge,
    report_tables,
    tables,
    tombstones,
)
from shs_adapter.store.asking_again import Policy
from shs_adapter.store.inbox import Kind
from shs_adapter.store.notices import NoticeState
from shs_adapter.store.purge import Counts
from shs_adapter.store.report_tables import subject
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.tables import attempt, notice, outbox, tombstone
from shs_adapter.store.tables import inbox as inbox_table
from shs_adapter.store.vault import Vault
from tests.databases import Cluster
from tests.store.rows import (
    ACTOR,
    FIRST,
    LAST,
    MINUTE,
    NOW,
    SOMEBODY,
    add,
    answered,
    begin_sending,
    build,
    built,
    claim,
    come_in,
    decoded,
    move,
    row,
    story,
    view,
)
from tests.store.test_recount import GAPS, MONTHS, paid, said, seen

YEAR = timedelta(days=365)
ANSWERS = Retention(answers_after=YEAR)  # the rows stay
BOTH = Retention(answers_after=YEAR, questions_after=2 * YEAR)
ALL = Retention(questions_after=YEAR)

AGAIN = Policy(rounds={"TRANSIENT": 1}, rest=lambda _: MINUTE)

DERIVED = {subject.name, "change_threshold"}  # of the report tables, what no single answer says


async def purged(
    database: AsyncEngine, keys: Vault, retention: Retention, after: timedelta = YEAR, **options: Any
) -> Counts:
    """What a purge so long *after* NOW does, without pauses."""
    counts = await purge.run(
        database,
        keys,
        retention,
        owner="one",
        actor=ACTOR,
        now=lambda: NOW + after,
        **{"pause": timedelta()} | options,
    )
    assert counts is not None
    return counts


async def question(
    database: AsyncEngine,
    keys: Vault,
    agencies: str = "FK",
    answer: Decoded | None = None,
    *,
    at: datetime = NOW,
    **columns: Any,
) -> tuple[int, str]:
    """A question that was answered, and has settled; its id and tx.id."""
    outbox_id = await add(
        database,
        **{"from_date": FIRST, "to_date": LAST, "person_sealed": b"sealed", **SOMEBODY} | columns,
    )
    tx_id = await build(database, keys, outbox_id, agencies)
    await begin_sending(database, tx_id)
    await answered(database, keys, tx_id, answer or said(paid(date(2026, 9, 20))), at=at)
    return outbox_id, tx_id


async def count(database: AsyncEngine, table: Any) -> int:
    async with database.begin() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def values(database: AsyncEngine, column: Any) -> list[Any]:
    async with database.begin() as connection:
        return list(await connection.scalars(select(column)))


async def change(database: AsyncEngine, statement: Any) -> None:
    async with database.begin() as connection:
        await connection.execute(statement)


# What goes


async def test_a_configuration_that_says_nothing_purges_nothing(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await question(database, keys)
    before = await row(database, outbox_id)

    counts = await purged(database, keys, Retention(), 100 * YEAR)

    assert not any(counts.values())
    assert await row(database, outbox_id) == before
    assert Retention().is_for_ever


async def test_what_is_purged_leaves_nothing_sealed_and_nothing_that_an_answer_said(
    database: AsyncEngine, keys: Vault
) -> None:
    results = Result(
        agency="TNS",
        outcome="DATA",
        payments=[paid(date(2026, 9, 20))],
        facts=[TnsVehicle(registration="QVI001", kind="PERSONBIL")],
        subs=[Sub(name="x", outcome=Outcome.DATA)],
        deviations=[Deviation(kind="unknown", path="a")],
    )
    answer = Decoded(outcome="COMPLETE", code=None, payload_sha256="digest", results=[results])
    outbox_id, tx_id = await question(database, keys, "TNS", answer)
    assert await count(database, report_tables.FACTS[TnsVehicle]) == 1

    counts = await purged(database, keys, ANSWERS)

    assert counts == {"answers": 1, "messages": 0, "tombstones": 0}
    assert (await row(database, outbox_id)).person_sealed is None
    assert await values(database, attempt.c.envelope_sealed) == [b""]
    assert await values(database, inbox_table.c.body_sealed) == [b""]
    assert await values(database, inbox_table.c.payload_sha256) == [None]
    told = [one for one in tables.metadata.tables.values() if "inbox_id" in one.c and one.name != "notice"]
    assert len(told) > 10
    for table in (*told, report_tables.payment_part, report_tables.income):
        assert await count(database, table) == 0, table.name
    assert [event for event, *_ in await story(database, outbox_id)][-1] == "purged"
    assert await seen(database, "SELECT code, actor FROM journal WHERE outbox_id IS NULL") == [
        ("answers:1", ACTOR)
    ]
    async with database.begin() as connection:
        assert (await attempts.by_tx_id(connection, tx_id)).corr_id == tx_id


async def test_the_pieces_of_what_is_purged_go_and_those_of_others_stay(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await question(database, keys)
    (inbox_id,) = await values(database, inbox_table.c.id)
    large = b"x" * (pieces.SIZE + 1)
    async with database.begin() as connection:
        for place in (attempts.place(tx_id), inbox.place(inbox_id), inbox.place("another")):
            await pieces.put(connection, keys, large, place)

    await purged(database, keys, ANSWERS)

    assert set(await values(database, tables.piece.c.place)) == {inbox.place("another")}


async def test_nothing_sealed_lies_in_sqlites_file_afterwards(
    database: AsyncEngine, keys: Vault, path: Any
) -> None:
    await question(database, keys)
    sealed = [
        *await values(database, attempt.c.envelope_sealed),
        *await values(database, inbox_table.c.body_sealed),
    ]
    await engine.clear_log(database)
    assert all(one in path.read_bytes() for one in sealed)

    await purged(database, keys, ANSWERS)
    await engine.clear_log(database)

    assert not any(one[10:] in path.read_bytes() for one in sealed)


async def test_what_is_purged_is_not_told_as_nothing_found(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await question(database, keys, "FK")
    before = await view(database, outbox_id)

    await purged(database, keys, ANSWERS)

    after = await view(database, outbox_id)
    assert (before["verdict"], after["verdict"]) == ("COMPLETE", "PURGED")
    assert (after["agencies_answered"], after["agencies_unverified"]) == (None, None)
    assert after["change_no"] > before["change_no"]
    assert after["answer_version"] == before["answer_version"] + 1
    assert await seen(database, GAPS) == [("FK", FIRST, LAST, "PURGED", None)]
    assert await seen(database, MONTHS) == [
        (month, None, 0, None, f"FK {FIRST}--{LAST}", "CSN, SO") for month in ("2026-09", "2026-10")
    ]
    assert await seen(database, "SELECT agency, outcome, row_count FROM report_agency") == [
        ("AF", "PURGED", None)  # whom the envelope told
    ]
    household = "SELECT verdict, payments, net, household_unverified FROM report_household"
    assert await seen(database, household) == [("PURGED", None, None, "?: FK")]


@pytest.mark.parametrize("how", ["failed", "withdrawn", "fault"])
async def test_what_came_to_nothing_stays_so_and_loses_its_person(
    database: AsyncEngine, keys: Vault, how: str
) -> None:
    fault = Decoded(outcome="FAULT", code="x", payload_sha256="x")
    outbox_id, _ = await question(database, keys, "FK", fault if how == "fault" else None)
    if how == "withdrawn":
        await move(database, outbox_id, Event.WITHDRAWN)
    if how == "failed":
        outbox_id = await add(database, person_sealed=b"sealed", **SOMEBODY)
        await move(database, outbox_id, Event.MALFORMED, code="from_date")
    before = await view(database, outbox_id)

    await purged(database, keys, ANSWERS)

    after = await view(database, outbox_id)
    assert (await row(database, outbox_id)).person_sealed is None
    assert (after["verdict"], after["failure_code"]) == (before["verdict"], before["failure_code"])
    assert after["verdict"] == ("WITHDRAWN" if how == "withdrawn" else "FAILED")


async def test_purging_again_changes_nothing(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await question(database, keys)
    await purged(database, keys, ANSWERS)
    before = await row(database, outbox_id)

    counts = await purged(database, keys, ANSWERS, 2 * YEAR)

    assert not any(counts.values())
    assert await row(database, outbox_id) == before


# What stays


async def test_a_younger_question_about_the_same_person_keeps_its_rows_and_its_sums(
    database: AsyncEngine, keys: Vault
) -> None:
    await question(database, keys, answer=said(paid(date(2026, 9, 20)), paid(date(2026, 10, 20))))
    young = await add(database, from_date="2026-10-01", to_date="2026-10-31", **SOMEBODY)
    tx_id = await build(database, keys, young, "FK", from_date="2026-10-01", to_date="2026-10-31")
    october = said(paid(date(2026, 10, 20), net=777), asked_from="2026-10-01", asked_to="2026-10-31")
    await answered(database, keys, tx_id, october, at=NOW + MINUTE)
    before = [one for one in await seen(database, MONTHS) if one[0] == "2026-10"]

    counts = await purged(database, keys, ANSWERS)

    assert counts["answers"] == 1
    assert before == [("2026-10", "Barnbidrag", 1, 777.0, "", "CSN, SO")]
    assert await seen(database, MONTHS) == [
        ("2026-09", None, 0, None, "FK 2026-09-01--2026-09-30", "CSN, SO"),
        *before,
    ]
    assert await seen(database, GAPS) == [("FK", "2026-09-01", "2026-09-30", "PURGED", None)]
    assert (await view(database, young))["verdict"] == "COMPLETE"


async def test_an_earlier_question_goes_first_lest_its_older_word_come_to_count_again(
    database: AsyncEngine, keys: Vault
) -> None:
    older = said(paid(date(2026, 9, 20), net=1))
    late, _ = await question(database, keys, answer=older, at=NOW - MINUTE)
    early, _ = await question(database, keys, answer=said(paid(date(2026, 9, 20), net=2)))
    other, _ = await question(database, keys, person_key="another")
    await change(database, update(outbox).where(outbox.c.id == late).values(settled_at=NOW + MINUTE))
    before = await seen(database, MONTHS)

    counts = await purged(database, keys, ANSWERS)
    between = await seen(database, MONTHS)
    await purged(database, keys, ANSWERS, YEAR + MINUTE)

    assert counts["answers"] == 1
    assert (await row(database, other)).purged_at is not None
    assert ("2026-09", "Barnbidrag", 1, 2.0, "", "CSN, SO") in before
    assert ("2026-09", "Barnbidrag", 1, 2.0, "", "CSN, SO") in between
    assert (await row(database, early)).purged_at == NOW + YEAR + MINUTE


async def test_what_is_not_settled_or_not_old_enough_stays(database: AsyncEngine, keys: Vault) -> None:
    waiting, _ = await built(database, keys)
    new = await add(database)
    old, _ = await question(database, keys, person_key="another")
    before = [await row(database, one) for one in (waiting, new, old)]

    counts = await purged(database, keys, ALL, YEAR - MINUTE)

    assert not any(counts.values())
    assert [await row(database, one) for one in (waiting, new, old)] == before


async def family(database: AsyncEngine, keys: Vault) -> tuple[int, int]:
    """A question, and one that asks again for it and has not settled."""
    failed = Result(
        agency="FK", outcome="ERROR", transience="TRANSIENT", asked_from=FIRST, asked_to=LAST, felkod="x"
    )
    answer = Decoded(outcome="PARTIAL", code=None, payload_sha256="x", results=[failed])
    root = await add(database, from_date=FIRST, to_date=LAST, **SOMEBODY)
    tx_id = await build(database, keys, root, "FK")
    await answered(database, keys, tx_id, answer, policy=AGAIN)
    async with database.begin() as connection:
        child = await connection.scalar(select(outbox.c.id).where(outbox.c.root_id == root))
    assert child is not None
    return root, child


async def test_a_family_goes_together_or_stays_together(database: AsyncEngine, keys: Vault) -> None:
    root, child = await family(database, keys)
    await change(database, update(outbox).where(outbox.c.id == root).values(settled_at=NOW))

    while_one_waits = await purged(database, keys, ANSWERS)
    tx_id = await build(database, keys, child, "FK")
    await answered(database, keys, tx_id, decoded({"FK": "EMPTY"}), at=NOW + MINUTE)
    while_one_is_young = await purged(database, keys, ANSWERS)
    then = await purged(database, keys, ANSWERS, YEAR + MINUTE)

    assert [one["answers"] for one in (while_one_waits, while_one_is_young, then)] == [0, 0, 2]
    assert {(await row(database, one)).purged_at for one in (root, child)} == {NOW + YEAR + MINUTE}
    assert await seen(database, GAPS) == [("FK", FIRST, LAST, "PURGED", None)]


@pytest.mark.parametrize("state", [*NoticeState])
async def test_a_question_stays_while_a_message_about_it_is_to_be_had(
    database: AsyncEngine, keys: Vault, state: NoticeState
) -> None:
    outbox_id, _ = await question(database, keys)
    times = dict.fromkeys(("first_seen_at", "last_seen_at", "due_at"), NOW)
    row_of = {"mailbox": "m", "tx_id": "t", "outbox_id": outbox_id, "state": state, **times}
    await change(database, notice.insert().values(row_of))

    counts = await purged(database, keys, ALL)

    assert counts["questions"] == (0 if state in notices.OPEN else 1)
    assert await count(database, notice) == (1 if state in notices.OPEN else 0)


async def test_a_question_stays_while_an_answer_to_it_is_not_decoded(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await question(database, keys)
    late: dict[str, Any] = {
        "mailbox": "m",
        "tx_id": "late",
        "outbox_id": outbox_id,
        "attempt_tx_id": tx_id,
        "at": NOW,
    }
    async with database.begin() as connection:
        await come_in(connection, keys, b"late", kind=Kind.ANSWER, **late)

    undecoded = await purged(database, keys, ANSWERS)
    await change(database, update(inbox_table).values(decoded_at=NOW))
    then = await purged(database, keys, ANSWERS)

    assert (undecoded["answers"], then["answers"]) == (0, 1)


# Rows, and what is left of them


async def test_rows_go_later_and_leave_a_tombstone(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await question(database, keys, reference="R-1")
    await purged(database, keys, BOTH)
    assert await count(database, outbox) == 1

    counts = await purged(database, keys, BOTH, 2 * YEAR)

    assert counts == {"answers": 0, "messages": 0, "questions": 1, "tombstones": 0}
    left = {name: await count(database, one) for name, one in tables.metadata.tables.items()}
    gone = {
        name
        for name in left
        if name not in {"tombstone", "counter", "duty", "change_threshold", "journal", "link", "exclusive"}
        and name != "audit_disclosure"
    }
    assert {name for name in gone if left[name]} == set()
    assert await seen(database, "SELECT outbox_id, code FROM journal ORDER BY id") == [
        (None, "answers:1"),
        (None, "questions:1"),
    ]
    assert await seen(database, "SELECT tx_id, corr_id, reference_key FROM tombstone") == [
        (tx_id, tx_id, keys.reference_key("default", "R-1"))
    ]


async def test_rows_go_at_once_where_answers_have_no_time_of_their_own(
    database: AsyncEngine, keys: Vault
) -> None:
    await question(database, keys)

    counts = await purged(database, keys, ALL)

    assert (counts["answers"], counts["questions"]) == (1, 1)
    assert await count(database, outbox) == 0


async def test_when_rows_go_the_other_question_about_the_person_is_as_it_was(
    database: AsyncEngine, keys: Vault
) -> None:
    await question(database, keys)
    young = await add(database, from_date=FIRST, to_date=LAST, **SOMEBODY)
    tx_id = await build(database, keys, young, "FK")
    await answered(database, keys, tx_id, said(paid(date(2026, 9, 21), net=5)), at=NOW + MINUTE)
    before = await seen(database, MONTHS), await view(database, young)

    counts = await purged(database, keys, ALL)

    assert counts["questions"] == 1
    assert (await seen(database, MONTHS), await view(database, young)) == before
    assert await count(database, subject) == 1
    assert await seen(database, GAPS) == []


async def test_a_late_answer_is_known_as_one_to_a_purged_question(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await question(database, keys)

    async def known() -> tuple[bool, bool]:
        async with database.begin() as connection:
            found = await attempts.by_corr_ids(connection, [tx_id])
            return bool(found), bool(await tombstones.known(connection, [tx_id]))

    while_kept = await known()
    await purged(database, keys, BOTH)
    without_answers = await known()
    await purged(database, keys, BOTH, 2 * YEAR)
    without_rows = await known()

    assert while_kept == (True, False)
    assert (without_answers, without_rows) == ((False, True), (False, True))
    async with database.begin() as connection:
        assert not await tombstones.known(connection, ["of nobody", ""])


async def test_a_reference_that_was_purged_is_known_again_in_its_tenant_alone(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id = await add(database, reference="R-1")  # never built
    await move(database, outbox_id, Event.MALFORMED, code="person_missing")
    await purged(database, keys, ALL)
    again = await add(database, reference="R-1")
    others = [await add(database, reference="R-1", tenant="other"), await add(database, reference="R-2")]
    others += [await add(database), await add(database, reference="")]

    async with database.begin() as connection:
        rows = (await connection.execute(select(outbox))).all()
        found = await tombstones.asked_before(connection, keys, rows)

    assert found == {again}
    assert len(rows) == 1 + len(others)


async def test_tombstones_go_at_their_age(database: AsyncEngine, keys: Vault) -> None:
    await question(database, keys)
    await purged(database, keys, ALL)

    early = await purged(database, keys, ALL, YEAR + timedelta(days=399))
    late = await purged(database, keys, ALL, YEAR + timedelta(days=400))

    assert (early["tombstones"], late["tombstones"]) == (0, 1)
    assert await count(database, tombstone) == 0


async def test_messages_of_no_question_go_by_their_age_and_with_their_notices(
    database: AsyncEngine, keys: Vault
) -> None:
    times = dict.fromkeys(("first_seen_at", "last_seen_at", "due_at"), NOW)
    for tx_id, state in (("old", NoticeState.ACKED), ("open", NoticeState.STORED), ("young", None)):
        at = NOW if state else NOW + MINUTE
        async with database.begin() as connection:
            inbox_id = await come_in(connection, keys, b"?", tx_id=tx_id, kind=Kind.UNREADABLE, at=at)
        if state:
            columns = {"mailbox": "m", "tx_id": tx_id, "state": state, "inbox_id": inbox_id, **times}
            await change(database, notice.insert().values(columns))
    async with database.begin() as connection:
        await inbox.put(connection, keys, "m", "not looked at", b"?", NOW)

    counts = await purged(database, keys, ANSWERS)

    assert counts == {"answers": 0, "messages": 1, "tombstones": 0}
    assert sorted(await values(database, inbox_table.c.tx_id)) == ["not looked at", "open", "young"]
    assert await values(database, notice.c.tx_id) == ["open"]


# In batches, and in nobody's way


async def settled(database: AsyncEngine, number: int) -> None:
    """Questions that failed and settled at NOW, sealed."""
    rows = [
        {"state": "failed", "settled_at": NOW, "person_sealed": b"sealed", "case_id": f"E-{no}"}
        for no in range(number)
    ]
    async with database.begin() as connection:
        await connection.execute(outbox.insert(), rows)


async def left(database: AsyncEngine) -> int:
    async with database.begin() as connection:
        query = select(func.count()).select_from(outbox).where(outbox.c.person_sealed.is_not(None))
        return int(await connection.scalar(query) or 0)


async def test_what_one_transaction_purges_is_bounded(database: AsyncEngine, keys: Vault) -> None:
    await settled(database, 2 * purge.BATCH + 1)

    counts = await purged(database, keys, ALL)

    batches = "SELECT code FROM journal WHERE outbox_id IS NULL ORDER BY id"
    sizes = (purge.BATCH, purge.BATCH, 1)
    assert await seen(database, batches) == [
        (f"{what}:{size}",) for what in ("answers", "questions") for size in sizes
    ]
    assert (counts["answers"], counts["questions"]) == (sum(sizes), sum(sizes))


async def test_what_must_stay_does_not_stop_what_is_behind_it(database: AsyncEngine, keys: Vault) -> None:
    await settled(database, purge.BATCH + 1)
    times = dict.fromkeys(("first_seen_at", "last_seen_at", "due_at"), NOW)
    ids = await values(database, outbox.c.id)
    stuck = [
        {"mailbox": "m", "tx_id": str(one), "outbox_id": one, "state": "unfetchable", **times}
        for one in sorted(ids)[: purge.BATCH]
    ]
    async with database.begin() as connection:
        await connection.execute(notice.insert(), stuck)

    counts = await purged(database, keys, ANSWERS)

    assert counts["answers"] == 1
    assert await left(database) == purge.BATCH


async def test_claims_go_on_between_batches(database: AsyncEngine, keys: Vault) -> None:
    await settled(database, 3 * purge.BATCH)
    for _ in range(3):
        await add(database)
    working = asyncio.create_task(purged(database, keys, ANSWERS, pause=timedelta(seconds=0.5)))

    found = []
    while not working.done():
        found.append((await left(database), len(await claim(database, limit=1))))
        await asyncio.sleep(0.05)
    await working

    amid = {remaining for remaining, _ in found} - {0, 3 * purge.BATCH}
    assert amid <= {purge.BATCH, 2 * purge.BATCH}
    assert len(amid) == 2
    assert sum(claimed for _, claimed in found) == 3


@pytest.fixture
async def server(cluster: Cluster, template: str) -> AsyncIterator[AsyncEngine]:
    """PostgreSQL, where several work at the same time."""
    name = cluster.fresh(template)
    opened = engine.open_engine(Database(url=cluster.url(name)))
    yield opened
    await opened.dispose()
    cluster.drop(name)


async def test_a_claim_does_not_wait_for_a_batch_that_is_under_way(server: AsyncEngine, keys: Vault) -> None:
    await settled(server, 5)
    await add(server)
    begun, end = asyncio.Event(), asyncio.Event()

    async def batch() -> None:
        async with engine.turn(server) as connection:
            found = await purge._families(connection, None, until=NOW, purged=False)
            await purge._erase_answers(connection, found.keys, at=NOW, actor=ACTOR)
            begun.set()
            await end.wait()

    working = asyncio.create_task(batch())
    await begun.wait()
    claimed = await asyncio.wait_for(claim(server), 5)
    amid = await left(server)
    end.set()
    await working

    assert len(claimed) == 1
    assert (amid, await left(server)) == (5, 0)


async def test_a_row_that_a_business_system_holds_is_left_for_another_time(
    server: AsyncEngine, keys: Vault
) -> None:
    await settled(server, 3)
    held = min(await values(server, outbox.c.id))

    async with server.begin() as connection:
        await connection.execute(update(outbox).where(outbox.c.id == held).values(unit="x"))
        counts = await asyncio.wait_for(purged(server, keys, ANSWERS), 10)
    later = await purged(server, keys, ANSWERS)

    assert (counts["answers"], later["answers"]) == (2, 1)


async def test_a_row_that_keeps_a_batch_from_going_keeps_its_own_family_alone(
    server: AsyncEngine, keys: Vault
) -> None:
    """What becomes of a question's days refers to a later one, to which nothing may refer just now."""
    first, _ = await question(server, keys)
    later = await add(server, from_date=FIRST, to_date=LAST, person_sealed=b"sealed", **SOMEBODY)
    await build(server, keys, later, "FK")
    await settled(server, 3)

    async with server.begin() as connection:
        await connection.execute(select(outbox.c.id).where(outbox.c.id == later).with_for_update())
        counts = await asyncio.wait_for(purged(server, keys, ANSWERS), 30)
        kept = (await row(server, first)).purged_at
    then = await purged(server, keys, ANSWERS)

    assert (counts["answers"], kept, then["answers"]) == (3, None, 1)


async def test_one_purges_at_a_time(database: AsyncEngine, keys: Vault) -> None:
    await settled(database, 1)
    async with database.begin() as connection:
        held = await duties.take(connection, "purge", owner="two", lease=MINUTE, now=NOW + YEAR)
    assert held is not None

    def run() -> Any:
        return purge.run(database, keys, ANSWERS, owner="one", actor=ACTOR, now=lambda: NOW + YEAR)

    meanwhile = await run()
    kept = await left(database)
    async with database.begin() as connection:
        await duties.leave(connection, held, NOW)
    then = await run()

    assert (meanwhile, kept) == (None, 1)
    assert then == {"answers": 1, "messages": 0, "tombstones": 0}


async def test_who_loses_the_duty_stops_before_the_next_batch(database: AsyncEngine, keys: Vault) -> None:
    await settled(database, 2 * purge.BATCH)
    working = asyncio.create_task(purged(database, keys, ANSWERS, pause=timedelta(seconds=0.5)))
    for _ in range(200):
        if await left(database) == purge.BATCH:
            break
        await asyncio.sleep(0.02)
    await change(database, update(tables.duty).values(lease_token="another's"))

    counts = await working

    assert counts["answers"] == purge.BATCH
    assert await left(database) == purge.BATCH


async def test_a_batch_that_fails_changes_nothing(database: AsyncEngine, keys: Vault) -> None:
    """A row that points at a question from a table that nobody knows."""
    await settled(database, 1)
    (outbox_id,) = await values(database, outbox.c.id)
    place = "shs." if database.dialect.name == "postgresql" else ""
    await change(database, text(f"CREATE TABLE {place}foreign_row (id BIGINT REFERENCES outbox (id))"))
    await change(database, text("INSERT INTO foreign_row VALUES (:id)").bindparams(id=outbox_id))

    with pytest.raises(DBAPIError):
        await purged(database, keys, ALL)

    assert await count(database, tombstone) == 0
    assert await count(database, outbox) == 1
    await change(database, text("DELETE FROM foreign_row"))
    assert (await purged(database, keys, ALL))["questions"] == 1


async def test_a_dry_run_tells_what_would_go_and_changes_nothing(database: AsyncEngine, keys: Vault) -> None:
    await family_settled(database, keys)
    await settled(database, purge.BATCH)
    young, _ = await built(database, keys)
    kept = await left(database)

    told = await purge.due(database, keys, BOTH, NOW + 2 * YEAR)
    untouched = await left(database)
    done = await purged(database, keys, BOTH, 2 * YEAR)

    assert untouched == kept
    assert told == done
    assert done["questions"] == purge.BATCH + 2
    assert await values(database, outbox.c.id) == [young]


async def family_settled(database: AsyncEngine, keys: Vault) -> None:
    _, child = await family(database, keys)
    tx_id = await build(database, keys, child, "FK")
    await answered(database, keys, tx_id, decoded({"FK": "EMPTY"}))


async def test_a_child_whose_first_question_was_deleted_from_outside_goes_too(
    database: AsyncEngine, keys: Vault
) -> None:
    await settled(database, 1)
    (orphan,) = await values(database, outbox.c.id)
    await change(database, update(outbox).values(root_id=orphan + 1, parent_id=orphan + 1, round=1))

    counts = await purged(database, keys, ALL)

    assert counts["questions"] == 1
    assert await count(database, outbox) == 0
