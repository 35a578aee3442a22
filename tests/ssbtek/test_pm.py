"""What Pensionsmyndigheten pays and decides, decoded from LEFI's answer."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shs_adapter.ssbtek.facts import (
    FkDecision,
    Part,
    PartKind,
    Payer,
    Payment,
    PaymentStatus,
)
from tests.ssbtek.lefi_samples import (
    DATA,
    PENSION,
    found,
    pm_code,
    pm_payment,
)


def test_everything_about_a_pension_is_told() -> None:
    told = pm_payment()

    assert told.outcome is DATA
    assert told.deviations == ()
    (payment,) = told.payments
    assert payment == Payment(
        payer=Payer.PM,
        benefit_code="PM:EF+PM:AP",
        benefit="Efterlevandeförmåner + Allmän pension",
        status=PaymentStatus.PAID,
        paid_on=date(2026, 11, 18),
        period_from=date(2026, 11, 1),
        period_to=date(2026, 11, 30),
        gross=Decimal(9000),
        tax=Decimal(2000),
        other_deduction=Decimal(500),
        net=Decimal(6500),
        loan=Decimal(0),
        path="utbetalningar[0]",
        parts=payment.parts,
    )
    assert payment.parts[1:3] == (
        Part(
            kind=PartKind.AMOUNT,
            path="utbetalningar[0].utbetalningsrader[1]",
            benefit_code="PM:AP38",
            benefit="Allmän pension",
            amount_type_code="PM:IP",
            amount_type="Inkomstpension",
            amount=Decimal(7000),
        ),
        Part(
            kind=PartKind.TAX,
            path="utbetalningar[0].avdrag[0]",
            amount_type_code="PM:PS",
            amount_type="Preliminär skatt",
            amount=Decimal(1700),
        ),
    )
    assert [(part.kind, int(part.amount or 0)) for part in payment.parts] == [
        (PartKind.AMOUNT, 2000),
        (PartKind.AMOUNT, 7000),
        (PartKind.TAX, 1700),
        (PartKind.TAX, 300),
        (PartKind.DEDUCTION, 500),
    ]


def test_a_pension_of_one_row_tells_what_it_is() -> None:
    told = found(
        preliminaraUtbetalningar=[{**PENSION, "utbetalningsrader": PENSION["utbetalningsrader"][:1]}]
    )

    (payment,) = told.payments
    assert payment.status is PaymentStatus.PLANNED
    assert (payment.benefit_code, payment.benefit) == ("PM:EF", "Efterlevandeförmåner")
    assert (payment.sub_benefit, payment.amount_type) == ("Efterlevandepension", "Omställningspension")


TAXED = {"belopp": -2500, "avdragstyp": pm_code("PM:SS", "Särskild inkomstskatt")}


@pytest.mark.parametrize(
    ("changes", "sums", "kinds"),
    [
        ({"avdrag": [TAXED]}, (2500, 0), ()),
        (
            {"avdrag": [TAXED, {"belopp": "mycket", "avdragstyp": TAXED["avdragstyp"]}]},
            (None, None),
            ("unreadable",),
        ),
        ({"avdrag": [TAXED, {"avdragstyp": TAXED["avdragstyp"]}]}, (None, None), ()),
        (
            {"avdrag": [{"belopp": 2500, "avdragstyp": pm_code("PM:NYTT", "Nytt")}]},
            (0, 2500),
            ("unknown_code",),
        ),
        ({"avdrag": [{**TAXED, "belopp": 2400}]}, (2400, 0), ("arithmetic",)),
        ({"avdrag": []}, (None, None), ("arithmetic",)),
        ({"avdrag": None, "nettobelopp": 9000}, (0, 0), ()),
        ({"avdrag": None, "nettobelopp": None}, (None, None), ()),
        ({"avdrag": "inget", "nettobelopp": 9000}, (None, None), ("unreadable",)),
    ],
)
def test_what_is_deducted_from_a_pension_is_told_by_sort_or_not_at_all(
    changes: dict[str, Any], sums: tuple[int | None, int | None], kinds: tuple[str, ...]
) -> None:
    told = pm_payment(**changes)

    assert (told.payments[0].tax, told.payments[0].other_deduction) == sums
    assert tuple(each.kind for each in told.deviations) == kinds


def test_decisions_and_claims_of_pensionsmyndigheten_are_told() -> None:
    decision = {
        "beslutsid": "1",
        "beslutsdatum": "2026-01-15",
        "formansgrupp": pm_code("PM:AP", "Allmän pension"),
        "beslutsstatus": pm_code("SLUTLIGT", "Slutligt"),
        "beslutsutfall": pm_code("BIFALL", "Bifall"),
        "beslutadErsattning": [
            {
                "beslutatBelopp": {"belopp": 7000, "beloppsfrekvens": pm_code("MANAD", "Månad")},
                "period": {"from": "2026-02-01"},
                "ersattningstyp": pm_code("PM:IP", "Inkomstpension"),
                "omfattning": 0.75,
            },
            {"ersattningstyp": pm_code("PM:TP", "Tilläggspension")},
        ],
    }
    refused = {
        "formansgrupp": pm_code("PM:BTI", "Bostadstillägg"),
        "beslutsstatus": pm_code("PRELIMINART", "Preliminärt"),
        "beslutsutfall": pm_code("AVSLAG", "Avslag"),
    }
    claim = {
        "ansprakid": "2",
        "ankomstdatum": "2026-10-01",
        "formansgrupp": pm_code("PM:EF", "Efterlevandeförmåner"),
        "yrkadPeriod": {"from": "2026-10-01", "tom": "2027-09-30"},
    }

    told = found(beslut=[decision, refused], ansprak=[claim])

    assert told.deviations == ()
    shared: dict[str, Any] = {"supplier": Payer.PM, "kind": "DECISION"}
    final = shared | {
        "decided_on": date(2026, 1, 15),
        "final": True,
        "outcome": "BIFALL",
        "benefit_code": "PM:AP",
    }
    assert told.facts == (
        FkDecision(
            **final,
            benefit="Inkomstpension",
            valid_from=date(2026, 2, 1),
            gross=Decimal(7000),
            frequency="MANAD",
            extent=Decimal("0.75"),
        ),
        FkDecision(**final, benefit="Tilläggspension"),
        FkDecision(**shared, final=False, outcome="AVSLAG", benefit_code="PM:BTI", benefit="Bostadstillägg"),
        FkDecision(
            supplier=Payer.PM,
            kind="CLAIM",
            decided_on=date(2026, 10, 1),
            benefit_code="PM:EF",
            benefit="Efterlevandeförmåner",
            valid_from=date(2026, 10, 1),
            valid_to=date(2027, 9, 30),
        ),
    )
