"""What agencies say, as typed values: payments, and a kind of fact for each agency's own.

Rule: None is "not said" or "cannot be read", never 0 and never "no". Amounts are Decimal, in kronor unless
a currency says otherwise. Days are the agency's own, as written. What names somebody or something that
leads to a person is marked SEALED: it is never written in the clear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

SEALED: Mapping[str, bool] = MappingProxyType({"sealed": True})


class Payer(StrEnum):
    FK = "FK"
    PM = "PM"
    AKASSA = "AKASSA"
    CSN = "CSN"


class PaymentStatus(StrEnum):
    PAID = "PAID"
    PLANNED = "PLANNED"
    UNKNOWN = "UNKNOWN"  # the agency's word for it is none that is known here


class PartKind(StrEnum):
    AMOUNT = "AMOUNT"
    TAX = "TAX"
    DEDUCTION = "DEDUCTION"  # any other than tax; its amount is positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One row within a payment; *is_loan* is None where the code does not tell. *extent* is 0 to 1."""

    kind: PartKind
    path: str
    benefit_code: str | None = None
    benefit: str | None = None
    amount_type_code: str | None = None
    amount_type: str | None = None
    amount: Decimal | None = field(default=None, repr=False)
    is_loan: bool | None = False
    period_from: date | None = None
    period_to: date | None = None
    extent: Decimal | None = None
    days: Decimal | None = None
    hours: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment, made or planned, from one payer (ssbtek-data d).

    *tax* and *other_deduction* are positive; *net* is what is paid out. a-kassor give no gross, and two nets:
    *net_after_tax* before and *net* after other deductions. *loan* is the part to be paid back, None where a
    code that is not known could hide one. *sub_benefit*, *amount_type* and *days* are lifted from the parts
    only where there is exactly one; parts are never added up into the payment. *path* is where it stands in
    the agency's own document.
    """

    payer: Payer
    payer_org: str | None = None
    benefit_code: str | None = None
    benefit: str
    sub_benefit: str | None = None
    amount_type: str | None = None
    pay_type: str | None = None
    status: PaymentStatus
    paid_on: date | None = None
    period_from: date | None = None
    period_to: date | None = None
    gross: Decimal | None = field(default=None, repr=False)
    tax: Decimal | None = field(default=None, repr=False)
    other_deduction: Decimal | None = field(default=None, repr=False)
    net: Decimal | None = field(default=None, repr=False)
    net_after_tax: Decimal | None = field(default=None, repr=False)
    loan: Decimal | None = field(default=None, repr=False)
    currency: str = "SEK"
    days: Decimal | None = None
    path: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AfStatus:
    """Who the person is to Arbetsförmedlingen; *extent_percent* of full time."""

    job_seeker: bool | None = None
    category: str | None = None  # ArbetssokandeSKAT
    registered: date | None = None
    deregistered: date | None = None
    extent_percent: int | None = None
    activity_report: str | None = None  # the code
    last_activity_report: date | None = None
    fund: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AfDecision:
    """A decision that gives a benefit at Försäkringskassan."""

    benefit: str | None = None
    extent_percent: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CsnCase:
    """An ärende; *number* counts within its block, *co_borrower* is another person's number."""

    block: str  # Studiemedel, Studiehjalp, HemutrustningsLan, Studiestartsstod, Omstallningsstudiestod
    number: str | None = None  # lopnummer
    form: str | None = None  # stodform
    label: str | None = None
    status: str | None = None
    co_borrower: str | None = field(default=None, repr=False, metadata=SEALED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsnGrant:
    """A time for which support is granted, from the Monday of the first week to the Sunday of the last."""

    block: str
    number: str | None = None  # of its case
    valid_from: date | None = None
    valid_to: date | None = None
    pace_percent: int | None = None
    total: Decimal | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FkDecision:
    """A decision (beslut) or a claim (anspråk), at Försäkringskassan or Pensionsmyndigheten."""

    supplier: Payer
    kind: str  # DECISION or CLAIM
    case_type: str | None = None  # FK: the list it stands in, such as sjukpenningarende
    case_started: date | None = None
    active: bool | None = None
    decided_on: date | None = None  # of a claim: received on
    final: bool | None = None
    benefit_code: str | None = None
    benefit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    gross: Decimal | None = field(default=None, repr=False)
    frequency: str | None = None
    extent: Decimal | None = None
    outcome: str | None = None  # PM: BIFALL, AVSLAG


@dataclass(frozen=True, slots=True, kw_only=True)
class FkProgramDays:
    used_days: int | None = None
    max_used: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkvCapital:
    """v10: income from capital of one year of assessment, with the status code of the person's block."""

    tax_year: int | None = None
    income: Decimal | None = field(default=None, repr=False)
    surplus: Decimal | None = field(default=None, repr=False)
    status_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkvPart:
    """v11: one of the five parts as it came, JSON; a sole trader's company number is a personal number."""

    part: str
    content: str = field(repr=False, metadata=SEALED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkvBusiness:
    """v11: foretagsinformation."""

    company: str | None = field(default=None, repr=False, metadata=SEALED)
    employer: bool | None = None
    vat: bool | None = None
    f_tax: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkvAccount:
    """v11: skattekonto."""

    bank_account: str | None = field(default=None, repr=False, metadata=SEALED)
    paid_out: Decimal | None = field(default=None, repr=False)
    posted_on: date | None = None
    balance: Decimal | None = field(default=None, repr=False)
    preliminary_interest: Decimal | None = field(default=None, repr=False)
    updated_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkvTaxDecision:
    """v11: one of skatteuppgifter.beslutadeSkatteuppgifter."""

    tax_year: int | None = None
    tax_period: str | None = None
    decided_on: date | None = None
    income_year: int | None = None
    employment_surplus: Decimal | None = field(default=None, repr=False)
    capital: Decimal | None = field(default=None, repr=False)
    assessed_income: Decimal | None = field(default=None, repr=False)
    final_tax: Decimal | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFund:
    """What one a-kassa says beside its payments."""

    fund: str | None = None
    status: str | None = None
    right_decided_on: date | None = None
    payment_applied: bool | None = None
    application_known: bool = False  # whether it says anything of an application


@dataclass(frozen=True, slots=True, kw_only=True)
class SoSuspension:
    fund: str | None = None
    suspended_from: date | None = None
    suspended_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TnsVehicle:
    registration: str | None = field(default=None, repr=False, metadata=SEALED)
    make: str | None = None
    model_year: str | None = None
    kind: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MivPermit:
    """One svar; *validity* is PERMANENT or TIDBEGRANSAT."""

    case_type: str | None = None
    decision_code: str | None = None
    decision_type: str | None = None
    decision: str | None = None  # beslutsTypNamn
    applied: date | None = None
    decided: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    validity: str | None = None


Fact = (
    AfStatus
    | AfDecision
    | CsnCase
    | CsnGrant
    | FkDecision
    | FkProgramDays
    | SkvCapital
    | SkvPart
    | SkvBusiness
    | SkvAccount
    | SkvTaxDecision
    | SoFund
    | SoSuspension
    | TnsVehicle
    | MivPermit
)
