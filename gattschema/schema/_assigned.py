"""Numbers that the SIG assigned, by name: the few that the first services need.

Source: Bluetooth SIG, Assigned Numbers, sections 3.4 (services), 3.7 (descriptors) and 3.8 (characteristics).
"""

from __future__ import annotations

import re

SERVICES = {
    "automation_io": 0x1815,
    "battery": 0x180F,
    "blood_pressure": 0x1810,
    "current_time": 0x1805,
    "cycling_power": 0x1818,
    "cycling_speed_and_cadence": 0x1816,
    "device_information": 0x180A,
    "environmental_sensing": 0x181A,
    "glucose": 0x1808,
    "health_thermometer": 0x1809,
    "heart_rate": 0x180D,
    "human_interface_device": 0x1812,
    "immediate_alert": 0x1802,
    "link_loss": 0x1803,
    "tx_power": 0x1804,
    "weight_scale": 0x181D,
}

CHARACTERISTICS = {
    "alert_level": 0x2A06,
    "battery_level": 0x2A19,
    "body_sensor_location": 0x2A38,
    "firmware_revision_string": 0x2A26,
    "hardware_revision_string": 0x2A27,
    "heart_rate_control_point": 0x2A39,
    "heart_rate_measurement": 0x2A37,
    "humidity": 0x2A6F,
    "manufacturer_name_string": 0x2A29,
    "model_number_string": 0x2A24,
    "pressure": 0x2A6D,
    "serial_number_string": 0x2A25,
    "software_revision_string": 0x2A28,
    "temperature": 0x2A6E,
    "tx_power_level": 0x2A07,
}

USER_DESCRIPTION = 0x2901
CLIENT_CONFIGURATION = 0x2902

RESERVED_SERVICES = {0x1800: "Generic Access", 0x1801: "Generic Attribute"}
"""bluetoothd has these itself and refuses another."""


def service_number(class_name: str) -> int | None:
    """``HeartRate`` and ``HeartRateService`` -> 0x180D."""
    words = snake_case(class_name)
    return SERVICES.get(words, SERVICES.get(words.removesuffix("_service")))


def characteristic_number(field_name: str) -> int | None:
    """``heart_rate_measurement`` -> 0x2A37."""
    return CHARACTERISTICS.get(field_name)


def snake_case(class_name: str) -> str:
    """``HeartRate`` -> ``heart_rate``, ``HTTPProxy`` -> ``http_proxy``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
