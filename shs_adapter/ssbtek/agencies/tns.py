"""Transportstyrelsen: vehicles, under one result. The answer does not say whose they are."""

from lxml import etree

from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome
from shs_adapter.ssbtek.reading import delivered, elements, text, token

_OK = "OK"
_FAILED = "FEL"


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``HamtaUppgifterResponse``."""
    result = text(data, "resultat")
    faults = elements(data, "felresultat")
    if result == _FAILED:
        codes = [token(fault.findtext("{*}felkod")) for fault in faults]
        return Finding(outcome=Outcome.ERROR, felkod=next(iter(codes), None), status=_FAILED)
    if result != _OK or faults:
        return Finding(outcome=Outcome.PARTIAL, status=UNKNOWN)
    outcome = delivered(data, rows={"fordon"}, ignoring={"resultat"})
    return Finding(outcome=outcome, status=UNKNOWN if outcome is Outcome.PARTIAL else _OK)
