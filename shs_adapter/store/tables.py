"""Every table, as SQLAlchemy Core. The view that business systems read is in the migrations.

Rule: the columns of the outbox that the business system writes are TEXT without NOT NULL or CHECK. A bad
value must become a failed question, not a database error that prints the row into a server's log.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shs_adapter.store.types import Id, UtcDateTime, utc_now

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _index(name: str, *columns: Column[Any], where: str | None = None, unique: bool = False) -> Index:
    """An index, of those rows alone that are as *where* says: in the same words on either engine."""
    condition = None if where is None else text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    # What the business system writes.
    Column("tenant", Text, server_default="default"),
    Column("reference", Text),  # the business system's own id; unique per tenant
    Column("person_id", Text),  # sealed and cleared at first sight
    Column("case_id", Text),
    Column("officer", Text),
    Column("unit", Text),
    Column("household_role", Text),  # APPLICANT, CO_APPLICANT, CHILD
    Column("from_date", Text),  # YYYY-MM-DD
    Column("to_date", Text),  # YYYY-MM-DD, inclusive
    Column("agencies", Text),  # "AF,CSN,SO"; NULL: the tenant's list
    Column("lefi_profile", Text),
    Column("priority", Integer, server_default="5"),  # 1 goes first
    Column("not_before", Text),  # ISO 8601
    Column("give_up_at", Text),  # ISO 8601
    Column("created_by", Text),
    Column("withdraw_reason", Text),  # writing it withdraws the question
    Column("contract", Text),  # "10" or "11"; NULL: the tenant's first that holds
    Column("ask_anyway_reason", Text),  # the same may be asked again within the repeat window
    # What belongs to the adapter.
    Column("created_at", UtcDateTime, nullable=False, server_default=utc_now()),
    Column("state", Text, nullable=False, server_default="new"),
    Column("reason", Text, nullable=False, server_default=""),  # the event that last changed the row
    Column("failure_code", Text),
    Column("failure_text", Text),  # says what is wrong, never with the value
    Column("person_sealed", LargeBinary),
    Column("person_key", Text),  # keyed HMAC of the personal number
    Column("asked_agencies", Text),  # what the question came to ask for, tenant's list applied
    Column("due_at", UtcDateTime, nullable=False, server_default="1970-01-01 00:00:00.000000"),
    Column("due_since", UtcDateTime),  # from when its age is counted
    Column("deadline_at", UtcDateTime),  # give_up_at, parsed
    Column("stood_still", Float, nullable=False, server_default="0"),  # tenant's down seconds at due_since
    Column(
        "attempts", Integer, nullable=False, server_default="0"
    ),  # tries that the node, not the link, ended
    Column("lease_token", Text),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("tx_id", Text),  # of the latest attempt
    Column("withdrawn_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("purged_at", UtcDateTime),  # what was sealed, and what answers said, is gone since
    Column("outcome", Text, nullable=False, server_default="PENDING"),  # what the answer was worth
    Column("agencies_answered", Text),
    Column("agencies_unverified", Text),
    Column("answer_version", Integer, nullable=False, server_default="0"),
    Column("change_no", Id, nullable=False, server_default="0"),  # 0: not yet seen by the adapter
    # SQLite adds no foreign key to a table that is there: these have none.
    Column("subject_id", Id),  # the person in the case, once a question was built
    Column("root_id", Id),  # of a question that asks again: the one that the business system asked
    Column("parent_id", Id),  # and the one whose answer was not whole
    Column("round", Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,  # an id is never used twice
)
_index("uq_outbox_reference", outbox.c.tenant, outbox.c.reference, where="reference <> ''", unique=True)
# A partial index is used only where the query repeats its condition: a state is written into the statement,
# and is no parameter (see `is_in`). So the index of what is to be claimed holds what is to be claimed.
for _name, _columns, _where in (
    ("ix_outbox_new", ("priority", "due_at", "id"), "state = 'new'"),
    ("ix_outbox_ready", ("priority", "due_at", "id"), "state = 'ready'"),
    ("ix_outbox_waiting", ("id",), "state IN ('accepted', 'confirmed')"),
    # Holds ids only, so that no clear number stands in an index.
    ("ix_outbox_unsealed", ("id",), "person_id IS NOT NULL"),
    ("ix_outbox_withdrawn", ("id",), "withdraw_reason <> '' AND withdrawn_at IS NULL"),
    ("ix_outbox_unsettled", ("state", "finished_at"), "settled_at IS NULL"),
    ("ix_outbox_deadline", ("state", "deadline_at"), "deadline_at IS NOT NULL"),
    ("ix_outbox_change_no", ("change_no",), None),
    ("ix_outbox_person", ("tenant", "case_id", "person_key", "id"), None),
    ("ix_outbox_case_id", ("case_id",), None),
    ("ix_outbox_subject", ("subject_id", "id"), None),
    ("ix_outbox_family", ("root_id",), "root_id IS NOT NULL"),
    ("ix_outbox_settled", ("settled_at", "id"), "settled_at IS NOT NULL AND purged_at IS NULL"),
    ("ix_outbox_purged", ("settled_at", "id"), "purged_at IS NOT NULL"),
):
    _index(_name, *(outbox.c[column] for column in _columns), where=_where)

_index("uq_outbox_round", outbox.c.parent_id, outbox.c.round, where="parent_id IS NOT NULL", unique=True)

attempt = Table(
    "attempt",
    metadata,
    Column("tx_id", Text, primary_key=True),
    Column("outbox_id", Id, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("subject_id", Id, index=True),  # whom it asks about
    Column("number", Integer, nullable=False),
    Column("corr_id", Text, nullable=False, unique=True),  # also the korrelationsid
    Column("content_id", Text, nullable=False),
    Column("contract", Integer, nullable=False),
    Column("envelope_sealed", LargeBinary, nullable=False),  # the frozen bytes
    Column("case_sent", Text, nullable=False),  # case_id, or its alias
    Column("officer_sent", Text, nullable=False),  # officer, or its alias
    Column("from_date", Text, nullable=False),  # the period that the question came to ask
    Column("to_date", Text, nullable=False),
    Column("asked", Text, nullable=False),  # JSON: agency -> [first day, last day]
    Column("left_out", Text, nullable=False),  # JSON: agency -> why it was not asked
    Column("built_at", UtcDateTime, nullable=False),
    Column("first_sent_at", UtcDateTime),  # written before sending: from here on it may have been sent
    Column("day", Text),  # the Swedish day of that
    Column("sends", Integer, nullable=False, server_default="0"),
    Column("accepted_at", UtcDateTime),
    Column("node_id", Text),
    Column("local_id", Text),
    Column("arrival", Text),  # the node's own clock, as written
    Column("duplicate", Boolean),
    Column("details", Text),  # JSON: lefi_profile, skv_years, skv_parts
    UniqueConstraint("outbox_id", "number"),
)
_index("ix_attempt_day", attempt.c.day, attempt.c.tx_id, where="day IS NOT NULL")

notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("tx_id", Text, nullable=False),
    Column("corr_id", Text),
    Column("content_id", Text),
    Column("product", Text),
    Column("sequence_type", Text),
    Column("sender", Text),
    Column("outbox_id", Id, ForeignKey("outbox.id"), index=True),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("missing_since", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
    Column("inbox_id", Text, ForeignKey("inbox.id")),
    Column("put_away_at", UtcDateTime),
    UniqueConstraint("mailbox", "tx_id"),
    sqlite_autoincrement=True,
)
Index("ix_notice_due", notice.c.mailbox, notice.c.state, notice.c.due_at)
_index("ix_notice_inbox_id", notice.c.inbox_id, where="inbox_id IS NOT NULL")

inbox = Table(
    "inbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("tx_id", Text, nullable=False),
    Column("corr_id", Text),
    Column("content_id", Text),
    Column("kind", Text, nullable=False),
    Column("code", Text),  # SHS error code, or why it is unreadable
    Column("outbox_id", Id, ForeignKey("outbox.id"), index=True),
    Column("attempt_tx_id", Text, ForeignKey("attempt.tx_id")),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("body_sha256", Text, nullable=False),  # keyed, as is the next: no number can be tried out on it
    Column("size", Integer, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("decoded_at", UtcDateTime),
    Column("decode_tries", Integer, nullable=False, server_default="0"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease_token", Text),  # who decodes it
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("payload_sha256", Text),  # of the data part alone: tells a repeated answer
    Column("outcome", Text),  # of this one answer
    Column("outcome_code", Text),
    Column("fetches", Integer, nullable=False, server_default="1"),  # of what is invalid: how often it came
    Column("put_away_at", UtcDateTime),  # when a human had looked at it
    UniqueConstraint("mailbox", "tx_id", "body_sha256"),
)
Index("ix_inbox_payload", inbox.c.attempt_tx_id, inbox.c.payload_sha256)
_index("ix_inbox_undecoded", inbox.c.due_at, where="kind = 'answer' AND decoded_at IS NULL")
_index("ix_inbox_fetched", inbox.c.mailbox, where="kind = 'fetched'")
_index("ix_inbox_stray", inbox.c.received_at, inbox.c.id, where="outbox_id IS NULL")

piece = Table(
    "piece",
    metadata,
    Column("place", Text, primary_key=True),  # of the value: `table.column:row`
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

agency_result = Table(
    "agency_result",
    metadata,
    Column("inbox_id", Text, ForeignKey("inbox.id"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("outbox_id", Id, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("root_id", Id, ForeignKey("outbox.id"), nullable=False, index=True),  # the question it counts for
    Column("outcome", Text, nullable=False),
    Column("kalla", Text),
    Column("felkod", Text),
    Column("status", Text),
    Column("transience", Text),  # whether asking again may help: TRANSIENT, DOUBTFUL, PERMANENT
    Column("protected", Boolean, nullable=False),
    Column("asked_from", Text),
    Column("asked_to", Text),
    Column("version", Text),  # of the agency's own document
    Column("row_count", Integer, nullable=False, server_default="0"),  # payments and facts
    Column("received_at", UtcDateTime, nullable=False),
    Column("current", Boolean, nullable=False),  # the one that counts for its question and agency
)

journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("outbox_id", Id, ForeignKey("outbox.id"), index=True),
    Column("tx_id", Text),
    Column("event", Text, nullable=False),
    Column("state_before", Text),
    Column("state_after", Text),
    Column("code", Text),
    Column("actor", Text, nullable=False),
    sqlite_autoincrement=True,
)
_index("ix_journal_persons_shown", journal.c.at, journal.c.id, where="event = 'persons-shown'")

# What outlives a question (see `audit`): who read its answer, and which agencies were told of whom.
audit_reading = Table(
    "audit_reading",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("question_id", Id, nullable=False, index=True),  # the row is gone
    Column("tenant", Text),
    Column("reference", Text),
    Column("person_key", Text),
    Column("tx_id", Text),
    Column("actor", Text, nullable=False),
    sqlite_autoincrement=True,
)
audit_disclosure = Table(
    "audit_disclosure",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),  # when it was first sent
    Column("question_id", Id, nullable=False, index=True),
    Column("tenant", Text),
    Column("reference", Text),
    Column("person_key", Text),
    Column("tx_id", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("asked_from", Text, nullable=False),
    Column("asked_to", Text, nullable=False),
    sqlite_autoincrement=True,
)
for _table in (audit_reading, audit_disclosure):
    Index(f"ix_{_table.name}_at", _table.c.at, _table.c.id)
    Index(f"ix_{_table.name}_person_key", _table.c.person_key)

link = Table(
    "link",
    metadata,
    Column("scope", Text, primary_key=True),  # submit:URL, tenant:NAME or mailbox:URL…
    Column("failures", Integer, nullable=False),  # in a row; 0: up
    Column("code", Text),
    Column("since", UtcDateTime),  # down since
    Column("retry_at", UtcDateTime),  # while later than now, nothing is sent
    Column("down_seconds", Float, nullable=False, server_default="0"),  # of all ended outages
    Column("last_success_at", UtcDateTime),
)

duty = Table(
    "duty",
    metadata,
    Column("name", Text, primary_key=True),  # mailbox:URL…: what one daemon at a time does
    Column("lease_token", Text),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
)

permit = Table(
    "permit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("counterpart", Text, nullable=False),  # a node's host
    Column("kind", Text, nullable=False),  # slot: one request under way; rate: one request a time
    Column("number", Integer, nullable=False),  # from 1; those over the configured limit are not used
    Column("lease_token", Text),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),  # without a token: it rests until then
    Column("kept_for", Text),  # who waits for it, or the mailbox that has it: until then no other takes it
    Column("kept_until", UtcDateTime),
    UniqueConstraint("counterpart", "kind", "number"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("id", Id, primary_key=True),
    Column("tx_id", Text),  # of an envelope of a question that is gone; NULL: none was ever built
    Column("corr_id", Text, index=True),
    Column("reference_key", Text, index=True),  # keyed HMAC of tenant and reference; NULL: it had none
    Column("purged_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_tombstone_purged_at", tombstone.c.purged_at, tombstone.c.id)

key_check = Table(
    "key_check",
    metadata,
    Column("name", Text, primary_key=True),  # person, or `seal` and the key's id
    Column("value", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

tenant_login = Table(
    "tenant_login",
    metadata,
    Column("login", Text, primary_key=True),  # PostgreSQL's: whose rows it sees and writes
    Column("tenant", Text, primary_key=True),
)

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Id, nullable=False),
)

# PostgreSQL's locks, on which nobody but the adapter's role is granted anything. SQLite needs no such tables.
exclusive = Table(
    "exclusive",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row, locked while others are kept out
)

daemon = Table(
    "daemon",
    metadata,
    Column("name", Text, primary_key=True),
    Column("pid", Integer, nullable=False),  # of the server's session that holds the name as long as it lives
    Column("started_at", UtcDateTime, nullable=False),  # when that began: a pid is used again
)
