"""Personal, coordination and organisation numbers: checked before they are sent, compared when they return.

The library ``personnummer`` knows the check digit and the coordination number, but lets non-ASCII digits,
a trailing newline and future births pass, and speaks of every fault with one voice; hence the guards here.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache

from personnummer import personnummer

from shs_adapter.errors import InvalidQuestion

_PERSON = re.compile(r"([0-9]{8})-?([0-9]{4})")
_ORGANISATION = re.compile(r"16[0-9]{2}[2-9][0-9]{7}")
# However people write it (19770117-2392, 1977-01-17 2392, 770117+2392) and whatever stands before it: each
# place is tried, for a year before a number may look like its beginning. No comma, semicolon or bracket: by
# them an amount is written behind a day. A year that begins another day ends no number, as in
# 2026-10-01 - 2026-10-31.
_GAP = r"(?: {0,2}[-+./_]{1,2} {0,2}| {1,4})?"
_LAST_GAP = rf"(?:{_GAP}|[:*~|=\\'])"
_OTHER_DAY = r"(?<=(?:19|20)[0-9]{2})[-./](?:0[1-9]|1[0-2])[-./][0-9]{2}(?![0-9])"
_WITHIN = re.compile(
    rf"(?<![0-9])(?=((?:[0-9]{{2}})?[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}{_LAST_GAP}[0-9]{{4}})"
    rf"(?![0-9]|{_OTHER_DAY}))"
)
_CENTURIES = {"18", "19", "20"}


def check_person(text: str, today: date) -> str:
    """Return the 12 digits of a personal or coordination number; blanks around it are dropped.

    Raises InvalidQuestion with person_missing, person_format (neither 12 digits nor YYYYMMDD-NNNN),
    person_date, person_future or person_check_digit.
    """
    stripped = text.strip()
    if not stripped:
        raise InvalidQuestion("person_missing", "no person is given")
    form = _PERSON.fullmatch(stripped)
    if not form:
        raise InvalidQuestion("person_format", "a person is written YYYYMMDDNNNN or YYYYMMDD-NNNN")
    person = form[1] + form[2]
    if _birth(person) > today:
        raise InvalidQuestion("person_future", "the person is not born yet")
    if not personnummer.valid(person):
        raise InvalidQuestion("person_check_digit", "the last digits do not fit the date")
    return person


def is_coordination_number(person: str) -> bool:
    """Whether the 12 digits are a samordningsnummer, whose day is 60 more than the day of birth."""
    return int(person[6:8]) > 60


def same_person(returned: str, asked: str) -> bool:
    """Whether a number in an answer is the 12 digits we asked about.

    Agencies may return ten digits; what has no century is compared without it.
    """
    digits = re.sub("[-+]", "", returned)
    return digits == asked or digits == asked[2:]


def may_hold_person(text: str) -> bool:
    """False where there are fewer digits, of whatever script, than a personal number has."""
    return len(text) >= 10 and sum(map(str.isdigit, text)) >= 10


def without_persons(text: str, stand_in: Callable[[str], str]) -> str:
    """*text* with what *stand_in* says in the place of every valid personal or coordination number.

    It is given the number in ASCII, however that is written. A sole trader's organisation number is one;
    so may a long serial number be, by chance.
    """
    plain, places = _plain(text)
    pieces, end = list[str](), 0
    for found in _WITHIN.finditer(plain):
        first, last = places[found.start()], places[found.end(1) - 1] + 1
        if first >= end and personnummer.valid(re.sub("[^0-9]", "", found[1])):
            pieces += [text[end:first], stand_in(found[1])]
            end = last
    return "".join([*pieces, text[end:]])


# As what a character is read, by its category: digits, blanks and dashes of any script are those of ASCII,
# what ends a line or acts on a screen is a blank, and what cannot be seen is not there.
_READ: dict[str, str] = {
    **dict.fromkeys(("Cc", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"), " "),
    **dict.fromkeys(("Cf", "Me", "Mn"), ""),
    "Pc": "_",
    "Pd": "-",
}
_SIGNS = {
    **dict.fromkeys(
        "\N{MINUS SIGN}\N{MODIFIER LETTER MINUS SIGN}\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}", "-"
    ),
    **dict.fromkeys("\N{MIDDLE DOT}\N{BULLET}\N{HYPHENATION POINT}\N{BULLET OPERATOR}\N{DOT OPERATOR}", "."),
    **dict.fromkeys("\N{ARABIC FULL STOP}\N{IDEOGRAPHIC FULL STOP}\N{KATAKANA MIDDLE DOT}", "."),
    **dict.fromkeys("\N{FRACTION SLASH}\N{DIVISION SLASH}", "/"),
    **dict.fromkeys("\u115f\u1160\u3164\uffa0", ""),  # letters of Hangul that show nothing
}


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text in plain characters, and where in it each of them stands."""
    if text.isascii() and text.isprintable():
        return text, range(len(text))
    written, places = list[str](), list[int]()
    for place, character in enumerate(text):
        plain = character if " " <= character <= "~" else _read(character)
        written.append(plain)
        places += [place] * len(plain)
    return "".join(written), places


@lru_cache(maxsize=1024)
def _read(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:  # of another script, raised or in a circle
        return str(digit)
    plain = unicodedata.normalize("NFKC", character)  # of full width, or small
    return _READ.get(unicodedata.category(character), plain if len(plain) == 1 else character)


def check_organisation(text: str) -> str:
    """Return the 12 digits: 16 and a number whose third digit is 2 or more.

    Raises InvalidQuestion with organisation_format or organisation_check_digit.
    """
    number = text.strip()
    if not _ORGANISATION.fullmatch(number):
        raise InvalidQuestion("organisation_format", "an organisation is written 16 and its ten digits")
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(number[2:]))
    if sum(value // 10 + value % 10 for value in doubled) % 10:
        raise InvalidQuestion("organisation_check_digit", "the last digit does not fit the others")
    return number


def _birth(person: str) -> date:
    day = int(person[6:8]) - 60 if is_coordination_number(person) else int(person[6:8])
    try:
        born = date(int(person[:4]), int(person[4:6]), day)
    except ValueError:
        born = None
    if born is None or person[:2] not in _CENTURIES:
        raise InvalidQuestion("person_date", "the first eight digits are no date of birth")
    return born
