"""Indoor Positioning Service (0x1821)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Read, Service, characteristic
from gattschema.sig._manual.indoor_positioning import (
    Altitude,
    FloorNumber,
    IndoorPositioningConfiguration,
    Latitude,
    LocalEastCoordinate,
    LocalNorthCoordinate,
    LocationName,
    Longitude,
    Uncertainty,
)

__all__ = ["IndoorPositioning"]

SERVICES = {"IndoorPositioning": 0x1821}


class IndoorPositioning(Service, uuid=0x1821):
    """Where in a building a beacon is (Indoor Positioning Service 1.0, section 3).

    A subclass may let clients configure it: ``latitude: ReadWrite[Latitude]``, writes with security.
    """

    indoor_positioning_configuration: Read[IndoorPositioningConfiguration]
    latitude: Read[Latitude]
    longitude: Read[Longitude]
    local_north_coordinate: Read[LocalNorthCoordinate] = characteristic(default=ABSENT)
    local_east_coordinate: Read[LocalEastCoordinate] = characteristic(default=ABSENT)
    floor_number: Read[FloorNumber] = characteristic(default=ABSENT)
    altitude: Read[Altitude] = characteristic(default=ABSENT)
    uncertainty: Read[Uncertainty] = characteristic(default=ABSENT)
    location_name: Read[LocationName] = characteristic(default=ABSENT)
