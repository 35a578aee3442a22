"""Questions and answers of our own making, for the tests of the payload."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shs_adapter.ssbtek.answer import Asked, Finding, Judgement, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.question import Agency, Period, Question, Submitter, plan

SHARED = Path(__file__).parents[2].parent / "shared"
TODAY = date(2026, 11, 23)
PERSON = "199001012385"
OTHER = "200002292399"
CORRELATION = "0f8e-17"
CASE = "IFO-2026-17"
NAMESPACE = "http://schema.forsakringskassan.se/integration/ssbt/10"
NAMESPACE_11 = "http://schema.forsakringskassan.se/integration/ssbt/11"
PERIOD = Period(first=date(2026, 10, 1), last=date(2026, 11, 30))


def question(**changes: Any) -> Question:
    values: dict[str, Any] = {
        "correlation_id": CORRELATION,
        "submitter": Submitter(organisation_number="162120002411", name="Åmåls kommun", officer="abc123"),
        "person": PERSON,
        "case_id": CASE,
        "period": PERIOD,
        "purpose": "Beslut om försörjningsstöd",
        "legal_basis": "5 § förordning (2008:975)",
        "plan": plan(list(Agency), PERIOD, PERSON, TODAY),
        "aktorsid": "000-00",
        "lefi_profile": "payments",
    }
    return Question(**(values | changes))


def asked(*agencies: Agency, statuses: Sequence[str] = ("klar",), **changes: Any) -> Asked:
    values: dict[str, Any] = {
        "correlation_id": CORRELATION,
        "person": PERSON,
        "case_id": CASE,
        "agencies": frozenset(agencies),
        "answered_fund_statuses": frozenset(statuses),
    }
    return Asked(**(values | changes))


def answer(parts: Mapping[Agency, str], korrelationsid: str = CORRELATION) -> bytes:
    """A whole answer; each part is what stands inside the agency's element."""
    inside = "".join(f"<s:{agency}>{part}</s:{agency}>" for agency, part in parts.items())
    return (
        f'<s:hamtaBastjanstInformationResponse xmlns:s="{NAMESPACE}">'
        f"<s:korrelationsid>{korrelationsid}</s:korrelationsid><s:svarsdata>{inside}</s:svarsdata>"
        f"</s:hamtaBastjanstInformationResponse>"
    ).encode()


def correlated(raw: bytes) -> bytes:
    """An answer as to our question, where it bears no korrelationsid: the public examples leave it out."""
    root = etree.fromstring(raw)
    container = root.find(f".//{{{NAMESPACE}}}svarsdata")
    assert container is not None
    own = etree.Element(f"{{{NAMESPACE}}}korrelationsid")
    own.text = CORRELATION
    container.addprevious(own)
    return etree.tostring(root)


def data(inside: str) -> str:
    return f"<s:data>{inside}</s:data>"


def error(felkod: str, kalla: str = "BT") -> str:
    return (
        f"<s:error><s:kalla>{kalla}</s:kalla><s:felkod>{felkod}</s:felkod>"
        f"<s:felmeddelande>Fel vid fråga om {PERSON}</s:felmeddelande></s:error>"
    )


def noted(found: Finding) -> set[tuple[str, str]]:
    return {(deviation.kind, deviation.path) for deviation in found.deviations}


def example(agency: Agency) -> Finding:
    """The finding on a public example, judged as an answer about the one it is about."""
    path = SHARED / "fixtures/ssbtek/v10" / f"{agency.lower()}-response.xml"
    if not path.exists():
        pytest.skip("the public examples are not installed beside the project")
    return judge(correlated(path.read_bytes()), asked(agency), CONTRACTS[10]).results[agency]


def verdict(agency: Agency, part: str, **changes: Any) -> Judgement:
    return judge(answer({agency: part}), asked(agency, **changes), CONTRACTS[10])


def result(agency: Agency, part: str, **changes: Any) -> Finding:
    return verdict(agency, part, **changes).results[agency]


