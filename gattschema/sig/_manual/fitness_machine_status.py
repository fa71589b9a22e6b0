"""Fitness Machine Status (0x2ADA)."""

from __future__ import annotations

from typing import TypeAlias

from gattschema.sig._manual.fitness_machine_control_point import (
    Cadence,
    Circumference,
    Distance,
    Energy,
    Grade,
    HeartRate,
    Inclination,
    Power,
    ResistanceLevel,
    RollingResistance,
    Seconds,
    Speed,
    StopAction,
    WindResistance,
    WindSpeed,
)
from gattschema.values import OpenEnum, UInt16, UnknownOperation, struct

__all__ = [
    "ControlPermissionLost",
    "FitnessMachineStatus",
    "IndoorBikeSimulationParametersChanged",
    "Reset",
    "SpinDownState",
    "SpinDownStatusChanged",
    "StartedOrResumedByUser",
    "StoppedBySafetyKey",
    "StoppedOrPausedByUser",
    "TargetHeartRateChanged",
    "TargetInclinationChanged",
    "TargetPowerChanged",
    "TargetResistanceLevelChanged",
    "TargetSpeedChanged",
    "TargetedCadenceChanged",
    "TargetedDistanceChanged",
    "TargetedExpendedEnergyChanged",
    "TargetedNumberOfStepsChanged",
    "TargetedNumberOfStridesChanged",
    "TargetedTimeInFiveHeartRateZonesChanged",
    "TargetedTimeInThreeHeartRateZonesChanged",
    "TargetedTimeInTwoHeartRateZonesChanged",
    "TargetedTrainingTimeChanged",
    "UnknownOperation",
    "WheelCircumferenceChanged",
]

ALSO_IN_SIG = ("FitnessMachineStatus", "SpinDownState")

UUID_NUMBERS = {"FitnessMachineStatus": 0x2ADA}


class SpinDownState(OpenEnum):
    """How far a spin-down is."""

    REQUESTED = 0x01
    SUCCESS = 0x02
    ERROR = 0x03
    STOP_PEDALING = 0x04


@struct(opcode=0x01)
class Reset:
    """It was reset."""


@struct(opcode=0x02)
class StoppedOrPausedByUser:
    """The user stopped or paused it."""

    action: StopAction


@struct(opcode=0x03)
class StoppedBySafetyKey:
    """The safety key stopped it."""


@struct(opcode=0x04)
class StartedOrResumedByUser:
    """The user started it or went on."""


@struct(opcode=0x05)
class TargetSpeedChanged:
    """The speed was set."""

    speed: Speed


@struct(opcode=0x06)
class TargetInclinationChanged:
    """The slope was set."""

    inclination: Inclination


@struct(opcode=0x07)
class TargetResistanceLevelChanged:
    """The resistance was set."""

    resistance_level: ResistanceLevel


@struct(opcode=0x08)
class TargetPowerChanged:
    """The power was set."""

    power: Power


@struct(opcode=0x09)
class TargetHeartRateChanged:
    """The heart rate to keep to was set."""

    heart_rate: HeartRate


@struct(opcode=0x0A)
class TargetedExpendedEnergyChanged:
    """The energy to spend was set."""

    energy: Energy


@struct(opcode=0x0B)
class TargetedNumberOfStepsChanged:
    """The steps to take were set."""

    steps: UInt16


@struct(opcode=0x0C)
class TargetedNumberOfStridesChanged:
    """The strides to take were set."""

    strides: UInt16


@struct(opcode=0x0D)
class TargetedDistanceChanged:
    """The distance to cover was set."""

    distance: Distance


@struct(opcode=0x0E)
class TargetedTrainingTimeChanged:
    """The time to train was set."""

    training_time: Seconds


@struct(opcode=0x0F)
class TargetedTimeInTwoHeartRateZonesChanged:
    """The times in two zones were set."""

    fat_burn: Seconds
    fitness: Seconds


@struct(opcode=0x10)
class TargetedTimeInThreeHeartRateZonesChanged:
    """The times in three zones were set."""

    light: Seconds
    moderate: Seconds
    hard: Seconds


@struct(opcode=0x11)
class TargetedTimeInFiveHeartRateZonesChanged:
    """The times in five zones were set."""

    very_light: Seconds
    light: Seconds
    moderate: Seconds
    hard: Seconds
    maximum: Seconds


@struct(opcode=0x12)
class IndoorBikeSimulationParametersChanged:
    """The ride to simulate was set."""

    wind_speed: WindSpeed
    grade: Grade
    rolling_resistance: RollingResistance
    wind_resistance: WindResistance


@struct(opcode=0x13)
class WheelCircumferenceChanged:
    """The circumference of the wheel was set."""

    circumference: Circumference


@struct(opcode=0x14)
class SpinDownStatusChanged:
    """The spin-down went on."""

    status: SpinDownState


@struct(opcode=0x15)
class TargetedCadenceChanged:
    """The cadence was set."""

    cadence: Cadence


@struct(opcode=0xFF)
class ControlPermissionLost:
    """Whoever controlled the machine no longer does."""


FitnessMachineStatus: TypeAlias = (
    Reset
    | StoppedOrPausedByUser
    | StoppedBySafetyKey
    | StartedOrResumedByUser
    | TargetSpeedChanged
    | TargetInclinationChanged
    | TargetResistanceLevelChanged
    | TargetPowerChanged
    | TargetHeartRateChanged
    | TargetedExpendedEnergyChanged
    | TargetedNumberOfStepsChanged
    | TargetedNumberOfStridesChanged
    | TargetedDistanceChanged
    | TargetedTrainingTimeChanged
    | TargetedTimeInTwoHeartRateZonesChanged
    | TargetedTimeInThreeHeartRateZonesChanged
    | TargetedTimeInFiveHeartRateZonesChanged
    | IndoorBikeSimulationParametersChanged
    | WheelCircumferenceChanged
    | SpinDownStatusChanged
    | TargetedCadenceChanged
    | ControlPermissionLost
    | UnknownOperation
)
"""What changed on a fitness machine (Fitness Machine Service 1.0, section 4.17)."""
