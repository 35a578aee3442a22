"""Asking again: by policy, once an answer and round, and merged into the question that was asked first."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.lifecycle import Event
from shs_adapter.ssbtek.finding import Outcome, Sub
from shs_adapter.store import answers, persons, settling, tables
from shs_adapter.store.asking_again import Policy
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.vault import Vault
from tests.store.rows import (
    ACTOR,
    FIRST,
    LAST,
    MINUTE,
    NOW,
    PERSONS,
    add,
    answered,
    begin_sending,
    build,
    claim,
    move,
    row,
    story,
    view,
)

POLICY = Policy(rounds={"TRANSIENT": 2, "DOUBTFUL": 1}, rest=lambda number: number * MINUTE)


def said(**agencies: str) -> Decoded:
    """An answer: `AF="DATA"`, or `AF="ERROR TRANSIENT"`."""
    results = []
    for agency, words in agencies.items():
        outcome, _, transience = words.partition(" ")
        results.append(
            Result(
                agency=agency,
                outcome=outcome,
                transience=transience or None,
                asked_from=FIRST,
                asked_to=LAST,
            )
        )
    return Decoded(outcome="PARTIAL", code=None, payload_sha256=repr(agencies), results=results)


async def asked(database: AsyncEngine, keys: Vault, agencies: str = "AF,CSN,SO") -> tuple[int, str]:
    """A question of a business system, sealed, built and sent."""
    outbox_id = await add(
        database,
        person_id=PERSONS[0],
        case_id="E-1",
        officer="anna",
        household_role="APPLICANT",
        reference="mine",
        from_date=FIRST,
        to_date=LAST,
    )
    async with database.begin() as connection:
        await persons.seal(connection, keys, 10)
    tx_id = await build(database, keys, outbox_id, agencies)
    await begin_sending(database, tx_id)
    return outbox_id, tx_id


async def children(database: AsyncEngine) -> list[Any]:
    query = select(tables.outbox).where(tables.outbox.c.root_id.is_not(None)).order_by(tables.outbox.c.id)
    async with database.begin() as connection:
        return list(await connection.execute(query))


async def ask_child(database: AsyncEngine, keys: Vault, child: Any) -> str:
    tx_id = await build(database, keys, child.id, child.agencies)
    await begin_sending(database, tx_id)
    return tx_id


async def test_only_what_may_pass_is_asked_again(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await asked(database, keys)

    await answered(
        database, keys, tx_id, said(AF="ERROR TRANSIENT", CSN="ERROR PERMANENT", SO="DATA"), policy=POLICY
    )

    (child,) = await children(database)
    assert (child.agencies, child.root_id, child.parent_id, child.round) == ("AF", outbox_id, outbox_id, 1)
    assert (child.reference, child.state, child.due_at) == (None, "new", NOW + MINUTE)
    assert (child.case_id, child.officer, child.household_role) == ("E-1", "anna", "APPLICANT")
    assert (child.from_date, child.to_date) == (FIRST, LAST)


async def test_the_question_that_asks_again_is_about_the_same_person_and_sealed_for_itself(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys)

    await answered(database, keys, tx_id, said(AF="MISSING DOUBTFUL"), policy=POLICY)

    (child,) = await children(database)
    assert child.person_id is None
    assert persons.reveal(keys, child) == PERSONS[0]
    assert child.person_key == (await row(database, outbox_id)).person_key


async def test_each_time_is_a_disclosure_in_the_journal(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await asked(database, keys)

    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT", CSN="PARTIAL TRANSIENT"), policy=POLICY)

    (child,) = await children(database)
    assert ("asked-again", None, None, f"{child.id}:AF,CSN") in await story(database, outbox_id)
    assert await story(database, child.id) == [("asked-again", None, None, "AF,CSN")]


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [({"TRANSIENT": 2}, [1, 2]), ({"TRANSIENT": 1}, [1]), ({"TRANSIENT": 0}, []), ({}, [])],
)
async def test_rounds_are_capped_and_spaced(
    database: AsyncEngine, keys: Vault, rounds: Mapping[str, int], expected: list[int]
) -> None:
    policy = Policy(rounds=rounds, rest=POLICY.rest)
    _, tx_id = await asked(database, keys)
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=policy)

    for number in range(3):
        if len(await children(database)) > number:
            tx_id = await ask_child(database, keys, (await children(database))[number])
            await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=policy)

    found = await children(database)
    assert [child.round for child in found] == expected
    assert [child.due_at - NOW for child in found] == [number * MINUTE for number in expected]


async def test_a_doubtful_failure_drops_out_before_one_that_is_known_to_pass(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await asked(database, keys)
    still = said(AF="ERROR TRANSIENT", CSN="ERROR DOUBTFUL")
    await answered(database, keys, tx_id, still, policy=POLICY)
    (first,) = await children(database)
    tx_id = await ask_child(database, keys, first)

    await answered(database, keys, tx_id, still, policy=POLICY)

    assert [child.agencies for child in await children(database)] == ["AF,CSN", "AF"]


async def test_an_answer_to_the_second_question_counts_for_the_first(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF,SO")
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT", SO="DATA"), policy=POLICY)
    before = await view(database, outbox_id)
    (child,) = await children(database)
    tx_id = await ask_child(database, keys, child)

    await answered(database, keys, tx_id, said(AF="EMPTY"), at=NOW + MINUTE, policy=POLICY)

    after, second = await view(database, outbox_id), await view(database, child.id)
    assert (before["verdict"], before["agencies_unverified"], before["settled"]) == ("INCOMPLETE", "AF", 0)
    assert (after["verdict"], after["agencies_unverified"], after["settled"]) == ("COMPLETE", "", 1)
    assert after["answer_version"] == before["answer_version"] + 1
    assert after["change_no"] > before["change_no"]
    assert (second["verdict"], second["agencies_answered"], second["root_id"]) == (
        "COMPLETE",
        "AF",
        outbox_id,
    )
    assert second["change_no"] > before["change_no"]


async def test_a_worse_second_answer_displaces_nothing(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="PARTIAL TRANSIENT"), policy=POLICY)
    (child,) = await children(database)
    tx_id = await ask_child(database, keys, child)

    await answered(database, keys, tx_id, said(AF="ERROR PERMANENT"), at=NOW + MINUTE, policy=POLICY)

    outcomes = "SELECT outcome FROM report_agency WHERE agency = 'AF'"
    async with database.begin() as connection:
        assert list(await connection.scalars(text(outcomes))) == ["PARTIAL"]
    assert (await view(database, outbox_id))["settled"] == 1


async def test_a_question_settles_when_the_one_that_asks_again_has_failed(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)
    (child,) = await children(database)
    waiting = (await view(database, outbox_id))["settled"]

    await move(database, child.id, Event.MALFORMED, code="no_legal_basis")

    assert (waiting, (await view(database, outbox_id))["settled"]) == (0, 1)


async def test_decoding_again_asks_nobody(database: AsyncEngine, keys: Vault) -> None:
    _, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="DATA"))

    async with database.begin() as connection:
        message = (await connection.execute(select(tables.inbox))).one()
        worse = said(AF="ERROR TRANSIENT")
        await answers.keep(connection, keys, [(message, worse)], NOW + MINUTE, ACTOR, POLICY)

    assert await children(database) == []


async def test_decoding_the_answer_to_what_asked_again_changes_nothing_if_it_says_the_same(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)
    (child,) = await children(database)
    await answered(database, keys, await ask_child(database, keys, child), said(AF="DATA"), at=NOW + MINUTE)
    before = [await view(database, number) for number in (outbox_id, child.id)]

    async with database.begin() as connection:
        query = select(tables.inbox).where(tables.inbox.c.outbox_id == child.id)
        message = (await connection.execute(query)).one()
        await answers.keep(connection, keys, [(message, said(AF="DATA"))], NOW + 2 * MINUTE, ACTOR, POLICY)

    assert [await view(database, number) for number in (outbox_id, child.id)] == before


async def test_a_second_answer_to_the_same_question_asks_nobody_again(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await asked(database, keys, "AF,SO")

    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT", SO="ERROR TRANSIENT"), policy=POLICY)

    assert len(await children(database)) == 1


async def test_a_round_is_asked_once_whoever_writes_it(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await asked(database, keys)
    row_ = {"parent_id": outbox_id, "root_id": outbox_id, "round": 1}
    async with database.begin() as connection:
        await connection.execute(insert(tables.outbox).values(row_))

    with pytest.raises(Exception, match=r"(?i)unique"):
        async with database.begin() as connection:
            await connection.execute(insert(tables.outbox).values(row_))


@pytest.mark.parametrize("outcome", ["FAULT", "QUARANTINED", "UNDECODABLE"])
async def test_a_question_that_failed_as_a_whole_is_never_asked_again_blindly(
    database: AsyncEngine, keys: Vault, outcome: str
) -> None:
    _, tx_id = await asked(database, keys)

    await answered(
        database,
        keys,
        tx_id,
        Decoded(outcome=outcome, code="internal", payload_sha256="x"),
        policy=POLICY,
    )

    assert await children(database) == []


async def test_a_withdrawn_question_takes_what_asks_again_with_it(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await asked(database, keys)
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)

    async with database.begin() as connection:
        await answers.retract(connection, outbox_id)

    (child,) = await children(database)
    assert child.withdraw_reason
    assert await claim(database, at=NOW + timedelta(hours=1)) == []


async def test_nothing_is_asked_again_that_could_only_come_too_late(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys)
    async with database.begin() as connection:
        soon = update(tables.outbox).where(tables.outbox.c.id == outbox_id)
        await connection.execute(soon.values(deadline_at=NOW + MINUTE / 2))

    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)

    assert await children(database) == []


@pytest.mark.parametrize("column", ["withdraw_reason", "person_key"])
async def test_nothing_is_asked_again_for_a_question_that_is_taken_back_or_about_somebody_else(
    database: AsyncEngine, keys: Vault, column: str
) -> None:
    outbox_id, tx_id = await asked(database, keys)
    async with database.begin() as connection:
        changed = update(tables.outbox).where(tables.outbox.c.id == outbox_id)
        await connection.execute(changed.values({column: "another"}))

    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)

    assert await children(database) == []


async def test_what_is_asked_again_is_what_was_asked_whatever_the_row_says_by_now(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys)
    async with database.begin() as connection:
        changed = update(tables.outbox).where(tables.outbox.c.id == outbox_id)
        await connection.execute(changed.values(from_date="2020-01-01", case_id="OTHER"))

    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)

    (child,) = await children(database)
    assert (child.case_id, child.from_date, child.to_date) == ("E-1", FIRST, LAST)


async def test_an_agency_that_answers_meanwhile_is_not_asked_again(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await asked(database, keys)
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT", CSN="ERROR TRANSIENT"), policy=POLICY)

    await answered(database, keys, tx_id, said(AF="DATA"), at=NOW + MINUTE)
    (less,) = await children(database)
    await answered(database, keys, tx_id, said(CSN="DATA"), at=NOW + 2 * MINUTE)
    (nothing,) = await children(database)

    assert (less.agencies, less.withdraw_reason) == ("CSN", None)
    assert nothing.withdraw_reason == "answered meanwhile"


async def test_an_answer_to_what_was_asked_again_for_a_withdrawn_question_counts_for_nothing(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)
    (child,) = await children(database)
    tx_id = await ask_child(database, keys, child)
    async with database.begin() as connection:
        await answers.retract(connection, outbox_id)
    await move(database, outbox_id, Event.WITHDRAWN)
    before = await view(database, outbox_id)

    became = await answered(database, keys, tx_id, said(AF="DATA"), at=NOW + MINUTE)

    assert became == "withdrawn"
    after = await view(database, outbox_id)
    assert after["agencies_answered"] is None
    assert after["answer_version"] == before["answer_version"]
    async with database.begin() as connection:
        assert (await connection.execute(text("SELECT * FROM report_agency"))).all() == []


async def test_a_question_is_open_again_while_what_asks_again_for_it_is_rebuilt(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)
    (child,) = await children(database)
    await move(database, child.id, Event.MALFORMED, code="no_legal_basis")
    before = await view(database, outbox_id)

    await move(database, child.id, Event.REBUILT)

    after = await view(database, outbox_id)
    assert (before["settled"], after["settled"]) == (1, 0)
    assert after["change_no"] > before["change_no"]


async def test_a_question_settles_although_somebody_deleted_what_asked_again_for_it(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)
    async with database.begin() as connection:
        on = " ON journal" if connection.dialect.name == "postgresql" else ""
        await connection.execute(text(f"DROP TRIGGER journal_kept{on}"))  # as an owner may
        await connection.execute(text("DELETE FROM journal WHERE outbox_id <> :id"), {"id": outbox_id})
        await connection.execute(text("DELETE FROM outbox WHERE root_id IS NOT NULL"))

    async with database.begin() as connection:
        await settling.settle(connection, NOW, MINUTE, 10)

    assert (await view(database, outbox_id))["settled"] == 1


async def test_versions_rise_with_what_a_reader_sees_and_with_nothing_else(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await asked(database, keys, "AF")
    await answered(database, keys, tx_id, said(AF="ERROR TRANSIENT"), policy=POLICY)
    (child,) = await children(database)
    child_tx_id = await ask_child(database, keys, child)
    await answered(database, keys, child_tx_id, said(AF="DATA"), at=NOW + MINUTE)
    before = [await view(database, one) for one in (outbox_id, child.id)]

    async with database.begin() as connection:
        came = select(tables.inbox).where(tables.inbox.c.attempt_tx_id == child_tx_id)
        message = (await connection.execute(came)).one()
        await answers.keep(connection, keys, [(message, said(AF="DATA"))], NOW + 2 * MINUTE, ACTOR)
    same = [await view(database, one) for one in (outbox_id, child.id)]
    parts = Result(
        agency="AF",
        outcome="DATA",
        asked_from=FIRST,
        asked_to=LAST,
        subs=[Sub(name="aktivitetsrapport", outcome=Outcome.DATA, status="200")],
    )
    more = Decoded(outcome="COMPLETE", code=None, payload_sha256="AF", results=[parts])
    async with database.begin() as connection:
        await answers.keep(connection, keys, [(message, more)], NOW + 2 * MINUTE, ACTOR)

    assert same == before
    for one, old in zip((outbox_id, child.id), before, strict=True):
        assert (await view(database, one))["answer_version"] == old["answer_version"] + 1
