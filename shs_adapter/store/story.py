"""The story of one question, step by step, from the journal and what was kept beside it. All stays sealed."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store import outbox
from shs_adapter.store.tables import attempt, inbox, journal, notice
from shs_adapter.store.tables import outbox as outbox_table

Step = dict[str, Any]  # at, what, and what is known of it

# Steps that happened in one transaction bear the same time; they are told in this order.
_ORDER = ("inserted", "built", "sent", "listed", "fetched")


async def story(connection: AsyncConnection, outbox_id: int) -> list[Step]:
    """Every step with its time, oldest first; raises NotFound.

    Sending has no line in the journal, since it is noted before it happens: its step is the first time. What
    happened to questions that asked again for this one is told with their number.
    """
    question = await outbox.one(connection, outbox_id)
    envelopes = await _rows(connection, attempt, attempt.c.number, outbox_id)
    lines = await _rows(connection, journal, journal.c.id, outbox_id)
    notices = await _rows(connection, notice, notice.c.id, outbox_id)
    messages = await _rows(connection, inbox, inbox.c.received_at, outbox_id)
    again = await connection.scalars(select(outbox_table.c.id).where(outbox_table.c.root_id == outbox_id))
    by_tx_id = {row.tx_id: row for row in envelopes}
    steps = [
        {"at": question.created_at, "what": "inserted", "by": question.created_by},
        *_sendings(envelopes),
        *(_journalled(line, by_tx_id) for line in lines),
        *({"at": one.first_seen_at, "what": "listed", "tx_id": one.tx_id} for one in notices),
        *(
            {
                "at": one.received_at,
                "what": "fetched",
                "kind": one.kind,
                "code": one.code,
                "bytes": one.size,
                "tx_id": one.tx_id,
            }
            for one in messages
        ),
    ]
    for number in list(again):
        steps += [{**step, "question": number} for step in await story(connection, number)]
    return sorted(steps, key=lambda step: (step["at"], _rank(step["what"])))


def _rank(what: str) -> int:
    return _ORDER.index(what) if what in _ORDER else len(_ORDER)


def _sendings(envelopes: list[Row[Any]]) -> Iterator[Step]:
    for row in envelopes:
        if row.first_sent_at is not None:
            yield {"at": row.first_sent_at, "what": "sent", "tx_id": row.tx_id, "times": row.sends}


def _journalled(line: Row[Any], envelopes: dict[str, Row[Any]]) -> Step:
    """A line of the journal, with the envelope that was built and the receipt that came for it."""
    step: Step = {"at": line.at, "what": line.event}
    if line.state_before != line.state_after:
        step["moved"] = f"{line.state_before} → {line.state_after}"
    step |= {"code": line.code, "tx_id": line.tx_id}
    envelope = envelopes.get(line.tx_id or "")
    if envelope is not None and line.event == "built":
        step |= {"envelope": envelope.number, "contract": envelope.contract}
    if envelope is not None and line.event == "accepted":
        step |= {"node": envelope.node_id, "local_id": envelope.local_id, "arrival": envelope.arrival}
    return step | {"by": line.actor}


async def _rows(connection: AsyncConnection, table: Any, order: Any, outbox_id: int) -> list[Row[Any]]:
    """What a table holds of the question, but for what is sealed."""
    shown = [column for column in table.c if not column.name.endswith("_sealed")]
    return list(
        await connection.execute(select(*shown).where(table.c.outbox_id == outbox_id).order_by(order))
    )
