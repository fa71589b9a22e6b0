"""A person at the computer, who has bluetoothctl and rfkill: what happens around a program that knows nothing of it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

_HCI0 = "/org/bluez/hci0"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_ADAPTER, _DEVICE, _ADVERTISING = "org.bluez.Adapter1", "org.bluez.Device1", "org.bluez.LEAdvertisingManager1"
_RFKILL = Path("/dev/rfkill")
_EVENT = struct.Struct("IBBBB")
_BLUETOOTH, _CHANGE_ALL = 2, 3


async def rfkill(*, block: bool) -> None:
    """`rfkill block bluetooth`, or unblock (linux/rfkill.h); the kernel waits for the controller, which is us."""
    await asyncio.to_thread(_write_rfkill, _EVENT.pack(0, _BLUETOOTH, _CHANGE_ALL, block, 0))


def _write_rfkill(event: bytes) -> None:
    with _RFKILL.open("wb", buffering=0) as device:
        device.write(event)


def device_path(address: str) -> str:
    """Where bluetoothd has a phone: "/org/bluez/hci0/dev_F0_00_00_00_00_01"."""
    return f"{_HCI0}/dev_{address.replace(':', '_')}"


class Person:
    """Another process of the same computer, with the tools of one."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def ask(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> list[Any]:
        """Call bluetoothd; RuntimeError with what it says where it refuses."""
        message = Message("org.bluez", path, interface, member, signature=signature, body=list(body))
        reply = await self._bus.call(message)
        if reply.message_type is not MessageType.METHOD_RETURN:
            raise RuntimeError(f"{member} of {path}: {reply.error_name} {reply.body}")
        return list(reply.body)

    async def get(self, name: str, path: str = _HCI0, interface: str = _ADAPTER) -> Any:
        """A property, of the adapter where nothing else is said."""
        return (await self.ask(path, _PROPERTIES, "Get", "ss", interface, name))[0].value

    async def change(self, name: str, signature: str, value: Any) -> None:
        """Set a property of the adapter."""
        await self.ask(_HCI0, _PROPERTIES, "Set", "ssv", _ADAPTER, name, Variant(signature, value))

    async def power(self, *, on: bool) -> None:
        """`bluetoothctl power on`, or off."""
        await self.change("Powered", "b", on)

    async def active_adverts(self) -> int:
        """How many advertisements bluetoothd has registered."""
        return int(await self.get("ActiveInstances", interface=_ADVERTISING))

    async def devices(self, *, paired: bool = False) -> set[str]:
        """The addresses of all phones that bluetoothd knows, or of those that it has paired with."""
        objects = (await self.ask("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"))[0]
        devices = [interfaces[_DEVICE] for interfaces in objects.values() if _DEVICE in interfaces]
        return {device["Address"].value for device in devices if device["Paired"].value or not paired}

    async def disconnect(self, address: str) -> None:
        """`bluetoothctl disconnect`."""
        await self.ask(device_path(address), _DEVICE, "Disconnect")

    async def remove(self, address: str) -> None:
        """`bluetoothctl remove`."""
        await self.ask(_HCI0, _ADAPTER, "RemoveDevice", "o", device_path(address))


@asynccontextmanager
async def person() -> AsyncIterator[Person]:
    """Somebody at the computer, until the block ends."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        yield Person(bus)
    finally:
        bus.disconnect()
