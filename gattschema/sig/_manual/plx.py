"""PLX Spot-Check Measurement (0x2A5E), PLX Continuous Measurement (0x2A5F), PLX Features (0x2A60)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import (
    Bits,
    DateTime,
    MedFloat16,
    Presence,
    UInt8,
    UInt16,
    UInt24,
    Unit,
    When,
    derived,
    struct,
)

__all__ = [
    "PlxContinuousMeasurement",
    "PlxDeviceStatus",
    "PlxFeatures",
    "PlxMeasurementStatus",
    "PlxSpotCheckMeasurement",
    "SpO2PulseRate",
]

UUID_NUMBERS = {"PlxSpotCheckMeasurement": 0x2A5E, "PlxContinuousMeasurement": 0x2A5F, "PlxFeatures": 0x2A60}


class PlxMeasurementStatus(enum.IntFlag):
    """What is known of the measurement."""

    ONGOING = 0x0020
    EARLY_ESTIMATE = 0x0040
    VALIDATED = 0x0080
    FULLY_QUALIFIED = 0x0100
    FROM_STORAGE = 0x0200
    FOR_DEMONSTRATION = 0x0400
    FOR_TESTING = 0x0800
    CALIBRATION_ONGOING = 0x1000
    UNAVAILABLE = 0x2000
    QUESTIONABLE = 0x4000
    INVALID = 0x8000


class PlxDeviceStatus(enum.IntFlag):
    """What is known of the device and its sensor."""

    EXTENDED_DISPLAY_UPDATE_ONGOING = 0x0001
    EQUIPMENT_MALFUNCTION = 0x0002
    SIGNAL_PROCESSING_IRREGULARITY = 0x0004
    INADEQUATE_SIGNAL = 0x0008
    POOR_SIGNAL = 0x0010
    LOW_PERFUSION = 0x0020
    ERRATIC_SIGNAL = 0x0040
    NONPULSATILE_SIGNAL = 0x0080
    QUESTIONABLE_PULSE = 0x0100
    SIGNAL_ANALYSIS_ONGOING = 0x0200
    SENSOR_INTERFERENCE = 0x0400
    SENSOR_UNCONNECTED_TO_USER = 0x0800
    UNKNOWN_SENSOR_CONNECTED = 0x1000
    SENSOR_DISPLACED = 0x2000
    SENSOR_MALFUNCTIONING = 0x4000
    SENSOR_DISCONNECTED = 0x8000


SpO2: TypeAlias = Annotated[MedFloat16, Unit.PERCENTAGE]
PulseRate: TypeAlias = Annotated[MedFloat16, Unit.BEATS_PER_MINUTE]


@struct
class SpO2PulseRate:
    """Oxygen saturation and pulse, averaged over the same time."""

    spo2: SpO2
    pulse_rate: PulseRate


@struct
class PlxSpotCheckMeasurement:
    """One reading of a pulse oximeter, 5 to 19 octets (Pulse Oximeter Service 1.0, section 3.1)."""

    flags: Presence[UInt8] = derived()
    clock_not_set: Annotated[bool, Bits(4)] = False
    """Whether the timestamp counts from the device's start, as its clock was never set."""
    spo2: SpO2
    pulse_rate: PulseRate
    timestamp: Annotated[DateTime | None, When(bit=0)] = None
    measurement_status: Annotated[PlxMeasurementStatus | None, UInt16, When(bit=1)] = None
    device_status: Annotated[PlxDeviceStatus | None, UInt24, When(bit=2)] = None
    pulse_amplitude_index: Annotated[float | None, MedFloat16, Unit.PERCENTAGE, When(bit=3)] = None


@struct
class PlxContinuousMeasurement:
    """A running reading of a pulse oximeter, 5 to 20 octets (Pulse Oximeter Service 1.0, section 3.2)."""

    flags: Presence[UInt8] = derived()
    normal: SpO2PulseRate
    fast: Annotated[SpO2PulseRate | None, When(bit=0)] = None
    slow: Annotated[SpO2PulseRate | None, When(bit=1)] = None
    measurement_status: Annotated[PlxMeasurementStatus | None, UInt16, When(bit=2)] = None
    device_status: Annotated[PlxDeviceStatus | None, UInt24, When(bit=3)] = None
    pulse_amplitude_index: Annotated[float | None, MedFloat16, Unit.PERCENTAGE, When(bit=4)] = None


@struct
class PlxFeatures:
    """What a pulse oximeter can do (Pulse Oximeter Service 1.0, section 3.3)."""

    supported: Presence[UInt16] = derived()
    measurement_storage: Annotated[bool, Bits(2)] = False
    timestamp: Annotated[bool, Bits(3)] = False
    fast_metric: Annotated[bool, Bits(4)] = False
    slow_metric: Annotated[bool, Bits(5)] = False
    pulse_amplitude_index: Annotated[bool, Bits(6)] = False
    multiple_bonds: Annotated[bool, Bits(7)] = False
    measurement_status: Annotated[PlxMeasurementStatus | None, UInt16, When(bit=0)] = None
    """The bits of the measurement status that the device can tell."""
    device_status: Annotated[PlxDeviceStatus | None, UInt24, When(bit=1)] = None
    """The bits of the device status that the device can tell."""
