"""The Indoor Positioning Service: 0x2AAD to 0x2AB5.

Coordinates, floor and altitude are the raw numbers of the specification, which shares their encoding with the Indoor
Positioning advertising data (Supplement to the Core Specification, part A, Indoor Positioning).
"""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import Bits, OpenEnum, Presence, SInt16, SInt32, UInt8, UInt16, Utf8, derived, struct

__all__ = [
    "Altitude",
    "FloorNumber",
    "IndoorPositioningConfiguration",
    "Latitude",
    "LocalEastCoordinate",
    "LocalNorthCoordinate",
    "LocationName",
    "Longitude",
    "Precision",
    "Uncertainty",
    "UpdateTime",
]

UUID_NUMBERS = {
    "IndoorPositioningConfiguration": 0x2AAD,
    "Latitude": 0x2AAE,
    "Longitude": 0x2AAF,
    "LocalNorthCoordinate": 0x2AB0,
    "LocalEastCoordinate": 0x2AB1,
    "FloorNumber": 0x2AB2,
    "Altitude": 0x2AB3,
    "Uncertainty": 0x2AB4,
    "LocationName": 0x2AB5,
}


class IndoorPositioningConfiguration(enum.IntFlag):
    """What the advertisement tells (Indoor Positioning Service 1.0, section 3, Indoor Positioning Configuration)."""

    COORDINATES = 0x01
    LOCAL_COORDINATES = 0x02
    """The coordinates are of a local system, not of WGS84."""
    TX_POWER = 0x04
    ALTITUDE = 0x08
    FLOOR_NUMBER = 0x10
    UNCERTAINTY = 0x20
    LOCATION_NAME = 0x40
    """The name is to be read from the service."""


Latitude: TypeAlias = SInt32
"""The WGS84 north coordinate, raw (Indoor Positioning Service 1.0, section 3, Latitude)."""
Longitude: TypeAlias = SInt32
"""The WGS84 east coordinate, raw (Indoor Positioning Service 1.0, section 3, Longitude)."""
LocalNorthCoordinate: TypeAlias = SInt16
"""The north coordinate of a local system, raw (Indoor Positioning Service 1.0, section 3, Local North Coordinate)."""
LocalEastCoordinate: TypeAlias = SInt16
"""The east coordinate of a local system, raw (Indoor Positioning Service 1.0, section 3, Local East Coordinate)."""
FloorNumber: TypeAlias = UInt8
"""The floor, raw (Indoor Positioning Service 1.0, section 3, Floor Number)."""
Altitude: TypeAlias = UInt16
"""The altitude, raw (Indoor Positioning Service 1.0, section 3, Altitude)."""
LocationName: TypeAlias = Annotated[str, Utf8(max=512)]
"""The name of the place (Indoor Positioning Service 1.0, section 3, Location Name)."""


class UpdateTime(OpenEnum):
    """How old the position may be."""

    UP_TO_3_S = 0
    UP_TO_4_S = 1
    UP_TO_6_S = 2
    UP_TO_12_S = 3
    UP_TO_28_S = 4
    UP_TO_89_S = 5
    UP_TO_426_S = 6
    UP_TO_3541_S = 7


class Precision(OpenEnum):
    """How exact the position is."""

    BELOW_0_1_M = 0
    FROM_0_1_TO_1_M = 1
    FROM_1_TO_2_M = 2
    FROM_2_TO_5_M = 3
    FROM_5_TO_10_M = 4
    FROM_10_TO_50_M = 5
    ABOVE_50_M = 6
    NOT_AVAILABLE = 7


@struct
class Uncertainty:
    """How far to trust the position (Indoor Positioning Service 1.0, section 3, Uncertainty)."""

    bits: Presence[UInt8] = derived()
    mobile: Annotated[bool, Bits(0)] = False
    update_time: Annotated[UpdateTime, Bits(1, 3)] = UpdateTime.UP_TO_3_S
    precision: Annotated[Precision, Bits(4, 6)] = Precision.NOT_AVAILABLE
