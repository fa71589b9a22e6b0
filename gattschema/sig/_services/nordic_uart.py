"""Nordic UART Service (6E400001-B5A3-F393-E0A9-E50E24DCCA9E), a private one that everybody knows."""

from __future__ import annotations

from typing import Annotated

from gattschema.schema import Notify, Service, Write, WriteWithoutResponse, characteristic
from gattschema.values import Octets

__all__ = ["NordicUart"]

SERVICES = {"NordicUart": 0x6E400001_B5A3_F393_E0A9_E50E24DCCA9E}


class NordicUart(Service, uuid="6E400001-B5A3-F393-E0A9-E50E24DCCA9E"):
    """A serial line: RX takes octets from the phone, TX sends octets to it.

    No SIG specification; the UUIDs and directions are those of Nordic Semiconductor's documentation. A notification
    carries at most three octets less than the ATT MTU: 20 before a phone asks for more.
    """

    rx: Annotated[Write[Annotated[bytes, Octets(max=512)]], WriteWithoutResponse] = characteristic(
        init=False, uuid="6E400002-B5A3-F393-E0A9-E50E24DCCA9E"
    )
    tx: Notify[Annotated[bytes, Octets(max=512)]] = characteristic(
        init=False, uuid="6E400003-B5A3-F393-E0A9-E50E24DCCA9E", policy="every"
    )
