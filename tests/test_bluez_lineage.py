"""Devices and adapters that a program holds outlive BlueZ: they are the same ones, and find themselves again."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from dbus_fast import Message, Variant

from gattschema import ConnectionLost, Peripheral, ReadNotify, RequestRefused, Service, UInt8, characteristic
from gattschema._hub import Hub
from gattschema.bluez import Lineage, Loss, Mirror
from gattschema.bluez._watch import Watch
from gattschema.events import AdapterBack, AdapterLost, BluezBack, BluezLost, Connected, Event, PairingRefused
from gattschema.link import Adapter, Device
from gattschema.pairing import JustWorks
from tests.fake_bluez import (
    ADAPTER,
    ANN,
    BEN,
    DEVICE,
    OBJECT_MANAGER,
    PATIENCE,
    PROPERTIES,
    Daemon,
    FakeBlueZ,
    FakeDevice,
    Refusal,
    device_path,
)

PRIVATE = "5A:00:00:00:00:01"
ON, OFF = Variant("b", True), Variant("b", False)  # noqa: FBT003  (D-Bus values)
HCI0, HCI1 = "00:00:00:00:00:00", "11:11:11:11:11:11"


class Lamp(Service, uuid="AAD0"):
    level: ReadNotify[UInt8] = characteristic(default=1)


# --- without a bus -----------------------------------------------------------------------------------------------


@attrs.define
class Heard:
    """One mirror after the other, which hear what the test says."""

    lineage: Lineage = attrs.field(factory=Lineage)
    mirror: Mirror = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.begin()

    def begin(self, **adapters: str) -> Mirror:
        """BlueZ starts: nothing of what was there before is told of the new mirror."""
        bus: Any = None
        self.mirror = Mirror(bus, ":1.7", self.lineage)
        for name, address in (adapters or {"hci0": HCI0}).items():
            self.add(f"/org/bluez/{name}", ADAPTER, Address=Variant("s", address), Powered=Variant("b", True))  # noqa: FBT003
        self.lineage.follow(self.mirror)
        return self.mirror

    def add(self, path: str, interface: str, **values: Variant) -> None:
        body = [path, {interface: values}]
        self.hear(Message.new_signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", body))

    def know(self, address: str, adapter: str = "hci0", **values: Variant) -> Device:
        path = device_path(address, adapter)
        self.add(path, DEVICE, Address=Variant("s", address), Connected=Variant("b", True), **values)  # noqa: FBT003
        return self.mirror.device(path)

    def change(self, path: str, **values: Variant) -> None:
        self.hear(Message.new_signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [DEVICE, values, []]))

    def remove(self, path: str, interface: str = DEVICE) -> None:
        self.hear(Message.new_signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, [interface]]))

    def hear(self, message: Message) -> None:
        message.sender = ":1.7"
        self.mirror._hear(message)


def test_a_phone_is_the_same_after_a_restart() -> None:
    """It is equal and has the same hash, so that sets and dictionaries hold, and its properties are the newest."""
    heard = Heard()
    ann = heard.know(ANN)
    seen, names = {ann}, {ann: "Ann"}
    heard.begin()
    again = heard.know(ANN, Name=Variant("s", "Anna"))
    assert (again == ann, hash(again) == hash(ann), again in seen, names[again]) == (True, True, True, "Ann")
    assert (ann.name, ann.connected) == ("Anna", True)
    assert heard.know(BEN) not in seen
    assert heard.mirror.adapters[0] == heard.mirror.adapters[0] != ann


def test_a_phone_that_shows_who_it_is() -> None:
    """One that pairs is equal to what it was before, also when BlueZ finds it by its real address thereafter."""
    heard = Heard()
    phone = heard.know(PRIVATE)
    seen = {phone}
    heard.change(phone.path, Address=Variant("s", ANN), Paired=Variant("b", True))  # noqa: FBT003  (a D-Bus value)
    assert phone.address == ANN
    assert heard.mirror.device(device_path(PRIVATE)) in seen
    heard.begin()
    assert not phone.connected
    assert heard.know(ANN) in seen
    assert (phone.path, phone.connected) == (device_path(ANN), True)


def test_a_phone_that_bluez_knew_by_its_real_address() -> None:
    """Where it hid behind a private one meanwhile, both find it when it has paired; they were two, and stay so."""
    heard = Heard()
    known, hiding = heard.know(ANN), heard.know(PRIVATE)
    heard.change(known.path, Connected=Variant("b", False))  # noqa: FBT003  (a D-Bus value)
    assert (known.connected, hiding.connected) == (False, True)
    heard.change(hiding.path, Address=Variant("s", ANN))
    heard.remove(device_path(ANN))
    assert [one.connected for one in (known, hiding)] == [True, True]
    assert known.path == hiding.path == device_path(PRIVATE)
    assert known != hiding


def test_a_phone_that_bluez_has_twice() -> None:
    """By its old bond and by the private address that it has paired with: it is one, and asked where it is connected.

    Only one connected in two places (BR/EDR and LE) is asked where BlueZ has told of it last.
    """
    heard = Heard()
    old, new = device_path(ANN), device_path(PRIVATE)
    held = heard.know(ANN)
    heard.change(old, Connected=OFF)
    heard.know(PRIVATE)
    heard.change(new, Address=Variant("s", ANN))
    assert heard.mirror.devices("/org/bluez/hci0") == (held,)
    assert (held.path, held.connected) == (new, True)
    assert heard.mirror.device(old) == heard.mirror.device(new) == held
    assert held.path == new
    heard.change(old, Connected=ON)
    for path in (old, new):
        assert heard.mirror.device(path).path == path
        assert heard.mirror.devices("/org/bluez/hci0")[0].path == path
    heard.change(new, Connected=OFF)
    assert held.path == old


async def test_a_phone_with_two_links() -> None:
    """It has not left when one of them ends; nobody takes the one for the other."""
    heard = Heard()
    watch, left = Watch(heard.mirror, heard.mirror.adapters[0], Hub()), list[Device]()
    watch.on_disconnected = left.append
    watch.begin()
    phone = heard.know(ANN)
    heard.know(PRIVATE)
    heard.change(device_path(PRIVATE), Address=Variant("s", ANN))
    heard.change(device_path(ANN), Connected=OFF)
    assert left == []
    heard.change(device_path(PRIVATE), Connected=OFF)
    assert left == [phone]


def test_another_adapter_is_another_one() -> None:
    """A phone is told apart by the adapter that knows it, and an adapter by its address, whatever it is called."""
    heard = Heard()
    heard.begin(hci0=HCI0, hci1=HCI1)
    ann, other = heard.know(ANN), heard.know(ANN, "hci1")
    first, second = heard.mirror.adapters
    assert (ann != other, first != second) == (True, True)
    heard.begin(hci0=HCI1, hci1=HCI0)
    heard.know(ANN, "hci1")
    assert (first.name, second.name, ann.path) == ("hci1", "hci0", device_path(ANN, "hci1"))
    assert (first.devices, second.devices) == ((ann,), ())
    assert (ann.connected, other.connected, other.bonded) == (True, False, False)


def test_what_is_not_there_any_more() -> None:
    """A phone that the new BlueZ does not know is as it was last, but has no link and no bond; it may come later."""
    heard = Heard()
    ann = heard.know(ANN, Paired=Variant("b", True), Name=Variant("s", "Ann"))  # noqa: FBT003  (a D-Bus value)
    heard.change(ann.path, Name=Variant("s", "Anna"))
    heard.begin()
    assert (ann.name, ann.address, ann.connected, ann.paired) == ("Anna", ANN, False, False)
    heard.know(ANN)
    assert ann.connected


def test_while_bluez_is_away() -> None:
    """Bonds last, links do not; when the block is over everything stays as it was."""
    heard = Heard()
    ann, adapter = heard.know(ANN, Paired=Variant("b", True)), heard.mirror.adapters[0]  # noqa: FBT003
    heard.mirror.lose(Loss.BLUEZ)
    assert (ann.connected, ann.paired, adapter.powered, adapter.devices) == (False, True, False, (ann,))
    assert repr(ann) == f"<Device {ANN} paired>"
    heard.lineage.end()
    assert (ann.connected, adapter.powered) == (True, True)


@pytest.mark.parametrize(
    ("loss", "finding", "event"),
    [
        (Loss.BUS, "the connection to the system bus is away", "BusBack"),
        (Loss.BLUEZ, "bluetoothd is away", "BluezBack"),
        (Loss.REMOVED, "the adapter is away", "AdapterBack"),
        (Loss.OFF, "the adapter is off", "AdapterBack"),
    ],
)
async def test_what_is_away(loss: Loss, finding: str, event: str) -> None:
    """Calls say what is away, and which event tells that it is back: nobody is told to restart anything."""
    heard = Heard()
    ann = heard.know(ANN)
    heard.mirror.lose(loss)
    heard.mirror.lose(Loss.BUS)  # what has gone first counts
    with pytest.raises(ConnectionLost) as told:
        await ann.trust()
    assert told.value.finding == f"{finding}, and {ANN} with it"
    assert told.value.remedy == f"wait until it is back, which gattschema.events.{event} tells, and ask again"


async def test_an_adapter_that_bluez_does_not_have_yet() -> None:
    """BlueZ is back before the adapter is: it and its phones are away, which AdapterBack ends, or BluezBack."""
    heard = Heard()
    ann, adapter = heard.know(ANN), heard.mirror.adapters[0]
    heard.begin(hci0=HCI1)
    for asked, finding in ((ann.trust(), f"hci0 is away, and {ANN} with it"), (adapter.set(alias="x"), "hci0 is away")):
        with pytest.raises(ConnectionLost) as told:
            await asked
        assert told.value.finding == finding
        assert "gattschema.events.AdapterBack (or BluezBack" in told.value.remedy
    assert (adapter.devices, adapter.powered, ann.connected, ann.address) == ((), False, False, ANN)


def test_a_thousand_restarts() -> None:
    """Whoever holds a phone and an adapter for all that time holds no more than that: there is no chain of mirrors."""
    heard = Heard()
    ann, adapter = heard.know(ANN), heard.mirror.adapters[0]

    def restart(times: int) -> int:
        for _ in range(times):
            heard.mirror.lose(Loss.BLUEZ)
            heard.begin()
            heard.know(ANN)
            heard.know(BEN)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = restart(20)
        after = restart(1000)
    finally:
        tracemalloc.stop()
    assert (ann.connected, adapter.devices[0] == ann) == (True, True)
    assert sum(isinstance(one, Mirror) and one.lineage is heard.lineage for one in gc.get_objects()) == 1
    assert len(heard.lineage._held) == 2, "nobody holds Ben"
    assert after - before < 20_000


def test_any_thread_may_ask() -> None:
    """Threads that look at once get equal devices."""
    heard = Heard()
    for number in range(50):
        heard.know(f"AA:00:00:00:00:{number:02X}")
    found: list[tuple[Device, ...]] = []
    gate = threading.Barrier(4)

    def look() -> None:
        gate.wait()
        found.append(heard.mirror.devices("/org/bluez/hci0"))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({device for devices in found for device in devices}) == 50


# --- a peripheral ------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other quickly."""
    monkeypatch.setattr("gattschema._keeper.PAUSES", (0.005, 0.05))
    monkeypatch.setattr("gattschema.bluez._session.LOOK_AGAIN", 0.05)
    monkeypatch.setattr("gattschema.bluez._away.SETTLING", 0.01)


