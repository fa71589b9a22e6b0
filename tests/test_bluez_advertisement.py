"""Advertisements on a bus: what BlueZ reads, what it hears while they are on the air, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest
from dbus_fast import Variant
from dbus_fast.aio import MessageBus

from gattschema import AdvertisementError, Peripheral, UInt8
from gattschema.advertising import (
    Advertisement,
    Host,
    Packet,
    ScanResponse,
    Waiting,
    let_go,
    manufacturer_data,
    service_data,
)
from gattschema.bluez._advertisement import AdvertisementObject, _packet, host_of, properties
from gattschema.bluez._bus import BLUEZ, call
from gattschema.bluez._objects import ObjectTree
from gattschema.bluez._release import Release
from gattschema.events import AdvertisementReleased
from tests.fake_bluez import ADVERTISEMENT, PATIENCE, Daemon, FakeBlueZ, Refusal, _plain

BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"


class Hall(Advertisement):
    level: UInt8 = service_data(0x180F, default=100)
    count: UInt8 = manufacturer_data(0x0059, default=0)


@pytest.fixture
async def tree(system_bus: Daemon, bluez: FakeBlueZ) -> AsyncIterator[ObjectTree]:
    bus = await MessageBus(bus_address=system_bus.address).connect()
    yield ObjectTree(bus, bluez.bus.unique_name)
    bus.disconnect()
    await bus.wait_for_disconnect()


def host(bluez: FakeBlueZ, release: Release | None) -> Host:
    """What BlueZ tells of the adapter, as the mirror has it."""
    plain = {key: _plain(value) for key, value in bluez.adapter.advertising.items()}
    return host_of(release, plain, {key: _plain(value) for key, value in bluez.adapter.properties().items()})


@pytest.fixture
def released() -> asyncio.Queue[Advertisement]:
    return asyncio.Queue()


@pytest.fixture
def on_air(bluez: FakeBlueZ, tree: ObjectTree, released: asyncio.Queue[Advertisement]) -> Any:
    @contextlib.asynccontextmanager
    async def run(advertisement: Advertisement, release: Release | None = (5, 82), number: int = 0) -> Any:
        made = AdvertisementObject(advertisement, tree, release, number, released.put_nowait)
        await made.register(bluez.adapter, host(bluez, release))
        yield made
        await made.unregister(bluez.adapter)

    return run


@attrs.define
class Clock:
    """What advertisements count their times by, in a test."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("gattschema.advertising._waiting.monotonic", made)
    return made


async def test_what_is_unset_is_absent(bluez: FakeBlueZ, on_air: Any) -> None:
    """BlueZ reads no property that the program has not set."""
    async with on_air(Advertisement()):
        assert bluez.advertisement == {"Type": "peripheral", "Discoverable": True}
    assert not bluez.advertisements


def test_every_attribute_has_its_property() -> None:
    """Seconds become seconds or milliseconds, mappings keep their order, a UUID of 32 bits is written as such."""
    made = properties(
        Advertisement(
            name="Hall",
            appearance=0x0540,
            services=[0x180F, 0x12345678],
            solicited=[0x180A],
            manufacturer_data={0x0059: b"\1"},
            service_data={0x180F: b"\2"},
            data={0x24: b"\3"},
            scan_response=ScanResponse(services=[0x180A], data={0x24: b"\4"}),
            discoverable_timeout=10,
            duration=2,
            timeout=20,
            include=["tx-power"],
            interval=(0.1, 0.152),
            tx_power=-4,
            secondary_channel="2M",
        ),
        (5, 87),
    )
    octets = {key: Variant("ay", bytes([key])) for key in (1, 2, 3, 4)}
    assert made == {
        "Type": Variant("s", "peripheral"),
        "ServiceUUIDs": Variant("as", [BATTERY, "12345678"]),
        "SolicitUUIDs": Variant("as", ["0000180a-0000-1000-8000-00805f9b34fb"]),
        "ManufacturerData": Variant("a{qv}", {0x0059: octets[1]}),
        "ServiceData": Variant("a{sv}", {BATTERY: octets[2]}),
        "Data": Variant("a{yv}", {0x24: octets[3]}),
        "ScanResponseServiceUUIDs": Variant("as", ["0000180a-0000-1000-8000-00805f9b34fb"]),
        "ScanResponseData": Variant("a{yv}", {0x24: octets[4]}),
        "Discoverable": Variant("b", True),  # noqa: FBT003  (a D-Bus value)
        "DiscoverableTimeout": Variant("q", 10),
        "Includes": Variant("as", ["tx-power"]),
        "LocalName": Variant("s", "Hall"),
        "Appearance": Variant("q", 0x0540),
        "Duration": Variant("q", 2),
        "Timeout": Variant("q", 20),
        "SecondaryChannel": Variant("s", "2M"),
        "TxPower": Variant("n", -4),
        "MinInterval": Variant("u", 100),
        "MaxInterval": Variant("u", 152),
        "Instance": Variant("y", 0),
    }


