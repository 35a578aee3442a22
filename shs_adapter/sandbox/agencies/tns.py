"""Transportstyrelsen: the vehicles a person owns. It knows no person born before 1900."""

from shs_adapter.sandbox.agencies.asking import Asking, Content
from shs_adapter.sandbox.agencies.markup import leaves, node

TNS = "http://schema.transportstyrelsen.se/ssbtek/hamtauppgifterresponder/1"
VEHICLE = "http://schema.transportstyrelsen.se/ssbtek/fordon/1"


def answer(asking: Asking) -> Content:
    """The vehicles, perhaps none; FEL for a century that its contract does not have."""
    if asking.subject.number.startswith("18"):
        failure = leaves(TNS, felkod=1, feltext="Sekelsiffran stöds inte.")
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
