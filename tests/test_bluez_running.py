"""While it runs: services come and go, handlers end in time, and phones are asked whether they may."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from dbus_fast import Variant

from gattschema import (
    AttError,
    Notify,
    Octets,
    Peripheral,
    PeripheralError,
    Read,
    ReadNotify,
    ReadWrite,
    RegistrationError,
    Request,
    Service,
    UInt8,
    WriteWithoutResponse,
    characteristic,
)
from gattschema.bluez import Release, Session
from gattschema.schema import pushes
from tests.fake_bluez import (
    ANN,
    BEN,
    CHARACTERISTIC,
    DESCRIPTOR,
    OBJECT_MANAGER,
    PATIENCE,
    SERVICE,
    FakeBlueZ,
    FakeSocket,
    Refusal,
)

ROOT = "/org/gattschema/application"
UNKNOWN = "org.freedesktop.DBus.Error.UnknownMethod"


class Battery(Service):
    battery_level: ReadNotify[UInt8] = characteristic(default=100)


class Lamp(Service, uuid="AAD0"):
    level: ReadNotify[UInt8] = characteristic(default=1, description="How bright")


class Fan(Service, uuid="AAD1"):
    speed: ReadNotify[UInt8] = characteristic(default=2)


class Tower(Service, uuid="AAD2", includes=(Battery,)):
    floors: Read[UInt8] = characteristic(default=9)


def session_of(running: Peripheral) -> Session:
    """What it has on the bus just now."""
    assert running._keeper is not None
    assert running._keeper.session is not None
    return running._keeper.session


def roots(bluez: FakeBlueZ) -> dict[str, list[str]]:
    """What is registered: application -> UUIDs of its services."""
    return {
        path: [made[SERVICE]["UUID"][4:8] for made in tree.values() if SERVICE in made]
        for (_, path), tree in bluez.applications.items()
    }


# --- adding ------------------------------------------------------------------------------------------------------


async def test_adding_a_service(bluez: FakeBlueZ) -> None:
    """It is an application of its own; phones read it and hear it like the others, which do not notice."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp) as running:
        await running.add(fan)
        assert roots(bluez) == {ROOT: ["aad0"], f"{ROOT}2": ["aad1"]}
        assert running.services == (lamp, fan)
        for name, service in (("level", lamp), ("speed", fan)):
            path = bluez.path(getattr(type(service), name).uuid)
            await bluez.start_notify(path)
            setattr(service, name, 7)
            await bluez.settled()
            assert bluez.heard[-1] == (path, b"\x07")
            assert await bluez.read(path) == b"\x07"
    assert bluez.calls == [
        "hci0 RegisterApplication",
        "hci0 RegisterAdvertisement",
        "hci0 RegisterApplication",
        "hci0 UnregisterAdvertisement",
        "hci0 UnregisterApplication",
        "hci0 UnregisterApplication",
    ]
    assert bluez.applications == {}


async def test_adding_several_at_once(bluez: FakeBlueZ) -> None:
    """They are one application, included ones first."""
    async with Peripheral(Lamp()) as running:
        await running.add(Tower(), Battery())
        assert roots(bluez) == {ROOT: ["aad0"], f"{ROOT}2": ["180f", "aad2"]}
        (tower,) = [made[SERVICE] for made in bluez.objects.values() if made.get(SERVICE, {}).get("Includes")]
        assert tower["Includes"] == [f"{ROOT}2/service0"]


async def test_an_included_service_of_another_application(bluez: FakeBlueZ) -> None:
    """BlueZ resolves includes within one application only: it is refused with what to do, and nothing has changed."""
    tower = Tower()
    async with Peripheral(Battery()) as running:
        with pytest.raises(RegistrationError, match=r"among the services that are registered together") as told:
            await running.add(tower)
        assert told.value.remedy == "pass exactly one Battery(…) beside it"
        assert roots(bluez) == {ROOT: ["180f"]}
        await running.add(tower, Battery())
        assert list(roots(bluez).values()) == [["180f"], ["180f", "aad2"]]