class Told:
    """What has happened to a peripheral."""

    def __init__(self, peripheral: Peripheral) -> None:
        self.kinds: list[type[Event]] = []
        peripheral.on(Event, lambda event: self.kinds.append(type(event)))

    async def until(self, kind: type[Event], count: int = 1) -> None:
        await until(lambda: self.kinds.count(kind) >= count)


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110  (properties tell nobody of their changes)
            await asyncio.sleep(0.001)


def phone(running: Peripheral, address: str) -> Device:
    (found,) = [one for one in running.centrals if one.address == address]
    return found


async def test_phones_of_a_peripheral(bluez: FakeBlueZ, system_bus: Daemon) -> None:
    """While bluetoothd is away calls say so; when it is back the same phones and the adapter can be asked again."""
    peripheral = Peripheral(Lamp())
    told = Told(peripheral)
    async with peripheral as running:
        ann, ben, adapter = phone(running, ANN), phone(running, BEN), running.adapter
        greeted = {ann, ben}
        await bluez.leave()
        await told.until(BluezLost)
        assert (ann.connected, adapter.powered, adapter.alias) == (False, False, "laptop")
        for ask in (ann.trust(), adapter.set(alias="x"), anext(adapter.discover())):
            with pytest.raises(ConnectionLost, match=r"bluetoothd is away, and .*with it\n.*events.BluezBack tells"):
                await ask
        again = await FakeBlueZ(devices={ANN: FakeDevice()}).join(system_bus.address)
        await told.until(BluezBack)
        await told.until(Connected, 3)
        assert set(running.centrals) == {ann} < greeted
        await ann.trust()
        await adapter.set(alias="Hall")
        assert (ann.trusted, adapter.alias, running.adapter == adapter) == (True, "Hall", True)
        with pytest.raises(RequestRefused, match=f"BlueZ does not know {BEN} any more"):
            await ben.disconnect()
        assert (ben.connected, ben.address) == (False, BEN)
    for ask in (ann.trust(), adapter.set(alias="x")):
        with pytest.raises(ConnectionLost, match=r"the block has ended in which .* was found"):
            await ask
    await again.leave()


