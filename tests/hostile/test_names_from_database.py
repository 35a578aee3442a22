"""The database alone, without the key file, names nobody, whatever is tried out on it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from shs_adapter import config
from shs_adapter.config import Database
from shs_adapter.sandbox.cast import NUMBERS
from shs_adapter.shs import message
from tests.daemon.daemons import running, until
from tests.daemon.municipality import PERSONS, Municipality, found
from tests.daemon.scripted import ScriptedNode, answer_of, confirm_of
from tests.databases import Cluster
from tests.hostile.names_from_database import Guesses, Rows, named, plain, questions

_PLACE = b"@number@"


async def filled(tmp_path: Path, stead: Database, node: ScriptedNode) -> tuple[Municipality, list[bytes]]:
    """Persons are asked about and answered for; returns what came, with a place for each number."""
    municipality = found(tmp_path, stead, node.url)
    templates = []
    async with running(municipality):
        asked = await municipality.ask_all(len(PERSONS))
        await until(lambda: len(node.received) == len(PERSONS), "sent")
        for raw in node.received:
            letters = [confirm_of(raw), answer_of(raw)]
            node.letters += letters
            for letter in letters:
                (number,) = [one for one in PERSONS if one.encode() in message.read(raw).parts[0].content]
                templates.append(letter.raw.replace(number.encode(), _PLACE))
        await until(lambda: all(map(municipality.is_done, asked)), "answered")
        await until(lambda: municipality.are_closed(2 * len(PERSONS)), "closed")
    return municipality, templates


def stored(municipality: Municipality) -> Rows:
    client = municipality.client
    return {
        table: [dict(zip(row.keys(), row, strict=True)) for row in client.rows(f'SELECT * FROM "{table}"')]
        for table in client.tables()
    }


def answers(templates: list[bytes]) -> Guesses:
    """Every message and its data part, as it would have been about each of the numbers."""
    for template in templates:
        for number in sorted(NUMBERS):
            raw = template.replace(_PLACE, number.encode())
            yield number, raw
            yield number, message.read(raw).parts[0].content


def everything(municipality: Municipality, rows: Rows, templates: list[bytes]) -> Iterator[tuple[str, bytes]]:
    yield from plain(NUMBERS)
    yield from questions(rows, config.load(municipality.config).tenants, sorted(NUMBERS))
    yield from answers(templates)


async def test_nothing_in_any_table_names_a_person(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    municipality, templates = await filled(tmp_path, stead, node)
    rows = stored(municipality)

    assert named(rows, everything(municipality, rows, templates)) == set()


async def test_the_attacker_would_find_a_digest_of_whatever_was_sent_or_came(
    tmp_path: Path, stead: Database, node: ScriptedNode
) -> None:
    """Else the test above would prove nothing: a plain digest, whole or cut, names its person."""
    municipality, templates = await filled(tmp_path, stead, node)
    rows = stored(municipality)
    sent, came = node.received[0], templates[1].replace(_PLACE, PERSONS[0].encode())
    (about,) = [one for one in PERSONS if one.encode() in message.read(sent).parts[0].content]

    for guessed, whose in (
        (sent, about),
        (came, PERSONS[0]),
        (message.read(came).parts[0].content, PERSONS[0]),
        (about.encode(), about),
    ):
        for digest in (hashlib.sha256(guessed).hexdigest(), hashlib.md5(guessed).hexdigest()[:12]):  # noqa: S324
            planted = {**rows, "planted": [{"digest": digest}]}
            assert named(planted, everything(municipality, rows, templates)) == {whose}


async def test_no_file_of_the_database_holds_a_number(
    tmp_path: Path, stead: Database, path: Path, node: ScriptedNode
) -> None:
    """Of SQLite alone: what PostgreSQL leaves behind, and for how long, docs/privacy.md says."""
    await filled(tmp_path, stead, node)

    held = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert [number for number in NUMBERS if number.encode() in held or number[2:].encode() in held] == []


async def test_statistics_hold_no_number(
    tmp_path: Path, stead: Database, cluster: Cluster, node: ScriptedNode
) -> None:
    municipality, _ = await filled(tmp_path, stead, node)
    await municipality.execute("ANALYZE")

    kept = municipality.rows("SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats")
    assert not [number for number in NUMBERS for row in kept if number in f"{row[0]}{row[1]}"]
