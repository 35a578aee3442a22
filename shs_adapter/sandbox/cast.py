"""The invented persons of the sandbox: who they are, what goes wrong for them, and how it should end.

All numbers are test numbers that Skatteverket publishes, so a person's age follows from the number
and not from the life. A number that is not here belongs to a stranger whom no agency knows.
"""

from dataclasses import dataclass, field
from typing import Literal

from shs_adapter.sandbox import lives
from shs_adapter.sandbox.facts import Life
from shs_adapter.sandbox.faults import Fault

__all__ = ["CAST", "NUMBERS", "Fault", "Meant", "Person", "find"]


@dataclass(frozen=True, slots=True)
class Meant:
    """How a question about all agencies should end; *unverified* are those that must be checked by hand."""

    state: Literal["done", "failed"]
    verdict: Literal["COMPLETE", "INCOMPLETE", "FAILED"]
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast; *story* is a sentence for the operator."""

    number: str = field(repr=False)
    name: str
    story: str
    life: Life
    fault: Fault = Fault.NONE
    meant: Meant = Meant("done", "COMPLETE")


_NO_VERDICT = Meant("done", "FAILED", ("AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV"))
_FAILED = Meant("failed", "FAILED")


def _incomplete(agency: str) -> Meant:
    return Meant("done", "INCOMPLETE", (agency,))


CAST: tuple[Person, ...] = (
    Person(
        "197701172392",
        "Ada Exempel",
        "Single parent: child benefit, a housing allowance that rose, and unemployment benefit every week.",
        lives.SINGLE_PARENT,
    ),
    Person("200002292399", "Stina Student", "University student with grant and loan.", lives.STUDENT),
    Person(
        "197701182383",
        "Petrus Pension",
        "Old-age pensioner, taxed, with benefits of two payers; too young by his test number.",
        lives.PENSIONER,
    ),
    Person(
        "197701182391",
        "Sixten Sjukskriven",
        "On sickness benefit, of which a debt is set off every month.",
        lives.ON_SICK_LEAVE,
    ),
    Person(
        "197701192390",
        "Firma Firmansson",
        "Sole trader with income from capital and a van.",
        lives.SOLE_TRADER,
    ),
    Person(
        "197701202397",
        "Nya Nykomling",
        "Newly arrived, with residence permits and establishment benefit.",
        lives.NEWLY_ARRIVED,
    ),
    Person(
        "197701202389",
        "Skyddad Testperson",
        "Protected identity: the agencies say so and leave the name out.",
        lives.PROTECTED,
    ),
    Person("197701212396", "Tom Tomsson", "Known, but with data at no agency.", lives.NOTHING),
    Person(
        "197701222387",
        "Par Provpar",
        "Applicant of a couple with a child: half-time parental benefit; the housing allowance has ended.",
        lives.PARENT_OF_A_COUPLE,
    ),
    Person(
        "197701222395",
        "Pia Provpar",
        "Co-applicant of the couple: in a programme with activity support. Arbetsförmedlingen answers when"
        " asked again.",
        lives.IN_A_PROGRAMME,
        Fault.PASSING,
    ),
    Person("201701012393", "Pim Provpar", "The couple's child, with nothing of its own.", lives.NOTHING),
    Person(
        "189001019802",
        "Urban Uråldrig",
        "Born in the 1800s: has a pension, but Transportstyrelsen cannot be asked.",
        lives.PENSIONER,
        meant=_incomplete("TNS"),
    ),
    Person(
        "202201612393",
        "Sam Samordning",
        "Child with a coordination number and a permit, whom CSN cannot look up.",
        lives.PERMIT_ONLY,
        meant=_incomplete("CSN"),
    ),
    Person(
        "197701232386",
        "Oskar Omställd",
        "Retraining with omställningsstudiestöd, planned without a date; the answer comes late.",
        lives.RETRAINING,
        Fault.LATE,
    ),
    Person(
        "197701212388",
        "Bil Dubbelsson",
        "Owns a car and a motorcycle; the answer comes twice.",
        lives.VEHICLE_OWNER,
        Fault.TWICE,
    ),
    Person(
        "199001012385",
        "Tilda Timeout",
        "Arbetsförmedlingen does not answer SSBTEK in time.",
        lives.UNEMPLOYED,
        Fault.SSBT_TIMEOUT,
        _incomplete("AF"),
    ),
    Person(
        "197701192382",
        "Bo Bastjänstfel",
        "Skatteverket answers with an error of its own.",
        lives.SOLE_TRADER,
        Fault.BT_ERROR,
        _incomplete("SKV"),
    ),
    Person(
        "197701232394",
        "Liv Leverantörsson",
        "Widow: Pensionsmyndigheten is down, and her pension missing from an answer that looks whole.",
        lives.WIDOW,
        Fault.LEFI_SUPPLIER_DOWN,
        _incomplete("FK"),
    ),
    Person(
        "197701242385",
        "Kim Kassalös",
        "Unemployed; the fund that pays has not answered.",
        lives.UNEMPLOYED,
        Fault.FUND_SILENT,
        _incomplete("SO"),
    ),
    Person(
        "197701242393",
        "Dan Delsvar",
        "Student whose grant and loan CSN cannot see today.",
        lives.STUDENT,
        Fault.CSN_PARTLY_DOWN,
        _incomplete("CSN"),
    ),
    Person(
        "197701252384",
        "Fel Felsson",
        "The whole question is refused with a SOAP fault.",
        lives.NOTHING,
        Fault.SOAP_FAULT,
        _NO_VERDICT,
    ),
    Person(
        "197701252392",
        "Vilse Personsson",
        "The answer is about somebody else.",
        lives.ON_SICK_LEAVE,
        Fault.WRONG_PERSON,
        _NO_VERDICT,
    ),
    Person(
        "201701102384",
        "Tyst Testbarn",
        "Child about whom no answer ever comes.",
        lives.NOTHING,
        Fault.SILENT,
        _FAILED,
    ),
    Person(
        "202601612381",
        "Retur Testbarn",
        "Child with a coordination number; an SHS error message comes instead of an answer.",
        lives.NOTHING,
        Fault.SHS_ERROR,
        _FAILED,
    ),
)

_BY_NUMBER = {person.number: person for person in CAST}

NUMBERS = frozenset(_BY_NUMBER)


def find(number: str) -> Person | None:
    """The person with these twelve digits; None for a stranger."""
    return _BY_NUMBER.get(number)
