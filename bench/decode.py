"""How much processor time it takes to judge and decode one large answer in which all agencies have data.

    python -m bench.decode [runs]

Prints the figures of `bench.figures`, in milliseconds per answer. The floor is what no decoder can avoid: the
document parsed, and the documents inside it unpacked and parsed, and nothing read.
"""

import base64
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from lxml import etree

from bench.figures import Figure
from shs_adapter.ssbtek.answer import Asked, Judgement, Verdict, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.lefi import PROFILES
from shs_adapter.ssbtek.question import Agency

PERSON = "199001012385"
CASE = "IFO-2026-17"
CORRELATION = "0f8e-17"
RUNS = 200
FIRST = date(2026, 10, 1)

ASKED = Asked(
    correlation_id=CORRELATION,
    person=PERSON,
    case_id=CASE,
    agencies=frozenset(Agency),
    answered_fund_statuses=frozenset({"klar"}),
    benefit_groups=frozenset(code for codes in PROFILES["benefits"].values() for code in codes),
)


def elements(**texts: object) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def af() -> str:
    decisions = "".join(
        f"<Beslut>{elements(ErsattningTyp='Aktivitetsstöd', Omfattning=100, BeslutFrom=day(n))}"
        f"{elements(BeslutTom=day(n + 30))}</Beslut>"
        for n in range(20)
    )
    report = elements(AktivitetsRapportMeddelande=200, SenasteAktivitetsRapportDatum=day(13))
    seeker = elements(
        Arbetssokande="true",
        ArbetssokandeSKAT="Öppet arbetslös",
        ArbetssokandeRegistrerad="2026-01-12+01:00",
        ArbetssokandeOmfattning=75,
        AktivetetsRapportDatum=report,
    )
    return (
        '<Svar xmlns="http://api.arbetsformedlingen.se/arbetssokande/ersattningsstod/v2">'
        + elements(
            Schemaversion="4.0",
            Referensnummer=CASE,
            IdentitetsbeteckningFysiskPerson=PERSON,
            ArbetssokandeInfo=seeker,
            BeslutInfo=f"<EkonomiskaBeslut>{decisions}</EkonomiskaBeslut>",
            Akassetillhorighet="Kassan",
            StatusSokandeinformationKod=0,
            StatusSokandeinformationKodText="Frågan har behandlats normalt.",
        )
        + "</Svar>"
    )


def csn_time(week: int) -> str:
    amounts = "".join(
        f"<Belopp>{elements(beloppstyp=kind, klartext=label, belopp=1024, totbelopp=total)}</Belopp>"
        for kind, label, total in (("GRUNDB", "Bidrag", 2048), ("GRUNDL", "Lån", 4704))
    )
    inside = elements(
        startvecka=2026_00 + week, slutvecka=2026_00 + week + 1, Beloppen=amounts, totbelopp=6752
    )
    return f"<Utbetaldtid>{inside}</Utbetaldtid>"


def csn() -> str:
    payments = "".join(
        "<Utbetalning>"
        + elements(
            utbetdatum=day(n).replace("-", ""),
            utbetstatus="Utbetald",
            Utbetaldatider=csn_time(36) + csn_time(38),
            totbelopp=13504,
        )
        + "</Utbetalning>"
        for n in range(10)
    )
    grant = elements(starttid=202636, sluttid=202653, takt=75, gr_takt=75, totbelopp=60768)
    case = elements(
        stodform="GRUND",
        klartext="Studiemedel i Sverige",
        status="BESLUTAD",
        BeviljadeTider=f"<BeviljadTid>{grant}</BeviljadTid>" * 3,
        UtbetalningsPlan=payments,
    )
    cases = "".join(f'<Arende lopnummer="{n}">{case}</Arende>' for n in range(1, 6))
    result = elements(Resultat=elements(ResultatKod=0))
    announced = elements(studiemedel=1)
    document = (
        '<CSNSvar xmlns="http://schema.csn.se/v4.0/kommunfraga" schemaVersion="4.0">'
        f"<GemensamtSvarEkbistand>{result}</GemensamtSvarEkbistand><Personer>"
        f'<Person personnummer="{PERSON[2:]}" sekel="{PERSON[:2]}" Status="" sekretess="">'
        f"<Studiestodstypforteckning>{announced}</Studiestodstypforteckning>"
        f"<Studiemedel><Arenden>{cases}</Arenden></Studiemedel></Person></Personer></CSNSvar>"
    )
    return elements(svar=base64.b64encode(document.encode()).decode())


