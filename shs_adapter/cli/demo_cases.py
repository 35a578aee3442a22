"""The questions of the demonstration, and how the sandbox means each to end. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain, cycle, islice

from shs_adapter.sandbox.cast import CAST, Fault, Meant, Person
from shs_adapter.sandbox.lives import NOTHING

# Persons who share a case, and what each is in it.
_HOUSEHOLDS = {
    "EB-2001": (("Par Provpar", "APPLICANT"), ("Pia Provpar", "CO_APPLICANT"), ("Pim Provpar", "CHILD")),
    "EB-2002": (("Ada Exempel", "APPLICANT"), ("Liv Leverantörsson", "CO_APPLICANT")),
}

_COMPLETE = Meant("done", "COMPLETE")
_FAILED = Meant("failed", "FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question: *columns* as a business system writes them, and the end that is meant."""

    label: str
    columns: dict[str, str] = field(repr=False)
    meant: Meant = _COMPLETE
    failure_code: str | None = None
    withdrawn: bool = False  # taken back by an UPDATE after the INSERT

    @property
    def verdict(self) -> str:
        return "WITHDRAWN" if self.withdrawn else self.meant.verdict


def cases(number: int, today: date) -> list[Case]:
    """*number* questions: the first 25 hold one of every kind, further ones are ordinary."""
    at_home = {name for members in _HOUSEHOLDS.values() for name, _ in members}
    alone = [person for person in CAST if person.name not in at_home]
    ordinary = [person for person in alone if _is_ordinary(person)]
    told = [person for person in alone if not _is_ordinary(person)] + ordinary
    found = [*_special(today), *_households(today), *(_of(person, today) for person in told)]
    more = (_of(person, today) for person in cycle(ordinary))
    return [_numbered(case, place) for place, case in enumerate(islice(chain(found, more), number), 1)]


def _special(today: date) -> Iterator[Case]:
    """What business systems do besides asking well, and a person about whom there is nothing to say."""
    ada, stina, petrus = CAST[:3]
    first = month_before(today)
    longer = month_before(month_before(first))  # a month less reaches just to the window's edge on a first
    wrong = replace(ada, number="199001012386")  # its check digit is wrong, so it is nobody's
    yield _of(wrong, today, label="wrong personal number", meant=_FAILED, failure_code="person_check_digit")
    reversed_ = {"from_date": str(today), "to_date": str(first)}
    yield _of(ada, today, reversed_, label="from after to", meant=_FAILED, failure_code="period_reversed")
    tomorrow = {"not_before": f"{today + timedelta(days=1)}T08:00:00"}
    yield _of(
        stina, today, tomorrow, label="withdrawn", meant=_FAILED, failure_code="withdrawn", withdrawn=True
    )
    guid = {"case_id": "7b1b0c8e-54d7-4a7c-9a53-2f8f3b9d3b11"}
    yield _of(petrus, today, guid, label="GUID as case id")
    clipped = Meant("done", "INCOMPLETE", ("CSN",))
    yield _of(petrus, today, {"from_date": str(longer)}, label="longer than CSN's window", meant=clipped)
    unknown = next(person for person in CAST if _is_ordinary(person) and person.life is NOTHING)
    yield _of(unknown, today, label="data at no agency")


def _households(today: date) -> Iterator[Case]:
    """One question a person, all in the household's case."""
    by_name = {person.name: person for person in CAST}
    for case_id, members in _HOUSEHOLDS.items():
        for name, role in members:
            shared = {"case_id": case_id, "household_role": role}
            yield _of(by_name[name], today, shared, label=f"household: {role.lower().replace('_', '-')}")


def _of(
    person: Person,
    today: date,
    columns: dict[str, str] | None = None,
    *,
    label: str = "",
    meant: Meant | None = None,
    failure_code: str | None = None,
    withdrawn: bool = False,
) -> Case:
    """A question about *person* for the last month and this one, but for what *columns* say."""
    plain = {
        "person_id": person.number,
        "officer": "anna.handlaggare@exempelkommun.se",
        "unit": "Försörjningsstöd",
        "household_role": "APPLICANT",
        "from_date": str(month_before(today)),
        "to_date": str(today),
    }
    return Case(
        label=label or ("ordinary" if person.fault is Fault.NONE else person.fault),
        columns=plain | (columns or {}),
        meant=meant or person.meant,
        failure_code=failure_code,
        withdrawn=withdrawn,
    )


def _numbered(case: Case, place: int) -> Case:
    own = {"reference": f"demo-{place:02}", "case_id": f"EB-{place:04}"}
    return replace(case, columns=own | case.columns)


def _is_ordinary(person: Person) -> bool:
    return person.fault is Fault.NONE and person.meant == _COMPLETE


def month_before(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