async def test_adding_twice(bluez: FakeBlueZ) -> None:
    """What is served already, here or in another peripheral, cannot be added; nothing else comes of it."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp) as running, Peripheral(fan):
        for one in (lamp, fan):
            battery = Battery()
            with pytest.raises(PeripheralError, match="is served already"):
                await running.add(battery, one)
            await running.add(battery)
            await running.remove(battery)
        with pytest.raises(ValueError, match="given twice"):
            await running.add(*[Battery()] * 2)
        assert running.services == (lamp,)
        assert len(bluez.applications) == 2


@pytest.mark.parametrize("wrong", [(), (Lamp,), ("Lamp",), (42,)])
async def test_what_is_no_service(bluez: FakeBlueZ, wrong: tuple[Any, ...]) -> None:
    """It is refused as the constructor refuses it, before anything is asked of BlueZ."""
    async with Peripheral(Battery()) as running:
        before = list(bluez.calls)
        with pytest.raises(TypeError):
            await running.add(*wrong)
        assert bluez.calls == before


async def test_nothing_runs() -> None:
    """Neither adding nor removing makes sense before the block or behind it."""
    lamp = Lamp()
    idle = Peripheral(lamp)
    for call in (idle.add(Fan()), idle.remove(lamp)):
        with pytest.raises(RuntimeError, match="nothing runs yet"):
            await call
    assert idle.release is None


async def test_a_refused_addition(bluez: FakeBlueZ) -> None:
    """The error names what was refused, the others run on, and it can be tried again."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp) as running:
        bluez.refusals["RegisterApplication"] = Refusal("org.bluez.Error.Failed", "no room")
        with pytest.raises(RegistrationError, match=r"refuses the services Fan \(.*no room"):
            await running.add(fan)
        bluez.refusals.clear()
        assert running.services == (lamp,)
        assert Fan.speed.of(fan).subscribers == 0
        assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"
        await running.add(fan)
        assert await bluez.read(bluez.path(Fan.speed.uuid)) == b"\x02"
    assert bluez.applications == {}


async def test_an_addition_that_is_given_up(bluez: FakeBlueZ) -> None:
    """Who loses patience while BlueZ thinks leaves no service behind that nobody serves."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp) as running:
        bluez.silent.add("RegisterApplication")
        task = asyncio.ensure_future(running.add(fan))
        await bluez.until(lambda: bluez.calls.count("hci0 RegisterApplication") == 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        bluez.silent.clear()
        await bluez.until(lambda: "hci0 UnregisterApplication" in bluez.calls)
        assert running.services == (lamp,)
        assert await bluez.ask(f"{ROOT}2", OBJECT_MANAGER, "GetManagedObjects") == {}
        await running.add(fan)
        assert await bluez.read(bluez.path(Fan.speed.uuid)) == b"\x02"


async def test_added_services_may_be_as_old_as_bluez_allows(
    bluez: FakeBlueZ, runs: Callable[[Release | None], None]
) -> None:
    """What the release cannot do is refused when it is added, and leaves nothing behind."""

    class Safe(Service, uuid="AAD3"):
        door: Notify[UInt8] = characteristic(default=0, security="encrypted")

    runs((5, 55))
    safe = Safe()
    async with Peripheral(Lamp()) as running:
        with pytest.raises(RegistrationError, match=r"Safe\.door: encrypted subscriptions need BlueZ 5\.62"):
            await running.add(safe)
        assert len(bluez.applications) == 1
        assert safe._gatt_links == {}


# --- removing ----------------------------------------------------------------------------------------------------


async def test_removing_one_of_several(bluez: FakeBlueZ) -> None:
    """BlueZ is told that each of its objects is gone, and nobody answers for them; the rest runs."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp, fan) as running:
        paths = [path for path in bluez.objects if path.startswith(f"{ROOT}/service0")]
        kept = bluez.path(Fan.speed.uuid)
        await running.remove(lamp)
        await bluez.settled()
        assert bluez.removed == list(zip(paths, [[SERVICE], [CHARACTERISTIC], [DESCRIPTOR]], strict=True))
        assert roots(bluez) == {ROOT: ["aad1"]}
        assert running.services == (fan,)
        assert "hci0 UnregisterApplication" not in bluez.calls
        listed = await bluez.ask(ROOT, OBJECT_MANAGER, "GetManagedObjects")
        assert set(listed) == set(bluez.objects)
        for path in paths:
            refusal = await bluez.ask(path, CHARACTERISTIC, "ReadValue", "a{sv}", {})
            assert isinstance(refusal, Refusal)
            assert refusal.name == UNKNOWN
        assert await bluez.read(kept) == b"\x02"
    assert bluez.applications == {}