def af(inside: str = "", code: str = "0", person: str = PERSON, case: str = CASE) -> str:
    return data(
        '<a:Svar xmlns:a="http://api.arbetsformedlingen.se/arbetssokande/ersattningsstod/v2">'
        f"<a:Schemaversion>4.0</a:Schemaversion><a:Referensnummer>{case}</a:Referensnummer>"
        f"<a:IdentitetsbeteckningFysiskPerson>{person}</a:IdentitetsbeteckningFysiskPerson>"
        f"{inside}<a:StatusSokandeinformationKod>{code}</a:StatusSokandeinformationKod>"
        "<a:StatusSokandeinformationKodText>-</a:StatusSokandeinformationKodText></a:Svar>"
    )


def af_report(code: str) -> str:
    return (
        "<a:ArbetssokandeInfo><a:AktivetetsRapportDatum>"
        f"<a:AktivitetsRapportMeddelande>{code}</a:AktivitetsRapportMeddelande>"
        "</a:AktivetetsRapportDatum></a:ArbetssokandeInfo>"
    )


AF_SEEKER = "<a:ArbetssokandeInfo><a:Arbetssokande>true</a:Arbetssokande></a:ArbetssokandeInfo>"

CSN_CASE = '<p:Studiemedel><Arenden xmlns=""><Arende lopnummer="1"/></Arenden></p:Studiemedel>'


def csn_person(
    person: str = PERSON, status: str = "", sekretess: str = "", flag: str = "0", blocks: str = ""
) -> str:
    return (
        f'<Person personnummer="{person[2:]}" sekel="{person[:2]}" Status="{status}" sekretess="{sekretess}">'
        f"<p:Studiestodstypforteckning><p:studiemedel>{flag}</p:studiemedel></p:Studiestodstypforteckning>"
        f"{blocks}</Person>"
    )


def csn_document(code: str, people: str = "", version: str = "v4.0") -> str:
    namespace = f"http://schema.csn.se/{version}/kommunfraga" if version else ""
    return (
        f'<CSNSvar xmlns="{namespace}" xmlns:p="urn:p" schemaVersion="4.0"><GemensamtSvarEkbistand><Resultat>'
        f"<ResultatKod>{code}</ResultatKod></Resultat></GemensamtSvarEkbistand><Personer>{people}</Personer>"
        "</CSNSvar>"
    )


def csn(code: str, people: str = "", version: str = "v4.0") -> str:
    return encoded("svar", csn_document(code, people, version).encode())


def encoded(name: str, content: bytes) -> str:
    return data(f"<s:{name}>{base64.b64encode(content).decode()}</s:{name}>")


def lefi_document(fk: str | None = "OK", pm: str | None = "OK", **content: Any) -> dict[str, Any]:
    states = {"FK": fk, "PM": pm}
    suppliers = [
        {"utlamnare": {"kod": code}, "tillstand": {"kod": state}}
        for code, state in states.items()
        if state is not None
    ]
    return {"utlamnare": suppliers, **content}


def lefi(fk: str | None = "OK", pm: str | None = "OK", **content: Any) -> str:
    return encoded("lefiJsonSvar", json.dumps(lefi_document(fk, pm, **content)).encode())


FK_PAYMENT: Mapping[str, Any] = {
    "formansfamilj": {"id": "ABB"},
    "datum": "2026-11-25",
    "nettobelopp": {"summa": 1250, "valuta": "SEK"},
}
PM_PAYMENT: Mapping[str, Any] = {"utbetalningsdatum": "2026-11-18", "nettobelopp": 1}


def deviations(code: str) -> dict[str, Any]:
    return {"utbetalningar": [{"avvikelse": {"kod": code}, "formansgrupp": {"kod": "FK:ABB"}}]}


