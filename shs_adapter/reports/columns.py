"""The columns of all reports: Swedish heading, kind of value, and the words that stand for a code.

A column of the same name means the same in every view, but for the few that a report overrides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from shs_adapter import reasons
from shs_adapter.reports import words
from shs_adapter.reports.words import UNKNOWN, Row


class Kind(Enum):
    TEXT = auto()
    WHOLE = auto()
    TENTHS = auto()  # a number with one decimal
    MONEY = auto()  # kronor, two decimals
    DAY = auto()
    MONTH = auto()  # a text `YYYY-MM`
    TIME = auto()
    FLAG = auto()  # 0 or 1
    TYPED = auto()  # a text that the business system wrote: may hold anything


@dataclass(frozen=True, slots=True)
class Column:
    """*say* puts words in the place of a row's value; *missing* stands where there is none."""

    heading: str
    kind: Kind = Kind.TEXT
    say: Callable[[Row], str] | None = None
    missing: str = ""


def _known(name: str, meanings: Mapping[str, str]) -> Callable[[Row], str]:
    return lambda row: meanings.get(row[name], row[name] or "")


def _listed(name: str) -> Callable[[Row], str]:
    return lambda row: words.agencies(row[name])


def _periods(name: str) -> Callable[[Row], str]:
    return lambda row: words.periods(row[name])


def _amount(heading: str) -> Column:
    return Column(heading, Kind.MONEY, missing=UNKNOWN)


def _day(heading: str) -> Column:
    return Column(heading, Kind.DAY, missing=UNKNOWN)


