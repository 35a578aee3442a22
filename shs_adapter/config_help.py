"""Turns what msgspec says of a wrong configuration into what an operator can act on."""

import difflib
import re
from typing import Any

import msgspec

_SECONDS = "a number of seconds"
_PATH = "a path in quotes"
_ROUNDS = "a whole number, 0 or more"
_DATES = "a date without quotes, such as 2025-07-01"
_TEN_DIGITS = (
    'the ten digits of an organisation number in quotes, with an internal address if any: "2120002411.social"'
)

# What each key takes, where a type alone would not say it.
ALLOWED = {
    "url": 'in quotes, sqlite:///PATH, such as "sqlite:////var/lib/shs-adapter/adapter.db", or '
    "postgresql+asyncpg://USER@HOST/DATABASE",
    "password_file": _PATH,
    "file": _PATH,
    "certificate": _PATH,
    "private_key": _PATH,
    "ca": _PATH,
    "organisation_number": 'twelve digits in quotes: 16 and the organisation number, such as "162120002411"',
    "from": _TEN_DIGITS,
    "to": _TEN_DIGITS,
    "product": "a UUID in lower case, in quotes",
    "agreement": "a UUID in lower case, in quotes",
    "submit_url": "an https:// address in quotes, without a query",
    "delivery_url": "an https:// address in quotes, without a query",
    "status": '"test" or "production"',
    "mode": '"asynch"',
    "payload": '"document" or "soap"',
    "mailbox": '"shared" or "exclusive" for a tenant; a number of seconds for [polling]',
    "agencies": 'a list of "AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV"',
    "valid_from": _DATES,
    "valid_to": _DATES,
    "version": "10 or 11, without quotes",
    "parts": 'a list of "foretagsinformation", "individuppgifter", "skattekonto", "skatteuppgifter", '
    '"beskattningsbilagor"',
    "directory": _PATH,
    "rounds": _ROUNDS,
    "doubtful_rounds": _ROUNDS,
    "repeat_window": _SECONDS,
    "idle": _SECONDS,
    "first": _SECONDS,
    "most": _SECONDS,
    "give_up_after": _SECONDS,
    "connect_timeout": _SECONDS,
    "request_timeout": _SECONDS,
    "answer_timeout": _SECONDS,
    "late_answer": _SECONDS,
    "lost_after": _SECONDS,
    "answers_after": _SECONDS,
    "questions_after": _SECONDS,
    "tombstones_after": _SECONDS,
    "audit_after": _SECONDS,
    "message_bytes": "a whole number, 8388608 or more",
    "in_flight": "a whole number, 1 or more",
    "requests_per_second": "a number from 0.1 to 1000",
    "open": 'a list of texts such as "mon-fri 06:00-22:00", without overlaps',
    "name": "text in quotes, 1 to 255 characters",
    "text": "text in quotes, not empty",
}


def explained(message: str, place: str, kind: type[msgspec.Struct]) -> str:
    """One sentence: the key, what is wrong, and what is allowed (or the nearest known key)."""
    text, _, path = message.partition(" - at `$")
    trail = re.findall(r"\.([A-Za-z_]+)", path)
    where = ".".join([place, *trail] if place else trail)
    unknown = re.match(r"Object contains unknown field `(.*)`", text)
    if unknown:
        known = _keys(kind, trail)
        near = difflib.get_close_matches(unknown[1], known, n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
        return (
            f"[{where}] has an unknown key `{unknown[1]}`; {hint}"
            if where
            else f"unknown `{unknown[1]}`; {hint}"
        )
    missing = re.match(r"Object missing required field `(.*)`", text)
    key = missing[1] if missing else trail[-1] if trail else ""
    allowed = ALLOWED.get(key)
    return f"{where or 'the file'}: {text}" + (f"; allowed: {allowed}" if allowed else "")


def escape_help(message: str) -> str:
    """What to do about a backslash in a double-quoted text, of which Windows paths are full; else nothing."""
    if message.startswith(("Invalid hex value", "Unescaped '\\'")):
        return "; write Windows paths with / or in single quotes"
    return ""


def _keys(kind: Any, trail: list[str]) -> list[str]:
    """The keys that the file may have at *trail* below *kind*."""
    info = msgspec.inspect.type_info(kind)
    for name in trail:
        if isinstance(info, msgspec.inspect.StructType):
            info = next(f.type for f in info.fields if f.encode_name == name)
        if isinstance(info, msgspec.inspect.VarTupleType):
            info = info.item_type
    return [f.encode_name for f in info.fields] if isinstance(info, msgspec.inspect.StructType) else []
