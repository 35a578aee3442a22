"""Which inbound message moves which question: every kind, mailbox, sender, status and state held together."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import Row, select, update

from shs_adapter.config import Database
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.keeping import Fetched, keep
from shs_adapter.daemon.mailbox import Mailbox, mailboxes
from shs_adapter.daemon.reading import read
from shs_adapter.lifecycle import Event
from shs_adapter.sandbox import letters
from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT
from shs_adapter.shs.label import Label, SequenceType, Status
from shs_adapter.shs.mime import Part
from shs_adapter.store import inbox, notices, outbox, tables
from shs_adapter.store.notices import Seen
from shs_adapter.transport.http import Http
from shs_adapter.transport.node import Node
from tests.daemon.answering import desk
from tests.daemon.municipality import found
from tests.store.rows import FIRST, LAST, add, begin_sending, build, keep_receipt, move

ADDRESSES = {"one": "2120002411", "two": "2120002411.two"}
NODE = "nod-a"

KINDS = ("answer", "confirm", "error")
MAILBOXES = ("own", "other")
STATUSES = ("own", "other")
# Who sends: the organisation that was asked, under its own address and under another of the same; the node
# that gave the receipt; somebody else; whoever asks; nobody.
SENDERS = {
    "party": ORGANISATION,
    "party's other address": f"{ORGANISATION}.ssbtek",
    "node": NODE,
    "stranger": "5560360793",
    "ourselves": "2120002411",
    "nobody": "",
}

# What a message that is admitted makes of a question, by its state and the message's kind. A question that is
# never sent has its envelope frozen; one that is unrecorded was sent, and the receipt is not in our books
# yet; one that is rebuilt waits for its new envelope, and the message is about the old one.
BECOMES = {
    "never sent": {"answer": "ready", "confirm": "ready", "error": "ready"},
    "unrecorded": {"answer": "done", "confirm": "confirmed", "error": "failed"},
    "accepted": {"answer": "done", "confirm": "confirmed", "error": "failed"},
    "confirmed": {"answer": "done", "confirm": "confirmed", "error": "failed"},
    "done": {"answer": "done", "confirm": "done", "error": "done"},
    "timed out": {"answer": "done", "confirm": "confirmed", "error": "failed"},
    "withdrawn": {"answer": "done", "confirm": "confirmed", "error": "failed"},
    "rebuilt": {"answer": "done", "confirm": "new", "error": "new"},
    "purged": {"answer": "done", "confirm": "done", "error": "done"},
}
EVENTS: dict[str, tuple[Event, ...]] = {
    "never sent": (),
    "unrecorded": (),
    "accepted": (Event.ACCEPTED,),
    "confirmed": (Event.ACCEPTED, Event.CONFIRMED),
    "done": (Event.ACCEPTED, Event.COMPLETED),
    "timed out": (Event.ACCEPTED, Event.TIMED_OUT),
    "withdrawn": (Event.ACCEPTED, Event.WITHDRAWN),
    "rebuilt": (Event.ACCEPTED, Event.ERRORED, Event.REBUILT),
    "purged": (Event.ACCEPTED, Event.COMPLETED),
}
UNTOUCHED = ("never sent", "purged")  # whatever comes
KNOWN_NODE = {"accepted", "confirmed", "done", "timed out", "withdrawn", "rebuilt", "purged"}


@dataclass(frozen=True, slots=True)
class Cell:
    kind: str
    mailbox: str
    sender: str
    status: str
    state: str

    @property
    def is_admitted(self) -> bool:
        """As the documentation has it (docs/threats.md), told apart from how the code tells it."""
        by_node = self.sender == "node" and self.kind != "answer" and self.state in KNOWN_NODE
        return (
            self.mailbox == "own"
            and self.status == "own"
            and (self.sender.startswith("party") or by_node)
            and self.state not in UNTOUCHED
        )


CELLS = [Cell(*cell) for cell in product(KINDS, MAILBOXES, SENDERS, STATUSES, BECOMES)]


@dataclass(frozen=True, slots=True)
class Office:
    """A supplier with two municipalities, each with a mailbox of its own."""

    context: Context
    mailboxes: dict[str, Mailbox]  # by tenant

    async def question(self, tenant: str, state: str) -> tuple[int, str]:
        """A question of *tenant*, in the *state*; its id and its envelope's tx.id, which is the corr.id."""
        database, keys = self.context.engine, self.context.vault
        outbox_id = await add(
            database,
            tenant=tenant,
            from_date=FIRST,
            to_date=LAST,
            case_id=f"E-{uuid4().hex}",
            person_key="a keyed hash",
        )
        tx_id = await build(database, keys, outbox_id)
        if state != "never sent":
            await begin_sending(database, tx_id)
        if state in KNOWN_NODE:
            async with database.begin() as connection:
                await keep_receipt(connection, tx_id, self.context.now(), node_id=NODE.upper())
        for event in EVENTS[state]:
            await move(database, outbox_id, event, tx_id=tx_id)
        if state == "purged":
            async with database.begin() as connection:
                purged = update(tables.outbox).where(tables.outbox.c.id == outbox_id)
                await connection.execute(purged.values(purged_at=self.context.now()))
        return outbox_id, tx_id

    async def receive(self, tenant: str, raws: list[tuple[str, bytes]]) -> None:
        """Messages, each with its tx.id, come to the tenant's mailbox, and something is made of them."""
        mailbox, context = self.mailboxes[tenant], self.context
        seen = [
            Seen(
                tx_id=tx_id,
                corr_id=None,
                content_id=None,
                product=PRODUCT,
                sequence_type="reply",
                sender="",
                ours=True,
                outbox_id=None,
            )
            for tx_id, _ in raws
        ]
        async with context.turn() as connection:
            await notices.note(connection, mailbox.name, seen, context.now(), context.rest)
            came = [
                Fetched(
                    notice=await notices.one(connection, mailbox.name, tx_id),
                    inbox_id=await inbox.put(
                        connection, context.vault, mailbox.name, tx_id, raw, context.now()
                    ),
                    reading=read(raw, tx_id),
                )
                for tx_id, raw in raws
            ]
        await keep(context, mailbox.name, mailbox.settings, came)

    async def rows(self, query: Any) -> list[Row[Any]]:
        async with self.context.engine.begin() as connection:
            return list(await connection.execute(query))

    async def row(self, outbox_id: int) -> Row[Any]:
        async with self.context.engine.begin() as connection:
            return await outbox.one(connection, outbox_id)


