"""The peer: a GATT application as people write it on dbus-fast, an interface class per kind of object."""

import asyncio
import socket
import struct
from collections.abc import Iterable
from typing import Annotated

from dbus_fast import DBusError, Message, PropertyAccess
from dbus_fast.annotations import DBusBool, DBusBytes, DBusDict, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from .bus import Line

ROOT = "/org/handwritten"
LAYOUT = struct.Struct("<H")
FRAME = 20


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


class FrameHandCharacteristic(HandCharacteristic):
    """The same with octets that are kept as they are."""

    @dbus_method()
    def WriteValue(self, value: DBusBytes, _options: DBusDict) -> None:
        if len(value) != FRAME:
            raise DBusError("org.bluez.Error.InvalidValueLength", "a frame has 20 octets")
        self.octets = value


class SocketHandCharacteristic(HandCharacteristic):
    """The same over sockets, without a queue for what they do not take."""

    def __init__(self, uuid: str, service: str, rate: int = 0) -> None:
        super().__init__(uuid, service, rate)
        self.socket: socket.socket | None = None

    @dbus_method()
    def AcquireNotify(self, _options: DBusDict) -> Annotated[tuple[int, int], DBusSignature("hq")]:
        return self.acquire()

    @dbus_method()
    def AcquireWrite(self, _options: DBusDict) -> Annotated[tuple[int, int], DBusSignature("hq")]:
        return self.acquire()

    def acquire(self) -> tuple[int, int]:
        """Make a pair of sockets; give one end, which dbus-fast sends at once, and the MTU."""
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.socket, self.receive, self.socket)
        loop.call_soon(theirs.close)
        return theirs.fileno(), 247

    def announce(self, octets: bytes) -> None:
        """Keep and send octets."""
        self.octets = octets
        if self.socket is not None:
            self.socket.send(octets)

    def receive(self, ours: socket.socket) -> None:
        """Keep what has come; the last is the end."""
        try:
            while octets := ours.recv(512, socket.MSG_DONTWAIT):
                if len(octets) == FRAME:
                    self.octets = octets
        except BlockingIOError:
            return
        asyncio.get_running_loop().remove_reader(ours)
        ours.close()


def path(service: int = 0, index: int = 0) -> str:
    return f"{ROOT}/service{service}/char{index}"


async def export(line: Line, services: int, each: int) -> dict[str, ServiceInterface]:
    """Build and export services with characteristics; give them by their paths.

    dbus-fast announces each export by a signal: without the fence, a thousand of them fill the socket, which kills the
    connection. A hundred pass without.
    """
    made: dict[str, ServiceInterface] = {}
    for number in range(services):
        parent = f"{ROOT}/service{number}"
        made[parent] = HandService(f"0000{number:04x}-0000-4000-8000-000000000000")
        for index in range(each):
            uuid = f"0000{number:04x}-0000-4000-8000-{1 + index:012x}"
            made[path(number, index)] = HandCharacteristic(uuid, parent)
    for number, (place, interface) in enumerate(made.items()):
        if number and number % 110 == 0:
            await line.fence()
        line.bus.export(place, interface)
    return made


async def register(line: Line) -> None:
    """Tell the consumer, as one tells bluetoothd."""
    manager = "org.bluez.GattManager1"
    await line.bus.call(
        Message("org.bluez", "/org/bluez/hci0", manager, "RegisterApplication", signature="oa{sv}", body=[ROOT, {}])
    )


async def take_back(line: Line, paths: Iterable[str]) -> None:
    """Take the objects at *paths* from the bus; each is announced by a signal, too."""
    for number, exported in enumerate(paths):
        line.bus.unexport(exported)
        if number % 32 == 0:
            await line.fence()
