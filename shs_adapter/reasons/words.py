"""Short words for agencies, outcomes, verdicts, states and the parts of an answer."""

from collections.abc import Mapping
from types import MappingProxyType

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "AF": "Arbetsförmedlingen",
        "CSN": "CSN",
        "FK": "Försäkringskassan",
        "PM": "Pensionsmyndigheten",
        "SKV": "Skatteverket",
        "SO": "a-kassorna",
        "TNS": "Transportstyrelsen",
        "MIV": "Migrationsverket",
    }
)

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "WAITING": "Väntar på svar",
        "COMPLETE": "Alla tillfrågade har svarat, för hela perioden",
        "INCOMPLETE": "En del kunde inte kontrolleras: det kontrolleras för hand",
        "FAILED": "Frågan misslyckades: inget är kontrollerat",
        "WITHDRAWN": "Frågan är återtagen",
        "PURGED": "Svaret är gallrat: vad det sa är inte känt längre",
    }
)

STATES: Mapping[str, str] = MappingProxyType(
    {
        "new": "Ny: inte färdig att skickas",
        "ready": "Färdig att skickas: SHS-noden har inte kvitterat den",
        "accepted": "Mottagen av SHS-noden: väntar på svar",
        "confirmed": "Mottagen av Försäkringskassan: väntar på svar",
        "done": "Svar har kommit",
        "failed": "Misslyckad: inget svar",
    }
)

# Parts of an agency's answer. An a-kassa goes by its own name; few of LEFI's codes are explained in public.
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "FK": NAMES["FK"],
        "PM": NAMES["PM"],
        "Studiemedel": "Studiemedel",
        "Studiehjalp": "Studiehjälp",
        "HemutrustningsLan": "Hemutrustningslån",
        "Studiestartsstod": "Studiestartsstöd",
        "Omstallningsstudiestod": "Omställningsstudiestöd",
        "foretagsinformation": "Företagsinformation",
        "individuppgifter": "Individuppgifter",
        "skattekonto": "Skattekonto",
        "skatteuppgifter": "Skatteuppgifter",
        "beskattningsbilagor": "Beskattningsbilagor",
        "FK:ABB": "Barnbidrag",
        "FK:FP": "Föräldrapenning",
        "FK:SJP": "Sjukpenning",
        "FK:YL": "Yrkesskadelivränta",
        "PM:AP": "Allmän pension",
        "PM:EF": "Efterlevandeförmåner",
    }
)

_OUTCOMES = {
    "DATA": "Svarade: uppgifter finns",
    "EMPTY": "Svarade: inget finns",
    "PARTIAL": "Kunde inte kontrolleras helt: en del saknas eller kan inte bedömas",
    "ERROR": "Kunde inte kontrolleras: fel hos {place}",
    "MISSING": "Kunde inte kontrolleras: svar saknas",
    "UNASKED": "Inte tillfrågad: inget är kontrollerat",
    "WAITING": "Väntar på svar",
    "PURGED": "Kan inte kontrolleras längre: svaret är gallrat",
}


def outcome(word: str, agency: str | None = None, kalla: str | None = None) -> str:
    """An agency's outcome, or WAITING, in a few words; of an error, *kalla* tells whose it is."""
    place = "SSBTEK" if kalla == "SSBT" else NAMES.get(agency or "", "myndigheten")
    known = _OUTCOMES.get(word, "Kunde inte kontrolleras: utfallet {word} är inte känt")
    return known.format(place=place, word=word)
