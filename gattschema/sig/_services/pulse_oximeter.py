"""Pulse Oximeter Service (0x1822)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Indicate, Notify, Read, Service, WriteIndicate, characteristic
from gattschema.sig._manual.plx import PlxContinuousMeasurement, PlxFeatures, PlxSpotCheckMeasurement
from gattschema.sig._manual.record_access_control_point import RecordAccessControlPoint

__all__ = ["PulseOximeter"]

SERVICES = {"PulseOximeter": 0x1822}


class PulseOximeter(Service, uuid=0x1822):
    """Oxygen saturation and pulse: spot checks, running, or both (Pulse Oximeter Service 1.0, section 3)."""

    plx_spot_check_measurement: Indicate[PlxSpotCheckMeasurement] = characteristic(default=ABSENT)
    plx_continuous_measurement: Notify[PlxContinuousMeasurement] = characteristic(default=ABSENT)
    plx_features: Read[PlxFeatures]
    record_access_control_point: WriteIndicate[RecordAccessControlPoint] = characteristic(default=ABSENT)
    """Mandatory where spot checks are stored."""
