"""A line of the journal is never changed, and goes only with its purged question, while somebody is purging.

It does not bind whoever owns the table, who may drop the trigger; it stops what is done by a slip, by a
statement that was smuggled in, and by any role that only has rights on the table.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

WHY = "the journal is kept: its lines go with purged questions alone"
STAYS = """
NOT EXISTS (SELECT 1 FROM duty WHERE name = 'purge' AND lease_token IS NOT NULL)
OR EXISTS (SELECT 1 FROM outbox WHERE id = OLD.outbox_id AND purged_at IS NULL)
"""
SQLITE = (
    f"CREATE TRIGGER journal_unchanged BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    f"CREATE TRIGGER journal_kept BEFORE DELETE ON journal WHEN {STAYS}"
    f" BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
)
POSTGRESQL = (
    f"""
CREATE FUNCTION keep_journal() RETURNS trigger LANGUAGE plpgsql
   SET search_path = pg_catalog, shs, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT ({STAYS}) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '{WHY}' USING ERRCODE = 'insufficient_privilege';
END $$
""",
    "CREATE TRIGGER journal_kept BEFORE UPDATE OR DELETE ON journal"
    " FOR EACH ROW EXECUTE FUNCTION keep_journal()",
    "CREATE TRIGGER journal_whole BEFORE TRUNCATE ON journal"
    " FOR EACH STATEMENT EXECUTE FUNCTION keep_journal()",
)


def upgrade() -> None:
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