@pytest.fixture
async def office(tmp_path: Path, stead: Database) -> AsyncIterator[Office]:
    url = "https://localhost:9"
    tenants = {name: {"from": address} for name, address in ADDRESSES.items()}
    async with desk(found(tmp_path, stead, url, tenants=tenants)) as at:
        http = cast(Http, None)  # nothing is sent
        nodes = {
            name: Node(http, f"{url}/shs/rs", f"{url}/shs/ds", address, "test")
            for name, address in ADDRESSES.items()
        }
        context = replace(at.context, nodes=nodes)
        found_at = {name: one for one in mailboxes(context) for name in one.tenants}
        yield Office(context, found_at)


def message(kind: str, corr_id: str, sender: str, status: str) -> tuple[str, bytes]:
    """A message about an envelope of "one" whose corr.id and tx.id are *corr_id*; its tx.id and its bytes."""
    original = Label(
        tx_id=corr_id,
        corr_id=corr_id,
        content_id="content",
        sequence_type=SequenceType.REQUEST,
        product=PRODUCT,
        datetime=datetime(2026, 11, 23, 8, 30),  # noqa: DTZ001  # labels have no zone
        sender=ADDRESSES["one"],
        to="0",
        status=Status.TEST if status == "own" else Status.PRODUCTION,
    )
    now = datetime.now(UTC)
    makers = {
        "answer": lambda: letters.answer(original, Part(content=b""), b"<svar/>", now),
        "confirm": lambda: letters.confirm(original, now),
        "error": lambda: letters.error(original, "MissingDeliveryExecution", now),
    }
    letter = makers[kind]()
    said = f"<from>urn:X-shs:{sender}</from>".encode() if sender else b""
    raw, changed = re.subn(rb"<from[^>]*>[^<]*</from>", said, letter.raw)
    assert changed == 1
    return letter.label.tx_id, raw


