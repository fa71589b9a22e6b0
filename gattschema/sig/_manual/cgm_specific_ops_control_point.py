"""CGM Specific Ops Control Point (0x2AAC).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import cgm_specific_ops_control_point as cp

    @ContinuousGlucoseMonitoring.cgm_specific_ops_control_point.on_write
    def _asked(self, operation: cp.CgmSpecificOpsControlPoint) -> None:
        match operation:
            case cp.StartSession():
                self.running = True
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.cgm_specific_ops_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.sig._characteristics.cgm_feature import CgmTypeSampleLocation
from gattschema.values import Crc, MedFloat16, OpenEnum, UInt8, UInt16, Unit, UnknownOperation, struct

__all__ = [
    "AlertLevel",
    "AlertRate",
    "Calibration",
    "CalibrationStatus",
    "CgmSpecificOpsControlPoint",
    "CommunicationIntervalResponse",
    "EndToEndCrc",
    "GetCommunicationInterval",
    "GetGlucoseCalibrationValue",
    "GetHyperAlertLevel",
    "GetHypoAlertLevel",
    "GetPatientHighAlertLevel",
    "GetPatientLowAlertLevel",
    "GetRateOfDecreaseAlertLevel",
    "GetRateOfIncreaseAlertLevel",
    "GlucoseCalibrationValueResponse",
    "HyperAlertLevelResponse",
    "HypoAlertLevelResponse",
    "Opcode",
    "PatientHighAlertLevelResponse",
    "PatientLowAlertLevelResponse",
    "RateOfDecreaseAlertLevelResponse",
    "RateOfIncreaseAlertLevelResponse",
    "ResetDeviceSpecificAlert",
    "Response",
    "Result",
    "SetCommunicationInterval",
    "SetGlucoseCalibrationValue",
    "SetHyperAlertLevel",
    "SetHypoAlertLevel",
    "SetPatientHighAlertLevel",
    "SetPatientLowAlertLevel",
    "SetRateOfDecreaseAlertLevel",
    "SetRateOfIncreaseAlertLevel",
    "StartSession",
    "StopSession",
    "UnknownOperation",
]

ALSO_IN_SIG = ("CgmSpecificOpsControlPoint",)

UUID_NUMBERS = {"CgmSpecificOpsControlPoint": 0x2AAC}


class Opcode(OpenEnum):
    """What is asked for, or answered."""

    SET_COMMUNICATION_INTERVAL = 0x01
    GET_COMMUNICATION_INTERVAL = 0x02
    COMMUNICATION_INTERVAL_RESPONSE = 0x03
    SET_GLUCOSE_CALIBRATION_VALUE = 0x04
    GET_GLUCOSE_CALIBRATION_VALUE = 0x05
    GLUCOSE_CALIBRATION_VALUE_RESPONSE = 0x06
    SET_PATIENT_HIGH_ALERT_LEVEL = 0x07
    GET_PATIENT_HIGH_ALERT_LEVEL = 0x08
    PATIENT_HIGH_ALERT_LEVEL_RESPONSE = 0x09
    SET_PATIENT_LOW_ALERT_LEVEL = 0x0A
    GET_PATIENT_LOW_ALERT_LEVEL = 0x0B
    PATIENT_LOW_ALERT_LEVEL_RESPONSE = 0x0C
    SET_HYPO_ALERT_LEVEL = 0x0D
    GET_HYPO_ALERT_LEVEL = 0x0E
    HYPO_ALERT_LEVEL_RESPONSE = 0x0F
    SET_HYPER_ALERT_LEVEL = 0x10
    GET_HYPER_ALERT_LEVEL = 0x11
    HYPER_ALERT_LEVEL_RESPONSE = 0x12
    SET_RATE_OF_DECREASE_ALERT_LEVEL = 0x13
    GET_RATE_OF_DECREASE_ALERT_LEVEL = 0x14
    RATE_OF_DECREASE_ALERT_LEVEL_RESPONSE = 0x15
    SET_RATE_OF_INCREASE_ALERT_LEVEL = 0x16
    GET_RATE_OF_INCREASE_ALERT_LEVEL = 0x17
    RATE_OF_INCREASE_ALERT_LEVEL_RESPONSE = 0x18
    RESET_DEVICE_SPECIFIC_ALERT = 0x19
    START_SESSION = 0x1A
    STOP_SESSION = 0x1B
    RESPONSE = 0x1C


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_OPERAND = 0x03
    PROCEDURE_NOT_COMPLETED = 0x04
    PARAMETER_OUT_OF_RANGE = 0x05


class CalibrationStatus(enum.IntFlag):
    """What became of a calibration."""

    REJECTED = 0x01
    OUT_OF_RANGE = 0x02
    PENDING = 0x04


@struct
class Calibration:
    """One calibration by a glucose value measured otherwise."""

    glucose_concentration: Annotated[MedFloat16, Unit.MILLIGRAM_PER_DECILITRE]
    time: Annotated[int, UInt16, Unit.MINUTE]
    """Minutes since the session began."""
    sample: CgmTypeSampleLocation
    next_calibration: Annotated[int, UInt16, Unit.MINUTE]
    """Minutes since the session began until the next one is due."""
    record_number: UInt16
    status: CalibrationStatus = CalibrationStatus(0)


AlertLevel: TypeAlias = Annotated[MedFloat16, Unit.MILLIGRAM_PER_DECILITRE]
AlertRate: TypeAlias = Annotated[MedFloat16, Unit.MILLIGRAM_PER_DECILITRE_PER_MINUTE]
EndToEndCrc: TypeAlias = Annotated[bool, Crc()]
"""Whether a CRC ends the value: just as the CGM Feature says."""


@struct(opcode=Opcode.SET_COMMUNICATION_INTERVAL)
class SetCommunicationInterval:
    """Set how often measurements are sent; 0 stops them, 255 is as fast as the device can."""

    interval: Annotated[int, UInt8, Unit.MINUTE]
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_COMMUNICATION_INTERVAL)
class GetCommunicationInterval:
    """Ask how often measurements are sent."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.COMMUNICATION_INTERVAL_RESPONSE)