def _time(heading: str, missing: str = "") -> Column:
    return Column(heading, Kind.TIME, missing=missing)


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "id": Column("Nummer", Kind.WHOLE),
        "question_id": Column("Fråga", Kind.WHOLE),
        "tenant": Column("Verksamhet", Kind.TYPED),
        "reference": Column("Referens", Kind.TYPED),
        "case_id": Column("Ärende", Kind.TYPED),
        "subject": Column("Person", Kind.WHOLE),
        "household_role": Column(
            "Roll i hushållet", Kind.TYPED, _known("household_role", words.ROLES), UNKNOWN
        ),
        "restricted": Column("Skyddade uppgifter", Kind.FLAG),
        "officer": Column("Handläggare", Kind.TYPED),
        "unit": Column("Enhet", Kind.TYPED),
        # Questions.
        "state": Column("Läge", say=_known("state", reasons.STATES)),
        "reason": Column("Senaste händelse"),
        "failure_code": Column("Varför frågan misslyckades", say=words.failure),
        "failure_text": Column("Adapterns ord (engelska)"),
        "agencies": Column("Tillfrågade", Kind.TYPED, _listed("agencies"), UNKNOWN),
        "agencies_answered": Column("Har svarat", say=_listed("agencies_answered")),
        "agencies_unverified": Column(
            "Kunde inte kontrolleras", say=_listed("agencies_unverified"), missing="inget är kontrollerat"
        ),
        "verdict": Column("Utfall", say=_known("verdict", reasons.VERDICTS)),
        "settled": Column("Avslutad", Kind.FLAG),
        "answer_version": Column("Svarets version", Kind.WHOLE),
        "change_no": Column("Ändringsnummer", Kind.WHOLE),
        "created_at": _time("Skapad"),
        "accepted_at": _time("Mottagen av SHS-noden"),
        "confirmed_at": _time("Mottagen av Försäkringskassan"),
        "finished_at": _time("Klar"),
        "attempts": Column("Försök", Kind.WHOLE),
        "tx_id": Column("SHS-id"),
        "corr_id": Column("Korrelations-id"),
        "local_id": Column("Nodens id"),
        "root_id": Column("Första frågan", Kind.WHOLE),
        "round": Column("Omfrågning", Kind.WHOLE),
        "contract": Column("Kontraktsversion", Kind.WHOLE, missing=UNKNOWN),
        "asked_at": _time("Frågad"),
        "since": _time("Sedan"),
        "from_date": _day("Från"),
        "to_date": _day("Till"),
        # Payments.
        "agency": Column("Myndighet", say=lambda row: words.agency(row["agency"])),
        "payer": Column("Utbetalare", say=_known("payer", words.PAYERS)),
        "payer_org": Column("Organisation"),
        "benefit_code": Column("Förmånskod"),
        "benefit": Column("Förmån"),
        "sub_benefit": Column("Delförmån"),
        "amount_type": Column("Beloppstyp"),
        "pay_type": Column("Utbetalningstyp"),
        "status": Column("Status", say=_known("status", words.PAYMENT_STATES)),
        "paid_on": _day("Utbetalningsdag"),
        "period_from": _day("Period från"),
        "period_to": _day("Period till"),
        "month": Column(
            "Månad", Kind.MONTH, lambda row: UNKNOWN if row["month"] == "unknown" else row["month"]
        ),
        "month_rule": Column("Månad efter", say=_known("month_rule", words.MONTH_RULES)),
        "gross": _amount("Brutto"),
        "tax": _amount("Skatt"),
        "other_deduction": _amount("Övriga avdrag"),
        "net": _amount("Netto"),
        "net_after_tax": _amount("Netto efter skatt"),
        "loan": _amount("Varav lån"),
        "currency": Column("Valuta"),
        "days": Column("Dagar", Kind.MONEY, missing=UNKNOWN),
        "source_path": Column("Plats i svaret"),
        "fetched_at": _time("Hämtat", UNKNOWN),
        "agency_outcome": Column("Myndighetens svar", say=words.outcome),
        "payments": Column("Utbetalningar", Kind.WHOLE),
        "date_rule": Column("Månad efter", say=lambda _: "Utbetalningsdag, annars periodens första dag"),
        "unverified": Column("Kunde inte kontrolleras", say=_periods("unverified")),
        "not_asked": Column("Inte tillfrågade", say=_periods("not_asked")),
        "known_to": Column("Känt till och med", Kind.DAY),
        # What agencies said, and did not say.
        "outcome": Column("Utfall", say=words.outcome),
        "kalla": Column("Felkälla"),
        "felkod": Column("Orsak", say=words.why),
        "transience": Column("Övergående", say=_known("transience", words.TRANSIENCE)),
        "asked_from": Column("Frågad från", Kind.DAY, missing="ingen gräns"),
        "asked_to": Column("Frågad till", Kind.DAY, missing="ingen gräns"),
        "version": Column("Dokumentversion"),
        "row_count": Column("Rader", Kind.WHOLE),
        "parts_unverified": Column(
            "Delar som inte kunde kontrolleras", say=lambda row: words.parts(row["parts_unverified"])
        ),
        "deviations": Column("Avvikelser", Kind.WHOLE),
        # What is awaited, and what changes.
        "kind": Column("Vad", say=words.kind),
        "last_month": Column("Senast utbetald", Kind.MONTH),
        "last_net": _amount("Senaste netto"),
        "expected_month": Column("Väntas för", Kind.MONTH),
        "control_month": Column("Kontrollmånad", Kind.MONTH),
        "comparison_month": Column("Jämförelsemånad", Kind.MONTH),
        "control_net": _amount("Netto kontrollmånad"),
        "comparison_net": _amount("Netto jämförelsemånad"),
        "change_percent": Column("Ändring (%)", Kind.TENTHS, missing=UNKNOWN),
        "threshold_percent": Column("Gräns (%)", Kind.WHOLE),
        "exceeds": Column("Över gränsen", Kind.FLAG),
        "control_unverified": Column(
            "Kunde inte kontrolleras, kontrollmånad", say=_periods("control_unverified")
        ),
        "comparison_unverified": Column(
            "Kunde inte kontrolleras, jämförelsemånad", say=_periods("comparison_unverified")
        ),
        "control_known_to": Column("Kontrollmånaden är känd till och med", Kind.DAY),
        "control_not_asked": Column("Inte tillfrågade, kontrollmånad", say=_periods("control_not_asked")),
        "comparison_not_asked": Column(
            "Inte tillfrågade, jämförelsemånad", say=_periods("comparison_not_asked")
        ),
        "latest_month": Column("Senaste månad", Kind.MONTH, missing=UNKNOWN),
        "latest_known_to": Column("Månaden är känd till och med", Kind.DAY),
        "latest_unverified": Column("Kunde inte kontrolleras i månaden", say=_periods("latest_unverified")),
        "latest_not_asked": Column("Inte tillfrågade i månaden", say=_periods("latest_not_asked")),
        "household_unverified": Column(
            "Kunde inte kontrolleras i hushållet",
            Kind.TYPED,  # it repeats the roles
            lambda row: words.household(row["household_unverified"]),
            missing="alla tillfrågade har svarat",
        ),
        # Statistics.
        "day": _day("Dag"),
        "asked": Column("Ställda", Kind.WHOLE),
        "asked_again": Column("Varav omfrågade", Kind.WHOLE),
        "answered": Column("Besvarade", Kind.WHOLE),
        "partly": Column("Delvis", Kind.WHOLE),
        "failed": Column("Misslyckade", Kind.WHOLE),
        "unanswered": Column("Utan svar", Kind.WHOLE),
        "answers": Column("Antal", Kind.WHOLE),
        "latency_mean": Column("Svarstid, medel (s)", Kind.TENTHS, missing=UNKNOWN),
        "latency_most": Column("Svarstid, längst (s)", Kind.WHOLE, missing=UNKNOWN),
        # Only with --persons.
        "personnummer": Column("Personnummer", missing=UNKNOWN),
    }
)
