"""No digest without a key: with all else at hand it tells whose number is in the message.

The digests of messages are made anew from the old ones, with the key of the key file; where `migrate` was
given none they are blanked, and a message that comes again is then not known for what it is. The question's
digest was never read, and goes.
"""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

revision = "0010"
down_revision = "0009"

GROUP = 1000
DIGEST = re.compile("[0-9a-f]{64}")  # a purged message has its id there

INBOX = sa.table("inbox", *map(sa.column, ("id", "body_sha256", "payload_sha256")))
NEXT = sa.select(INBOX).where(INBOX.c.id > sa.bindparam("last")).order_by(INBOX.c.id).limit(GROUP)
CHANGE = (
    sa.update(INBOX)
    .where(INBOX.c.id == sa.bindparam("inbox_id"))
    .values(body_sha256=sa.bindparam("body"), payload_sha256=sa.bindparam("payload"))
)

# PostgreSQL writes a table anew for this, so that no old version of a row keeps its digest.
WRITE_ANEW = (
    "ALTER TABLE inbox ALTER body_sha256 TYPE TEXT USING body_sha256 || ''",
    "ALTER TABLE attempt ALTER envelope_sha256 TYPE TEXT USING ''",
)


def upgrade() -> None:
    connection, keyed = op.get_bind(), context.config.attributes.get("keyed")
    last = ""
    while rows := connection.execute(NEXT, {"last": last}).all():
        last = rows[-1].id
        if changes := [_keyed(row, keyed) for row in rows if DIGEST.fullmatch(row.body_sha256)]:
            connection.execute(CHANGE, changes)
    if connection.dialect.name == "postgresql":
        for statement in WRITE_ANEW:
            op.execute(statement)
    op.execute("ALTER TABLE attempt DROP COLUMN envelope_sha256")


def _keyed(row: sa.Row[tuple[str, ...]], keyed: Callable[[str], str] | None) -> dict[str, str | None]:
    if keyed is None:
        return {"inbox_id": row.id, "body": row.id, "payload": None}
    payload = row.payload_sha256
    return {"inbox_id": row.id, "body": keyed(row.body_sha256), "payload": payload and keyed(payload)}
