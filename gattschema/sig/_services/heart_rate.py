"""Heart Rate Service (0x180D)."""

from __future__ import annotations

from gattschema.schema import ABSENT, PRESENT, Notify, Read, Service, Write, characteristic
from gattschema.sig._characteristics.body_sensor_location import BodySensorLocation
from gattschema.sig._characteristics.heart_rate_control_point import HeartRateControlPoint
from gattschema.sig._characteristics.heart_rate_measurement import HeartRateMeasurement

__all__ = ["HeartRate"]

SERVICES = {"HeartRate": 0x180D}


class HeartRate(Service, uuid=0x180D):
    """Beats per minute from a chest strap or a watch (Heart Rate Service 1.0, section 3)."""

    heart_rate_measurement: Notify[HeartRateMeasurement] = characteristic(default=PRESENT)
    body_sensor_location: Read[BodySensorLocation] = characteristic(default=ABSENT)
    heart_rate_control_point: Write[HeartRateControlPoint] = characteristic(default=ABSENT)
    """Mandatory where the measurement tells the energy expended: it resets that."""
