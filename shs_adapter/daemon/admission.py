"""Whether an inbound message may count for the question whose conversation it names. Pure.

Rule: a corr.id is no secret, so it proves nothing. A message counts for a question only if it came to a
mailbox of the question's tenant, from the party that was asked, as traffic of the tenant's status, and about
an envelope that the node may have had. docs/threats.md has the whole table.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row

from shs_adapter.config import Shs
from shs_adapter.daemon.reading import Reading
from shs_adapter.shs.names import bare, organisation
from shs_adapter.store.inbox import Kind


class Objection(StrEnum):
    """Why a message of one of our conversations does not count; the code that it is kept under."""

    OTHER_MAILBOX = "other_mailbox"  # it came to a mailbox that is none of the question's tenant
    SENDER_ABSENT = "sender_absent"
    OTHER_SENDER = "other_sender"
    OTHER_PRODUCT = "other_product"
    OTHER_STATUS = "other_status"  # test traffic about a question in production, or the other way round
    NEVER_SENT = "never_sent"  # nothing shows that the node ever had the envelope


# What a message is to us that meets an objection: from a stranger it is nobody's, and from the party that was
# asked it is kept with its question.
KINDS: Mapping[Objection, Kind] = MappingProxyType(
    {
        Objection.OTHER_MAILBOX: Kind.UNSOLICITED,
        Objection.SENDER_ABSENT: Kind.UNSOLICITED,
        Objection.OTHER_SENDER: Kind.UNSOLICITED,
        Objection.OTHER_PRODUCT: Kind.UNSOLICITED,
        Objection.OTHER_STATUS: Kind.QUARANTINED,
        Objection.NEVER_SENT: Kind.QUARANTINED,
    }
)


def objection(reading: Reading, attempt: Row[Any], tenants: Mapping[str, Shs]) -> Objection | None:
    """Why the message may not count for the question of *attempt*; None if it may.

    *tenants* are those whose mailbox it came to, each with what it has agreed with the party that it asks.
    """
    agreed = tenants.get(attempt.tenant)
    if agreed is None:
        return Objection.OTHER_MAILBOX
    if not reading.sender:
        return Objection.SENDER_ABSENT
    if organisation(reading.sender) != organisation(agreed.to) and not _is_node(reading, attempt):
        return Objection.OTHER_SENDER
    if reading.kind is Kind.ANSWER and reading.product != agreed.product:
        return Objection.OTHER_PRODUCT
    if reading.status != agreed.status:
        return Objection.OTHER_STATUS
    if attempt.first_sent_at is None and attempt.accepted_at is None:
        return Objection.NEVER_SENT
    return None


def _is_node(reading: Reading, attempt: Row[Any]) -> bool:
    """Whether the node that took the envelope confirms it, or tells of an error, in its own name."""
    node = attempt.node_id
    return reading.kind is not Kind.ANSWER and bool(node) and bare(reading.sender).lower() == node.lower()
