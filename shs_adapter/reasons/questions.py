"""Why a question failed (README, "When a question fails")."""

import re
from collections.abc import Mapping

from shs_adapter.reasons.reason import CHOOSES, NOBODY, REPORTS, Reason

_OFFICER = "Handläggaren rättar uppgiften och ställer en ny fråga."
_VENDOR = "Verksamhetssystemets leverantör rättar hur systemet skriver frågan."
_SETTINGS = "Driften rättar adapterns inställningar och bygger om frågan (rebuild)."
_RESENDS = "Driften bygger om frågan (rebuild) när felet är avhjälpt."
_AGREEMENT = "Driften tar upp avtal och adresser med Försäkringskassan."

# What is wrong with a question that was never put; why; who acts.
_UNPUT: Mapping[str, tuple[str, str, str]] = {
    "person_missing": ("personnummer saknas.", "Fältet person_id är tomt.", _OFFICER),
    "person_format": ("personnumret går inte att läsa.", "Det skrivs ÅÅÅÅMMDDNNNN.", _OFFICER),
    "person_date": ("personnumret är fel.", "De första åtta siffrorna är inget födelsedatum.", _OFFICER),
    "person_future": ("personnumret är fel.", "Födelsedatumet ligger efter dagens datum.", _OFFICER),
    "person_check_digit": (
        "personnumret är fel.",
        "Sista siffran stämmer inte med de andra; ofta är en siffra felskriven.",
        _OFFICER,
    ),
    "test_number": (
        "personnumret är ett testnummer.",
        "Skatteverkets testnummer frågas aldrig i produktion.",
        _OFFICER,
    ),
    "organisation_format": (
        "ett organisationsnummer går inte att läsa.",
        "Det skrivs som 16 och tio siffror.",
        _SETTINGS,
    ),
    "organisation_check_digit": (
        "ett organisationsnummer är fel.",
        "Sista siffran stämmer inte med de andra.",
        _SETTINGS,
    ),
    "from_date": ("från-datum går inte att läsa.", "Det skrivs ÅÅÅÅ-MM-DD, från 1900 till 2199.", _VENDOR),
    "to_date": ("till-datum går inte att läsa.", "Det skrivs ÅÅÅÅ-MM-DD, från 1900 till 2199.", _VENDOR),
    "period_reversed": ("perioden är fel.", "Från-datum ligger efter till-datum.", _OFFICER),
    "period_lefi": ("perioden är för lång.", "Försäkringskassan svarar för högst två år.", CHOOSES),
    "reference_length": ("referensen är för lång.", "Den får vara högst 400 tecken.", _VENDOR),
    "unit_length": ("enheten är för lång.", "Den får vara högst 1 000 tecken.", _VENDOR),
    "created_by_length": ("frågans upphov är för långt.", "Det får vara högst 1 000 tecken.", _VENDOR),
    "ask_anyway_reason_length": (
        "skälet att fråga ändå är för långt.",
        "Det får vara högst 1 000 tecken.",
        _OFFICER,
    ),
    "agencies": ("myndigheterna går inte att läsa.", "Minst en förkortning är okänd.", _VENDOR),
    "household_role": ("rollen i hushållet är okänd.", "Värdet är inte tillåtet.", _VENDOR),
    "lefi_profile": ("urvalet hos Försäkringskassan är okänt.", "Värdet är inte tillåtet.", _VENDOR),
    "priority": ("prioriteten går inte att läsa.", "Den ska vara ett heltal.", _VENDOR),
    "not_before": ("starttiden går inte att läsa.", "Den skrivs enligt ISO 8601.", _VENDOR),
    "nothing_to_ask": (
        "ingen myndighet finns kvar att fråga.",
        "De valda kan inte frågas. CSN svarar till exempel bara för två månader bakåt och en framåt.",
        CHOOSES,
    ),
    "repeated": (
        "samma fråga ställdes nyss.",
        "Person, ärende, period och myndigheter är desamma som i en fråga strax före.",
        "Handläggaren använder det första svaret, eller anger skäl att fråga ändå (ask_anyway_reason).",
    ),
    "reference_purged": (
        "den har ställts förut.",
        "En fråga med samma reference är ställd och gallrad.",
        _VENDOR,
    ),
    "unknown_tenant": (
        "den som frågar är okänd.",
        "Inställningarna har ingen med det namn som står i fältet tenant.",
        _SETTINGS,
    ),
    "no_legal_basis": (
        "lagstöd saknas.",
        "Inställningarna har i dag inget lagstöd för minst en av de valda myndigheterna.",
        "Driften lägger in lagstödet, om det finns; annars väljer handläggaren bort myndigheten.",
    ),
    "no_purpose": ("syfte saknas.", "Inställningarna har inget syfte som gäller i dag.", _SETTINGS),
    "no_contract": (
        "kontraktsversion saknas.",
        "Inställningarna har ingen version som gäller i dag.",
        _SETTINGS,
    ),
    "contract": (
        "kontraktsversionen gäller inte.",
        "Frågan anger en version som inställningarna inte har i dag.",
        _VENDOR,
    ),
    "schema": (
        "den följer inte myndigheternas schema.",
        "Den färdiga frågan godkändes inte av det schema som driften har installerat.",
        REPORTS,
    ),
    "skv_years_missing": ("år saknas för Skatteverket.", "Skatteverket frågas om bestämda år.", _SETTINGS),
    "skv_parts_missing": (
        "delar saknas för Skatteverket.",
        "Minst en del av Skatteverkets uppgifter ska vara vald.",
        _SETTINGS,
    ),
    "skv_years_range": ("år är fel för Skatteverket.", "Ett beskattningsår är orimligt.", REPORTS),
    "skv_parts_unknown": ("del är okänd för Skatteverket.", "Skatteverket har ingen sådan del.", _SETTINGS),
    "label": (
        "SHS-etiketten kan inte skrivas.",
        "En inställning har tecken som inte får stå där; failure_text säger vilken del.",
        _SETTINGS,
    ),
    "message_too_large": (
        "meddelandet är för stort.",
        "Det är större än inställningen message_bytes; failure_text säger hur stort.",
        _SETTINGS,
    ),
}

