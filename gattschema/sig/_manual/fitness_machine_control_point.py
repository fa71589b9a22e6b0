"""Fitness Machine Control Point (0x2AD9).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import fitness_machine_control_point as cp

    @FitnessMachine.fitness_machine_control_point.on_write
    def _asked(self, operation: cp.FitnessMachineControlPoint) -> None:
        match operation:
            case cp.SetTargetPower(power=power):
                self.target_power = power
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.fitness_machine_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import OpenEnum, Scale, SInt16, UInt8, UInt16, UInt24, Unit, UnknownOperation, When, struct

__all__ = [
    "Cadence",
    "Circumference",
    "Distance",
    "Energy",
    "FitnessMachineControlPoint",
    "Grade",
    "HeartRate",
    "Inclination",
    "Opcode",
    "Power",
    "RequestControl",
    "Reset",
    "ResistanceLevel",
    "Response",
    "Result",
    "RollingResistance",
    "Seconds",
    "SetIndoorBikeSimulationParameters",
    "SetTargetHeartRate",
    "SetTargetInclination",
    "SetTargetPower",
    "SetTargetResistanceLevel",
    "SetTargetSpeed",
    "SetTargetedCadence",
    "SetTargetedDistance",
    "SetTargetedExpendedEnergy",
    "SetTargetedNumberOfSteps",
    "SetTargetedNumberOfStrides",
    "SetTargetedTimeInFiveHeartRateZones",
    "SetTargetedTimeInThreeHeartRateZones",
    "SetTargetedTimeInTwoHeartRateZones",
    "SetTargetedTrainingTime",
    "SetWheelCircumference",
    "Speed",
    "SpinDownAction",
    "SpinDownControl",
    "StartOrResume",
    "StopAction",
    "StopOrPause",
    "UnknownOperation",
    "WindResistance",
    "WindSpeed",
]

ALSO_IN_SIG = ("FitnessMachineControlPoint", "SpinDownAction", "StopAction")

UUID_NUMBERS = {"FitnessMachineControlPoint": 0x2AD9}


class Opcode(OpenEnum):
    """What is asked for."""

    REQUEST_CONTROL = 0x00
    RESET = 0x01
    SET_TARGET_SPEED = 0x02
    SET_TARGET_INCLINATION = 0x03
    SET_TARGET_RESISTANCE_LEVEL = 0x04
    SET_TARGET_POWER = 0x05
    SET_TARGET_HEART_RATE = 0x06
    START_OR_RESUME = 0x07
    STOP_OR_PAUSE = 0x08
    SET_TARGETED_EXPENDED_ENERGY = 0x09
    SET_TARGETED_NUMBER_OF_STEPS = 0x0A
    SET_TARGETED_NUMBER_OF_STRIDES = 0x0B
    SET_TARGETED_DISTANCE = 0x0C
    SET_TARGETED_TRAINING_TIME = 0x0D
    SET_TARGETED_TIME_IN_TWO_HEART_RATE_ZONES = 0x0E
    SET_TARGETED_TIME_IN_THREE_HEART_RATE_ZONES = 0x0F
    SET_TARGETED_TIME_IN_FIVE_HEART_RATE_ZONES = 0x10
    SET_INDOOR_BIKE_SIMULATION_PARAMETERS = 0x11
    SET_WHEEL_CIRCUMFERENCE = 0x12
    SPIN_DOWN_CONTROL = 0x13
    SET_TARGETED_CADENCE = 0x14
    RESPONSE = 0x80


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    OPERATION_FAILED = 0x04
    CONTROL_NOT_PERMITTED = 0x05


class StopAction(OpenEnum):
    """Whether the session ends or waits."""

    STOP = 0x01
    PAUSE = 0x02


class SpinDownAction(OpenEnum):
    """What to do about a spin-down."""

    START = 0x01
    IGNORE = 0x02


Speed: TypeAlias = Annotated[float, UInt16, Scale(decimal=-2), Unit.KILOMETRE_PER_HOUR]
Inclination: TypeAlias = Annotated[float, SInt16, Scale(decimal=-1), Unit.PERCENTAGE]
ResistanceLevel: TypeAlias = Annotated[float, UInt8, Scale(decimal=-1), Unit.UNITLESS]
"""One octet in version 1.0; some machines take two, in spite of it."""
Power: TypeAlias = Annotated[int, SInt16, Unit.WATT]
HeartRate: TypeAlias = Annotated[int, UInt8, Unit.BEATS_PER_MINUTE]
Energy: TypeAlias = Annotated[int, UInt16, Unit.KILOGRAM_CALORIE]
Distance: TypeAlias = Annotated[int, UInt24, Unit.METRE]
Seconds: TypeAlias = Annotated[int, UInt16, Unit.SECOND]
WindSpeed: TypeAlias = Annotated[float, SInt16, Scale(decimal=-3), Unit.METRES_PER_SECOND]
Grade: TypeAlias = Annotated[float, SInt16, Scale(decimal=-2), Unit.PERCENTAGE]
RollingResistance: TypeAlias = Annotated[float, UInt8, Scale(decimal=-4), Unit.UNITLESS]
WindResistance: TypeAlias = Annotated[float, UInt8, Scale(decimal=-2)]
"""In kilograms per metre, for which the SIG has no unit."""
Circumference: TypeAlias = Annotated[float, UInt16, Scale(decimal=-4), Unit.METRE]
Cadence: TypeAlias = Annotated[float, UInt16, Scale(binary=-1), Unit.REVOLUTION_PER_MINUTE]


@struct(opcode=Opcode.REQUEST_CONTROL)
class RequestControl:
    """Ask to be the one who controls the machine; everything else needs it first."""


@struct(opcode=Opcode.RESET)
class Reset:
    """Put all settings back."""


@struct(opcode=Opcode.SET_TARGET_SPEED)
class SetTargetSpeed:
    """Set the speed."""

    speed: Speed


@struct(opcode=Opcode.SET_TARGET_INCLINATION)
class SetTargetInclination:
    """Set the slope."""

    inclination: Inclination


@struct(opcode=Opcode.SET_TARGET_RESISTANCE_LEVEL)
class SetTargetResistanceLevel:
    """Set the resistance."""

    resistance_level: ResistanceLevel


@struct(opcode=Opcode.SET_TARGET_POWER)
class SetTargetPower:
    """Set the power."""

    power: Power


@struct(opcode=Opcode.SET_TARGET_HEART_RATE)
class SetTargetHeartRate:
    """Set the heart rate to keep to."""

    heart_rate: HeartRate


@struct(opcode=Opcode.START_OR_RESUME)
class StartOrResume:
    """Start the session, or go on with it."""


@struct(opcode=Opcode.STOP_OR_PAUSE)
class StopOrPause:
    """Stop the session, or pause it."""

    action: StopAction


@struct(opcode=Opcode.SET_TARGETED_EXPENDED_ENERGY)
class SetTargetedExpendedEnergy:
    """Set the energy to spend."""

    energy: Energy


@struct(opcode=Opcode.SET_TARGETED_NUMBER_OF_STEPS)
class SetTargetedNumberOfSteps:
    """Set the steps to take."""

    steps: UInt16


@struct(opcode=Opcode.SET_TARGETED_NUMBER_OF_STRIDES)
class SetTargetedNumberOfStrides:
    """Set the strides to take."""

    strides: UInt16


@struct(opcode=Opcode.SET_TARGETED_DISTANCE)
class SetTargetedDistance:
    """Set the distance to cover."""

    distance: Distance


@struct(opcode=Opcode.SET_TARGETED_TRAINING_TIME)
class SetTargetedTrainingTime:
    """Set how long to train."""

    training_time: Seconds


@struct(opcode=Opcode.SET_TARGETED_TIME_IN_TWO_HEART_RATE_ZONES)
class SetTargetedTimeInTwoHeartRateZones:
    """Set how long to train in each of two zones."""

    fat_burn: Seconds
    fitness: Seconds


@struct(opcode=Opcode.SET_TARGETED_TIME_IN_THREE_HEART_RATE_ZONES)
class SetTargetedTimeInThreeHeartRateZones:
    """Set how long to train in each of three zones."""

    light: Seconds
    moderate: Seconds
    hard: Seconds


@struct(opcode=Opcode.SET_TARGETED_TIME_IN_FIVE_HEART_RATE_ZONES)
class SetTargetedTimeInFiveHeartRateZones:
    """Set how long to train in each of five zones."""

    very_light: Seconds
    light: Seconds
    moderate: Seconds
    hard: Seconds
    maximum: Seconds


@struct(opcode=Opcode.SET_INDOOR_BIKE_SIMULATION_PARAMETERS)
class SetIndoorBikeSimulationParameters:
    """Set what a ride outdoors would feel like."""

    wind_speed: WindSpeed
    grade: Grade
    rolling_resistance: RollingResistance
    wind_resistance: WindResistance


@struct(opcode=Opcode.SET_WHEEL_CIRCUMFERENCE)
class SetWheelCircumference:
    """Set the circumference of the wheel."""

    circumference: Circumference


@struct(opcode=Opcode.SPIN_DOWN_CONTROL)
class SpinDownControl:
    """Begin to calibrate by letting the wheel spin down, or don't."""

    action: SpinDownAction


