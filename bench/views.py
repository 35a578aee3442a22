"""How fast the report views are with a million payments, and how fast the same rows are without a view.

    python -m bench.views

Each floor is read in the same run from the base table that most of the view's rows come from. Prints the
figures of `bench.figures`, in milliseconds.
"""

import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure
from shs_adapter.config import Database
from shs_adapter.store import engine

CASES = 25_000
PERSONS = 2  # in a case
QUESTIONS = 2  # about each person, a month apart
PAYMENTS = 10  # in each answer
AGENCIES = ("AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV")
PAYERS = (("FK", "FK"), ("FK", "PM"), ("SO", "AKASSA"), ("CSN", "CSN"))
BENEFITS = ("Barnbidrag", "Bostadsbidrag", "Sjukpenning", "Studiemedel", "Arbetslöshetsersättning")
START = date(2024, 12, 1)
DAYS = 700
ONE_CASE, MONTH = 0.050, 2.0  # seconds
LOOKED_AT = 21  # cases; the median counts

Rows = Iterator[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    id: int
    subject: int
    day: date

    @property
    def first(self) -> date:
        return (self.day.replace(day=1) - timedelta(days=40)).replace(day=1)

    @property
    def months(self) -> list[str]:
        return sorted({f"{self.first + timedelta(days=31 * no):%Y-%m}" for no in range(3)})

    @property
    def at(self) -> str:
        return f"{self.day} 08:00:00.000000"


def questions() -> Iterator[Question]:
    for subject in range(1, CASES * PERSONS + 1):
        day = START + timedelta(days=subject * 7919 % DAYS)
        for no in range(QUESTIONS):
            yield Question((subject - 1) * QUESTIONS + no + 1, subject, day + timedelta(days=31 * no))


def case_of(subject: int) -> str:
    return f"EB-{(subject - 1) // PERSONS}"


def fill(connection: sqlite3.Connection) -> None:
    """Insert all in bulk, table by table; what a table does not name is left to its default."""
    dice = random.Random(7)
    for table, columns, rows in (
        ("subject", "id tenant case_id person_key household_role", _subjects()),
        (
            "outbox",
            "id tenant case_id household_role state outcome subject_id person_key tx_id asked_agencies"
            " created_at finished_at agencies_answered agencies_unverified",
            _outbox(),
        ),
        (
            "attempt",
            "tx_id outbox_id number corr_id content_id contract envelope_sealed case_sent"
            " officer_sent from_date to_date asked left_out built_at day subject_id",
            _attempts(),
        ),
        (
            "inbox",
            "id mailbox tx_id kind outbox_id attempt_tx_id body_sealed body_sha256 size received_at due_at",
            _inbox(),
        ),
        (
            "agency_result",
            "inbox_id agency outbox_id root_id outcome felkod protected received_at current asked_from"
            " asked_to",
            _results(),
        ),
        (
            "disclosure",
            "tx_id agency asked_from asked_to outcome felkod latency",
            _disclosures(dice),
        ),
        (
            "payment",
            "inbox_id agency row_no root_id subject_id counts month payer benefit status paid_on gross tax"
            " net currency path",
            _payments(dice),
        ),
        ("income", "subject_id month payer benefit status currency payments gross tax net", _income()),
        (
            "asked_month",
            "subject_id month previous latest unverified not_asked known_to not_over",
            _asked_months(),
        ),
        ("gap", "subject_id agency from_date to_date outcome felkod root_id", _gaps()),
    ):
        names = columns.split()
        places = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)
    connection.commit()


def _outcome(question: Question, agency: str) -> str:
    return "ERROR" if (question.id + AGENCIES.index(agency)) % 23 == 0 else "DATA"


def _subjects() -> Rows:
    for subject in range(1, CASES * PERSONS + 1):
        role = "APPLICANT" if subject % PERSONS else "CO_APPLICANT"
        yield subject, "default", case_of(subject), f"key {subject}", role


def _outbox() -> Rows:
    for one in questions():
        bad = [agency for agency in AGENCIES if _outcome(one, agency) == "ERROR"]
        good = [agency for agency in AGENCIES if agency not in bad]
        role = "APPLICANT" if one.subject % PERSONS else "CO_APPLICANT"
        yield (
            *(one.id, "default", case_of(one.subject), role, "done", "PARTIAL" if bad else "COMPLETE"),
            *(one.subject, f"key {one.subject}", f"tx {one.id}", ",".join(AGENCIES)),
            *(one.at, one.at, ",".join(good), ",".join(bad)),
        )


def _attempts() -> Rows:
    for one in questions():
        yield (
            *(f"tx {one.id}", one.id, 1, f"corr {one.id}", "content", 10, b"sealed"),
            *(case_of(one.subject), "anna", str(one.first), str(one.day), "{}", "{}", one.at, str(one.day)),
            one.subject,
        )


def _inbox() -> Rows:
    for one in questions():
        key = f"in {one.id}"
        yield key, "mailbox", key, "answer", one.id, f"tx {one.id}", b"sealed", "hash", 6, one.at, one.at


def _results() -> Rows:
    for one in questions():
        for agency in AGENCIES:
            said = _outcome(one, agency)
            yield (
                *(f"in {one.id}", agency, one.id, one.id, said, "-1003" if said == "ERROR" else None, 0),
                *(one.at, 1, str(one.first), str(one.day)),
            )


