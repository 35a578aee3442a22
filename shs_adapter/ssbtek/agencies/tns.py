"""Transportstyrelsen: vehicles, under one result. The answer does not say whose they are."""

from lxml import etree

from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.facts import TnsVehicle
from shs_adapter.ssbtek.finding import UNKNOWN, Asked, Finding, Outcome, Transience
from shs_adapter.ssbtek.reading import delivered, elements, text, token
from shs_adapter.ssbtek.rows import Row

_OK = "OK"
_FAILED = "FEL"


def judge(data: etree._Element, asked: Asked) -> Finding:
    """Judge ``HamtaUppgifterResponse``; what stands beside an error is not used."""
    result = text(data, "resultat")
    faults = elements(data, "felresultat")
    if result == _FAILED:
        codes = [token(fault.findtext("{*}felkod")) for fault in faults]
        return Finding(
            outcome=Outcome.ERROR,
            felkod=next(iter(codes), None),
            status=_FAILED,
            transience=Transience.DOUBTFUL,
        )
    answer = Row(data)
    vehicles = tuple(
        _vehicle(row)
        for container in answer.containers("fordonsinnehav")
        for row in container.filled("fordon")
    )
    answer.skip("resultat", "felresultat")
    answer.close()
    if result != _OK or faults:
        worth = Worth(Outcome.PARTIAL, UNKNOWN, Transience.DOUBTFUL)
    else:
        worth = settled(delivered(data, rows={"fordon"}, ignoring={"resultat"}), _OK, answer.deviations)
    return Finding(
        outcome=worth.outcome,
        status=worth.status,
        transience=worth.transience,
        facts=vehicles,
        deviations=answer.deviations,
    )


def _vehicle(row: Row) -> TnsVehicle:
    return TnsVehicle(
        registration=row.label("regnr"),
        make=row.label("fabrikat"),
        model_year=row.label("fordonsar"),
        kind=row.label("fordonsslag"),
        model=row.label("handelsbeteckning"),
    )