def test_a_beacon_says_nothing_of_discoverability() -> None:
    """A broadcast with flags is refused, so that the property is absent."""
    assert properties(Advertisement(connectable=False), (5, 82)) == {"Type": Variant("s", "broadcast")}


async def test_assignments_of_one_turn_leave_together(bluez: FakeBlueZ, on_air: Any) -> None:
    """An assignment is on the air at once; several without an await between them are one message."""
    hall = Hall(name="Hall")
    async with on_air(hall):
        hall.level = 79
        hall.name = "Hall 2"
        hall.count = 3
        await bluez.until(lambda: bluez.advert_changes)
        assert bluez.advert_changes == [
            {"ManufacturerData": {0x0059: b"\3"}, "ServiceData": {BATTERY: b"\x4f"}, "LocalName": "Hall 2"}
        ]
        hall.level = 78
        await bluez.until(lambda: len(bluez.advert_changes) == 2)
        assert bluez.advertisement["ServiceData"] == {BATTERY: b"\x4e"}
    hall.level = 1
    assert hall._gatt_link is None
    assert len(bluez.advert_changes) == 2


async def test_one_message_is_on_its_way_at_a_time(bluez: FakeBlueZ, on_air: Any) -> None:
    """While BlueZ does not read, the newest values wait, and no queue grows."""
    hall = Hall()
    async with on_air(hall):
        bluez.held_pings = []
        for level in range(100):
            hall.level = level
            await asyncio.sleep(0)
        await bluez.until(lambda: bluez.held_pings)
        hall.level = 7
        bluez.release_pings()
        await bluez.until(lambda: bluez.advertisement["ServiceData"] == {BATTERY: b"\7"})
        assert len(bluez.advert_changes) <= 3


async def test_assignments_from_any_thread(bluez: FakeBlueZ, on_air: Any) -> None:
    """A thread assigns as the event loop does."""
    hall = Hall()
    async with on_air(hall):
        worker = threading.Thread(target=lambda: setattr(hall, "level", 42))
        worker.start()
        await bluez.until(lambda: bluez.advertisement["ServiceData"] == {BATTERY: b"\x2a"})
        worker.join()


async def test_an_assignment_that_does_not_fit_changes_nothing(bluez: FakeBlueZ, on_air: Any) -> None:
    """It raises where it stands; what is on the air goes on as it was."""
    hall = Hall()
    async with on_air(hall):
        with pytest.raises(AdvertisementError, match="of 31"):
            hall.manufacturer_data = {0x004C: bytes(23)}
        assert hall.manufacturer_data == {}
        hall.level = 1
        await bluez.until(lambda: bluez.advert_changes)
        assert bluez.advert_changes == [{"ServiceData": {BATTERY: b"\1"}}]


async def test_new_raw_data_bring_the_flags_back(bluez: FakeBlueZ, on_air: Any) -> None:
    """bluetoothd wipes the flags with the raw data: Discoverable follows, and only then, as it would fail otherwise."""
    plain = Advertisement(data={0x24: b"a"})
    async with on_air(plain):
        plain.data = {0x24: b"b"}
        await bluez.until(lambda: bluez.advert_changes)
        plain.data = {}
        await bluez.until(lambda: len(bluez.advert_changes) == 2)
    assert [list(change.items()) for change in bluez.advert_changes] == [
        [("Data", {0x24: b"b"}), ("Discoverable", True)],
        [("Data", {}), ("Discoverable", True)],
    ]


