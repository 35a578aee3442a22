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
from shs_adapter.sandbox.cast import Fault

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
_DOWN_TOGETHER = {"Studiemedel", "Studiehjalp"}
_TEXTS = {
    "0": "Allt OK, inget att rapportera",
    "-2": "Personen finns inte hos CSN",
    "-1004": "Felaktigt personnummer",
    "-1005": "Parametrarna bryter mot kontraktet",
    "-1006": "Felaktigt datumintervall",
    "-1102": "Studiemedel och studiehjälp kan inte nås",
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
            node(ANSWER, "Personer", [_person(asking, code)] if code in {"0", "-1102"} else ()),
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
        "-1102": Fault.CSN_PARTLY_DOWN in asking.faults,
        "-2": not asking.subject.name,
    }
    return next((code for code, broken in rules.items() if broken), "0")


def _person(asking: Asking, code: str) -> etree._Element:
    """A person without studies has the status `Ej träff`, unless the studies are what cannot be seen."""
    number, life = asking.subject.number, asking.subject.life
    supports = {
        study.block: study for study in life.studies if code == "0" or study.block not in _DOWN_TOGETHER
    }
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
