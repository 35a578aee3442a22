"""CSN: study support as a v4.0 document in base64, with limits of its own that SSBTEK's contract hides.

The person in the answer has ten digits of a personal number; a coordination number has no place there.
The question is not repeated: the schema of that part is not public.
"""

from base64 import b64encode

from lxml import etree

from shs_adapter.sandbox.agencies import studies
from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.dates import Period, shift
from shs_adapter.sandbox.agencies.markup import leaves, node, written
from shs_adapter.sandbox.agencies.studies import PERSON, TYPES, V4
from shs_adapter.sandbox.faults import Fault

ANSWER = f"{V4}/kommunfraga"

_BLOCKS = {
    "Studiemedel": ("studiemedel", f"{V4}/studiemedel"),
    "Studiehjalp": ("studiehjalp", f"{V4}/studiehjalp"),
    "HemutrustningsLan": ("hemutrustningslan", f"{V4}/hemutrustningslan"),
    "Studiestartsstod": ("studiestartsstod", f"{V4}/studiestartsstod"),
    "Omstallningsstudiestod": ("omstallningsstudiestod", f"{V4}/omstallningsstudiestod"),
}
_PREFIXES = {
    "svar": ANSWER,
    "person": PERSON,
    "typer": TYPES,
    **dict(_BLOCKS.values()),
}
_CODES = {
    Fault.CSN_1003: "-1003",
    Fault.CSN_1007: "-1007",
    Fault.CSN_1103: "-1103",
    Fault.CSN_1101: "-1101",
    Fault.CSN_PARTLY_DOWN: "-1102",
    Fault.CSN_1104: "-1104",
}
# What cannot be seen with these codes; the rest of the person can.
_HIDDEN = {
    "0": set[str](),
    "-1101": {"HemutrustningsLan"},
    "-1102": {"Studiemedel", "Studiehjalp"},
    "-1104": {"Omstallningsstudiestod"},
}
_TEXTS = {
    "0": "Allt OK, inget att rapportera",
    "-2": "Personen finns inte hos CSN",
    "-1003": "Tekniskt fel",
    "-1004": "Felaktigt personnummer",
    "-1005": "Parametrarna bryter mot kontraktet",
    "-1006": "Felaktigt datumintervall",
    "-1007": "Felaktig schemaversion",
    "-1101": "Hemutrustningslån kan inte nås",
    "-1102": "Studiemedel och studiehjälp kan inte nås",
    "-1103": "Inga system kan nås",
    "-1104": "Omställningsstudiestöd kan inte nås",
}
_LONGEST = 31


def answer(asking: Asking) -> Content:
    """One element, `svar`: a result code, and the person wherever the code leaves room for one."""
    code = _result(asking)
    document = node(
        ANSWER,
        "CSNSvar",
        [
            node(
                ANSWER,
                "GemensamtSvarEkbistand",
                [node(ANSWER, "Resultat", leaves(ANSWER, ResultatKod=code, ResultatText=_TEXTS[code]))],
            ),
            node(ANSWER, "GemensamtFragaEkbistand"),
            node(ANSWER, "Personer", [_person(asking, code)] if code in _HIDDEN else ()),
        ],
        schemaVersion="4.0",
    )
    return leaves(asking.question.namespace, svar=b64encode(written(document, _PREFIXES)).decode())


def _result(asking: Asking) -> str:
    """The first rule that is broken decides."""
    question, today = asking.question, asking.today
    window = Period(shift(today, -2), shift(today, 1))
    rules = {
        "-1005": max(len(question.case), len(question.officer)) > _LONGEST,
        "-1006": asking.period.first not in window or asking.period.last not in window,
        "-1004": int(asking.subject.number[6:8]) > 31,
        **{code: fault in asking.faults for fault, code in _CODES.items()},
        "-2": not asking.subject.name,
    }
    return next((code for code, broken in rules.items() if broken), "0")


def _person(asking: Asking, code: str) -> etree._Element:
    """A person without studies has the status `Ej träff`, unless the studies are what cannot be seen."""
    number, life = asking.subject.number, asking.subject.life
    supports = {study.block: study for study in life.studies if study.block not in _HIDDEN[code]}
    return node(
        ANSWER,
        "Person",
        [
            node(
                PERSON,
                "Studiestodstypforteckning",
                leaves(TYPES, **{name: int(block in supports) for block, (name, _) in _BLOCKS.items()}),
            )
        ],
        [
            node(PERSON, block, studies.cases(supports.get(block), namespace, asking))
            for block, (_, namespace) in _BLOCKS.items()
        ],
        personnummer=number[2:],
        sekel=number[:2],
        Status="Ej träff" if code == "0" and not supports else " " * 10,
        sekretess="Ja" if life.protected else " " * 2,
    )
