"""Fitness Machine Feature (0x2ACC)."""

from __future__ import annotations

import enum
from typing import Annotated

from gattschema.values import UInt32, struct

__all__ = ["FitnessMachineFeature", "MachineFeature", "TargetSettingFeature"]

UUID_NUMBERS = {"FitnessMachineFeature": 0x2ACC}


class MachineFeature(enum.IntFlag):
    """What the machine measures."""

    AVERAGE_SPEED = 0x0000_0001
    CADENCE = 0x0000_0002
    TOTAL_DISTANCE = 0x0000_0004
    INCLINATION = 0x0000_0008
    ELEVATION_GAIN = 0x0000_0010
    PACE = 0x0000_0020
    STEP_COUNT = 0x0000_0040
    RESISTANCE_LEVEL = 0x0000_0080
    STRIDE_COUNT = 0x0000_0100
    EXPENDED_ENERGY = 0x0000_0200
    HEART_RATE_MEASUREMENT = 0x0000_0400
    METABOLIC_EQUIVALENT = 0x0000_0800
    ELAPSED_TIME = 0x0000_1000
    REMAINING_TIME = 0x0000_2000
    POWER_MEASUREMENT = 0x0000_4000
    FORCE_ON_BELT_AND_POWER_OUTPUT = 0x0000_8000
    USER_DATA_RETENTION = 0x0001_0000


class TargetSettingFeature(enum.IntFlag):
    """What the control point can set."""

    SPEED = 0x0000_0001
    INCLINATION = 0x0000_0002
    RESISTANCE = 0x0000_0004
    POWER = 0x0000_0008
    HEART_RATE = 0x0000_0010
    EXPENDED_ENERGY = 0x0000_0020
    STEP_NUMBER = 0x0000_0040
    STRIDE_NUMBER = 0x0000_0080
    DISTANCE = 0x0000_0100
    TRAINING_TIME = 0x0000_0200
    TIME_IN_TWO_HEART_RATE_ZONES = 0x0000_0400
    TIME_IN_THREE_HEART_RATE_ZONES = 0x0000_0800
    TIME_IN_FIVE_HEART_RATE_ZONES = 0x0000_1000
    INDOOR_BIKE_SIMULATION = 0x0000_2000
    WHEEL_CIRCUMFERENCE = 0x0000_4000
    SPIN_DOWN_CONTROL = 0x0000_8000
    CADENCE = 0x0001_0000


@struct
class FitnessMachineFeature:
    """What a fitness machine measures and can be told (Fitness Machine Service 1.0, section 4.3)."""

    machine: Annotated[MachineFeature, UInt32] = MachineFeature(0)
    target_setting: Annotated[TargetSettingFeature, UInt32] = TargetSettingFeature(0)
