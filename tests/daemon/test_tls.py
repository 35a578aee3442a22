"""Who may be talked to, and who may talk: mutual TLS, refused on either side."""

from pathlib import Path

from shs_adapter.config import Database
from shs_adapter.sandbox import pki
from tests.daemon.daemons import running, until
from tests.daemon.municipality import CLIENT, found
from tests.daemon.scripted import ScriptedNode, scripted
from tests.sandbox.harness import now


async def test_a_server_whose_certificate_names_another_host_gets_nothing(
    tmp_path: Path, stead: Database
) -> None:
    async with scripted(tmp_path, host="127.0.0.2") as node:
        municipality = found(tmp_path, stead, node.url)
        question = await municipality.ask()

        async with running(municipality):
            await until(lambda: len(municipality.links_down()) == 2, "both links down")

    row = municipality.question(question)
    assert set(municipality.links_down().values()) == {"server_certificate_other_host"}
    assert (row["state"], row["attempts"]) == ("ready", 0)
    assert node.paths == []


async def test_a_server_of_another_authority_gets_nothing(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    other = pki.write(tmp_path / "other", CLIENT, now())
    municipality = found(tmp_path, stead, node.url)
    other.ca.replace(tmp_path / "ca.pem")
    question = await municipality.ask()

    async with running(municipality):
        await until(lambda: len(municipality.links_down()) == 2, "both links down")

    assert set(municipality.links_down().values()) == {"server_certificate_unknown_issuer"}
    assert municipality.question(question)["state"] == "ready"
    assert node.paths == []


async def test_a_tenant_with_a_certificate_of_another_authority_is_refused_and_holds_up_no_other(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    pki.write(tmp_path / "other", CLIENT, now())
    municipality = found(
        tmp_path,
        stead,
        node.url,
        tenants={"good": {"from": f"{CLIENT}.good"}, "bad": {"from": f"{CLIENT}.bad"}},
        identities={"bad": "other/"},
        retry={"first": 60, "most": 60},
    )
    refused = await municipality.ask(tenant="bad")

    async with running(municipality):
        await until(lambda: len(municipality.links_down()) == 2, "the links of the one down")
        good = [await municipality.ask(tenant="good") for _ in range(3)]
        await until(lambda: len(node.received) == len(good), "the other's accepted")

    row = municipality.question(refused)
    assert set(municipality.links_down()) == {"submit", "mailbox"}
    assert (row["state"], row["attempts"]) == ("ready", 0)
    assert all(path.endswith((".good", "/rs")) for path in node.paths)
