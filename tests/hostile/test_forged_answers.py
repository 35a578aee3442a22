"""Whoever may lay messages into a mailbox answers, fails, confirms and empties no question of others."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.sandbox.letters import Letter
from tests.daemon.daemons import running, until
from tests.daemon.municipality import CLIENT, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of, error_of, scripted
from tests.hostile.forged_answers import nothing_found

COUNTING = "SELECT COUNT(*) FROM payment WHERE counts"
FORGERIES: dict[str, Callable[[bytes, str], Letter]] = {
    "its answer": lambda raw, corr_id: answer_of(raw),
    "a confirm": lambda raw, corr_id: confirm_of(raw),
    "an error": lambda raw, corr_id: error_of(raw, "IllegalMessageStructure"),
    "nothing found": lambda raw, corr_id: nothing_found(corr_id, CLIENT, datetime.now(UTC)),
}


def standing(municipality: Municipality, question: int) -> tuple[object, ...]:
    row = municipality.question(question)
    return tuple(row[name] for name in ("state", "reason", "outcome", "answer_version", "failure_code"))


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=list(FORGERIES))
async def test_a_message_in_another_tenants_mailbox_moves_nothing(
    tmp_path: Path, stead: Database, node: ScriptedNode, forge: Callable[[bytes, str], Letter]
) -> None:
    """Tenant "theirs" is asked for at one node, and the message lies at the node of "ours"."""
    async with scripted(tmp_path) as other:
        at_other = {"submit_url": f"{other.url}/shs/rs", "delivery_url": f"{other.url}/shs/ds"}
        municipality = found(tmp_path, stead, node.url, tenants={"theirs": {}, "ours": at_other})
        async with running(municipality):
            question = await municipality.ask(tenant="theirs")
            await until(lambda: standing(municipality, question)[0] == "accepted", "accepted")
            before = standing(municipality, question)
            corr_id = str(municipality.attempts(question)[0]["corr_id"])
            other.letters = [forge(node.received[0], corr_id)]
            await until(lambda: municipality.alarms("unsolicited"), "alarmed")
            await until(lambda: municipality.are_closed(1), "done with")
            meanwhile = standing(municipality, question)
            node.letters = [answer_of(node.received[0])]
            await until(lambda: municipality.is_done(question), "answered by whom was asked")

    assert meanwhile == before
    assert standing(municipality, question)[:3] == ("done", "completed", "COMPLETE")
    assert municipality.values("SELECT code FROM journal WHERE event = 'unsolicited'") == ["other_mailbox"]


async def test_an_answer_that_names_nobody_empties_nothing(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question = await municipality.ask("197701172392")
        await until(lambda: node.received, "sent")
        node.letters = [answer_of(node.received[0])]
        await until(lambda: municipality.is_done(question), "answered")
        before, paid = standing(municipality, question), municipality.values(COUNTING)
        corr_id = str(municipality.attempts(question)[0]["corr_id"])
        node.letters = [nothing_found(corr_id, CLIENT, datetime.now(UTC))]
        await until(lambda: municipality.are_closed(2), "the forged one judged")

    assert paid[0] > 0
    assert municipality.values(COUNTING) == paid
    assert standing(municipality, question) == before
    assert municipality.values("SELECT open_agencies FROM subject") == [""]
    assert "korrelationsid_absent" in municipality.values("SELECT code FROM journal WHERE event = 'warned'")


async def test_an_answer_that_names_nobody_completes_nothing(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: node.received, "sent")
        corr_id = str(municipality.attempts(question)[0]["corr_id"])
        node.letters = [nothing_found(corr_id, CLIENT, datetime.now(UTC))]
        await until(lambda: municipality.is_done(question), "judged")

    (row,) = municipality.rows("SELECT * FROM report_request")
    assert (row["verdict"], row["agencies_unverified"]) == ("INCOMPLETE", "SO,TNS")
    outcomes = municipality.rows("SELECT agency, outcome, status FROM agency_result ORDER BY agency")
    assert [tuple(one) for one in outcomes] == [
        ("SO", "PARTIAL", "anonymous"),
        ("TNS", "PARTIAL", "anonymous"),
    ]
