"""Cycling Power (0x1818) and Cycling Speed and Cadence (0x1816) Services."""

from __future__ import annotations

from gattschema.schema import ABSENT, PRESENT, Notify, Read, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.csc_feature import CscFeature
from gattschema.sig._characteristics.csc_measurement import CscMeasurement
from gattschema.sig._characteristics.cycling_power_feature import CyclingPowerFeature
from gattschema.sig._characteristics.cycling_power_measurement import CyclingPowerMeasurement
from gattschema.sig._characteristics.cycling_power_vector import CyclingPowerVector
from gattschema.sig._characteristics.sensor_location import SensorLocation
from gattschema.sig._manual.cycling_power_control_point import CyclingPowerControlPoint
from gattschema.sig._manual.sc_control_point import ScControlPoint

__all__ = ["CyclingPower", "CyclingSpeedAndCadence"]

SERVICES = {"CyclingPower": 0x1818, "CyclingSpeedAndCadence": 0x1816}


class CyclingPower(Service, uuid=0x1818):
    """A power meter (Cycling Power Service 1.1, section 3)."""

    cycling_power_measurement: Notify[CyclingPowerMeasurement] = characteristic(default=PRESENT)
    cycling_power_feature: Read[CyclingPowerFeature]
    sensor_location: Read[SensorLocation]
    cycling_power_control_point: WriteIndicate[CyclingPowerControlPoint] = characteristic(default=ABSENT)
    cycling_power_vector: Notify[CyclingPowerVector] = characteristic(default=ABSENT)


class CyclingSpeedAndCadence(Service, uuid=0x1816):
    """Wheel and crank revolutions (Cycling Speed and Cadence Service 1.0, section 3)."""

    csc_measurement: Notify[CscMeasurement] = characteristic(default=PRESENT)
    csc_feature: Read[CscFeature]
    sensor_location: Read[SensorLocation] = characteristic(default=ABSENT)
    """Mandatory where the feature says that there are several locations."""
    sc_control_point: WriteIndicate[ScControlPoint] = characteristic(default=ABSENT)
    """Mandatory where the wheel's revolutions are counted or there are several locations."""