class CommunicationIntervalResponse:
    """How often measurements are sent."""

    interval: Annotated[int, UInt8, Unit.MINUTE]
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.SET_GLUCOSE_CALIBRATION_VALUE)
class SetGlucoseCalibrationValue:
    """Calibrate; the record number says nothing here."""

    calibration: Calibration
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_GLUCOSE_CALIBRATION_VALUE)
class GetGlucoseCalibrationValue:
    """Ask for a calibration; 0xFFFF is the last one."""

    record_number: UInt16
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GLUCOSE_CALIBRATION_VALUE_RESPONSE)
class GlucoseCalibrationValueResponse:
    """The calibration asked for."""

    calibration: Calibration
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.SET_PATIENT_HIGH_ALERT_LEVEL)
class SetPatientHighAlertLevel:
    """Set the level of the patient's high alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_PATIENT_HIGH_ALERT_LEVEL)
class GetPatientHighAlertLevel:
    """Ask for the level of the patient's high alert."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.PATIENT_HIGH_ALERT_LEVEL_RESPONSE)
class PatientHighAlertLevelResponse:
    """The level of the patient's high alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.SET_PATIENT_LOW_ALERT_LEVEL)
class SetPatientLowAlertLevel:
    """Set the level of the patient's low alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_PATIENT_LOW_ALERT_LEVEL)
class GetPatientLowAlertLevel:
    """Ask for the level of the patient's low alert."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.PATIENT_LOW_ALERT_LEVEL_RESPONSE)
class PatientLowAlertLevelResponse:
    """The level of the patient's low alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.SET_HYPO_ALERT_LEVEL)
class SetHypoAlertLevel:
    """Set the level of the hypoglycaemia alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_HYPO_ALERT_LEVEL)
class GetHypoAlertLevel:
    """Ask for the level of the hypoglycaemia alert."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.HYPO_ALERT_LEVEL_RESPONSE)
class HypoAlertLevelResponse:
    """The level of the hypoglycaemia alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.SET_HYPER_ALERT_LEVEL)
class SetHyperAlertLevel:
    """Set the level of the hyperglycaemia alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_HYPER_ALERT_LEVEL)
class GetHyperAlertLevel:
    """Ask for the level of the hyperglycaemia alert."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.HYPER_ALERT_LEVEL_RESPONSE)
class HyperAlertLevelResponse:
    """The level of the hyperglycaemia alert."""

    level: AlertLevel
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.SET_RATE_OF_DECREASE_ALERT_LEVEL)
class SetRateOfDecreaseAlertLevel:
    """Set the level of the rate of decrease alert."""

    level: AlertRate
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_RATE_OF_DECREASE_ALERT_LEVEL)
class GetRateOfDecreaseAlertLevel:
    """Ask for the level of the rate of decrease alert."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.RATE_OF_DECREASE_ALERT_LEVEL_RESPONSE)
class RateOfDecreaseAlertLevelResponse:
    """The level of the rate of decrease alert."""

    level: AlertRate
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.SET_RATE_OF_INCREASE_ALERT_LEVEL)
class SetRateOfIncreaseAlertLevel:
    """Set the level of the rate of increase alert."""

    level: AlertRate
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.GET_RATE_OF_INCREASE_ALERT_LEVEL)
class GetRateOfIncreaseAlertLevel:
    """Ask for the level of the rate of increase alert."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.RATE_OF_INCREASE_ALERT_LEVEL_RESPONSE)
class RateOfIncreaseAlertLevelResponse:
    """The level of the rate of increase alert."""

    level: AlertRate
    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.RESET_DEVICE_SPECIFIC_ALERT)
class ResetDeviceSpecificAlert:
    """Clear the device's own alert."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.START_SESSION)
class StartSession:
    """Begin a session."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.STOP_SESSION)
class StopSession:
    """End the session."""

    e2e_crc: EndToEndCrc = False


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to those that have none of their own."""

    request: Opcode
    result: Result
    e2e_crc: EndToEndCrc = False


CgmSpecificOpsControlPoint: TypeAlias = (
    SetCommunicationInterval
    | GetCommunicationInterval
    | CommunicationIntervalResponse
    | SetGlucoseCalibrationValue
    | GetGlucoseCalibrationValue
    | GlucoseCalibrationValueResponse
    | SetPatientHighAlertLevel
    | GetPatientHighAlertLevel
    | PatientHighAlertLevelResponse
    | SetPatientLowAlertLevel
    | GetPatientLowAlertLevel
    | PatientLowAlertLevelResponse
    | SetHypoAlertLevel
    | GetHypoAlertLevel
    | HypoAlertLevelResponse
    | SetHyperAlertLevel
    | GetHyperAlertLevel
    | HyperAlertLevelResponse
    | SetRateOfDecreaseAlertLevel
    | GetRateOfDecreaseAlertLevel
    | RateOfDecreaseAlertLevelResponse
    | SetRateOfIncreaseAlertLevel
    | GetRateOfIncreaseAlertLevel
    | RateOfIncreaseAlertLevelResponse
    | ResetDeviceSpecificAlert
    | StartSession
    | StopSession
    | Response
    | UnknownOperation
)
"""Settings and sessions of a continuous glucose monitor (Continuous Glucose Monitoring Service 1.0, section 3.7).

The interval in its response takes one octet, as in the request and as devices send it; the GATT Specification
Supplement lists two.
"""
