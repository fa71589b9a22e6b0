"""SC Control Point (0x2A55), of the speed and cadence services."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.sig._characteristics.sensor_location import SensorLocation
from gattschema.values import Count, OpenEnum, UInt32, UnknownOperation, When, struct

__all__ = ["ScControlPoint"]

UUID_NUMBERS = {"ScControlPoint": 0x2A55}


class Opcode(OpenEnum):
    """What is asked for."""

    SET_CUMULATIVE_VALUE = 0x01
    START_SENSOR_CALIBRATION = 0x02
    UPDATE_SENSOR_LOCATION = 0x03
    REQUEST_SUPPORTED_SENSOR_LOCATIONS = 0x04
    RESPONSE = 0x10


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_OPERAND = 0x03
    OPERATION_FAILED = 0x04


@struct(opcode=Opcode.SET_CUMULATIVE_VALUE)
class SetCumulativeValue:
    """Set what was counted so far: wheel revolutions (cycling) or the distance in 1/10 m (running)."""

    value: UInt32


@struct(opcode=Opcode.START_SENSOR_CALIBRATION)
class StartSensorCalibration:
    """Begin to calibrate the sensor."""


@struct(opcode=Opcode.UPDATE_SENSOR_LOCATION)
class UpdateSensorLocation:
    """Say where the sensor is mounted."""

    location: SensorLocation


@struct(opcode=Opcode.REQUEST_SUPPORTED_SENSOR_LOCATIONS)
class RequestSupportedSensorLocations:
    """Ask where the sensor can be mounted."""


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to any of the others."""

    request: Opcode
    result: Result
    sensor_locations: Annotated[
        tuple[SensorLocation, ...],
        Count(max=17),
        When(field="request", equals=Opcode.REQUEST_SUPPORTED_SENSOR_LOCATIONS),
        When(field="result", equals=Result.SUCCESS),
    ] = ()


ScControlPoint: TypeAlias = (
    SetCumulativeValue
    | StartSensorCalibration
    | UpdateSensorLocation
    | RequestSupportedSensorLocations
    | Response
    | UnknownOperation
)
"""Settings of a speed and cadence sensor (Cycling Speed and Cadence Service 1.0, section 3.4; running: section 3.4)."""
