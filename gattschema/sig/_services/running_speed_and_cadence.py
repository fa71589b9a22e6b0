"""Running Speed and Cadence Service (0x1814)."""

from __future__ import annotations

from gattschema.schema import ABSENT, PRESENT, Notify, Read, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.rsc_feature import RscFeature
from gattschema.sig._characteristics.rsc_measurement import RscMeasurement
from gattschema.sig._characteristics.sensor_location import SensorLocation
from gattschema.sig._manual.sc_control_point import ScControlPoint

__all__ = ["RunningSpeedAndCadence"]

SERVICES = {"RunningSpeedAndCadence": 0x1814}


class RunningSpeedAndCadence(Service, uuid=0x1814):
    """A foot pod (Running Speed and Cadence Service 1.0, section 3)."""

    rsc_measurement: Notify[RscMeasurement] = characteristic(default=PRESENT)
    rsc_feature: Read[RscFeature]
    sensor_location: Read[SensorLocation] = characteristic(default=ABSENT)
    """Mandatory where the feature says that there are several locations."""
    sc_control_point: WriteIndicate[ScControlPoint] = characteristic(default=ABSENT)
    """Mandatory where the distance is counted, the sensor is calibrated or there are several locations."""