def _disclosures(dice: random.Random) -> Rows:
    for one in questions():
        for agency in AGENCIES:
            said = _outcome(one, agency)
            felkod = "-1003" if said == "ERROR" else None
            asked = str(one.first), str(one.day)
            yield f"tx {one.id}", agency, *asked, said, felkod, dice.randrange(2, 900)


def _paid(question: Question) -> Iterator[tuple[int, str, str, str, str]]:
    """Number, agency, payer, benefit and month of each payment in the answer."""
    for no in range(PAYMENTS):
        agency, payer = PAYERS[(question.subject + no) % len(PAYERS)]
        yield no, agency, payer, BENEFITS[no % len(BENEFITS)], question.months[no % len(question.months)]


def _payments(dice: random.Random) -> Rows:
    for one in questions():
        for no, agency, payer, benefit, month in _paid(one):
            gross = dice.randrange(100_00, 20_000_00)
            yield (
                *(f"in {one.id}", agency, no, one.id, one.subject, 1, month, payer, benefit, "PAID"),
                *(f"{month}-25", gross, gross // 4, gross - gross // 4, "SEK", f"/{agency}[{no}]"),
            )


def _income() -> Rows:
    seen = set()
    for one in questions():
        for _, _, payer, benefit, month in _paid(one):
            key = one.subject, month, payer, benefit
            if key not in seen:
                seen.add(key)
                yield *key, "PAID", "SEK", 1, 1_000_00, 250_00, 750_00


def _asked_months() -> Rows:
    seen = set()
    for one in questions():
        for month in one.months:
            if (one.subject, month) not in seen:
                seen.add((one.subject, month))
                before = f"{date.fromisoformat(f'{month}-01') - timedelta(days=1):%Y-%m}"
                latest = month == one.months[-1] and one.id % 2 == 0
                yield one.subject, month, before, latest, "", "", f"{month}-28", "FK" if latest else ""


def _gaps() -> Rows:
    seen = set()
    for one in questions():
        for agency in AGENCIES:
            if _outcome(one, agency) == "ERROR" and (one.subject, agency) not in seen:
                seen.add((one.subject, agency))
                yield one.subject, agency, str(one.first), str(one.day), "ERROR", "-1003", one.id


# Each view for one case, and the base table read for the same persons.
CASE_VIEWS = {
    "request": "outbox",
    "payment": "payment",
    "income_month": "income",
    "unverified": "gap",
    "outstanding": "income",
    "change": "income",
    "household": "outbox",
    "agency": "(SELECT * FROM disclosure d JOIN attempt a ON a.tx_id = d.tx_id)",
}
# Statistics of a month (or over all), and a plain scan of what they are made of.
MONTHLY = {
    "agency_quality, a month": (
        "SELECT * FROM report_agency_quality WHERE day BETWEEN '2025-10-01' AND '2025-10-31'",
        "SELECT SUM(latency) FROM disclosure JOIN attempt USING (tx_id)"
        " WHERE day BETWEEN '2025-10-01' AND '2025-10-31'",
    ),
    "volume, a month": (
        "SELECT * FROM report_volume WHERE day BETWEEN '2025-10-01' AND '2025-10-31'",
        "SELECT SUM(latency) FROM disclosure JOIN attempt USING (tx_id)"
        " WHERE day BETWEEN '2025-10-01' AND '2025-10-31'",
    ),
    "income_month, all, by month": (
        "SELECT month, SUM(net), SUM(payments) FROM report_income_month GROUP BY month",
        "SELECT SUM(net), SUM(payments) FROM income",
    ),
}


def figures(connection: sqlite3.Connection) -> Iterator[Figure]:
    cases = [case_of(1 + PERSONS * (CASES // LOOKED_AT) * no) for no in range(LOOKED_AT)]
    for view, table in CASE_VIEWS.items():
        asked = f"SELECT * FROM report_{view} WHERE tenant = 'default' AND case_id = ?"
        plain = (
            f"SELECT t.* FROM {table} t WHERE t.subject_id IN"
            " (SELECT s.id FROM subject s WHERE s.tenant = 'default' AND s.case_id = ?)"
        )
        rows, seconds = _timed(connection, asked, [(case,) for case in cases])
        _, floor = _timed(connection, plain, [(case,) for case in cases])
        yield _figure(f"report_{view}, one case", rows, seconds, floor, ONE_CASE)
    for name, (asked, plain) in MONTHLY.items():
        rows, seconds = _timed(connection, asked, [()] * 3)
        _, floor = _timed(connection, plain, [()] * 3)
        yield _figure(f"report_{name}", rows, seconds, floor, MONTH)


def _figure(name: str, rows: int, seconds: float, floor: float, limit: float) -> Figure:
    return Figure(
        line="views",
        name=f"{name}: {rows} rows",
        value=1000 * seconds,
        unit="ms",
        floor=1000 * floor,
        least=1000 * limit,
        lower_is_better=True,
    )


def _timed(connection: sqlite3.Connection, query: str, values: list[tuple[Any, ...]]) -> tuple[int, float]:
    """Rows in the longest answer, and the median of the times."""
    times, rows = [], []
    for one in values:
        began = time.perf_counter()
        rows.append(len(connection.execute(query, one).fetchall()))
        times.append(time.perf_counter() - began)
    return max(rows), statistics.median(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapter.db"
        asyncio.run(engine.migrate(Database(url=f"sqlite:///{path}")))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            began = time.perf_counter()
            fill(connection)
            print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
            for figure in figures(connection):
                figure.tell()


if __name__ == "__main__":
    main()
