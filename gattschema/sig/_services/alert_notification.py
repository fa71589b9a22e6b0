"""Alert Notification Service (0x1811)."""

from __future__ import annotations

from gattschema.schema import PRESENT, Notify, Read, Service, Write, characteristic
from gattschema.sig._characteristics.alert_notification_control_point import AlertNotificationControlPoint
from gattschema.sig._characteristics.new_alert import NewAlert
from gattschema.sig._characteristics.supported_new_alert_category import SupportedNewAlertCategory
from gattschema.sig._characteristics.supported_unread_alert_category import SupportedUnreadAlertCategory
from gattschema.sig._characteristics.unread_alert_status import UnreadAlertStatus

__all__ = ["AlertNotification"]

SERVICES = {"AlertNotification": 0x1811}


class AlertNotification(Service, uuid=0x1811):
    """Calls, messages and mails that came in (Alert Notification Service 1.0, section 3)."""

    supported_new_alert_category: Read[SupportedNewAlertCategory]
    new_alert: Notify[NewAlert] = characteristic(default=PRESENT)
    supported_unread_alert_category: Read[SupportedUnreadAlertCategory]
    unread_alert_status: Notify[UnreadAlertStatus] = characteristic(default=PRESENT)
    alert_notification_control_point: Write[AlertNotificationControlPoint] = characteristic(init=False)
