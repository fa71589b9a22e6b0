"""CGM Measurement (0x2AA7), CGM Status (0x2AA9)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import (
    Count,
    Crc,
    Length,
    MedFloat16,
    Presence,
    UInt8,
    UInt16,
    Unit,
    When,
    derived,
    struct,
)

__all__ = [
    "CgmCalibrationStatus",
    "CgmDeviceStatus",
    "CgmMeasurement",
    "CgmMeasurementRecord",
    "CgmStatus",
    "CgmWarning",
]

UUID_NUMBERS = {"CgmMeasurement": 0x2AA7, "CgmStatus": 0x2AA9}


class CgmDeviceStatus(enum.IntFlag):
    """The first status octet: the device."""

    SESSION_STOPPED = 0x01
    BATTERY_LOW = 0x02
    SENSOR_TYPE_INCORRECT = 0x04
    SENSOR_MALFUNCTION = 0x08
    DEVICE_SPECIFIC_ALERT = 0x10
    GENERAL_DEVICE_FAULT = 0x20


class CgmCalibrationStatus(enum.IntFlag):
    """The second status octet: calibration and temperature."""

    TIME_SYNCHRONIZATION_REQUIRED = 0x01
    CALIBRATION_NOT_ALLOWED = 0x02
    CALIBRATION_RECOMMENDED = 0x04
    CALIBRATION_REQUIRED = 0x08
    SENSOR_TEMPERATURE_TOO_HIGH = 0x10
    SENSOR_TEMPERATURE_TOO_LOW = 0x20
    CALIBRATION_PENDING = 0x40


class CgmWarning(enum.IntFlag):
    """The third status octet: the result."""

    BELOW_PATIENT_LOW = 0x01
    ABOVE_PATIENT_HIGH = 0x02
    BELOW_HYPO = 0x04
    ABOVE_HYPER = 0x08
    RATE_OF_DECREASE_EXCEEDED = 0x10
    RATE_OF_INCREASE_EXCEEDED = 0x20
    BELOW_DEVICE_RANGE = 0x40
    ABOVE_DEVICE_RANGE = 0x80


@struct
class CgmMeasurementRecord:
    """One glucose reading, 6 to 15 octets (Continuous Glucose Monitoring Service 1.0, section 3.1)."""

    size: Length[UInt8] = derived()
    flags: Presence[UInt8] = derived()
    glucose_concentration: Annotated[MedFloat16, Unit.MILLIGRAM_PER_DECILITRE]
    time_offset: Annotated[int, UInt16, Unit.MINUTE]
    """Minutes since the session began."""
    device_status: Annotated[CgmDeviceStatus | None, When(bit=7)] = None
    calibration_status: Annotated[CgmCalibrationStatus | None, When(bit=6)] = None
    warning: Annotated[CgmWarning | None, When(bit=5)] = None
    trend: Annotated[float | None, MedFloat16, Unit.MILLIGRAM_PER_DECILITRE_PER_MINUTE, When(bit=0)] = None
    quality: Annotated[float | None, MedFloat16, Unit.PERCENTAGE, When(bit=1)] = None
    e2e_crc: Annotated[bool, Crc()] = False
    """Whether a CRC ends the record: just as the CGM Feature says."""


CgmMeasurement: TypeAlias = Annotated[tuple[CgmMeasurementRecord, ...], Count(min=1, max=34)]
"""One glucose reading or more (Continuous Glucose Monitoring Service 1.0, section 3.1)."""


@struct
class CgmStatus:
    """The sensor's state (Continuous Glucose Monitoring Service 1.0, section 3.3)."""

    time_offset: Annotated[int, UInt16, Unit.MINUTE]
    """Minutes since the session began."""
    device_status: CgmDeviceStatus = CgmDeviceStatus(0)
    calibration_status: CgmCalibrationStatus = CgmCalibrationStatus(0)
    warning: CgmWarning = CgmWarning(0)
    e2e_crc: Annotated[bool, Crc()] = False
    """Whether a CRC follows: just as the CGM Feature says."""
