"""Whatever goes away, everything comes back with it: services, adverts, the agent, and what was assigned meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import attrs
import pytest
from dbus_fast import Variant

import gattschema
from gattschema import (
    Advertisement,
    AdvertisementError,
    Notify,
    Peripheral,
    PeripheralError,
    Read,
    ReadNotify,
    RegistrationError,
    RequestRefused,
    Service,
    UInt8,
    UInt16,
    characteristic,
)
from gattschema.bluez import Release, Session
from gattschema.bluez._bus import owner_of
from gattschema.events import (
    AdapterBack,
    AdapterChanged,
    AdapterLost,
    AdvertisementReleased,
    BluezBack,
    BluezLost,
    BusBack,
    BusLost,
    Connected,
    Disconnected,
    Event,
    ReadBy,
    Subscribed,
    Unsubscribed,
)
from gattschema.pairing import JustWorks
from gattschema.schema import pushes
from tests.fake_bluez import (
    ADVERTISEMENT,
    ANN,
    BEN,
    DAEMON,
    PATIENCE,
    Daemon,
    FakeAdapter,
    FakeBlueZ,
    FakeDevice,
    FakeSocket,
    Refusal,
    dbus_daemon,
    device_path,
)

REGISTERED = ["hci0 RegisterApplication", "hci0 RegisterAdvertisement"]
ON, OFF = Variant("b", True), Variant("b", False)  # noqa: FBT003  (D-Bus values)
HCI0 = "00:11:22:33:44:55"
OTHER = "66:77:88:99:AA:BB"
LOSSES = (BusLost, BusBack, BluezLost, BluezBack, AdapterLost, AdapterBack)


class Lamp(Service, uuid="AAD0"):
    level: ReadNotify[UInt8] = characteristic(default=1)
    step: Notify[UInt16] = characteristic(default=0, policy="every")


class Piped(Service, uuid="AAD1"):
    level: ReadNotify[UInt8] = characteristic(default=1, transport="socket")
    step: Notify[UInt16] = characteristic(default=0, policy="every", transport="socket")


class Fan(Service, uuid="AAD2"):
    speed: ReadNotify[UInt8] = characteristic(default=2)


class Battery(Service):
    battery_level: ReadNotify[UInt8] = characteristic(default=100)


class Tower(Service, uuid="AAD3", includes=(Battery,)):
    floors: Read[UInt8] = characteristic(default=9)


LEVEL, STEP = Lamp.level.uuid, Lamp.step.uuid


# --- what the tests are made with --------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other quickly, and each is logged."""
    monkeypatch.setattr("gattschema.bluez._away.RESTART", -1.0)
    monkeypatch.setattr("gattschema.bluez._away.SETTLING", 0.05)
    monkeypatch.setattr("gattschema._keeper.PAUSES", (0.005, 0.05))
    monkeypatch.setattr("gattschema.bluez._session.LOOK_AGAIN", 0.05)


class Told:
    """The events of a peripheral."""

    def __init__(self, peripheral: Peripheral) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()
        peripheral.on(Event, self._take)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, kind: type[Event], count: int = 1) -> Any:
        """Wait for the event number *count* of that kind, and give it."""
        async with asyncio.timeout(PATIENCE):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._news.clear()
                await self._news.wait()
        return found[count - 1]

    @property
    def names(self) -> list[str]:
        """Those of phones and losses."""
        return [type(event).__name__ for event in self.events if not isinstance(event, AdapterChanged | ReadBy)]

    @property
    def losses(self) -> list[str]:
        return [type(event).__name__ for event in self.events if isinstance(event, LOSSES)]


Begin = Callable[..., Awaitable[FakeBlueZ]]


@pytest.fixture
async def begin(system_bus: Daemon) -> AsyncIterator[Begin]:
    """Start a bluetoothd, and another one when it has left; the phones that it knows are not connected."""
    all_of_them: list[FakeBlueZ] = []

    async def start(*phones: str, address: str = system_bus.address, **options: Any) -> FakeBlueZ:
        devices = {phone: FakeDevice(connected=phone in phones) for phone in (ANN, BEN)}
        all_of_them.append(FakeBlueZ(devices=devices, **options))
        return await all_of_them[-1].join(address)

    yield start
    for one in all_of_them:
        if one.bus.connected:
            await one.leave()


async def stop(bluez: FakeBlueZ, *subscribed: str) -> None:
    """bluetoothd ends in good order: it lets go of phones, adverts and adapters, and leaves."""
    for path in subscribed:
        await bluez.stop_notify(path)
    for address, device in bluez.devices.items():
        if device.connected:
            bluez.tell_device(address, connected=False)
    await release_adverts(bluez)
    for adapter in list(bluez.adapters):
        bluez.remove_adapter(adapter)
    await bluez.leave()


async def release_adverts(bluez: FakeBlueZ) -> None:
    """With an adapter go its adverts (``manager_destroy`` in ``src/advertising.c``)."""
    for client, path in list(bluez.advertisements):
        await bluez._ask(client, path, ADVERTISEMENT, "Release")


async def unplug(bluez: FakeBlueZ) -> None:
    """The adapter is gone, and with it the phones and the adverts."""
    for address, device in bluez.devices.items():
        if device.connected:
            bluez.tell_device(address, connected=False)
    await release_adverts(bluez)
    bluez.remove_adapter(bluez.adapter)


async def soon(what: Callable[[], object]) -> None:
    """Wait for something that no event tells of."""
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110  (there is no event for it)
            await asyncio.sleep(0.001)


def notes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


PACKAGE = Path(gattschema.__file__).parent


def our_tasks() -> list[Any]:
    """The tasks that run the package's code."""
    coroutines: list[Any] = [task.get_coro() for task in asyncio.all_tasks()]
    return [made for made in coroutines if Path(made.cr_code.co_filename).is_relative_to(PACKAGE)]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- bluetoothd --------------------------------------------------------------------------------------------------


async def test_bluetoothd_is_killed_and_started_again(begin: Begin) -> None:
    """Services and adverts are back with it, and the newest values; each thing is told once, in its order."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp, name="Hall"))
    async with peripheral as running:
        await bluez.start_notify(bluez.path(LEVEL))
        assert running.centrals[0].address == ANN
        await bluez.leave()
        await told.until(BluezLost)
        assert Lamp.level.of(lamp).subscribers == 0
        assert running.centrals == ()
        assert running.services == (lamp,)
        assert running.adapter.address == HCI0, "what it was"
        lamp.level = 7
        again = await begin()
        await told.until(BluezBack)
        assert again.calls == REGISTERED
        assert again.advertisement["LocalName"] == "Hall"
        assert await again.read(again.path(LEVEL)) == b"\x07"
        again.tell_device(ANN, connected=True)
        await again.start_notify(again.path(LEVEL))
        assert Lamp.level.of(lamp).subscribers == 1
        assert [device.address for device in running.centrals] == [ANN]
    assert told.names == [
        *("Connected", "Subscribed"),
        *("Unsubscribed", "Disconnected", "BluezLost", "BluezBack"),
        *("Connected", "Subscribed", "Unsubscribed"),
    ]
    assert again.calls[2:] == ["hci0 UnregisterAdvertisement", "hci0 UnregisterApplication"]


async def test_bluetoothd_is_stopped_and_started_again(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says goodbye bit by bit, and takes the adverts off the air itself: all of it is one loss, and all returns."""
    monkeypatch.setattr("gattschema.bluez._away.SETTLING", 600.0)
    hall = Advertisement(name="Hall")
    bluez = await begin(ANN)
    told = Told(peripheral := Peripheral(Lamp(), hall))
    async with peripheral as running:
        path = bluez.path(LEVEL)
        await bluez.start_notify(path)
        await stop(bluez, path)
        await told.until(BluezLost)
        again = await begin()
        await told.until(BluezBack)
        assert again.calls == REGISTERED
        assert running.advertisements == (hall,)
    assert told.names == ["Connected", "Subscribed", "Unsubscribed", "Disconnected", "BluezLost", "BluezBack"]


