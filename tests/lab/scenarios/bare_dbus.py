"""The lab itself: a hand-written dbus-fast service is discovered, read, written and notified, and refuses."""

# ruff: noqa: F722, F821, N802 - in dbus-fast annotations are D-Bus signatures, and methods are named like D-Bus members

import asyncio

from dbus_fast import BusType, DBusError, Message, MessageType, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method

from tests.lab.air import radio, refused

HCI0 = "/org/bluez/hci0"
READ = PropertyAccess.READ


class Service(ServiceInterface):
    """A primary heart rate service."""

    @dbus_property(access=READ)
    def UUID(self) -> "s":
        return "180d"

    @dbus_property(access=READ)
    def Primary(self) -> "b":
        return True


class Measurement(ServiceInterface):
    """A characteristic that keeps what is written, refuses to be emptied, and notifies."""

    def __init__(self) -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self.value = b"\x00\x48" * 200

    @dbus_property(access=READ)
    def UUID(self) -> "s":
        return "2a37"

    @dbus_property(access=READ)
    def Service(self) -> "o":
        return "/app/service"

    @dbus_property(access=READ)
    def Flags(self) -> "as":
        return ["read", "write", "notify"]

    @dbus_property(access=READ)
    def Value(self) -> "ay":
        return self.value

    @method()
    def ReadValue(self, options: "a{sv}") -> "ay":
        return self.value[options["offset"].value if "offset" in options else 0 :]

    @method()
    def WriteValue(self, value: "ay", _options: "a{sv}") -> None:
        if not value:
            msg = "org.bluez.Error.Failed"
            raise DBusError(msg, "0x81")
        self.value = bytes(value)

    @method()
    def StartNotify(self) -> None: ...

    @method()
    def StopNotify(self) -> None: ...


class Advert(ServiceInterface):
    """A connectable advertisement with a name."""

    @dbus_property(access=READ)
    def Type(self) -> "s":
        return "peripheral"

    @dbus_property(access=READ)
    def LocalName(self) -> "s":
        return "Pulse"

    @dbus_property(access=READ)
    def Appearance(self) -> "q":
        return 0x0340

    @dbus_property(access=READ)
    def ServiceUUIDs(self) -> "as":
        return ["180d"]


async def register(bus: MessageBus, manager: str, member: str, path: str) -> None:
    """Call one of bluetoothd's Register… methods."""
    options: dict[str, Variant] = {}
    reply = await bus.call(Message("org.bluez", HCI0, manager, member, signature="oa{sv}", body=[path, options]))
    assert reply.message_type is MessageType.METHOD_RETURN, (member, reply.error_name, reply.body)


async def serve(bus: MessageBus) -> Measurement:
    """The whole peripheral."""
    measurement = Measurement()
    bus.export("/app/service", Service("org.bluez.GattService1"))
    bus.export("/app/service/measurement", measurement)
    await register(bus, "org.bluez.GattManager1", "RegisterApplication", "/app")
    for path in ("/advert/1", "/advert/2"):  # bluetoothd advertises each until it has brought a connection
        bus.export(path, Advert("org.bluez.LEAdvertisement1"))
        await register(bus, "org.bluez.LEAdvertisingManager1", "RegisterAdvertisement", path)
    return measurement


async def story() -> None:
    async with radio() as air:
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        measurement = await serve(bus)

        ann, ben = await air.phone("Ann"), await air.phone("Ben")
        advert = await ann.find(name="Pulse", uuid="180D")
        print(advert)
        assert advert.appearance == 0x0340
        peer = await ann.connect(advert)
        print(peer.tree())
        assert peer.mtu == 247

        assert await peer.read("2A37") == measurement.value, "a long read comes whole"
        await peer.write("2A37", b"\x00\x50")
        assert measurement.value == b"\x00\x50"
        with refused(0x81):
            await peer.write("2A37", b"")

        other = await ben.connect(await ben.find(uuid="180D"))
        heard = [await peer.subscribe("2A37"), await other.subscribe("2A37")]
        for rate in range(10):
            measurement.emit_properties_changed({"Value": bytes((0, rate))})
            await asyncio.sleep(0)
        for values in heard:
            assert await values.wait(10) == [bytes((0, rate)) for rate in range(10)]
        await peer.unsubscribe("2A37")
        await peer.disconnect()
        bus.disconnect()
