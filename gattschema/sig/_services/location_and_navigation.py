"""Location and Navigation Service (0x1819)."""

from __future__ import annotations

from gattschema.schema import ABSENT, PRESENT, Notify, Read, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.ln_feature import LnFeature
from gattschema.sig._characteristics.location_and_speed import LocationAndSpeed
from gattschema.sig._characteristics.navigation import Navigation
from gattschema.sig._characteristics.position_quality import PositionQuality
from gattschema.sig._manual.ln_control_point import LnControlPoint

__all__ = ["LocationAndNavigation"]

SERVICES = {"LocationAndNavigation": 0x1819}


class LocationAndNavigation(Service, uuid=0x1819):
    """Where the user is, and where to go (Location and Navigation Service 1.0, section 3)."""

    ln_feature: Read[LnFeature]
    location_and_speed: Notify[LocationAndSpeed] = characteristic(default=PRESENT)
    position_quality: Read[PositionQuality] = characteristic(default=ABSENT)
    ln_control_point: WriteIndicate[LnControlPoint] = characteristic(default=ABSENT)
    navigation: Notify[Navigation] = characteristic(default=ABSENT)
    """Only beside the control point."""
