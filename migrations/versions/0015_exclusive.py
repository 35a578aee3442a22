"""Locks that only the adapter may take, and values of business systems that are cut where they are written.

Whatever reads, locks or indexes a row later meets bounded values. What is cut keeps more than is allowed, so
that the question fails and says why; a `reference` that is cut is told from others by the row's id.
"""

import sqlalchemy as sa
from alembic import op

from shs_adapter.store.types import UtcDateTime

revision = "0015"
down_revision = "0014"

# How many characters of each column that the business system writes are used. Those in an index together stay
# under the 2,704 bytes that PostgreSQL takes there.
LONGEST = {
    "tenant": 128,
    "reference": 400,
    "person_id": 5000,
    "case_id": 256,
    **dict.fromkeys(
        (
            *("officer", "unit", "household_role", "from_date", "to_date", "agencies", "lefi_profile"),
            *("not_before", "give_up_at", "created_by", "withdraw_reason", "contract", "ask_anyway_reason"),
        ),
        1000,
    ),
}
SLACK = 30  # what is cut is not cut again, with an id behind it either

# SQLite counts characters to the first NUL, and takes any number of bytes that are no UTF-8 for one of them.
BYTES = {"sqlite": "length(CAST({value} AS BLOB))", "postgresql": "octet_length({value})"}
CUT = {
    "sqlite": "CAST(substr(CAST(substr({value}, 1, {most}) AS BLOB), 1, 4 * {most}) AS TEXT)",
    "postgresql": "left({value}, {most})",
}

SQLITE = """
CREATE TRIGGER outbox_bounded_{event} AFTER {when} ON outbox WHEN {too_long}
BEGIN
    UPDATE outbox SET {cut} WHERE id = NEW.id;
END
"""
POSTGRESQL = (
    """
CREATE FUNCTION outbox_bounded() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    {cut};
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER outbox_bounded BEFORE INSERT OR UPDATE OF {names} ON outbox FOR EACH ROW WHEN ({too_long})
EXECUTE FUNCTION outbox_bounded()
""",
)


def upgrade() -> None:
    op.create_table("exclusive", sa.Column("id", sa.Integer(), nullable=False), _key("exclusive", "id"))
    op.execute("INSERT INTO exclusive (id) VALUES (1)")
    op.create_table(
        "daemon",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        _key("daemon", "name"),
    )
    dialect = op.get_bind().dialect.name
    longest = LONGEST | ({"priority": 100} if dialect == "sqlite" else {})  # it takes texts there, too
    names = ", ".join(longest)
    too_long = " OR ".join(_too_long(dialect, f"NEW.{name}", most) for name, most in longest.items())
    cut = [f"{name} = {_cut(dialect, name, most)}" for name, most in longest.items()]
    if dialect == "sqlite":
        for event, when in (("inserted", "INSERT"), ("updated", f"UPDATE OF {names}")):
            op.execute(_exactly(SQLITE.format(event=event, when=when, too_long=too_long, cut=", ".join(cut))))
    else:
        body = ";\n    ".join(f"NEW.{one}" for one in cut)
        for statement in POSTGRESQL:
            op.execute(_exactly(statement.format(cut=body, names=names, too_long=too_long)))
    there = " OR ".join(_too_long(dialect, name, most) for name, most in longest.items())
    op.execute(f"UPDATE outbox SET tenant = tenant WHERE {there}")  # as if it was written now


def _key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=f"pk_{table}")


def _too_long(dialect: str, value: str, most: int) -> str:
    return f"{BYTES[dialect].format(value=value)} > {4 * (most + SLACK)}"


def _cut(dialect: str, name: str, most: int) -> str:
    value = f"NEW.{name}"
    cut = CUT[dialect].format(value=value, most=most if name == "reference" else most + 1)
    told = " || '…' || NEW.id" if name == "reference" else ""
    return f"CASE WHEN {_too_long(dialect, value, most)} THEN {cut}{told} ELSE {value} END"


def _exactly(statement: str) -> sa.TextClause:
    return sa.text(statement.replace(":", r"\:"))
