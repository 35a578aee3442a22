"""Subjects: one person in one case. What agencies say is gathered here, over all questions about them."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.store.report_tables import subject


async def of(connection: AsyncConnection, question: Row[Any]) -> int:
    """The id of the subject that *question* is about, made where there is none; its role is the newest."""
    known = (
        subject.c.tenant == question.tenant,
        subject.c.case_id == question.case_id.strip(),
        subject.c.person_key == question.person_key,
    )
    subject_id = await connection.scalar(select(subject.c.id).where(*known))
    if subject_id is None:
        made = insert(subject).values(
            tenant=question.tenant,
            case_id=question.case_id.strip(),
            person_key=question.person_key,
            household_role=question.household_role,
            restricted=await _is_restricted(connection, question),
        )
        return int((await connection.execute(made.returning(subject.c.id))).scalar_one())
    if question.household_role:
        await connection.execute(
            update(subject).where(subject.c.id == subject_id).values(household_role=question.household_role)
        )
    return int(subject_id)


async def restrict(connection: AsyncConnection, question: Row[Any]) -> None:
    """The identity is protected: from now on, and in every case of the tenant."""
    await connection.execute(update(subject).where(*_same_person(question)).values(restricted=True))


async def _is_restricted(connection: AsyncConnection, question: Row[Any]) -> bool:
    protected = select(subject.c.id).where(*_same_person(question), subject.c.restricted).limit(1)
    return await connection.scalar(protected) is not None


def _same_person(question: Row[Any]) -> tuple[Any, ...]:
    return subject.c.tenant == question.tenant, subject.c.person_key == question.person_key
