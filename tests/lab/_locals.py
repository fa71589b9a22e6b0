"""Other processes of the guest: a caller that is not bluetoothd, and more advertisements than the program's own."""

# ruff: noqa: F821, N802 - in dbus-fast annotations are D-Bus signatures, and methods are named like D-Bus members

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dbus_fast import BusType, Message, MessageType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method

from tests.lab import _daemons

_REGISTERED = re.compile(r"GATT application registered: (:[\d.]+):(/\S+)")


class Caller:
    """A connection to the system bus that calls the application which bluetoothd has registered last."""

    def __init__(self, bus: MessageBus, application: str, root: str) -> None:
        self._bus = bus
        self._application = application
        self._root = root

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> str:
        """Call a method of the application; the name of the error, or nothing where it went well."""
        reply = await self._send(path, interface, member, signature, *body)
        text = reply.body[0] if reply.message_type is MessageType.ERROR and reply.body else ""
        print(f"a stranger calls {member} of {path}: {reply.error_name or 'it is answered'} {text}")
        return reply.error_name or ""

    async def objects(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The application's objects, as it shows them to everybody: path -> interface -> property."""
        reply = await self._send(self._root, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "")
        assert reply.message_type is MessageType.METHOD_RETURN, (reply.error_name, reply.body)
        return dict(reply.body[0])

    async def _send(self, path: str, interface: str, member: str, signature: str, *body: Any) -> Message:
        message = Message(self._application, path, interface, member, signature=signature, body=list(body))
        return await self._bus.call(message)


def _registered() -> tuple[str, str]:
    """The connection and the path of the last application, as bluetoothd's log tells them."""
    log = Path(f"/proc/{_daemons.pid('bluetoothd')}/fd/1").readlink().read_text(errors="replace")
    found = _REGISTERED.findall(log)
    assert found, "bluetoothd has registered no application"
    return found[-1]


@asynccontextmanager
async def local_caller() -> AsyncIterator[Caller]:
    """A local process of root's: the bus's policy lets it call applications as bluetoothd does."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        yield Caller(bus, *_registered())
    finally:
        bus.disconnect()


class _Advert(ServiceInterface):
    """A connectable advertisement with a name and nothing else."""

    def __init__(self, name: str) -> None:
        super().__init__("org.bluez.LEAdvertisement1")
        self._name = name

    @dbus_property(access=PropertyAccess.READ)
    def Type(self) -> "s":
        return "peripheral"

    @dbus_property(access=PropertyAccess.READ)
    def LocalName(self) -> "s":
        return self._name

    @method()
    def Release(self) -> None: ...


@asynccontextmanager
async def adverts(name: str, count: int) -> AsyncIterator[None]:
    """Inside the block there are so many more advertisements of that name: each brings one connection at a time."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        for number in range(count):
            await _advertise(bus, f"/lab/advert{number}", name)
        yield
    finally:
        bus.disconnect()


async def _advertise(bus: MessageBus, path: str, name: str) -> None:
    """Register one; bluetoothd takes it back when the connection ends."""
    bus.export(path, _Advert(name))
    body = [path, {}]
    manager = "org.bluez.LEAdvertisingManager1"
    call = Message("org.bluez", "/org/bluez/hci0", manager, "RegisterAdvertisement", signature="oa{sv}", body=body)
    reply = await bus.call(call)
    assert reply.message_type is MessageType.METHOD_RETURN, (reply.error_name, reply.body)