# Texts that may be missing, too long or hold a character that cannot be sent.
_TEXTS = {
    "case_id": ("ärendets beteckning", _OFFICER),
    "officer": ("handläggarens beteckning", _VENDOR),
    "submitter_name": ("kommunens namn", _SETTINGS),
    "processor_name": ("personuppgiftsbiträdets namn", _SETTINGS),
    "purpose": ("syftet", _SETTINGS),
    "legal_basis": ("lagtexten", _SETTINGS),
    "aktorsid": ("aktörs-id", _SETTINGS),
    "correlation_id": ("frågans id", REPORTS),
}
_FLAWS = {
    "missing": ("saknas.", "Värdet är tomt."),
    "length": ("går inte att sända.", "Värdet har för många tecken."),
    "characters": ("går inte att sända.", "Värdet har tecken som inte är tillåtna."),
}
_TEXT_FLAW = re.compile(f"({'|'.join(_TEXTS)})_({'|'.join(_FLAWS)})")

_GIVEN_UP = "Frågan gavs upp: SHS-noden kvitterade den inte i tid."
_HTTP = re.compile("http_([0-9]{3})")

_PUT: Mapping[str, Reason] = {
    "give_up_at": Reason(
        "Frågan gavs upp.",
        "Dess sista tid (give_up_at) har gått ut, eller går inte att läsa.",
        "Handläggaren ställer en ny fråga om svaret fortfarande behövs.",
    ),
    "withdrawn": Reason(
        "Frågan är återtagen.", "Verksamhetssystemet tog tillbaka den. Ett svar räknas inte.", NOBODY
    ),
    "no_receipt": Reason(
        _GIVEN_UP, "Nodens senaste svar var ingen kvittens. Det är oklart om frågan kom fram.", _RESENDS
    ),
    "reply_unreadable": Reason(
        _GIVEN_UP, "Nodens senaste svar gick inte att läsa. Det är oklart om frågan kom fram.", _RESENDS
    ),
    "not_let_through": Reason(
        _GIVEN_UP,
        "Förbindelsen bröts varje gång just denna fråga sändes, medan andra kom fram: den stoppas på vägen.",
        "Driften tar reda på var, i kommunens nät eller hos noden, och sänder den sedan igen (resend).",
    ),
    "too_large": Reason(_GIVEN_UP, "Nodens senaste svar var för stort för att läsas.", _RESENDS),
    "unexpected": Reason(
        "Frågan gavs upp: adaptern kunde inte behandla den.", "Felet är oväntat och står i loggen.", REPORTS
    ),
    "no_answer": Reason(
        "Inget svar har kommit i tid.",
        "SHS-noden tog emot frågan, men svaret dröjer. Ett sent svar tas ändå emot.",
        "Driften efterlyser svaret hos Försäkringskassan med frågans SHS-id.",
    ),
    "unfetchable": Reason(
        "Ett svar väntar hos SHS-noden och går inte att hämta: ingen myndighet är kontrollerad.",
        "Kommandot status säger varför. När hindret är borta tas svaret emot, hur sent det än är.",
        "Driften höjer message_bytes om koden är too_large, och felanmäler annars till noden.",
    ),
    "unreadable": Reason(
        "Det som kom om frågan går inte att läsa: ingen myndighet är kontrollerad.",
        "SHS-noden lämnade ut något annat än ett helt meddelande, och har inget mer att lämna. Det som kom är"
        " sparat i förseglat skick.",
        "Driften begär meddelandet på nytt hos noden med dess SHS-id, eller ställer frågan igen.",
    ),
    "fault": Reason(
        "Frågan misslyckades: ingen myndighet är kontrollerad.",
        "SSBTEK svarade med ett fel i stället för uppgifter.",
        "Driften kontrollerar inställningarna och frågar Försäkringskassan innan frågan ställs igen.",
    ),
    "undecodable": Reason(
        "Svaret går inte att läsa: ingen myndighet är kontrollerad.",
        "Det har inte den form som kontraktet kräver, eller är för stort eller för invecklat för att läsas"
        " (judging_limit i show). Det är sparat i förseglat skick.",
        REPORTS,
    ),
    "quarantined": Reason(
        "Svaret gäller något annat än frågan: ingen myndighet är kontrollerad.",
        "Person, ärende, myndighet eller id stämmer inte. Svaret är sparat i förseglat skick.",
        "Driften anmäler det till Försäkringskassan innan frågan ställs igen.",
    ),
}