async def test_removing_the_last_of_an_application(bluez: FakeBlueZ) -> None:
    """The application is unregistered."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp) as running:
        await running.add(fan)
        await running.remove(fan)
        assert roots(bluez) == {ROOT: ["aad0"]}
        assert bluez.calls.count("hci0 UnregisterApplication") == 1
        assert bluez.removed == []
        await running.remove(lamp)
        assert bluez.applications == {}
        assert running.services == ()
    assert bluez.calls.count("hci0 UnregisterApplication") == 2


async def test_removing_several(bluez: FakeBlueZ) -> None:
    """One after the other, in whatever order they are named: the last one takes the application with it."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp, fan) as running:
        await running.remove(lamp, fan)
        assert bluez.applications == {}
        assert {path for path, _ in bluez.removed} == {f"{ROOT}/service1", f"{ROOT}/service1/char0"}


async def test_a_removed_service_has_no_subscribers(bluez: FakeBlueZ, runs: Callable[[Release | None], None]) -> None:
    """What is assigned to it is just kept; sockets are closed, async handlers cancelled."""

    class Busy(Service, uuid="AAD4"):
        level: ReadNotify[UInt8] = characteristic(default=0)
        piped: ReadNotify[UInt8] = characteristic(default=0, transport="socket")
        slow: Read[UInt8] = characteristic(init=False)

        @slow.on_read
        async def _slow(self) -> int:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return 1

    begun, ended = asyncio.Event(), asyncio.Event()
    runs((5, 82))
    busy = Busy()
    async with asyncio.timeout(PATIENCE), Peripheral(busy, Lamp()) as running:
        await bluez.start_notify(bluez.path(Busy.level.uuid))
        ear = await bluez.subscribe(bluez.path(Busy.piped.uuid))
        assert isinstance(ear, FakeSocket)
        read = asyncio.ensure_future(bluez.read(bluez.path(Busy.slow.uuid)))
        await begun.wait()
        await running.remove(busy)
        await ended.wait()
        await bluez.until(lambda: ear.is_over)
        busy.level = busy.piped = 9
        await bluez.settled()
        assert bluez.heard == []
        assert pushes(busy) == []
        assert Busy.level.of(busy).subscribers == 0
        assert not read.done()
        read.cancel()


async def test_an_included_service_is_not_removed(bluez: FakeBlueZ) -> None:
    """Those that include it go first."""
    tower, battery = Tower(), Battery()
    async with Peripheral(tower, battery) as running:
        with pytest.raises(RegistrationError, match="Battery is included by Tower") as told:
            await running.remove(battery)
        assert told.value.remedy == "remove Tower first"
        await bluez.settled()
        assert bluez.removed == []
        assert running.services == (tower, battery)
        await running.remove(tower, battery)
        assert bluez.applications == {}


async def test_removing_what_is_not_served(bluez: FakeBlueZ) -> None:
    """The error says so; those behind it stay."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp) as running:
        with pytest.raises(ValueError, match=r"Fan\(speed=2\) is not served here"):
            await running.remove(fan, lamp)
        assert len(bluez.objects) == 3
        await running.add(fan)
        await running.remove(fan)
        with pytest.raises(ValueError, match="is not served here"):
            await running.remove(fan)


async def test_coming_back(bluez: FakeBlueZ) -> None:
    """A removed service can be added again, or run in another peripheral, with the value that it has."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp, fan) as running:
        await running.remove(lamp)
        lamp.level = 50
        async with Peripheral(lamp) as other:
            assert other.services == (lamp,)
        await running.add(lamp)
        path = bluez.path(Lamp.level.uuid)
        assert path.startswith(f"{ROOT}2/")
        assert await bluez.read(path) == bytes([50])
        await bluez.start_notify(path)
        lamp.level = 51
        await bluez.settled()
        assert bluez.heard == [(path, bytes([51]))]


async def test_what_bluez_does_not_give_back(bluez: FakeBlueZ) -> None:
    """The error says so; the service is served no more, and the rest is left in good order."""
    lamp, fan = Lamp(), Fan()
    async with Peripheral(lamp) as running:
        await running.add(fan)
        bluez.refusals["UnregisterApplication"] = Refusal("org.bluez.Error.Failed", "not now")
        with pytest.raises(RegistrationError, match=r"does not give the services back.*not now"):
            await running.remove(fan)
        bluez.refusals.clear()
        assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"
        refusal = await bluez.ask(bluez.path(Fan.speed.uuid), CHARACTERISTIC, "StartNotify")
        assert isinstance(refusal, Refusal)
        assert running.services == (lamp,)
    async with Peripheral(fan):
        assert roots(bluez)[ROOT] == ["aad1"]


# --- leaving -----------------------------------------------------------------------------------------------------


