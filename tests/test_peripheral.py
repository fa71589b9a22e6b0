"""A peripheral's life: entered, lost, left, and refused at every step, with nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import gattschema
from gattschema import (
    AdapterBlocked,
    Advertisement,
    AdvertisementError,
    NoAdapter,
    NoBlueZ,
    NoBus,
    NoPeripheralRole,
    NotAllowed,
    Peripheral,
    PeripheralError,
    ReadNotify,
    RegistrationError,
    Service,
    UInt8,
    UInt16,
    characteristic,
    serve,
    sig,
)
from gattschema.bluez import CallFailed
from gattschema.events import BluezLost, BusLost
from tests.fake_bluez import (
    ADVERTISEMENT,
    ADVERTISING_MANAGER,
    GATT_MANAGER,
    PATIENCE,
    FakeAdapter,
    FakeBlueZ,
    Refusal,
    dbus_daemon,
    heed_interrupts,
)

APPLICATION = ["hci0 RegisterApplication", "hci0 UnregisterApplication"]
LIFE = [
    "hci0 RegisterApplication",
    "hci0 RegisterAdvertisement",
    "hci0 UnregisterAdvertisement",
    "hci0 UnregisterApplication",
]


class Lamp(Service, uuid="1a3b0000-7e57-4c0d-8a11-0123456789ab"):
    level: ReadNotify[UInt8] = characteristic(default=1)


class Battery(Service):
    battery_level: ReadNotify[UInt8] = characteristic(default=100)


class Hidden(Service, uuid="AAE0", primary=False):
    number: ReadNotify[UInt16] = characteristic(default=0)


async def enter(*services: Service, **options: Any) -> None:
    """Enter a peripheral and leave it at once, in good time."""
    async with asyncio.timeout(PATIENCE), Peripheral(*services, **options):
        pass


PACKAGE = Path(gattschema.__file__).parent


def our_tasks() -> list[Any]:
    """The tasks that run the package's code."""
    coroutines: list[Any] = [task.get_coro() for task in asyncio.all_tasks()]
    return [made for made in coroutines if Path(made.cr_code.co_filename).is_relative_to(PACKAGE)]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- a whole life ------------------------------------------------------------------------------------------------


async def test_entering_and_leaving(bluez: FakeBlueZ) -> None:
    """Inside the block the services are registered and advertised, after it they are not, by orderly calls."""
    async with Peripheral(Lamp(), Battery()) as running:
        assert isinstance(running, Peripheral)
        assert len(bluez.applications) == len(bluez.advertisements) == 1
        assert bluez.calls == LIFE[:2]
    assert bluez.calls == LIFE
    assert not bluez.applications
    assert not bluez.advertisements


@pytest.mark.usefixtures("bluez")
async def test_nothing_is_left_behind() -> None:
    """When the block has been left, no task of its runs any more and its connection is closed."""
    before = open_files()
    async with Peripheral(Lamp()):
        assert open_files() > before
    assert our_tasks() == []
    assert open_files() == before


async def test_nothing_is_left_behind_by_a_failure(bluez: FakeBlueZ) -> None:
    """Nor after a block that could not be entered."""
    before = open_files()
    bluez.refusals["RegisterAdvertisement"] = Refusal("org.bluez.Error.Failed", "no")
    with pytest.raises(AdvertisementError):
        await enter(Lamp())
    assert our_tasks() == []
    assert open_files() == before


async def test_an_adapter_that_is_off(bluez: FakeBlueZ) -> None:
    """It is switched on first and off again last."""
    bluez.adapter.powered = False
    async with Peripheral(Lamp()):
        assert bluez.adapter.powered
    assert bluez.calls == ["hci0 Powered=True", *LIFE, "hci0 Powered=False"]
    assert not bluez.adapter.powered


async def test_an_adapter_that_is_on(bluez: FakeBlueZ) -> None:
    """It stays on."""
    await enter(Lamp())
    assert bluez.calls == LIFE
    assert bluez.adapter.powered