@pytest.mark.usefixtures("bluez")
async def test_asking_before_anybody_is_told() -> None:
    """Who finds out first that the bus is away hears the same as all that ask after it."""
    async with Peripheral(Lamp()) as running:
        adapter = running.adapter
        adapter._remote.lineage.newest.bus.disconnect()  # type: ignore[attr-defined]
        with pytest.raises(ConnectionLost, match=r"system bus is away, and hci0 with it\n.*events.BusBack tells"):
            await adapter.set(alias="x")


async def test_an_adapter_of_a_peripheral(bluez: FakeBlueZ) -> None:
    """An adapter that comes back under another name is the same one, and so are its phones."""
    peripheral = Peripheral(Lamp())
    told = Told(peripheral)
    async with peripheral as running:
        ann, adapter = phone(running, ANN), running.adapter
        plugged, known = bluez.adapter, bluez.devices[ANN]
        bluez.remove_adapter(plugged)
        await told.until(AdapterLost)
        with pytest.raises(
            ConnectionLost, match=f"(hci0|the adapter) is away, and {ANN} with it\n.*events.AdapterBack"
        ):
            await ann.disconnect()
        plugged.name = known.adapter = "hci1"
        bluez.add_adapter(plugged)
        bluez.add_device(ANN, known)
        await told.until(AdapterBack)
        assert (running.centrals, adapter.name, running.adapter == adapter) == ((ann,), "hci1", True)
        await ann.disconnect()
        assert bluez.calls[-1] == f"{ANN} Disconnect"