def skv(inside: str, status: str = "0", person: str = PERSON) -> str:
    return data(
        "<svar><![CDATA[<?xml version='1.0' encoding='UTF-8'?>"
        "<SvarBeskattningsuppgifterEnligtSFS2008-975 xmlns='urn:skv'><PersonuppgiftLista><Personuppgift>"
        f"<IdentitetsbeteckningFysiskPerson>{person}</IdentitetsbeteckningFysiskPerson>"
        f"<Fornamn>Å</Fornamn><StatusPersonuppgiftKod>{status}</StatusPersonuppgiftKod>{inside}"
        "</Personuppgift></PersonuppgiftLista></SvarBeskattningsuppgifterEnligtSFS2008-975>]]></svar>"
    )


SKV_CAPITAL = "<Kapitaluppgift><Taxeringsar>2025</Taxeringsar></Kapitaluppgift>"


def skv_part(name: str, content: Any = None, *, felkod: str = "", kalla: str = "BT") -> str:
    """A part of Skatteverket's answer in v11: its error, or its content as JSON, or bytes as they are."""
    if felkod:
        return f"<s:{name}>{error(felkod, kalla)}</s:{name}>"
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"<s:{name}>{data(base64.b64encode(raw).decode())}</s:{name}>"


def answer_11(parts: Mapping[Agency, str]) -> bytes:
    return answer(parts).replace(NAMESPACE.encode(), NAMESPACE_11.encode())


def so(*funds: str, person: str = PERSON, case: str = CASE) -> str:
    return data(
        f"<Referensnummer>{case}</Referensnummer><IdentificationNumber>{person}</IdentificationNumber>"
        f"<ArbetsloshetsersattningLista>{''.join(funds)}</ArbetsloshetsersattningLista>"
    )


def fund(status: str, inside: str = "") -> str:
    return (
        "<Arbetsloshetsersattning><SvarandeOrganisation>Kassan</SvarandeOrganisation>"
        f"<StatusSvarandeOrganisation>{status}</StatusSvarandeOrganisation>{inside}</Arbetsloshetsersattning>"
    )


SO_PAYMENT = (
    "<Utbetalningar><Utbetalningsdatum>2026-11-03+01:00</Utbetalningsdatum>"
    "<NettoEfterSkatt>8250.50</NettoEfterSkatt><NettoEfterAvdrag>8000</NettoEfterAvdrag>"
    "<Ersattningsdagar>11</Ersattningsdagar><AvserFrom>2026-10-05</AvserFrom><AvserTom>2026-10-18</AvserTom>"
    "</Utbetalningar>"
)


def tns(resultat: str, inside: str = "") -> str:
    return data(f"<resultat>{resultat}</resultat>{inside}")


TNS_VEHICLES = "<fordonsinnehav><fordon><regnr>ABC123</regnr></fordon></fordonsinnehav>"


def miv(inside: str, person: str = PERSON) -> str:
    return data(
        "<response><correlationid>1</correlationid><efternamn>Å</efternamn>"
        f"<personnummer>{person}</personnummer>{inside}</response>"
    )


MIV_PERMIT = "<svarCollection><svar><beslutsTyp>PUT</beslutsTyp></svar></svarCollection>"

NOTHING: Mapping[Agency, str] = {
    Agency.AF: af(),
    Agency.CSN: csn("-2"),
    Agency.FK: lefi(),
    Agency.SKV: skv(""),
    Agency.SO: so(fund("Klar ")),
    Agency.TNS: tns("OK"),
    Agency.MIV: data(""),
}
SOMETHING: Mapping[Agency, str] = {
    Agency.AF: af(AF_SEEKER),
    Agency.CSN: csn("0", csn_person(blocks=CSN_CASE)),
    Agency.FK: lefi(utbetalningar=[PM_PAYMENT]),
    Agency.SKV: skv(SKV_CAPITAL),
    Agency.SO: so(fund("klar", SO_PAYMENT)),
    Agency.TNS: tns("OK", TNS_VEHICLES),
    Agency.MIV: miv(MIV_PERMIT),
}
