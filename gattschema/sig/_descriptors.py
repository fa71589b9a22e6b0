"""Values of the adopted descriptors (Assigned Numbers, section 3.7).

bluetoothd makes 0x2900, 0x2902 and 0x2903 itself; their values are here for those who read them.
"""

from __future__ import annotations

import enum
import uuid
from typing import Annotated, Any, Self, TypeAlias

from gattschema.values import (
    AnyUuid,
    Count,
    Octets,
    OpenEnum,
    Scale,
    SInt8,
    UInt8,
    UInt16,
    UInt24,
    Unit,
    Unknown,
    Utf8,
    decode,
    encode,
    struct,
)

__all__ = [
    "AggregateFormat",
    "AnalogChangedBy",
    "AnalogCrossed",
    "AnalogOnBoundaries",
    "AnalogOnBoundary",
    "AnalogOutside",
    "BitMaskDiffers",
    "Broadcasting",
    "ClientConfiguration",
    "ClientConfigurationBits",
    "EsApplication",
    "EsCondition",
    "EsConfiguration",
    "EsMeasurement",
    "EsSampling",
    "EsTriggerSetting",
    "ExtendedProperties",
    "ExtendedProperty",
    "ExternalReportReference",
    "NoTimeTrigger",
    "NoValueTrigger",
    "NotifyAfterChanges",
    "NotifyAtMostEvery",
    "NotifyEvery",
    "NumberOfDigitals",
    "PresentationFormat",
    "ReportReference",
    "ReportType",
    "ServerConfiguration",
    "TimeTriggerSetting",
    "UserDescription",
    "ValidRange",
    "ValueChanged",
    "ValueTriggerSetting",
]

UUID_NUMBERS = {
    "ExtendedProperties": 0x2900,
    "UserDescription": 0x2901,
    "ClientConfiguration": 0x2902,
    "ServerConfiguration": 0x2903,
    "PresentationFormat": 0x2904,
    "AggregateFormat": 0x2905,
    "ValidRange": 0x2906,
    "ExternalReportReference": 0x2907,
    "ReportReference": 0x2908,
    "NumberOfDigitals": 0x2909,
    "ValueTriggerSetting": 0x290A,
    "EsConfiguration": 0x290B,
    "EsMeasurement": 0x290C,
    "EsTriggerSetting": 0x290D,
    "TimeTriggerSetting": 0x290E,
}


# --- of every service (Core Specification, Vol 3, Part G, 3.3.3) ----------------------------------------------------


class ExtendedProperty(enum.IntFlag):
    """Properties for which the declaration has no room."""

    RELIABLE_WRITE = 0x0001
    WRITABLE_AUXILIARIES = 0x0002


ExtendedProperties: TypeAlias = Annotated[ExtendedProperty, UInt16]
"""Characteristic Extended Properties (Core Specification, Vol 3, Part G, 3.3.3.1)."""

UserDescription: TypeAlias = Annotated[str, Utf8(max=512)]
"""Characteristic User Description (Core Specification, Vol 3, Part G, 3.3.3.2)."""


class ClientConfigurationBits(enum.IntFlag):
    """What a client subscribed to."""

    NOTIFY = 0x0001
    INDICATE = 0x0002


ClientConfiguration: TypeAlias = Annotated[ClientConfigurationBits, UInt16]
"""Client Characteristic Configuration (Core Specification, Vol 3, Part G, 3.3.3.3)."""


class Broadcasting(enum.IntFlag):
    """Whether the value is advertised."""

    BROADCAST = 0x0001


ServerConfiguration: TypeAlias = Annotated[Broadcasting, UInt16]
"""Server Characteristic Configuration (Core Specification, Vol 3, Part G, 3.3.3.4)."""


@struct
class PresentationFormat:
    """What a value's octets are (Characteristic Presentation Format: Core Specification, Vol 3, Part G, 3.3.3.5).

    The numbers are those of the Assigned Numbers: format types in section 2.4.1, units in 3.5, descriptions of
    namespace 1 in 2.4.2.
    """

    format: UInt8
    exponent: SInt8 = 0
    """The value is the raw number times ten to this power; it says nothing of formats that are no whole numbers."""
    unit: UInt16 = 0x2700
    namespace: UInt8 = 0x01
    description: UInt16 = 0x0000


AggregateFormat: TypeAlias = Annotated[tuple[UInt16, ...], Count(max=256)]
"""Handles of Presentation Formats, in the order of the fields (Core Specification, Vol 3, Part G, 3.3.3.6)."""


