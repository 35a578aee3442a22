"""How much an agency may say. Beyond it nobody reads on, and the answer does not pass for whole.

The reason is time and memory: 10 MiB of whatever bytes cost ten seconds and 300 MiB at the most. All bounds
are far above the field, where two years of payments are some hundreds of rows.
"""

from hashlib import sha256

# Start tags, end tags and attributes of an answer as a whole, and of a document inside it. A node of a tree
# takes 120 bytes, and its text as many; 32,000 payments of an a-kassa, 9.5 MiB, have 450,000.
MARKUP = 700_000
MARKUP_INSIDE = 150_000

# Values of a JSON document: an object with one takes 230 bytes.
JSON_VALUES = 500_000

# Entries of all lists of one agency, whatever they are: payments, decisions, funds, parts of a payment.
ROWS = 40_000

# What is noted of one agency, and the parts of it that have an outcome of their own.
DEVIATIONS = 2_000
SUBS = 1_000

# Characters of a text for people before it is cleaned; 200 of them are kept.
LABEL = 10_000


def short(text: str, most: int) -> str:
    """The text; where it is longer its beginning and a digest, by which it stays another than the rest."""
    if len(text) <= most:
        return text
    return f"{text[: most - 15]} … {sha256(text.encode()).hexdigest()[:12]}"


class Tally:
    """What one agency has said so far."""

    __slots__ = ("_deviations", "_rows")

    def __init__(self) -> None:
        self._rows = self._deviations = 0

    def has_room(self, rows: int) -> bool:
        """Whether so many more rows may be read."""
        self._rows += rows
        return self._rows <= ROWS

    def may_note(self) -> bool:
        self._deviations += 1
        return self._deviations <= DEVIATIONS
