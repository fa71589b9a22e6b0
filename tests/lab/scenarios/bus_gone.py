"""The system bus ends and begins anew, and bluetoothd with it: the program is told, and everything comes back.

Then bluetoothd alone is killed again and again, for as long as there is time: nothing piles up in the program.
"""

import asyncio
import gc
import logging
import time
from pathlib import Path

from gattschema import Advertisement, Notify, Peripheral, Service, UInt8, characteristic
from gattschema.events import BluezBack, BluezLost, BusBack, BusLost, Event, EventStream
from gattschema.pairing import JustWorks
from tests.lab.air import Air, Peer, killed, person, radio, restarted_bus

LIMIT = 180
VALUE = "AA90"
RESTARTS_FOR = 40.0
"""Seconds."""


class Lamp(Service, uuid="f100d000-0000-4000-8000-000000000090"):
    value: Notify[UInt8] = characteristic(default=0, uuid=VALUE)


async def soon(events: EventStream[Event], kind: type[Event], within: float = 15) -> None:
    """The next event is of this kind."""
    async with asyncio.timeout(within):
        event = await anext(events)
    assert type(event) is kind, event


async def comes(air: Air, name: str) -> Peer:
    phone = await air.phone(name)
    return await phone.connect(await phone.find(name="Lamp"))


async def is_heard(air: Air, name: str, lamp: Lamp) -> None:
    """A new phone hears a new value."""
    peer = await comes(air, name)
    heard = await peer.subscribe(VALUE)
    lamp.value += 1
    assert await heard.wait(1) == [bytes([lamp.value])]
    await peer.disconnect()


async def the_bus_ends(running: Peripheral) -> None:
    """bluetoothd ends with its bus, as it does everywhere; both are started again."""
    events = running.events(BusLost, BusBack)
    begun = time.monotonic()
    with restarted_bus():
        await soon(events, BusLost)
        await asyncio.sleep(0.3)
    await soon(events, BusBack)
    print(f"everything is back {time.monotonic() - begun:.1f} s after the bus has ended")


def counted() -> dict[str, int]:
    """What a program can leak."""
    gc.collect()
    return {
        "tasks": len(asyncio.all_tasks()),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "objects": len(gc.get_objects()),
    }


async def many_restarts(running: Peripheral) -> None:
    """The first two fill caches; after those no number grows with the restarts."""
    logging.getLogger("gattschema").setLevel(logging.ERROR)  # it warns of each
    events = running.events(BluezLost, BluezBack)
    begun, restarts, counts = time.monotonic(), 0, counted()
    while time.monotonic() - begun < RESTARTS_FOR:
        with killed("bluetoothd"):
            await soon(events, BluezLost)
        await soon(events, BluezBack)
        restarts += 1
        if restarts == 2:
            counts = counted()
    now = counted()
    print(f"{restarts} restarts; then {counts}, now {now}")
    assert restarts > 4, "too slow to tell anything"
    for what in ("tasks", "files", "threads"):
        assert now[what] <= counts[what], (what, counts, now)
    assert (now["objects"] - counts["objects"]) / (restarts - 2) < 20, (counts, now)


async def story() -> None:
    lamp, beacon = Lamp(), Advertisement(connectable=False, manufacturer_data={0xFFFF: b"\x01"})
    async with radio() as air, Peripheral(lamp, beacon, name="Lamp", pairing=JustWorks()) as running:
        await is_heard(air, "Ann", lamp)
        await the_bus_ends(running)
        await is_heard(air, "Ben", lamp)
        await many_restarts(running)
        await is_heard(air, "Cleo", lamp)
        async with person() as somebody:
            assert await somebody.active_adverts() == 2
