"""What an agency's error, or the status inside its data, means (ssbtek-data b and c, domain 2.3)."""

import re
from collections.abc import Mapping

from shs_adapter.reasons.reason import CHOOSES, NOBODY, REPORTS, Reason
from shs_adapter.reasons.words import NAMES

_ALL = "Uppgifterna från {agency} kunde inte kontrolleras."
_SOME = "Uppgifter från {agency} kunde inte kontrolleras."  # perhaps not all

_BY_HAND = "Handläggaren kontrollerar hos {agency} för hand."
_LATER = (
    "Ingen, så länge frågan ställs igen (rapporten outstanding visar det)."
    " Sedan kontrollerar handläggaren hos {agency} för hand."
)
_PERMISSION = "Försäkringskassan ger behörigheten; driften begär den."
_KNOWS = "Myndigheten vet vad koden betyder; handläggaren kontrollerar hos {agency} för hand."
_UNKNOWN = "Koden är {code}. Vad den betyder är inte känt."

# What may be said of any agency: the adapter's own words.
_OURS: Mapping[str, Reason] = {
    "undecodable": Reason(_ALL, "Svaret går inte att läsa.", _BY_HAND),
    "unprintable": Reason(_ALL, "Felkoden visas inte: den kan innehålla personuppgifter.", _BY_HAND),
    "unknown": Reason(
        _SOME, "Något saknas i svaret, eller har en status vars betydelse inte är känd.", _BY_HAND
    ),
    "anonymous": Reason(
        _ALL,
        "Svaret säger inte vilken fråga eller person det gäller. Inget i det räknas som kontrollerat.",
        "Driften anmäler det till Försäkringskassan; handläggaren kontrollerar hos {agency} för hand.",
    ),
    "csn_window": Reason(_ALL, "CSN svarar bara för två månader bakåt och en framåt.", _BY_HAND),
    "tns_century": Reason(_ALL, "Transportstyrelsen tar inte emot frågor om födda på 1800-talet.", _BY_HAND),
}

_FAILURES: Mapping[tuple[str, str], Reason] = {
    ("AF", "502"): Reason(_SOME, "Ett tekniskt fel: aktivitetsrapporten kunde inte läsas.", _LATER),
    ("CSN", "-1003"): Reason(_ALL, "CSN svarade med ett fel vars betydelse inte är känd.", _BY_HAND),
    ("CSN", "-1004"): Reason(
        _ALL, "CSN godtog inte personnumret. Det kan hända med samordningsnummer.", _BY_HAND
    ),
    ("CSN", "-1005"): Reason(_ALL, "Frågan bryter mot CSN:s kontrakt.", REPORTS),
    ("CSN", "-1006"): Reason(_ALL, "CSN godtog inte perioden.", CHOOSES),
    ("CSN", "-1007"): Reason(_ALL, "CSN godtog inte frågans schemaversion.", REPORTS),
    ("CSN", "-1101"): Reason(_SOME, "CSN:s system för hemutrustningslån var nere.", _LATER),
    ("CSN", "-1102"): Reason(_SOME, "CSN:s system för studiemedel och studiehjälp var nere.", _LATER),
    ("CSN", "-1103"): Reason(_ALL, "Alla CSN:s system var nere.", _LATER),
    ("CSN", "-1104"): Reason(_SOME, "CSN:s system för omställningsstudiestöd var nere.", _LATER),
    ("FK", "FELANDE"): Reason(
        _SOME, "Försäkringskassan eller Pensionsmyndigheten hade ett tekniskt fel.", _LATER
    ),
    ("FK", "OTILLGANGLIG"): Reason(
        _SOME, "Försäkringskassan eller Pensionsmyndigheten gick inte att nå.", _LATER
    ),
    ("FK", "INTERNT_FEL"): Reason(_SOME, "Ett internt fel stoppade minst en förmån.", _LATER),
    ("FK", "OBEHORIG"): Reason(_SOME, "Kommunen saknar behörighet till minst en förmån.", _PERMISSION),
    ("FK", "400"): Reason(_ALL, "Frågan godtogs inte: till exempel är perioden för lång.", REPORTS),
    ("FK", "403"): Reason(_ALL, "Kommunens aktörs-id är okänt eller saknar behörighet.", _PERMISSION),
    ("FK", "500"): Reason(_ALL, "Ett internt fel hos Försäkringskassan.", _LATER),
    ("SKV", "404"): Reason(
        _SOME, "Koden betyder ”hittades inte”. Om det är uppgifterna eller tjänsten är inte känt.", _BY_HAND
    ),
    ("SO", "unknown"): Reason(
        _SOME,
        "Minst en a-kassa saknas, eller har en status som inställningarna inte räknar som svar.",
        "Handläggaren kontrollerar hos a-kassan; driften ser över answered_fund_statuses.",
    ),
    ("TNS", "FEL"): Reason(_ALL, "Transportstyrelsen svarade med ett fel.", _BY_HAND),
}
_SKV_FAULT = re.compile("9071[0-9]{3}")
_SKV_FAILED = Reason(_ALL, "Skatteverkets tjänst svarade med felet {code}.", _BY_HAND)