async def test_leaving_frees_all(bluez: FakeBlueZ) -> None:
    """Added services and removed ones are free for another peripheral."""
    lamp, fan, battery = Lamp(), Fan(), Battery()
    async with Peripheral(lamp, battery) as running:
        await running.add(fan)
        await running.remove(battery)
    async with Peripheral(lamp, fan, battery):
        assert roots(bluez) == {ROOT: ["aad0", "aad1", "180f"]}


async def test_the_applications_go_in_reverse(bluez: FakeBlueZ) -> None:
    """The newest first."""
    gone: list[str] = []
    bluez.before["UnregisterApplication"] = lambda: gone.append(list(roots(bluez))[-1])
    async with Peripheral(Lamp()) as running:
        await running.add(Fan())
        await running.add(Battery())
    assert gone == [f"{ROOT}3", f"{ROOT}2", ROOT]


@pytest.mark.parametrize(
    "name", ["ServiceUnknown", "NoReply", "UnknownObject", "Spawn.ChildExited", "Spawn.ExecFailed"]
)
async def test_bluez_is_gone_for_good(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """Whatever the bus says then, also that it cannot start bluetoothd again: there is nothing to undo."""
    async with Peripheral(Lamp()) as running:
        await running.add(Fan())
        gone = Refusal(f"org.freedesktop.DBus.Error.{name}", "bluetoothd is not there")
        bluez.refusals |= dict.fromkeys(["UnregisterAdvertisement", "UnregisterApplication"], gone)
    assert bluez.calls.count("hci0 UnregisterApplication") == 2
    assert errors(caplog) == []


# --- handlers that take their time -------------------------------------------------------------------------------


class Slow(Service, uuid="AAD5"):
    read: Read[UInt8] = characteristic(init=False, timeout=0.3)
    write: ReadWrite[UInt8] = characteristic(default=1, timeout=0.3)
    asked: ReadWrite[UInt8] = characteristic(default=1, timeout=0.3)
    patient: Read[UInt8] = characteristic(init=False, timeout=5.0)
    stubborn: Read[UInt8] = characteristic(init=False, timeout=0.3)
    command: WriteWithoutResponse[UInt8] = characteristic(init=False, timeout=0.3, transport="socket")

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()
        self.ended: list[str] = []

    async def work(self, name: str) -> None:
        self.begun.set()
        try:
            await self.gate.wait()
        finally:
            self.ended.append(name)

    @read.on_read
    async def _read(self) -> int:
        await self.work("read")
        return 7

    @write.on_write
    async def _write(self, value: int) -> None:
        await self.work(f"write {value}")

    @asked.on_authorize
    async def _asked(self, request: Request) -> bool:
        await self.work(request.operation)
        return True

    @patient.on_read
    async def _patient(self) -> int:
        await self.work("patient")
        return 7

    @stubborn.on_read
    async def _stubborn(self) -> int:
        try:
            await self.work("stubborn")
        except asyncio.CancelledError:
            return 9
        return 7

    @command.on_write
    async def _command(self, _value: int) -> None:
        await self.work("command")


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("name", "operation"), [("read", "read"), ("write", "write"), ("asked", "read"), ("asked", "write")]
)
async def test_a_handler_that_takes_too_long(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, name: str, operation: str
) -> None:
    """It is cancelled, the phone gets Unlikely Error (a name that BlueZ does not know), the log says which it was."""
    slow = Slow()
    async with Peripheral(slow):
        path = bluez.path(getattr(Slow, name).uuid)
        refusal = await (bluez.read(path) if operation == "read" else bluez.write(path, b"\x05"))
        assert isinstance(refusal, Refusal)
        assert not refusal.name.startswith("org.bluez.")
        assert slow.ended == [{"write": "write 5", "asked": operation}.get(name, name)]
        slow.gate.set()
        assert await bluez.read(path) in {b"\x07", b"\x01"}
        assert await bluez.write(path, b"\x06") is None or name == "read"
    assert slow.write == (6 if name == "write" else 1)
    assert errors(caplog) == [f"Slow.{name}: the handler has not ended within 0.3 s and is cancelled"]


async def test_each_handler_has_its_own_time(bluez: FakeBlueZ) -> None:
    """A patient one is not ended with an impatient one, whichever began first."""
    slow = Slow()
    async with Peripheral(slow):
        patient = asyncio.ensure_future(bluez.read(bluez.path(Slow.patient.uuid)))
        await bluez.settled()
        for _ in range(2):
            assert isinstance(await bluez.read(bluez.path(Slow.read.uuid)), Refusal)
        assert not patient.done()
        slow.gate.set()
        assert await patient == b"\x07"
    assert slow.ended == ["read", "read", "patient"]