async def test_pairing_with_a_phone(bluez: FakeBlueZ) -> None:
    """Whom the program itself pairs with stays, though no window is open; who pairs by itself does not."""
    async with Peripheral(Lamp(), pairing=JustWorks(window=0, allow=[BEN])) as running:
        ann, ben = phone(running, ANN), phone(running, BEN)
        asked: list[tuple[bool, bool]] = []
        bluez.before["Pair"] = lambda: asked.append((ann.pairing, ben.pairing))
        await ann.pair()
        assert asked == [(True, False)]
        bluez.tell_device(BEN, connected=True, bonded=True)
        await bluez.until(lambda: BEN not in bluez.devices)
        await until(lambda: ben not in running.centrals)
        assert (ann.paired, ann.pairing, running.centrals) == (True, False, (ann,))


async def test_a_phone_that_pairs_anew(bluez: FakeBlueZ) -> None:
    """BlueZ has an old bond of one that comes by a private address: the new object is it, and what is removed."""
    bluez.tell_device(BEN, connected=False, bonded=True)
    peripheral = Peripheral(Lamp(), pairing=JustWorks(allow=[ANN]))
    told = Told(peripheral)
    async with peripheral as running:
        (known,) = [one for one in running.adapter.devices if one.address == BEN]
        bluez.add_device(PRIVATE, FakeDevice(more={"AddressType": Variant("s", "random")}))
        path = bluez.path_of(PRIVATE)
        assert await bluez.ask_agent("RequestAuthorization", "o", path) is None
        bluez.change_device(PRIVATE, Address=Variant("s", BEN))
        await until(lambda: known.connected)
        assert (known.path, known in running.centrals, len(running.adapter.devices)) == (path, True, 2)
        bluez.change_device(PRIVATE, Paired=ON, Bonded=ON)
        await told.until(PairingRefused)
        await bluez.until(lambda: PRIVATE not in bluez.devices)
        assert BEN in bluez.devices
        await until(lambda: known not in running.centrals)


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_pairing_twice(bluez: FakeBlueZ, *, is_cancelled: bool) -> None:
    """Another pair(), which BlueZ refuses, takes nothing from the first one; nor does who no longer waits for it."""
    peripheral = Peripheral(Lamp(), pairing=JustWorks(window=0, allow=[BEN]))
    told = Told(peripheral)
    async with peripheral as running:
        ann = phone(running, ANN)
        bluez.silent.add("Pair")
        first = asyncio.ensure_future(ann.pair())
        await bluez.until(lambda: f"{ANN} Pair" in bluez.calls)
        if is_cancelled:
            first.cancel()
        else:
            bluez.silent.clear()
            bluez.refusals["Pair"] = Refusal("org.bluez.Error.InProgress", "In Progress")
            with pytest.raises(RequestRefused, match="In Progress"):
                await ann.pair()
        assert ann.pairing
        bluez.tell_device(ANN, connected=True, bonded=True)
        bluez.tell_device(BEN, connected=True, bonded=True)
        await told.until(PairingRefused)
        assert (ANN in bluez.devices, BEN in bluez.devices, ann.paired) == (True, False, True)
        assert ann.pairing
    with pytest.raises(asyncio.CancelledError if is_cancelled else ConnectionLost):
        await first
    await until(lambda: not ann.pairing)


async def test_adapters_are_told_apart_in_a_set(bluez: FakeBlueZ) -> None:
    """A peripheral's second life is another block: what was found in the first is equal to nothing in it."""
    assert bluez.adapters
    peripheral, found = Peripheral(Lamp()), set[Adapter | Device]()
    for _ in range(2):
        async with peripheral as running:
            found |= {running.adapter, *running.centrals}
    assert len(found) == 6