async def test_an_advert_that_bluez_has_taken_off_the_air(begin: Begin) -> None:
    """Where that is all that happens it is told, and the advert does not come back by itself, but when it is added."""
    hall = Advertisement(name="Hall")
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), hall))
    async with peripheral as running:
        await release_adverts(bluez)
        bluez.advertisements.clear()
        assert (await told.until(AdvertisementReleased)).advertisement is hall
        assert running.advertisements == ()
        await bluez.leave()
        again = await begin()
        await told.until(BluezBack)
        assert again.calls == REGISTERED[:1]
        await running.add(hall)
        assert again.advertisement["LocalName"] == "Hall"


async def test_many_restarts(begin: Begin) -> None:
    """The tenth is like the first."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        for count in range(1, 11):
            path = bluez.path(LEVEL)
            await bluez.start_notify(path)
            lamp.level = count
            await bluez.settled()
            assert bluez.heard == [(path, bytes([count]))]
            await bluez.leave()
            await told.until(BluezLost, count)
            bluez = await begin(ANN)
            await told.until(BluezBack, count)
    assert told.losses == ["BluezLost", "BluezBack"] * 10


@pytest.mark.parametrize(
    "member", ["GetManagedObjects", "RegisterAgent", "RegisterApplication", "RegisterAdvertisement"]
)
async def test_it_leaves_in_the_middle_of_its_return(begin: Begin, member: str) -> None:
    """It is tried again with the next one, and nothing is told until all is back."""
    bluez = await begin(ANN)
    told = Told(peripheral := Peripheral(Lamp(), pairing=JustWorks()))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        dying = await begin(ANN, silent={member})
        dying.before[member] = lambda: asyncio.get_running_loop().call_soon(dying.bus.disconnect) and None
        await dying.bus.wait_for_disconnect()
        again = await begin(ANN)
        await told.until(BluezBack)
        assert len(again.applications) == len(again.advertisements) == len(again.agents) == 1
    assert told.losses == ["BluezLost", "BluezBack"]
    phones = [type(event) for event in told.events if isinstance(event, Connected | Disconnected)]
    assert phones == [Connected, Disconnected] * (len(phones) // 2) + [Connected]


@pytest.mark.parametrize("member", ["RegisterAgent", "RegisterApplication", "RegisterAdvertisement"])
async def test_what_is_refused_is_tried_again(begin: Begin, caplog: pytest.LogCaptureFixture, member: str) -> None:
    """A bluetoothd that is not ready yet refuses for a while: the log says so once, not at every attempt."""
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), pairing=JustWorks()))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(refusals={member: Refusal("org.bluez.Error.Failed", "not yet")})
        await again.until(lambda: sum(member in call for call in again.calls) >= 4)
        again.refusals.clear()
        await told.until(BluezBack)
        assert len(again.applications) == len(again.advertisements) == len(again.agents) == 1
    assert told.losses == ["BluezLost", "BluezBack"]
    assert len([text for text in notes(caplog) if "not yet" in text]) == 1


async def test_a_restart_is_left_its_time(
    begin: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log gives no advice in the seconds that any restart takes: it tells of the loss and of the return."""
    monkeypatch.setattr("gattschema.bluez._away.RESTART", 600.0)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(refusals={"RegisterApplication": Refusal("org.bluez.Error.Failed", "not yet")})
        await again.until(lambda: len(again.calls) >= 3)
        again.refusals.clear()
        await told.until(BluezBack)
    assert notes(caplog) == ["bluetoothd is gone; its return is awaited", "bluetoothd is back"]


async def test_what_should_not_happen_is_logged_and_tried_again(
    begin: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours at one attempt is no reason to stay away for good."""
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    register, failures = Session.register, [ZeroDivisionError("oops")]

    async def fail_once(session: Session, **options: Any) -> None:
        if failures:
            raise failures.pop()
        await register(session, **options)

    async with peripheral:
        monkeypatch.setattr(Session, "register", fail_once)
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin()
        await told.until(BluezBack)
        assert again.calls == REGISTERED
    assert any("oops" in (record.exc_text or "") for record in caplog.records)


async def test_what_ends_the_watch_for_losses_is_logged(
    begin: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours after which nothing would come back; the end of the block is no such thing."""
    bluez, ended = await begin(), asyncio.Event()

    def fail(*_: object) -> None:
        ended.set()
        raise asyncio.CancelledError  # which nobody has asked for

    async with Peripheral(Lamp()):
        pass
    assert notes(caplog) == []
    async with Peripheral(Lamp()):
        monkeypatch.setattr("gattschema.bluez.Away.lose", fail)
        await bluez.leave()
        await ended.wait()
        await soon(lambda: notes(caplog))
    assert notes(caplog) == ["what is lost does not come back from now on, and this should not happen"]


async def test_a_callback_that_asks_for_what_was_cancelled(begin: Begin) -> None:
    """CancelledError that comes out of a callback does not end the watch for losses."""
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    peripheral.on(BluezLost, lambda _: cancelled.result())
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        await begin()
        await told.until(BluezBack)


# --- the adapter -------------------------------------------------------------------------------------------------


async def test_the_adapter_is_unplugged_and_comes_back(begin: Begin) -> None:
    """It is the same by its address, whatever BlueZ calls it then."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral as running:
        await bluez.start_notify(bluez.path(LEVEL))
        await unplug(bluez)
        lost = await told.until(AdapterLost)
        assert (lost.reason, lost.adapter.name, lost.adapter.address) == ("removed", "hci0", HCI0)
        lamp.level = 9
        bluez.add_adapter(FakeAdapter("hci1", HCI0))
        back = await told.until(AdapterBack)
        assert back.adapter.name == running.adapter.name == "hci1"
        assert await bluez.read(bluez.path(LEVEL)) == b"\x09"
        assert len(bluez.advertisements) == 1
    assert bluez.calls == [
        *REGISTERED,
        *[call.replace("hci0", "hci1") for call in REGISTERED],
        "hci1 UnregisterAdvertisement",
        "hci1 UnregisterApplication",
    ]
    assert told.names == [
        *("Connected", "Subscribed", "Unsubscribed", "Disconnected", "AdapterLost", "AdapterBack"),
    ]


async def test_an_adapter_that_comes_back_bit_by_bit(begin: Begin) -> None:
    """5.87 shows the adapter first and what registers adverts with it later: all of it is waited for."""
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral:
        await unplug(bluez)
        await told.until(AdapterLost)
        half = FakeAdapter(managers=())
        bluez.add_adapter(half)
        await bluez.until(lambda: not bluez.advertisements)
        half.managers = FakeAdapter().managers
        bluez.adapters.remove(half)
        bluez.add_adapter(half)
        await told.until(AdapterBack)
    assert bluez.calls[2:4] == REGISTERED


async def test_another_adapter_is_taken_after_a_while(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one used so far is waited for first: a hub that was unplugged brings them back in any order."""
    monkeypatch.setattr("gattschema.bluez._session.SAME_ADAPTER", 0.3)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    clock = asyncio.get_running_loop().time
    async with peripheral as running:
        await unplug(bluez)
        began = clock()
        bluez.add_adapter(FakeAdapter("hci1", OTHER))
        await told.until(AdapterLost)
        await told.until(AdapterBack)
        assert clock() - began >= 0.3
        assert running.adapter.address == OTHER


async def test_the_time_begins_when_bluetoothd_is_back(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it was away, the adapter used so far has its time to appear, and then is told to be lost."""
    monkeypatch.setattr("gattschema.bluez._session.SAME_ADAPTER", 0.3)
    monkeypatch.setattr("gattschema.bluez._away.APPEARING", 0.1)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    clock = asyncio.get_running_loop().time
    async with peripheral as running:
        await bluez.leave()
        await told.until(BluezLost)
        lost = clock()
        await soon(lambda: clock() - lost > 0.4)
        began = clock()
        await begin(adapters=[FakeAdapter("hci1", OTHER)])
        await told.until(BluezBack)
        assert clock() - began >= 0.3
        assert running.adapter.address == OTHER
    assert told.losses == ["BluezLost", "AdapterLost", "BluezBack", "AdapterBack"]


async def test_the_same_adapter_comes_first(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within that time another one is not touched, even if it is the first in line."""
    monkeypatch.setattr("gattschema.bluez._session.SAME_ADAPTER", 600.0)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral as running:
        await unplug(bluez)
        await told.until(AdapterLost)
        bluez.add_adapter(FakeAdapter("hci0", OTHER))
        bluez.add_adapter(FakeAdapter("hci1", HCI0))
        await told.until(AdapterBack)
        assert running.adapter.name == "hci1"
    assert {call.split()[0] for call in bluez.calls[2:]} == {"hci1"}


@pytest.mark.parametrize("wanted", ["hci0", HCI0])
async def test_an_adapter_that_was_asked_for(begin: Begin, monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    """No other one is taken, however long it takes."""
    monkeypatch.setattr("gattschema.bluez._session.SAME_ADAPTER", 0.0)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), adapter=wanted))
    async with peripheral as running:
        await unplug(bluez)
        await told.until(AdapterLost)
        bluez.add_adapter(FakeAdapter("hci1", OTHER))
        bluez.add_adapter(FakeAdapter("hci0", HCI0))
        await told.until(AdapterBack)
        assert running.adapter.name == "hci0"
    assert {call.split()[0] for call in bluez.calls} == {"hci0"}


