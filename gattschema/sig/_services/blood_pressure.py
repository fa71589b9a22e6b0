"""Blood Pressure Service (0x1810)."""

from __future__ import annotations

from gattschema.schema import ABSENT, PRESENT, Indicate, Notify, Read, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.blood_pressure_feature import BloodPressureFeature
from gattschema.sig._characteristics.blood_pressure_measurement import BloodPressureMeasurement
from gattschema.sig._characteristics.enhanced_blood_pressure_measurement import EnhancedBloodPressureMeasurement
from gattschema.sig._characteristics.enhanced_intermediate_cuff_pressure import EnhancedIntermediateCuffPressure
from gattschema.sig._characteristics.intermediate_cuff_pressure import IntermediateCuffPressure
from gattschema.sig._manual.blood_pressure_record import BloodPressureRecord
from gattschema.sig._manual.record_access_control_point import RecordAccessControlPoint

__all__ = ["BloodPressure"]

SERVICES = {"BloodPressure": 0x1810}


class BloodPressure(Service, uuid=0x1810):
    """A blood pressure monitor (Blood Pressure Service 1.1, section 3)."""

    blood_pressure_measurement: Indicate[BloodPressureMeasurement] = characteristic(default=PRESENT)
    intermediate_cuff_pressure: Notify[IntermediateCuffPressure] = characteristic(default=ABSENT)
    blood_pressure_feature: Read[BloodPressureFeature]
    enhanced_blood_pressure_measurement: Indicate[EnhancedBloodPressureMeasurement] = characteristic(default=ABSENT)
    enhanced_intermediate_cuff_pressure: Notify[EnhancedIntermediateCuffPressure] = characteristic(default=ABSENT)
    blood_pressure_record: Notify[BloodPressureRecord] = characteristic(default=ABSENT)
    """Stored measurements, which the control point below asks for."""
    record_access_control_point: WriteIndicate[RecordAccessControlPoint] = characteristic(default=ABSENT)
