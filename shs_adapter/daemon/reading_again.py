"""What could not be read, or was nobody's, is read again: a later version may know what it is.

Rule: it counts under the same conditions as if it had just been fetched.
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.config import Config, Shs
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.keeping import Fetched, keep
from shs_adapter.daemon.reading import read
from shs_adapter.errors import SealError
from shs_adapter.store import inbox, notices
from shs_adapter.store.inbox import Kind
from shs_adapter.store.tables import inbox as inbox_table
from shs_adapter.store.tables import notice
from shs_adapter.transport.node import mailbox

_UNREAD = (Kind.INVALID, Kind.UNREADABLE, Kind.UNSOLICITED)


async def read_again(context: Context) -> int:
    """Make something of such messages anew; returns how many now count for a question."""
    count = 0
    for name, tenants in _mailboxes(context.config).items():
        async with context.turn() as connection:
            ids = await _unread(connection, name)
        for inbox_id in ids:
            count += await _read(context, name, tenants, inbox_id)
    return count


async def _read(context: Context, name: str, tenants: Mapping[str, Shs], inbox_id: str) -> bool:
    async with context.turn() as connection:
        message = (await inbox.some(connection, [inbox_id]))[inbox_id]
        found = await notices.one(connection, name, message.tx_id)
        try:
            reading = read(await inbox.body(connection, context.vault, message), message.tx_id)
        except SealError:
            return False
    if reading.kind is Kind.INVALID:
        return False
    fetched = Fetched(notice=found, inbox_id=inbox_id, reading=reading)
    (counts,) = await keep(context, name, tenants, [fetched], again=True)
    return counts


async def _unread(connection: AsyncConnection, name: str) -> list[str]:
    seen = and_(notice.c.mailbox == inbox_table.c.mailbox, notice.c.tx_id == inbox_table.c.tx_id)
    found = (
        select(inbox_table.c.id)
        .join(notice, seen)
        .where(inbox_table.c.mailbox == name, inbox_table.c.kind.in_(_UNREAD))
        .order_by(inbox_table.c.received_at, inbox_table.c.id)
    )
    return list(await connection.scalars(found))


def _mailboxes(config: Config) -> Mapping[str, Mapping[str, Shs]]:
    """The tenants of each mailbox, with what they have agreed."""
    found: dict[str, dict[str, Shs]] = defaultdict(dict)
    for name, tenant in config.tenants.items():
        shs = tenant.shs
        found[mailbox(shs.delivery_url, shs.sender, shs.status)][name] = shs
    return found