@struct
class ValidRange:
    """The least and the greatest value, each as the characteristic encodes it (Assigned Numbers, section 3.7).

    >>> ValidRange.between(Temperature, -40.0, 85.0)
    """

    octets: Annotated[bytes, Octets(min=2, max=512)]

    @classmethod
    def between(cls, hint: Any, low: Any, high: Any) -> Self:
        """Encode both bounds as values of the type *hint*.

        Raises:
            EncodeError: one of them is no value of the type.
        """
        return cls(octets=encode(hint, low) + encode(hint, high))

    def bounds(self, hint: Any) -> tuple[Any, Any]:
        """Decode both bounds as values of the type *hint*.

        Raises:
            DecodeError: the octets are no two values of the type.
        """
        half = len(self.octets) // 2
        return decode(hint, self.octets[:half]), decode(hint, self.octets[half:])


# --- of the HID Service 1.0 -----------------------------------------------------------------------------------------


@struct
class ExternalReportReference:
    """The characteristic of another service that is a report, too (HID Service 1.0, section Report Map)."""

    characteristic: Annotated[uuid.UUID, AnyUuid]


class ReportType(OpenEnum):
    """Which way a report goes."""

    INPUT = 1
    OUTPUT = 2
    FEATURE = 3


@struct
class ReportReference:
    """Which report of the Report Map a characteristic carries (HID Service 1.0, section Report)."""

    report_id: UInt8 = 0
    """The report's number; 0 where the Report Map has none."""
    report_type: ReportType


# --- of the Automation IO Service 1.0 -------------------------------------------------------------------------------


@struct
class NumberOfDigitals:
    """How many pins a Digital characteristic has (Automation IO Service 1.0, section 3.1)."""

    count: UInt8


@struct(opcode=0x00)
class ValueChanged:
    """Whenever the value changes."""


@struct(opcode=0x01)
class AnalogCrossed:
    """When the value goes past this one, either way."""

    boundary: UInt16


@struct(opcode=0x02)
class AnalogOnBoundary:
    """When the value comes to this one or leaves it."""

    boundary: UInt16


@struct(opcode=0x03)
class AnalogChangedBy:
    """When the value changed by more than this."""

    difference: UInt16


@struct(opcode=0x04)
class BitMaskDiffers:
    """When pins change whose bits are set here."""

    mask: Annotated[bytes, Octets(min=1, max=64)]


@struct(opcode=0x05)
class AnalogOutside:
    """When the value enters or leaves the range between two others."""

    low: UInt16
    high: UInt16


@struct(opcode=0x06)
class AnalogOnBoundaries:
    """When the value comes to one of these or leaves it."""

    low: UInt16
    high: UInt16


@struct(opcode=0x07)
class NoValueTrigger:
    """Never."""


ValueTriggerSetting: TypeAlias = (
    ValueChanged
    | AnalogCrossed
    | AnalogOnBoundary
    | AnalogChangedBy
    | BitMaskDiffers
    | AnalogOutside
    | AnalogOnBoundaries
    | NoValueTrigger
)
"""Which values count as a change (Automation IO Service 1.0, section 3, Value Trigger Setting)."""


@struct(opcode=0x00)
class NoTimeTrigger:
    """No time counts."""

    unused: UInt8 = 0


@struct(opcode=0x01)
class NotifyEvery:
    """So often, changed or not."""

    interval: Annotated[int, UInt24, Unit.SECOND]


@struct(opcode=0x02)
class NotifyAtMostEvery:
    """No more often than this."""

    interval: Annotated[int, UInt24, Unit.SECOND]


@struct(opcode=0x03)
class NotifyAfterChanges:
    """After so many changes."""

    count: UInt16


TimeTriggerSetting: TypeAlias = NoTimeTrigger | NotifyEvery | NotifyAtMostEvery | NotifyAfterChanges
"""When phones hear of changes (Automation IO Service 1.0, section 3, Time Trigger Setting)."""


# --- of the Environmental Sensing Service 1.0 -----------------------------------------------------------------------


class EsConfiguration(OpenEnum):
    """How several triggers combine (Environmental Sensing Service 1.0, section 3, ES Configuration)."""

    AND = 0
    OR = 1


class EsSampling(OpenEnum):
    """How a measurement is made of samples."""

    UNSPECIFIED = 0x00
    INSTANTANEOUS = 0x01
    ARITHMETIC_MEAN = 0x02
    RMS = 0x03
    MAXIMUM = 0x04
    MINIMUM = 0x05
    ACCUMULATED = 0x06
    COUNT = 0x07


