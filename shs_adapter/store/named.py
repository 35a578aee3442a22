"""Which question is meant by a name that a person has at hand: its id, its reference or its case."""

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.errors import NotFound
from shs_adapter.store.tables import outbox

_LONGEST = 9  # digits of an id: a number of ten may be a person's
_MOST = 20  # ids that are listed where a name is several questions'


async def question_id(connection: AsyncConnection, name: str) -> int:
    """The id that *name* is, or that its reference, or else its case, leads to; raises NotFound.

    A number of no question is returned as it is: what was purged still has a trail.
    The name is not repeated in what is raised: it may hold a personal number.
    """
    number = int(name) if name.isascii() and name.isdigit() and len(name) <= _LONGEST else 0
    of_case = and_(outbox.c.case_id == name, outbox.c.root_id.is_(None))  # those that ask again have it, too
    for condition in (outbox.c.id == number, outbox.c.reference == name, of_case):
        query = select(outbox.c.id).where(condition).order_by(outbox.c.id.desc()).limit(_MOST)
        ids = list(await connection.scalars(query))
        if len(ids) > 1:
            listed = ", ".join(map(str, sorted(ids)))
            raise NotFound("several", f"several questions have this reference or case; give an id: {listed}")
        if ids:
            return int(ids[0])
    if number:
        return number
    raise NotFound("unknown", "no question has this id, reference or case")