# Why, and who acts, for each error that SHS defines.
_SHS: Mapping[str, tuple[str, str]] = {
    "UnresolvedReceiver": ("Mottagaren gick inte att slå upp.", _AGREEMENT),
    "MissingAgreement": ("En SHS-överenskommelse för tjänsten saknas eller gäller inte.", _AGREEMENT),
    "MissingDeliveryAddress": (
        "Mottagaren saknar leveransadress.",
        "Försäkringskassan rättar adressen; driften anmäler felet dit.",
    ),
    "MissingDeliveryExecution": ("Meddelandet kunde inte lämnas vidare; det kan vara tillfälligt.", _RESENDS),
    "IllegalProductType": ("Produkttypen får inte användas här.", _AGREEMENT),
    "UnknownProductType": ("Produkttypen är okänd.", _AGREEMENT),
    "IllegalReceiver": ("Mottagaren är inte tillåten.", _AGREEMENT),
    "UnknownReceiver": ("Mottagaren är okänd.", _AGREEMENT),
    "IllegalSender": ("Avsändaren är inte tillåten; den ska stämma med certifikatet.", _AGREEMENT),
    "UnknownSender": ("Avsändaren är okänd.", _AGREEMENT),
    "IllegalOriginator": ("Den ursprungliga avsändaren är inte tillåten.", _AGREEMENT),
    "IllegalEndRecipient": ("Slutmottagaren är inte tillåten.", _AGREEMENT),
    "IllegalMessageStructure": ("Meddelandets form godkändes inte.", REPORTS),
    "IllegalDatapartContent": ("Meddelandets innehåll godkändes inte.", REPORTS),
    "OtherError": ("Felet är inte närmare angivet; det kan vara tillfälligt.", _RESENDS),
}


def question(code: str | None) -> Reason | None:
    """Why a question failed, by its failure_code; None if it has none."""
    if code is None:
        return None
    if code in _PUT:
        return _PUT[code]
    if code in _UNPUT:
        return _unput(*_UNPUT[code])
    if flaw := _TEXT_FLAW.fullmatch(code):
        (text, who), (fault, why) = _TEXTS[flaw[1]], _FLAWS[flaw[2]]
        return _unput(f"{text} {fault}", why, who)
    if code.startswith("shs:") and code[4:] in _SHS:
        return Reason("Frågan misslyckades: SHS svarade med ett fel.", *_SHS[code[4:]])
    if http := _HTTP.fullmatch(code):
        return Reason(_GIVEN_UP, f"Nodens senaste svar var HTTP {http[1]}.", _RESENDS)
    return Reason(
        "Frågan misslyckades: ingen myndighet är kontrollerad.",
        f"Koden är {code}. Vad den betyder är inte känt.",
        "Driften frågar adapterns leverantör vad koden betyder.",
    )


def _unput(fault: str, why: str, who: str) -> Reason:
    return Reason(f"Frågan ställdes inte: {fault}", why, who)
