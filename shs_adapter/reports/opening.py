"""What a case worker's report says first: when it was fetched, the period, and what nobody could check.

Rule: where nothing was asked it says so; only where all that was asked is answered does it say that nothing
is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import column
from sqlalchemy.ext.asyncio import AsyncConnection

from shs_adapter.printable import clean
from shs_adapter.reports import words
from shs_adapter.reports.catalogue import REPORTS
from shs_adapter.reports.cells import day, local, plain
from shs_adapter.reports.filters import Filters
from shs_adapter.reports.reading import pieces, record, statement
from shs_adapter.reports.report import Report
from shs_adapter.reports.words import UNKNOWN, Row
from shs_adapter.store.merging import Days, joined, open_days
from shs_adapter.store.types import UtcDateTime

MOST = 100  # gaps that an opening lists
DOUBTS = "Kunde inte kontrolleras:"  # what stands before them

Span = tuple[Any, Any]  # first and last; None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """*gaps* are rows of report_unverified: at most MOST, and *left_out* more. *protected* have no row here.

    *questions* counts those that match; *asked* is the period from the first to the last day that they asked
    about, and *unasked* the days in it that none of them did.
    """

    title: str
    fetched: Span
    period: Span
    is_full: bool  # a case worker's, not a statistic
    gaps: Sequence[Row] = ()
    left_out: int = 0
    protected: int = 0
    questions: int = 0
    asked: Span = (None, None)
    unasked: Sequence[Days] = ()

    def facts(self) -> list[str]:
        """When it was fetched and the period; of a statistic the period alone."""
        period = f"Period: {_span(*self.period)}"
        return [f"Hämtat: {_span(*self.fetched)}", period] if self.is_full else [period]

    def doubts(self) -> list[str]:
        """What was not checked, one sentence each: at least one, but for a statistic."""
        if not self.is_full:
            return []
        if not self.questions and not self.gaps and not self.protected:
            return ["ingen fråga motsvarar urvalet, så inget är kontrollerat"]
        said = _told(self.gaps)
        if self.left_out:
            said.append(f"och {self.left_out} till, som rapporten unverified visar")
        if self.protected:
            said.append(f"uppgifter om personer med skyddade personuppgifter ({self.protected})")
        beyond = self._reaches_beyond_what_was_asked()
        if beyond:
            said.append(f"allt utanför {_span(*self.asked)}, för frågorna gäller bara de dagarna")
        if self.unasked:
            said.append(
                f"{', '.join(_span(*days) for days in self.unasked)}, för ingen fråga gäller de dagarna"
            )
        return said or ["inget, alla tillfrågade myndigheter har svarat för de dagar som de tillfrågades om"]

    def _reaches_beyond_what_was_asked(self) -> bool:
        (first, last), (asked_first, asked_last) = self.period, self.asked
        return bool(
            asked_first
            and ((first and str(first) < asked_first[: len(str(first))]) or (last and str(last) > asked_last))
        )


async def read(connection: AsyncConnection, report: Report, filters: Filters) -> Opening:
    """The opening of *report* under *filters*; what is protected is told only where persons are."""
    period: Span = (filters.first, filters.last)
    if period == (None, None):
        period = await _spanned(connection, report, filters)
    if not report.has_opening:
        return Opening(title=report.title, fetched=(None, None), period=period, is_full=False)
    gaps = await _gaps(connection, filters)
    left_out, protected = await _counts(connection, filters, len(gaps))
    questions, runs = await _asked(connection, filters)
    asked = (runs[0][0], runs[-1][1]) if runs else None
    within = (
        (max(asked[0], filters.first or asked[0]), min(asked[1], filters.last or asked[1])) if asked else None
    )
    return Opening(
        title=report.title,
        fetched=await _fetched(connection, report, filters),
        period=period,
        is_full=True,
        gaps=gaps,
        left_out=left_out,
        protected=protected,
        questions=questions,
        asked=(str(asked[0]), str(asked[1])) if asked else (None, None),
        unasked=open_days([within], runs) if within and within[0] <= within[1] else (),
    )


def _shown(report: Report, filters: Filters) -> list[str]:
    conditions = filters.conditions(report)
    return conditions if filters.persons or not report.is_about_persons else [*conditions, "restricted = 0"]


async def _spanned(connection: AsyncConnection, report: Report, filters: Filters) -> Span:
    """Where the rows begin and end."""
    firsts, lasts = [], []
    for piece in await pieces(connection, report, filters):
        where = " AND ".join([*_shown(report, filters), piece])
        first, last = report.span
        query = f"SELECT MIN({first}), MAX({last}) FROM {report.view} WHERE {where}"  # noqa: S608  # our texts
        row = (await connection.execute(filters.bind(query))).one()
        firsts.append(row[0])
        lasts.append(row[1])
    return (
        _swedish(min(filter(None, firsts), default=None)),
        _swedish(max(filter(None, lasts), default=None)),
    )


def _swedish(value: Any) -> Any:
    """The Swedish day of a time, which may be text; days and months as they are."""
    if isinstance(value, str) and len(value) > len("2026-11-24"):
        value = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return local(value).date() if isinstance(value, datetime) else value


async def _fetched(connection: AsyncConnection, report: Report, filters: Filters) -> Span:
    """Of the rows; where they do not say, of the agencies' answers about the same case."""
    source = report if "fetched_at" in report.names else REPORTS["agency"]
    asked = filters if source is report else Filters(tenant=filters.tenant, case_id=filters.case_id)
    where = " AND ".join(_shown(source, asked)) or "1 = 1"
    query = f"SELECT MIN(fetched_at) AS first, MAX(fetched_at) AS last FROM {source.view} WHERE {where}"  # noqa: S608
    typed = asked.bind(query).columns(column("first", UtcDateTime()), column("last", UtcDateTime()))
    first, last = (await connection.execute(typed)).one()
    if first is None and source is report and report.name != "agency":
        return await _fetched(
            connection, REPORTS["agency"], Filters(tenant=filters.tenant, case_id=filters.case_id)
        )
    return first, last