async def test_writes_that_wait_behind_a_late_one(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """Their time runs from their arrival, as the phone's does: none is left without an answer, the next is taken."""
    slow = Slow()
    async with Peripheral(slow):
        path = bluez.path(Slow.write.uuid)
        refusals = await asyncio.gather(*[bluez.write(path, bytes([number])) for number in (2, 3, 4)])
        assert all(isinstance(refusal, Refusal) for refusal in refusals)
        assert slow.ended == ["write 2"]
        slow.gate.set()
        assert await bluez.write(path, b"\x05") is None
        assert slow.write == 5
    assert len(errors(caplog)) == 3


async def test_a_handler_that_will_not_be_cancelled(bluez: FakeBlueZ) -> None:
    """What it answers in the end is the answer."""
    async with Peripheral(Slow()):
        assert await bluez.read(bluez.path(Slow.stubborn.uuid)) == b"\x09"


async def test_a_write_without_an_answer_that_takes_too_long(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, runs: Callable[[Release | None], None]
) -> None:
    """By a socket nobody waits for an answer; the handler is cancelled and logged all the same."""
    runs((5, 82))
    slow = Slow()
    async with Peripheral(slow) as running:
        mouth = await bluez.acquire_write(bluez.path(Slow.command.uuid))
        assert isinstance(mouth, FakeSocket)
        mouth.write(b"\x01")
        await bluez.settled()
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait(session_of(running).around.tree.running.runs)
    assert slow.ended == ["command"]
    assert errors(caplog) == ["Slow.command: the handler has not ended within 0.3 s and is cancelled"]


# --- whether a phone may -----------------------------------------------------------------------------------------


class Safe(Service, uuid="AAD6"):
    """Ann may; whoever else asks may not, or is told what the test says."""

    door: ReadWrite[UInt8] = characteristic(default=1)
    later: ReadWrite[UInt8] = characteristic(default=1)
    vault: ReadWrite[Annotated[bytes, Octets(max=20)]] = characteristic(default=b"0123456789")
    free: ReadWrite[UInt8] = characteristic(default=1)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Request] = []
        self.called: list[Any] = []
        self.gates: list[asyncio.Event] = []
        self.error: Exception | None = None

    def may(self, request: Request) -> bool:
        self.asked.append(request)
        if self.error:
            raise self.error
        return request.device == ANN

    @door.on_authorize
    def _may_door(self, request: Request) -> bool:
        return self.may(request)

    @later.on_authorize
    async def _may_later(self, request: Request) -> bool:
        if self.gates:
            await self.gates.pop(0).wait()
        return self.may(request)

    @vault.on_authorize
    def _may_vault(self, request: Request) -> bool:
        return self.may(request)

    @door.on_read
    def _read(self) -> int:
        self.called.append("read")
        return 7

    @door.on_write
    def _write(self, value: int) -> None:
        self.called.append(value)

    @later.on_write
    async def _write_later(self, value: int) -> None:
        self.called.append(value)


BOTH = pytest.mark.parametrize("name", ["door", "later"])
"""Its handler answers at once, or takes its time."""
NOT_AUTHORIZED = "org.bluez.Error.NotAuthorized"


async def test_bluez_is_told_to_ask(bluez: FakeBlueZ) -> None:
    """The flag makes bluetoothd ask before it takes in a long write (``org.bluez.GattCharacteristic.rst``)."""
    async with Peripheral(Safe()):
        flags = {name: bluez.objects[bluez.path(getattr(Safe, name).uuid)][CHARACTERISTIC]["Flags"] for name in ASKING}
        assert flags == {name: ["read", "write", *(["authorize"] if asks else [])] for name, asks in ASKING.items()}


ASKING = {"door": True, "later": True, "vault": True, "free": False}


@BOTH
async def test_who_may(bluez: FakeBlueZ, name: str) -> None:
    """The handler is asked before every read and every write, and knows who wants what."""
    safe = Safe()
    async with Peripheral(safe):
        path = bluez.path(getattr(Safe, name).uuid)
        assert await bluez.read(path, mtu=65) == (b"\x07" if name == "door" else b"\x01")
        assert await bluez.write(path, b"\x05", mtu=65) is None
    assert safe.asked == [Request(ANN, 65, "LE", "read"), Request(ANN, 65, "LE", "write")]
    assert safe.called == (["read", 5] if name == "door" else [5])
    assert safe._gatt_values[getattr(Safe, name).plan.index] == 5


