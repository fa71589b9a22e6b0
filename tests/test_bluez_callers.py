"""Methods are for bluetoothd alone: another process on the bus could read and write past all security."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageFlag, Variant
from dbus_fast.aio import MessageBus

from gattschema import (
    Peripheral,
    ReadNotify,
    ReadWrite,
    Service,
    UInt8,
    WriteWithoutResponse,
    characteristic,
    descriptor,
)
from gattschema.bluez import Release
from tests.fake_bluez import (
    ADVERTISEMENT,
    CHARACTERISTIC,
    DESCRIPTOR,
    OBJECT_MANAGER,
    PROPERTIES,
    SERVICE,
    Daemon,
    FakeBlueZ,
    Refusal,
    call,
)

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
REFUSED = Refusal(
    "org.freedesktop.DBus.Error.AccessDenied",
    "only bluetoothd may; Peripheral(any_caller=True) lets others in, for debugging",
)
UNANSWERED = MessageFlag.NO_REPLY_EXPECTED


class Safe(Service, uuid="AAD7", handle=0):
    door: ReadWrite[UInt8] = characteristic(default=1, description="The door")
    bell: ReadNotify[UInt8] = characteristic(default=0, transport="socket")
    code: WriteWithoutResponse[UInt8] = characteristic(default=0, transport="socket")
    hint: ReadWrite[UInt8] = descriptor(of=door, default=2, uuid=0xD001)


@pytest.fixture
async def stranger(system_bus: Daemon) -> AsyncIterator[MessageBus]:
    """Another process on the same bus."""
    bus = await MessageBus(bus_address=system_bus.address, negotiate_unix_fd=True).connect()
    yield bus
    bus.disconnect()
    await bus.wait_for_disconnect()


@pytest.fixture(autouse=True)
def modern(runs: Callable[[Release | None], None]) -> None:
    """BlueZ 5.82, which takes sockets."""
    runs((5, 82))


CALLS: list[tuple[str, str, str, str, list[Any]]] = [
    ("door", CHARACTERISTIC, "ReadValue", "a{sv}", [{}]),
    ("door", CHARACTERISTIC, "WriteValue", "aya{sv}", [b"\x05", {}]),
    ("bell", CHARACTERISTIC, "StartNotify", "", []),
    ("bell", CHARACTERISTIC, "StopNotify", "", []),
    ("bell", CHARACTERISTIC, "Confirm", "", []),
    ("bell", CHARACTERISTIC, "AcquireNotify", "a{sv}", [{}]),
    ("code", CHARACTERISTIC, "AcquireWrite", "a{sv}", [{}]),
    ("hint", DESCRIPTOR, "ReadValue", "a{sv}", [{}]),
    ("hint", DESCRIPTOR, "WriteValue", "aya{sv}", [b"\x05", {}]),
    ("The door", DESCRIPTOR, "ReadValue", "a{sv}", [{}]),
    ("advertisement", ADVERTISEMENT, "Release", "", []),
]
EACH_METHOD = pytest.mark.parametrize("asked", CALLS, ids=lambda asked: f"{asked[0]}-{asked[2]}")


def where(bluez: FakeBlueZ, name: str) -> str:
    """The object that a call is for."""
    if name == "advertisement":
        ((_, path),) = bluez.advertisements
        return path
    door = bluez.path(Safe.door.uuid)
    return {"hint": f"{door}/desc1", "The door": f"{door}/desc0"}.get(name) or bluez.path(getattr(Safe, name).uuid)


async def ask(bus: MessageBus, bluez: FakeBlueZ, asked: tuple[str, str, str, str, list[Any]]) -> Message | Refusal:
    name, interface, member, signature, body = asked
    return await call(bus, bluez.client, where(bluez, name), interface, member, signature, *body)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "is not bluetoothd" in record.getMessage()]


def state(safe: Safe) -> list[Any]:
    """All that a stranger could change."""
    return [safe.door, safe.bell, safe.code, safe.hint, Safe.bell.of(safe).subscribers, Safe.bell.of(safe).handle]


# --- who is not bluetoothd ---------------------------------------------------------------------------------------


@EACH_METHOD
async def test_a_stranger_is_refused(
    bluez: FakeBlueZ, stranger: MessageBus, asked: tuple[str, str, str, str, list[Any]]
) -> None:
    """Whichever method it calls: nothing has changed, and no file is open that was not."""
    safe = Safe()
    async with Peripheral(safe):
        before, files = state(safe), open_files()
        assert await ask(stranger, bluez, asked) == REFUSED
        assert state(safe) == before
        assert open_files() == files


async def test_the_methods_are_all_that_there_are(bluez: FakeBlueZ) -> None:
    """Each method of each kind of object stands in the table that these tests go through."""
    async with Peripheral(Safe()) as running:
        assert running._keeper is not None
        assert running._keeper.session is not None
        objects = running._keeper.session.around.tree.objects.values()
        assert bluez.objects
        known = {(one.interface, member) for one in objects for member in one.methods}
        assert known == {(interface, member) for _, interface, member, _, _ in CALLS}


@EACH_METHOD
async def test_bluetoothd_is_not_refused(bluez: FakeBlueZ, asked: tuple[str, str, str, str, list[Any]]) -> None:
    """The same calls, by the owner of org.bluez, are answered."""
    async with Peripheral(Safe()):
        reply = await ask(bluez.bus, bluez, asked)
        assert isinstance(reply, Message)
        for descriptor_of_ours in reply.unix_fds:
            os.close(descriptor_of_ours)


@pytest.mark.parametrize("below", ["", "/char0", "/char0/desc1"])
async def test_a_stranger_sets_nothing(bluez: FakeBlueZ, stranger: MessageBus, below: str) -> None:
    """Handles come from bluetoothd."""
    safe = Safe()
    async with Peripheral(safe):
        path = bluez.path(Safe.door.uuid).rpartition("/")[0] + below
        interface = {"": SERVICE, "/char0": CHARACTERISTIC, "/char0/desc1": DESCRIPTOR}[below]
        given = (PROPERTIES, "Set", "ssv", interface, "Handle", Variant("q", 0x0666))
        refusal = await call(stranger, bluez.client, path, *given)
        assert isinstance(refusal, Refusal)
        assert Safe.door.of(safe).handle == bluez.handles[bluez.path(Safe.door.uuid)]
        assert await bluez.ask(path, *given) is None
        assert (Safe.door.of(safe).handle == 0x0666) is (below == "/char0")


async def test_a_stranger_may_look_around(bluez: FakeBlueZ, stranger: MessageBus) -> None:
    """What is shown to everybody on the air is no secret: ``busctl`` works, values are not among it."""
    async with Peripheral(Safe()):
        path = bluez.path(Safe.door.uuid)
        root = "/org/gattschema/application"
        for asked in (
            (root, OBJECT_MANAGER, "GetManagedObjects"),
            (path, INTROSPECTABLE, "Introspect"),
            (path, PROPERTIES, "GetAll", "s", CHARACTERISTIC),
            (path, PROPERTIES, "Get", "ss", CHARACTERISTIC, "Flags"),
        ):
            reply = await call(stranger, bluez.client, *asked)
            assert isinstance(reply, Message)
            assert "Value" not in str(reply.body)


# --- the log -----------------------------------------------------------------------------------------------------


async def test_each_stranger_is_logged_once(
    bluez: FakeBlueZ, stranger: MessageBus, system_bus: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    """With its name on the bus and what it wanted; however often it asks, the log is not flooded."""
    async with Peripheral(Safe()):
        path = bluez.path(Safe.door.uuid)
        for _ in range(5):
            await ask(stranger, bluez, CALLS[0])
            await ask(stranger, bluez, CALLS[1])
        assert refusals(caplog) == [f"{stranger.unique_name} calls ReadValue of {path}, but is not bluetoothd: refused"]
        other = await MessageBus(bus_address=system_bus.address).connect()
        await ask(other, bluez, CALLS[1])
        assert refusals(caplog)[1:] == [
            f"{other.unique_name} calls WriteValue of {path}, but is not bluetoothd: refused"
        ]
        other.disconnect()
        await other.wait_for_disconnect()


async def test_who_wants_no_answer_is_refused_in_silence(
    bluez: FakeBlueZ, stranger: MessageBus, caplog: pytest.LogCaptureFixture
) -> None:
    """The call does nothing, and the log says so."""
    safe = Safe()
    async with Peripheral(safe):
        path = bluez.path(Safe.door.uuid)
        body = [b"\x05", {}]
        wanted = Message(bluez.client, path, CHARACTERISTIC, "WriteValue", signature="aya{sv}", body=body)
        wanted.flags = UNANSWERED
        await stranger.send(wanted)
        await ask(stranger, bluez, CALLS[0])
        assert safe.door == 1
        assert len(refusals(caplog)) == 1


# --- files that strangers send -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["call", "call of nothing", "signal"])
async def test_files_of_strangers_are_closed(bluez: FakeBlueZ, stranger: MessageBus, kind: str) -> None:
    """Nobody can fill the table of open files by sending some."""
    async with Peripheral(Safe()):
        path = bluez.path(Safe.door.uuid) if kind == "call" else "/nothing"
        files = open_files()
        with socket.socket() as file:
            for _ in range(20):
                if kind == "signal":
                    message = Message.new_signal(path, "org.example.I", "M", "h", [0])
                    message.destination = bluez.client
                else:
                    message = Message(bluez.client, path, CHARACTERISTIC, "ReadValue", signature="h", body=[0])
                    message.flags = UNANSWERED
                message.unix_fds = [file.fileno()]
                await stranger.send(message)
            await ask(stranger, bluez, CALLS[0])
            await bluez.settled()
        assert open_files() == files


# --- for debugging -----------------------------------------------------------------------------------------------


@EACH_METHOD
async def test_any_caller(
    bluez: FakeBlueZ,
    stranger: MessageBus,
    caplog: pytest.LogCaptureFixture,
    asked: tuple[str, str, str, str, list[Any]],
) -> None:
    """``any_caller=True`` lets everybody in, and nothing is logged."""
    for bus in (stranger, bluez.bus):
        async with Peripheral(Safe(), any_caller=True):
            reply = await ask(bus, bluez, asked)
            assert isinstance(reply, Message)
            for descriptor_of_ours in reply.unix_fds:
                os.close(descriptor_of_ours)
    assert refusals(caplog) == []


async def test_any_caller_writes(bluez: FakeBlueZ, stranger: MessageBus) -> None:
    """What somebody writes with ``busctl`` is a write like a phone's; notifications still go to bluetoothd alone."""
    safe = Safe()
    async with Peripheral(safe, any_caller=True):
        heard: list[str | None] = []
        stranger.add_message_handler(lambda message: heard.append(message.member))
        await ask(stranger, bluez, CALLS[1])
        assert safe.door == 5
        path = where(bluez, "bell")
        assert isinstance(await call(stranger, bluez.client, path, CHARACTERISTIC, "StartNotify"), Message)
        safe.bell = 9
        await bluez.settled()
        assert bluez.heard == [(path, b"\x09")]
        assert "PropertiesChanged" not in heard


async def test_any_caller_removes(bluez: FakeBlueZ) -> None:
    """bluetoothd is told of removed services all the same."""
    safe, other = Safe(), Safe()
    async with Peripheral(safe, other, any_caller=True) as running:
        await running.remove(safe)
        await bluez.settled()
        assert {interface for _, (interface,) in bluez.removed} == {SERVICE, CHARACTERISTIC, DESCRIPTOR}
