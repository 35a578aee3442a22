"""What an agency may know of a person, one kind of fact for each sort of answer.

A fact holds no dates. The agencies make payments of it for the months that are asked about, and decisions
and changes counted back from today, so that an answer always looks fresh.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Deduction:
    """Taken from every payment after tax; *kind* is the agency's own code."""

    kind: str
    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Change:
    """From the month so many months ago on, payments are *percent* of what they were; 0 ends them."""

    months_ago: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """A benefit from Försäkringskassan.

    A monthly one is paid for the month of its payment; a daily one for every day of the month before.
    """

    code: str
    family: str
    kind: str
    kind_label: str
    amount: Decimal
    pay_day: int
    daily: bool = False
    percent: int = 100
    tax_percent: int = 0
    deductions: tuple[Deduction, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class PensionRow:
    """One amount within a pension; *form* is the benefit it is paid as, *kind* the type of amount."""

    form: str
    form_label: str
    kind: str
    kind_label: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pension:
    """Paid by Pensionsmyndigheten every month for that month."""

    group: str
    group_label: str
    pay_day: int
    rows: tuple[PensionRow, ...]
    tax_percent: int
    deductions: tuple[Deduction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnemploymentBenefit:
    """Paid by the fund named, on Thursdays for the week before or on the 26th for the month before."""

    fund: str
    weekly: bool
    net_after_tax: Decimal
    deducted: Decimal
    days: Decimal


@dataclass(frozen=True, slots=True)
class StudyAmount:
    """Whole kronor a week of one beloppstyp."""

    kind: str
    label: str
    weekly: int


@dataclass(frozen=True, slots=True)
class Study:
    """Support from CSN, in one of its blocks, all year round; *undated* is planned without a day."""

    block: str
    form: str
    label: str
    amounts: tuple[StudyAmount, ...]
    undated: bool = False


@dataclass(frozen=True, slots=True)
class JobSeeker:
    """Registered with Arbetsförmedlingen; *benefit* names the decision on a programme, if there is one."""

    category: str
    months: int
    percent: int
    fund: str | None = None
    benefit: str | None = None
    program_days: int = 0


@dataclass(frozen=True, slots=True)
class Capital:
    """Income from capital in the last tax year, as Skatteverket hands out."""

    income: int
    surplus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """What a sole trader is registered for with Skatteverket."""

    employer: bool = False
    vat: bool = False
    f_tax: bool = False


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Its registration number has letters that no Swedish plate carries."""

    registration: str
    make: str
    year: str
    kind: str
    model: str


@dataclass(frozen=True, slots=True)
class Permit:
    """Decided so many months ago; *months* is how long it is valid, None for ever."""

    decision: str
    label: str
    decided_months_ago: int
    months: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All that seven agencies know of a person; an empty life is known to none of them.

    *earned* is what Skatteverket decides as income from work, every year; *tax_balance* a debt if negative.
    """

    benefits: tuple[Benefit, ...] = ()
    pensions: tuple[Pension, ...] = ()
    unemployment: UnemploymentBenefit | None = None
    studies: tuple[Study, ...] = ()
    job_seeker: JobSeeker | None = None
    capital: tuple[Capital, ...] = ()
    earned: int = 0
    business: Business | None = None
    tax_balance: int = 0
    vehicles: tuple[Vehicle, ...] = ()
    permits: tuple[Permit, ...] = ()
    home_country: str | None = None
    protected: bool = False
