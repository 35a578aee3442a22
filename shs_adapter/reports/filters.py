"""What a reader has asked for: which rows, and whether persons are named."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, TextClause, bindparam, text

from shs_adapter.reports.report import Report
from shs_adapter.store.types import UtcDateTime

SWEDEN = ZoneInfo("Europe/Stockholm")
_FIRST, _LAST = date(1, 1, 2), date(9999, 12, 30)  # days whose midnights can be written in UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Days are Swedish and both included; None: not restricted."""

    first: date | None = None
    last: date | None = None
    tenant: str | None = None
    case_id: str | None = None
    persons: bool = False

    def conditions(self, report: Report) -> list[str]:
        """SQL conditions on the report's view, for the parameters below."""
        wanted = {
            report.since: self.first,
            report.until: self.last,
            "tenant = :tenant": self.tenant,
            "case_id = :case_id": self.case_id,
        }
        return [condition for condition, value in wanted.items() if value is not None]

    def bind(self, query: str) -> TextClause:
        """*query*, with the parameters that its conditions name. The upper ones are the first outside."""
        return text(query).bindparams(*(one for one in self._parameters() if f":{one.key}" in query))

    def _parameters(self) -> list[BindParameter[Any]]:
        first = self.first and max(self.first, _FIRST)
        last = self.last and min(self.last, _LAST)
        bound: dict[str, Any] = {"tenant": self.tenant, "case_id": self.case_id}
        at = []
        if first is not None:
            bound |= {"from_day": first.isoformat(), "from_month": first.isoformat()[:7]}
            at.append(bindparam("from_at", _midnight(first), UtcDateTime()))
        if last is not None:
            after = last + timedelta(days=1)
            month = last.isoformat()[:7] + "-32"  # sorts after every day and before the next month
            bound |= {"to_day": after.isoformat(), "to_month": month}
            at.append(bindparam("to_at", _midnight(after), UtcDateTime()))
        return [bindparam(name, value) for name, value in bound.items() if value is not None] + at


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SWEDEN).astimezone(UTC)
