"""Skatteverket in v10: income from capital, as an XML document inside a string.

No schema of the inner document is public; it follows the one answer that is, which has status 999. What
that means is not public: here 0 is good.
"""

from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.markup import leaves, node, written
from shs_adapter.sandbox.faults import Fault

_COMMON = "http://xmls.skatteverket.se/se/skatteverket/zg"
INFORMATION = f"{_COMMON}/instans/standardiseradInformation/1.0"
TAXATION = f"{_COMMON}/komponent/infoForBeskattning/1.0"
REGISTRATION = f"{_COMMON}/komponent/infoForFolkbokforing/1.0"

_PREFIXES = {"info": INFORMATION, "besko": TAXATION, "folko": REGISTRATION}


def answer(asking: Asking) -> Content:
    """The person always, income from capital in the last full year if there is any."""
    first_name, family_name = asking.names or (None, None)
    capital = [
        node(
            INFORMATION,
            "Kapitaluppgift",
            leaves(
                TAXATION,
                Taxeringsar=asking.today.year - 1,
                SummaIntakterPaKapital=income.income,
                OverskottPaKapital=income.surplus,
            ),
        )
        for income in asking.subject.life.capital
    ]
    person = node(
        INFORMATION,
        "Personuppgift",
        leaves(
            REGISTRATION,
            IdentitetsbeteckningFysiskPerson=asking.subject.number,
            Fornamn=first_name,
            Efternamn=family_name,
        ),
        leaves(INFORMATION, StatusPersonuppgiftKod=999 if Fault.SKV_999 in asking.faults else 0),
        capital,
    )
    document = node(
        INFORMATION,
        "SvarBeskattningsuppgifterEnligtSFS2008-975",
        [node(INFORMATION, "PersonuppgiftLista", [person])],
    )
    return leaves(None, svar=written(document, _PREFIXES).decode())
