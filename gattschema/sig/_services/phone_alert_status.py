"""Phone Alert Status Service (0x180E)."""

from __future__ import annotations

from gattschema.schema import ReadNotify, Service, WriteWithoutResponse, characteristic
from gattschema.sig._characteristics.alert_status import AlertStatus
from gattschema.sig._characteristics.ringer_control_point import RingerControlPoint
from gattschema.sig._characteristics.ringer_setting import RingerSetting

__all__ = ["PhoneAlertStatus"]

SERVICES = {"PhoneAlertStatus": 0x180E}


class PhoneAlertStatus(Service, uuid=0x180E):
    """Whether a phone rings or vibrates, and a way to silence it (Phone Alert Status Service 1.0, section 3)."""

    alert_status: ReadNotify[AlertStatus]
    ringer_setting: ReadNotify[RingerSetting]
    ringer_control_point: WriteWithoutResponse[RingerControlPoint] = characteristic(init=False)
