"""Rows put straight into the tables: a household in which everything occurs that a report must tell.

EB-17 has an applicant with payments, a co-applicant whose CSN failed, and a child with a protected identity.
EB-18 has a question that was never built, with texts that must not go out as they are. Nothing here is real.
"""

import sqlite3
from typing import Any

from shs_adapter.store.vault import Vault

PERSON = "197701172392"  # Skatteverket publishes it for tests
CO_APPLICANT, CHILD = "199001012385", "201701012393"
AT = "2026-11-24 12:05:00.000000"


def put(connection: sqlite3.Connection, table: str, **columns: Any) -> int:
    names, places = ", ".join(columns), ", ".join("?" * len(columns))
    inserted = connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(columns.values()))
    return inserted.lastrowid or 0


def person(connection: sqlite3.Connection, case_id: str = "EB-17", **columns: Any) -> int:
    """A subject; its id."""
    key = columns.pop("person_key", f"key of {columns.get('household_role', 'somebody')}")
    return put(connection, "subject", tenant="default", case_id=case_id, person_key=key, **columns)


def question(connection: sqlite3.Connection, subject: int | None, number: int, **columns: Any) -> int:
    """A question that was answered in full about September and October, unless *columns* say otherwise."""
    about = connection.execute("SELECT * FROM subject WHERE id = ?", (subject,)).fetchone() or (0,) * 6
    row: dict[str, Any] = {
        "id": number,
        "tenant": "default",
        "case_id": about[2],
        "person_key": about[3],
        "household_role": about[4],
        "reference": f"ref-{number}",
        "officer": "anna",
        "unit": "Försörjningsstöd",
        "from_date": "2026-09-01",
        "to_date": "2026-10-31",
        "agencies": "CSN,FK,SO",
        "asked_agencies": "CSN,FK,SO",
        "created_at": "2026-11-24 12:00:00.000000",
        "finished_at": AT,
        "state": "done",
        "reason": "completed",
        "outcome": "COMPLETE",
        "agencies_answered": "CSN,FK,SO",
        "agencies_unverified": "",
        "subject_id": subject,
        "tx_id": f"tx-{number}",
        "change_no": number,
    }
    row |= columns
    put(connection, "outbox", **row)
    if row["tx_id"]:
        put(
            connection,
            "attempt",
            tx_id=row["tx_id"],
            outbox_id=number,
            number=1,
            corr_id=f"corr-{number}",
            content_id="content",
            contract=10,
            envelope_sealed=b"",
            envelope_sha256="",
            case_sent="",
            officer_sent="",
            from_date=row["from_date"],
            to_date=row["to_date"],
            asked="{}",
            left_out="{}",
            built_at=row["created_at"],
        )
    return number


def answer(connection: sqlite3.Connection, number: int, **outcomes: dict[str, Any]) -> str:
    """An answer to the question *number*, with what each agency said; its inbox id."""
    key = f"in-{number}"
    fixed = {"mailbox": "m", "kind": "answer", "body_sealed": b"", "body_sha256": "", "size": 0}
    put(
        connection,
        "inbox",
        id=key,
        tx_id=key,
        outbox_id=number,
        attempt_tx_id=f"tx-{number}",
        received_at=AT,
        due_at=AT,
        **fixed,
    )
    for agency, said in outcomes.items():
        row = {"asked_from": "2026-09-01", "asked_to": "2026-10-31", "protected": 0, "current": 1} | said
        result = {"inbox_id": key, "agency": agency, "outbox_id": number, "root_id": number}
        put(connection, "agency_result", **result, received_at=AT, **row)
    return key


def told(connection: sqlite3.Connection, number: int, subject: int, agency: str, **columns: Any) -> None:
    """A disclosure."""
    row = {"tx_id": f"tx-{number}", "agency": agency, "outbox_id": number, "root_id": number}
    days = {"asked_from": "2026-09-01", "asked_to": "2026-10-31", "day": "2026-11-24"}
    put(connection, "disclosure", subject_id=subject, tenant="default", round=0, **row, **(days | columns))


def paid(connection: sqlite3.Connection, subject: int, number: int, row_no: int, **columns: Any) -> int:
    """A payment that counts: child benefit in October from FK, unless *columns* say otherwise."""
    row: dict[str, Any] = {
        "agency": "FK",
        "payer": "FK",
        "month": "2026-10",
        "benefit": "Barnbidrag",
        "benefit_code": "ABB",
        "status": "PAID",
        "paid_on": "2026-10-20",
        "period_from": "2026-10-01",
        "period_to": "2026-10-31",
        "gross": 265000,
        "tax": 0,
        "net": 265000,
        "currency": "SEK",
        "path": f"/formaner[1]/utbetalning[{row_no}]",
        "counts": 1,
    }
    whose = {"inbox_id": f"in-{number}", "root_id": number, "subject_id": subject, "row_no": row_no}
    return put(connection, "payment", **(row | columns), **whose)


