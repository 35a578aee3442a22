"""A reason, and the sentences on who acts that many reasons share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Whole sentences. *who* begins with one of ACTORS."""

    what: str
    why: str
    who: str


ACTORS = (
    "Handläggaren",
    "Verksamhetssystemets leverantör",
    "Driften",
    "Försäkringskassan",
    "Myndigheten",
    "Ingen",
)

CHOOSES = "Handläggaren ändrar perioden eller myndigheterna och ställer en ny fråga."
REPORTS = "Driften anmäler felet till adapterns leverantör."
NOBODY = "Ingen behöver göra något."
