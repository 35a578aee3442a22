"""The pumps on either side of a node, without one: a question is built, SSBTEK reacts, the answer is judged.

The configuration is the sandbox's own, so that every agency may be asked, by either version of the contract.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from shs_adapter import config
from shs_adapter.cli.sandbox import write_config
from shs_adapter.config import Database
from shs_adapter.daemon.context import Context, utc_now
from shs_adapter.daemon.decode import Decode
from shs_adapter.daemon.prepare import Prepare
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.lifecycle import Event
from shs_adapter.sandbox import letters, ssbtek
from shs_adapter.sandbox.faults import Fault
from shs_adapter.sandbox.server import Options
from shs_adapter.shs import message
from shs_adapter.store import attempts, engine, outbox, tables, vault
from shs_adapter.store.inbox import Kind
from tests.daemon.municipality import Municipality
from tests.store.rows import come_in

_NOWHERE = "https://localhost:9"
_SQLITE = "sqlite:///adapter.db"
_SECTIONS = "[polling]"  # the first that is not the tenant's

Edit = Callable[[bytes], bytes]


def unchanged(document: bytes) -> bytes:
    return document


def whole(directory: Path, stead: Database, url: str = _NOWHERE, sections: str = "") -> Municipality:
    """A municipality that may ask all agencies; *sections* replace all that is not the tenant's."""
    file = write_config(Options(directory=directory), url)
    text = file.read_text()
    if sections:
        text = text.partition(_SECTIONS)[0] + sections
    file.write_text(settled(text, stead))
    return Municipality(directory, stead)


def settled(configuration: str, stead: Database) -> str:
    """The sandbox's configuration for the database at *stead*."""
    assert _SQLITE in configuration
    return configuration.replace(_SQLITE, stead.url)


@dataclass(frozen=True, slots=True)
class Desk:
    municipality: Municipality
    context: Context
    memory: ssbtek.Memory = field(default_factory=ssbtek.Memory)

    async def ask(self, person: str, **columns: object) -> int:
        """Insert a question, build it, and hold it for sent; its id."""
        question = await self.municipality.ask(person, **columns)
        await Prepare(self.context).turn()
        now = self.context.now()
        async with self.context.engine.begin() as connection:
            tx_ids = select(tables.attempt.c.tx_id).where(tables.attempt.c.outbox_id == question)
            sent = list(await connection.scalars(tx_ids))
            await attempts.begin_sending(connection, sent, now, self.context.today())
        return question

    async def answer(self, question: int, *faults: Fault, edit: Edit = unchanged) -> list[bytes]:
        """What SSBTEK answers to the question, its data part *edited* before, is stored and judged."""
        keys, now = self.context.vault, self.context.now()
        async with self.context.engine.begin() as connection:
            row = await outbox.one(connection, question)
            attempt = await attempts.by_tx_id(connection, row.tx_id)
            asked = await attempts.envelope(self.context.engine, keys, attempt)
            part = message.read(asked).parts[0]
            reactions = ssbtek.react(
                edit(part.content), now=now, faults=faults, late=timedelta(), memory=self.memory
            )
            payloads = [reaction.payload for reaction in reactions if isinstance(reaction, ssbtek.Answer)]
            for payload in payloads:
                letter = letters.answer(message.scan(asked), part, payload, now)
                await come_in(
                    connection,
                    keys,
                    letter.raw,
                    tx_id=letter.label.tx_id,
                    kind=Kind.ANSWER,
                    at=now,
                    outbox_id=question,
                    attempt_tx_id=attempt.tx_id,
                )
                await outbox.record(connection, question, Event.COMPLETED, at=now, actor="prov")
        await Decode(self.context).turn()
        return payloads


@asynccontextmanager
async def desk(municipality: Municipality, now: Callable[[], datetime] = utc_now) -> AsyncIterator[Desk]:
    settings = config.load(municipality.config)
    database = engine.open_engine(settings.database)
    context = Context(
        config=settings,
        engine=database,
        vault=vault.load(settings.keys.file),
        nodes={},
        schemas=Schemas.load(settings.contracts.directory),
        now=now,
    )
    try:
        yield Desk(municipality, context)
    finally:
        await database.dispose()
