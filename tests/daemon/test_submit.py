"""What the node's reply to a submission does to the question, the tenant and the link."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import event

from shs_adapter.config import Database, host
from shs_adapter.daemon.prepare import Prepare
from shs_adapter.daemon.submit import Submit
from shs_adapter.daemon.terms import all_terms
from shs_adapter.sandbox.replies import receipt
from shs_adapter.shs.label import Label
from shs_adapter.store import permits
from tests.daemon.answering import desk, whole
from tests.daemon.daemons import Clock, operator, running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, confirm_of, error_of, says
from tests.databases import Cluster
from tests.sandbox.harness import now

Spell = Callable[[str], str]

_BUILT = "SELECT 1 FROM attempt"
_UNITS = {"one": {"from": "2120002411.one"}, "two": {"from": "2120002411.two"}}


async def until_accepted(municipality: Municipality, *questions: int) -> None:
    def accepted() -> bool:
        return {municipality.question(question)["state"] for question in questions} == {"accepted"}

    await until(accepted, "accepted")


def refused(code: str) -> web.Response:
    return says(400, b"refused", X_shs_errorcode=code)()


@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
async def test_a_receipt_is_read_whatever_the_case_of_its_headers(
    tmp_path: Path, stead: Database, node: ScriptedNode, spelling: Spell
) -> None:
    def accepting(label: Label) -> web.Response:
        headers = {spelling(name): value for name, value in receipt(label, now()).items()}
        return web.Response(status=202, text="stored", headers=headers)

    municipality = found(tmp_path, stead, node.url)
    node.refusal = accepting
    question = await municipality.ask()

    async with running(municipality):
        await until_accepted(municipality, question)

    (attempt,) = municipality.attempts(question)
    assert (attempt["node_id"], attempt["duplicate"]) == ("sandbox", 0)
    assert attempt["local_id"]
    assert attempt["arrival"]


@pytest.mark.parametrize(
    ("say", "code"),
    [
        pytest.param(says(200), "no_receipt", id="200 without our tx.id"),
        pytest.param(says(200, b"<html>Welcome</html>"), "no_receipt", id="a proxy's page"),
        pytest.param(
            says(202, X_shs_txid="00000000-0000-0000-0000-000000000000"), "no_receipt", id="another's tx.id"
        ),
        pytest.param(says(302, Location="/elsewhere"), "http_302", id="a redirection"),
        pytest.param(says(307, Location="/elsewhere"), "http_307", id="a redirection of the same request"),
        pytest.param(says(400, b"what?"), "http_400", id="400 without a code"),
        pytest.param(says(400, X_shs_errorcode=""), "shs:OtherError", id="400 with an empty code"),
        pytest.param(says(401), "http_401", id="401"),
        pytest.param(says(404), "http_404", id="404"),
        pytest.param(says(413), "http_413", id="413"),
        pytest.param(says(429), "http_429", id="429"),
        pytest.param(says(500), "http_500", id="500"),
        pytest.param(says(202, b"x" * (9 << 20)), "too_large", id="a reply over the limit"),
    ],
)
async def test_what_is_neither_a_receipt_nor_a_refusal_defers_and_the_same_bytes_go_out_again(
    tmp_path: Path, stead: Database, node: ScriptedNode, say: Callable[[], web.Response], code: str
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"message_bytes": 8 << 20})
    node.refusal = lambda label: None if node.received[1:] else say()
    question = await municipality.ask()

    async with running(municipality):
        await until_accepted(municipality, question)

    deferred = "SELECT code FROM journal WHERE event = 'deferred'"
    assert municipality.values(deferred) == [code]
    assert node.received[0] == node.received[1]
    assert municipality.question(question)["attempts"] == 2
    assert not any("elsewhere" in path for path in node.paths)


async def test_the_circuit_opens_after_some_strange_replies_and_then_one_probe_at_a_time_goes_out(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(
        tmp_path, stead, node.url, limits={"in_flight": 2}, retry={"first": 0.3, "most": 0.3}
    )
    node.refusal = lambda label: says(500)()
    questions = await municipality.ask_all(8)

    async with running(municipality):
        await until(municipality.links_down, "link down")
        opened = len(node.received)
        node.gate.clear()
        await until(lambda: len(node.received) > opened, "a probe")
        node.gate.set()
        down = municipality.links_down()
        node.refusal = lambda label: None
        await until_accepted(municipality, *questions)
        closed = municipality.links_down()

    assert opened <= 7  # the sixth opens it, and one may be under way beside it
    assert (down, closed) == ({"submit": "http_500"}, {})


async def test_a_message_that_the_node_refuses_fails_with_the_code_and_nothing_else_is_held_up(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    bad = await municipality.ask()
    refusals = iter([refused("illegalmessagestructure")])
    node.refusal = lambda label: next(refusals, None)

    async with running(municipality):
        await until(lambda: municipality.question(bad)["state"] == "failed", "refused")
        good = await municipality.ask()
        await until_accepted(municipality, good)

    row = municipality.question(bad)
    assert (row["reason"], row["failure_code"]) == ("refused", "shs:IllegalMessageStructure")
    assert row["settled_at"]
    assert node.accepted().count(municipality.tx_id(bad)) == 1


@pytest.mark.parametrize("code", ["MissingAgreement", "IllegalSender", "UnknownReceiver"])
async def test_a_refusal_that_is_configuration_holds_the_tenant_and_its_rows_stay_ready(
    tmp_path: Path, stead: Database, node: ScriptedNode, code: str
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"in_flight": 1}, retry={"first": 60, "most": 60})
    clock = Clock()
    node.refusal = lambda label: refused(code)
    questions = await municipality.ask_all(3)

    def failures() -> list[int]:
        return municipality.values("SELECT failures FROM link WHERE scope LIKE 'tenant:%'")

    async with running(municipality, now=clock):
        await until(municipality.links_down, "held")
        held = municipality.links_down()
        clock.forward(minutes=2)
        await until(lambda: failures() == [2], "a probe")
        clock.forward(days=10)
        await until(lambda: failures() == [3], "a probe after ten days")
        states = municipality.rows("SELECT state, attempts FROM outbox")
        node.refusal = lambda label: None
        clock.forward(minutes=2)
        await until_accepted(municipality, *questions)

    assert held == {"tenant": f"shs:{code}"}
    assert [tuple(row) for row in states] == [("ready", 0)] * 3
    assert municipality.links_down() == {}
    assert len(node.received) == 3 + 3


async def test_a_tenant_that_is_held_holds_up_no_other_and_is_tried_although_the_other_is_busy(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, tenants=_UNITS, retry={"first": 20, "most": 20})
    clock = Clock()

    def only_two(label: Label) -> web.Response | None:
        return refused("MissingAgreement") if label.sender.endswith(".one") else None

    node.refusal = only_two
    held = await municipality.ask(tenant="one")

    async with running(municipality, now=clock):
        await until(lambda: municipality.links_down() == {"tenant": "shs:MissingAgreement"}, "held")
        other = await municipality.ask(tenant="two")
        await until_accepted(municipality, other)
        node.gate.clear()
        await municipality.ask(tenant="two")
        await until(lambda: len(node.received) == 3, "the other is busy")
        clock.forward(seconds=25)  # within the lease of what is under way
        await until(lambda: len(node.received) == 4, "a probe beside the request of the other")
        node.refusal = lambda label: None
        node.gate.set()
        await until_accepted(municipality, held)


async def test_a_busy_tenant_leaves_a_slot_to_the_probe_of_one_that_is_held(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(
        tmp_path, stead, node.url, tenants=_UNITS, retry={"first": 20, "most": 20}, limits={"in_flight": 1}
    )
    clock = Clock()
    node.refusal = lambda label: refused("MissingAgreement") if label.sender.endswith(".one") else None
    held = await municipality.ask(tenant="one")

    async with running(municipality, now=clock):
        await until(municipality.links_down, "held")
        node.gate.clear()
        node.refusal = lambda label: None
        others = [await municipality.ask(person, tenant="two") for person in PERSONS[:4]]
        await until(lambda: len(node.received) == 2 and len(municipality.rows(_BUILT)) == 5, "all built")
        clock.forward(seconds=25)
        node.gate.set()
        await until_accepted(municipality, held, *others)

    assert node.accepted()[2] == municipality.tx_id(held)


async def test_of_tenants_that_share_a_node_whoever_has_something_sends_the_probe(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(
        tmp_path, stead, node.url, tenants={"one": {}, "two": {}}, retry={"first": 0.3, "most": 0.3}
    )
    node.refusal = lambda label: says(500)()
    questions = [await municipality.ask(person, tenant="two") for person in PERSONS[:8]]

    async with running(municipality):
        await until(municipality.links_down, "the link is down")
        node.refusal = lambda label: None
        await until_accepted(municipality, *questions)


async def test_of_tenants_that_share_a_node_only_one_sends_a_probe(
    tmp_path: Path, cluster: Cluster, stead: Database, node: ScriptedNode
) -> None:
    """Although the link went down unseen, by another daemon's request."""
    municipality = found(tmp_path, stead, node.url, tenants={"one": {}, "two": {}})
    rested = "INSERT INTO link (scope, failures, since, retry_at) VALUES (?, 7, ?, ?)"

    async with desk(municipality) as at:
        for tenant in ("one", "two"):
            for person in PERSONS[:3]:
                await municipality.ask(person, tenant=tenant)
        await Prepare(at.context).turn()
        before = "2020-01-01 00:00:00.000000"
        await municipality.execute(rested, at.context.ways("one")[0], before, before)
        async with at.context.engine.begin() as connection:
            for pool in all_terms(at.context.config)[host(node.url)].pools:
                await permits.provide(connection, pool)
        submit = Submit(at.context)
        for _ in range(3):
            await submit.turn()

        assert len(municipality.rows("SELECT 1 FROM attempt WHERE first_sent_at IS NOT NULL")) == 1
        assert len(municipality.rows("SELECT 1 FROM outbox WHERE lease_token IS NOT NULL")) == 1
        await submit.drain()


