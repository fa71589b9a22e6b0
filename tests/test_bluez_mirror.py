"""What BlueZ tells of adapters and devices is known as soon as it is told, and to nobody's cost."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from gattschema import NoBlueZ
from gattschema.bluez import BLUEZ, Change, Mirror, connect, disconnected, owner_of
from tests.fake_bluez import (
    ADAPTER,
    ADVERTISING_MANAGER,
    ANN,
    BATTERY,
    BEN,
    DEVICE,
    GATT_MANAGER,
    OBJECT_MANAGER,
    PATIENCE,
    PROPERTIES,
    FakeAdapter,
    FakeBlueZ,
    FakeDevice,
    device_path,
)

CAT = "CC:CC:CC:CC:CC:CC"
HCI0 = "/org/bluez/hci0"


@pytest.fixture
def mirror() -> Mirror:
    """One that hears what the test says."""
    return Mirror(cast("Any", None), ":1.7")


@pytest.fixture
async def watching(bluez: FakeBlueZ) -> AsyncIterator[Mirror]:  # noqa: ARG001  (it has to be there)
    """One on a bus, that watches."""
    bus = await connect()
    ended = disconnected(bus)
    mirror = Mirror(bus, await owner_of(bus, BLUEZ))
    await mirror.watch()
    yield mirror
    mirror.close()
    bus.disconnect()
    await ended


def variants(values: dict[str, Any]) -> dict[str, Variant]:
    return {name: value if isinstance(value, Variant) else Variant("b", value) for name, value in values.items()}


def changed(path: str, *lost: str, interface: str = DEVICE, **values: Any) -> Message:
    body = [interface, variants(values), list(lost)]
    return from_bluez(Message.new_signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body))


def added(path: str, interface: str = DEVICE, **values: Any) -> Message:
    body = [path, {interface: variants(values)}]
    return from_bluez(Message.new_signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", body))


def removed(path: str, *interfaces: str) -> Message:
    return from_bluez(Message.new_signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, list(interfaces)]))


def left(path: str, reason: str) -> Message:
    return from_bluez(Message.new_signal(path, DEVICE, "Disconnected", "ss", [f"org.bluez.Reason.{reason}", "so"]))


def from_bluez(message: Message) -> Message:
    message.sender = ":1.7"
    return message


async def until(mirror: Mirror, what: Callable[[], bool]) -> None:
    """Wait until *what* is true of what the mirror has heard."""
    news = asyncio.Event()
    mirror.observers.add(lambda _: news.set())
    async with asyncio.timeout(PATIENCE):
        while not what():
            news.clear()
            await news.wait()


# --- what there is -----------------------------------------------------------------------------------------------


async def test_what_was_there_before(bluez: FakeBlueZ) -> None:
    """Adapters and devices that BlueZ knew are known, in order, and nobody is told of them as news."""
    bluez.adapters = [FakeAdapter(f"hci{number}", f"00:00:00:00:00:{number:02}") for number in (10, 2, 0)]
    bluez.devices = {ANN: FakeDevice(), BEN: FakeDevice(connected=False, bonded=True, adapter="hci10")}
    bus = await connect()
    mirror = Mirror(bus, await owner_of(bus, BLUEZ))
    told: list[object] = []
    mirror.observers.add(told.append)
    await mirror.watch()
    assert [adapter.name for adapter in mirror.adapters] == ["hci0", "hci2", "hci10"]
    assert [device.address for device in mirror.devices(HCI0)] == [ANN]
    assert [device.address for device in mirror.devices("/org/bluez/hci10")] == [BEN]
    assert mirror.devices("/org/bluez/hci1") == (), "the path of hci1 begins that of hci10"
    assert (mirror.connected, mirror.bonded) == ({device_path(ANN)}, {device_path(BEN, "hci10")})
    assert not told
    mirror.close()
    bus.disconnect()
    await disconnected(bus)


@pytest.mark.usefixtures("bluez")
async def test_what_changes_while_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes with the answer of what there is, but is read before it, is not overwritten by it."""
    bus = await connect()
    mirror = Mirror(bus, await owner_of(bus, BLUEZ))

    async def slow(_: MessageBus) -> dict[str, Any]:
        objects = {device_path(ANN): {DEVICE: {"Connected": True}}}  # as it was before what follows
        for message in (changed(device_path(ANN), Connected=False), added(device_path(CAT), Connected=True)):
            message.sender = mirror.bluetoothd
            mirror._hear(message)
        return objects

    monkeypatch.setattr("gattschema.bluez._mirror.managed_objects", slow)
    await mirror.watch()
    assert mirror.connected == {device_path(CAT)}
    mirror.close()
    bus.disconnect()
    await disconnected(bus)


