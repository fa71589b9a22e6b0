"""The peer: a GATT application as people write it on dbus-fast, an interface class per kind of object."""

import struct
from typing import Annotated

from dbus_fast import Message, PropertyAccess
from dbus_fast.annotations import DBusBool, DBusBytes, DBusDict, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from .bus import Line

ROOT = "/org/handwritten"
LAYOUT = struct.Struct("<H")


class HandService(ServiceInterface):
    def __init__(self, uuid: str) -> None:
        super().__init__("org.bluez.GattService1")
        self.uuid = uuid

    @dbus_property(access=PropertyAccess.READ)
    def UUID(self) -> DBusStr:
        return self.uuid

    @dbus_property(access=PropertyAccess.READ)
    def Primary(self) -> DBusBool:
        return True


class HandCharacteristic(ServiceInterface):
    """A readable, writable and notifying u16; ``Value`` has to be a property to be announced as one."""

    def __init__(self, uuid: str, service: str, rate: int = 0) -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self.uuid = uuid
        self.service = service
        self.rate = rate
        self.octets = LAYOUT.pack(rate)
        self.notifying = False

    @dbus_property(access=PropertyAccess.READ)
    def UUID(self) -> DBusStr:
        return self.uuid

    @dbus_property(access=PropertyAccess.READ)
    def Service(self) -> DBusObjectPath:
        return self.service

    @dbus_property(access=PropertyAccess.READ)
    def Flags(self) -> Annotated[list[str], DBusSignature("as")]:
        return ["read", "write", "notify"]

    @dbus_property(access=PropertyAccess.READ)
    def Value(self) -> DBusBytes:
        return self.octets

    @dbus_method()
    def ReadValue(self, _options: DBusDict) -> DBusBytes:
        return LAYOUT.pack(self.rate)

    @dbus_method()
    def WriteValue(self, value: DBusBytes, _options: DBusDict) -> None:
        (self.rate,) = LAYOUT.unpack(value)

    @dbus_method()
    def StartNotify(self) -> None:
        self.notifying = True

    @dbus_method()
    def StopNotify(self) -> None:
        self.notifying = False

    def assign(self, rate: int) -> None:
        """Pack, keep and announce a number."""
        self.rate = rate
        self.announce(LAYOUT.pack(rate))

    def announce(self, octets: bytes) -> None:
        """Keep and announce octets."""
        self.octets = octets
        if self.notifying:
            self.emit_properties_changed({"Value": octets})


class AsyncHandCharacteristic(HandCharacteristic):
    """The same with ``async`` methods, which dbus-fast runs as tasks."""

    @dbus_method()
    async def ReadValue(self, _options: DBusDict) -> DBusBytes:
        return LAYOUT.pack(self.rate)

    @dbus_method()
    async def WriteValue(self, value: DBusBytes, _options: DBusDict) -> None:
        (self.rate,) = LAYOUT.unpack(value)


def path(service: int = 0, index: int = 0) -> str:
    return f"{ROOT}/service{service}/char{index}"


async def export(line: Line, services: int, each: int) -> list[str]:
    """Build and export services with characteristics; give the paths.

    dbus-fast announces each export by a signal: without the fence, a thousand of them fill the socket, which kills the
    connection. A hundred pass without.
    """
    paths: list[str] = []
    for number in range(services):
        parent = f"{ROOT}/service{number}"
        line.bus.export(parent, HandService(f"0000{number:04x}-0000-4000-8000-000000000000"))
        paths.append(parent)
        for index in range(each):
            uuid = f"0000{number:04x}-0000-4000-8000-{1 + index:012x}"
            line.bus.export(path(number, index), HandCharacteristic(uuid, parent))
            paths.append(path(number, index))
        if len(paths) % 110 == 0 and len(paths) < services * (each + 1):
            await line.fence()
    return paths


async def register(line: Line) -> None:
    """Tell the consumer, as one tells bluetoothd."""
    manager = "org.bluez.GattManager1"
    await line.bus.call(
        Message("org.bluez", "/org/bluez/hci0", manager, "RegisterApplication", signature="oa{sv}", body=[ROOT, {}])
    )
