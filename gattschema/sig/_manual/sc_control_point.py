"""SC Control Point (0x2A55), of the speed and cadence services.

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import sc_control_point as cp

    @CyclingSpeedAndCadence.sc_control_point.on_write
    def _asked(self, operation: cp.ScControlPoint) -> None:
        match operation:
            case cp.SetCumulativeValue(value=revolutions):
                self.revolutions = revolutions
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.sc_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.sig._characteristics.sensor_location import SensorLocation
from gattschema.values import Count, OpenEnum, UInt32, UnknownOperation, When, struct

__all__ = [
    "Opcode",
    "RequestSupportedSensorLocations",
    "Response",
    "Result",
    "ScControlPoint",
    "SetCumulativeValue",
    "StartSensorCalibration",
    "UnknownOperation",
    "UpdateSensorLocation",
]

ALSO_IN_SIG = ("ScControlPoint",)

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