@pytest.mark.usefixtures("system_bus")
async def test_without_bluez() -> None:
    """It is said that bluetoothd does not run."""
    bus = await connect()
    mirror = Mirror(bus, ":1.7")
    with pytest.raises(NoBlueZ, match="bluetoothd does not run"):
        await mirror.watch()
    mirror.close()
    bus.disconnect()
    await disconnected(bus)


def test_plain_values(mirror: Mirror) -> None:
    """No value has a variant in it, however deep it was."""
    data = Variant("a{qv}", {0x59: Variant("ay", b"\1\2")})
    sets = Variant("a{oa{sv}}", {"/set": {"Rank": Variant("y", 3)}})
    mirror._hear(added(device_path(ANN), ManufacturerData=data, Sets=sets))
    properties = mirror.objects[device_path(ANN)][DEVICE]
    assert properties == {"ManufacturerData": {0x59: b"\1\2"}, "Sets": {"/set": {"Rank": 3}}}


def test_other_interfaces_are_not_kept(mirror: Mirror) -> None:
    """A phone's own services and what else BlueZ has on its objects take no room."""
    mirror._hear(added(device_path(ANN), "org.bluez.GattService1"))
    mirror._hear(changed(device_path(ANN), interface="org.bluez.MediaControl1", Connected=True))
    assert mirror.objects == {}


# --- what changes ------------------------------------------------------------------------------------------------


def test_a_phone_may_come_back(mirror: Mirror) -> None:
    """As long as it is connected or has a bond."""
    path = device_path(ANN)
    mirror._hear(added(path))
    for properties, expected in (
        ({"Connected": True}, True),
        ({"Connected": False}, False),
        ({"Bonded": True}, True),
        ({"Connected": True}, True),
        ({"Connected": False}, True),
        ({"Bonded": False}, False),
    ):
        mirror._hear(changed(path, **properties))
        assert mirror.may_come_back(path) is expected


def test_a_bond_has_two_names(mirror: Mirror) -> None:
    """BlueZ before 5.65 has ``Paired`` alone; where there are both, ``Bonded`` is the one that lasts."""
    mirror._hear(added(device_path(ANN), Paired=True))
    mirror._hear(added(device_path(BEN), Paired=True, Bonded=False))
    assert mirror.bonded == {device_path(ANN)}
    assert [mirror.device(device_path(address)).bonded for address in (ANN, BEN)] == [True, False]


def test_new_phones_and_forgotten_ones(mirror: Mirror) -> None:
    """They come with InterfacesAdded and go with InterfacesRemoved; other objects are none."""
    path = device_path(ANN)
    mirror._hear(added("/org/bluez/hci1", ADAPTER))
    assert mirror.connected == set()
    mirror._hear(added(path, Connected=True, Bonded=True))
    assert (mirror.connected, mirror.bonded) == ({path}, {path})
    mirror._hear(removed(path, "org.bluez.Battery1"))
    assert mirror.connected == {path}
    mirror._hear(removed(path, DEVICE))
    assert (mirror.connected, mirror.bonded, path in mirror.objects) == (set(), set(), False)
    mirror._hear(changed(path, Connected=True))
    assert path not in mirror.objects, "what is not there does not change"