async def test_an_error_in_the_block(bluez: FakeBlueZ) -> None:
    """It comes through as it is, and all is undone."""
    with pytest.raises(ZeroDivisionError):
        async with Peripheral(Lamp()):
            raise ZeroDivisionError
    assert bluez.calls == LIFE


async def test_a_cancelled_block(bluez: FakeBlueZ) -> None:
    """Cancelling the task undoes all, in order."""

    async def run() -> None:
        async with Peripheral(Lamp()):
            inside.set()
            await asyncio.Event().wait()

    inside = asyncio.Event()
    task = asyncio.ensure_future(run())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bluez.calls == LIFE


async def test_two_lives(bluez: FakeBlueZ) -> None:
    """The same services, in the same Peripheral or in another one, live again and again."""
    lamp = Lamp()
    peripheral = Peripheral(lamp)
    for life in (peripheral, peripheral, Peripheral(lamp)):
        async with life:
            path = bluez.path(Lamp.level.uuid)
            await bluez.start_notify(path)
            lamp.level += 1
            await bluez.settled()
            assert bluez.values == [bytes([lamp.level])]
            assert await bluez.read(path) == bytes([lamp.level])
        bluez.heard.clear()
    assert bluez.calls == LIFE * 3


async def test_two_at_once(bluez: FakeBlueZ) -> None:
    """Two peripherals with instances of their own do not mind each other."""
    async with Peripheral(Lamp()), Peripheral(Lamp()):
        assert len(bluez.applications) == len(bluez.advertisements) == 2
    assert bluez.applications == bluez.advertisements == {}


# --- what is passed ----------------------------------------------------------------------------------------------


def test_a_class_is_no_instance() -> None:
    """The error says how to make one."""
    with pytest.raises(TypeError, match=r"Lamp is the class; pass an instance: Lamp\(…\)"):
        Peripheral(Lamp)  # type: ignore[arg-type]


def test_other_things_are_no_services() -> None:
    """Nor is nothing at all."""
    with pytest.raises(TypeError, match="42 is no service"):
        Peripheral(42)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="needs a service"):
        Peripheral()


def test_the_same_instance_twice() -> None:
    """An instance is one service on the air."""
    lamp = Lamp()
    with pytest.raises(ValueError, match="given twice"):
        Peripheral(lamp, Battery(), lamp)


async def test_an_instance_in_two_peripherals(bluez: FakeBlueZ) -> None:
    """While it runs in one it cannot run in another; the first one does not notice."""
    lamp = Lamp()
    async with Peripheral(lamp):
        with pytest.raises(PeripheralError, match=r"Lamp\(level=1\) is served already") as told:
            await enter(Battery(), lamp)
        assert told.value.remedy == "Lamp(…)"
        assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"
    assert bluez.calls == LIFE


async def test_a_peripheral_is_entered_once(bluez: FakeBlueZ) -> None:
    """Entering it inside its own block is refused, and the block goes on and is left like any other."""
    running = Peripheral(Lamp())
    async with running:
        with pytest.raises(RuntimeError, match="it runs already; make a second Peripheral"):
            await running.__aenter__()
        assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"
    assert bluez.calls == LIFE


async def test_a_refused_claim_claims_nothing(bluez: FakeBlueZ) -> None:
    """The services that came along with a claimed one are free for others."""
    lamp, battery = Lamp(), Battery()
    async with Peripheral(lamp):
        with pytest.raises(PeripheralError):
            await enter(battery, lamp)
        await enter(battery)
    assert bluez.applications == {}


# --- the adapter -------------------------------------------------------------------------------------------------

TWO = (
    FakeAdapter("hci0", "00:11:22:33:44:55", "laptop", roles=["central"]),
    FakeAdapter("hci1", "66:77:88:99:AA:BB", "Dongle"),
    FakeAdapter("hci2", "CC:DD:EE:FF:00:11", "Spare"),
)


