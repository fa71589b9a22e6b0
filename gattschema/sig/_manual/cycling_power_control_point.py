"""Cycling Power Control Point (0x2A66).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import cycling_power_control_point as cp

    @CyclingPower.cycling_power_control_point.on_write
    def _asked(self, operation: cp.CyclingPowerControlPoint) -> None:
        match operation:
            case cp.SetCumulativeValue(wheel_revolutions=revolutions):
                self.revolutions = revolutions
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.cycling_power_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.sig._characteristics.sensor_location import SensorLocation
from gattschema.values import (
    Count,
    DateTime,
    Excludes,
    Octets,
    OpenEnum,
    Scale,
    SInt16,
    UInt8,
    UInt16,
    UInt32,
    Unit,
    UnknownOperation,
    When,
    struct,
)

__all__ = [
    "CyclingPowerControlPoint",
    "Grams",
    "HalfMillimetres",
    "MaskMeasurementContent",
    "MeasurementContent",
    "Millimetres",
    "Opcode",
    "RequestChainLength",
    "RequestChainWeight",
    "RequestCrankLength",
    "RequestFactoryCalibrationDate",
    "RequestSamplingRate",
    "RequestSpanLength",
    "RequestSupportedSensorLocations",
    "Response",
    "Result",
    "SetChainLength",
    "SetChainWeight",
    "SetCrankLength",
    "SetCumulativeValue",
    "SetSpanLength",
    "StartEnhancedOffsetCompensation",
    "StartOffsetCompensation",
    "UnknownOperation",
    "UpdateSensorLocation",
]

ALSO_IN_SIG = ("CyclingPowerControlPoint", "MeasurementContent")

UUID_NUMBERS = {"CyclingPowerControlPoint": 0x2A66}


class Opcode(OpenEnum):
    """What is asked for."""

    SET_CUMULATIVE_VALUE = 0x01
    UPDATE_SENSOR_LOCATION = 0x02
    REQUEST_SUPPORTED_SENSOR_LOCATIONS = 0x03
    SET_CRANK_LENGTH = 0x04
    REQUEST_CRANK_LENGTH = 0x05
    SET_CHAIN_LENGTH = 0x06
    REQUEST_CHAIN_LENGTH = 0x07
    SET_CHAIN_WEIGHT = 0x08
    REQUEST_CHAIN_WEIGHT = 0x09
    SET_SPAN_LENGTH = 0x0A
    REQUEST_SPAN_LENGTH = 0x0B
    START_OFFSET_COMPENSATION = 0x0C
    MASK_MEASUREMENT_CONTENT = 0x0D
    REQUEST_SAMPLING_RATE = 0x0E
    REQUEST_FACTORY_CALIBRATION_DATE = 0x0F
    START_ENHANCED_OFFSET_COMPENSATION = 0x10
    RESPONSE = 0x20


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_OPERAND = 0x03
    OPERATION_FAILED = 0x04


class MeasurementContent(enum.IntFlag):
    """Fields to leave out of the Cycling Power Measurement."""

    PEDAL_POWER_BALANCE = 0x0001
    ACCUMULATED_TORQUE = 0x0002
    WHEEL_REVOLUTION_DATA = 0x0004
    CRANK_REVOLUTION_DATA = 0x0008
    EXTREME_MAGNITUDES = 0x0010
    EXTREME_ANGLES = 0x0020
    TOP_DEAD_SPOT_ANGLE = 0x0040
    BOTTOM_DEAD_SPOT_ANGLE = 0x0080
    ACCUMULATED_ENERGY = 0x0100


HalfMillimetres: TypeAlias = Annotated[float, UInt16, Scale(multiplier=5, decimal=-4), Unit.METRE]
"""A length in metres, carried as half millimetres."""
Millimetres: TypeAlias = Annotated[float, UInt16, Scale(decimal=-3), Unit.METRE]
"""A length in metres, carried as millimetres."""
Grams: TypeAlias = Annotated[float, UInt16, Scale(decimal=-3), Unit.KILOGRAM]
"""A mass in kilograms, carried as grams."""


@struct(opcode=Opcode.SET_CUMULATIVE_VALUE)
class SetCumulativeValue:
    """Set the wheel revolutions counted so far."""

    wheel_revolutions: UInt32


@struct(opcode=Opcode.UPDATE_SENSOR_LOCATION)
class UpdateSensorLocation:
    """Say where the sensor is mounted."""

    location: SensorLocation


@struct(opcode=Opcode.REQUEST_SUPPORTED_SENSOR_LOCATIONS)
class RequestSupportedSensorLocations:
    """Ask where the sensor can be mounted."""


@struct(opcode=Opcode.SET_CRANK_LENGTH)
class SetCrankLength:
    """Set the length of the crank."""

    crank_length: HalfMillimetres


@struct(opcode=Opcode.REQUEST_CRANK_LENGTH)
class RequestCrankLength:
    """Ask for the length of the crank."""


@struct(opcode=Opcode.SET_CHAIN_LENGTH)
class SetChainLength:
    """Set the length of the chain."""

    chain_length: Millimetres


@struct(opcode=Opcode.REQUEST_CHAIN_LENGTH)
class RequestChainLength:
    """Ask for the length of the chain."""


@struct(opcode=Opcode.SET_CHAIN_WEIGHT)
class SetChainWeight:
    """Set the weight of the chain."""

    chain_weight: Grams


@struct(opcode=Opcode.REQUEST_CHAIN_WEIGHT)
class RequestChainWeight:
    """Ask for the weight of the chain."""


@struct(opcode=Opcode.SET_SPAN_LENGTH)
class SetSpanLength:
    """Set the length of the span of the chain."""

    span_length: Millimetres


@struct(opcode=Opcode.REQUEST_SPAN_LENGTH)
class RequestSpanLength:
    """Ask for the length of the span of the chain."""


@struct(opcode=Opcode.START_OFFSET_COMPENSATION)
class StartOffsetCompensation:
    """Begin to find the sensor's offset."""


