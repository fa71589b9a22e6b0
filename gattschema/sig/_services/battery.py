"""Battery Service (0x180F)."""

from __future__ import annotations

from gattschema.schema import ABSENT, ReadIndicate, ReadNotify, Service, characteristic
from gattschema.sig._characteristics.battery_critical_status import BatteryCriticalStatus
from gattschema.sig._characteristics.battery_energy_status import BatteryEnergyStatus
from gattschema.sig._characteristics.battery_health_information import BatteryHealthInformation
from gattschema.sig._characteristics.battery_health_status import BatteryHealthStatus
from gattschema.sig._characteristics.battery_information import BatteryInformation
from gattschema.sig._characteristics.battery_level import BatteryLevel
from gattschema.sig._characteristics.battery_level_status import BatteryLevelStatus
from gattschema.sig._characteristics.battery_time_status import BatteryTimeStatus
from gattschema.sig._characteristics.estimated_service_date import EstimatedServiceDate
from gattschema.sig._characteristics.manufacturer_name_string import ManufacturerNameString
from gattschema.sig._characteristics.model_number_string import ModelNumberString
from gattschema.sig._characteristics.serial_number_string import SerialNumberString

__all__ = ["Battery"]

SERVICES = {"Battery": 0x180F}


class Battery(Service, uuid=0x180F):
    """How full a battery is and how it does (Battery Service 1.1, section 3)."""

    battery_level: ReadNotify[BatteryLevel]
    battery_level_status: ReadNotify[BatteryLevelStatus] = characteristic(default=ABSENT)
    estimated_service_date: ReadNotify[EstimatedServiceDate] = characteristic(default=ABSENT)
    battery_critical_status: ReadIndicate[BatteryCriticalStatus] = characteristic(default=ABSENT)
    battery_energy_status: ReadNotify[BatteryEnergyStatus] = characteristic(default=ABSENT)
    battery_time_status: ReadNotify[BatteryTimeStatus] = characteristic(default=ABSENT)
    battery_health_status: ReadNotify[BatteryHealthStatus] = characteristic(default=ABSENT)
    battery_health_information: ReadIndicate[BatteryHealthInformation] = characteristic(default=ABSENT)
    battery_information: ReadIndicate[BatteryInformation] = characteristic(default=ABSENT)
    manufacturer_name_string: ReadIndicate[ManufacturerNameString] = characteristic(default=ABSENT)
    model_number_string: ReadIndicate[ModelNumberString] = characteristic(default=ABSENT)
    serial_number_string: ReadIndicate[SerialNumberString] = characteristic(default=ABSENT)
