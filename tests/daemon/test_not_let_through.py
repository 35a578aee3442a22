"""A question at which the counterpart cuts the connection is its own fault's, and holds up no other."""

from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.shs import message
from shs_adapter.shs.label import Label
from tests.daemon.daemons import running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, says

_UNSENT = "SELECT 1 FROM outbox WHERE state IN ('new', 'ready') AND id <> ?"
_QUICK = {"first": 0.05, "most": 0.2, "give_up_after": 2}


def ids(municipality: Municipality, *questions: int) -> set[str]:
    """The tx.ids of their envelopes, as far as they are built."""
    return {one["tx_id"] for question in questions for one in municipality.attempts(question)}


def sent(municipality: Municipality, node: ScriptedNode, *questions: int) -> int:
    """How often the questions were sent, together."""
    these = ids(municipality, *questions)
    return sum(message.scan(raw).tx_id in these for raw in node.received)


@pytest.mark.parametrize("cuts", [True, False], ids=["cut", "refused by a filter"])
async def test_a_question_that_is_never_let_through_is_given_up_and_all_others_get_through(
    tmp_path: Path, stead: Database, node: ScriptedNode, cuts: bool
) -> None:
    municipality = found(tmp_path, stead, node.url, retry=_QUICK)
    poison = await municipality.ask(priority=1)  # more urgent than all others, and older

    def is_poison(label: Label) -> bool:
        return label.tx_id in ids(municipality, poison)

    if cuts:
        node.cuts = is_poison
    else:
        node.refusal = lambda label: says(403)() if is_poison(label) else None

    async with running(municipality):
        await until(lambda: sent(municipality, node, poison), "sent")
        while municipality.question(poison)["state"] == "ready":
            await municipality.ask()
            await until(lambda: not municipality.rows(_UNSENT, poison), "all others got through")

    row = municipality.question(poison)
    assert (row["state"], row["reason"]) == ("failed", "exhausted")
    assert row["failure_code"] == ("not_let_through" if cuts else "http_403")
    assert row["attempts"] > 1
    assert len(municipality.attempts(poison)) == 1  # the same bytes under the same tx.id
    assert municipality.attempts(poison)[0]["sends"] == sent(municipality, node, poison)
    assert municipality.links_down() == {}


async def test_a_good_question_is_the_next_probe_however_many_are_not_let_through(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, retry=_QUICK | {"give_up_after": 3600, "most": 2})
    poisons = [await municipality.ask(person, priority=1) for person in PERSONS[:5]]
    node.cuts = lambda label: label.tx_id in ids(municipality, *poisons)

    async with running(municipality):
        await until(lambda: sent(municipality, node, *poisons) >= 8, "tried, and again")
        before = len(node.received)
        good = await municipality.ask()
        await until(lambda: municipality.question(good)["state"] == "accepted", "through")
        between = len(node.received) - before - 1

    # One may have been under way, and one have been chosen while the good one was prepared.
    assert between <= 2


async def test_while_nobody_gets_through_it_is_nobodys_fault(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, retry=_QUICK | {"give_up_after": 1})
    questions = await municipality.ask_all(5)
    node.cuts = lambda label: True

    async with running(municipality):
        await until(lambda: len(node.received) > 15, "sent, and again")
        assert municipality.links_down() == {"submit": "connection_lost"}
        node.cuts = lambda label: False
        await until(lambda: municipality.accepted() == 5, "accepted")

    assert {municipality.question(one)["attempts"] for one in questions} == {1}
    assert len(set(node.accepted())) == 5
