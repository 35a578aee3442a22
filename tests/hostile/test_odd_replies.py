"""Whatever bytes a node's replies hold: accepted is accepted, once, and one list entry hides no other."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from shs_adapter.config import Database
from tests.daemon.daemons import running, until
from tests.daemon.municipality import CLIENT, found
from tests.daemon.scripted import ScriptedNode, answer_of
from tests.hostile.odd_replies import OddNode, odd_node

TERRIBLE = [bytes([byte]) for byte in range(256) if byte not in b"\x00\r\n"]


@pytest.fixture
async def odd(tmp_path: Path) -> AsyncIterator[OddNode]:
    async with odd_node(tmp_path, CLIENT) as node:
        yield node


HEADERS = {
    "Latin-1": "X-shs-nodeid: Västerås".encode("latin-1"),
    "UTF-8": "X-shs-nodeid: Västerås".encode(),
    "half of UTF-8": b"X-shs-localid: V\xc3",
    "every byte": b"X-shs-nodeid: " + b"".join(TERRIBLE),
    "every byte in each": b"\r\n".join(
        b"X-shs-%s: %s" % (name, b"".join(TERRIBLE))
        for name in (b"corrid", b"contentid", b"localid", b"arrivaldate", b"duplicatemsg")
    ),
    "long": b"X-shs-localid: " + b"9" * 60_000,
    "empty": b"X-shs-nodeid:",
    "folded": b"X-shs-nodeid: a\r\n b",
    "twice": b"X-shs-nodeid: \xe4\r\nX-shs-nodeid: \xf6",
    "year 0": b"X-shs-arrivaldate: 0000-00-00T00:00:00",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=list(HEADERS))
async def test_accepted_is_accepted_whatever_the_headers_hold(
    tmp_path: Path, stead: Database, odd: OddNode, header: bytes
) -> None:
    municipality = found(tmp_path, stead, odd.url)
    odd.header = header

    async with running(municipality):
        questions = await municipality.ask_all(2)
        await until(lambda: municipality.accepted() == 2, "accepted")
        await until(
            lambda: all(municipality.question(one)["state"] == "accepted" for one in questions), "recorded"
        )

    assert len(odd.posted) == 2
    for one in questions:
        (attempt,) = municipality.attempts(one)
        assert attempt["sends"] == 1
        for name in ("node_id", "local_id"):
            assert len(attempt[name] or "") <= 200
            assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", attempt[name] or "")


async def test_a_name_in_latin_1_is_read(tmp_path: Path, stead: Database, odd: OddNode) -> None:
    municipality = found(tmp_path, stead, odd.url)
    odd.header = HEADERS["Latin-1"]

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")

    assert municipality.attempts(question)[0]["node_id"] == "Västerås"


@pytest.mark.parametrize(
    "reason", [b"".join(TERRIBLE), "Godtaget från Åmål".encode("latin-1"), b"", b"x" * 60_000]
)
async def test_accepted_is_accepted_whatever_the_reason_and_the_body(
    tmp_path: Path, stead: Database, odd: OddNode, reason: bytes
) -> None:
    municipality = found(tmp_path, stead, odd.url)
    odd.reason, odd.body = reason, bytes(range(256)) * 100

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")

    assert len(odd.posted) == 1


async def test_a_reply_that_is_no_http_is_no_receipt_and_takes_no_link_down(
    tmp_path: Path, stead: Database, odd: OddNode
) -> None:
    """A NUL in a header: nobody can tell what was said, so the same bytes go out again, later."""
    municipality = found(tmp_path, stead, odd.url)
    odd.header = b"X-shs-nodeid: \x00"

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: len(odd.posted) > 1, "sent again")
        (attempt,) = municipality.attempts(question)
        down = municipality.links_down()
        odd.header = b""
        await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")

    assert set(odd.posted) == {str(attempt["tx_id"]).encode()}
    assert "submit" not in down
    assert "reply_unreadable" in municipality.values("SELECT code FROM journal WHERE event = 'deferred'")


def entry(tx_id: str, **attributes: str) -> str:
    said = {"sequence-type": "reply", "status": "test", "timestamp": "2026-11-23T08:30:00"} | attributes
    return f'<message tx.id="{tx_id}" ' + " ".join(f'{name}="{text}"' for name, text in said.items()) + "/>"


ENDLESS = "x" * 9_000
WILD = "".join(chr(0x10000 + 37 * number % 0xFFFF) for number in range(3_000))
ENTRIES = {
    "tx.id of 9,000 characters": entry(ENDLESS, product="p"),
    "tx.id of 3,000 rare letters": entry(WILD, product="p"),
    "all of it endless": entry(
        ENDLESS + "2", product=WILD, **{"from": WILD, "corr.id": WILD, "content.id": WILD}
    ),
    "no tx.id": '<message product="p" status="test"/>',
    "a path": entry("../../shs/rs", product="p"),
    "two that differ at the end": entry(ENDLESS + "a", product="p") + entry(ENDLESS + "b", product="p"),
    "twice": entry("the-same", product="p") * 2,
    "right to left": entry("\u202e\u2066x", product="p"),
    "a number that is none": entry("z", product="p", size="9" * 400),
}


@pytest.mark.parametrize("shared", ["shared", "exclusive"])
async def test_no_entry_of_a_list_hides_another(
    tmp_path: Path, stead: Database, node: ScriptedNode, shared: str
) -> None:
    municipality = found(tmp_path, stead, node.url, tenants={"default": {"mailbox": shared}})
    odd = "".join(ENTRIES.values()).encode("ascii", "xmlcharrefreplace").decode()

    def with_others() -> web.Response:
        ours = "".join(entry(one.label.tx_id, product=one.label.product) for one in node.letters)
        text = f"<shs.message-list>{odd}{ours}</shs.message-list>"
        return web.Response(text=text, content_type="application/xml")

    node.on_list = with_others

    async with running(municipality):
        question = await municipality.ask()
        await until(lambda: node.received, "sent")
        node.letters = [answer_of(node.received[0])]
        await until(lambda: municipality.is_done(question), "answered")

    assert len(set(node.fetched)) == (3 if shared == "exclusive" else 1)
    assert "mailbox" not in municipality.links_down()
    kept = municipality.values("SELECT tx_id FROM notice")
    assert len(kept) == len(set(kept)) == len(ENTRIES) + 2
    assert max(map(len, kept)) <= 128


async def test_a_list_is_read_to_what_was_asked_for(tmp_path: Path, stead: Database, odd: OddNode) -> None:
    municipality = found(tmp_path, stead, odd.url, polling={"mailbox": 60})
    entries = "".join(entry(f"t{number}", product="p") for number in range(30_000))
    odd.listing = f"<shs.message-list>{entries}</shs.message-list>".encode()

    async with running(municipality):
        await until(lambda: municipality.rows("SELECT 1 FROM notice LIMIT 1"), "listed")
        assert len(municipality.rows("SELECT 1 FROM notice")) % 200 == 0