@pytest.mark.parametrize(
    ("before", "name", "value"),
    [
        ({"name": "Hall"}, "name", None),
        ({"appearance": 1}, "appearance", None),
        ({}, "connectable", False),
        ({}, "discoverable", False),
        ({}, "interval", 0.1),
        ({}, "include", ["tx-power"]),
        ({}, "scan_response", ScanResponse(services=[0x180A])),
        ({"discoverable_timeout": 9}, "data", {0x24: b"b"}),
    ],
)
async def test_what_bluetoothd_would_do_wrong_begins_anew(
    bluez: FakeBlueZ, on_air: Any, before: dict[str, Any], name: str, value: Any
) -> None:
    """It keeps a name that is taken away, for example; then the advertisement is taken back and registered anew."""
    plain = Advertisement(**before)
    async with on_air(plain):
        setattr(plain, name, value)
        await bluez.until(lambda: bluez.calls.count("hci0 RegisterAdvertisement") == 2)
        await bluez.until(lambda: bluez.advertisements)
        assert bluez.advert_changes == []
        expected = {key: variant.value for key, variant in properties(plain, (5, 82)).items()}
        assert bluez.advertisement.keys() == expected.keys()
    assert not bluez.advertisements


async def test_a_new_beginning_that_bluez_refuses(
    bluez: FakeBlueZ, on_air: Any, released: asyncio.Queue[Advertisement], caplog: pytest.LogCaptureFixture
) -> None:
    """It is told as a release, with the reason in the log; the advertisement can be used again."""
    plain = Advertisement(name="Hall")
    async with on_air(plain):
        bluez.refusals["RegisterAdvertisement"] = Refusal("org.bluez.Error.Failed", "no")
        plain.name = None
        async with asyncio.timeout(5):
            assert await released.get() is plain
        assert plain._gatt_link is None
        assert "Advertisement has left the air" in caplog.text
    bluez.refusals.clear()
    async with on_air(plain, number=1):
        assert bluez.advertisement == {"Type": "peripheral", "Discoverable": True}


async def test_a_release(bluez: FakeBlueZ, on_air: Any, released: asyncio.Queue[Advertisement]) -> None:
    """BlueZ has taken it off the air: that is told, and leaving asks nothing of BlueZ."""
    hall = Hall()
    async with on_air(hall):
        ((client, path),) = bluez.advertisements
        assert await bluez._ask(client, path, ADVERTISEMENT, "Release") is None
        assert released.get_nowait() is hall
        hall.level = 3
    assert "hci0 UnregisterAdvertisement" not in bluez.calls


async def test_what_bluez_writes_back(bluez: FakeBlueZ, on_air: Any) -> None:
    """From 5.87 on the instance, and on capable controllers the power; both are over with the advertisement."""
    hall = Hall()
    async with on_air(hall, release=(5, 87)):
        ((client, path),) = bluez.advertisements
        properties = "org.freedesktop.DBus.Properties"
        power = Variant("n", 7)
        assert await bluez._ask(client, path, properties, "Set", "ssv", ADVERTISEMENT, "TxPower", power) is None
        assert (hall.bluez_instance, hall.chosen_tx_power) == (1, 7)
        refused = await bluez._ask(client, path, properties, "Set", "ssv", ADVERTISEMENT, "Type", Variant("s", "x"))
        assert isinstance(refused, Refusal)
    assert (hall.bluez_instance, hall.chosen_tx_power) == (None, None)


async def test_several_at_once(bluez: FakeBlueZ, on_air: Any) -> None:
    """Each has a path of its own; one cannot be on the air twice."""
    hall = Hall()
    async with on_air(hall), on_air(Hall(), number=1):
        assert len(bluez.advertisements) == 2
        with pytest.raises(AdvertisementError, match="this Hall is on the air already"):
            async with on_air(hall, number=2):
                raise AssertionError
        assert hall._gatt_link is not None


