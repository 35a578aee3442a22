"""Rows put straight into the tables: a household in which everything occurs that a report must tell.

EB-17 has an applicant with payments, a co-applicant whose CSN failed, and a child with a protected identity.
EB-18 has a question that was never built, with texts that must not go out as they are. Nothing here is real.
"""

from typing import Any

from shs_adapter.store.vault import Vault
from tests.client import Client

PERSON = "197701172392"  # Skatteverket publishes it for tests
CO_APPLICANT, CHILD = "199001012385", "201701012393"
AT = "2026-11-24 12:05:00.000000"


def put(client: Client, table: str, *rows: dict[str, Any], **columns: Any) -> None:
    """Insert one row, or *rows* that have the same columns."""
    rows = rows or (columns,)
    names, places = ", ".join(rows[0]), ", ".join("?" * len(rows[0]))
    sql = f"INSERT INTO {table} ({names}) VALUES ({places})"
    client.write(sql, [tuple(row.values()) for row in rows])


def person(client: Client, case_id: str = "EB-17", **columns: Any) -> int:
    """A subject; its id."""
    key = columns.pop("person_key", f"key of {columns.get('household_role', 'somebody')}")
    put(client, "subject", tenant="default", case_id=case_id, person_key=key, **columns)
    return int(client.values("SELECT MAX(id) FROM subject")[0])


def question(client: Client, subject: int | None, number: int, **columns: Any) -> int:
    """A question that was answered in full about September and October, unless *columns* say otherwise."""
    columns = _whose(client, subject) | columns
    row: dict[str, Any] = {
        "id": number,
        "tenant": "default",
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
    put(client, "outbox", **row)
    if row["tx_id"]:
        put(
            client,
            "attempt",
            tx_id=row["tx_id"],
            outbox_id=number,
            subject_id=subject,
            number=1,
            corr_id=f"corr-{number}",
            content_id="content",
            contract=10,
            envelope_sealed=b"",
            case_sent="",
            officer_sent="",
            from_date=row["from_date"],
            to_date=row["to_date"],
            asked="{}",
            left_out="{}",
            built_at=row["created_at"],
            day="2026-11-24",
        )
    return number


def _whose(client: Client, subject: int | None) -> dict[str, Any]:
    about = client.rows("SELECT case_id, person_key, household_role FROM subject WHERE id = ?", subject)
    return dict(about[0]) if about else {}


def answer(client: Client, number: int, **outcomes: dict[str, Any]) -> str:
    """An answer to the question *number*, with what each agency said; its inbox id."""
    key = f"in-{number}"
    fixed = {"mailbox": "m", "kind": "answer", "body_sealed": b"", "body_sha256": "", "size": 0}
    put(
        client,
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
        put(client, "agency_result", **result, received_at=AT, **row)
    return key


def told(client: Client, number: int, agency: str, **columns: Any) -> None:
    """A disclosure."""
    row = {"tx_id": f"tx-{number}", "agency": agency}
    days = {"asked_from": "2026-09-01", "asked_to": "2026-10-31"}
    put(client, "disclosure", **row, **(days | columns))


def payment(subject: int, number: int, row_no: int, **columns: Any) -> dict[str, Any]:
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
    return row | columns | whose


def paid(client: Client, subject: int, number: int, row_no: int, **columns: Any) -> None:
    put(client, "payment", payment(subject, number, row_no, **columns))


def income(subject: int, month: str, **columns: Any) -> dict[str, Any]:
    row = {"payer": "FK", "benefit": "Barnbidrag", "status": "PAID", "currency": "SEK", "payments": 1}
    return {"subject_id": subject, "month": month, "net": 265000} | row | columns


def earned(client: Client, subject: int, month: str, **columns: Any) -> None:
    put(client, "income", income(subject, month, **columns))


def month(
    client: Client,
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
    put(client, "asked_month", subject_id=subject, month=month, **row)


def gap(client: Client, subject: int, number: int, agency: str, **columns: Any) -> None:
    row = {"from_date": "2026-09-01", "to_date": "2026-10-31", "outcome": "ERROR", "kalla": "BT"}
    put(client, "gap", subject_id=subject, root_id=number, agency=agency, **(row | columns))


_BAD = {(2, "CSN"): ("ERROR", "BT", "-1003"), (3, "FK"): ("PARTIAL", None, "OTILLGANGLIG")}


def household(client: Client, keys: Vault) -> None:
    """All of it; see above."""

    def seal(number: int, whose: str) -> bytes:
        return keys.seal(whose.encode(), f"outbox.person_sealed:{number}")

    applicant = person(client, household_role="APPLICANT")
    question(client, applicant, 1, person_sealed=seal(1, PERSON))
    answer(
        client,
        1,
        FK={"outcome": "DATA", "row_count": 2},
        CSN={"outcome": "EMPTY"},
        SO={"outcome": "DATA"},
    )
    paid(client, applicant, 1, 1)
    paid(
        client,
        applicant,
        1,
        2,
        month="2026-09",
        paid_on="2026-09-18",
        benefit="Bostadsbidrag",
        gross=None,
    )
    paid(
        client,
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
    earned(client, applicant, "2026-10")
    earned(client, applicant, "2026-09", benefit="Bostadsbidrag")
    month(client, applicant, "2026-10")
    month(client, applicant, "2026-09")

    partner = person(client, household_role="CO_APPLICANT")
    question(
        client,
        partner,
        2,
        person_sealed=seal(2, CO_APPLICANT),
        outcome="PARTIAL",
        agencies_answered="FK,SO",
        agencies_unverified="CSN",
    )
    failed = {"outcome": "ERROR", "kalla": "BT", "felkod": "-1003", "transience": "DOUBTFUL"}
    answer(client, 2, FK={"outcome": "EMPTY"}, CSN=failed, SO={"outcome": "EMPTY"})
    gap(client, partner, 2, "CSN", felkod="-1003", transience="DOUBTFUL")
    for one in ("2026-09", "2026-10"):
        month(client, partner, one, unverified="CSN 2026-09-01--2026-10-31")

    child = person(client, household_role="CHILD", restricted=1)
    question(
        client,
        child,
        3,
        person_sealed=seal(3, CHILD),
        officer="bo",
        unit="Hemliga enheten",
        outcome="PARTIAL",
        agencies_answered="CSN,SO",
        agencies_unverified="FK",
    )
    answer(client, 3, FK={"outcome": "PARTIAL", "felkod": "OTILLGANGLIG"})
    paid(client, child, 3, 1, benefit="Vårdbidrag", net=777700)
    earned(client, child, "2026-10", benefit="Vårdbidrag", net=777700)
    month(client, child, "2026-10", unverified="FK 2026-09-01--2026-10-31")
    gap(client, child, 3, "FK", outcome="PARTIAL", felkod="OTILLGANGLIG")

    question(
        client,
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
    for number in (1, 2, 3):
        for agency in ("CSN", "FK", "SO"):
            outcome, kalla, felkod = _BAD.get((number, agency), ("EMPTY", None, None))
            said = {"outcome": outcome, "kalla": kalla, "felkod": felkod, "latency": 60 * number}
            told(client, number, agency, **said)