async def test_switched_off_by_a_person(begin: Begin) -> None:
    """That is respected: it is not switched on again, but used again as soon as somebody else has done so."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        path = bluez.path(LEVEL)
        await bluez.start_notify(path)
        await bluez.stop_notify(path)
        bluez.change_adapter(bluez.adapter, Powered=OFF)
        bluez.tell_device(ANN, connected=False)
        bluez.change_adapter(bluez.adapter, Powered=OFF, Discovering=OFF)  # 5.87 says it twice
        lost = await told.until(AdapterLost)
        assert lost.reason == "off"
        await bluez.until(lambda: not bluez.applications)
        bluez.change_adapter(bluez.adapter, PowerState=Variant("s", "off-enabling"))
        bluez.change_adapter(bluez.adapter, Powered=ON)
        await told.until(AdapterBack)
        assert len(bluez.applications) == len(bluez.advertisements) == 1
    assert told.names == [
        *("Connected", "Subscribed", "Unsubscribed", "Disconnected", "AdapterLost", "AdapterBack"),
    ]
    assert not any("Powered" in call for call in bluez.calls)


async def test_switched_off_with_another_one_there(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter that is off is there, and waited for: the peripheral does not move to another one."""
    monkeypatch.setattr("gattschema.bluez._session.SAME_ADAPTER", 0.0)
    bluez = await begin(adapters=[FakeAdapter("hci0", OTHER, roles=["central"]), FakeAdapter("hci1", HCI0)])
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral as running:
        assert running.adapter.name == "hci1"
        bluez.change_adapter(bluez.adapters[1], Powered=OFF)
        await told.until(AdapterLost)
        bluez.adapter.roles = ["central", "peripheral"]
        bluez.change_adapter(bluez.adapter, Roles=Variant("as", bluez.adapter.roles))
        bluez.add_adapter(FakeAdapter("hci2", "CC:CC:CC:CC:CC:CC"))
        await bluez.until(lambda: not bluez.applications)
        bluez.change_adapter(bluez.adapters[1], Powered=ON)
        await told.until(AdapterBack)
        assert running.adapter.name == "hci1"
    assert {call.split()[0] for call in bluez.calls} == {"hci1"}


@attrs.define
class Clock:
    """Stands in for the module ``time``."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that tells a person's switching off from bluetoothd's."""
    made = Clock()
    monkeypatch.setattr("gattschema.bluez._away.time", made)
    return made