def test_listeners_hear_of_comings_and_goings(mirror: Mirror) -> None:
    """A signal without news, and properties that do not matter to them, wake no listener."""
    heard: list[int] = []
    mirror.listeners.add(lambda: heard.append(len(mirror.connected)))
    for message in (
        added(device_path(ANN)),
        added(device_path(BEN)),
        changed(device_path(ANN), Connected=True),
        changed(device_path(ANN), Connected=True),
        changed(device_path(ANN), ServicesResolved=True),
        changed(device_path(BEN), Connected=True),
        changed(device_path(ANN), Connected=False),
    ):
        mirror._hear(message)
    assert heard == [1, 2, 1]


def test_observers_hear_of_everything_that_is_new(mirror: Mirror) -> None:
    """Each change, with what is really new, when the mirror shows it already; a value that is lost is ``None``."""
    path, told = device_path(ANN), []

    def observe(change: Change) -> None:
        told.append((change, mirror.objects.get(path, {}).get(DEVICE, {}).get("Connected")))

    mirror.observers.add(observe)
    rssi = Variant("n", -60)
    for message in (
        added(path, Connected=True),
        changed(path, Connected=True),
        changed(path, Connected=False, RSSI=rssi),
        changed(path, "RSSI"),
        changed(path, "RSSI"),
        added(path, Connected=True),
        removed(path, PROPERTIES, DEVICE),
        removed(path, PROPERTIES, DEVICE),
    ):
        mirror._hear(message)
    assert told == [
        (Change(path, DEVICE, {"Connected": True}, added=True), True),
        (Change(path, DEVICE, {"Connected": False, "RSSI": -60}), False),
        (Change(path, DEVICE, {"RSSI": None}), False),
        (Change(path, DEVICE, {"Connected": True}), True),
        (Change(path, DEVICE, None), None),
    ]


