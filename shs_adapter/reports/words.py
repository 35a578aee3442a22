"""Swedish words for the codes in report rows, and what a row says of what nobody could check.

A code that is not known is repeated, never guessed at.
"""

from collections.abc import Mapping
from typing import Any

from shs_adapter import reasons
from shs_adapter.reasons import Reason

UNKNOWN = "okänt"
PROTECTED = "skyddad"

Row = Mapping[str, Any]

ROLES = {"APPLICANT": "Sökande", "CO_APPLICANT": "Medsökande", "CHILD": "Barn"}
PAYERS = {
    "FK": reasons.NAMES["FK"],
    "PM": reasons.NAMES["PM"],
    "AKASSA": "A-kassa",
    "CSN": reasons.NAMES["CSN"],
}
PAYMENT_STATES = {"PAID": "Utbetald", "PLANNED": "Planerad", "UNKNOWN": "Okänd"}
MONTH_RULES = {"paid_on": "Utbetalningsdag", "period_from": "Periodens första dag", "unknown": UNKNOWN}
KINDS = {
    "QUESTION": "Svar på fråga",
    "BENEFIT": "Förmån som fanns månaden före",
    "VANISHED": "Borta",
    "NEW": "Ny",
    "CHANGED": "Ändrad",
    "SAME": "Oförändrad",
    "UNKNOWN": "Okänd: ett belopp saknas",
    "UNVERIFIED": "Kunde inte kontrolleras",
}
TRANSIENCE = {
    "TRANSIENT": "Går ofta över",
    "DOUBTFUL": "Oklart",
    "PERMANENT": "Går inte över av sig självt",
}
_FAULTS = ("FAULT", "UNDECODABLE", "QUARANTINED")
# Of a whole question, beside those that an agency may have.
_OUTCOMES = {
    "NONE": "Inget svar",
    "FAILED": "Frågan misslyckades: inget är kontrollerat",
    "FAULT": "SSBTEK svarade med ett fel: inget är kontrollerat",
    "UNDECODABLE": "Svaret går inte att läsa: inget är kontrollerat",
    "QUARANTINED": "Svaret gäller något annat än frågan: inget är kontrollerat",
}


def kind(row: Row) -> str:
    """What is awaited, or how a benefit has changed: a month that goes on is no failure."""
    if row["kind"] == "UNVERIFIED" and row["exceeds"] is None:
        return "Vet inte än: månaden är inte slut"
    return KINDS.get(row["kind"]) or str(row["kind"])


def agency(code: str) -> str:
    return {"ALL": "Alla myndigheter"}.get(code) or reasons.NAMES.get(code, code)


def agencies(codes: str | None) -> str:
    """`AF,CSN` as names."""
    return ", ".join(agency(code) for code in (codes or "").split(",") if code)


def periods(gaps: str | None) -> str:
    """`CSN 2026-09-01--2026-09-23, FK …` with the agencies' names."""
    runs = (one.partition(" ") for one in _runs(gaps))
    return ", ".join(f"{agency(code)} {days.replace('--', '–')}".strip() for code, _, days in runs)


def _runs(gaps: str | None) -> list[str]:
    return [one for one in (gaps or "").split(", ") if one]


def household(members: str | None) -> str:
    """`CHILD: AF,FK, PROTECTED` in words."""
    said = []
    for member in (members or "").split(", ") if members else ():
        role, _, codes = member.partition(": ")
        said.append(PROTECTED if member == "PROTECTED" else f"{ROLES.get(role, UNKNOWN)}: {agencies(codes)}")
    return "; ".join(said)


def parts(names: str | None) -> str:
    """`Studiehjalp (-1102), PM:AP (OTILLGANGLIG)` with the parts' names, as far as they are known."""
    told = (one.partition(" (") for one in _runs(names))
    return ", ".join(f"{reasons.PARTS.get(name, name)}{rest and f' ({rest}'}" for name, _, rest in told)


def outcome(row: Row) -> str:
    """How the agency of the row fared."""
    code = row.get("outcome") or row.get("agency_outcome") or ""
    return _OUTCOMES.get(code) or reasons.outcome(code, row.get("agency"), row.get("kalla"))


def reason(row: Row) -> Reason | None:
    """Why the agency of the row, or the whole question, has not answered for all; None if nothing tells."""
    code, felkod, about = row.get("outcome"), row.get("felkod"), row["agency"]
    if code in _FAULTS:
        return reasons.question(str(code).lower())
    if code == "FAILED" or about == "ALL":
        return reasons.question(felkod)
    if code in ("ERROR", "MISSING"):
        return reasons.error(about, felkod, row.get("kalla"))
    return reasons.status(about, felkod)


def why(row: Row) -> str:
    """What is the matter and why, in whole sentences; empty for an agency that has answered."""
    if row["outcome"] in ("DATA", "EMPTY"):
        return ""
    told = reason(row)
    return f"{told.what} {told.why}" if told else f"{outcome(row)}."


def who(row: Row) -> str:
    """Who acts."""
    told = reason(row)
    return told.who if told else ""


def failure(row: Row) -> str:
    """Why the question of the row failed; empty if it did not."""
    told = reasons.question(row["failure_code"])
    return f"{told.what} {told.why} {told.who}" if told else ""


def without_payments(unverified: str | None, not_asked: str | None, known_to: str | None) -> str:
    """That there are no payments until a day, together with the agencies whose word could make it untrue."""
    doubts = [
        f"{text}: {names}"
        for text, runs in (("kunde inte kontrolleras", unverified), ("inte tillfrågade", not_asked))
        if (names := agencies(",".join(dict.fromkeys(one.partition(" ")[0] for one in _runs(runs)))))
    ]
    said = "; ".join(doubts)
    until = f" till och med {known_to}" if known_to else ""
    return f"inga kända utbetalningar{until}, men {said}" if said else f"inga utbetalningar{until}"