async def test_the_controller_is_asked_before_bluez(bluez: FakeBlueZ, on_air: Any) -> None:
    """What its capabilities do not allow never reaches BlueZ."""
    bluez.adapter.advertising["SupportedInstances"] = Variant("y", 0)
    with pytest.raises(AdvertisementError, match="no room for another"):
        async with on_air(Hall()):
            raise AssertionError
    assert bluez.calls == []


async def test_a_controller_with_extended_advertising(bluez: FakeBlueZ, on_air: Any) -> None:
    """Its capabilities decide how long an advertisement may be."""
    longest = Variant("y", 251)
    bluez.adapter.advertising["SupportedCapabilities"] = Variant("a{sv}", {"MaxAdvLen": longest})
    bluez.adapter.advertising["SupportedSecondaryChannels"] = Variant("as", ["1M"])
    async with on_air(Advertisement(manufacturer_data={0x0059: bytes(200)}, secondary_channel="1M")):
        assert bluez.advertisement["SecondaryChannel"] == "1M"


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Refusal("org.bluez.Error.NotPermitted", "Maximum advertisements reached"), "as many advertisements as"),
        (Refusal("org.bluez.Error.Failed", "Failed to parse advertisement."), "advertisement: 13 of 31 octets"),
    ],
)
async def test_what_bluez_refuses(bluez: FakeBlueZ, on_air: Any, refusal: Refusal, told: str) -> None:
    """The error says what BlueZ does not: the octets; nothing is left behind."""
    bluez.refusals["RegisterAdvertisement"] = refusal
    hall = Hall()
    with pytest.raises(AdvertisementError) as raised:
        async with on_air(hall):
            raise AssertionError
    assert told in raised.value.finding
    assert hall._gatt_link is None


async def test_an_abandoned_one_goes_on_the_air_anew(bluez: FakeBlueZ, tree: ObjectTree, on_air: Any) -> None:
    """BlueZ has gone: no call is made, and another connection can take it over with what was assigned since."""
    hall = Hall()
    made = AdvertisementObject(hall, tree, (5, 82), 5, lambda _: None)
    await made.register(bluez.adapter, host(bluez, (5, 82)))
    made.abandon()
    hall.level = 3
    bluez.advertisements.clear()
    async with on_air(hall):
        assert bluez.advertisement["ServiceData"] == {BATTERY: b"\3"}


async def test_while_bluez_is_away_assignments_are_checked(bluez: FakeBlueZ, tree: ObjectTree, on_air: Any) -> None:
    """Against the last host; what does not fit changes nothing, so that all of it can come back."""
    hall = Hall()
    made = AdvertisementObject(hall, tree, (5, 82), 5, lambda _: None)
    await made.register(bluez.adapter, host(bluez, (5, 82)))
    made.abandon()
    made.abandon()
    with pytest.raises(AdvertisementError, match="of 31"):
        hall.manufacturer_data = {0x004C: bytes(23)}
    assert hall.manufacturer_data == {}
    hall.level = 3
    bluez.advertisements.clear()
    async with on_air(hall):
        assert bluez.advertisement["ServiceData"] == {BATTERY: b"\3"}
        assert not isinstance(hall._gatt_link, Waiting)
    assert hall._gatt_link is None


async def test_a_return_that_fails_waits_on(bluez: FakeBlueZ, tree: ObjectTree, on_air: Any) -> None:
    """BlueZ may go away again; but what this air cannot have does not come back, and is free."""
    hall = Hall()
    made = AdvertisementObject(hall, tree, (5, 82), 5, lambda _: None)
    await made.register(bluez.adapter, host(bluez, (5, 82)))
    made.abandon()
    bluez.advertisements.clear()
    bluez.refusals["RegisterAdvertisement"] = Refusal("org.bluez.Error.Failed", "no")
    with pytest.raises(AdvertisementError):
        async with on_air(hall):
            raise AssertionError
    assert isinstance(hall._gatt_link, Waiting)
    bluez.refusals.clear()
    bluez.adapter.advertising["SupportedInstances"] = Variant("y", 0)
    with pytest.raises(AdvertisementError, match="no room"):
        async with on_air(hall):
            raise AssertionError
    assert hall._gatt_link is None


