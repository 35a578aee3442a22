"""`record`, the only writer of state."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.errors import IllegalMove, NotFound
from shs_adapter.lifecycle import Event, State
from shs_adapter.store import claims, outbox, tables
from shs_adapter.store.settling import settle
from shs_adapter.store.vault import Vault
from tests.store.rows import (
    ACTOR,
    MINUTE,
    NOW,
    add,
    begin_sending,
    build,
    built,
    claim,
    move,
    row,
    story,
)

LATER = NOW + timedelta(hours=1)


async def test_a_move_writes_state_reason_and_journal_together(database: AsyncEngine) -> None:
    outbox_id = await add(database)
    (leased,) = await claim(database)

    moved = await move(
        database, outbox_id, Event.DEFERRED, token=leased.lease_token, code="not_before", due_at=LATER
    )

    question = await row(database, outbox_id)
    assert moved
    assert (question.state, question.reason, question.due_at) == ("new", "deferred", LATER)
    assert await story(database, outbox_id) == [("deferred", "new", "new", "not_before")]


async def test_a_move_with_a_token_gives_up_the_lease(database: AsyncEngine) -> None:
    outbox_id = await add(database)
    (leased,) = await claim(database)

    await move(database, outbox_id, Event.DEFERRED, token=leased.lease_token)

    question = await row(database, outbox_id)
    assert (question.lease_token, question.lease_owner, question.lease_until) == (None, None, None)


async def test_a_lost_lease_moves_nothing(database: AsyncEngine) -> None:
    outbox_id = await add(database)
    (first,) = await claim(database, owner="one")
    (second,) = await claim(database, owner="two", at=NOW + MINUTE)

    moved = await move(database, outbox_id, Event.MALFORMED, token=first.lease_token, code="late")

    question = await row(database, outbox_id)
    assert not moved
    assert (question.state, question.change_no, question.lease_token) == ("new", 0, second.lease_token)
    assert await story(database, outbox_id) == []


async def test_a_row_that_moved_on_without_us_is_left_alone(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    (leased,) = await claim(database, State.READY)
    await move(database, outbox_id, Event.COMPLETED)

    moved = await move(database, outbox_id, Event.DEFERRED, token=leased.lease_token, due_at=LATER)

    question = await row(database, outbox_id)
    assert not moved
    assert (question.state, question.reason) == ("done", "completed")


async def test_news_needs_no_lease_and_leaves_it(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    (leased,) = await claim(database, State.READY)

    moved = await move(database, outbox_id, Event.CONFIRMED)

    question = await row(database, outbox_id)
    assert moved
    assert (question.state, question.lease_token) == ("confirmed", leased.lease_token)


async def test_an_illegal_move_without_a_token_is_an_error_and_writes_nothing(database: AsyncEngine) -> None:
    outbox_id = await add(database)

    with pytest.raises(IllegalMove):
        await move(database, outbox_id, Event.TIMED_OUT)

    assert await story(database, outbox_id) == []
    assert (await row(database, outbox_id)).change_no == 0


async def test_a_question_that_does_not_exist_is_not_found(database: AsyncEngine) -> None:
    with pytest.raises(NotFound):
        await move(database, 4711, Event.WITHDRAWN)


async def test_a_swallowed_event_goes_to_the_journal_only(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    await move(database, outbox_id, Event.COMPLETED)
    before = await row(database, outbox_id)

    moved = await move(database, outbox_id, Event.ERRORED, at=LATER, code="shs:X", attempts=9)

    assert moved
    assert await row(database, outbox_id) == before
    assert (await story(database, outbox_id))[-1] == ("errored", "done", "done", "shs:X")


async def test_a_swallowed_event_of_ours_still_gives_up_the_lease(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    (leased,) = await claim(database, State.READY)
    await move(database, outbox_id, Event.CONFIRMED)

    moved = await move(database, outbox_id, Event.ACCEPTED, token=leased.lease_token)

    question = await row(database, outbox_id)
    assert moved
    assert (question.state, question.lease_token) == ("confirmed", None)


async def test_every_change_has_a_change_no_above_all_before_it(database: AsyncEngine, keys: Vault) -> None:
    first, second = await add(database), await add(database)
    seen = []
    for outbox_id, event in ((first, Event.DEFERRED), (second, Event.WITHDRAWN), (first, Event.MALFORMED)):
        await move(database, outbox_id, event)
        seen.append((await row(database, outbox_id)).change_no)

    assert seen == [1, 2, 3]


async def test_built_names_the_envelope_and_no_other_event_does(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys)

    await move(database, outbox_id, Event.COMPLETED, tx_id="of-the-answer")

    assert (await row(database, outbox_id)).tx_id == tx_id
    async with database.begin() as connection:
        named = await connection.scalars(select(tables.journal.c.tx_id).order_by(tables.journal.c.id))
        assert list(named) == [tx_id, "of-the-answer"]


async def test_the_times_of_a_question_are_those_of_its_moves(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    moves = (Event.ACCEPTED, Event.CONFIRMED, Event.COMPLETED)
    at = {event: NOW + number * MINUTE for number, event in enumerate(moves)}
    for event in moves:
        await move(database, outbox_id, event, at=at[event])

    question = await row(database, outbox_id)

    assert (question.accepted_at, question.confirmed_at, question.finished_at) == tuple(at.values())


async def test_late_news_does_not_move_the_time_of_acceptance(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, _ = await built(database, keys)
    await move(database, outbox_id, Event.ACCEPTED)
    await move(database, outbox_id, Event.TIMED_OUT)

    await move(database, outbox_id, Event.ACCEPTED, at=LATER)

    question = await row(database, outbox_id)
    assert (question.state, question.accepted_at, question.finished_at) == ("accepted", NOW, None)


async def test_a_failure_has_a_code_and_a_text_and_good_news_takes_them_away(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, _ = await built(database, keys)

    await move(database, outbox_id, Event.REFUSED, code="shs:X", text="the node refuses it")
    failed = await row(database, outbox_id)
    await move(database, outbox_id, Event.COMPLETED, at=LATER, code="ignored")
    done = await row(database, outbox_id)

    assert (failed.failure_code, failed.failure_text, failed.finished_at) == (
        "shs:X",
        "the node refuses it",
        NOW,
    )
    assert (done.failure_code, done.failure_text, done.finished_at) == (None, None, LATER)
    assert done.settled_at is None


async def fail(database: AsyncEngine, keys: Vault, event: Event, *, sent: bool) -> Any:
    outbox_id, tx_id = await built(database, keys)
    if sent:
        await begin_sending(database, tx_id)
    if event is Event.TIMED_OUT:
        await move(database, outbox_id, Event.ACCEPTED)
    await move(database, outbox_id, event, at=LATER)
    return await row(database, outbox_id)


@pytest.mark.parametrize("event", [Event.MALFORMED, Event.REFUSED, Event.ERRORED])
async def test_a_final_failure_is_settled_at_once(database: AsyncEngine, keys: Vault, event: Event) -> None:
    question = await fail(database, keys, event, sent=True)

    assert question.settled_at == LATER


@pytest.mark.parametrize("event", [Event.EXHAUSTED, Event.WITHDRAWN, Event.TIMED_OUT])
async def test_what_may_have_been_sent_may_still_be_answered(
    database: AsyncEngine, keys: Vault, event: Event
) -> None:
    question = await fail(database, keys, event, sent=True)

    assert question.settled_at is None


@pytest.mark.parametrize("event", [Event.EXHAUSTED, Event.WITHDRAWN])
async def test_what_was_never_sent_is_settled_at_once(
    database: AsyncEngine, keys: Vault, event: Event
) -> None:
    _, of_another = await built(database, keys)
    await begin_sending(database, of_another)

    question = await fail(database, keys, event, sent=False)

    assert question.settled_at == LATER


async def test_a_failed_question_is_settled_when_no_late_answer_is_expected_any_more(
    database: AsyncEngine, keys: Vault
) -> None:
    question = await fail(database, keys, Event.TIMED_OUT, sent=True)
    late = timedelta(days=14)

    async with database.begin() as connection:
        early = await settle(connection, LATER + late - MINUTE, late, 10)
        in_time = await settle(connection, LATER + late, late, 10)
        again = await settle(connection, LATER + 2 * late, late, 10)

    settled = await row(database, question.id)
    assert (early, in_time, again) == (0, 1, 0)
    assert settled.settled_at == LATER + late
    assert settled.change_no == question.change_no + 1


async def test_an_answer_that_is_not_decoded_yet_is_still_expected(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, _ = await built(database, keys)
    await move(database, outbox_id, Event.COMPLETED)

    async with database.begin() as connection:
        settled = await settle(connection, NOW + timedelta(days=99), MINUTE, 10)

    assert settled == 0


async def test_settling_takes_no_more_than_its_limit(database: AsyncEngine, keys: Vault) -> None:
    for _ in range(3):
        await fail(database, keys, Event.TIMED_OUT, sent=True)

    async with database.begin() as connection:
        counts = [await settle(connection, LATER + MINUTE, MINUTE, 2) for _ in range(3)]

    assert counts == [2, 1, 0]


async def test_a_rebuilt_question_begins_anew(database: AsyncEngine, keys: Vault) -> None:
    """With the times of its first envelope it would time out as soon as the second is accepted."""
    outbox_id, first = await built(database, keys)
    for event in (Event.ACCEPTED, Event.CONFIRMED, Event.TIMED_OUT):
        await move(database, outbox_id, event)

    await move(database, outbox_id, Event.REBUILT)
    waiting = await row(database, outbox_id)
    second = await build(database, keys, outbox_id)
    await move(database, outbox_id, Event.ACCEPTED, at=LATER)

    accepted = await row(database, outbox_id)
    assert (waiting.state, waiting.failure_code, waiting.finished_at) == ("new", None, None)
    assert (waiting.accepted_at, waiting.confirmed_at, waiting.tx_id) == (None, None, first)
    assert (accepted.accepted_at, accepted.confirmed_at, accepted.tx_id) == (LATER, None, second)


async def test_a_resent_question_is_ready_with_the_same_envelope(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys)
    await move(database, outbox_id, Event.REFUSED)

    await move(database, outbox_id, Event.RESENT)

    question = await row(database, outbox_id)
    assert (question.state, question.tx_id, question.settled_at) == ("ready", tx_id, None)


async def test_a_withdrawal_is_marked_and_ends_only_what_has_not_been_accepted(
    database: AsyncEngine, keys: Vault
) -> None:
    new = await add(database)
    accepted, _ = await built(database, keys)
    await move(database, accepted, Event.ACCEPTED)

    for outbox_id in (new, accepted):
        await move(database, outbox_id, Event.WITHDRAWN, at=LATER, code="withdrawn")

    ended, running = await row(database, new), await row(database, accepted)
    assert (ended.state, ended.failure_code, ended.withdrawn_at) == ("failed", "withdrawn", LATER)
    assert (running.state, running.reason, running.withdrawn_at) == ("accepted", "withdrawn", LATER)
    assert running.failure_code is None


async def test_a_withdrawn_question_is_not_tried_again(database: AsyncEngine) -> None:
    outbox_id = await add(database)
    await move(database, outbox_id, Event.WITHDRAWN)

    with pytest.raises(IllegalMove):
        await move(database, outbox_id, Event.REBUILT)


async def test_ids_come_oldest_first_and_no_more_than_asked(database: AsyncEngine) -> None:
    wanted = [await add(database, unit="x") for _ in range(3)]
    await add(database)

    async with database.begin() as connection:
        found = await outbox.ids(connection, tables.outbox.c.unit == "x", limit=2)

    assert found == wanted[:2]


async def test_only_our_own_leases_are_taken_back(database: AsyncEngine) -> None:
    ours, theirs = await add(database), await add(database)
    await claim(database, owner="one", limit=1)
    await claim(database, owner="two", limit=1)

    async with database.begin() as connection:
        freed = await claims.take_back(connection, "one", State.NEW, State.READY)

    assert freed == 1
    assert [row.id for row in await claim(database, owner="one")] == [ours]
    assert (await row(database, theirs)).lease_owner == "two"


async def test_journal_and_state_are_rolled_back_together(database: AsyncEngine) -> None:
    outbox_id = await add(database)

    async with database.connect() as connection:
        await outbox.record(connection, outbox_id, Event.MALFORMED, at=NOW, actor=ACTOR)
        await connection.rollback()

    assert (await row(database, outbox_id)).state == "new"
    assert await story(database, outbox_id) == []