@pytest.mark.parametrize(
    "wanted", ["hci1", "HCI1", "66:77:88:99:AA:BB", "66:77:88:99:aa:bb", "Dongle", "dongle", None], ids=str
)
async def test_the_adapter_is_chosen(bluez: FakeBlueZ, wanted: str | None) -> None:
    """By its name, its address or its alias; else it is the first that can be a peripheral."""
    bluez.adapters = list(TWO)
    await enter(Lamp(), adapter=wanted)
    assert {call.split()[0] for call in bluez.calls} == {"hci1"}


async def test_an_unknown_adapter(bluez: FakeBlueZ) -> None:
    """The error lists those that there are."""
    bluez.adapters = list(TWO)
    with pytest.raises(NoAdapter) as told:
        await enter(Lamp(), adapter="hci7")
    assert told.value.finding == (
        "there is no adapter 'hci7'; BlueZ knows hci0 (00:11:22:33:44:55, 'laptop'), "
        "hci1 (66:77:88:99:AA:BB, 'Dongle'), hci2 (CC:DD:EE:FF:00:11, 'Spare')"
    )


async def test_no_adapter(bluez: FakeBlueZ) -> None:
    """BlueZ runs and has nothing to run on."""
    bluez.adapters = []
    with pytest.raises(NoAdapter, match="BlueZ knows no Bluetooth adapter\n    try: bluetoothctl list"):
        await enter(Lamp())


@pytest.mark.parametrize(
    "adapter",
    [
        FakeAdapter(roles=["central"]),
        FakeAdapter(managers=(ADVERTISING_MANAGER,)),
        FakeAdapter(managers=(GATT_MANAGER,)),
        FakeAdapter(managers=(), roles=None),
    ],
    ids=["central only", "takes no services", "does not advertise", "BR/EDR only"],
)
async def test_no_peripheral_role(bluez: FakeBlueZ, adapter: FakeAdapter) -> None:
    """An adapter without the role, or without what the role needs, is said to be so, also when asked for by name."""
    bluez.adapters = [adapter]
    for wanted in (None, "hci0"):
        with pytest.raises(
            NoPeripheralRole, match=r"hci0 cannot be a peripheral; its roles are .*\n    try: blue"
        ) as told:
            await enter(Lamp(), adapter=wanted)
        assert (", ".join(adapter.roles) if adapter.roles else "unknown") in told.value.finding
    assert bluez.calls == []


@pytest.mark.parametrize("roles", [None, ["central", "peripheral"], ["central-peripheral"]])
async def test_roles_that_will_do(bluez: FakeBlueZ, roles: list[str] | None) -> None:
    """BlueZ before 5.55 does not tell the roles; its adapters are given a try."""
    bluez.adapter.roles = roles
    await enter(Lamp())
    assert bluez.calls == LIFE


# --- failing at each step ----------------------------------------------------------------------------------------


async def test_a_blocked_adapter(bluez: FakeBlueZ) -> None:
    """What rfkill holds cannot be switched on; nothing is registered."""
    bluez.adapter.powered = False
    bluez.refusals["Set"] = Refusal("org.bluez.Error.Blocked", "Blocked through rfkill")
    lamp = Lamp()
    with pytest.raises(AdapterBlocked, match=r"hci0 cannot be switched on \(org.bluez.Error.Blocked") as told:
        await enter(lamp)
    assert told.value.remedy == "sudo rfkill unblock bluetooth"
    assert bluez.calls == ["hci0 Powered=True"]
    bluez.refusals.clear()
    await enter(lamp)


