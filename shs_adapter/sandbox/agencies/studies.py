"""A case at CSN: what was applied for, granted and paid, by beloppstyp, in whole kronor and ISO weeks."""

from collections.abc import Sequence
from datetime import date

from lxml import etree

from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.dates import Period, month_of, shift, weeks_in
from shs_adapter.sandbox.agencies.markup import leaves, node
from shs_adapter.sandbox.facts import Study, StudyAmount

V4 = "http://schema.csn.se/v4.0"
PERSON = f"{V4}/person"
TYPES = f"{V4}/csntyper"

_PAY_DAY = 25


def cases(study: Study | None, namespace: str, asking: Asking) -> Content:
    """`Arenden` with one decided case for the terms and months asked about; nothing without a study."""
    if study is None:
        return []
    terms = sorted({_term(asking.period.first), _term(asking.period.last)}, key=lambda term: term.first)
    case = node(
        PERSON,
        "Arende",
        leaves(namespace, stodform=study.form, klartext=study.label, status="BESLUTAD"),
        [
            node(namespace, "soktaTider", [_applied(namespace, term) for term in terms]),
            node(namespace, "BeviljadeTider", [_granted(namespace, term, study.amounts) for term in terms]),
            node(
                namespace,
                "UtbetalningsPlan",
                [
                    _payment(namespace, day, study, asking.today)
                    for day in asking.period.every_month(_PAY_DAY)
                ],
            ),
        ],
        lopnummer="1",
    )
    return [node(PERSON, "Arenden", [case])]


def _term(day: date) -> Period:
    """The half year that the day is in: invented persons study all year round."""
    first = date(day.year, 1 if day.month <= 6 else 7, 1)
    return Period(first, month_of(shift(first, 5)).last)


def _applied(namespace: str, term: Period) -> etree._Element:
    return node(
        namespace,
        "soktTid",
        leaves(
            TYPES,
            soktfrom=f"{term.first:%Y%m%d}",
            sokttom=f"{term.last:%Y%m%d}",
            soktomfattning="100",
            soktlan="J",
        ),
    )


def _granted(namespace: str, term: Period, amounts: Sequence[StudyAmount]) -> etree._Element:
    weeks = weeks_in(term)
    return node(
        namespace,
        "BeviljadTid",
        leaves(TYPES, starttid=_week(weeks[0]), sluttid=_week(weeks[-1]), takt="100"),
        _amounts(amounts, len(weeks)),
    )


def _payment(namespace: str, day: date, study: Study, today: date) -> etree._Element:
    """The day of one that has not been set is 0."""
    weeks, planned = weeks_in(month_of(day)), day > today
    paid = node(
        TYPES,
        "Utbetaldtid",
        leaves(TYPES, startvecka=_week(weeks[0]), slutvecka=_week(weeks[-1])),
        _amounts(study.amounts, len(weeks)),
    )
    return node(
        namespace,
        "Utbetalning",
        leaves(
            TYPES,
            utbetdatum="0" if planned and study.undated else f"{day:%Y%m%d}",
            utbetstatus="Planerad" if planned else "Utbetald",
        ),
        [node(TYPES, "Utbetaldatider", [paid])],
        leaves(TYPES, totbelopp=_total(study.amounts, len(weeks))),
    )


def _amounts(amounts: Sequence[StudyAmount], weeks: int) -> Content:
    """Each amount by the week and in all, and then their sum."""
    parts = [
        node(
            TYPES,
            "Belopp",
            leaves(
                TYPES,
                beloppstyp=amount.kind,
                klartext=amount.label,
                belopp=amount.weekly,
                totbelopp=amount.weekly * weeks,
            ),
        )
        for amount in amounts
    ]
    return [node(TYPES, "Beloppen", parts), *leaves(TYPES, totbelopp=_total(amounts, weeks))]


def _total(amounts: Sequence[StudyAmount], weeks: int) -> int:
    return weeks * sum(amount.weekly for amount in amounts)


def _week(monday: date) -> str:
    return f"{monday:%G%V}"