@pytest.mark.usefixtures("clock")
async def test_off_and_gone_at_once(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """bluetoothd switches off what it is about to leave: that was no person, and the adapter is switched on again."""
    monkeypatch.setattr("gattschema.bluez._away.SETTLING", 600.0)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral:
        bluez.change_adapter(bluez.adapter, Powered=OFF)
        await stop(bluez)
        await told.until(BluezLost)
        again = await begin(adapters=[FakeAdapter(powered=False)])
        await told.until(BluezBack)
        assert again.calls == ["hci0 Powered=True", *REGISTERED]
    assert again.adapter.powered, "as it was at first"
    assert told.losses == ["BluezLost", "BluezBack"]


async def test_off_and_gone_much_later(begin: Begin, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A person has switched it off, and bluetoothd is restarted days after: it stays off."""
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral:
        bluez.change_adapter(bluez.adapter, Powered=OFF)
        await told.until(AdapterLost)
        await soon(lambda: any("is switched off" in text for text in notes(caplog)))
        clock.now += 100_000
        for name in ("Hall", "Attic"):  # news, at which it looks again
            bluez.change_adapter(bluez.adapter, Alias=Variant("s", name))
        await soon(lambda: our_tasks() and bluez.applications == {})
        seen = asyncio.get_running_loop().time()
        await soon(lambda: asyncio.get_running_loop().time() - seen > 0.15)  # at which it looks again, too
        await stop(bluez)
        await told.until(BluezLost)
        caplog.clear()
        again = await begin(adapters=[FakeAdapter(powered=False)])
        await soon(lambda: any("is switched off" in text for text in notes(caplog)))
        assert again.calls == []
        again.change_adapter(again.adapter, Powered=ON)
        await told.until(BluezBack)
        assert again.calls == REGISTERED


async def test_blocked_by_rfkill(
    begin: Begin, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adapter that returns blocked cannot be switched on; it is used when the block is gone."""
    monkeypatch.setattr("gattschema.bluez._away.APPEARING", 0.05)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        blocked = Refusal("org.bluez.Error.Blocked", "Blocked through rfkill")
        again = await begin(adapters=[FakeAdapter(powered=False)], refusals={"Set": blocked})
        assert (await told.until(AdapterLost)).reason == "off"
        assert any("rfkill" in text for text in notes(caplog))
        again.refusals.clear()
        again.change_adapter(again.adapter, Powered=ON)
        await told.until(AdapterBack)
        assert again.calls == ["hci0 Powered=True", *REGISTERED]
    assert told.losses == ["BluezLost", "AdapterLost", "BluezBack", "AdapterBack"]


@pytest.mark.parametrize("is_on", [True, False])
async def test_it_is_off_again_at_the_end(begin: Begin, *, is_on: bool) -> None:
    """What was off at the beginning is switched off at the end, whatever happened in between."""
    bluez = await begin(adapters=[FakeAdapter(powered=False)])
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(adapters=[FakeAdapter(powered=is_on)])
        await told.until(BluezBack)
        assert again.adapter.powered
    assert again.calls[-1] == "hci0 Powered=False"
    assert not again.adapter.powered


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """What BlueZ says while it changes the power itself, after which is tried again quickly."""
    monkeypatch.setattr("gattschema.bluez._power.PAUSE", 0.005)
    return Refusal("org.bluez.Error.Busy", "")


async def test_bluez_switches_it_on_itself(begin: Begin, busy: Refusal) -> None:
    """That is waited for, at first and on a return (AutoEnable); what others have switched on stays on at the end."""
    options: dict[str, Any] = {"refusals": {"Set": busy}}
    bluez = await begin(adapters=[FakeAdapter(powered=False)], **options)
    bluez.before["Set"] = lambda: bluez.change_adapter(bluez.adapter, Powered=ON)
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral as running:
        assert running.adapter.powered
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(adapters=[FakeAdapter(powered=False)], **options)
        await again.until(lambda: again.calls.count("hci0 Powered=True") > 2)
        again.change_adapter(again.adapter, Powered=ON)
        await told.until(BluezBack)
    assert told.losses == ["BluezLost", "BluezBack"]
    assert again.adapter.powered
    assert not any("Powered=False" in call for call in bluez.calls + again.calls)


async def test_bluez_switches_it_off_just_now(begin: Begin, busy: Refusal) -> None:
    """It is asked again until it has time, and the adapter is off at the end as it was."""
    bluez = await begin(adapters=[FakeAdapter(powered=False)], refusals={"Set": busy})
    bluez.before["Set"] = lambda: bluez.calls.count("hci0 Powered=True") < 3 or bluez.refusals.clear()
    async with Peripheral(Lamp()):
        bluez.refusals["Set"] = busy
        bluez.before["Set"] = lambda: bluez.calls.count("hci0 Powered=False") < 3 or bluez.refusals.clear()
    assert bluez.calls[-1] == "hci0 Powered=False"
    assert not bluez.adapter.powered


@pytest.mark.parametrize("name", ["Busy", "Failed"])
async def test_it_does_not_come_on(begin: Begin, monkeypatch: pytest.MonkeyPatch, busy: Refusal, name: str) -> None:
    """What is not rfkill is no block: an error of its own at first, tried again on a return, and told as no loss."""
    monkeypatch.setattr("gattschema.bluez._power.PATIENCE", 0.0)
    refusals = {"Set": busy._replace(name=f"org.bluez.Error.{name}")}
    bluez = await begin(adapters=[FakeAdapter(powered=False)], refusals=refusals)
    with pytest.raises(RequestRefused, match=rf"BlueZ refuses Powered=True of hci0 \(org.bluez.Error.{name}"):
        async with Peripheral(Lamp()):
            pass
    bluez.refusals = {}
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(adapters=[FakeAdapter(powered=False)], refusals=refusals)
        await again.until(lambda: again.calls.count("hci0 Powered=True") >= 3)
        again.refusals = {}
        await told.until(BluezBack)
    assert told.losses == ["BluezLost", "BluezBack"]
    assert not again.adapter.powered, "as it was at first"


@pytest.mark.parametrize("first", [0, 1])
async def test_two_peripherals_on_one_adapter(begin: Begin, first: int) -> None:
    """One that was off is switched off with the last one that uses it, whichever has switched it on."""
    bluez = await begin(adapters=[FakeAdapter(powered=False)])
    both = [Peripheral(Lamp()), Peripheral(Fan())]
    for one in both:
        await one.__aenter__()
    await both[first].__aexit__(None, None, None)
    assert bluez.adapter.powered
    await both[1 - first].__aexit__(None, None, None)
    assert not bluez.adapter.powered
    assert [call for call in bluez.calls if "Powered" in call] == ["hci0 Powered=True", "hci0 Powered=False"]


def powers(bluez: FakeBlueZ) -> list[str]:
    """What it was asked to do, without what was asked again."""
    asked = [call for call in bluez.calls if "Powered" in call]
    return [call for call, before in zip(asked, [None, *asked], strict=False) if call != before]


async def test_one_comes_while_another_leaves(begin: Begin, busy: Refusal) -> None:
    """It waits until the adapter is off, and switches it on again for itself."""
    bluez = await begin(adapters=[FakeAdapter(powered=False)])
    first, second = Peripheral(Lamp()), Peripheral(Fan())
    async with asyncio.timeout(PATIENCE):
        await first.__aenter__()
        bluez.refusals["Set"] = busy
        bluez.before["Set"] = lambda: bluez.calls.count("hci0 Powered=False") < 20 or bluez.refusals.clear()
        leaving = asyncio.create_task(first.__aexit__(None, None, None))
        await bluez.until(lambda: "hci0 Powered=False" in bluez.calls)
        async with second:
            await leaving
            assert bluez.adapter.powered
            assert len(bluez.applications) == 1
    assert powers(bluez) == ["hci0 Powered=True", "hci0 Powered=False"] * 2


async def test_two_come_at_once(begin: Begin, monkeypatch: pytest.MonkeyPatch, busy: Refusal) -> None:
    """The one that has begun to switches it on, though it has to ask again, and the last one off."""
    monkeypatch.setattr("gattschema.bluez._power.PAUSE", 0.3)
    bluez = await begin(adapters=[FakeAdapter(powered=False)], refusals={"Set": busy})
    first = Peripheral(Lamp())
    async with asyncio.timeout(PATIENCE):
        coming = asyncio.create_task(first.__aenter__())
        await bluez.until(lambda: "hci0 Powered=True" in bluez.calls)
        bluez.refusals.clear()
        async with Peripheral(Fan()):
            await coming
            assert bluez.adapter.powered
        await first.__aexit__(None, None, None)
    assert not bluez.adapter.powered
    assert powers(bluez) == ["hci0 Powered=True", "hci0 Powered=False"]


async def test_nobody_waits_for_who_gave_up_switching(begin: Begin) -> None:
    """One that is cancelled while it waits for BlueZ keeps no other one from its turn."""
    bluez = await begin(adapters=[FakeAdapter(powered=False)], silent={"Set"})
    first = asyncio.create_task(Peripheral(Lamp()).__aenter__())
    await bluez.until(lambda: "hci0 Powered=True" in bluez.calls)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    bluez.silent.clear()
    async with asyncio.timeout(PATIENCE), Peripheral(Fan()):
        assert bluez.adapter.powered
    assert not bluez.adapter.powered


async def test_what_another_connection_has_just_switched(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes hears of it before it looks whether the adapter is on."""
    bluez = await begin()

    async def hear(*arguments: Any) -> str:
        bluez.change_adapter(bluez.adapter, Powered=OFF)
        await bluez._ask(DAEMON, "/org/freedesktop/DBus", DAEMON, "GetId")  # dbus-daemon has it now
        return await owner_of(*arguments)

    monkeypatch.setattr("gattschema.bluez._power.owner_of", hear)
    async with Peripheral(Lamp()):
        assert bluez.adapter.powered
    assert powers(bluez) == ["hci0 Powered=True", "hci0 Powered=False"]


async def test_only_what_was_off_is_switched_off(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter that was on and took the place of one that was off stays on."""
    monkeypatch.setattr("gattschema.bluez._session.SAME_ADAPTER", 0.0)
    bluez = await begin(adapters=[FakeAdapter(powered=False), FakeAdapter("hci1", OTHER)])
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral as running:
        bluez.remove_adapter(bluez.adapter)
        await told.until(AdapterBack)
        assert running.adapter.address == OTHER
    assert bluez.adapter.powered


# --- the bus -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def another_bus(folder: Path) -> Iterator[Daemon]:
    """A dbus-daemon, always at the same address."""
    with dbus_daemon(folder) as daemon:
        yield attrs.evolve(daemon, address=f"unix:path={folder / 'bus'}")


async def test_the_bus_is_restarted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: Begin) -> None:
    """dbus-daemon dies and bluetoothd with it; both return, and so does all else, with what was assigned."""
    lamp = Lamp()
    told = Told(peripheral := Peripheral(lamp))
    with ExitStack() as stack:
        daemon = stack.enter_context(another_bus(tmp_path))
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await begin(ANN, address=daemon.address)
        async with peripheral:
            await bluez.start_notify(bluez.path(LEVEL))
            daemon.process.kill()
            await told.until(BusLost)
            with suppress(EOFError):
                await bluez.bus.wait_for_disconnect()
            lamp.level = 5
            daemon = stack.enter_context(another_bus(tmp_path))
            await told.until(BluezLost)
            again = await begin(ANN, address=daemon.address)
            await told.until(BluezBack)
            path = again.path(LEVEL)
            assert await again.read(path) == b"\x05"
            await again.start_notify(path)
            await again.settled()
            assert again.heard == [(path, b"\x05")]
            await told.until(Subscribed, 2)
        await again.leave()
    assert told.names == [
        *("Connected", "Subscribed", "Unsubscribed", "Disconnected"),
        *("BusLost", "BluezLost", "BusBack", "BluezBack", "Connected", "Subscribed", "Unsubscribed"),
    ]


async def test_losses_while_others_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: Begin) -> None:
    """Power, then bluetoothd, then the bus: each is told once when it goes, and once when all is back."""
    told = Told(peripheral := Peripheral(Lamp()))
    with ExitStack() as stack:
        daemon = stack.enter_context(another_bus(tmp_path))
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await begin(address=daemon.address)
        async with peripheral:
            bluez.change_adapter(bluez.adapter, Powered=OFF)
            await told.until(AdapterLost)
            await bluez.leave()
            await told.until(BluezLost)
            daemon.process.kill()
            await told.until(BusLost)
            daemon = stack.enter_context(another_bus(tmp_path))
            again = await begin(address=daemon.address)
            await told.until(BusBack)
            assert len(again.applications) == 1
            await told.until(BluezBack)
        await again.leave()
    assert told.losses == ["AdapterLost", "BluezLost", "BusLost", "AdapterBack", "BluezBack", "BusBack"]


# --- what is assigned meanwhile ----------------------------------------------------------------------------------


def packed(numbers: Any) -> list[bytes]:
    return [number.to_bytes(2, "little") for number in numbers]


async def test_values_are_kept_by_their_policy(begin: Begin) -> None:
    """For those who were subscribed: of "latest" the newest, of "every" all in order; newer ones come after them."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        for uuid in (LEVEL, STEP):
            await bluez.start_notify(bluez.path(uuid))
        await bluez.leave()
        await told.until(BluezLost)
        for number in range(100):
            lamp.level = number
            lamp.step = number
        again = await begin(ANN)
        await told.until(BluezBack)
        lamp.level = lamp.step = 100
        assert again.heard == []
        for uuid in (LEVEL, STEP):
            await again.start_notify(again.path(uuid))
        lamp.level = lamp.step = 101
        await gattschema.drain(lamp)
        await again.settled()
        heard = {uuid: [octets for path, octets in again.heard if path == again.path(uuid)] for uuid in (LEVEL, STEP)}
        assert heard[LEVEL] == [bytes([100]), bytes([101])]
        assert heard[STEP] == packed(range(102))


@pytest.mark.parametrize("where", ["the event loop", "a thread"])
async def test_values_of_the_moment_in_which_the_bus_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: Begin, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    """What is assigned when the connection has ended, but nobody has been told yet, is kept like what follows.

    The assignment that finds out first raises nothing, and asyncio has nothing to complain of.
    """
    lamp = Lamp()
    told = Told(peripheral := Peripheral(lamp))
    with ExitStack() as stack:
        daemon = stack.enter_context(another_bus(tmp_path))
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await begin(ANN, address=daemon.address)
        async with peripheral:
            await bluez.start_notify(bluez.path(STEP))
            connection = session_of(peripheral).bus
            daemon.process.kill()
            count, first = 0, None
            while BusLost not in map(type, told.events):
                if first is None and not connection.connected:
                    first = count
                if where == "a thread":
                    assign_in_a_thread(lamp, count)
                else:
                    lamp.step = count
                count += 1
                await asyncio.sleep(0)
            with suppress(EOFError):
                await bluez.bus.wait_for_disconnect()
            stack.enter_context(another_bus(tmp_path))
            again = await begin(ANN, address=daemon.address)
            await told.until(BusBack)
            path = again.path(STEP)
            await again.start_notify(path)
            lamp.step = count
            await again.settled()
            assert first is not None
            assert again.values[-(count + 1 - first) :] == packed(range(first, count + 1))
        await again.leave()
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []


def session_of(peripheral: Peripheral) -> Session:
    """What serves now."""
    assert peripheral._keeper is not None
    assert peripheral._keeper.session is not None
    return peripheral._keeper.session


def assign_in_a_thread(lamp: Lamp, number: int) -> None:
    """While the event loop waits: no turn of it may come in between."""
    thread = threading.Thread(target=setattr, args=(lamp, "step", number))
    thread.start()
    thread.join()


async def test_who_was_not_subscribed_hears_nothing_old(begin: Begin) -> None:
    """Nothing is kept where nobody listened, nor where the last one had left long before."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        lamp.step = 1
        assert pushes(lamp) == []
        again = await begin(ANN)
        await told.until(BluezBack)
        await again.start_notify(again.path(STEP))
        lamp.step = 2
        await again.settled()
        assert again.values == packed([2])


@pytest.mark.parametrize("just_now", [1.0, -1.0])
async def test_bluetoothd_ends_the_subscriptions_first(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, just_now: float
) -> None:
    """One that ended a moment before bluetoothd did ended with it, and its values are kept; one long before is over."""
    monkeypatch.setattr("gattschema.bluez._subscription.JUST_NOW", just_now)
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        path = bluez.path(STEP)
        await bluez.start_notify(path)
        await stop(bluez, path)
        await told.until(BluezLost)
        lamp.step = 1
        again = await begin(ANN)
        await told.until(BluezBack)
        await again.start_notify(again.path(STEP))
        lamp.step = 2
        await again.settled()
        assert again.values == packed([1, 2] if just_now > 0 else [2])


async def test_what_had_not_left_on_the_bus(begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
    """Values that a deaf bluetoothd had not taken come first, then those of the time without one; none twice."""
    lamp, bluez = Lamp(), await begin(ANN)
    bluez.held_pings = []
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        await bluez.start_notify(bluez.path(STEP))
        for number in range(300):
            lamp.step = number
        await bluez.until(lambda: bluez.held_pings)
        await bluez.settled()
        first = bluez.values
        assert 0 < len(first) < 200
        await bluez.leave()
        await told.until(BluezLost)
        for number in range(300, 310):
            lamp.step = number
        again = await begin(ANN)
        await told.until(BluezBack)
        await again.start_notify(again.path(STEP))
        await again.until(lambda: again.values[-1:] == packed([309]))
        assert first + again.values == packed(range(310))
    assert not any("were not sent" in text for text in notes(caplog))


async def test_what_had_not_left_by_sockets(begin: Begin, runs: Callable[[Release | None], None]) -> None:
    """So it is with sockets, whose phone was too slow."""
    runs((5, 82))
    piped, bluez = Piped(), await begin(ANN)
    told = Told(peripheral := Peripheral(piped))
    async with peripheral:
        for uuid in (Piped.level.uuid, Piped.step.uuid):
            ear = await bluez.subscribe(bluez.path(uuid))
            assert isinstance(ear, FakeSocket)
            ear.ignore()
        for number in range(900):
            piped.step = number
            piped.level = number % 256
        *_, waiting = pushes(piped)
        unsent: int = waiting.backlog  # type: ignore[attr-defined]
        assert 0 < unsent < 900
        await bluez.leave()
        await told.until(BluezLost)
        piped.step, piped.level = 900, 77
        again = await begin(ANN)
        await told.until(BluezBack)
        ears = [await again.subscribe(again.path(uuid)) for uuid in (Piped.level.uuid, Piped.step.uuid)]
        level, step = [ear for ear in ears if ear]
        await again.until(lambda: step.values[-1:] == packed([900]))
        assert step.values == packed(range(900 - unsent, 901))
        assert level.values == [bytes([77])]


async def test_what_a_phone_that_left_had_not_heard(begin: Begin, runs: Callable[[Release | None], None]) -> None:
    """It is kept while it is the newest: what was sent after it is newer, though it went to the bus."""
    runs((5, 82))
    piped, bluez = Piped(), await begin(ANN)
    bluez.tell_device(ANN, connected=True, bonded=True)
    told = Told(peripheral := Peripheral(piped))
    async with peripheral:
        ear = await bluez.subscribe(bluez.path(Piped.level.uuid))
        assert isinstance(ear, FakeSocket)
        ear.ignore()
        (push,) = pushes(piped)
        while not push.backlog:  # type: ignore[attr-defined]
            piped.level = 11
        ear.close()
        bluez.tell_device(ANN, connected=False, bonded=True)
        await told.until(Disconnected)
        bluez.tell_device(ANN, connected=True, bonded=True)
        piped.level = 22
        await bluez.until(lambda: bluez.values == [bytes([22])])
        await bluez.settled()
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(ANN)
        await told.until(BluezBack)
        ear = await again.subscribe(again.path(Piped.level.uuid))
        assert isinstance(ear, FakeSocket)
        piped.level = 33
        await again.until(lambda: ear.values[-1:] == [bytes([33])])
        assert ear.values == [bytes([33])]


async def test_threads_assign_meanwhile(begin: Begin) -> None:
    """From any thread, at any moment: in order, none twice, and none lost of those assigned after the loss."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    lost, done = threading.Event(), threading.Event()
    at_loss: list[int] = []

    def work() -> None:
        for number in range(600):
            if lost.is_set() and not at_loss:
                at_loss.append(number)
            with suppress(gattschema.QueueFull):
                lamp.step = number
            lamp.level = number % 256
            done.wait(0.0005)

    async with peripheral:
        for uuid in (LEVEL, STEP):
            await bluez.start_notify(bluez.path(uuid))
        thread = threading.Thread(target=work)
        thread.start()
        await bluez.until(lambda: bluez.heard)
        await bluez.leave()
        await told.until(BluezLost)
        lost.set()
        again = await begin(ANN)
        await told.until(BluezBack)
        for uuid in (LEVEL, STEP):
            await again.start_notify(again.path(uuid))
        await again.until(lambda: again.heard)
        done.set()
        await asyncio.to_thread(thread.join)
        await again.until(lambda: (again.path(STEP), packed([599])[0]) in again.heard)
        await again.settled()
        step, level = [[octets for path, octets in again.heard if path == again.path(uuid)] for uuid in (STEP, LEVEL)]
    assert level[-1] == bytes([599 % 256])
    first = int.from_bytes(step[0], "little")
    assert step == packed(range(first, 600))
    assert first <= at_loss[0]


async def test_as_many_as_fit(begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
    """1024 of "every" are kept, the newest; nobody has to wait, nothing raises, and the log counts the others."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        await bluez.start_notify(bluez.path(STEP))
        await bluez.leave()
        await told.until(BluezLost)
        for number in range(1030):
            lamp.step = number
            await gattschema.drain(lamp)
        again = await begin(ANN)
        await told.until(BluezBack)
        await again.start_notify(again.path(STEP))
        await again.until(lambda: again.values[-1:] == packed([1029]))
        assert again.values == packed(range(6, 1030))
    assert [text for text in notes(caplog) if "not sent" in text] == [
        "Lamp.step: 6 values were not sent: more than fit were assigned while BlueZ was away"
    ]


async def test_kept_values_are_forgotten(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who does not subscribe again in a minute hears no old values; the log counts those of "every"."""
    monkeypatch.setattr("gattschema.bluez._session.KEPT_FOR", 0.1)
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        for uuid in (LEVEL, STEP):
            await bluez.start_notify(bluez.path(uuid))
        await bluez.leave()
        await told.until(BluezLost)
        lamp.step, lamp.level = 7, 7
        lamp.step = 8
        again = await begin(ANN)
        await told.until(BluezBack)
        assert len(pushes(lamp)) == 2
        await soon(lambda: not pushes(lamp))
        await again.start_notify(again.path(STEP))
        lamp.step = 9
        await again.settled()
        assert again.values == packed([9])
    assert [text for text in notes(caplog) if "not sent" in text] == [
        "Lamp.step: 2 values were not sent: nobody has subscribed again"
    ]


async def test_kept_values_outlive_another_loss(begin: Begin) -> None:
    """bluetoothd comes and goes again before anybody has subscribed: they are kept on."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        await bluez.start_notify(bluez.path(STEP))
        for count in range(1, 4):
            await bluez.leave()
            await told.until(BluezLost, count)
            lamp.step = count
            bluez = await begin(ANN)
            await told.until(BluezBack, count)
        await bluez.start_notify(bluez.path(STEP))
        await bluez.settled()
        assert bluez.values == packed([1, 2, 3])


async def test_the_end_forgets_what_is_kept(begin: Begin) -> None:
    """A service that is not served any more keeps nothing for anybody."""
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral:
        await bluez.start_notify(bluez.path(STEP))
        await bluez.leave()
        await told.until(BluezLost)
        lamp.step = 1
        assert len(pushes(lamp)) == 1
    assert pushes(lamp) == []


# --- changes while it is away ------------------------------------------------------------------------------------


async def test_what_is_added_while_away(begin: Begin) -> None:
    """It is there when BlueZ is: services as an application of their own, adverts beside the others."""
    lamp, fan, beacon = Lamp(), Fan(), Advertisement(name="Beacon", connectable=False)
    bluez = await begin()
    told = Told(peripheral := Peripheral(lamp, name="Hall"))
    async with peripheral as running:
        await bluez.leave()
        await told.until(BluezLost)
        await running.add(fan, beacon)
        assert running.services == (lamp, fan)
        assert beacon in running.advertisements
        again = await begin()
        await told.until(BluezBack)
        assert len(again.applications) == len(again.advertisements) == 2
        assert await again.read(again.path(Fan.speed.uuid)) == b"\x02"
        assert {made["LocalName"] for made in again.advertisements.values()} == {"Hall", "Beacon"}
        await running.remove(fan, beacon)
        assert len(again.applications) == len(again.advertisements) == 1


async def test_what_is_removed_while_away(begin: Begin) -> None:
    """It does not come back, keeps nothing, and may run elsewhere."""
    lamp, fan, beacon = Lamp(), Fan(), Advertisement(name="Beacon", connectable=False)
    bluez = await begin()
    told = Told(peripheral := Peripheral(lamp, fan, beacon, name="Hall"))
    async with peripheral as running:
        await bluez.start_notify(bluez.path(Fan.speed.uuid))
        await bluez.leave()
        await told.until(BluezLost)
        await running.remove(fan, beacon)
        assert pushes(fan) == []
        again = await begin()
        await told.until(BluezBack)
        assert again.paths(Fan.speed.uuid) == []
        assert again.advertisement["LocalName"] == "Hall"
        async with Peripheral(fan, beacon):
            assert again.paths(Fan.speed.uuid) != []


async def test_what_could_not_be_registered_is_refused_while_away(begin: Begin) -> None:
    """At once, as if BlueZ were there, and not when it is too late to say so; the rest comes back."""
    tower, battery = Tower(), Battery()
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral as running:
        await bluez.leave()
        await told.until(BluezLost)
        with pytest.raises(RegistrationError, match="among the services that are registered together"):
            await running.add(tower)
        await running.add(tower, battery)
        with pytest.raises(RegistrationError, match="Battery is included by Tower"):
            await running.remove(battery)
        again = await begin()
        await told.until(BluezBack)
        assert len(again.applications) == 2
        assert len(running.services) == 3


async def test_adding_while_it_goes(begin: Begin) -> None:
    """What is on its way to BlueZ when that leaves is refused, and can be added again; the others come back."""
    lamp, fan = Lamp(), Fan()
    bluez = await begin()
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral as running:
        bluez.silent.add("RegisterApplication")
        adding = asyncio.ensure_future(running.add(fan))
        await bluez.until(lambda: bluez.calls.count("hci0 RegisterApplication") == 2)
        await bluez.leave()
        with pytest.raises(PeripheralError):
            await adding
        await told.until(BluezLost)
        assert running.services == (lamp,)
        await running.add(fan)
        again = await begin()
        await told.until(BluezBack)
        assert len(again.applications) == 2


async def test_changes_wait_for_the_return(begin: Begin) -> None:
    """What is added while the return is on its way is added behind it."""
    lamp, fan = Lamp(), Fan()
    bluez = await begin()
    told = Told(peripheral := Peripheral(lamp))
    async with peripheral as running:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(silent={"RegisterApplication"})
        await again.until(lambda: again.calls)
        adding = asyncio.ensure_future(running.add(fan))
        again.silent.clear()
        await again.leave()  # the call that has no answer fails
        third = await begin()
        await adding
        await told.until(BluezBack)
        await third.until(lambda: len(third.applications) == 2)
        assert running.services == (lamp, fan)


async def test_adverts_that_could_not_be_registered_are_refused_while_away(begin: Begin) -> None:
    """As services are: one that is there already, and one that does not fit; one that waits is checked, too."""
    hall, beacon = Advertisement(name="Hall"), Advertisement(name="Beacon", connectable=False)
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), hall))
    async with peripheral as running:
        await bluez.leave()
        await told.until(BluezLost)
        await running.add(beacon)
        for one in (hall, beacon):
            with pytest.raises(AdvertisementError, match="this Advertisement is there already"):
                await running.add(one)
        with pytest.raises(AdvertisementError, match="octets"):
            await running.add(Advertisement(connectable=False, manufacturer_data={1: bytes(40)}))
        with pytest.raises(AdvertisementError, match="octets"):
            beacon.manufacturer_data = {1: bytes(40)}
        again = await begin()
        await told.until(BluezBack)
        assert {made["LocalName"] for made in again.advertisements.values()} == {"Hall", "Beacon"}
        assert running.advertisements == (hall, beacon)
        await running.remove(beacon)
        assert again.advertisement["LocalName"] == "Hall"


