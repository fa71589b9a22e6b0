"""bluetoothd is killed in the middle of notifications, and everything comes back with the next one.

A phone that had subscribed hears what was assigned meanwhile as soon as it subscribes again, each value by the policy
"every", and reads the newest; the program is told of the loss and the return, within five seconds of its adapter's.
"""

import asyncio
import time

from gattschema import Notify, Peripheral, ReadNotify, Service, UInt32, characteristic
from gattschema.events import BluezBack, BluezLost, Connected, Disconnected, Event
from tests.lab.air import Heard, Peer, Phone, adapter_is_there, alive, killed, person, radio

COUNT, LAST = "AA40", "AA41"
IN_TIME = 5.0
_STOPPED = 0.5


class Clock(Service, uuid="f100d000-0000-4000-8000-000000000040"):
    count: ReadNotify[UInt32] = characteristic(default=0, uuid=COUNT)
    last: Notify[UInt32] = characteristic(default=0, uuid=LAST, policy="every")


async def tick(clock: Clock) -> None:
    """Assign for as long as the story lasts, whatever there is to hear it."""
    while True:
        clock.count += 1
        clock.last = clock.count
        await asyncio.sleep(0.05)


async def comes(phone: Phone) -> tuple[Peer, Heard]:
    peer = await phone.connect(await phone.find(name="Clock"))
    return peer, await peer.subscribe(LAST)


async def dies_and_returns(running: Peripheral, clock: Clock) -> int:
    """Kill it and start it again; the program has to be back in time. Returns what was counted at the loss."""
    events = running.events(BluezLost, BluezBack)
    with killed("bluetoothd"):
        assert isinstance(await anext(events), BluezLost)
        counted = clock.count
        await asyncio.sleep(_STOPPED)
    started = time.monotonic()
    await adapter_is_there()
    there = time.monotonic()
    async with asyncio.timeout(20):
        assert isinstance(await anext(events), BluezBack)
    took = time.monotonic() - there
    print(f"bluetoothd has its adapter {there - started:.1f} s after its start, and we are back {took:.1f} s later")
    assert took < IN_TIME
    return counted


async def hears_again(phone: Phone, clock: Clock, lost_at: int) -> None:
    """Nothing that was assigned since the loss is missing, and the newest value is there to read."""
    now = clock.count
    peer, heard = await comes(phone)
    assert int.from_bytes(await peer.read(COUNT), "little") >= now
    values = [int.from_bytes(value, "little") for value in await heard.wait(now - lost_at + 20)]
    print(f"lost at {lost_at}, subscribed again after {now}; heard {values[0]} to {values[-1]}")
    assert values == list(range(values[0], values[0] + len(values))), values
    assert values[0] <= lost_at + 1
    await peer.disconnect()


async def story() -> None:
    clock = Clock()
    async with radio() as air, Peripheral(clock, name="Clock") as running, person() as somebody:
        events: list[Event] = []
        for kind in (BluezLost, BluezBack, Connected, Disconnected):
            running.on(kind, events.append)
        ticking = asyncio.create_task(tick(clock))
        ann = await air.phone("Ann")
        peer, heard = await comes(ann)
        await heard.wait(20)
        lost_at = await dies_and_returns(running, clock)
        await peer.disconnected()
        assert alive("bluetoothd")
        assert await somebody.active_adverts() == 1
        await hears_again(ann, clock, lost_at)
        ticking.cancel()
        print("the program was told:", *(type(event).__name__ for event in events))
        assert [type(event) for event in events[:4]] == [Connected, Disconnected, BluezLost, BluezBack], events
