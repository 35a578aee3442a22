"""Subjects: one person in one case. What agencies say is gathered here, over all questions about them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, and_, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.report_tables import subject
from shs_adapter.store.tables import outbox
from shs_adapter.store.types import among

ROLES = ("APPLICANT", "CO_APPLICANT", "CHILD")


async def assign(connection: AsyncConnection, outbox_ids: Collection[int]) -> None:
    """Give each question its subject, made where there is none; the newest question tells its role.

    A question without tenant, case or person is about nobody. A person who is protected in one case is so in
    every other of the tenant.
    """
    mine = (
        among(outbox.c.id, outbox_ids),
        outbox.c.tenant.is_not(None),
        func.coalesce(outbox.c.case_id, "") != "",
        outbox.c.person_key.is_not(None),
    )
    same = and_(
        subject.c.tenant == outbox.c.tenant,
        subject.c.case_id == outbox.c.case_id,
        subject.c.person_key == outbox.c.person_key,
    )
    other = subject.alias()
    protected = exists(literal(1)).where(
        other.c.tenant == outbox.c.tenant, other.c.person_key == outbox.c.person_key, other.c.restricted
    )
    columns = (outbox.c.tenant, outbox.c.case_id, outbox.c.person_key)
    new = select(*columns, protected).where(*mine, ~exists(literal(1)).where(same)).distinct()
    await connection.execute(
        insert(subject).from_select(["tenant", "case_id", "person_key", "restricted"], new)
    )
    its = select(subject.c.id).where(same).scalar_subquery()
    changed = outbox.c.subject_id.is_distinct_from(its)
    await connection.execute(update(outbox).where(*mine, changed).values(subject_id=its))
    role = (
        select(outbox.c.household_role)
        .where(outbox.c.subject_id == subject.c.id, outbox.c.household_role.in_(ROLES))
        .order_by(outbox.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    touched = select(outbox.c.subject_id).where(*mine)
    news = subject.c.household_role.is_distinct_from(role)
    await connection.execute(
        update(subject).where(subject.c.id.in_(touched), news).values(household_role=role)
    )


async def restrict(connection: AsyncConnection, question: Row[Any]) -> None:
    """The identity is protected: from now on, and in every case of the tenant."""
    await connection.execute(
        update(subject)
        .where(subject.c.tenant == question.tenant, subject.c.person_key == question.person_key)
        .values(restricted=True)
    )
