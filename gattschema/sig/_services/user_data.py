"""User Data Service (0x181C)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Read, ReadWrite, ReadWriteNotify, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.activity_goal import ActivityGoal
from gattschema.sig._characteristics.aerobic_heart_rate_lower_limit import AerobicHeartRateLowerLimit
from gattschema.sig._characteristics.aerobic_heart_rate_upper_limit import AerobicHeartRateUpperLimit
from gattschema.sig._characteristics.aerobic_threshold import AerobicThreshold
from gattschema.sig._characteristics.age import Age
from gattschema.sig._characteristics.anaerobic_heart_rate_lower_limit import AnaerobicHeartRateLowerLimit
from gattschema.sig._characteristics.anaerobic_heart_rate_upper_limit import AnaerobicHeartRateUpperLimit
from gattschema.sig._characteristics.anaerobic_threshold import AnaerobicThreshold
from gattschema.sig._characteristics.caloric_intake import CaloricIntake
from gattschema.sig._characteristics.database_change_increment import DatabaseChangeIncrement
from gattschema.sig._characteristics.date_of_birth import DateOfBirth
from gattschema.sig._characteristics.date_of_threshold_assessment import DateOfThresholdAssessment
from gattschema.sig._characteristics.device_wearing_position import DeviceWearingPosition
from gattschema.sig._characteristics.email_address import EmailAddress
from gattschema.sig._characteristics.fat_burn_heart_rate_lower_limit import FatBurnHeartRateLowerLimit
from gattschema.sig._characteristics.fat_burn_heart_rate_upper_limit import FatBurnHeartRateUpperLimit
from gattschema.sig._characteristics.first_name import FirstName
from gattschema.sig._characteristics.five_zone_heart_rate_limits import FiveZoneHeartRateLimits
from gattschema.sig._characteristics.four_zone_heart_rate_limits import FourZoneHeartRateLimits
from gattschema.sig._characteristics.gender import Gender
from gattschema.sig._characteristics.handedness import Handedness
from gattschema.sig._characteristics.heart_rate_max import HeartRateMax
from gattschema.sig._characteristics.height import Height
from gattschema.sig._characteristics.high_intensity_exercise_threshold import HighIntensityExerciseThreshold
from gattschema.sig._characteristics.high_resolution_height import HighResolutionHeight
from gattschema.sig._characteristics.hip_circumference import HipCircumference
from gattschema.sig._characteristics.language import Language
from gattschema.sig._characteristics.last_name import LastName
from gattschema.sig._characteristics.maximum_recommended_heart_rate import MaximumRecommendedHeartRate
from gattschema.sig._characteristics.middle_name import MiddleName
from gattschema.sig._characteristics.preferred_units import PreferredUnits
from gattschema.sig._characteristics.resting_heart_rate import RestingHeartRate
from gattschema.sig._characteristics.sedentary_interval_notification import SedentaryIntervalNotification
from gattschema.sig._characteristics.sport_type_for_aerobic_and_anaerobic_thresholds import (
    SportTypeForAerobicAndAnaerobicThresholds,
)
from gattschema.sig._characteristics.stride_length import StrideLength
from gattschema.sig._characteristics.three_zone_heart_rate_limits import ThreeZoneHeartRateLimits
from gattschema.sig._characteristics.two_zone_heart_rate_limits import TwoZoneHeartRateLimits
from gattschema.sig._characteristics.user_index import UserIndex
from gattschema.sig._characteristics.vo2_max import Vo2Max
from gattschema.sig._characteristics.waist_circumference import WaistCircumference
from gattschema.sig._characteristics.weight import Weight
from gattschema.sig._manual.user_control_point import UserControlPoint

__all__ = ["UserData"]

SERVICES = {"UserData": 0x181C}


class UserData(Service, uuid=0x181C):
    """Who uses the device; at least one of the data (User Data Service 1.1, section 3).

    Everything is encrypted, and a client sees a user's data only with that user's consent, which it asks for through
    the control point: refuse reads and writes before that with the ATT error 0x80, User Data Access Not Permitted.
    """

    first_name: ReadWrite[FirstName] = characteristic(default=ABSENT, security="encrypted")
    last_name: ReadWrite[LastName] = characteristic(default=ABSENT, security="encrypted")
    middle_name: ReadWrite[MiddleName] = characteristic(default=ABSENT, security="encrypted")
    email_address: ReadWrite[EmailAddress] = characteristic(default=ABSENT, security="encrypted")
    age: ReadWrite[Age] = characteristic(default=ABSENT, security="encrypted")
    date_of_birth: ReadWrite[DateOfBirth] = characteristic(default=ABSENT, security="encrypted")
    gender: ReadWrite[Gender] = characteristic(default=ABSENT, security="encrypted")
    weight: ReadWrite[Weight] = characteristic(default=ABSENT, security="encrypted")
    height: ReadWrite[Height] = characteristic(default=ABSENT, security="encrypted")
    high_resolution_height: ReadWrite[HighResolutionHeight] = characteristic(default=ABSENT, security="encrypted")
    vo2_max: ReadWrite[Vo2Max] = characteristic(default=ABSENT, security="encrypted")
    heart_rate_max: ReadWrite[HeartRateMax] = characteristic(default=ABSENT, security="encrypted")
    resting_heart_rate: ReadWrite[RestingHeartRate] = characteristic(default=ABSENT, security="encrypted")
    maximum_recommended_heart_rate: ReadWrite[MaximumRecommendedHeartRate] = characteristic(
        default=ABSENT, security="encrypted"
    )
    aerobic_threshold: ReadWrite[AerobicThreshold] = characteristic(default=ABSENT, security="encrypted")
    anaerobic_threshold: ReadWrite[AnaerobicThreshold] = characteristic(default=ABSENT, security="encrypted")
    sport_type_for_aerobic_and_anaerobic_thresholds: ReadWrite[SportTypeForAerobicAndAnaerobicThresholds] = (
        characteristic(default=ABSENT, security="encrypted")
    )
    date_of_threshold_assessment: ReadWrite[DateOfThresholdAssessment] = characteristic(
        default=ABSENT, security="encrypted"
    )
    waist_circumference: ReadWrite[WaistCircumference] = characteristic(default=ABSENT, security="encrypted")
    hip_circumference: ReadWrite[HipCircumference] = characteristic(default=ABSENT, security="encrypted")
    fat_burn_heart_rate_lower_limit: ReadWrite[FatBurnHeartRateLowerLimit] = characteristic(
        default=ABSENT, security="encrypted"
    )
    fat_burn_heart_rate_upper_limit: ReadWrite[FatBurnHeartRateUpperLimit] = characteristic(
        default=ABSENT, security="encrypted"
    )
    aerobic_heart_rate_lower_limit: ReadWrite[AerobicHeartRateLowerLimit] = characteristic(
        default=ABSENT, security="encrypted"
    )
    aerobic_heart_rate_upper_limit: ReadWrite[AerobicHeartRateUpperLimit] = characteristic(
        default=ABSENT, security="encrypted"
    )
    anaerobic_heart_rate_lower_limit: ReadWrite[AnaerobicHeartRateLowerLimit] = characteristic(
        default=ABSENT, security="encrypted"
    )
    anaerobic_heart_rate_upper_limit: ReadWrite[AnaerobicHeartRateUpperLimit] = characteristic(
        default=ABSENT, security="encrypted"
    )
    five_zone_heart_rate_limits: ReadWrite[FiveZoneHeartRateLimits] = characteristic(
        default=ABSENT, security="encrypted"
    )
    four_zone_heart_rate_limits: ReadWrite[FourZoneHeartRateLimits] = characteristic(
        default=ABSENT, security="encrypted"
    )
    three_zone_heart_rate_limits: ReadWrite[ThreeZoneHeartRateLimits] = characteristic(
        default=ABSENT, security="encrypted"
    )
    two_zone_heart_rate_limits: ReadWrite[TwoZoneHeartRateLimits] = characteristic(default=ABSENT, security="encrypted")
    language: ReadWrite[Language] = characteristic(default=ABSENT, security="encrypted")
    activity_goal: ReadWrite[ActivityGoal] = characteristic(default=ABSENT, security="encrypted")
    caloric_intake: ReadWrite[CaloricIntake] = characteristic(default=ABSENT, security="encrypted")
    device_wearing_position: ReadWrite[DeviceWearingPosition] = characteristic(default=ABSENT, security="encrypted")
    handedness: ReadWrite[Handedness] = characteristic(default=ABSENT, security="encrypted")
    high_intensity_exercise_threshold: ReadWrite[HighIntensityExerciseThreshold] = characteristic(
        default=ABSENT, security="encrypted"
    )
    preferred_units: ReadWrite[PreferredUnits] = characteristic(default=ABSENT, security="encrypted")
    sedentary_interval_notification: ReadWrite[SedentaryIntervalNotification] = characteristic(
        default=ABSENT, security="encrypted"
    )
    stride_length: ReadWrite[StrideLength] = characteristic(default=ABSENT, security="encrypted")
    database_change_increment: ReadWriteNotify[DatabaseChangeIncrement] = characteristic(security="encrypted")
    user_index: Read[UserIndex] = characteristic(security="encrypted")
    user_control_point: WriteIndicate[UserControlPoint] = characteristic(init=False, security="encrypted")