async def test_an_advert_that_finds_no_room(begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
    """Others have taken the controller's places meanwhile: it is told and logged, and all else comes back."""
    hall = Advertisement(name="Hall")
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), hall))
    async with peripheral as running:
        await bluez.leave()
        await told.until(BluezLost)
        full = Refusal("org.bluez.Error.NotPermitted", "Maximum advertisements reached")
        again = await begin(refusals={"RegisterAdvertisement": full})
        await told.until(BluezBack)
        assert (await told.until(AdvertisementReleased)).advertisement is hall
        assert (len(again.applications), running.advertisements) == (1, ())
        again.refusals.clear()
        await running.add(hall)
        assert again.advertisement["LocalName"] == "Hall"
    assert any("does not come back" in text for text in notes(caplog))


async def release(bluez: FakeBlueZ, name: str) -> None:
    """BlueZ takes an advert off the air: its time is over."""
    ((client, path),) = [key for key, made in bluez.advertisements.items() if made["LocalName"] == name]
    del bluez.advertisements[client, path]
    await bluez._ask(client, path, ADVERTISEMENT, "Release")


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_removing_what_bluez_releases(begin: Begin, when: str) -> None:
    """It is removed then, once, and the rest with it; it does not come back, whatever is lost next."""
    beacon, fan = Advertisement(name="Beacon", connectable=False), Fan()
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), fan, beacon, name="Hall"))
    async with peripheral as running:
        if when == "meanwhile":
            releases: list[asyncio.Task[None]] = []
            bluez.before["UnregisterAdvertisement"] = lambda: releases.append(
                asyncio.get_running_loop().create_task(release(bluez, "Beacon"))
            )
            await running.remove(beacon, fan)
            bluez.before.clear()
            await asyncio.gather(*releases)
        else:
            assert peripheral._keeper is not None
            async with peripheral._keeper.changing:
                removing = asyncio.ensure_future(running.remove(beacon, fan))
                await asyncio.sleep(0)
                await release(bluez, "Beacon")
            await removing
        assert (beacon in running.advertisements, fan in running.services) == (False, False)
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin()
        await told.until(BluezBack)
        assert again.advertisement["LocalName"] == "Hall"
    assert "AdvertisementReleased" not in told.names


