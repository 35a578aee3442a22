"""How single values look on the wire: names under their URN prefix, tokens, words and node-local times."""

import re
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from shs_adapter.errors import MalformedMessage

CONFIRM = "confirm"
ERROR = "error"

_PREFIX = "urn:X-shs:"
_ANY_CASE = _PREFIX.lower()

# Narrower than the DTD's NMTOKEN: ids travel in addresses and header lines as well.
_TOKEN = re.compile(r"[A-Za-z0-9._:-]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)

# What no database, terminal or log is given: control characters, halves of characters.
_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST = 200  # characters of a text that somebody else chose

Word = TypeVar("Word", bound=StrEnum)


def kept(value: str) -> str:
    """A text that somebody else chose, as it may be stored: without control characters, and cut.

    Bytes that a header has and UTF-8 does not are read as Latin-1, as the nodes write them.
    """
    if value.isascii() and value.isprintable() and len(value) <= LONGEST:  # as nearly all are
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-8", "surrogateescape").decode("latin-1") if _escaped(value) else value
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value[:LONGEST])


def _escaped(value: str) -> bool:
    """Whether every half of a character stands for a byte."""
    return all("\udc80" <= half <= "\udcff" for half in re.findall("[\ud800-\udfff]", value))


def bare(value: str) -> str:
    """An address or product without blanks and URN prefix; the prefix is known in any case."""
    value = value.strip()
    return value[len(_PREFIX) :].lstrip() if value.lower().startswith(_ANY_CASE) else value


def urn(value: str) -> str:
    """An address or product under the prefix as it is to be written."""
    return _PREFIX + bare(value)


def organisation(address: str) -> str:
    """The organisation number of an address: what stands before the first dot."""
    return bare(address).partition(".")[0]


def token(value: str, where: str) -> str:
    """*value* if it may be written as an id; raises MalformedMessage."""
    if not _TOKEN.fullmatch(value):
        raise MalformedMessage("illegal_token" if value else "missing", where)
    return value


def word(text: str, default: Word) -> Word:
    """The member that *text* means whatever its case and the blanks around it; *default* if it means none."""
    try:
        return type(default)(text.strip().lower())
    except ValueError:
        return default


def number(text: str) -> int | None:
    """The count that *text* states; None if it states none."""
    return int(text) if _NUMBER.fullmatch(text) else None


def local_time(text: str) -> datetime | None:
    """A node's wall-clock time, naive; None if it is none.

    What follows the seconds, a zone too, is dropped and not converted: so the nodes do (shs-wire 3.4).
    """
    found = _TIME.match(text.strip())
    try:
        return datetime.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def timestamp(time: datetime | None, where: str) -> str:
    """*time* as it is written, in whole seconds; raises MalformedMessage if it is missing or has a zone."""
    if time is None or time.tzinfo:
        raise MalformedMessage("illegal_time" if time else "missing", where)
    return time.isoformat("T", "seconds")
