"""The unemployment funds, asked together: each says that it answered, whether it has anything or not.

The contract has no list of status words. `all clear` and `no answer` are this sandbox's own.
"""

from lxml import etree

from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.dates import Period, month_before, shift, week_before
from shs_adapter.sandbox.agencies.markup import leaves, node
from shs_adapter.sandbox.facts import UnemploymentBenefit
from shs_adapter.sandbox.faults import Fault
from shs_adapter.sandbox.lives import FUNDS

SO = "http://INT014.UBPService.Schemas"

ANSWERED = "all clear"
SILENT = "no answer"

_THURSDAY = 3


def answer(asking: Asking) -> Content:
    """The question repeated, and a list of all funds; payments only as far as today."""
    question = asking.question
    return [
        *leaves(
            SO,
            OrganisationsnummerIngivare=question.organisation_number,
            NamnIngivare=question.organisation,
            KontonamnHandlaggare=question.officer,
            Referensnummer=question.case,
            From=asking.period.first,
            Tom=asking.period.last,
            Syfte=question.purpose,
            Paragraf=question.legal_basis,
        ),
        *(
            leaf
            for processor in question.processors
            for leaf in leaves(SO, OrganisationsnummerPersonuppgiftsbitrade=processor.organisation_number)
        ),
        *(
            leaf
            for processor in question.processors
            for leaf in leaves(SO, NamnPersonuppgiftsbitrade=processor.name)
        ),
        *leaves(SO, IdentificationNumber=asking.subject.number),
        node(SO, "ArbetsloshetsersattningLista", [_fund(asking, name) for name in FUNDS]),
    ]


def _fund(asking: Asking, name: str) -> etree._Element:
    """The fund that falls silent is the one that pays, or the first if none does."""
    benefit = asking.subject.life.unemployment
    pays = benefit is not None and benefit.fund == name
    silent = Fault.FUND_SILENT in asking.faults and name == (benefit.fund if benefit else FUNDS[0])
    return node(
        SO,
        "Arbetsloshetsersattning",
        leaves(SO, SvarandeOrganisation=name, StatusSvarandeOrganisation=SILENT if silent else ANSWERED),
        _payments(asking, benefit) if benefit and pays and not silent else (),
    )


def _payments(asking: Asking, benefit: UnemploymentBenefit) -> Content:
    made = Period(asking.period.first, min(asking.period.last, asking.today))
    weekly = [(day, week_before(day)) for day in made.every_week(_THURSDAY)]
    monthly = [(day, month_before(day)) for day in made.every_month(26)]
    payments = [
        node(
            SO,
            "Utbetalningar",
            leaves(
                SO,
                Utbetalningsdatum=day,
                NettoEfterSkatt=benefit.net_after_tax,
                NettoEfterAvdrag=benefit.net_after_tax - benefit.deducted,
                Ersattningsdagar=benefit.days,
                AvserFrom=covered.first,
                AvserTom=covered.last,
            ),
        )
        for day, covered in (weekly if benefit.weekly else monthly)
    ]
    application = leaves(
        SO,
        BeslutOmRattTillErsattning=shift(asking.today.replace(day=1), -6),
        AnsokanOmUtbetalningInlamnad=True,
    )
    return [*payments, node(SO, "AnsoktOmErsattning", application)]