async def test_only_the_admitted_cells_of_the_matrix_move_anything(office: Office) -> None:
    asked = [await office.question("one", cell.state) for cell in CELLS]
    before = [await office.row(outbox_id) for outbox_id, _ in asked]
    sent: dict[str, list[tuple[str, bytes]]] = {"one": [], "two": []}
    for cell, (_, corr_id) in zip(CELLS, asked, strict=True):
        mailbox = "one" if cell.mailbox == "own" else "two"
        sent[mailbox].append(message(cell.kind, corr_id, SENDERS[cell.sender], cell.status))

    for tenant, raws in sent.items():
        await office.receive(tenant, raws)

    after = [await office.row(outbox_id) for outbox_id, _ in asked]
    for cell, was, now in zip(CELLS, before, after, strict=True):
        if cell.is_admitted:
            assert now.state == BECOMES[cell.state][cell.kind], cell
        else:
            assert now == was, cell
    assert sum(cell.is_admitted for cell in CELLS) == 3 * 2 * 7 + 2 * 6


async def test_what_is_not_admitted_is_kept_and_alarmed_and_tied_to_the_question_of_its_own_tenant_alone(
    office: Office,
) -> None:
    """Each way not to be admitted, alone: where it is kept, and under which code."""
    ways = {
        Cell("answer", "other", "party", "own", "accepted"): ("unsolicited", "other_mailbox"),
        Cell("answer", "own", "nobody", "own", "accepted"): ("unsolicited", "sender_absent"),
        Cell("confirm", "own", "nobody", "own", "accepted"): ("unsolicited", "sender_absent"),
        Cell("error", "own", "stranger", "own", "accepted"): ("unsolicited", "other_sender"),
        Cell("answer", "own", "node", "own", "accepted"): ("unsolicited", "other_sender"),
        Cell("answer", "own", "party", "other", "accepted"): ("quarantined", "other_status"),
        Cell("answer", "own", "party", "own", "never sent"): ("quarantined", "never_sent"),
        Cell("error", "own", "party", "own", "never sent"): ("quarantined", "never_sent"),
    }
    kept = {}
    for cell in ways:
        outbox_id, corr_id = await office.question("one", cell.state)
        tx_id, raw = message(cell.kind, corr_id, SENDERS[cell.sender], cell.status)
        await office.receive("one" if cell.mailbox == "own" else "two", [(tx_id, raw)])
        (row,) = await office.rows(select(tables.inbox).where(tables.inbox.c.tx_id == tx_id))
        kept[cell] = row.kind, row.code
        assert row.outbox_id == (outbox_id if row.kind == "quarantined" else None), cell
        (alarm,) = await office.rows(select(tables.journal).where(tables.journal.c.tx_id == tx_id))
        assert (alarm.event, alarm.code) == (row.kind, row.code), cell

    assert kept == ways


async def test_an_answer_of_another_product_is_nobodys(office: Office) -> None:
    outbox_id, corr_id = await office.question("one", "accepted")
    tx_id, raw = message("answer", corr_id, ORGANISATION, "own")

    await office.receive("one", [(tx_id, raw.replace(PRODUCT.encode(), str(uuid4()).encode()))])

    (row,) = await office.rows(select(tables.inbox).where(tables.inbox.c.tx_id == tx_id))
    assert (row.kind, row.code, row.outbox_id) == ("unsolicited", "other_product", None)
    assert (await office.row(outbox_id)).state == "accepted"


async def test_a_message_about_a_purged_question_is_kept_without_an_alarm(office: Office) -> None:
    _, corr_id = await office.question("one", "purged")
    tx_id, raw = message("answer", corr_id, ORGANISATION, "own")

    await office.receive("one", [(tx_id, raw)])

    (row,) = await office.rows(select(tables.inbox).where(tables.inbox.c.tx_id == tx_id))
    assert (row.kind, row.code, row.outbox_id) == ("unsolicited", "purged", None)
    assert await office.rows(select(tables.journal).where(tables.journal.c.tx_id == tx_id)) == []
