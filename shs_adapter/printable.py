"""Texts that others wrote, made fit for a screen and a file: no control character of theirs acts."""

import re

# What neither XML nor a terminal takes.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]+")


def clean(text: object) -> str:
    """*text* on one line, with a blank for what cannot be printed; empty for None."""
    return _UNPRINTABLE.sub(" ", "" if text is None else str(text))
