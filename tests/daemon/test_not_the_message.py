"""Nothing is acknowledged that is not the message: what else comes is kept, told once, and fetched again."""

from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.store import inbox, vault
from shs_adapter.store.engine import open_engine
from tests.daemon.daemons import Clock, operator, running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of
from tests.daemon.spoiling import FAULTS, body
from tests.daemon.test_collect import rubbish, sent
from tests.databases import Cluster

_PAGE = body(b"<html>Down for maintenance</html>", "text/html")


async def kept(municipality: Municipality) -> dict[str, bytes]:
    """What lies in the inbox in place of messages, unsealed, by the code that it has."""
    keys = vault.load(municipality.directory / "keys.toml")
    engine = open_engine(municipality.stead)
    try:
        async with engine.begin() as connection:
            ids = municipality.values("SELECT id FROM inbox WHERE kind = 'invalid'")
            rows = await inbox.some(connection, ids)
            return {row.code: await inbox.body(connection, keys, row) for row in rows.values()}
    finally:
        await engine.dispose()


@pytest.mark.parametrize("name", FAULTS)
async def test_what_is_not_the_message_is_not_acknowledged_and_the_message_is_fetched_again(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode, name: str
) -> None:
    await assert_fetched_again(tmp_path, stead, node, name)


@pytest.mark.parametrize("name", ["a page of a load balancer", "another message", "half, to the end"])
async def test_the_same_on_postgresql(
    tmp_path: Path, stead: Database, cluster: Cluster, node: ScriptedNode, name: str
) -> None:
    await assert_fetched_again(tmp_path, stead, node, name)


async def assert_fetched_again(tmp_path: Path, stead: Database, node: ScriptedNode, name: str) -> None:
    municipality, fault = found(tmp_path, stead, node.url), FAULTS[name]
    node.keeps = True

    async with running(municipality):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        tx_id, told = letter.label.tx_id, list[list[str]]()

        def spoiled(content: bytes) -> bytes:
            told.append([*node.acknowledged])
            return fault.reply(content)

        node.spoils[tx_id] = [spoiled, spoiled]
        node.letters = [confirm_of(raw), letter]
        await until(lambda: municipality.is_done(question), "answered")
        await until(lambda: municipality.are_closed(2), "acknowledged")

    assert len(told) == 2
    assert all(tx_id not in acknowledged for acknowledged in told)
    assert node.acknowledged.count(tx_id) == 1
    assert municipality.question(question)["outcome"] == "COMPLETE"
    assert municipality.alarms("unfetchable") == [tx_id]
    assert municipality.alarms("tx_id_repeated") == municipality.alarms("unreadable") == []
    assert municipality.values("SELECT code FROM notice WHERE tx_id = ?", tx_id) == [None]
    (content,) = (await kept(municipality)).items()
    assert content[0] == fault.code
    assert set(municipality.values("SELECT outbox_id FROM inbox WHERE kind = 'invalid'")) == {question}


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.cuts])
async def test_what_came_of_a_message_that_broke_off_is_kept_at_a_node_that_has_no_more(
    tmp_path: Path, stead: Database, node: ScriptedNode, name: str
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"answer_timeout": 3600, "lost_after": 60})
    clock = Clock()

    async with running(municipality, now=clock):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        node.spoils[letter.label.tx_id] = [FAULTS[name].reply]
        node.letters = [letter]
        await until(lambda: municipality.alarms("unfetchable"), "kept")
        await until(lambda: len(node.fetched) > 1, "asked for again")
        clock.forward(minutes=2)
        await until(lambda: municipality.alarms("lost"), "lost")
        clock.forward(hours=2)
        await until(lambda: municipality.question(question)["state"] == "failed", "given up")

    content = (await kept(municipality))["cut_off"]
    assert content
    assert letter.raw.startswith(content)
    assert municipality.question(question)["failure_code"] == "unreadable"
    assert node.acknowledged == []


async def test_the_same_bytes_for_a_day_are_the_nodes_last_word(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"answer_timeout": 10 * 86400})
    node.keeps, clock = True, Clock()

    async with running(municipality, now=clock):
        question, raw = await sent(municipality, node)
        letter = answer_of(raw)
        tx_id = letter.label.tx_id
        node.spoils[tx_id] = [lambda _: _PAGE] * 1_000
        node.letters = [letter]
        await until(lambda: node.fetched.count(tx_id) > 8, "fetched again and again")
        assert node.acknowledged == []
        clock.forward(hours=25)
        await until(lambda: tx_id in node.acknowledged, "acknowledged")
        clock.forward(days=11)
        await until(lambda: municipality.question(question)["state"] == "failed", "ended")

    assert municipality.alarms("unfetchable") == municipality.alarms("unreadable") == [tx_id]
    assert [tuple(row) for row in municipality.rows("SELECT kind, code, outbox_id FROM inbox")] == [
        ("unreadable", "not_the_message", question)
    ]
    assert municipality.question(question)["failure_code"] == "unreadable"


