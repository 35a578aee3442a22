"""The error codes of SHS, and whose move it is after each (shs-wire 7)."""

import re
from enum import Enum, auto


class Blame(Enum):
    """What an error code asks for."""

    MESSAGE = auto()  # the message itself: no retry helps
    CONFIGURATION = auto()  # an agreement, a directory entry or a certificate: all of the tenant's messages
    TRANSIENT = auto()  # perhaps nothing but time


OTHER = "OtherError"

_BLAME = {
    "UnresolvedReceiver": Blame.CONFIGURATION,
    "MissingAgreement": Blame.CONFIGURATION,
    "MissingDeliveryAddress": Blame.CONFIGURATION,
    "MissingDeliveryExecution": Blame.TRANSIENT,
    "IllegalProductType": Blame.CONFIGURATION,
    "UnknownProductType": Blame.CONFIGURATION,
    "IllegalReceiver": Blame.CONFIGURATION,
    "UnknownReceiver": Blame.CONFIGURATION,
    "IllegalSender": Blame.CONFIGURATION,
    "UnknownSender": Blame.CONFIGURATION,
    "IllegalOriginator": Blame.MESSAGE,
    "IllegalEndRecipient": Blame.MESSAGE,
    "IllegalMessageStructure": Blame.MESSAGE,
    "IllegalDatapartContent": Blame.MESSAGE,
    OTHER: Blame.TRANSIENT,
}

# Said of an error that another node reported: its own code is somewhere in the text.
_VAGUE = {OTHER, "MissingDeliveryExecution"}

_SPELLING = {code.lower(): code for code in _BLAME}
_NAMED = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_BLAME)})(?![A-Za-z])", re.IGNORECASE)


def canonical(code: str) -> str:
    """The code as the protocol spells it, fit for a log; OtherError for an unknown or empty one."""
    return _SPELLING.get(code.strip().lower(), OTHER)


def blame(code: str) -> Blame:
    """Whose move it is; an unknown or empty code counts as OtherError."""
    return _BLAME[canonical(code)]


def code_in(text: str) -> str | None:
    """The code that a text names, the first exact one before a vague one; None if it names none."""
    named = [canonical(found) for found in _NAMED.findall(text)]
    return next((code for code in named if code not in _VAGUE), named[0] if named else None)


def exact(code: str, text: str) -> str:
    """The code in canonical spelling, or, if it is vague, a better one that *text* names."""
    known = canonical(code)
    return (code_in(text) or known) if known in _VAGUE else known