async def test_the_end_of_waiting(bluez: FakeBlueZ, tree: ObjectTree, on_air: Any) -> None:
    """The peripheral ends while BlueZ is away: the advertisement is free. One on the air is not let go of."""
    hall = Hall()
    made = AdvertisementObject(hall, tree, (5, 82), 5, lambda _: None)
    for end in (lambda: let_go(hall), None):
        await made.register(bluez.adapter, host(bluez, (5, 82)))
        bluez.advertisements.clear()
        made.abandon()
        if end is None:
            await made.unregister(bluez.adapter)
        else:
            end()
        hall.manufacturer_data = {0x004C: bytes(23)}
        hall.manufacturer_data = {}
    async with on_air(hall):
        let_go(hall)
        assert hall._gatt_link is not None


async def test_a_release_before_a_loss(bluez: FakeBlueZ, tree: ObjectTree) -> None:
    """A release ends it; if bluetoothd then turns out to have gone with it, it waits as the others do."""
    hall = Hall()
    made = AdvertisementObject(hall, tree, (5, 82), 5, lambda _: None)
    await made.register(bluez.adapter, host(bluez, (5, 82)))
    ((client, path),) = bluez.advertisements
    await bluez._ask(client, path, ADVERTISEMENT, "Release")
    assert hall._gatt_link is None
    made.abandon()
    with pytest.raises(AdvertisementError, match="of 31"):
        hall.manufacturer_data = {0x004C: bytes(23)}


async def test_a_batch_is_one_message(bluez: FakeBlueZ, on_air: Any) -> None:
    """Across awaits and from any thread; what does not fit together raises at its end and changes nothing."""
    hall = Hall(name="Hall")
    async with on_air(hall):
        with hall.batch():
            hall.level = 1
            await asyncio.sleep(0.05)
            hall.name = "Hall 2"
            assert bluez.advert_changes == []
        await bluez.until(lambda: bluez.advert_changes)
        assert bluez.advert_changes == [{"ServiceData": {BATTERY: b"\1"}, "LocalName": "Hall 2"}]
        with pytest.raises(AdvertisementError, match="of 31"), hall.batch():  # noqa: PT012  (several are the point)
            hall.level = 2
            hall.manufacturer_data = {0x004C: bytes(23)}
        assert (hall.level, hall.manufacturer_data) == (1, {})

        def work() -> None:
            with hall.batch():
                hall.level, hall.count = 5, 6

        await asyncio.to_thread(work)
        await bluez.until(lambda: len(bluez.advert_changes) == 2)
        assert bluez.advert_changes[1] == {"ManufacturerData": {0x0059: b"\6"}, "ServiceData": {BATTERY: b"\5"}}