async def test_refused_services(bluez: FakeBlueZ) -> None:
    """The adapter is switched off again, and the services are free for another try."""
    bluez.adapter.powered = False
    bluez.refusals["RegisterApplication"] = Refusal("org.bluez.Error.Failed", "No valid service object found")
    lamp = Lamp()
    with pytest.raises(RegistrationError, match=r"refuses the services Lamp, Battery \(.*No valid service") as told:
        await enter(lamp, Battery())
    assert told.value.remedy == "journalctl -u bluetooth -n 20"
    assert bluez.calls == ["hci0 Powered=True", "hci0 RegisterApplication", "hci0 Powered=False"]
    bluez.refusals.clear()
    await enter(lamp)


async def test_a_refused_advertisement(bluez: FakeBlueZ) -> None:
    """The services are taken back, and the error counts the octets that BlueZ does not speak of."""
    bluez.adapter.powered = False
    bluez.refusals["RegisterAdvertisement"] = Refusal("org.bluez.Error.Failed", "Failed to register advertisement")
    lamp = Lamp()
    with pytest.raises(AdvertisementError) as told:
        await enter(lamp, Battery(), appearance=0x0340)
    assert told.value.finding.startswith(
        "BlueZ refuses Advertisement (org.bluez.Error.Failed: Failed to register advertisement), which has\n"
        "advertisement: 29 of 31 octets\n"
    )
    for row in (" 4  16-bit services", "18  128-bit services", " 4  appearance", " 3  flags"):
        assert row in told.value.finding
    assert "journalctl -u bluetooth" in told.value.remedy
    assert bluez.calls == [
        "hci0 Powered=True",
        "hci0 RegisterApplication",
        "hci0 RegisterAdvertisement",
        "hci0 UnregisterApplication",
        "hci0 Powered=False",
    ]
    assert bluez.applications == {}
    bluez.refusals.clear()
    await enter(lamp)


@pytest.mark.parametrize("member", ["Set", "RegisterApplication", "RegisterAdvertisement"])
async def test_cancelled_at_each_step(bluez: FakeBlueZ, member: str) -> None:
    """Who loses patience while BlueZ thinks leaves nothing behind."""
    bluez.adapter.powered = False
    bluez.silent.add(member)
    lamp = Lamp()
    task = asyncio.ensure_future(Peripheral(lamp).__aenter__())
    await bluez.until(lambda: bluez.calls and bluez.calls[-1].startswith(("hci0 Powered", f"hci0 {member}")))
    await bluez.until(lambda: member == "Set" or f"hci0 {member}" in bluez.calls)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bluez.applications == {}
    assert not bluez.adapter.powered
    bluez.silent.clear()
    await enter(lamp)