async def test_a_question_is_given_up_by_age(tmp_path: Path, stead: Database, node: ScriptedNode) -> None:
    municipality = found(tmp_path, stead, node.url)
    clock = Clock()
    node.refusal = lambda label: says(500)()
    question = await municipality.ask()

    async with running(municipality, now=clock):
        await until(lambda: municipality.question(question)["attempts"], "deferred")
        clock.forward(days=2)
        tried = municipality.question(question)["attempts"]
        await until(lambda: municipality.question(question)["attempts"] > tried + 1, "tried again")
        young = municipality.question(question)["state"]
        clock.forward(days=2)
        await until(lambda: municipality.question(question)["state"] == "failed", "given up")

    row = municipality.question(question)
    assert young == "ready"
    assert (row["reason"], row["failure_code"]) == ("exhausted", "http_500")
    assert row["settled_at"] is None  # the node may have taken it


async def test_no_question_ages_while_its_tenant_is_held(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    clock = Clock()
    node.refusal = lambda label: refused("MissingAgreement")
    question = await municipality.ask()

    async with running(municipality, now=clock):
        await until(municipality.links_down, "held")
        clock.forward(days=30)
        node.refusal = lambda label: says(500)()
        await until(lambda: municipality.question(question)["attempts"], "deferred")
        node.refusal = lambda label: None
        await until_accepted(municipality, question)

    assert "exhausted" not in municipality.events(question)


async def test_a_refused_message_can_be_sent_again_as_it_was(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    refusals = iter([refused("IllegalMessageStructure")])
    node.refusal = lambda label: next(refusals, None)
    question = await municipality.ask()

    async with running(municipality):
        await until(lambda: municipality.question(question)["state"] == "failed", "refused")
        await operator(municipality, "resend", question)
        await until_accepted(municipality, question)

    assert node.received[0] == node.received[1]
    assert len(municipality.attempts(question)) == 1


async def test_a_surprise_in_one_row_defers_that_row_alone(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    node.refusal = lambda label: says(500)()
    bad, good = await municipality.ask_all(2)

    async with running(municipality):
        await until(lambda: municipality.attempts(bad) and municipality.attempts(good), "built")
        sql = "UPDATE attempt SET envelope_sealed = ? WHERE outbox_id = ?"
        await municipality.execute(sql, bytes(1), bad)
        surprised = "SELECT 1 FROM journal WHERE code = 'unexpected'"
        # What was claimed before goes out as it was; so the node takes nothing until that is over.
        await until(lambda: municipality.rows(surprised), "tried")
        node.refusal = lambda label: None
        await until_accepted(municipality, good)
        await until(lambda: len(municipality.rows(surprised)) > 1, "tried again")

    assert municipality.question(bad)["state"] == "ready"
    assert "tenant" not in municipality.links_down()


async def test_a_way_that_closes_between_the_look_and_the_claim_is_not_taken(
    tmp_path: Path, cluster: Cluster, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)
    closing = "INSERT INTO link (scope, failures, since, retry_at) VALUES (?, 1, ?, ?)"

    async with desk(municipality) as at:
        question = await municipality.ask()
        await Prepare(at.context).turn()

        @event.listens_for(at.context.engine.sync_engine, "before_cursor_execute")
        def close(_: object, __: object, statement: str, *___: object) -> None:
            if statement.startswith("WITH due"):
                later = "2999-01-01 00:00:00.000000"
                municipality.client.execute(closing, at.context.ways("default")[1], later, later)

        await Submit(at.context).turn()

    assert municipality.question(question)["lease_token"] is None
    assert municipality.attempts(question)[0]["first_sent_at"] is None


# What the node says of the configuration when it has taken the message


async def told(municipality: Municipality, node: ScriptedNode, code: str) -> None:
    """A question is taken, and then an error message comes."""
    question = await municipality.ask()
    await until(lambda: municipality.accepted() == len(node.received) > 0, "accepted")
    await until(lambda: municipality.question(question)["state"] == "accepted", "accepted, this one")
    node.letters.append(error_of(node.received[-1], code))
    await until(lambda: municipality.question(question)["state"] == "failed", "told")


async def test_errors_that_blame_the_configuration_hold_the_tenant_as_refusals_do(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    """As an Axel node says it, which looks at agreements after the 202."""
    municipality = found(tmp_path, stead, node.url, limits={"in_flight": 1}, retry={"first": 20, "most": 20})
    clock = Clock()

    async with running(municipality, now=clock):
        for _ in range(3):
            await told(municipality, node, "MissingAgreement")
        held = municipality.links_down()
        following = await municipality.ask_all(4)
        await until(lambda: len(municipality.rows("SELECT 1 FROM attempt")) == 7, "built")
        clock.forward(seconds=25)
        await until(lambda: municipality.accepted() == 4, "one probe")
        clock.forward(seconds=5)
        waiting = [municipality.question(one)["state"] for one in following]
        node.letters.append(confirm_of(node.received[-1]))
        await until(lambda: municipality.accepted() == 7, "accepted")

    assert held == {"agreement": "shs:MissingAgreement"}
    assert sorted(waiting) == ["accepted", "ready", "ready", "ready"]
    assert len(municipality.rows("SELECT 1 FROM outbox WHERE failure_code = 'shs:MissingAgreement'")) == 3
    assert municipality.links_down() == {}


async def test_an_error_that_blames_the_message_or_the_moment_holds_nobody(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        for code in ["IllegalMessageStructure", "OtherError", "MissingDeliveryExecution"] * 2:
            await told(municipality, node, code)

    assert municipality.links_down() == {}
