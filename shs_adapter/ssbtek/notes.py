"""Notes on how an answer deviates from what it should be, taken while its values are read.

Real answers deviate from their schemas: what can be decoded is decoded, and the deviation is noted by kind
and path, never with the value. Rule: a value that is there and cannot be read is noted; it never becomes 0
or "no".
"""

import calendar
import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from shs_adapter.ssbtek.bounds import LABEL, Tally, short
from shs_adapter.ssbtek.person import may_hold_person, without_persons

_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?", re.DOTALL)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})([0-9]{2})")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_AMOUNT = re.compile(r"[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,2})?")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
# What may be a personal or coordination number, though its check digit is wrong: ten or twelve digits that
# begin with a date. Valid ones are found however they are written.
_IDENTITY = re.compile(
    r"(?<![0-9])(?:[0-9]{2})?[0-9]{2}(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278][0-9]|[39][01])"
    r"[-+ ]?[0-9]{4}(?![0-9])"
)
_LONGEST = 200
_LARGEST = Decimal(10) ** 12
_LONGEST_AMOUNT = 40  # characters; reckoning with more digits takes long, and with very many it overflows
# The days that a value can mean. Programs write others for "not set" (0001-01-01, 1753-01-01, 9999-12-31);
# only the end of a period means something by one: that it has none.
_EARLIEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)

UNREADABLE = "unreadable"  # a value is there and cannot be read
INCOMPLETE = "incomplete"  # a payment that cannot be counted: no amount, or no day
UNKNOWN_CODE = "unknown_code"  # kept as it came
UNEXPECTED = "unexpected"  # something that no schema names
ARITHMETIC = "arithmetic"  # the amounts do not add up
MASKED = "masked"  # a text held what may be a personal number
TOO_MANY = "too_many"  # more than `bounds` allow: at the path nothing more is read, or noted

# With one of these an answer is not whole, whatever else it says.
_GRAVE = {UNREADABLE, INCOMPLETE, TOO_MANY}


@dataclass(frozen=True, slots=True)
class Deviation:
    """*kind* is one of the words above, or `xsd:` and the validator's name for it; *path* never quotes."""

    kind: str
    path: str


MORE = Deviation(TOO_MANY, "deviations")  # there are more of them than are told


def is_whole(deviations: Iterable[Deviation]) -> bool:
    """False where something that counts could not be read."""
    return not any(deviation.kind in _GRAVE for deviation in deviations)


class Notes:
    """A reader of values that remembers what it could not read.

    Every reader takes the text and its path, and returns None for what is absent or unreadable.
    """

    __slots__ = ("_found", "tally")

    def __init__(self, tally: Tally | None = None) -> None:
        self.tally = tally or Tally()  # of all that the agency says
        self._found: dict[Deviation, None] = {}

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        return tuple(self._found)

    def note(self, kind: str, path: str) -> None:
        """Note it once; where too much of the agency is noted already, no more than that there is more."""
        deviation = Deviation(kind, path)
        if deviation not in self._found:
            self._found[deviation if self.tally.may_note() else MORE] = None

    def has_room(self, rows: int, path: str) -> bool:
        """Whether the agency may have so many more rows at the path; that it may not is noted."""
        if self.tally.has_room(rows):
            return True
        self.note(TOO_MANY, path)
        return False

    def amount(self, value: object, path: str) -> Decimal | None:
        """A decimal number of less than a billion kronor; from text, or a JSON number."""
        if value is None:  # as most are
            return None
        text = str(value).strip()
        if not text:
            return None
        try:
            is_number = len(text) <= _LONGEST_AMOUNT and _AMOUNT.fullmatch(text)
            amount = Decimal(text) if is_number else None
        except InvalidOperation:
            amount = None
        if amount is None or isinstance(value, bool) or abs(amount) >= _LARGEST:
            self.note(UNREADABLE, path)
            return None
        return amount

    def whole(self, value: object, path: str) -> int | None:
        """A whole number of at most nine digits."""
        text = _stripped(value)
        if not text:
            return None
        if isinstance(value, bool) or not _WHOLE.fullmatch(text):
            self.note(UNREADABLE, path)
            return None
        return int(text)

    def day(self, value: object, path: str) -> date | None:
        """A date, `YYYY-MM-DD` or `YYYYMMDD`; a time or a zone behind it is cut off and shifts nothing.

        One that lies outside 1900 to 2199 means something else, and cannot be read.
        """
        return self._day(value, path, _LATEST)

    def end(self, value: object, path: str) -> date | None:
        """The last day of a period, a date as `day` reads it; however far ahead: such a period has no end."""
        return self._day(value, path, date.max)

    def first_day(self, value: object, path: str) -> date | None:
        """A date, or a month `YYYY-MM`, of which the first day is meant."""
        if _MONTH.fullmatch(_stripped(value)):
            return self._date(value, path, _MONTH, lambda y, m: date(y, m, 1))
        return self.day(value, path)

    def last_day(self, value: object, path: str) -> date | None:
        """The last day of a period: a date, or a month `YYYY-MM`, of which the last day is meant."""
        if _MONTH.fullmatch(_stripped(value)):
            return self._date(value, path, _MONTH, _last_of_month, date.max)
        return self.end(value, path)

    def monday(self, value: object, path: str) -> date | None:
        """The Monday of an ISO week, `YYYYWW`."""
        return self._date(value, path, _WEEK, lambda y, w: date.fromisocalendar(y, w, 1))

    def sunday(self, value: object, path: str) -> date | None:
        """The Sunday of an ISO week, `YYYYWW`."""
        return self._date(value, path, _WEEK, lambda y, w: date.fromisocalendar(y, w, 7))

    def truth(self, value: object, path: str) -> bool | None:
        if isinstance(value, bool) or value is None:
            return value
        text = str(value).strip().lower()
        if text and text not in _TRUTH:
            self.note(UNREADABLE, path)
        return _TRUTH.get(text)

    def label(self, value: object, path: str) -> str | None:
        """A text for people, of 200 characters at the most; what may be a personal number in it is masked."""
        text = "" if value is None else str(value)
        if len(text) > LABEL:
            text = text.strip()[:LABEL].rstrip("0123456789-+ ")  # half a number is not known for one
        if not text.isprintable():
            text = _UNPRINTABLE.sub(" ", text)
        text = " ".join(text.split())
        if not text:
            return None
        if may_hold_person(text):  # as hardly any does
            masked = _IDENTITY.sub("***", without_persons(text, lambda _: "***"))
            if masked != text:
                self.note(MASKED, path)
                text = masked
        return short(text, _LONGEST)

    def code(self, value: object, known: Collection[str], path: str) -> str | None:
        """A code as it came; one that is not *known* is kept, and noted."""
        code = self.label(value, path)
        if code is not None and code not in known:
            self.note(UNKNOWN_CODE, path)
        return code

    def _day(self, value: object, path: str, latest: date) -> date | None:
        if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":  # as nearly all are
            with suppress(ValueError):
                if _EARLIEST <= (day := date.fromisoformat(value)) <= latest:
                    return day
        return self._date(value, path, _DAY, date, latest)

    def _date(
        self,
        value: object,
        path: str,
        form: re.Pattern[str],
        made: Callable[..., date],
        latest: date = _LATEST,
    ) -> date | None:
        text = _stripped(value)
        if not text:
            return None
        match = form.fullmatch(text)
        if match:
            with suppress(ValueError):
                if _EARLIEST <= (day := made(*map(int, match.groups()))) <= latest:
                    return day
        self.note(UNREADABLE, path)
        return None


def _last_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _stripped(value: object) -> str:
    return "" if value is None else str(value).strip()
