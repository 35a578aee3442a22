"""What answers say, as tables: payments and facts, and what is reckoned from them for each person in a case.

Rule 1: all of it can be made again from the sealed answers; nothing is decided here for the first time.
Rule 2: amounts are whole öre, days are text `YYYY-MM-DD`, months `YYYY-MM`. NULL is "not said", never 0.
The views that the back office reads are in the migrations.
"""

import types
import typing
from dataclasses import Field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from shs_adapter.ssbtek import facts
from shs_adapter.store import tables
from shs_adapter.store.types import Day, Id, Scaled

metadata = tables.metadata  # with these, it is whole

UNKNOWN_MONTH = "unknown"  # of a payment without any day

subject = Table(
    "subject",
    metadata,
    Column("id", Id, primary_key=True),  # one person in one case
    Column("tenant", Text, nullable=False),
    Column("case_id", Text, nullable=False, index=True),
    Column("person_key", Text, nullable=False),
    Column("household_role", Text),  # as last asked
    Column("restricted", Boolean, nullable=False, server_default="0"),  # protected identity
    Column("open_agencies", Text, nullable=False, server_default=""),  # with a gap, `AF,CSN`
    UniqueConstraint("tenant", "case_id", "person_key"),
    sqlite_autoincrement=True,
)
Index("ix_subject_person", subject.c.tenant, subject.c.person_key)

disclosure = Table(
    "disclosure",
    metadata,
    Column("tx_id", Text, ForeignKey("attempt.tx_id"), primary_key=True),
    Column("agency", Text, primary_key=True),  # who was told that we ask about this person
    Column("asked_from", Text, nullable=False),
    Column("asked_to", Text, nullable=False),
    Column("outcome", Text),  # the agency's, or FAULT, UNDECODABLE, QUARANTINED; NULL: no answer
    Column("kalla", Text),
    Column("felkod", Text),
    Column("latency", Integer),  # seconds from first sending to the answer
)

_MONEY = ("gross", "tax", "other_deduction", "net", "net_after_tax", "loan")

payment = Table(
    "payment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("inbox_id", Text, ForeignKey("inbox.id"), nullable=False),
    Column("agency", Text, nullable=False),
    Column("row_no", Integer, nullable=False),
    Column("root_id", Id, ForeignKey("outbox.id"), nullable=False),
    Column("subject_id", Id, ForeignKey("subject.id"), nullable=False),
    Column("counts", Boolean, nullable=False),  # no better answer covers its day
    Column("month", Text, nullable=False),  # of paid_on, else of period_from
    Column("payer", Text, nullable=False),  # FK PM AKASSA CSN
    Column("payer_org", Text),
    Column("benefit_code", Text),
    Column("benefit", Text, nullable=False),
    Column("sub_benefit", Text),
    Column("amount_type", Text),
    Column("pay_type", Text),
    Column("status", Text, nullable=False),  # PAID PLANNED UNKNOWN
    Column("paid_on", Day),
    Column("period_from", Day),
    Column("period_to", Day),
    *(Column(name, Scaled()) for name in _MONEY),
    Column("currency", Text, nullable=False),
    Column("days", Scaled()),
    Column("path", Text, nullable=False),  # where it stands in the agency's document
    UniqueConstraint("inbox_id", "agency", "row_no"),
)
Index("ix_payment_subject", payment.c.subject_id, payment.c.month)
Index("ix_payment_question", payment.c.root_id)

payment_part = Table(
    "payment_part",
    metadata,
    Column("payment_id", Id, ForeignKey("payment.id"), primary_key=True),
    Column("part_no", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # AMOUNT TAX DEDUCTION
    Column("benefit_code", Text),
    Column("benefit", Text),
    Column("amount_type_code", Text),
    Column("amount_type", Text),
    Column("amount", Scaled()),
    Column("is_loan", Boolean),
    Column("period_from", Day),
    Column("period_to", Day),
    Column("extent", Scaled(4)),  # 0 to 1
    Column("days", Scaled()),
    Column("hours", Scaled()),
    Column("path", Text, nullable=False),
)

sub_result = Table(
    "sub_result",
    metadata,
    Column("inbox_id", Text, ForeignKey("inbox.id"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("row_no", Integer, primary_key=True),
    Column("name", Text, nullable=False),  # a-kassa, supplier, benefit group, subsystem or part
    Column("outcome", Text, nullable=False),
    Column("status", Text),
)

deviation = Table(
    "deviation",
    metadata,
    Column("inbox_id", Text, ForeignKey("inbox.id"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("row_no", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False),
)

# Reckoned anew for a subject whenever something about it changes.
income = Table(
    "income",
    metadata,
    Column("subject_id", Id, ForeignKey("subject.id"), primary_key=True),
    Column("month", Text, primary_key=True),
    Column("payer", Text, primary_key=True),
    Column("benefit", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("payments", Integer, nullable=False),
    *(Column(name, Scaled()) for name in _MONEY),  # NULL where one of the payments does not say
)

asked_month = Table(
    "asked_month",
    metadata,
    Column("subject_id", Id, ForeignKey("subject.id"), primary_key=True),
    Column("month", Text, primary_key=True),
    Column("previous", Text),  # the month before
    Column("latest", Boolean, nullable=False),  # the newest that an answer could know
    Column("unverified", Text, nullable=False),  # payers' agencies asked and not verified, with days
    Column("not_asked", Text, nullable=False),  # payers' agencies that were not to be asked, with days
    Column("known_to", Text),  # the day to which all of those that answered had answered
    Column("not_over", Text, nullable=False),  # the payers' agencies that have not answered since it was over
)

gap = Table(
    "gap",
    metadata,
    Column("subject_id", Id, ForeignKey("subject.id"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("from_date", Text, primary_key=True),
    Column("to_date", Text, nullable=False),
    Column(
        "outcome", Text, nullable=False
    ),  # PARTIAL ERROR MISSING UNASKED WAITING FAILED PURGED, or a fault
    Column("kalla", Text),
    Column("felkod", Text),  # or why it was not asked, or the question's failure_code
    Column("transience", Text),
    # The question that tells.
    Column("root_id", Id, ForeignKey("outbox.id"), nullable=False, index=True),
)

change_threshold = Table(
    "change_threshold",
    metadata,
    Column("benefit", Text, primary_key=True),  # `*`: all that have none of their own
    Column("percent", Integer, nullable=False),
)


_KINDS: dict[type, Any] = {date: Day, bool: Boolean, int: Integer, Decimal: Scaled}


def _column(field: Field[Any], kind: Any) -> Column[Any]:
    """The column of a fact's field: sealed where the fact says so."""
    if field.metadata.get("sealed"):
        return Column(f"{field.name}_sealed", LargeBinary)
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    (plain,) = (one for one in options if one is not type(None))
    column = Text if issubclass(plain, str | StrEnum) else _KINDS[plain]
    return Column(
        field.name,
        Scaled(4) if field.name == "extent" else column(),
        nullable=type(None) in options,
    )


def _fact_table(kind: type) -> Table:
    """`AfStatus` becomes `af_status`, with a column for every field."""
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__)[1:]
    hints = typing.get_type_hints(kind)
    return Table(
        name,
        metadata,
        Column("inbox_id", Text, ForeignKey("inbox.id"), primary_key=True),
        Column("row_no", Integer, primary_key=True),
        *(_column(field, hints[field.name]) for field in fields(kind)),
    )


FACTS: dict[type, Table] = {kind: _fact_table(kind) for kind in typing.get_args(facts.Fact)}
