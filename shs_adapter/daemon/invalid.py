"""What was fetched in place of a message. Pure.

Rule: a node destroys what is acknowledged, so nothing but the message is. All else is kept sealed, and the
message is fetched again after a rest that grows. The same bytes again and again, for a day at least, are the
node's last word.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from shs_adapter.daemon.reading import CUT_OFF
from shs_adapter.store.inbox import Kind

_LAST_WORD = 5  # fetches that give the same bytes
_LONG_ENOUGH = timedelta(days=1)  # from the first of them to the last
_MOST = 10  # of a message, what else there is: a load balancer's page differs every time


def fetches(row: Row[Any]) -> int:
    """How often the bytes of the inbox's *row*, which have just been fetched, have come."""
    return int(row.fetches) + int(row.kind == Kind.INVALID)


def is_last_word(row: Row[Any], now: datetime) -> bool:
    """Whether the node has nothing else to give."""
    return fetches(row) >= _LAST_WORD and now - row.received_at >= _LONG_ENOUGH


def superfluous(beside: Mapping[str, Row[Any]], codes: Mapping[str, str]) -> list[str]:
    """The inbox ids of what need not be kept of a message any more; *codes* are of what has just come.

    What was cut off goes last, and of it the longest: at a node that gives a message once it is all there is.
    """
    invalid = [row for row in beside.values() if row.kind == Kind.INVALID or row.id in codes]
    invalid.sort(key=lambda row: (codes.get(row.id, row.code) == CUT_OFF, row.size), reverse=True)
    return [row.id for row in invalid[_MOST:]]