_WELL = Reason("Svaret från {agency} är normalt.", "Frågan har behandlats utan fel.", NOBODY)

# What an agency says when it has answered; as a felkod none of it is believed.
_ANSWERS: Mapping[tuple[str, str], Reason] = {
    ("AF", "0"): _WELL,
    ("AF", "200"): Reason("Aktivitetsrapport är lämnad.", "Arbetsförmedlingen har den.", NOBODY),
    ("AF", "500"): Reason("Aktivitetsrapport saknas.", "Den finns inte i systemet.", NOBODY),
    ("AF", "501"): Reason("Aktivitetsrapport är inte lämnad.", "Så säger Arbetsförmedlingen.", NOBODY),
    ("CSN", "0"): _WELL,
    ("CSN", "-2"): Reason("CSN svarade: inget finns.", "Personen finns inte hos CSN.", NOBODY),
    ("FK", "OK"): _WELL,
    ("SKV", "0"): _WELL,
    ("TNS", "OK"): _WELL,
}

# Of a felkod that is not known, by its kalla.
_BY_KALLA = {
    "SSBT": Reason(
        _ALL,
        f"SSBTEK rapporterade ett fel, till exempel att svar inte kom i tid. {_UNKNOWN}",
        "Ingen, så länge frågan ställs igen (rapporten outstanding visar det). Består felet frågar driften"
        " Försäkringskassan.",
    ),
    "BT": Reason(_ALL, f"Felet kommer från {{agency}}. {_UNKNOWN}", _KNOWS),
}
_BY_NOBODY = Reason(_ALL, _UNKNOWN, _KNOWS)


def error(agency: str, felkod: str | None, kalla: str | None = None) -> Reason | None:
    """Why *agency* gave an error in the place of data; None if there is no felkod."""
    if felkod is None:
        return None
    return _told(_failure(agency, felkod) or _BY_KALLA.get(kalla or "", _BY_NOBODY), agency, felkod)


def status(agency: str, code: str | None) -> Reason | None:
    """What the status inside *agency*'s data means, or why it was not asked; None if there is none."""
    if code is None:
        return None
    return _told(_ANSWERS.get((agency, code)) or _failure(agency, code) or _BY_NOBODY, agency, code)


def _failure(agency: str, code: str) -> Reason | None:
    if agency == "SKV" and _SKV_FAULT.fullmatch(code):
        return _SKV_FAILED
    return _FAILURES.get((agency, code)) or _OURS.get(code)


def _told(reason: Reason, agency: str, code: str) -> Reason:
    name = NAMES.get(agency, agency)
    return Reason(*(text.format(agency=name, code=code) for text in (reason.what, reason.why, reason.who)))