async def test_one_state_is_told(bluez: FakeBlueZ, on_air: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread assigns while the event loop composes: BlueZ hears of what was before, then of what is now."""
    hall = Hall(name="one")
    workers: list[threading.Thread] = []

    def work() -> None:
        with hall.batch():
            hall.level, hall.name = 3, "three"

    def slow(packet: Packet, prefix: str) -> dict[str, Variant]:
        made = _packet(packet, prefix)
        if not workers:
            workers.append(threading.Thread(target=work))
            workers[0].start()
            workers[0].join()
        return made

    async with on_air(hall):
        monkeypatch.setattr("gattschema.bluez._advertisement._packet", slow)
        hall.level = 2
        await bluez.until(lambda: len(bluez.advert_changes) == 2)
        assert bluez.advert_changes == [
            {"ServiceData": {BATTERY: b"\2"}},
            {"ServiceData": {BATTERY: b"\3"}, "LocalName": "three"},
        ]


async def test_what_a_batch_holds_back_is_not_on_the_air(bluez: FakeBlueZ, on_air: Any) -> None:
    """Not even if it goes on the air within the block, whose values may still be taken back."""
    hall = Hall()
    with pytest.raises(KeyError), hall.batch():  # noqa: PT012  (it raises behind the rest)
        hall.level = 7
        async with on_air(hall):
            assert bluez.advertisement["ServiceData"] == {BATTERY: b"\x64"}
        raise KeyError
    assert hall.level == 100


async def test_a_new_beginning_has_what_is_left_of_its_times(bluez: FakeBlueZ, on_air: Any, clock: Clock) -> None:
    """They count from the registration, or from their own assignment, also of the same; what is over stays over."""
    plain = Advertisement(timeout=60, discoverable_timeout=10, interval=0.1)

    async def begun_with(**told: Any) -> None:
        await bluez.until(lambda: bluez.advertisements and told.items() <= bluez.advertisement.items())

    async with on_air(plain):
        await begun_with(Timeout=60, DiscoverableTimeout=10, Discoverable=True)
        clock.now += 4.5
        plain.interval = 0.2
        await begun_with(Timeout=56, DiscoverableTimeout=6, MinInterval=200)
        plain.discoverable_timeout = 10
        await begun_with(Timeout=56, DiscoverableTimeout=10)
        plain.timeout = 50
        await bluez.until(lambda: bluez.advert_changes)
        assert bluez.advert_changes == [{"Timeout": 50}]
        clock.now += 10
        plain.interval = 0.3
        await begun_with(Timeout=40, Discoverable=False, MinInterval=300)
        assert "DiscoverableTimeout" not in bluez.advertisement
        clock.now += 35
        plain.discoverable_timeout = 10
        await begun_with(Timeout=5, DiscoverableTimeout=5, Discoverable=True)  # BlueZ refuses one that is longer
        clock.now += 6
        plain.interval = 0.4
        await begun_with(Timeout=1, DiscoverableTimeout=1, MinInterval=400)


async def test_times_go_on_while_bluez_is_away(bluez: FakeBlueZ, tree: ObjectTree, on_air: Any, clock: Clock) -> None:
    """It comes back for what is left; what is assigned meanwhile counts from then on; what is over does not come."""
    plain = Advertisement(timeout=60)
    made = AdvertisementObject(plain, tree, (5, 82), 5, lambda _: None)

    async def is_lost() -> None:
        await made.register(bluez.adapter, host(bluez, (5, 82)))
        made.abandon()
        bluez.advertisements.clear()
        clock.now += 20

    await is_lost()
    async with on_air(plain):
        assert bluez.advertisement["Timeout"] == 40
    await is_lost()
    plain.timeout = 30
    clock.now += 20
    async with on_air(plain):
        assert bluez.advertisement["Timeout"] == 10
    await is_lost()
    clock.now += 20
    with pytest.raises(AdvertisementError, match="its timeout was over before BlueZ was back"):
        async with on_air(plain):
            raise AssertionError
    async with on_air(plain):
        assert bluez.advertisement["Timeout"] == 30


async def test_an_end_while_bluez_is_away_is_a_release(
    bluez: FakeBlueZ, system_bus: Daemon, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """As if BlueZ had taken it off the air; the others come back."""
    brief, steady = Hall(timeout=60, connectable=False), Hall(connectable=False)
    async with Peripheral(brief, steady) as running:
        released = running.events(AdvertisementReleased)
        await bluez.leave()
        clock.now += 60
        back = await FakeBlueZ().join(system_bus.address)
        async with asyncio.timeout(PATIENCE):
            assert (await anext(released)).advertisement is brief
        assert running.advertisements == (steady,)
        assert "does not come back: Hall: its timeout was over" in caplog.text
    await back.leave()


async def test_a_registration_that_nobody_waits_for(bluez: FakeBlueZ, tree: ObjectTree, on_air: Any) -> None:
    """BlueZ may have it on the air by then: it is told to take it off, and not waited for."""
    hall = Hall()
    made = AdvertisementObject(hall, tree, (5, 82), 5, lambda _: None)
    bluez.mute.add("RegisterAdvertisement")
    task = asyncio.create_task(made.register(bluez.adapter, host(bluez, (5, 82))))
    await bluez.until(lambda: bluez.advertisements)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await bluez.until(lambda: not bluez.advertisements)
    bluez.mute.clear()
    async with on_air(hall):
        assert len(bluez.advertisements) == 1


async def test_a_new_beginning_that_is_not_answered(bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is off the air, in BlueZ and for the program, which is told."""
    hall = Hall(connectable=False, interval=0.1)
    async with Peripheral(hall) as running:
        released = running.events(AdvertisementReleased)
        with monkeypatch.context() as impatient:
            impatient.setattr(call, "__kwdefaults__", {"destination": BLUEZ, "within": 0.05})
            bluez.mute.add("RegisterAdvertisement")
            hall.interval = 0.2
            async with asyncio.timeout(PATIENCE):
                assert (await anext(released)).advertisement is hall
        bluez.mute.clear()
        await bluez.until(lambda: not bluez.advertisements)
        assert running.advertisements == ()
        await running.add(hall)
        assert len(bluez.advertisements) == 1


async def test_a_new_alias_is_on_the_air(bluez: FakeBlueZ) -> None:
    """Linux looks for it when BlueZ puts an advertisement with the adapter's name on the air again; others stay."""
    bluez.devices.clear()
    hall = Hall(name="Hall", connectable=False)
    async with Peripheral(Advertisement(include=["local-name"]), hall):
        bluez.change_adapter(bluez.adapter, Alias=Variant("s", "Attic"))
        await bluez.until(lambda: bluez.advert_changes)
        hall.level = 1
        await bluez.until(lambda: len(bluez.advert_changes) == 2)
    assert bluez.advert_changes == [{"Type": "peripheral"}, {"ServiceData": {BATTERY: b"\1"}}]


async def test_a_shortened_alias_is_a_warning(bluez: FakeBlueZ, on_air: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Linux keeps 10 octets of the adapter's name, also within a character: with what to write instead."""
    bluez.adapter.alias = "Gartenhäuschen"
    async with on_air(Advertisement(include=["local-name"])):
        pass
    bluez.adapter.alias = "Garten-Tür"
    async with on_air(Advertisement(include=["local-name"])):
        pass
    assert [one.getMessage() for one in caplog.records] == [
        f"Advertisement: the adapter's name {name!r} is too long, and phones will see {seen!r}; "
        "write name=…, of which they see more"
        for name, seen in (("Gartenhäuschen", "Gartenhäu"), ("Garten-Tür", "Garten-Tü"))
    ]


async def test_a_shortened_name_is_a_warning(bluez: FakeBlueZ, on_air: Any, caplog: pytest.LogCaptureFixture) -> None:
    """However long it is: once for each name, with what phones will see; within a character it is refused."""
    hall = Hall(name="x" * 300)
    for number in range(2):
        async with on_air(hall, number=number):
            hall.level = number + 1
            await bluez.until(lambda: bluez.advert_changes)
            bluez.advert_changes.clear()
    assert [one.getMessage() for one in caplog.records if one.levelname == "WARNING"] == [
        f"Hall: the name {'x' * 300!r} is too long, and phones will see {'x' * 29!r}"
    ]
    caplog.clear()
    async with on_air(hall):
        hall.name = "n" * 30
        await bluez.until(lambda: bluez.advert_changes)
        assert "phones will see " + repr("n" * 29) in caplog.text
        with pytest.raises(AdvertisementError, match="within a character"):
            hall.name = "n" * 28 + "ü"


@pytest.mark.parametrize(("name", "gone"), [("org.bluez.Error.DoesNotExist", True), ("org.bluez.Error.Failed", False)])
async def test_leaving(bluez: FakeBlueZ, tree: ObjectTree, name: str, gone: bool) -> None:  # noqa: FBT001
    """What BlueZ has no more needs no taking back; anything else is told."""
    made = AdvertisementObject(Hall(), tree, (5, 82), 0, lambda _: None)
    await made.register(bluez.adapter, host(bluez, (5, 82)))
    bluez.refusals["UnregisterAdvertisement"] = Refusal(name, "no")
    with contextlib.nullcontext() if gone else pytest.raises(AdvertisementError, match="does not take"):
        await made.unregister(bluez.adapter)
    assert made.advertisement._gatt_link is None