async def test_removing_twice_at_once(begin: Begin) -> None:
    """Who comes second has nothing left to do."""
    beacon, fan = Advertisement(name="Beacon", connectable=False), Fan()
    bluez = await begin()
    async with (peripheral := Peripheral(Lamp(), fan, beacon, name="Hall")) as running:
        assert peripheral._keeper is not None
        async with peripheral._keeper.changing:
            removing = [asyncio.ensure_future(running.remove(beacon, fan)) for _ in range(2)]
            await asyncio.sleep(0)  # both have found them
        await asyncio.gather(*removing)
        assert bluez.advertisement["LocalName"] == "Hall"
        assert bluez.calls.count("hci0 UnregisterAdvertisement") == 1


async def test_removing_services_while_bluetoothd_goes(begin: Begin) -> None:
    """With bluetoothd they are gone, all of them, which is what was asked for."""
    fan, battery = Fan(), Battery()
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp()))
    async with peripheral as running:
        await running.add(fan)
        await running.add(battery)
        bluez.silent.add("UnregisterApplication")
        removing = asyncio.ensure_future(running.remove(fan, battery))
        await bluez.until(lambda: "hci0 UnregisterApplication" in bluez.calls)
        await bluez.leave()
        await removing
        again = await begin()
        await told.until(BluezBack)
        assert (len(running.services), len(again.applications)) == (1, 1)


