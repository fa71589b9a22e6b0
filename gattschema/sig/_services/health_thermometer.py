"""Health Thermometer Service (0x1809)."""

from __future__ import annotations

from gattschema.schema import ABSENT, PRESENT, Indicate, Notify, Read, ReadIndicate, Service, characteristic
from gattschema.sig._characteristics.intermediate_temperature import IntermediateTemperature
from gattschema.sig._characteristics.measurement_interval import MeasurementInterval
from gattschema.sig._characteristics.temperature_measurement import TemperatureMeasurement
from gattschema.sig._characteristics.temperature_type import TemperatureType

__all__ = ["HealthThermometer"]

SERVICES = {"HealthThermometer": 0x1809}


class HealthThermometer(Service, uuid=0x1809):
    """Body temperature (Health Thermometer Service 1.0, section 3)."""

    temperature_measurement: Indicate[TemperatureMeasurement] = characteristic(default=PRESENT)
    temperature_type: Read[TemperatureType] = characteristic(default=ABSENT)
    """Where the temperature is taken; left out where the measurement tells it."""
    intermediate_temperature: Notify[IntermediateTemperature] = characteristic(default=ABSENT)
    measurement_interval: ReadIndicate[MeasurementInterval] = characteristic(default=ABSENT)
    """A subclass may make it writable, with security, and then adds the Valid Range."""
