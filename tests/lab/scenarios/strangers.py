"""Only bluetoothd may read and write: another process of the machine, even root's, is refused and changes nothing.

Where the program lets everybody in, for debugging, it is answered.
"""

import logging

from dbus_fast import Variant

from gattschema import Peripheral, ReadWriteNotify, Service, UInt8, characteristic
from tests.lab.air import Air, Caller, local_caller, radio

GUARDED = "AAE1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DENIED = "org.freedesktop.DBus.Error.AccessDenied"


class Safe(Service, uuid="57a40000-7e57-4c0d-8a11-000000000001"):
    guarded: ReadWriteNotify[UInt8] = characteristic(default=42, uuid=GUARDED, security="secure")


async def path_of(caller: Caller) -> str:
    """The characteristic, as everybody may see it."""
    return next(path for path, interfaces in (await caller.objects()).items() if CHARACTERISTIC in interfaces)


async def refused_everything(caller: Caller, path: str) -> None:
    for member, signature, body in (
        ("ReadValue", "a{sv}", [{}]),
        ("WriteValue", "aya{sv}", [b"\x01", {}]),
        ("StartNotify", "", []),
        ("StopNotify", "", []),
        ("Confirm", "", []),
    ):
        assert await caller.call(path, CHARACTERISTIC, member, signature, *body) == DENIED


async def let_nobody_in(air: Air, safe: Safe) -> None:
    async with Peripheral(safe, name="Safe"), local_caller() as caller:
        path = await path_of(caller)
        await refused_everything(caller, path)
        writes_a_handle = [CHARACTERISTIC, "Handle", Variant("q", 1)]
        assert await caller.call(path, "org.freedesktop.DBus.Properties", "Set", "ssv", *writes_a_handle)
        assert safe.guarded == 42
        assert Safe.guarded.of(safe).subscribers == 0
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Safe"))
        assert "AAE1: read, write, notify" in peer.tree(), "bluetoothd is served meanwhile"
        await peer.disconnect()


async def let_everybody_in(safe: Safe) -> None:
    async with Peripheral(safe, name="Safe", any_caller=True), local_caller() as caller:
        path = await path_of(caller)
        assert not await caller.call(path, CHARACTERISTIC, "WriteValue", "aya{sv}", b"\x01", {})
        assert safe.guarded == 1


async def story() -> None:
    logging.basicConfig(level=logging.WARNING)
    safe = Safe()
    async with radio() as air:
        await let_nobody_in(air, safe)
        await let_everybody_in(safe)