def code(key: str, label: str) -> dict[str, str]:
    return {"id": key, "beskrivning": label}


def money(amount: float) -> dict[str, Any]:
    return {"summa": amount, "valuta": "SEK"}


def fk_payment(number: int) -> dict[str, Any]:
    period = {"fran": day(number), "till": day(number + 29)}
    detail = {
        "forman": code("SP", "Sjukpenning, normalnivå"),
        "period": period,
        "beloppstyp": code("SPN", "Sjukpenning"),
        "omfattning": {"taljare": 3, "namnare": 4},
        "dagar": 20,
        "bruttobelopp": money(12250.5),
    }
    return {
        "typ": code("1", "Månad"),
        "foretag": code("1001", "Försäkringskassan"),
        "formansfamilj": code("SJP", "Sjukpenning"),
        "datum": day(number),
        "period": period,
        "bruttobelopp": money(12250.5),
        "skattebelopp": money(3675),
        "avdragsbelopp": money(3675),
        "nettobelopp": money(8575.5),
        "utbetalningsdetalj": [
            detail,
            {"beloppstyp": code("PS", "Preliminär skatt"), "skattebelopp": money(-3675)},
        ],
    }


def fk_case(number: int) -> dict[str, Any]:
    decision = {
        "fattades": day(number),
        "definitivt": True,
        "forman": code("SJP", "Sjukpenning"),
        "period": {"fran": day(number)},
        "omfattning": {"taljare": 1, "namnare": 2},
        "beslutatBruttobelopp": money(900),
        "dagar": 30,
    }
    return {"startades": day(number), "aktivt": True, "beslut": [decision, decision]}


def pm_code(key: str, label: str) -> dict[str, str]:
    return {"kod": key, "beskrivning": label}


def pm_payment(number: int) -> dict[str, Any]:
    return {
        "utbetalningsdatum": day(number),
        "utbetalningsperiod": {"from": day(number), "tom": day(number + 29)},
        "bruttobelopp": 9000,
        "nettobelopp": 7000,
        "avdrag": [{"belopp": -2000, "avdragstyp": pm_code("PM:PS", "Preliminär skatt")}],
        "utbetalningsrader": [
            {
                "formansgrupp": pm_code("PM:AP", "Allmän pension"),
                "belopp": 9000,
                "utbetalningsforman": pm_code("PM:AP38", "Allmän pension"),
                "beloppstyp": pm_code("PM:IP", "Inkomstpension"),
            }
        ],
    }


def fk() -> str:
    well = [{"utlamnare": {"kod": supplier}, "tillstand": {"kod": "OK"}} for supplier in ("FK", "PM")]
    document = {
        "utlamnare": well,
        "formansinformation": {
            "utbetalningsuppgift": [fk_payment(n) for n in range(55)],
            "preliminarautbetalningar": [fk_payment(n) for n in range(5)],
            "sjukpenningarende": [fk_case(n) for n in range(20)],
        },
        "utbetalningar": [pm_payment(n) for n in range(20)],
    }
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return elements(lefiJsonSvar=base64.b64encode(raw).decode())


def skv() -> str:
    capital = elements(Taxeringsar=2025, SummaIntakterPaKapital=12345, OverskottPaKapital="-666.50")
    person = elements(
        IdentitetsbeteckningFysiskPerson=PERSON,
        StatusPersonuppgiftKod=0,
    ) + "".join(f"<Kapitaluppgift>{capital}</Kapitaluppgift>" for _ in range(20))
    root = "SvarBeskattningsuppgifterEnligtSFS2008-975"
    listed = f"<PersonuppgiftLista><Personuppgift>{person}</Personuppgift></PersonuppgiftLista>"
    return f"<svar><![CDATA[<{root}>{listed}</{root}>]]></svar>"


