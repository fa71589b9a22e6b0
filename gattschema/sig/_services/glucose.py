"""Glucose (0x1808) and Continuous Glucose Monitoring (0x181F) Services."""

from __future__ import annotations

from gattschema.schema import ABSENT, PRESENT, Notify, Read, ReadWrite, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.cgm_feature import CgmFeature
from gattschema.sig._characteristics.glucose_feature import GlucoseFeature
from gattschema.sig._characteristics.glucose_measurement import GlucoseMeasurement
from gattschema.sig._characteristics.glucose_measurement_context import GlucoseMeasurementContext
from gattschema.sig._manual.cgm_measurement import CgmMeasurement, CgmStatus
from gattschema.sig._manual.cgm_session import CgmSessionRunTime, CgmSessionStartTime
from gattschema.sig._manual.cgm_specific_ops_control_point import CgmSpecificOpsControlPoint
from gattschema.sig._manual.record_access_control_point import RecordAccessControlPoint

__all__ = ["ContinuousGlucoseMonitoring", "Glucose"]

SERVICES = {"Glucose": 0x1808, "ContinuousGlucoseMonitoring": 0x181F}


class Glucose(Service, uuid=0x1808):
    """A glucose meter with stored readings (Glucose Service 1.0, section 3).

    The profile asks for encryption (LE security mode 1, level 2 or 3) of everything.
    """

    glucose_measurement: Notify[GlucoseMeasurement] = characteristic(default=PRESENT, security="encrypted")
    glucose_measurement_context: Notify[GlucoseMeasurementContext] = characteristic(
        default=ABSENT, security="encrypted"
    )
    glucose_feature: Read[GlucoseFeature] = characteristic(security="encrypted")
    record_access_control_point: WriteIndicate[RecordAccessControlPoint] = characteristic(
        init=False, security="encrypted"
    )


class ContinuousGlucoseMonitoring(Service, uuid=0x181F):
    """A glucose sensor that is worn (Continuous Glucose Monitoring Service 1.0, section 3).

    The profile asks for encryption (LE security mode 1, level 2 or 3) of everything.
    """

    cgm_measurement: Notify[CgmMeasurement] = characteristic(default=PRESENT, security="encrypted")
    cgm_feature: Read[CgmFeature] = characteristic(security="encrypted")
    cgm_status: Read[CgmStatus] = characteristic(security="encrypted")
    cgm_session_start_time: ReadWrite[CgmSessionStartTime] = characteristic(security="encrypted")
    cgm_session_run_time: Read[CgmSessionRunTime] = characteristic(security="encrypted")
    record_access_control_point: WriteIndicate[RecordAccessControlPoint] = characteristic(
        init=False, security="encrypted"
    )
    cgm_specific_ops_control_point: WriteIndicate[CgmSpecificOpsControlPoint] = characteristic(
        init=False, security="encrypted"
    )