# --- leaving -----------------------------------------------------------------------------------------------------


async def test_cancelled_while_leaving(begin: Begin) -> None:
    """A timeout that ends in the very moment in which the block does leaves nothing on the air."""
    bluez = await begin()
    go = asyncio.Event()

    async def serve() -> None:
        async with Peripheral(Lamp()):
            await go.wait()

    serving = asyncio.ensure_future(serve())
    await bluez.until(lambda: REGISTERED[1] in bluez.calls)
    await soon(lambda: len(bluez.advertisements) == 1)
    await bluez.settled()
    go.set()
    await asyncio.sleep(0)  # it has begun to leave
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert bluez.calls[2:] == ["hci0 UnregisterAdvertisement", "hci0 UnregisterApplication"]
    assert our_tasks() == []


async def test_leaving_while_it_is_away(begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
    """It takes no time, is no error, leaves nothing behind, and the services are free."""
    before = open_files()
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp, pairing=JustWorks()))
    async with asyncio.timeout(PATIENCE), peripheral:
        await bluez.start_notify(bluez.path(LEVEL))
        await bluez.leave()
        await told.until(BluezLost)
    assert our_tasks() == []
    assert open_files() == before
    assert told.losses == ["BluezLost"]
    again = await begin()
    async with Peripheral(lamp):
        assert again.calls == REGISTERED
    assert not any(record.levelno >= logging.ERROR for record in caplog.records)


