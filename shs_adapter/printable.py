"""Texts that others wrote, made fit for a screen and a file: no character of theirs acts, hides or reorders.

What Unicode calls printable passes, and the blank; controls (C0, C1, DEL), line and paragraph ends, formats
(direction, zero width, tags), surrogates, private and unassigned characters do not. Nor do those that are
printable by their category, and yet show nothing.
"""

import re

_SHOWS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_GONE = "\0"


def clean(value: object) -> str:
    """*value* as one line, with a blank for each run of what is not shown; empty for None."""
    text = as_text(value)
    if _is_shown(text):
        return text
    return re.sub(f"{_GONE}+", " ", "".join(one if _is_shown(one) else _GONE for one in text))


def as_text(value: object) -> str:
    """*value* as it reads: SQLite keeps bytes where texts are meant, and they may be no UTF-8."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return "" if value is None else str(value)


def escaped(document: str) -> str:
    """A JSON *document* that means the same, with an escape for what is not shown; its line ends stay."""
    if _is_shown(document):
        return document
    return "".join(one if one == "\n" or _is_shown(one) else _escape(one) for one in document)


def _is_shown(text: str) -> bool:
    return text.isprintable() and not _SHOWS_NOTHING.search(text)


def _escape(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