@struct(opcode=Opcode.MASK_MEASUREMENT_CONTENT)
class MaskMeasurementContent:
    """Say which fields the Cycling Power Measurement leaves out."""

    content: Annotated[MeasurementContent, UInt16]


@struct(opcode=Opcode.REQUEST_SAMPLING_RATE)
class RequestSamplingRate:
    """Ask for the sampling rate."""


@struct(opcode=Opcode.REQUEST_FACTORY_CALIBRATION_DATE)
class RequestFactoryCalibrationDate:
    """Ask for the date of the factory's calibration."""


@struct(opcode=Opcode.START_ENHANCED_OFFSET_COMPENSATION)
class StartEnhancedOffsetCompensation:
    """Begin to find the sensor's offset, with what the manufacturer adds in the answer."""


_SUCCESS = When(field="result", equals=Result.SUCCESS)
"""What an answer carries when it went well."""


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to any of the others; it carries what was requested."""

    request: Opcode
    result: Result
    crank_length: Annotated[
        HalfMillimetres | None, When(field="request", equals=Opcode.REQUEST_CRANK_LENGTH), _SUCCESS
    ] = None
    chain_length: Annotated[Millimetres | None, When(field="request", equals=Opcode.REQUEST_CHAIN_LENGTH), _SUCCESS] = (
        None
    )
    chain_weight: Annotated[Grams | None, When(field="request", equals=Opcode.REQUEST_CHAIN_WEIGHT), _SUCCESS] = None
    span_length: Annotated[Millimetres | None, When(field="request", equals=Opcode.REQUEST_SPAN_LENGTH), _SUCCESS] = (
        None
    )
    offset: Annotated[int | None, SInt16, When(field="request", equals=Opcode.START_OFFSET_COMPENSATION), _SUCCESS] = (
        None
    )
    """Raw force in newtons, or raw torque in 1/32 N·m: the Cycling Power Feature says which."""
    sampling_rate: Annotated[
        int | None, UInt8, Unit.HERTZ, When(field="request", equals=Opcode.REQUEST_SAMPLING_RATE), _SUCCESS
    ] = None
    calibration_date: Annotated[
        DateTime | None, When(field="request", equals=Opcode.REQUEST_FACTORY_CALIBRATION_DATE), _SUCCESS
    ] = None
    sensor_locations: Annotated[
        tuple[SensorLocation, ...],
        Count(max=17),
        When(field="request", equals=Opcode.REQUEST_SUPPORTED_SENSOR_LOCATIONS),
        _SUCCESS,
    ] = ()
    enhanced_offset: Annotated[
        bytes,
        Octets(max=17),
        When(field="request", equals=Opcode.START_ENHANCED_OFFSET_COMPENSATION),
        Excludes("sensor_locations"),
    ] = b""
    """The offset, the company's identifier, the number of octets of its own and these; a reason where it failed."""


CyclingPowerControlPoint: TypeAlias = (
    SetCumulativeValue
    | UpdateSensorLocation
    | RequestSupportedSensorLocations
    | SetCrankLength
    | RequestCrankLength
    | SetChainLength
    | RequestChainLength
    | SetChainWeight
    | RequestChainWeight
    | SetSpanLength
    | RequestSpanLength
    | StartOffsetCompensation
    | MaskMeasurementContent
    | RequestSamplingRate
    | RequestFactoryCalibrationDate
    | StartEnhancedOffsetCompensation
    | Response
    | UnknownOperation
)
"""Settings and requests of a power meter, and its answers (Cycling Power Service 1.1, section 3.4)."""