@pytest.mark.parametrize("member", ["UnregisterAdvertisement", "UnregisterApplication"])
async def test_what_cannot_be_undone_keeps_nothing_else_from_it(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, member: str
) -> None:
    """A step back that fails is told, by an error or a warning in the log, and the others are taken all the same."""
    bluez.adapter.powered = False
    bluez.refusals[member] = Refusal("org.bluez.Error.Failed", "not now")
    lamp = Lamp()
    told: list[str] = []
    try:
        await enter(lamp)
    except (CallFailed, PeripheralError) as error:
        told.append(str(error))
    told += [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert any("not now" in text for text in told)
    assert bluez.calls == ["hci0 Powered=True", *LIFE, "hci0 Powered=False"]
    bluez.refusals.clear()
    await enter(lamp)


async def test_an_advertisement_that_bluez_has_released(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """What BlueZ took back itself needs no undoing; leaving is no error, and no cause for alarm."""
    async with Peripheral(Lamp()):
        ((client, path),) = bluez.advertisements
        assert await bluez._ask(client, path, ADVERTISEMENT, "Release") is None
        bluez.advertisements.clear()
    assert bluez.applications == {}
    assert [record.getMessage() for record in caplog.records] == []


async def test_an_adapter_that_is_unplugged(bluez: FakeBlueZ) -> None:
    """Its objects are gone, so there is nothing to undo; leaving is no error."""
    lamp = Lamp()
    async with Peripheral(lamp):
        unplugged, bluez.adapters = bluez.adapters, []
    bluez.adapters = unplugged
    await enter(lamp)


# --- what is missing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["unix:path=/nowhere/at/all", "carrier:pigeon=yes"])
async def test_no_bus(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Nothing listens there, or the address is nonsense."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    lamp = Lamp()
    for _ in range(2):
        with pytest.raises(NoBus, match=r"there is no system bus at .*: .*\n    try: sudo systemctl start dbus"):
            await enter(lamp)


@pytest.mark.usefixtures("system_bus")
async def test_no_bluez() -> None:
    """The bus runs, bluetoothd does not."""
    with pytest.raises(NoBlueZ, match=r"bluetoothd does not run (.|\n)*try: sudo systemctl enable --now bluetooth"):
        await enter(Lamp())


async def on_a_bus_that_forbids(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rule: str, test: Callable[[FakeBlueZ], Awaitable[None]]
) -> None:
    """Run *test* with an org.bluez that joined before *rule* was made."""
    with dbus_daemon(folder, rule) as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await FakeBlueZ().join(daemon.address)
        await test(bluez)
        await bluez.leave()


@pytest.mark.parametrize("interface", ["org.freedesktop.DBus.ObjectManager", GATT_MANAGER, ADVERTISING_MANAGER])
async def test_not_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interface: str) -> None:
    """The bus's policy keeps this user from one interface of BlueZ: the error names it, and all is undone."""
    rule = f'<deny send_destination="org.bluez" send_interface="{interface}"/>'

    async def test(bluez: FakeBlueZ) -> None:
        with pytest.raises(NotAllowed, match=rf"may not call {interface}\.\w+: (.|\n)*try: sudo usermod -aG bluetooth"):
            await enter(Lamp())
        assert bluez.applications == bluez.advertisements == {}
        assert bluez.calls == (APPLICATION if interface == ADVERTISING_MANAGER else [])

    await on_a_bus_that_forbids(tmp_path, monkeypatch, rule, test)


async def test_not_allowed_to_switch_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is with the adapter's power."""
    rule = '<deny send_destination="org.bluez" send_interface="org.freedesktop.DBus.Properties"/>'

    async def test(bluez: FakeBlueZ) -> None:
        bluez.adapter.powered = False
        with pytest.raises(NotAllowed, match=r"may not call org\.freedesktop\.DBus\.Properties\.Set"):
            await enter(Lamp())
        assert bluez.calls == []

    await on_a_bus_that_forbids(tmp_path, monkeypatch, rule, test)


async def test_not_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bus does not let this user in at all."""
    with dbus_daemon(tmp_path, '<deny user="*"/>') as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        with pytest.raises(NotAllowed, match="the system bus does not let this user in"):
            await enter(Lamp())


# --- what goes away ----------------------------------------------------------------------------------------------


async def test_bluez_goes_away(bluez: FakeBlueZ) -> None:
    """Assigning does no harm, leaving is no error, and the services are free for another life."""
    lamp, lost = Lamp(), asyncio.Event()
    peripheral = Peripheral(lamp)
    peripheral.on(BluezLost, lambda _: lost.set())
    async with asyncio.timeout(PATIENCE), peripheral:
        await bluez.start_notify(bluez.path(Lamp.level.uuid))
        await bluez.leave()
        await lost.wait()
        for number in range(200):
            lamp.level = number
    again = await FakeBlueZ().join(os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
    await enter(lamp)
    assert again.calls == LIFE
    await again.leave()


@pytest.mark.parametrize("assignments", [0, 1, 1000])
async def test_the_bus_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, assignments: int
) -> None:
    """So it is when dbus-daemon dies; leaving takes no time though nobody answers any more, and logs no alarm."""
    lamp = Lamp()
    with dbus_daemon(tmp_path) as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await FakeBlueZ().join(daemon.address)
        bluez.adapter.powered = False
        peripheral, lost = Peripheral(lamp), asyncio.Event()
        peripheral.on(BusLost, lambda _: lost.set())
        async with asyncio.timeout(PATIENCE), peripheral:
            await bluez.start_notify(bluez.path(Lamp.level.uuid))
            daemon.process.kill()
            await lost.wait()
            for number in range(assignments):
                lamp.level = number % 256
        with suppress(EOFError):
            await bluez.bus.wait_for_disconnect()
    with pytest.raises(NoBus):
        await enter(lamp)
    gc.collect()  # which is when asyncio complains of futures that nobody asked
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


async def test_leaving_leaves_other_sockets_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dead connection's file descriptor may be somebody else's by now: it is not touched."""
    lamp = Lamp()
    with dbus_daemon(tmp_path) as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await FakeBlueZ().join(daemon.address)
        peripheral, lost = Peripheral(lamp), asyncio.Event()
        peripheral.on(BusLost, lambda _: lost.set())
        async with asyncio.timeout(PATIENCE), peripheral:
            daemon.process.kill()
            await lost.wait()
            with suppress(EOFError):
                await bluez.bus.wait_for_disconnect()
            pairs = [socket.socketpair() for _ in range(4)]
        with ExitStack() as stack:
            ends = [stack.enter_context(end) for pair in pairs for end in pair]
            for end in ends:
                assert not asyncio.get_running_loop().remove_writer(end)
                end.setblocking(False)  # noqa: FBT003
                with pytest.raises(BlockingIOError):
                    end.recv(1)


@pytest.mark.parametrize("member", ["Set", "RegisterApplication", "RegisterAdvertisement"])
async def test_the_bus_goes_away_on_entering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str) -> None:
    """Whatever step it happens at, it is a PeripheralError, and it comes at once."""
    lamp = Lamp()
    with dbus_daemon(tmp_path) as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await FakeBlueZ().join(daemon.address)
        bluez.adapter.powered = False
        bluez.silent.add(member)
        bluez.before[member] = daemon.process.kill
        with pytest.raises(PeripheralError):
            await enter(lamp)
        with suppress(EOFError):
            await bluez.bus.wait_for_disconnect()


@pytest.mark.parametrize("member", ["GetManagedObjects", "Set", "RegisterApplication", "RegisterAdvertisement"])
async def test_bluez_goes_away_on_entering(bluez: FakeBlueZ, member: str) -> None:
    """Also if bluetoothd dies between two steps or in the middle of one."""
    bluez.adapter.powered = False
    bluez.silent.add(member)
    bluez.before[member] = lambda: asyncio.get_running_loop().call_soon(bluez.bus.disconnect) and None
    with pytest.raises(PeripheralError):
        await enter(Lamp())
    await bluez.bus.wait_for_disconnect()


# --- the advertisement -------------------------------------------------------------------------------------------

LAMP, BATTERY = "1a3b0000-7e57-4c0d-8a11-0123456789ab", "0000180f-0000-1000-8000-00805f9b34fb"
HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"


async def advertised(bluez: FakeBlueZ, *services: Service, **options: Any) -> dict[str, Any]:
    async with Peripheral(*services, **options):
        return dict(bluez.advertisement)


async def test_the_least_advertisement(bluez: FakeBlueZ) -> None:
    """Without a name it is the adapter's; phones may discover it; what is not said is not there."""
    assert await advertised(bluez, Lamp()) == {
        "Type": "peripheral",
        "ServiceUUIDs": [LAMP],
        "Discoverable": True,
        "Includes": ["local-name"],
    }


async def test_name_and_appearance(bluez: FakeBlueZ) -> None:
    """A name of its own excludes the adapter's: BlueZ refuses both together."""
    assert await advertised(bluez, Lamp(), name="Hall", appearance=0) == {
        "Type": "peripheral",
        "ServiceUUIDs": [LAMP],
        "Discoverable": True,
        "LocalName": "Hall",
        "Appearance": 0,
    }


async def test_primary_services_are_advertised_once(bluez: FakeBlueZ) -> None:
    """In the order given; two instances of a class have one UUID, and secondary services are found through others."""
    made = await advertised(bluez, Lamp(), Hidden(), Battery(), Lamp())
    assert made["ServiceUUIDs"] == [LAMP, BATTERY]


@pytest.mark.parametrize(
    ("options", "refusal", "advice"),
    [
        ({"name": 5}, TypeError, "write name='5'"),
        ({"name": b"Hall"}, TypeError, "name=b'Hall' is no text"),
        ({"appearance": "heart_rate_belt"}, TypeError, "write appearance=sig.appearance('heart_rate_belt')"),
        ({"appearance": 1.5}, TypeError, "appearance=1.5 is no number"),
        ({"appearance": True}, TypeError, "appearance=True is no number"),
        ({"appearance": -1}, ValueError, "appearance=-0x1 is not within 0 … 0xFFFE"),
        ({"appearance": 0xFFFF}, ValueError, "appearance=0xffff is not within 0 … 0xFFFE"),
        ({"appearance": 0x10000}, ValueError, "appearance=0x10000 is not within 0 … 0xFFFE"),
    ],
)
def test_what_cannot_be_advertised_is_refused_before_any_bus(
    options: dict[str, Any], refusal: type[Exception], advice: str
) -> None:
    """The line that says it raises, with what to write; there is no bus here."""
    for call in (Peripheral, serve):
        with pytest.raises(refusal, match=re.escape(advice)):
            call(Lamp(), **options)


def test_the_edges_of_appearances_are_taken() -> None:
    """All 16 bits but those that BlueZ takes for none, and the SIG's by name, as the refusal of a name says."""
    for appearance in (0, 0xFFFE, sig.appearance("heart_rate_belt"), None):
        Peripheral(Lamp(), appearance=appearance)


async def test_chosen_services_are_advertised(bluez: FakeBlueZ) -> None:
    """``advertise=`` says which, and in what order."""
    lamp, battery = Lamp(), Battery()
    assert (await advertised(bluez, lamp, battery, advertise=[battery]))["ServiceUUIDs"] == [BATTERY]
    assert (await advertised(bluez, lamp, battery, advertise=[battery, lamp]))["ServiceUUIDs"] == [BATTERY, LAMP]


@pytest.mark.parametrize("services", [(Lamp,), (Hidden,)])
async def test_no_services_are_advertised(bluez: FakeBlueZ, services: tuple[type[Service], ...]) -> None:
    """Unset is absent: an empty list of UUIDs is none."""
    made = await advertised(bluez, *(cls() for cls in services), advertise=[])
    assert "ServiceUUIDs" not in made


async def test_what_is_served_is_advertised(bluez: FakeBlueZ) -> None:
    """In a second life what is served then; and also where an advertisement that came with it does not fit."""
    lamp, battery = Lamp(), Battery()
    peripheral = Peripheral(lamp, name="Hall")
    async with peripheral as running:
        with pytest.raises(AdvertisementError, match="of 31"):
            await running.add(battery, Advertisement(manufacturer_data={1: bytes(40)}))
        await bluez.until(lambda: bluez.advertisement["ServiceUUIDs"] == [LAMP, BATTERY])
        await running.remove(lamp)
        await bluez.until(lambda: bluez.advertisement["ServiceUUIDs"] == [BATTERY])
    async with peripheral:
        assert bluez.advertisement["ServiceUUIDs"] == [LAMP]


async def test_what_the_program_advertises_stays(bluez: FakeBlueZ) -> None:
    """The advertisement that was made is told of what comes and goes, and of nothing else."""
    battery = Battery()
    async with Peripheral(Lamp(), name="Hall") as running:
        made = running.advertisement
        made.services = ["heart_rate"]
        await running.add(beacon := Advertisement(connectable=False, services=[Battery]))
        assert list(map(str, made.services)) == [HEART_RATE]
        await running.add(battery)
        assert list(map(str, made.services)) == [BATTERY, HEART_RATE]
        await running.remove(battery, beacon)
        assert list(map(str, made.services)) == [HEART_RATE]
        await bluez.until(lambda: bluez.advertisement["ServiceUUIDs"] == [HEART_RATE])


# --- serve -------------------------------------------------------------------------------------------------------


async def test_serve_is_for_the_main_thread(bluez: FakeBlueZ) -> None:
    """Elsewhere no signal would end it: it says what to write there, before anything is done."""
    with pytest.raises(RuntimeError, match=r"only the main thread gets; write: with Peripheral"):
        await asyncio.to_thread(serve, Lamp())
    assert bluez.calls == []


async def run_script(
    folder: Path, source: str, act: Callable[[asyncio.subprocess.Process], Awaitable[None]]
) -> tuple[int | None, bytes]:
    """Run a script with all of Python's warnings shown; give its exit code and all that it printed."""
    script = folder / "script.py"
    script.write_text(dedent(source))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "always", str(script)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=Path(__file__).parents[1],
        preexec_fn=heed_interrupts,
    )
    try:
        await act(process)
        async with asyncio.timeout(4 * PATIENCE):
            printed, _ = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return process.returncode, printed


