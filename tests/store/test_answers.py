"""What answers were worth, and which of several counts."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shs_adapter.lifecycle import Event
from shs_adapter.store import answers, tables
from shs_adapter.store.merging import VERIFIED
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.standing import unverified
from shs_adapter.store.vault import Vault
from tests.store.rows import (
    ACTOR,
    FIRST,
    LAST,
    MINUTE,
    NOW,
    answered,
    build,
    built,
    came,
    decoded,
    move,
    row,
    story,
    view,
)

FAULTS = ("FAULT", "UNDECODABLE", "QUARANTINED")
LATE_FIRST = "2026-09-23"  # CSN's window, on the day of asking


def useless(outcome: str) -> Decoded:
    """An answer nothing of which may be used."""
    return Decoded(outcome=outcome, code="code", payload_sha256=outcome)


async def counting(database: AsyncEngine, outbox_id: int) -> dict[str, str]:
    """The outcome that counts, by agency."""
    results = tables.agency_result.c
    query = select(results.agency, results.outcome).where(results.outbox_id == outbox_id, results.current)
    async with database.begin() as connection:
        rows = (await connection.execute(query)).all()
    assert len(rows) == len({row.agency for row in rows})
    return {row.agency: row.outcome for row in rows}


async def counted(database: AsyncEngine, outbox_id: int) -> list[Any]:
    """The messages that count, and for which agency."""
    results = tables.agency_result.c
    query = select(results.inbox_id, results.agency).where(results.outbox_id == outbox_id, results.current)
    async with database.begin() as connection:
        return list(await connection.execute(query))


@pytest.mark.parametrize(
    ("outcomes", "verdict", "answered_by", "missing"),
    [
        ({"AF": "DATA", "SO": "EMPTY"}, "COMPLETE", "AF,SO", ""),
        ({"AF": "DATA", "SO": "PARTIAL"}, "INCOMPLETE", "AF", "SO"),
        ({"AF": "ERROR", "SO": "EMPTY"}, "INCOMPLETE", "SO", "AF"),
        ({"AF": "MISSING", "SO": "ERROR"}, "INCOMPLETE", "", "AF,SO"),
        ({"AF": "DATA", "SO": "UNASKED"}, "INCOMPLETE", "AF", "SO"),
        ({"AF": "DATA"}, "INCOMPLETE", "AF", "SO"),
    ],
)
async def test_only_a_question_with_every_agency_verified_is_complete(
    database: AsyncEngine,
    keys: Vault,
    outcomes: dict[str, str],
    verdict: str,
    answered_by: str,
    missing: str,
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF,SO")

    await answered(database, keys, tx_id, decoded(outcomes))

    seen = await view(database, outbox_id)
    assert (seen["verdict"], seen["agencies_answered"], seen["agencies_unverified"]) == (
        verdict,
        answered_by,
        missing,
    )
    assert (seen["settled"], seen["answer_version"]) == (1, 1)


@pytest.mark.parametrize("outcome", FAULTS)
async def test_an_answer_that_may_not_be_used_verifies_nobody(
    database: AsyncEngine, keys: Vault, outcome: str
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF,SO")

    await answered(database, keys, tx_id, useless(outcome))

    seen = await view(database, outbox_id)
    assert seen["verdict"] == "FAILED"
    assert (seen["agencies_answered"], seen["agencies_unverified"]) == ("", "AF,SO")


@pytest.mark.parametrize("outcome", FAULTS)
async def test_a_late_failure_does_not_hide_an_earlier_answer(
    database: AsyncEngine, keys: Vault, outcome: str
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": "DATA"}))
    before = await view(database, outbox_id)

    became = await answered(database, keys, tx_id, useless(outcome), at=NOW + MINUTE)

    assert became == outcome
    assert await view(database, outbox_id) == before


@pytest.mark.parametrize("outcome", FAULTS)
async def test_an_answer_after_a_failure_counts(database: AsyncEngine, keys: Vault, outcome: str) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, useless(outcome))

    await answered(database, keys, tx_id, decoded({"AF": "DATA"}), at=NOW + MINUTE)

    seen = await view(database, outbox_id)
    assert (seen["verdict"], seen["answer_version"]) == ("COMPLETE", 2)


@pytest.mark.parametrize("worse", ["PARTIAL", "ERROR", "MISSING", "UNASKED"])
@pytest.mark.parametrize("verified", VERIFIED)
async def test_what_was_verified_is_not_displaced_by_less(
    database: AsyncEngine, keys: Vault, verified: str, worse: str
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": verified}))

    await answered(database, keys, tx_id, decoded({"AF": worse}), at=NOW + MINUTE)

    assert await counting(database, outbox_id) == {"AF": verified}
    assert (await view(database, outbox_id))["answer_version"] == 1


async def test_a_partial_counts_more_than_an_error_and_not_the_other_way(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF,SO")

    await answered(database, keys, tx_id, decoded({"AF": "ERROR", "SO": "PARTIAL"}))
    await answered(database, keys, tx_id, decoded({"AF": "PARTIAL", "SO": "ERROR"}), at=NOW + MINUTE)

    assert await counting(database, outbox_id) == {"AF": "PARTIAL", "SO": "PARTIAL"}
    assert (await view(database, outbox_id))["verdict"] == "INCOMPLETE"


async def test_of_two_verified_results_the_newer_counts(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": "DATA"}))

    await answered(database, keys, tx_id, decoded({"AF": "EMPTY"}), at=NOW + MINUTE)

    assert await counting(database, outbox_id) == {"AF": "EMPTY"}
    assert (await view(database, outbox_id))["answer_version"] == 2


async def test_an_older_message_decoded_later_does_not_win(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": "EMPTY"}), at=NOW + MINUTE)

    await answered(database, keys, tx_id, decoded({"AF": "DATA"}), at=NOW)

    assert await counting(database, outbox_id) == {"AF": "EMPTY"}


async def test_each_agency_counts_by_itself(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "AF,SO")
    await answered(database, keys, tx_id, decoded({"AF": "DATA", "SO": "ERROR"}))

    await answered(database, keys, tx_id, decoded({"AF": "ERROR", "SO": "EMPTY"}), at=NOW + MINUTE)

    assert await counting(database, outbox_id) == {"AF": "DATA", "SO": "EMPTY"}
    assert (await view(database, outbox_id))["verdict"] == "COMPLETE"


async def test_a_clipped_period_is_not_verified(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "CSN")

    await answered(database, keys, tx_id, decoded({"CSN": "DATA"}, asked_from=LATE_FIRST))

    seen = await view(database, outbox_id)
    assert (seen["verdict"], seen["agencies_unverified"]) == ("INCOMPLETE", "CSN")
    assert seen["agencies_answered"] == "CSN"


async def test_an_agency_without_period_is_verified_by_any_answer(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "SKV")

    await answered(database, keys, tx_id, decoded({"SKV": "DATA"}, asked_from=None, asked_to=None))

    assert (await view(database, outbox_id))["verdict"] == "COMPLETE"


async def test_a_later_and_narrower_answer_hides_nothing_of_an_earlier_one(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys, "CSN")
    await answered(database, keys, tx_id, decoded({"CSN": "DATA"}))

    narrower = decoded({"CSN": "DATA"}, asked_from=LATE_FIRST)
    await answered(database, keys, tx_id, narrower, at=NOW + MINUTE)

    seen = await view(database, outbox_id)
    assert (seen["verdict"], seen["answer_version"]) == ("COMPLETE", 1)


async def test_a_repeated_payload_raises_nothing(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": "DATA"}, payload="same"))
    before = await view(database, outbox_id)

    became = await answered(database, keys, tx_id, decoded({"AF": "DATA"}, payload="same"), at=NOW + MINUTE)

    assert became == "repeated"
    assert await view(database, outbox_id) == before
    assert (await story(database, outbox_id))[-1] == ("decoded", None, None, "repeated")


async def test_an_older_payload_that_comes_again_does_not_displace_the_newer(
    database: AsyncEngine, keys: Vault
) -> None:
    """Under another tx.id, as if it were news."""
    question, tx_id = await built(database, keys)
    older = decoded({"AF": "DATA", "SO": "DATA"}, outcome="COMPLETE")
    await answered(database, keys, tx_id, older)
    await answered(database, keys, tx_id, decoded({"AF": "EMPTY", "SO": "DATA"}), at=NOW + MINUTE)
    before = await row(database, question)

    became = await answered(database, keys, tx_id, older, at=NOW + 2 * MINUTE)

    assert became == "repeated"
    assert await counting(database, question) == {"AF": "EMPTY", "SO": "DATA"}
    assert (await row(database, question)).answer_version == before.answer_version


@pytest.mark.parametrize("outcome", ["PARTIAL", "ERROR", "MISSING"])
@pytest.mark.parametrize("earlier", ["DATA", "EMPTY", "PARTIAL", "ERROR", "MISSING"])
async def test_an_answer_that_does_not_tell_whom_it_is_about_displaces_nothing(
    database: AsyncEngine, keys: Vault, earlier: str, outcome: str
) -> None:
    question, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": earlier}))
    before = await counted(database, question)

    await answered(database, keys, tx_id, decoded({"AF": outcome}, status="anonymous"), at=NOW + MINUTE)

    assert await counted(database, question) == before


async def test_a_payload_that_came_to_the_wrong_envelope_first_still_counts_at_the_right_one(
    database: AsyncEngine, keys: Vault
) -> None:
    """To the first envelope it answered another correlation, and was set aside."""
    outbox_id, first = await built(database, keys, "AF")
    await move(database, outbox_id, Event.REFUSED)
    await move(database, outbox_id, Event.REBUILT)
    second = await build(database, keys, outbox_id, "AF")
    await answered(
        database,
        keys,
        first,
        Decoded(outcome="QUARANTINED", code="korrelationsid", payload_sha256="same"),
    )

    became = await answered(
        database, keys, second, decoded({"AF": "DATA"}, outcome="COMPLETE", payload="same"), at=NOW + MINUTE
    )

    assert became == "COMPLETE"
    assert (await view(database, outbox_id))["verdict"] == "COMPLETE"


async def test_a_late_answer_to_an_earlier_envelope_counts(database: AsyncEngine, keys: Vault) -> None:
    outbox_id, first = await built(database, keys, "AF")
    await move(database, outbox_id, Event.REFUSED)
    await move(database, outbox_id, Event.REBUILT)

    await answered(database, keys, first, decoded({"AF": "DATA"}))

    seen = await view(database, outbox_id)
    assert (seen["state"], seen["verdict"], seen["settled"]) == ("done", "COMPLETE", 1)


async def test_every_change_of_the_answer_is_told_also_after_the_question_is_settled(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    seen: list[dict[str, Any]] = []
    for outcome in ("ERROR", "PARTIAL", "DATA"):
        at = NOW + len(seen) * MINUTE
        await answered(database, keys, tx_id, decoded({"AF": outcome}), at=at)
        seen.append(await view(database, outbox_id))

    assert [one["answer_version"] for one in seen] == [1, 2, 3]
    assert [one["settled"] for one in seen] == [1, 1, 1]
    assert seen[0]["change_no"] < seen[1]["change_no"] < seen[2]["change_no"]
    assert (await row(database, outbox_id)).settled_at == NOW


async def test_of_answers_that_are_decoded_together_each_is_a_change(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF,SO")

    async with database.begin() as connection:
        came_in = [await came(connection, keys, tx_id, NOW + no * MINUTE) for no in range(2)]
        said = [decoded({"AF": "DATA"}), decoded({"AF": "EMPTY", "SO": "ERROR"})]
        await answers.keep(connection, keys, list(zip(came_in, said, strict=True)), NOW, ACTOR)

    seen = await view(database, outbox_id)
    assert (seen["agencies_answered"], seen["answer_version"]) == ("AF", 2)
    assert await counting(database, outbox_id) == {"AF": "EMPTY", "SO": "ERROR"}


async def test_the_answer_to_a_withdrawn_question_counts_for_nothing_and_settles_it(
    database: AsyncEngine, keys: Vault
) -> None:
    outbox_id, tx_id = await built(database, keys, "AF")
    await move(database, outbox_id, Event.ACCEPTED)
    await move(database, outbox_id, Event.WITHDRAWN)
    before = await view(database, outbox_id)

    became = await answered(database, keys, tx_id, decoded({"AF": "DATA"}))

    seen = await view(database, outbox_id)
    assert became == "withdrawn"
    assert await counting(database, outbox_id) == {}
    assert (seen["verdict"], seen["answer_version"], seen["agencies_answered"]) == ("WITHDRAWN", 0, None)
    assert (before["settled"], seen["settled"]) == (0, 1)
    assert seen["change_no"] > before["change_no"]


async def test_a_message_is_marked_with_what_it_was_worth_by_itself(
    database: AsyncEngine, keys: Vault
) -> None:
    _, tx_id = await built(database, keys, "AF")
    await answered(database, keys, tx_id, decoded({"AF": "DATA"}, outcome="COMPLETE"))
    await answered(database, keys, tx_id, useless("FAULT"), at=NOW + MINUTE)

    columns = tables.inbox.c
    async with database.begin() as connection:
        query = select(columns.outcome, columns.outcome_code, columns.decoded_at).order_by(
            columns.received_at
        )
        marked: list[Any] = [tuple(one) for one in await connection.execute(query)]

    assert marked == [("COMPLETE", None, NOW), ("FAULT", "code", NOW + MINUTE)]


async def test_decoding_again_gives_the_same(database: AsyncEngine, keys: Vault) -> None:
    """As after a crash between the decoding and its commit, or on an operator's order."""

    outbox_id, tx_id = await built(database, keys, "AF,SO")
    first = decoded({"AF": "DATA", "SO": "ERROR"})
    await answered(database, keys, tx_id, first)
    before = await view(database, outbox_id)

    async with database.begin() as connection:
        message = (await connection.execute(select(tables.inbox))).one()
        (became,) = await answers.keep(connection, keys, [(message, first)], NOW + timedelta(hours=1), "test")

    assert became == "PARTIAL"
    assert await view(database, outbox_id) == before
    assert await counting(database, outbox_id) == {"AF": "DATA", "SO": "ERROR"}


_AGENCIES = ("AF", "CSN", "FK")
_RESULTS = st.builds(
    Result,
    agency=st.sampled_from(_AGENCIES),
    outcome=st.sampled_from(["DATA", "EMPTY", "PARTIAL", "ERROR", "MISSING", "UNASKED"]),
    asked_from=st.sampled_from([None, "2026-08-01", FIRST, LATE_FIRST]),
    asked_to=st.sampled_from([None, "2026-10-01", LAST, "2026-12-31"]),
)


@settings(max_examples=100)
@given(st.lists(_RESULTS, max_size=4))
def test_an_agency_is_unverified_unless_it_answered_for_the_whole_period(current: list[Result]) -> None:
    missing = unverified(_AGENCIES, current, FIRST, LAST)

    for agency in _AGENCIES:
        whole = [
            result
            for result in current
            if result.agency == agency
            and result.outcome in {"DATA", "EMPTY"}
            and (result.asked_from or FIRST) <= FIRST
            and (result.asked_to or LAST) >= LAST
        ]
        assert (agency in missing) is (not whole)
