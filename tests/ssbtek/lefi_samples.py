"""LEFI's answers of our own making: payments, pensions and cases, with everything in them."""

from collections.abc import Mapping
from typing import Any

from shs_adapter.ssbtek.answer import Finding, Outcome
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.ssbtek.question import Agency
from tests.ssbtek.samples import (
    lefi,
    result,
)

DATA, EMPTY, PARTIAL, ERROR, MISSING = (
    Outcome.DATA,
    Outcome.EMPTY,
    Outcome.PARTIAL,
    Outcome.ERROR,
    Outcome.MISSING,
)


def money(amount: float, currency: str = "SEK") -> dict[str, Any]:
    return {"summa": amount, "valuta": currency}


def fk_code(code: Any, label: str) -> dict[str, Any]:
    return {"id": code, "beskrivning": label}


def pm_code(code: str, label: str) -> dict[str, Any]:
    return {"kod": code, "beskrivning": label}


def found(information: Any = None, /, groups: tuple[str, ...] = (), **content: Any) -> Finding:
    """The finding of an answer with Försäkringskassan's information, and more of the document by name."""
    if information is not None:
        content["formansinformation"] = information
    return result(Agency.FK, lefi(**content), benefit_groups=frozenset(groups))


def fk_payment(row: Mapping[str, Any]) -> Finding:
    return found({"utbetalningsuppgift": [row]})


def pm_payment(**changes: Any) -> Finding:
    return found(utbetalningar=[{**PENSION, **changes}])


def noted(kind: str, path: str) -> Deviation:
    return Deviation(kind, path)


SICKNESS: dict[str, Any] = {
    "typ": fk_code(1, "Månad"),
    "foretag": fk_code(1001, "Försäkringskassan"),
    "formansfamilj": fk_code("SJP", "Sjukpenning"),
    "datum": "2026-10-23",
    "period": {"fran": "2026-09-01", "till": "2026-09-30"},
    "bruttobelopp": money(12250.5),
    "skattebelopp": money(3675),
    "avdragsbelopp": money(4175),
    "nettobelopp": money(8075.5),
    "utbetalningsdetalj": [
        {
            "forman": fk_code("SP", "Sjukpenning, normalnivå"),
            "period": {"fran": "2026-09-01", "till": "2026-09-30"},
            "beloppstyp": fk_code("SPN", "Sjukpenning"),
            "omfattning": {"taljare": 3, "namnare": 4},
            "dagar": 20,
            "timmar": 8,
            "bruttobelopp": money(12250.5),
        },
        {"beloppstyp": fk_code("PS", "Preliminär skatt"), "skattebelopp": money(-3675)},
        {"beloppstyp": fk_code("KVI", "Kvittning"), "avdragsbelopp": money(500)},
    ],
}
CHILD_BENEFIT: dict[str, Any] = {
    "typ": fk_code(4, "Presumtiv"),
    "foretag": fk_code(1001, "Försäkringskassan"),
    "formansfamilj": fk_code("ABB", "Barnbidrag"),
    "datum": "2026-12-18",
    "period": {"fran": "2026-12", "till": "2026-12"},
    "bruttobelopp": money(1250),
    "nettobelopp": money(1250),
    "utbetalningsdetalj": [
        {
            "forman": fk_code("BB", "Allmänt barnbidrag"),
            "beloppstyp": fk_code("BBB", "Barnbidrag"),
            "bruttobelopp": money(1250),
            "dagar": 31,
        }
    ],
}
PENSION: dict[str, Any] = {
    "utbetalningsdatum": "2026-11-18",
    "utbetalningsperiod": {"from": "2026-11-01", "tom": "2026-11-30"},
    "bruttobelopp": 9000,
    "nettobelopp": 6500,
    "avdrag": [
        {"belopp": -1700, "avdragstyp": pm_code("PM:PS", "Preliminär skatt")},
        {"belopp": -300, "avdragstyp": pm_code("PM:PST", "Preliminär skatt tidigare år")},
        {"belopp": 500, "avdragstyp": pm_code("PM:UTMATNING", "Utmätning")},
    ],
    "utbetalningsrader": [
        {
            "formansgrupp": pm_code("PM:EF", "Efterlevandeförmåner"),
            "belopp": 2000,
            "utbetalningsforman": pm_code("PM:EP", "Efterlevandepension"),
            "beloppstyp": pm_code("PM:OP", "Omställningspension"),
        },
        {
            "formansgrupp": pm_code("PM:AP", "Allmän pension"),
            "belopp": 7000,
            "utbetalningsforman": pm_code("PM:AP38", "Allmän pension"),
            "beloppstyp": pm_code("PM:IP", "Inkomstpension"),
        },
    ],
}
WHOLE: dict[str, Any] = {
    "utbetalningsuppgift": [SICKNESS],
    "preliminarautbetalningar": [CHILD_BENEFIT],
    "sjukpenningarende": [
        {
            "startades": "2026-08-30",
            "aktivt": True,
            "beslut": [
                {
                    "fattades": "2026-09-02",
                    "definitivt": True,
                    "forman": fk_code("SJP", "Sjukpenning"),
                    "period": {"fran": "2026-09-01"},
                    "omfattning": {"taljare": 1, "namnare": 2},
                    "dagar": 30,
                    "beslutsutfall": "BEVILJAD",
                }
            ],
        }
    ],
    "bostadsbidragsarende": [
        {
            "startades": "2026-01-10",
            "aktivt": False,
            "avslaget": False,
            "beslut": [
                {
                    "fattades": "2026-02-01",
                    "definitivt": False,
                    "forman": fk_code("BOB", "Bostadsbidrag"),
                    "delforman": fk_code("BOU", "Umgängesbidrag"),
                    "periodicitet": fk_code(1, "Månadsvis"),
                    "period": {"fran": "2026-02", "till": "2026-06"},
                    "beslutatBruttobelopp": money(3400),
                }
            ],
        }
    ],
    "omvardnadsbidragsarende": [{"beslut": {"fattades": "2026-03-01", "periodicitet": {"id": 4}}}],
    "programjobdagar": [{"antalForbrukade": 212, "harForbrukatMaxAntal": False}],
    "skatteuppgift": [{"skatteredovisningsnummer": "1"}],
}