@BOTH
async def test_who_may_not(bluez: FakeBlueZ, name: str) -> None:
    """The phone gets Insufficient Authorization; no other handler is called, and nothing changes."""
    safe = Safe()
    async with Peripheral(safe):
        path = bluez.path(getattr(Safe, name).uuid)
        for operation, refusal in (
            ("read", await bluez.read(path, device=BEN)),
            ("write", await bluez.write(path, b"\x05", device=BEN)),
        ):
            assert refusal == Refusal(NOT_AUTHORIZED, f"{BEN} may not {operation} Safe.{name}")
    assert [request.operation for request in safe.asked] == ["read", "write"]
    assert safe.called == []
    assert safe._gatt_values[getattr(Safe, name).plan.index] == 1


@BOTH
@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (AttError(0x81, "locked"), "org.bluez.Error.Failed"),
        (AttError(0x0D), "org.bluez.Error.InvalidValueLength"),
        (ZeroDivisionError("oops"), "org.gattschema.Error.Unlikely"),
    ],
    ids=["an error of the application", "another error", "a failure"],
)
async def test_a_handler_that_raises(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, name: str, error: Exception, answer: str
) -> None:
    """Its error is the answer; a failure is Unlikely Error, and the log has the traceback."""
    safe = Safe()
    safe.error = error
    async with Peripheral(safe):
        path = bluez.path(getattr(Safe, name).uuid)
        for refusal in (await bluez.read(path), await bluez.write(path, b"\x05")):
            assert isinstance(refusal, Refusal)
            assert refusal.name == answer
    assert safe.called == []
    assert len(errors(caplog)) == (2 if isinstance(error, ZeroDivisionError) else 0)


@BOTH
async def test_the_question_before_a_long_write(bluez: FakeBlueZ, name: str) -> None:
    """``prepare-authorize`` asks the handler as a write would, and writes nothing."""
    safe = Safe()
    async with Peripheral(safe):
        path = bluez.path(getattr(Safe, name).uuid)
        question = Variant("b", True)  # noqa: FBT003  (a D-Bus value)
        assert await bluez.write(path, b"\x05", prepare_authorize=question) is None
        refusal = await bluez.write(path, b"\x05", device=BEN, prepare_authorize=question)
        assert refusal == Refusal(NOT_AUTHORIZED, f"{BEN} may not write Safe.{name}")
    assert [request.operation for request in safe.asked] == ["write", "write"]
    assert safe.called == []
    assert safe._gatt_values[getattr(Safe, name).plan.index] == 1


async def test_parts_are_asked_for_one_by_one(bluez: FakeBlueZ) -> None:
    """A write at an offset is a write; parts of a long read behind the first are no further reads."""
    safe = Safe()
    safe.vault = bytes(20) + b""
    async with Peripheral(safe):
        path = bluez.path(Safe.vault.uuid)
        assert await bluez.write(path, b"ab", offset=18) is None
        assert isinstance(await bluez.write(path, b"xy", offset=18, device=BEN), Refusal)
        assert isinstance(await bluez.read(path, offset=18, device=BEN), Refusal)
        assert await bluez.read(path, offset=18) == b"ab"
    assert [request.device for request in safe.asked] == [ANN, BEN, BEN, ANN]


async def test_questions_that_take_their_time_keep_the_order(bluez: FakeBlueZ) -> None:
    """A write is taken when the one before has been, however quickly its own question is answered."""
    safe = Safe()
    first, second = safe.gates = [asyncio.Event(), asyncio.Event()]
    async with Peripheral(safe):
        path = bluez.path(Safe.later.uuid)
        writes = [asyncio.ensure_future(bluez.write(path, octets)) for octets in (b"\x05", b"\x06")]
        second.set()
        await bluez.settled()
        assert safe.called == []
        first.set()
        assert await asyncio.gather(*writes) == [None, None]
    assert safe.called == [5, 6]


async def test_the_program_itself_is_not_asked(bluez: FakeBlueZ) -> None:
    """Assigning and looking are no requests, nor is what concerns other fields."""
    safe = Safe()
    async with Peripheral(safe):
        safe.door = 9
        assert safe.door == 7
        assert await bluez.write(bluez.path(Safe.free.uuid), b"\x05", device=BEN) is None
    assert safe.asked == []
