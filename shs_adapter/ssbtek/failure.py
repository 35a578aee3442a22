"""An error that stands in the place of data: an agency's, or of one part of its answer."""

from dataclasses import dataclass

from lxml import etree

from shs_adapter.ssbtek.finding import Transience
from shs_adapter.ssbtek.reading import token

UNDECODABLE = "undecodable"  # our own code, where something came that cannot be read

_MAY_PASS = {"SSBT": Transience.TRANSIENT}  # such as a timeout; what an agency means by its own, nobody says


@dataclass(frozen=True, slots=True)
class Failure:
    """*kalla* is SSBT (the composite service) or BT (the agency), if it says."""

    kalla: str | None
    felkod: str

    @property
    def transience(self) -> Transience:
        """Whether asking again may help; what could not be read comes again as it is."""
        if self.felkod == UNDECODABLE:
            return Transience.PERMANENT
        return _MAY_PASS.get(self.kalla or "", Transience.DOUBTFUL)


def failure(error: etree._Element) -> Failure:
    """Read an ``error``; its felmeddelande is free text that may quote the question, and is not read."""
    kalla = (error.findtext("{*}kalla") or "").strip()
    return Failure(kalla if kalla in {"SSBT", "BT"} else None, token(error.findtext("{*}felkod")))