@struct(opcode=Opcode.SET_TARGETED_CADENCE)
class SetTargetedCadence:
    """Set the cadence."""

    cadence: Cadence


_SPIN_DOWN = When(field="request", equals=Opcode.SPIN_DOWN_CONTROL)
_SUCCESS = When(field="result", equals=Result.SUCCESS)


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to any of the others; where a spin-down begins, with the speeds to spin down between."""

    request: Opcode
    result: Result
    target_speed_low: Annotated[Speed | None, _SPIN_DOWN, _SUCCESS] = None
    target_speed_high: Annotated[Speed | None, _SPIN_DOWN, _SUCCESS] = None


FitnessMachineControlPoint: TypeAlias = (
    RequestControl
    | Reset
    | SetTargetSpeed
    | SetTargetInclination
    | SetTargetResistanceLevel
    | SetTargetPower
    | SetTargetHeartRate
    | StartOrResume
    | StopOrPause
    | SetTargetedExpendedEnergy
    | SetTargetedNumberOfSteps
    | SetTargetedNumberOfStrides
    | SetTargetedDistance
    | SetTargetedTrainingTime
    | SetTargetedTimeInTwoHeartRateZones
    | SetTargetedTimeInThreeHeartRateZones
    | SetTargetedTimeInFiveHeartRateZones
    | SetIndoorBikeSimulationParameters
    | SetWheelCircumference
    | SpinDownControl
    | SetTargetedCadence
    | Response
    | UnknownOperation
)
"""Control of a fitness machine, and its answers (Fitness Machine Service 1.0, section 4.16)."""