async def _gaps(connection: AsyncConnection, filters: Filters) -> list[Row]:
    shown = [] if filters.persons else ["restricted = 0"]
    order = "tenant, case_id, subject, from_date, to_date, agency"
    query = statement(connection, REPORTS["unverified"], filters, shown, order, most=MOST)
    return [record(row) for row in (await connection.execute(query)).mappings()]


async def _counts(connection: AsyncConnection, filters: Filters, listed: int) -> tuple[int, int]:
    """How many gaps are not listed: for want of room, and because the identity is protected."""
    report = REPORTS["unverified"]
    where = " AND ".join(filters.conditions(report)) or "1 = 1"
    query = f"SELECT COUNT(*), COALESCE(SUM(restricted), 0) FROM {report.view} WHERE {where}"  # noqa: S608
    total, protected = (await connection.execute(filters.bind(query))).one()
    hidden = 0 if filters.persons else protected
    return total - hidden - listed, hidden


async def _asked(connection: AsyncConnection, filters: Filters) -> tuple[int, list[Days]]:
    """How many questions match that were built, and the days that they ask about; others are gaps."""
    report = REPORTS["unverified"]  # its condition on days fits those of a question, too
    where = " AND ".join([*filters.conditions(report), "verdict <> 'WITHDRAWN'", "tx_id IS NOT NULL"])
    query = (
        "SELECT from_date, to_date, restricted, COUNT(*) AS questions"  # noqa: S608  # our texts
        f" FROM report_request WHERE {where} GROUP BY from_date, to_date, restricted"
    )
    rows = (await connection.execute(filters.bind(query))).all()
    shown = [row for row in rows if filters.persons or not row.restricted]
    days = joined(span for row in shown if (span := _days(row.from_date, row.to_date)))
    return sum(row.questions for row in rows), days


def _days(first: object, last: object) -> Days | None:
    """None where a row's period was overwritten since with what is none."""
    try:
        return date.fromisoformat(str(first)), date.fromisoformat(str(last))
    except ValueError:
        return None


def _told(gaps: Iterable[Row]) -> list[str]:
    """Whose, which agencies, which days, and why; agencies of which the same is said stand together."""
    agencies: dict[tuple[str, str, str], list[str]] = {}
    for row in gaps:
        whose = f"{plain(row['case_id'])} {words.ROLES.get(row['household_role'], '')}".strip()
        key = whose, _span(row["from_date"], row["to_date"]), words.why(row)
        agencies.setdefault(key, []).append(words.agency(row["agency"]))
    return [
        clean(f"{whose}: {', '.join(names)} {days} ({why})") for (whose, days, why), names in agencies.items()
    ]


def _span(first: Any, last: Any) -> str:
    if first is None and last is None:
        return UNKNOWN
    if first is None:
        return f"till {_text(last)}"
    if last is None:
        return f"från {_text(first)}"
    begins, ends = _text(first), _text(last)
    return begins if begins == ends else f"{begins}–{ends}"


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    return str(value) if isinstance(value, date) else str(day(value))