@pytest.mark.parametrize("member", ["Set", "RegisterAgent", "RegisterApplication", "RegisterAdvertisement"])
async def test_leaving_in_the_middle_of_the_return(begin: Begin, member: str) -> None:
    """Nothing is left registered or running, and an adapter that was off is switched off again."""
    bluez = await begin(adapters=[FakeAdapter(powered=False)])
    lamp = Lamp()
    told = Told(peripheral := Peripheral(lamp, pairing=JustWorks()))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(adapters=[FakeAdapter(powered=False)], silent={member})
        asked = "Powered" if member == "Set" else member
        await again.until(lambda: any(asked in call for call in again.calls))
        again.silent.clear()
    await again.until(lambda: not again.applications and not again.advertisements and not again.agents)
    assert not again.adapter.powered
    assert our_tasks() == []
    assert told.losses == ["BluezLost"]
    async with Peripheral(lamp):
        assert len(again.applications) == 1


@pytest.mark.parametrize("loss", ["bluetoothd", "power"])
async def test_leaving_in_the_middle_of_a_loss(begin: Begin, loss: str) -> None:
    """The very moment at which it is noticed is as good as any other for leaving."""
    before = open_files()
    lamp, bluez = Lamp(), await begin(ANN)
    told = Told(peripheral := Peripheral(lamp))
    noticed = asyncio.Event()
    peripheral.on(Unsubscribed, lambda _: noticed.set())
    async with asyncio.timeout(PATIENCE), peripheral:
        await bluez.start_notify(bluez.path(LEVEL))
        if loss == "power":
            bluez.change_adapter(bluez.adapter, Powered=OFF)
        else:
            await bluez.leave()
        await noticed.wait()
    assert our_tasks() == []
    if bluez.bus.connected:
        await bluez.until(lambda: not bluez.applications and not bluez.advertisements)
        await bluez.leave()
    assert open_files() == before
    assert pushes(lamp) == []
    assert told.losses == []


async def test_leaving_before_it_is_noticed(begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
    """Nor does it matter that nobody knows yet."""
    lamp, bluez = Lamp(), await begin(ANN)
    async with asyncio.timeout(PATIENCE), Peripheral(lamp):
        await bluez.start_notify(bluez.path(LEVEL))
        lamp.level = 5
        await bluez.leave()
    assert our_tasks() == []
    assert pushes(lamp) == []
    assert notes(caplog) == []


# --- the rest of it ----------------------------------------------------------------------------------------------


async def test_handlers_that_still_run_are_cancelled(begin: Begin) -> None:
    """Nobody waits for their answer any more."""
    begun, ended = asyncio.Event(), asyncio.Event()

    class Slow(Service, uuid="AAD4"):
        slow: Read[UInt8] = characteristic(init=False)

        @slow.on_read
        async def _slow(self) -> int:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return 1

    bluez = await begin()
    told = Told(peripheral := Peripheral(Slow()))
    async with asyncio.timeout(PATIENCE), peripheral:
        read = asyncio.ensure_future(bluez.read(bluez.path(Slow.slow.uuid)))
        await begun.wait()
        read.cancel()
        await bluez.leave()
        await told.until(BluezLost)
        await ended.wait()


async def test_handlers_of_subscriptions_are_told(begin: Begin) -> None:
    """That nobody is subscribed while it is away, and who subscribes thereafter."""
    numbers: list[int] = []

    class Heard(Service, uuid="AAD5"):
        level: Notify[UInt8] = characteristic(default=0)

        @level.on_subscription
        def _level(self, subscribers: int) -> None:
            numbers.append(subscribers)

    bluez = await begin(ANN)
    told = Told(peripheral := Peripheral(Heard()))
    async with peripheral:
        await bluez.start_notify(bluez.path(Heard.level.uuid))
        await bluez.leave()
        await told.until(BluezLost)
        assert numbers == [1, 0]
        again = await begin(ANN)
        await told.until(BluezBack)
        await again.start_notify(again.path(Heard.level.uuid))
        assert numbers == [1, 0, 1]


async def test_the_pairing_agent_comes_back(begin: Begin) -> None:
    """It is registered again and the default one, with what is left of its window."""
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), pairing=JustWorks(window=60)))
    async with peripheral:
        (agent,) = bluez.agents.values()
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin()
        await told.until(BluezBack)
        assert list(again.agents.values()) == [agent]
        assert len(again.default_agents) == 1
        assert again.calls[:3] == ["RegisterAgent", "RequestDefaultAgent", "hci0 Pairable=True"]
    assert again.agents == {}


async def test_a_button_is_pressed_in_the_middle_of_the_return(begin: Begin) -> None:
    """The window is open when all is back, whatever the agent was registered with."""
    bluez = await begin(ANN)
    told = Told(peripheral := Peripheral(Lamp(), pairing=JustWorks(window=0)))
    async with peripheral as running:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(ANN)
        pressed: list[asyncio.Task[None]] = []
        again.before["RegisterApplication"] = lambda: pressed.append(
            asyncio.get_running_loop().create_task(running.open_pairing(60))
        )
        await told.until(BluezBack)
        await asyncio.gather(*pressed)
        assert len(pressed) == 1
        assert await again.ask_agent("RequestAuthorization", "o", again.path_of(ANN)) is None


async def test_an_agent_that_is_refused_at_first(begin: Begin) -> None:
    """What is left of its window is not lost with an attempt that opened none."""
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), pairing=JustWorks(window=60)))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        again = await begin(refusals={"RegisterAgent": Refusal("org.bluez.Error.Failed", "not yet")})
        await again.until(lambda: "RegisterAgent" in again.calls)
        again.refusals.clear()
        await told.until(BluezBack)
        assert "hci0 Pairable=True" in again.calls
        assert await again.ask_agent("RequestAuthorization", "o", device_path(ANN)) is None


@pytest.mark.parametrize("before", [ON, OFF])
async def test_pairable_is_what_it_was_before_a_loss(begin: Begin, before: Variant) -> None:
    """What the window made of it before the loss is not what is given back at the end."""
    bluez = await begin()
    bluez.adapter.more["Pairable"] = before
    told = Told(peripheral := Peripheral(Lamp(), pairing=JustWorks(window=0 if before.value else 60)))
    async with peripheral:
        assert bluez.adapter.more["Pairable"] != before
        bluez.change_adapter(bluez.adapter, Powered=OFF)
        await told.until(AdapterLost)
        bluez.change_adapter(bluez.adapter, Powered=ON)
        await told.until(AdapterBack)
    assert bluez.adapter.more["Pairable"] == before


async def test_adverts_come_back_with_what_was_assigned(begin: Begin) -> None:
    """Assigning to an advert while it is off the air is no error; it is what comes back."""
    hall = Advertisement(name="Hall")
    bluez = await begin()
    told = Told(peripheral := Peripheral(Lamp(), hall))
    async with peripheral:
        await bluez.leave()
        await told.until(BluezLost)
        hall.name = "Attic"
        again = await begin()
        await told.until(BluezBack)
        assert again.advertisement["LocalName"] == "Attic"


async def test_reading_the_stream_through_a_loss(begin: Begin) -> None:
    """A reader of events goes on through losses, until the block ends."""
    bluez = await begin(ANN)
    peripheral = Peripheral(Lamp())
    told = Told(peripheral)

    stream = peripheral.events(*LOSSES, Connected)

    async def read() -> list[str]:
        return [type(event).__name__ async for event in stream]

    async with peripheral:
        reading = asyncio.ensure_future(read())
        await bluez.leave()
        await told.until(BluezLost)
        await begin(ANN)
        await told.until(BluezBack)
    async with asyncio.timeout(PATIENCE):
        heard = await reading
    assert heard == ["Connected", "BluezLost", "BluezBack", "Connected"]
