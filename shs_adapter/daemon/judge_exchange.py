"""What the daemon and the process that judges for it say to each other, over standard input and output."""

import struct
from dataclasses import dataclass
from pathlib import Path

from shs_adapter.ssbtek.answer import Asked, Judgement

LENGTH = struct.Struct(">I")  # of the head, which goes before it; the answer follows
LIMIT = "judging_limit"  # the code of an answer that takes more than it may


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds of processor time, and bytes of address space."""

    seconds: int
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    asked: Asked
    contract: int
    schemas: Path | None
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One of the three: *code* is why the answer cannot be read, *surprise* what we met, as a log may say."""

    judgement: Judgement | None = None
    code: str | None = None
    surprise: str | None = None
