"""One answer of every agency, with one of everything in it: the smallest that is whole."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.question import SKV_PARTS, Agency

NAMESPACE = CONTRACTS[10].NAMESPACE
NAMESPACE_11 = CONTRACTS[11].NAMESPACE
PERSON = "199001012385"
CASE = "IFO-2026-17"
CORRELATION = "0f8e-17"


def _joined(lines: str) -> str:
    return "".join(line.strip() for line in lines.splitlines())


_AF = _joined(
    f"""
    <a:Svar xmlns:a="http://api.arbetsformedlingen.se/arbetssokande/ersattningsstod/v2"><a:Schemaversion>4.0</a:Schemaversion>
    <a:Referensnummer>{CASE}</a:Referensnummer>
    <a:IdentitetsbeteckningFysiskPerson>{PERSON}</a:IdentitetsbeteckningFysiskPerson>
    <a:ArbetssokandeInfo><a:Arbetssokande>true</a:Arbetssokande><a:AktivetetsRapportDatum>
    <a:AktivitetsRapportMeddelande>200</a:AktivitetsRapportMeddelande></a:AktivetetsRapportDatum></a:ArbetssokandeInfo>
    <a:BeslutInfo><a:EkonomiskaBeslut><a:Beslut><a:ErsattningTyp>Aktivitetsstöd</a:ErsattningTyp>
    <a:BeslutFrom>2026-10-01</a:BeslutFrom></a:Beslut></a:EkonomiskaBeslut></a:BeslutInfo>
    <a:StatusSokandeinformationKod>0</a:StatusSokandeinformationKod></a:Svar>
    """
)
_SO = _joined(
    f"""
    <Referensnummer>{CASE}</Referensnummer><IdentificationNumber>{PERSON}</IdentificationNumber>
    <ArbetsloshetsersattningLista><Arbetsloshetsersattning>
    <SvarandeOrganisation>Kassan</SvarandeOrganisation>
    <StatusSvarandeOrganisation>klar</StatusSvarandeOrganisation><Utbetalningar>
    <Utbetalningsdatum>2026-10-23</Utbetalningsdatum><NettoEfterSkatt>8250.50</NettoEfterSkatt>
    <NettoEfterAvdrag>8000</NettoEfterAvdrag><Ersattningsdagar>11</Ersattningsdagar>
    <AvserFrom>2026-10-01</AvserFrom><AvserTom>2026-10-14</AvserTom></Utbetalningar><Avstangningar>
    <AvstangdFrom>2026-10-01</AvstangdFrom></Avstangningar><AnsoktOmErsattning>
    <AnsokanOmUtbetalningInlamnad>true</AnsokanOmUtbetalningInlamnad></AnsoktOmErsattning></Arbetsloshetsersattning></ArbetsloshetsersattningLista>
    """
)
_TNS = _joined(
    """
    <resultat>OK</resultat><fordonsinnehav><fordon><regnr>ABC123</regnr>
    <fabrikat>Volvo</fabrikat></fordon></fordonsinnehav>
    """
)
_MIV = _joined(
    f"""
    <response><correlationid>1</correlationid><personnummer>{PERSON}</personnummer><svarCollection>
    <svar><arendeTyp>UAT</arendeTyp>
    <fromDatum>2026-01-20</fromDatum></svar></svarCollection></response>
    """
)


def csn(inside: str | None = None) -> str:
    case = _joined(
        """
    <Studiestodstypforteckning><studiemedel>1</studiemedel></Studiestodstypforteckning>
    <Studiemedel><Arenden><Arende lopnummer="1"><stodform>GRUND</stodform><BeviljadeTider>
    <BeviljadTid><starttid>202636</starttid>
    <sluttid>202653</sluttid></BeviljadTid></BeviljadeTider><UtbetalningsPlan><Utbetalning>
    <utbetdatum>20261025</utbetdatum><utbetstatus>Utbetald</utbetstatus><Utbetaldatider>
    <Utbetaldtid><startvecka>202640</startvecka><slutvecka>202643</slutvecka><Beloppen><Belopp>
    <beloppstyp>GRUNDB</beloppstyp>
    <totbelopp>100</totbelopp></Belopp></Beloppen></Utbetaldtid></Utbetaldatider>
    <totbelopp>100</totbelopp></Utbetalning></UtbetalningsPlan></Arende></Arenden></Studiemedel>
    """
    )
    return _joined(
        f"""
    <CSNSvar xmlns="http://schema.csn.se/v4.0/kommunfraga" schemaVersion="4.0"><GemensamtSvarEkbistand>
    <Resultat><ResultatKod>0</ResultatKod></Resultat></GemensamtSvarEkbistand><Personer>
    <Person personnummer="{PERSON[2:]}" sekel="{PERSON[:2]}" Status="" sekretess="">
    {case if inside is None else inside}</Person></Personer></CSNSvar>
    """
    )


def skv() -> str:
    return _joined(
        f"""
    <SvarBeskattningsuppgifterEnligtSFS2008-975><PersonuppgiftLista><Personuppgift>
    <IdentitetsbeteckningFysiskPerson>{PERSON}</IdentitetsbeteckningFysiskPerson>
    <StatusPersonuppgiftKod>0</StatusPersonuppgiftKod><Kapitaluppgift>
    <Taxeringsar>2025</Taxeringsar>
    <SummaIntakterPaKapital>12345</SummaIntakterPaKapital></Kapitaluppgift></Personuppgift></PersonuppgiftLista></SvarBeskattningsuppgifterEnligtSFS2008-975>
    """
    )


def _fk(code: str) -> dict[str, str]:
    return {"id": code, "beskrivning": "Sjukpenning"}


def _pm(code: str) -> dict[str, str]:
    return {"kod": code, "beskrivning": "Pension"}


def _sum(amount: float) -> dict[str, Any]:
    return {"summa": amount, "valuta": "SEK"}


def lefi() -> dict[str, Any]:
    detail = {"forman": _fk("SP"), "beloppstyp": _fk("SPN"), "bruttobelopp": _sum(10)}
    paid = {
        "foretag": _fk("1001"),
        "formansfamilj": _fk("SJP"),
        "datum": "2026-10-23",
        "bruttobelopp": _sum(10),
    }
    case = {"startades": "2026-10-01", "beslut": [{"fattades": "2026-10-01", "forman": _fk("SJP")}]}
    row = {"formansgrupp": _pm("PM:AP"), "belopp": 90, "utbetalningsforman": _pm("PM:AP38")}
    cut = {"belopp": -20, "avdragstyp": _pm("PM:PS")}
    pension = {
        "utbetalningsdatum": "2026-10-18",
        "bruttobelopp": 90,
        "utbetalningsrader": [row],
        "avdrag": [cut],
    }
    short = {"avvikelse": {"kod": "INTERNT_FEL"}, "formansgrupp": {"kod": "FK:X"}}
    return {
        "utlamnare": [{"utlamnare": {"kod": name}, "tillstand": {"kod": "OK"}} for name in ("FK", "PM")],
        "avvikelser": {"formansinformation": [short], "beslut": [short]},
        "formansinformation": {
            "utbetalningsuppgift": [{**paid, "utbetalningsdetalj": [detail]}],
            "preliminarautbetalningar": [paid],
            "sjukpenningarende": [case],
            "programjobdagar": [{"antalForbrukade": 4}],
            "generellPersoninformation": [{"personnummer": PERSON, "skyddad": False}],
        },
        "utbetalningar": [pension],
        "beslut": [
            {
                "beslutsdatum": "2026-10-01",
                "formansgrupp": _pm("PM:AP"),
                "beslutadErsattning": [{"omfattning": 1}],
            }
        ],
        "ansprak": [{"ankomstdatum": "2026-10-01", "formansgrupp": _pm("PM:AP")}],
    }


SKV_JSON: Mapping[str, Any] = {
    "foretagsinformation": {"foretag": [{"foretagId": "1", "momsregistrerad": True}]},
    "skattekonto": {"kontohavare": PERSON, "saldo": 1.5, "transaktioner": [{"belopp": 1}]},
    "skatteuppgifter": {
        "beslutadeSkatteuppgifter": [{"beskattningsar": 2025, "uppgifter": {"inkomstar": 2025}}]
    },
    "individuppgifter": {"uppgifter": [{"belopp": 1}]},
    "beskattningsbilagor": {"bilagor": [{"belopp": 1}]},
}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def csn_data(document: str) -> str:
    return f"<s:data><svar>{_encoded(document)}</svar></s:data>"


def skv_data(document: str) -> str:
    return f"<s:data><svar><![CDATA[{document}]]></svar></s:data>"


def lefi_data(document: str) -> str:
    return f"<s:data><lefiJsonSvar>{_encoded(document)}</lefiJsonSvar></s:data>"


def whole(inside: str, namespace: str = NAMESPACE, before: str = "") -> bytes:
    return (
        f'<s:hamtaBastjanstInformationResponse xmlns:s="{namespace}">{before}'
        f"<s:korrelationsid>{CORRELATION}</s:korrelationsid><s:svarsdata>{inside}</s:svarsdata>"
        "</s:hamtaBastjanstInformationResponse>"
    ).encode()


def _parts(contract: int) -> dict[Agency, str]:
    parts = {
        Agency.AF: f"<s:data>{_AF}</s:data>",
        Agency.CSN: csn_data(csn()),
        Agency.FK: lefi_data(json.dumps(lefi())),
        Agency.SKV: skv_data(skv()),
        Agency.SO: f"<s:data>{_SO}</s:data>",
        Agency.TNS: f"<s:data>{_TNS}</s:data>",
        Agency.MIV: f"<s:data>{_MIV}</s:data>",
    }
    if contract == 11:
        parts[Agency.SKV] = _taxes({name: json.dumps(content) for name, content in SKV_JSON.items()})
    return parts


def _taxes(contents: Mapping[str, str]) -> str:
    return "".join(
        f"<s:{name}><s:data>{_encoded(contents.get(name, '{}'))}</s:data></s:{name}>" for name in SKV_PARTS
    )


def answer(parts: Mapping[Agency, str], contract: int = 10) -> bytes:
    inside = "".join(f"<s:{agency}>{part}</s:{agency}>" for agency, part in parts.items())
    return whole(inside, NAMESPACE if contract == 10 else NAMESPACE_11)


def of(*agencies: Agency, contract: int = 10) -> bytes:
    """An answer of some agencies, with one of everything."""
    parts = _parts(contract)
    return answer({agency: parts[agency] for agency in agencies}, contract)


def skv11(contents: Mapping[str, str]) -> bytes:
    return answer({Agency.SKV: _taxes(contents)}, 11)


def json_answer(text: str) -> bytes:
    return answer({Agency.FK: lefi_data(text)})


def csn_answer(inside: str) -> bytes:
    return answer({Agency.CSN: csn_data(csn(inside))})
