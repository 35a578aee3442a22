"""The versions of the SSBTEK contract; several live side by side for years.

A version is a module: how a question is written, how an answer is split, and who judges which part.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from lxml import etree

from shs_adapter.ssbtek.contracts import v10, v11
from shs_adapter.ssbtek.contracts.reply import Answer, Fault
from shs_adapter.ssbtek.finding import Judge
from shs_adapter.ssbtek.question import Agency, Question


class Contract(Protocol):
    """What each version's module offers."""

    @property
    def NAMESPACE(self) -> str: ...

    @property
    def JUDGES(self) -> Mapping[Agency, Judge]: ...

    def write(self, question: Question) -> bytes: ...

    def read(self, root: etree._Element) -> Answer | Fault: ...


CONTRACTS: Mapping[int, Contract] = MappingProxyType({10: v10, 11: v11})
