"""Arbetsförmedlingen: job seekers, their activity reports and the decisions that give FK benefits."""

from collections.abc import Mapping
from datetime import date

from lxml import etree

from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.dates import month_of, shift
from shs_adapter.sandbox.agencies.markup import Value, leaves, node
from shs_adapter.sandbox.facts import JobSeeker
from shs_adapter.sandbox.faults import Fault

AF = "http://api.arbetsformedlingen.se/arbetssokande/ersattningsstod/v2"

_ANSWERED: Mapping[str, Value] = {
    "StatusSokandeinformationKod": 0,
    "StatusSokandeinformationKodText": "Frågan har behandlats normalt och ett giltigt svar har returnerats.",
}
_REPORT_FILED, _REPORT_UNKNOWN = "200", "502"


def answer(asking: Asking) -> Content:
    """The question as Arbetsförmedlingen repeats it, and who the subject is to them: perhaps nobody."""
    return [_question(asking), _answer(asking)]


def _question(asking: Asking) -> etree._Element:
    question = asking.question
    processor = next(iter(question.processors), None)  # there is room for one
    return node(
        AF,
        "Fraga",
        leaves(
            AF,
            OrganisationsnummerForIngivare=question.organisation_number,
            NamnPaIngivare=question.organisation,
            KontonamnForHandlaggare=question.officer,
            Referensnummer=question.case,
            From=asking.period.first,
            Tom=asking.period.last,
            SyfteMedFraga=question.purpose,
            LagParagraf=question.legal_basis,
            OrganisationsnummerForPersonuppgiftsbitrade=processor.organisation_number if processor else None,
            NamnPaPersonuppgiftsbitrade=processor.name if processor else None,
            IdentitetsbeteckningFysiskPerson=question.person,
        ),
    )


def _answer(asking: Asking) -> etree._Element:
    seeker = asking.subject.life.job_seeker
    first_name, family_name = (seeker and asking.names) or (None, None)
    return node(
        AF,
        "Svar",
        leaves(
            AF,
            Schemaversion="2.0",
            Referensnummer=asking.question.case,
            LagParagraf=asking.question.legal_basis,
            IdentitetsbeteckningFysiskPerson=asking.subject.number,
            Fornamn=first_name,
            Efternamn=family_name,
            Sekretessmarkering=asking.subject.life.protected,
        ),
        _registration(seeker, asking) if seeker else (),
        leaves(AF, Akassetillhorighet=seeker.fund if seeker else None),
        leaves(AF, **_ANSWERED),
    )


def _registration(seeker: JobSeeker, asking: Asking) -> Content:
    registered = shift(asking.today.replace(day=1), -seeker.months)
    reported = None if Fault.AF_502 in asking.faults else shift(asking.today.replace(day=14), -1)
    return [
        node(
            AF,
            "ArbetssokandeInfo",
            leaves(
                AF,
                Arbetssokande=True,
                ArbetssokandeSKAT=seeker.category,
                ArbetssokandeRegistrerad=registered,
                ArbetssokandeOmfattning=seeker.percent,
            ),
            [
                node(
                    AF,
                    "AktivetetsRapportDatum",  # so spelled in the contract
                    leaves(
                        AF,
                        AktivitetsRapportMeddelande=_REPORT_FILED if reported else _REPORT_UNKNOWN,
                        SenasteAktivitetsRapportDatum=reported,
                    ),
                )
            ],
        ),
        node(AF, "BeslutInfo", [node(AF, "EkonomiskaBeslut", _decisions(seeker, registered))]),
    ]


def _decisions(seeker: JobSeeker, registered: date) -> Content:
    if seeker.benefit is None:
        return []
    decision = leaves(
        AF,
        ErsattningTyp=seeker.benefit,
        Omfattning=seeker.percent,
        BeslutFrom=registered,
        BeslutTom=month_of(shift(registered, 23)).last,
    )
    return [node(AF, "Beslut", decision)]