class EsApplication(OpenEnum):
    """What is measured, and where."""

    UNSPECIFIED = 0x00
    AIR = 0x01
    WATER = 0x02
    BAROMETRIC = 0x03
    SOIL = 0x04
    INFRARED = 0x05
    MAP_DATABASE = 0x06
    BAROMETRIC_ELEVATION_SOURCE = 0x07
    GPS_ONLY_ELEVATION_SOURCE = 0x08
    GPS_AND_MAP_DATABASE_ELEVATION_SOURCE = 0x09
    VERTICAL_DATUM_ELEVATION_SOURCE = 0x0A
    ONSHORE = 0x0B
    ONBOARD_VESSEL_OR_VEHICLE = 0x0C
    FRONT = 0x0D
    BACK_OR_REAR = 0x0E
    UPPER = 0x0F
    LOWER = 0x10
    PRIMARY = 0x11
    SECONDARY = 0x12
    OUTDOOR = 0x13
    INDOOR = 0x14
    TOP = 0x15
    BOTTOM = 0x16
    MAIN = 0x17
    BACKUP = 0x18
    AUXILIARY = 0x19
    SUPPLEMENTARY = 0x1A
    INSIDE = 0x1B
    OUTSIDE = 0x1C
    LEFT = 0x1D
    RIGHT = 0x1E
    INTERNAL = 0x1F
    EXTERNAL = 0x20
    SOLAR = 0x21


@struct
class EsMeasurement:
    """How a value was measured, 11 octets (Environmental Sensing Service 1.0, section 3, ES Measurement)."""

    flags: UInt16 = 0
    """Reserved."""
    sampling: EsSampling = EsSampling.UNSPECIFIED
    period: Annotated[int | None, UInt24, Unit.SECOND, Unknown(0)] = None
    """Seconds over which samples are taken; ``None`` where that says nothing."""
    update_interval: Annotated[int | None, UInt24, Unit.SECOND, Unknown(0)] = None
    """Seconds between values; ``None`` where that says nothing."""
    application: EsApplication = EsApplication.UNSPECIFIED
    uncertainty: Annotated[float | None, UInt8, Scale(multiplier=5, decimal=-1), Unit.PERCENTAGE, Unknown(0xFF)] = None
    """Steps of 0.5 %; ``None`` if it is not known."""


class EsCondition(OpenEnum):
    """What makes the server notify."""

    INACTIVE = 0x00
    FIXED_INTERVAL = 0x01
    MINIMUM_INTERVAL = 0x02
    CHANGED = 0x03
    LESS = 0x04
    LESS_OR_EQUAL = 0x05
    GREATER = 0x06
    GREATER_OR_EQUAL = 0x07
    EQUAL = 0x08
    DIFFERENT = 0x09


@struct
class EsTriggerSetting:
    """What makes the server notify (Environmental Sensing Service 1.0, section 3, ES Trigger Setting).

    >>> EsTriggerSetting.when(Temperature, EsCondition.GREATER, 25.0)
    """

    condition: EsCondition = EsCondition.INACTIVE
    operand: Annotated[bytes, Octets(max=511)] = b""
    """Nothing, three octets of seconds or a value of the characteristic: as the condition says."""

    @classmethod
    def changed(cls) -> Self:
        """Notify whenever the value changes."""
        return cls(condition=EsCondition.CHANGED)

    @classmethod
    def every(cls, seconds: int) -> Self:
        """Notify so often, changed or not."""
        return cls(condition=EsCondition.FIXED_INTERVAL, operand=encode(UInt24, seconds))

    @classmethod
    def at_most_every(cls, seconds: int) -> Self:
        """Notify of changes, but no more often than this."""
        return cls(condition=EsCondition.MINIMUM_INTERVAL, operand=encode(UInt24, seconds))

    @classmethod
    def when(cls, hint: Any, condition: EsCondition, value: Any) -> Self:
        """Notify while the characteristic, of the type *hint*, compares to *value* as the condition says.

        Raises:
            ValueError: the condition compares with nothing.
            EncodeError: the value is none of the type.
        """
        if not EsCondition.LESS <= condition <= EsCondition.DIFFERENT:
            raise ValueError(f"{condition!r} compares with no value")
        return cls(condition=condition, operand=encode(hint, value))

    def seconds(self) -> int | None:
        """Give the interval; ``None`` if the condition has none.

        Raises:
            DecodeError: the operand is no three octets.
        """
        timed = self.condition in (EsCondition.FIXED_INTERVAL, EsCondition.MINIMUM_INTERVAL)
        return decode(UInt24, self.operand) if timed else None

    def value(self, hint: Any) -> Any:
        """Give the value to compare with, of the type *hint*; ``None`` if the condition has none.

        Raises:
            DecodeError: the operand is no value of the type.
        """
        compares = EsCondition.LESS <= self.condition <= EsCondition.DIFFERENT
        return decode(hint, self.operand) if compares else None
