"""`grants`: the SQL by which a login of PostgreSQL gets at its tenants' rows, and at no others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from shs_adapter import config
from shs_adapter.errors import ConfigError

# What a business system writes of a question, and may read of it afterwards; all else it reads in the views.
_WRITTEN = (
    *("tenant", "reference", "person_id", "case_id", "officer", "unit", "household_role", "from_date"),
    *("to_date", "agencies", "lefi_profile", "priority", "not_before", "give_up_at", "created_by"),
    *("contract", "ask_anyway_reason"),
)
_VIEWS = (
    *("report_request", "report_payment", "report_income_month", "report_unverified", "report_outstanding"),
    *("report_change", "report_household", "report_agency", "report_agency_quality", "report_volume"),
)


@click.command()
@click.option("--tenant", "tenants", multiple=True, required=True, help="May be given several times.")
@click.option("--role", required=True, help="The login of the business system.")
@click.pass_obj
def grants(file: Path, tenants: Sequence[str], role: str) -> None:
    """Print the SQL that lets a login of PostgreSQL see and write the rows of its tenants alone.

    Run it as the owner of the database, or as a superuser: shs-adapter grants ... | psql. Running it again
    replaces what the login had.
    """
    settings = config.load(file)
    if settings.database.file is not None:
        raise ConfigError(
            "grants", f"{settings.database}: SQLite has no logins; whoever may open the file sees all of it"
        )
    for tenant in tenants:
        if tenant not in settings.tenants:
            raise ConfigError("grants", f"{file}: there is no [tenants.{tenant}]")
    if not role or "\0" in role or len(role.encode()) > 63:
        raise ConfigError("grants", "--role is not a name that PostgreSQL takes")
    click.echo("\n".join(statements(tenants, role)))


def statements(tenants: Sequence[str], role: str) -> Iterator[str]:
    """Each a whole statement, in one transaction."""
    name, login = _name(role), _text(role)
    yield "BEGIN;"
    yield _doing(
        f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {login}) THEN CREATE ROLE {name} LOGIN; END IF;"
    )
    # What PostgreSQL 14 gives to everybody, and the adapter's sessions do not look at, but others' may.
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
    yield _doing("EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());")
    # A transaction that is left open holds its rows; the adapter goes round them meanwhile.
    yield f"ALTER ROLE {name} SET idle_in_transaction_session_timeout = '1min';"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA shs FROM {name};"
    yield f"GRANT USAGE ON SCHEMA shs TO {name};"
    yield f"GRANT INSERT ({', '.join(_WRITTEN)}),"
    yield f"      SELECT (id, reference), UPDATE (withdraw_reason) ON shs.outbox TO {name};"
    yield f"GRANT USAGE ON SEQUENCE shs.outbox_id_seq TO {name};"
    yield f"GRANT SELECT ON {', '.join(f'shs.{view}' for view in _VIEWS)} TO {name};"
    yield f"DELETE FROM shs.tenant_login WHERE login = {login};"  # noqa: S608  # quoted
    for tenant in dict.fromkeys(tenants):
        values = f"({login}, {_text(tenant)})"
        yield f"INSERT INTO shs.tenant_login (login, tenant) VALUES {values};"  # noqa: S608  # quoted
    yield "COMMIT;"


def _doing(code: str) -> str:
    """The code in quotes that do not occur in it: a role may be called anything."""
    quote = "$x$"
    while quote in code:
        quote = f"$x{quote[1:]}"
    return f"DO {quote} BEGIN {code} END {quote};"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    """A literal, the same whatever `standard_conforming_strings` is."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
