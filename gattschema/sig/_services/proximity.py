"""Immediate Alert (0x1802), Link Loss (0x1803) and Tx Power (0x1804) Services."""

from __future__ import annotations

from gattschema.schema import Read, ReadWrite, Service, WriteWithoutResponse, characteristic
from gattschema.sig._characteristics.alert_level import AlertLevel
from gattschema.sig._characteristics.tx_power_level import TxPowerLevel

__all__ = ["ImmediateAlert", "LinkLoss", "TxPower"]

SERVICES = {"ImmediateAlert": 0x1802, "LinkLoss": 0x1803, "TxPower": 0x1804}


class ImmediateAlert(Service, uuid=0x1802):
    """Makes the device beep, or stop (Immediate Alert Service 1.0, section 3)."""

    alert_level: WriteWithoutResponse[AlertLevel] = characteristic(init=False)


class LinkLoss(Service, uuid=0x1803):
    """What the device does when the connection breaks (Link Loss Service 1.0, section 3)."""

    alert_level: ReadWrite[AlertLevel]


class TxPower(Service, uuid=0x1804):
    """How strongly the device sends (Tx Power Service 1.0, section 3)."""

    tx_power_level: Read[TxPowerLevel]