def test_an_object_with_several_interfaces(mirror: Mirror) -> None:
    """All of it is there when the first of its interfaces is told of."""
    able: list[bool] = []
    mirror.observers.add(lambda _: able.append(mirror.adapters[0].can_be_peripheral))
    body = [HCI0, {ADAPTER: {}, GATT_MANAGER: {}, ADVERTISING_MANAGER: {}}]
    mirror._hear(from_bluez(Message.new_signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", body)))
    assert able == [True] * 3


def test_an_object_told_anew(mirror: Mirror) -> None:
    """What BlueZ no longer tells of an object that it tells of again has no value any more."""
    path = device_path(ANN)
    mirror._hear(added(path, Connected=True, RSSI=Variant("n", -60)))
    mirror._hear(added(path, Connected=True))
    assert mirror.objects[path][DEVICE] == {"Connected": True}


def test_an_observer_that_fails(mirror: Mirror, caplog: pytest.LogCaptureFixture) -> None:
    """Its exception is logged, and the others hear what it should have heard; a listener's likewise."""
    told: list[Change] = []

    def fail(*_: Change) -> None:
        raise ZeroDivisionError

    for observer in (fail, told.append):
        mirror.observers.add(observer)
    for listener in (fail, lambda: told.append(Change("", "", None))):
        mirror.listeners.add(listener)
    mirror._hear(added(device_path(ANN), Connected=True))
    assert len(told) == 2
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError] * 2


def test_an_observer_that_ends_itself(mirror: Mirror) -> None:
    """Observers may come and go while they are told."""

    def once(_: Change) -> None:
        mirror.observers.discard(once)
        mirror.observers.add(told.append)

    told: list[Change] = []
    mirror.observers.add(once)
    mirror._hear(added(device_path(ANN)))
    mirror._hear(changed(device_path(ANN), Connected=True))
    assert [change.changed for change in told] == [{"Connected": True}]


def test_only_bluez_is_believed(mirror: Mirror) -> None:
    """What another process says, or says in a call, is not."""
    message = added(device_path(ANN), Connected=True)
    message.sender = ":1.8"
    mirror._hear(message)
    message.sender, message.message_type = ":1.7", MessageType.METHOD_CALL
    mirror._hear(message)
    assert mirror.objects == {}


# --- why a link has ended ----------------------------------------------------------------------------------------


def test_the_reason(mirror: Mirror) -> None:
    """BlueZ 5.83 tells first why a phone leaves and then that; the reason stays until it comes again."""
    path, told = device_path(ANN), []
    mirror._hear(added(path, Connected=True))
    mirror.observers.add(lambda change: told.append((change.changed, mirror.reason(path))))
    mirror._hear(left(path, "Remote"))
    mirror._hear(changed(path, Connected=False))
    assert told == [({"_reason": "Remote"}, "Remote"), ({"Connected": False}, "Remote")]
    assert mirror.device(path).disconnect_reason == "Remote"
    mirror._hear(changed(path, Connected=True))
    assert mirror.reason(path) is None
    mirror._hear(left(path, "Timeout"))
    mirror._hear(changed(path, Connected=False))
    mirror._hear(removed(path, DEVICE))
    assert mirror.reason(path) == "Timeout", "also of a device that is forgotten"
    assert mirror.reason(device_path(BEN)) is None


# --- devices and adapters ----------------------------------------------------------------------------------------


def test_a_device_that_is_forgotten(mirror: Mirror) -> None:
    """It keeps what was known last, but is neither connected nor bonded; so does one asked for afterwards."""
    path = device_path(ANN)
    name = Variant("s", "Ann")
    mirror._hear(added(path, Name=name, Connected=True, Paired=True, Bonded=True))
    before = mirror.device(path)
    mirror._hear(added(path, BATTERY, Percentage=Variant("y", 80)))
    mirror._hear(removed(path, BATTERY, DEVICE))
    for device in (before, mirror.device(path)):
        assert (device.name, device.battery, device.connected, device.paired, device.bonded) == (
            ("Ann", 80, False, False, False)
        )
    mirror._hear(added(path, Name=Variant("s", "Anna")))
    assert before.name == "Anna", "it is the same device if BlueZ finds it anew"


def test_a_device_that_is_not_known(mirror: Mirror) -> None:
    """Its address follows from where it would be."""
    device = mirror.device(device_path(ANN))
    assert (device.address, device.alias, device.connected, device.name) == (ANN, "AA-AA-AA-AA-AA-AA", False, None)


def test_equality(mirror: Mirror) -> None:
    """Devices are equal if they are one device of one lineage, and so are adapters."""
    mirror._hear(added(HCI0, ADAPTER))
    path, other = device_path(ANN), Mirror(cast("Any", None), ":1.7")
    assert mirror.device(path) == mirror.device(path)
    assert len({mirror.device(path), mirror.device(path), mirror.device(device_path(BEN)), other.device(path)}) == 3
    assert mirror.adapters == mirror.adapters
    assert mirror.device(path) != path


def test_whose_address_it_is(mirror: Mirror) -> None:
    """A bonded phone is called by its identity address, wherever BlueZ has it; one that is connected comes first."""
    private, path = device_path("5A:00:00:00:00:01"), device_path(ANN, "hci1")
    mirror._hear(added(private, Address=Variant("s", ANN)))
    assert mirror.address(private) == ANN
    assert mirror.called(ANN.lower()) == mirror.device(private)
    mirror._hear(added(path, Address=Variant("s", ANN), Connected=True))
    assert mirror.called(ANN) == mirror.device(path)
    mirror._hear(added(HCI0, ADAPTER))
    assert mirror.called(BEN) is mirror.called("") is None
    assert mirror.address("/") == ""


# --- storms ------------------------------------------------------------------------------------------------------


def test_a_storm_leaves_nothing(mirror: Mirror) -> None:
    """Devices that come and go by the thousand leave no more behind than a few."""

    def storm(number: int) -> None:
        for one in range(number):
            path = device_path(f"{one:012X}")
            mirror._hear(added(path, Connected=True, Name=Variant("s", "x" * 100)))
            mirror._hear(left(path, "Remote"))
            mirror._hear(changed(path, Connected=False))
            mirror._hear(removed(path, DEVICE))
        gc.collect()

    tracemalloc.start()
    try:
        storm(1100)  # dbus-fast remembers 1024 paths
        before, _ = tracemalloc.get_traced_memory()
        storm(2000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert mirror.objects == {}
    assert len(mirror.gone) == 64
    assert after - before < 100_000, "of two megabytes"


# --- on the bus --------------------------------------------------------------------------------------------------


async def test_signals_come_over_the_bus(bluez: FakeBlueZ, watching: Mirror) -> None:
    """Whatever BlueZ tells arrives: devices, batteries, reasons, adapters."""
    bluez.add_device(CAT, FakeDevice(connected=True))
    bluez.tell_battery(CAT, 50)
    bluez.tell_battery(CAT, 49)
    bluez.change_device(CAT, Name=Variant("s", "Cat"), RSSI=Variant("n", -70))
    bluez.change_device(CAT, "RSSI")
    bluez.drop_device(CAT, "Timeout")
    second = FakeAdapter("hci1", "66:77:88:99:AA:BB", "Dongle")
    bluez.add_adapter(second)
    bluez.change_adapter(second, Powered=Variant("b", False))  # noqa: FBT003  (a D-Bus value)
    device = watching.device(device_path(CAT))
    await until(watching, lambda: len(watching.adapters) == 2 and not watching.adapters[1].powered)
    shown = (device.battery, device.name, device.rssi, device.disconnect_reason, device.connected)
    assert shown == (49, "Cat", None, "Timeout", False)
    bluez.remove_adapter(bluez.adapter)
    await until(watching, lambda: len(watching.adapters) == 1)
    assert watching.connected == set()


async def test_closing(bluez: FakeBlueZ, watching: Mirror) -> None:
    """Nothing is heard any more, the bus no longer sends it, and what was known stays."""
    closed: list[bool] = []
    heard: list[Message] = []
    watching.closers.add(lambda: closed.append(True))
    watching.bus.add_message_handler(heard.append)
    watching.close()
    await owner_of(watching.bus, BLUEZ)  # the rules are gone when this is answered
    heard.clear()
    bluez.add_device(CAT, FakeDevice())
    bluez.tell_device(ANN, connected=False)
    assert await bluez._ask(watching.bus.unique_name or "", "/", "org.freedesktop.DBus.Peer", "Ping") is None
    assert [message.member for message in heard if message.message_type is MessageType.SIGNAL] == []
    assert closed == [True]
    assert device_path(ANN) in watching.connected


@pytest.mark.usefixtures("bluez")
async def test_few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """One rule for each kind of signal, however many devices there are, and each is taken back."""
    rules: list[tuple[str | None, str]] = []
    bus = await connect()
    call, send = bus.call, bus.send

    def note(message: Message) -> Message:
        if message.member in {"AddMatch", "RemoveMatch"}:
            rules.append((message.member, message.body[0]))
        return message

    monkeypatch.setattr(type(bus), "call", lambda _, message: call(note(message)))
    mirror = Mirror(bus, await owner_of(bus, BLUEZ))
    await mirror.watch()
    monkeypatch.setattr(type(bus), "send", lambda _, message: send(note(message)))
    mirror.close()
    added_rules = [rule for member, rule in rules if member == "AddMatch"]
    assert added_rules == [rule for member, rule in rules if member == "RemoveMatch"]
    assert len(set(added_rules)) == len(added_rules) <= 6
    bus.disconnect()
    await disconnected(bus)
