"""Transportstyrelsen: the vehicles a person owns. It knows no person born before 1900."""

from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.markup import leaves, node
from shs_adapter.sandbox.faults import Fault

TNS = "http://schema.transportstyrelsen.se/ssbtek/hamtauppgifterresponder/1"
VEHICLE = "http://schema.transportstyrelsen.se/ssbtek/fordon/1"

_CENTURY = (1, "Sekelsiffran stöds inte.")
_TECHNICAL = (2, "Tekniskt fel.")


def answer(asking: Asking) -> Content:
    """The vehicles, perhaps none; FEL for a century that its contract does not have."""
    is_too_old = asking.subject.number.startswith("18")
    if is_too_old or Fault.TNS_FEL in asking.faults:
        code, text = _CENTURY if is_too_old else _TECHNICAL
        failure = leaves(TNS, felkod=code, feltext=text)
        return [*leaves(TNS, resultat="FEL"), node(TNS, "felresultat", failure)]
    vehicles = [
        node(
            VEHICLE,
            "fordon",
            leaves(
                VEHICLE,
                regnr=vehicle.registration,
                fabrikat=vehicle.make,
                fordonsar=vehicle.year,
                fordonsslag=vehicle.kind,
                handelsbeteckning=vehicle.model,
            ),
        )
        for vehicle in asking.subject.life.vehicles
    ]
    return [*leaves(TNS, resultat="OK"), node(TNS, "fordonsinnehav", vehicles)]
