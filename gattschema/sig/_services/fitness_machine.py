"""Fitness Machine Service (0x1826)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Notify, Read, ReadNotify, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.cross_trainer_data import CrossTrainerData
from gattschema.sig._characteristics.indoor_bike_data import IndoorBikeData
from gattschema.sig._characteristics.rower_data import RowerData
from gattschema.sig._characteristics.stair_climber_data import StairClimberData
from gattschema.sig._characteristics.step_climber_data import StepClimberData
from gattschema.sig._characteristics.supported_heart_rate_range import SupportedHeartRateRange
from gattschema.sig._characteristics.supported_inclination_range import SupportedInclinationRange
from gattschema.sig._characteristics.supported_power_range import SupportedPowerRange
from gattschema.sig._characteristics.supported_resistance_level_range import SupportedResistanceLevelRange
from gattschema.sig._characteristics.supported_speed_range import SupportedSpeedRange
from gattschema.sig._characteristics.treadmill_data import TreadmillData
from gattschema.sig._manual.fitness_machine_control_point import FitnessMachineControlPoint
from gattschema.sig._manual.fitness_machine_feature import FitnessMachineFeature
from gattschema.sig._manual.fitness_machine_status import FitnessMachineStatus
from gattschema.sig._manual.training_status import TrainingStatus

__all__ = ["FitnessMachine"]

SERVICES = {"FitnessMachine": 0x1826}


class FitnessMachine(Service, uuid=0x1826):
    """A treadmill, a cross trainer, a climber, a rower or a bike (Fitness Machine Service 1.0, section 4).

    Give the data of the machine that it is, and the ranges of what the control point can set.

    Resistance levels are the Supplement's, of 8 bits in steps of 10. Apps made for version 1.0 expect 16 bits: for
    these write the service down yourself, with the types whose names end in ``Ftms10``::

        class Bike(Service, uuid=0x1826):
            fitness_machine_feature: Read[FitnessMachineFeature]
            indoor_bike_data: Notify[IndoorBikeDataFtms10] = characteristic(init=False)
    """

    fitness_machine_feature: Read[FitnessMachineFeature]
    treadmill_data: Notify[TreadmillData] = characteristic(default=ABSENT)
    cross_trainer_data: Notify[CrossTrainerData] = characteristic(default=ABSENT)
    step_climber_data: Notify[StepClimberData] = characteristic(default=ABSENT)
    stair_climber_data: Notify[StairClimberData] = characteristic(default=ABSENT)
    rower_data: Notify[RowerData] = characteristic(default=ABSENT)
    indoor_bike_data: Notify[IndoorBikeData] = characteristic(default=ABSENT)
    training_status: ReadNotify[TrainingStatus] = characteristic(default=ABSENT)
    supported_speed_range: Read[SupportedSpeedRange] = characteristic(default=ABSENT)
    supported_inclination_range: Read[SupportedInclinationRange] = characteristic(default=ABSENT)
    supported_resistance_level_range: Read[SupportedResistanceLevelRange] = characteristic(default=ABSENT)
    supported_power_range: Read[SupportedPowerRange] = characteristic(default=ABSENT)
    supported_heart_rate_range: Read[SupportedHeartRateRange] = characteristic(default=ABSENT)
    fitness_machine_control_point: WriteIndicate[FitnessMachineControlPoint] = characteristic(default=ABSENT)
    fitness_machine_status: Notify[FitnessMachineStatus] = characteristic(default=ABSENT)
    """Mandatory beside the control point."""