async def test_pages_that_differ_are_never_the_last_word_and_do_not_fill_the_inbox(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"answer_timeout": 10 * 86400})
    node.keeps, clock = True, Clock()
    asked = list[int]()

    def page(_: bytes) -> bytes:
        asked.append(len(asked))
        return body(b"<html>request %d</html>" % len(asked), "text/html")

    async with running(municipality, now=clock):
        _, raw = await sent(municipality, node)
        letter = answer_of(raw)
        tx_id = letter.label.tx_id
        node.spoils[tx_id] = [page] * 6 + [FAULTS["half, to the end"].reply] + [page] * 1_000
        node.letters = [letter]
        await until(lambda: len(asked) > 12, "fetched again and again")
        clock.forward(hours=25)
        await until(lambda: len(asked) > 20, "fetched on")

    assert node.acknowledged == []
    kinds = municipality.values("SELECT kind FROM inbox")
    assert set(kinds) == {"invalid"}
    assert len(kinds) <= 10
    assert "cut_off" in await kept(municipality)


async def test_messages_behind_one_that_is_spoiled_come_all_the_same(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, retry={"first": 60, "most": 600})
    node.keeps = True

    async with running(municipality):
        spoiled, first = await sent(municipality, node)
        letter = answer_of(first)
        node.spoils[letter.label.tx_id] = [lambda _: _PAGE] * 1_000
        node.letters = [letter]
        await until(lambda: municipality.alarms("unfetchable"), "told")
        question, raw = await sent(municipality, node)
        node.letters.append(answer_of(raw))
        await until(lambda: municipality.is_done(question), "answered")

    assert municipality.question(spoiled)["state"] == "accepted"
    assert letter.label.tx_id not in node.acknowledged


async def test_what_could_not_be_read_is_read_again_on_demand_and_counts(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url)
    async with running(municipality):
        question, raw = await sent(municipality, node)
        await municipality.execute("UPDATE outbox SET state = 'odd' WHERE id = ?", question)
        node.letters = [answer_of(raw), *rubbish()[:2]]
        await until(lambda: municipality.alarms("unreadable"), "a fault of ours")
        await until(lambda: municipality.alarms("unsolicited"), "nobody's")
    await municipality.execute("UPDATE outbox SET state = 'accepted' WHERE id = ?", question)

    said = await operator(municipality, "decode", "--again")
    async with running(municipality):
        await until(lambda: municipality.is_done(question), "decoded")

    assert "1 messages read that could not be before" in said
    assert municipality.question(question)["outcome"] == "COMPLETE"
    assert len(municipality.alarms("unsolicited")) == 1
    assert "read that could not" not in await operator(municipality, "decode", "--again")


async def test_what_was_looked_at_is_put_away_and_comes_back_when_it_is_lost(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality = found(tmp_path, stead, node.url, limits={"lost_after": 3600})
    clock = Clock()
    cut_off, unsolicited, _ = node.letters = [*rubbish()]
    ids = [cut_off.label.tx_id, unsolicited.label.tx_id]

    async with running(municipality, now=clock):
        await until(lambda: municipality.alarms("unsolicited"), "come")
        missing = "SELECT 1 FROM notice WHERE missing_since IS NOT NULL"
        await until(lambda: municipality.rows(missing), "and gone")
        before = await operator(municipality, "status")
        for tx_id in ids:
            await operator(municipality, "acknowledge", tx_id, "--reason", f"asked of {PERSONS[0]} 19 Nov")
        after = await operator(municipality, "status")
        clock.forward(hours=2)
        await until(lambda: municipality.alarms("lost"), "lost")

    assert all(tx_id in before for tx_id in ids)
    assert not any(tx_id in after for tx_id in ids)
    assert ids[0] in await operator(municipality, "status")
    lines = municipality.rows("SELECT tx_id, code, actor FROM journal WHERE event = 'put-away' ORDER BY id")
    assert [(line["tx_id"], line["code"]) for line in lines] == [
        (tx_id, "asked of *** 19 Nov") for tx_id in ids
    ]
    assert all(line["actor"].startswith("operator:") for line in lines)