def so() -> str:
    payments = "".join(
        "<Utbetalningar>"
        + elements(
            Utbetalningsdatum=f"{day(n)}+01:00",
            NettoEfterSkatt="8250.50",
            NettoEfterAvdrag="8000",
            Ersattningsdagar=11,
            AvserFrom=day(n),
            AvserTom=day(n + 13),
        )
        + "</Utbetalningar>"
        for n in range(40)
    )
    fund = elements(SvarandeOrganisation="Kassan", StatusSvarandeOrganisation="klar") + payments
    return elements(
        Referensnummer=CASE,
        IdentificationNumber=PERSON,
        ArbetsloshetsersattningLista=f"<Arbetsloshetsersattning>{fund}</Arbetsloshetsersattning>" * 2,
    )


def tns() -> str:
    vehicle = elements(
        regnr="ABC123", fabrikat="Volvo", fordonsar=2012, fordonsslag="PERSONBIL", handelsbeteckning="V70"
    )
    return elements(resultat="OK", fordonsinnehav=f"<fordon>{vehicle}</fordon>" * 40)


def miv() -> str:
    permit = elements(
        ansokningsdatum="2025-09-12+02:00",
        arendeTyp="UAT",
        arendeTypNamn="UPPEHÅLLSTILLSTÅND",
        beslutsKod="BEV",
        beslutsTyp="TUT",
        beslutsTypNamn="TIDSBEGRÄNSAT",
        beslutsdatum="2026-01-20",
        fromDatum="2026-01-20",
        giltighetstid="TIDBEGRANSAT",
        tomDatum="2028-01-19",
    )
    collection = f"<svar>{permit}</svar>" * 20
    return elements(response=elements(correlationid=1, personnummer=PERSON, svarCollection=collection))


PARTS: dict[Agency, Callable[[], str]] = {
    Agency.AF: af,
    Agency.CSN: csn,
    Agency.FK: fk,
    Agency.SKV: skv,
    Agency.SO: so,
    Agency.TNS: tns,
    Agency.MIV: miv,
}


def answer() -> bytes:
    inside = "".join(f"<s:{agency}><s:data>{part()}</s:data></s:{agency}>" for agency, part in PARTS.items())
    return (
        f'<s:hamtaBastjanstInformationResponse xmlns:s="{CONTRACTS[10].NAMESPACE}">'
        f"<s:korrelationsid>{CORRELATION}</s:korrelationsid><s:svarsdata>{inside}</s:svarsdata>"
        "</s:hamtaBastjanstInformationResponse>"
    ).encode()


def unpacked(raw: bytes) -> None:
    """What no decoder can avoid."""
    root = etree.fromstring(raw)
    etree.fromstring(base64.b64decode(root.findtext(".//{*}CSN/{*}data/svar", "")))
    etree.fromstring(root.findtext(".//{*}SKV/{*}data/svar", ""))
    msgspec.json.decode(base64.b64decode(root.findtext(".//lefiJsonSvar", "")))


def judged(raw: bytes) -> Judgement:
    return judge(raw, ASKED, CONTRACTS[10])


def times(work: Callable[[bytes], object], raw: bytes, runs: int) -> list[float]:
    """The processor time of each run, in milliseconds."""
    found = []
    for _ in range(runs):
        began = time.process_time_ns()
        work(raw)
        found.append((time.process_time_ns() - began) / 1e6)
    return found


def main(arguments: Sequence[str]) -> None:
    runs = int(arguments[0]) if arguments else RUNS
    raw = answer()
    told = judged(raw)
    if told.verdict is not Verdict.COMPLETE or any(found.deviations for found in told.results.values()):
        raise SystemExit("the answer is not as it is meant to be: what is measured would mean nothing")
    floor, whole = times(unpacked, raw, runs), times(judged, raw, runs)
    payments = sum(len(found.payments) for found in told.results.values())
    name = f"judge and decode an answer of {len(raw)} bytes, {payments} payments"
    shape: dict[str, Any] = {"line": "decode", "unit": "ms", "lower_is_better": True}
    Figure(
        name=f"{name}, median of {runs}",
        value=statistics.median(whole),
        floor=statistics.median(floor),
        least=20,
        **shape,
    ).tell()
    Figure(name=f"{name}, best", value=min(whole), floor=min(floor), **shape).tell()


if __name__ == "__main__":
    main(sys.argv[1:])