def earned(connection: sqlite3.Connection, subject: int, month: str, **columns: Any) -> None:
    row = {"payer": "FK", "benefit": "Barnbidrag", "status": "PAID", "currency": "SEK", "payments": 1}
    put(connection, "income", subject_id=subject, month=month, **({"net": 265000} | row | columns))


def month(
    connection: sqlite3.Connection,
    subject: int,
    month: str,
    *,
    unverified: str = "",
    not_asked: str = "",
    not_over: str = "",
) -> None:
    """A month that was asked about; October is the latest."""
    before = f"{month[:5]}{int(month[5:]) - 1:02}"
    row: dict[str, Any] = {"previous": before, "latest": month == "2026-10", "known_to": f"{month}-30"}
    row |= {"unverified": unverified, "not_asked": not_asked, "not_over": not_over}
    put(connection, "asked_month", subject_id=subject, month=month, **row)


def gap(connection: sqlite3.Connection, subject: int, number: int, agency: str, **columns: Any) -> None:
    row = {"from_date": "2026-09-01", "to_date": "2026-10-31", "outcome": "ERROR", "kalla": "BT"}
    put(connection, "gap", subject_id=subject, root_id=number, agency=agency, **(row | columns))


_BAD = {(2, "CSN"): ("ERROR", "BT", "-1003"), (3, "FK"): ("PARTIAL", None, "OTILLGANGLIG")}


def household(connection: sqlite3.Connection, keys: Vault) -> None:
    """All of it; see above."""

    def seal(number: int, whose: str) -> bytes:
        return keys.seal(whose.encode(), f"outbox.person_sealed:{number}")

    applicant = person(connection, household_role="APPLICANT")
    question(connection, applicant, 1, person_sealed=seal(1, PERSON))
    answer(
        connection,
        1,
        FK={"outcome": "DATA", "row_count": 2},
        CSN={"outcome": "EMPTY"},
        SO={"outcome": "DATA"},
    )
    paid(connection, applicant, 1, 1)
    paid(
        connection,
        applicant,
        1,
        2,
        month="2026-09",
        paid_on="2026-09-18",
        benefit="Bostadsbidrag",
        gross=None,
    )
    paid(
        connection,
        applicant,
        1,
        1,
        agency="SO",
        payer="AKASSA",
        payer_org="=Exempelkassan",
        benefit="Arbetslöshetsersättning",
        gross=None,
        tax=None,
        net=1234567,
        net_after_tax=1300000,
    )
    earned(connection, applicant, "2026-10")
    earned(connection, applicant, "2026-09", benefit="Bostadsbidrag")
    month(connection, applicant, "2026-10")
    month(connection, applicant, "2026-09")

    partner = person(connection, household_role="CO_APPLICANT")
    question(
        connection,
        partner,
        2,
        person_sealed=seal(2, CO_APPLICANT),
        outcome="PARTIAL",
        agencies_answered="FK,SO",
        agencies_unverified="CSN",
    )
    failed = {"outcome": "ERROR", "kalla": "BT", "felkod": "-1003", "transience": "DOUBTFUL"}
    answer(connection, 2, FK={"outcome": "EMPTY"}, CSN=failed, SO={"outcome": "EMPTY"})
    gap(connection, partner, 2, "CSN", felkod="-1003", transience="DOUBTFUL")
    for one in ("2026-09", "2026-10"):
        month(connection, partner, one, unverified="CSN 2026-09-01--2026-10-31")

    child = person(connection, household_role="CHILD", restricted=1)
    question(
        connection,
        child,
        3,
        person_sealed=seal(3, CHILD),
        officer="bo",
        unit="Hemliga enheten",
        outcome="PARTIAL",
        agencies_answered="CSN,SO",
        agencies_unverified="FK",
    )
    answer(connection, 3, FK={"outcome": "PARTIAL", "felkod": "OTILLGANGLIG"})
    paid(connection, child, 3, 1, benefit="Vårdbidrag", net=777700)
    earned(connection, child, "2026-10", benefit="Vårdbidrag", net=777700)
    month(connection, child, "2026-10", unverified="FK 2026-09-01--2026-10-31")
    gap(connection, child, 3, "FK", outcome="PARTIAL", felkod="OTILLGANGLIG")

    question(
        connection,
        None,
        4,
        case_id="EB-18",
        person_key="key of nobody",
        household_role="APPLICANT",
        officer='=HYPERLINK("x")',
        unit=f"enhet {PERSON}",
        reference="19770117-2392",
        from_date="2026-10-01",
        state="failed",
        reason="malformed",
        outcome="PENDING",
        failure_code="person_check_digit",
        tx_id=None,
        asked_agencies=None,
        agencies_answered=None,
        agencies_unverified=None,
    )
    for number, subject in ((1, applicant), (2, partner), (3, child)):
        for agency in ("CSN", "FK", "SO"):
            outcome, kalla, felkod = _BAD.get((number, agency), ("EMPTY", None, None))
            said = {"outcome": outcome, "kalla": kalla, "felkod": felkod, "latency": 60 * number}
            told(connection, number, subject, agency, **said)
    connection.commit()
