"""How much memory a large message takes: the daemon's peak above what it held before, as times the message.

    python -m bench.large [MiB of the message]

In: the daemon has had a small conversation; one answer with one long text is fetched, stored, acknowledged
and decoded. Out: it has had none with this configuration; one question, whose legal basis is long, is
built, sealed, kept and sent. The node is in this process and hands messages out in chunks. An answer of
payments is told besides: each becomes a value and a row, and is more than three times its text.

Floor: bare aiohttp and a bare driver that take the same answer in and store it; see `bench.taker`.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bench import databases
from bench.figures import Figure
from shs_adapter.config import Database
from shs_adapter.sandbox import letters
from shs_adapter.sandbox.letters import Letter
from shs_adapter.shs import message
from tests.daemon.daemons import logged, process, until
from tests.daemon.municipality import Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, long_answer_of, scripted

MEBIBYTES = 9.5
LEAST = 3.0
PAYMENT = re.compile(rb"<so:Utbetalningar>.*?</so:Utbetalningar>", re.DOTALL)
DAY = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Answering = Callable[[bytes], Letter]


def payments_answer_of(question: bytes, size: int) -> Letter:
    """An answer with so many payments, each of another day."""
    plain = answer_of(question)
    (part,) = message.read(plain.raw).parts
    payment = PAYMENT.findall(part.content)[0]
    days = (date(1900, 1, 1) + timedelta(days=number) for number in range(size // len(payment)))
    payments = b"".join(DAY.sub(str(day).encode(), payment) for day in days)
    content = part.content.replace(payment, payments, 1)
    return letters.answer(message.scan(question), part, content, datetime.now(UTC))


def in_chunks(letter: Letter) -> web.Response:
    response = web.Response(body=letter.raw, content_type="message/rfc822")
    response.enable_chunked_encoding()
    return response


def reset(process_id: int) -> int:
    """Let the peak begin anew; the bytes that the process holds now."""
    Path(f"/proc/{process_id}/clear_refs").write_text("5")
    return memory(process_id, "VmRSS")


def memory(process_id: int, name: str) -> int:
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


async def asked(municipality: Municipality, node: ScriptedNode) -> tuple[int, bytes]:
    """The id of a question that the node has accepted, and its envelope."""
    count = len(node.received)
    question = await municipality.ask()
    await until(lambda: municipality.question(question)["state"] == "accepted", "accepted")
    return question, node.received[count]


async def warm(municipality: Municipality, node: ScriptedNode) -> None:
    question, raw = await asked(municipality, node)
    node.letters.append(answer_of(raw))
    await until(lambda: municipality.is_done(question), "answered")


async def taken_in(municipality: Municipality, node: ScriptedNode, answering: Answering) -> float:
    async with process(municipality) as daemon:
        await warm(municipality, node)
        question, raw = await asked(municipality, node)
        letter = answering(raw)
        node.on_fetch[letter.label.tx_id] = lambda: in_chunks(letter)
        before = reset(daemon.pid)
        node.letters.append(letter)
        await until(lambda: municipality.is_done(question), "answered")
        await until(lambda: letter.label.tx_id in node.acknowledged, "acknowledged")
        assert municipality.question(question)["outcome"] == "COMPLETE"
        return (memory(daemon.pid, "VmHWM") - before) / len(letter.raw)


async def taken_barely(municipality: Municipality, node: ScriptedNode, size: int) -> float:
    letter = long_answer_of(node.received[0], size)
    address = f"{node.url}/shs/ds/0/{letter.label.tx_id}"
    stead = municipality.stead
    database = databases.dsn(stead) if stead.file is None else str(stead.file.with_name("taken.db"))
    node.on_fetch[letter.label.tx_id] = lambda: web.Response(status=404)
    async with process(municipality, "bench.taker", str(municipality.directory), address, database) as taker:
        await until(lambda: "ready" in logged(municipality).split(), "ready")
        before = reset(taker.pid)
        node.on_fetch[letter.label.tx_id] = lambda: in_chunks(letter)
        await until(lambda: "taken" in logged(municipality).split(), "taken")
        return (memory(taker.pid, "VmHWM") - before) / len(letter.raw)


async def sent(municipality: Municipality, node: ScriptedNode, size: int) -> float:
    text = municipality.config.read_text()
    municipality.config.write_text(text.replace('"Provlagen"', f'"{"x" * (size - 2000)}"'))
    async with process(municipality) as daemon:
        await until(lambda: node.paths[-3:] == node.paths[-1:] * 3, "looking for answers")
        before = reset(daemon.pid)
        _, raw = await asked(municipality, node)
        return (memory(daemon.pid, "VmHWM") - before) / len(raw)


async def measure(database: Database, on: str, size: int) -> None:
    shape: dict[str, Any] = {"line": "large", "unit": "times the message", "lower_is_better": True}
    answers: dict[str, tuple[Answering, float | None]] = {
        "binary": (lambda raw: long_answer_of(raw, size), LEAST),
        "base64": (lambda raw: long_answer_of(raw, size, "base64"), LEAST),
        "payments, for the record": (lambda raw: payments_answer_of(raw, size), None),
    }
    with tempfile.TemporaryDirectory(prefix="shs-bench-") as name:
        async with scripted(Path(name)) as node:
            municipality = found(Path(name), database, node.url)
            values = {what: await taken_in(municipality, node, one) for what, (one, _) in answers.items()}
            floor = await taken_barely(municipality, node, size)
            for what, (_, least) in answers.items():
                name = f"taken in on {on}, {what}"
                Figure(name=name, value=values[what], floor=floor, least=least, **shape).tell()
            value = await sent(municipality, node, size)
            Figure(name=f"sent on {on}", value=value, least=LEAST, **shape).tell()


def main(arguments: Sequence[str]) -> None:
    size = int(float(arguments[0] if arguments else MEBIBYTES) * 2**20)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(databases.file(Path(folder)), "SQLite", size))
    with databases.postgresql() as cluster:
        asyncio.run(measure(databases.fresh(cluster), "PostgreSQL", size))


if __name__ == "__main__":
    main(sys.argv[1:])