async def test_ctrl_c_ends_serve(bluez: FakeBlueZ, tmp_path: Path) -> None:
    """Exit code 0, nothing printed, everything taken back by orderly calls."""

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        await bluez.until(lambda: bluez.advertisements)
        (_, path, *_) = bluez.objects
        assert await bluez.read(path) == b"\x01", "by a task, so that serve() has had its turn before"
        process.send_signal(signal.SIGINT)

    script = """
        from gattschema import Read, Service, UInt8, characteristic, serve

        class Lamp(Service, uuid="AAE1"):
            level: Read[UInt8] = characteristic(init=False)

            @level.on_read
            async def _level(self):
                return 1

        serve(Lamp(), name="Lamp")
    """
    assert await run_script(tmp_path, script, interrupt) == (0, b"")
    assert bluez.calls == LIFE


async def test_a_program_that_ends_has_nothing_to_warn_of(bluez: FakeBlueZ, tmp_path: Path) -> None:
    """No socket is left open and no task is destroyed, though the event loop ends right behind the block."""

    async def wait(_: asyncio.subprocess.Process) -> None: ...

    script = """
        import asyncio
        from gattschema import Peripheral, ReadNotify, Service, UInt8, characteristic

        class Lamp(Service, uuid="AAE1"):
            level: ReadNotify[UInt8] = characteristic(default=1)

        async def main():
            async with Peripheral(Lamp()):
                pass

        asyncio.run(main())
    """
    assert await run_script(tmp_path, script, wait) == (0, b"")
    assert bluez.calls == LIFE


# --- the errors --------------------------------------------------------------------------------------------------


def test_each_error_says_what_mends_it() -> None:
    """Every PeripheralError has a remedy, and shows it."""
    for kind in PeripheralError.__subclasses__():
        error = kind("It is so")
        assert str(error) == f"It is so\n    try: {kind.remedy}"
        assert str(kind("It is so", "mend it")) == "It is so\n    try: mend it"
    remedies = [kind.remedy for kind in PeripheralError.__subclasses__()]
    assert len(set(remedies)) == len(remedies) - 2, "just the three refusals by BlueZ share one: its log"


async def test_an_end_that_is_cut_off_gives_sigterm_back(bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is cancelled while it waits for its own functions has left all the same."""
    before = signal.getsignal(signal.SIGTERM)
    peripheral = Peripheral(Lamp())

    async def cut_off() -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(peripheral._hub, "end", cut_off)
    with pytest.raises(asyncio.CancelledError):
        async with peripheral:
            assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
    assert bluez.applications == {}
