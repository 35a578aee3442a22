"""Which tenants may send now, by the ways as they were last looked at; and what requests say of them.

Rule: a way that is down has one probe at a time, from whichever of its tenants has something to send.
Rule: a question that fails again after others got through has failed by itself, and says nothing of the way:
a filter on the way dislikes what it says, or only its reply cannot be read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter import retry
from shs_adapter.daemon import way
from shs_adapter.daemon.context import Context
from shs_adapter.errors import NodeUnreachable
from shs_adapter.store import links
from shs_adapter.store.links import Link
from shs_adapter.transport.node import Accepted, Deferred, Held, Refused

OURS = "unexpected"  # the code of a surprise, which says nothing of the link
_TOLERATED = 5  # strange replies in a row before the link is taken for down
TOLERATED_ERRORS = 2  # error messages in a row that blame the configuration, before the tenant is held

Result = Accepted | Refused | Held | Deferred | NodeUnreachable


@dataclass(frozen=True, slots=True)
class Senders:
    """The tenants that may send freely, and those of which one may send a probe, by its way."""

    free: Sequence[str]
    probing: Mapping[str, Sequence[str]]

    def chosen(self, rows: Iterable[Row[Any]]) -> list[Row[Any]]:
        """Those of the *rows* that may be sent: all of free tenants, and one for each way that is probed."""
        chosen, left = list[Row[Any]](), dict(self.probing)
        for row in rows:
            probed = next((scope for scope, tenants in left.items() if row.tenant in tenants), None)
            if probed is not None or row.tenant in self.free:
                chosen.append(row)
            if probed is not None:
                del left[probed]
        return chosen


class Ways:
    def __init__(self, context: Context) -> None:
        self._context = context
        self.known: dict[str, Link] = {}  # what is not known is open
        self._worked: dict[str, datetime] = {}  # when a way last let a question through
        self._failed: dict[int, datetime] = {}  # when a question that was not let through last failed

    async def look(self, connection: AsyncConnection) -> None:
        self.known = await links.read(connection)

    def senders(self, tenants: Iterable[str], sending: Iterable[str], now: datetime) -> Senders:
        """Those of *tenants* that may send, while those *sending* have requests under way."""
        free: list[str] = []
        probing: dict[str, list[str]] = defaultdict(list)
        probed = {scope for tenant in sending for scope in self._context.ways(tenant)}
        for tenant in tenants:
            links_of_it = [self.known[scope] for scope in self._context.ways(tenant) if scope in self.known]
            down = [one.scope for one in links_of_it if one.is_probing()]
            if any(one.is_resting(now) for one in links_of_it) or probed.intersection(down):
                continue
            if down:
                probing[down[0]].append(tenant)  # of a node that is down all its tenants send one together
            else:
                free.append(tenant)
        return Senders(free, probing)

    @property
    def failed(self) -> Collection[int]:
        """The questions that were not let through when they were last sent."""
        return self._failed.keys()

    def is_alone(self, row: Row[Any]) -> bool:
        """Whether others got through since the question of *row* failed."""
        link = self._context.ways(row.tenant)[0]
        worked, failed = self._worked.get(link), self._failed.get(row.id)
        return worked is not None and failed is not None and worked >= failed

    def rest(self, row: Row[Any], now: datetime) -> timedelta:
        """How long a question rests that finds its way down: until others have been probes before it."""
        scope = self._context.ways(row.tenant)[0]
        link, policy = self.known.get(scope, Link(scope)), self._context.config.retry
        failures = link.failures if link.is_resting(now) else link.failures + 1
        return retry.delay(failures, policy.first, policy.most, luck=0)

    async def judge(
        self, connection: AsyncConnection, landed: Iterable[tuple[Row[Any], Result]], now: datetime
    ) -> bool:
        """Write what the endings of requests say of their ways, as known just now: one that worked for any
        of them works. True if a way that was down is open again.
        """
        works: set[str] = set()
        broken: list[tuple[str, str, int]] = []
        for row, result in landed:
            link, hold, agreement = self._context.ways(row.tenant)
            is_alone = self.is_alone(row)
            match result:
                case Deferred() | NodeUnreachable():
                    self._failed[row.id] = now
                case _:
                    self._failed.pop(row.id, None)
                    self._worked[link] = now
            match result:
                case Accepted():
                    works |= {link, hold}
                    if (told := self.known.get(agreement)) and told.is_probing():
                        # What the probe was worth an error or a confirm will say: until then it rests.
                        broken.append((agreement, told.code or "", TOLERATED_ERRORS))
                case Refused():
                    works |= {link}
                case Held(code):
                    works |= {link}
                    broken.append((hold, code, 0))
                case Deferred(code) if code != OURS and not is_alone:
                    broken.append((link, code, _TOLERATED))
                case NodeUnreachable() if not is_alone:
                    broken.append((link, result.code, 0))
        for scope, code, tolerated in broken:
            if scope not in works:
                await way.breaks(connection, self._context, scope, code, tolerated=tolerated)
        opened = {scope for scope in works if scope in self.known and self.known[scope].is_probing()}
        for scope in sorted(works):
            if scope not in self.known or not self.known[scope].is_well(now):
                await way.works(connection, self._context, scope)
        for scope in opened:
            self.known.pop(scope, None)
        return bool(opened)
