"""Subjects: one person in one case. What agencies say is gathered here, over all questions about them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.report_tables import subject
from shs_adapter.store.tables import outbox
from shs_adapter.store.types import any_of

ROLES = ("APPLICANT", "CO_APPLICANT", "CHILD")


_MINE = (
    any_of(outbox.c.id, "ids"),
    outbox.c.tenant.is_not(None),
    func.coalesce(outbox.c.case_id, "") != "",
    outbox.c.person_key.is_not(None),
)
_SAME = and_(
    subject.c.tenant == outbox.c.tenant,
    subject.c.case_id == outbox.c.case_id,
    subject.c.person_key == outbox.c.person_key,
)
_OTHER = subject.alias()
_PROTECTED = exists(literal(1)).where(
    _OTHER.c.tenant == outbox.c.tenant, _OTHER.c.person_key == outbox.c.person_key, _OTHER.c.restricted
)
_ASKING = outbox.alias()
_ROLE = (
    select(_ASKING.c.household_role)
    .where(_ASKING.c.subject_id == subject.c.id, _ASKING.c.household_role.in_(ROLES))
    .order_by(_ASKING.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_NEW = (
    select(outbox.c.tenant, outbox.c.case_id, outbox.c.person_key, _PROTECTED)
    .where(*_MINE, ~exists(literal(1)).where(_SAME))
    .distinct()
)
_ITS = select(subject.c.id).where(_SAME).scalar_subquery()
# Made once: they are asked with every question.
_MAKE = insert(subject).from_select(["tenant", "case_id", "person_key", "restricted"], _NEW)
_GIVE = update(outbox).where(*_MINE, outbox.c.subject_id.is_distinct_from(_ITS)).values(subject_id=_ITS)
_TELL_ROLE = (
    update(subject)
    .where(
        subject.c.id.in_(select(outbox.c.subject_id).where(*_MINE)),
        subject.c.household_role.is_distinct_from(_ROLE),
    )
    .values(household_role=_ROLE)
)


async def assign(connection: AsyncConnection, outbox_ids: Collection[int]) -> None:
    """Give each question its subject, made where there is none; the newest question tells its role.

    A question without tenant, case or person is about nobody. A person who is protected in one case is so in
    every other of the tenant.
    """
    for statement in (_MAKE, _GIVE, _TELL_ROLE):
        await connection.execute(statement, {"ids": outbox_ids})


def are_assigned() -> ColumnElement[bool]:
    """The condition that to `assign` a question again would change nothing."""
    fits = subject.c.id == outbox.c.subject_id, _SAME, subject.c.household_role.is_not_distinct_from(_ROLE)
    return exists(literal(1)).where(*fits)


async def restrict(connection: AsyncConnection, question: Row[Any]) -> None:
    """The identity is protected: from now on, and in every case of the tenant."""
    await connection.execute(
        update(subject)
        .where(subject.c.tenant == question.tenant, subject.c.person_key == question.person_key)
        .values(restricted=True)
    )
