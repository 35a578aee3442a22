"""The lives of the invented persons, as the seven agencies know them. All amounts are invented."""

from dataclasses import replace
from decimal import Decimal

from shs_adapter.sandbox.facts import (
    Benefit,
    Business,
    Capital,
    Change,
    Deduction,
    JobSeeker,
    Life,
    Pension,
    PensionRow,
    Permit,
    Study,
    StudyAmount,
    UnemploymentBenefit,
    Vehicle,
)

FUNDS = ("Exempelkassan", "Provarnas a-kassa", "Testkassan")

_CHILD_BENEFIT = Benefit(
    code="FK:ABB",
    family="Barnbidrag",
    kind="BB",
    kind_label="Barnbidrag",
    amount=Decimal(1250),
    pay_day=20,
)
_HOUSING_ALLOWANCE = Benefit(
    code="FK:BOB",
    family="Bostadsbidrag",
    kind="BO",
    kind_label="Bostadsbidrag",
    amount=Decimal(3400),
    pay_day=26,
)
_EXTRA_COSTS = Benefit(
    code="FK:MEK",
    family="Merkostnadsersättning",
    kind="MK",
    kind_label="Merkostnadsersättning",
    amount=Decimal(1470),
    pay_day=19,
)
_SICKNESS = Benefit(
    code="FK:SJP",
    family="Sjukpenning",
    kind="SP",
    kind_label="Sjukpenning",
    amount=Decimal("612.50"),
    pay_day=25,
    daily=True,
    tax_percent=30,
    deductions=(Deduction("KVI", "Kvittning", 500),),
)
_PARENTAL = Benefit(
    code="FK:FP",
    family="Föräldrapenning",
    kind="FP",
    kind_label="Föräldrapenning, sjukpenningnivå",
    amount=Decimal("421.25"),
    pay_day=25,
    daily=True,
    percent=50,
    tax_percent=30,
)
_ACTIVITY = Benefit(
    code="FK:PROG",
    family="Programersättning",
    kind="AS",
    kind_label="Aktivitetsstöd",
    amount=Decimal(365),
    pay_day=25,
    daily=True,
    tax_percent=30,
)
_ESTABLISHMENT = Benefit(
    code="FK:PROG",
    family="Programersättning",
    kind="EE",
    kind_label="Etableringsersättning",
    amount=Decimal(308),
    pay_day=25,
    daily=True,
)
_OLD_AGE = Pension(
    group="PM:AP",
    group_label="Allmän pension",
    pay_day=18,
    rows=(
        PensionRow("PM:AP38", "Allmän pension", "PM:IP", "Inkomstpension", 9120),
        PensionRow("PM:AP38", "Allmän pension", "PM:TP", "Tilläggspension", 2310),
        PensionRow("PM:AP38", "Allmän pension", "PM:GARP", "Garantipension", 1475),
    ),
    tax_percent=22,
)
_SURVIVOR = Pension(
    group="PM:EF",
    group_label="Efterlevandeförmåner",
    pay_day=19,
    rows=(PensionRow("PM:EP", "Efterlevandepension", "PM:OP", "Omställningspension", 8640),),
    tax_percent=30,
    deductions=(Deduction("PM:KVIOVR", "Kvittning", 300),),
)
_UNIVERSITY = Study(
    "Studiemedel",
    "GRUND",
    "Studiemedel för studier i Sverige",
    (StudyAmount("GRUNDB", "Bidrag", 1024), StudyAmount("GRUNDL", "Lån", 2352)),
)
_RETRAINING = Study(
    "Omstallningsstudiestod",
    "OSS",
    "Omställningsstudiestöd",
    (
        StudyAmount("OSSBID", "Omställningsstudiestöd bidrag", 4210),
        StudyAmount("OSSLÅN", "Omställningsstudiestöd lån", 2240),
    ),
    undated=True,
)
_PART_TIME = UnemploymentBenefit(
    fund="Exempelkassan",
    weekly=True,
    net_after_tax=Decimal("1512.50"),
    deducted=Decimal("130.00"),
    days=Decimal("2.5"),
)
_FULL_TIME = UnemploymentBenefit(
    fund="Testkassan",
    weekly=False,
    net_after_tax=Decimal("14230.00"),
    deducted=Decimal("0.00"),
    days=Decimal(22),
)

NOTHING = Life()
SINGLE_PARENT = Life(
    benefits=(_CHILD_BENEFIT, replace(_HOUSING_ALLOWANCE, change=Change(1, 120))),
    unemployment=_PART_TIME,
    job_seeker=JobSeeker("Deltidsarbetslös", 7, 50, fund="Exempelkassan"),
    earned=98400,
)
STUDENT = Life(studies=(_UNIVERSITY,))
PENSIONER = Life(benefits=(_EXTRA_COSTS,), pensions=(_OLD_AGE,), earned=154800)
WIDOW = Life(benefits=(_CHILD_BENEFIT,), pensions=(_SURVIVOR,))
ON_SICK_LEAVE = Life(benefits=(_SICKNESS,), earned=171600)
UNEMPLOYED = Life(
    unemployment=_FULL_TIME,
    job_seeker=JobSeeker("Öppet arbetslös", 4, 100, fund="Testkassan"),
    earned=246000,
)
IN_A_PROGRAMME = Life(
    benefits=(_ACTIVITY,),
    job_seeker=JobSeeker("Program med aktivitetsstöd", 16, 100, benefit="Aktivitetsstöd", program_days=212),
)
PARENT_OF_A_COUPLE = Life(
    benefits=(_CHILD_BENEFIT, _PARENTAL, replace(_HOUSING_ALLOWANCE, change=Change(1, 0)))
)
SOLE_TRADER = Life(
    capital=(Capital(48200, 31750),),
    earned=184300,
    business=Business(vat=True, f_tax=True),
    tax_balance=-1240,
    vehicles=(Vehicle("QVI 010", "PROVBIL", "2019", "LASTBIL", "Lätt skåp"),),
)
NEWLY_ARRIVED = Life(
    benefits=(_ESTABLISHMENT,),
    job_seeker=JobSeeker("Etableringsprogrammet", 9, 100, benefit="Etableringsersättning"),
    permits=(
        Permit("UAT", "UPPEHÅLLS- OCH ARBETSTILLSTÅND", 14, 37),
        Permit("ARB", "ARBETSTILLSTÅND", 20, 6),
    ),
    home_country="UTOPIA",
)
PROTECTED = Life(
    benefits=(_CHILD_BENEFIT,),
    studies=(_UNIVERSITY,),
    job_seeker=JobSeeker("Ombytessökande", 3, 100),
    protected=True,
)
VEHICLE_OWNER = Life(
    vehicles=(
        Vehicle("QVI 001", "PROVBIL", "2014", "PERSONBIL", "Kombi"),
        Vehicle("QVI 002", "TESTMOTOR", "2003", "MOTORCYKEL", "T 250"),
    ),
)
RETRAINING = Life(studies=(_RETRAINING,))
PERMIT_ONLY = Life(
    permits=(Permit("PUT", "PERMANENT UPPEHÅLLSTILLSTÅND", 5, None),),
    home_country="UTOPIA",
)
