"""Looking for devices gives each that is heard once, says what BlueZ should look for, and always ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast
from uuid import UUID

import attrs
import pytest

from gattschema import NoAdapter, RequestRefused, Service
from gattschema.link import Adapter, Device, Ears, Typed

HCI0 = "/org/bluez/hci0"


class Lamp(Service, uuid="AAF1"): ...


@attrs.frozen(eq=False)
class Heard:
    """A device that is heard."""

    path: str
    properties: dict[str, Any]


def device(number: int = 1, rssi: int | None = -60, **properties: Any) -> Device:
    known = {} if rssi is None else {"RSSI": rssi}
    return Device(cast("Any", Heard(f"{HCI0}/dev_AA_AA_AA_AA_AA_{number:02X}", known | properties)))


@attrs.define
class Scanner:
    """An adapter that notes what is asked of it, and hears what the test says."""

    path: str = HCI0
    devices: tuple[Device, ...] = ()
    asked: list[Any] = attrs.field(factory=list)
    refuses: set[str] = attrs.field(factory=set)
    ears: Ears | None = None
    started: asyncio.Event = attrs.field(factory=asyncio.Event)
    stopped: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def call(self, member: str, _: str = "", *body: Any) -> Any:
        self.asked.append((member, *body))
        await asyncio.sleep(0)
        if member in self.refuses:
            raise RequestRefused(f"no {member}")
        {"StartDiscovery": self.started, "StopDiscovery": self.stopped}.get(member, asyncio.Event()).set()

    def listen(self, ears: Ears) -> Callable[[], None]:
        self.ears = ears
        return self.silence

    def silence(self) -> None:
        self.ears = None

    @property
    def members(self) -> list[str]:
        return [member for member, *_ in self.asked]

    def hear(self, *devices: Device) -> None:
        for one in devices:
            assert self.ears is not None
            self.ears.changed(one)


def discover(scanner: Scanner, **arguments: Any) -> AsyncGenerator[Device, None]:
    return Adapter(cast("Any", scanner)).discover(**arguments)


async def found(scanner: Scanner, *devices: Device, **arguments: Any) -> list[Device]:
    """Give those of *devices* that are found."""
    async with aclosing(discover(scanner, seconds=0.05, **arguments)) as finds:
        first = asyncio.ensure_future(anext(finds, None))
        await scanner.started.wait()
        scanner.hear(*devices)
        return [one for one in [await first] if one is not None] + [one async for one in finds]


ENDS = ["SetDiscoveryFilter", "StartDiscovery", "StopDiscovery"]


async def test_each_device_once() -> None:
    """Those that BlueZ knew come first if they are heard; each comes once, until BlueZ has forgotten it."""
    known, silent, new = device(1), device(2, rssi=None), device(3)
    scanner = Scanner(devices=(known, silent))
    assert await found(scanner, new, known, new) == [known, new]
    assert scanner.members == ENDS
    assert scanner.ears is None


async def test_a_device_that_comes_anew() -> None:
    """A device that BlueZ has forgotten is a new one when it is heard again; one that waits is not given."""
    scanner, ann, ben = Scanner(), device(1), device(2)
    async with aclosing(discover(scanner)) as finds:
        first = asyncio.ensure_future(anext(finds))
        await scanner.started.wait()
        scanner.hear(ann)
        assert await first == ann
        assert scanner.ears is not None
        scanner.ears.removed(ann)
        scanner.hear(ben, ann)
        scanner.ears.removed(ben)
        assert await anext(finds) == ann


async def test_the_filter() -> None:
    """BlueZ is asked for what is sought, each part in the type that it takes."""
    scanner = Scanner()
    await found(scanner, services=["180F", Lamp], rssi=-70, pattern="Ann", transport="auto")
    battery, lamp = "0000180f-0000-1000-8000-00805f9b34fb", "0000aaf1-0000-1000-8000-00805f9b34fb"
    assert scanner.asked[0] == (
        "SetDiscoveryFilter",
        {
            "Transport": Typed("s", "auto"),
            "UUIDs": Typed("as", [battery, lamp]),
            "RSSI": Typed("n", -70),
            "Pattern": Typed("s", "Ann"),
        },
    )
    plain = Scanner()
    await found(plain, pathloss=100)
    assert plain.asked[0][1] == {"Transport": Typed("s", "le"), "Pathloss": Typed("q", 100)}


@pytest.mark.parametrize(
    ("sought", "right", "wrong"),
    [
        ({"services": [0x180F, Lamp]}, {"UUIDs": [str(UUID(int=0x180F << 96 | 0x1000800000805F9B34FB))]}, {}),
        ({"rssi": -60}, {"RSSI": -60}, {"RSSI": -61}),
        ({"pathloss": 60}, {"TxPower": 0}, {"TxPower": 1}),
        ({"pathloss": 60}, {"TxPower": 0}, {}),
        ({"pattern": "Ann"}, {"Name": "Ann's phone"}, {"Name": "Joann"}),
        ({"pattern": "AA:AA:AA:AA:AA:01"}, {}, {"Address": "BB:AA:AA:AA:AA:01"}),
        ({"pattern": "aa:aa:aa:AA:aa:"}, {}, {"Address": "BB:AA:AA:AA:AA:01"}),
        ({"pattern": "aa"}, {"Name": "aardvark"}, {"Name": "AArdvark"}),
    ],
)
async def test_what_others_look_for(sought: dict[str, Any], right: dict[str, Any], wrong: dict[str, Any]) -> None:
    """BlueZ reports what any program looks for; only what is sought here is given, as soon as it is that."""
    assert await found(Scanner(), device(**wrong), **sought) == []
    assert len(await found(Scanner(), device(**wrong), device(**right), **sought)) == 1


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"transport": "usb"}, ValueError, "transport='usb' is none of"),
        ({"rssi": -60, "pathloss": 60}, ValueError, "rssi= or pathloss=, not both"),
        ({"rssi": 21}, ValueError, "rssi=21 is not within -127 … 20 dBm"),
        ({"rssi": "x"}, TypeError, "rssi='x' is no whole number of dBm"),
        ({"pathloss": -1}, ValueError, "pathloss=-1 is not within 0 … 137 dB"),
        ({"pattern": b"x"}, TypeError, "pattern=b'x' is no text"),
        ({"services": "180F"}, TypeError, r"services='180F' is no list; write services=\[…\]"),
        (
            {"services": ["x"]},
            ValueError,
            r"services= has 'x', which is no UUID; write services=\[\"180F\"\], or a class",
        ),
        ({"services": [Lamp()]}, ValueError, r"which is no UUID; write .*, or a class: services=\[Battery\]$"),
        ({"seconds": "1"}, TypeError, "seconds='1' is no number of seconds; write seconds=10, or leave it out"),
        ({"seconds": True}, TypeError, "seconds=True is no number of seconds"),
        ({"seconds": -1}, ValueError, "seconds=-1 is no time to look for devices; write seconds=10, or leave it out"),
        ({"seconds": 0}, ValueError, "seconds=0 is no time"),
        ({"seconds": float("inf")}, ValueError, "seconds=inf is no time .* for no limit"),
        ({"seconds": float("nan")}, ValueError, "seconds=nan is no time"),
    ],
)
def test_wrong_wishes(wrong: dict[str, Any], kind: type[Exception], message: str) -> None:
    """They are refused at the call, before the loop begins."""
    with pytest.raises(kind, match=message):
        discover(Scanner(), **wrong)


async def test_leaving_the_loop() -> None:
    """Leaving it ends the discovery, by itself soon after, with ``aclosing`` at once."""
    scanner = Scanner(devices=(device(),))
    async for _ in discover(scanner):
        break
    async with asyncio.timeout(5):
        await scanner.stopped.wait()
    assert scanner.members == ENDS
    scanner = Scanner(devices=(device(),))
    async with aclosing(discover(scanner)) as finds:
        async for _ in finds:
            break
    assert scanner.members == ENDS


async def test_being_cancelled() -> None:
    """The discovery ends, also when it is cancelled while it begins."""
    for turns in range(6):
        scanner = Scanner()
        task = asyncio.ensure_future(anext(discover(scanner)))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ("StartDiscovery" in scanner.members) == ("StopDiscovery" in scanner.members)
        assert scanner.ears is None


async def test_a_slow_reader() -> None:
    """What was found in time is given even after the time is over, and nothing else."""
    ann, ben, late = device(1), device(2), device(3)
    scanner = Scanner(devices=(ann, ben))
    taken: list[Device] = []
    async for one in discover(scanner, seconds=0.02):
        taken.append(one)
        await asyncio.sleep(0.03)
        scanner.hear(late)
    assert taken == [ann, ben]


@pytest.mark.parametrize("member", ["SetDiscoveryFilter", "StartDiscovery"])
async def test_a_refusal(member: str) -> None:
    """It is raised, and nothing listens any more."""
    scanner = Scanner(refuses={member})
    with pytest.raises(RequestRefused, match=f"no {member}"):
        await anext(discover(scanner))
    assert scanner.ears is None


async def test_a_discovery_that_is_over_already() -> None:
    """It need not be ended: the adapter may be off or gone."""
    assert await found(Scanner(refuses={"StopDiscovery"}), device()) != []


async def test_an_adapter_that_goes() -> None:
    """Who waits is told, after what was found before."""
    scanner, ann = Scanner(), device()
    async with aclosing(discover(scanner)) as finds:
        first = asyncio.ensure_future(anext(finds))
        await scanner.started.wait()
        scanner.hear(ann)
        assert scanner.ears is not None
        scanner.ears.ended(NoAdapter("hci0 is gone"))
        assert await first == ann
        with pytest.raises(NoAdapter, match="hci0 is gone"):
            await anext(finds)


async def test_a_storm() -> None:
    """Devices that come and go while nobody takes them leave nothing behind."""
    scanner = Scanner()
    async with aclosing(discover(scanner)) as finds:
        first = asyncio.ensure_future(anext(finds))
        await scanner.started.wait()
        ears: Any = scanner.ears
        for number in range(256):
            scanner.hear(device(number))
            ears.removed(device(number))
        assert not ears.waiting
        assert not ears.found
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
