"""Migrationsverket: residence and work permits, always the whole history."""

from datetime import date

from lxml import etree

from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.dates import shift
from shs_adapter.sandbox.agencies.markup import leaves, node
from shs_adapter.sandbox.facts import Permit


def answer(asking: Asking) -> Content:
    """No `response` at all for a person without a permit. Nothing in it has a namespace."""
    life = asking.subject.life
    if not life.permits:
        return []
    first_name, family_name = asking.names or (None, None)
    entered = shift(asking.today, -1 - max(permit.decided_months_ago for permit in life.permits))
    return [
        node(
            None,
            "response",
            leaves(
                None,
                korrelationsid=asking.question.correlation_id,
                correlationid=asking.question.correlation_id or asking.question.case,
                efternamn=family_name,
                fornamn=first_name,
                hemland=life.home_country,
                inresedatum=entered,
                personnummer=asking.subject.number,
            ),
            [node(None, "svarCollection", [_permit(permit, asking.today) for permit in life.permits])],
        )
    ]


def _permit(permit: Permit, today: date) -> etree._Element:
    decided = shift(today, -permit.decided_months_ago)
    return node(
        None,
        "svar",
        leaves(
            None,
            ansokningsdatum=shift(decided, -1),
            arendeTyp="UAT",
            arendeTypNamn="UPPEHÅLLS- OCH ARBETSTILLSTÅND",
            beslutsKod="BEV",
            beslutsKodNamn="ANSÖKAN BEVILJAS",
            beslutsTyp=permit.decision,
            beslutsTypNamn=permit.label,
            beslutsdatum=decided,
            fromDatum=decided,
            giltighetstid="TIDBEGRANSAT" if permit.months else "PERMANENT",
            tomDatum=shift(decided, permit.months) if permit.months else None,
        ),
    )
