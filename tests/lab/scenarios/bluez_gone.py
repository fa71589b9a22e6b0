"""bluetoothd is killed in the middle of notifications, and everything comes back with the next one.

The value that was assigned meanwhile is there, a phone hears again, the program is told of both, and within five
seconds of the daemon's return.
"""

import asyncio
import time

from gattschema import Notify, Peripheral, ReadNotify, Service, UInt32, characteristic
from gattschema.events import BluezBack, BluezLost, Connected, Disconnected, Event
from tests.lab.air import Heard, Peer, Phone, alive, killed, person, radio

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
        await asyncio.sleep(0.02)


async def comes(phone: Phone) -> tuple[Peer, Heard]:
    peer = await phone.connect(await phone.find(name="Clock"))
    return peer, await peer.subscribe(LAST)


async def dies_and_returns(running: Peripheral, events: list[Event]) -> None:
    """Kill it and start it again; the program has to be back in time."""
    back = running.events(BluezBack)
    with killed("bluetoothd"):
        await asyncio.sleep(_STOPPED)
        assert isinstance(events[-1], BluezLost), events
    started = time.monotonic()
    async with asyncio.timeout(20):
        await anext(back)
    took = time.monotonic() - started
    print(f"everything is back {took:.1f} s after bluetoothd was started")
    assert took < IN_TIME


async def hears_again(phone: Phone, clock: Clock) -> None:
    """What is assigned before, in between and now is one value that grows."""
    before = clock.count
    peer, heard = await comes(phone)
    assert int.from_bytes(await peer.read(COUNT), "little") >= before
    values = [int.from_bytes(value, "little") for value in await heard.wait(20)]
    assert values == list(range(values[0], values[0] + len(values))), values
    assert values[0] >= before
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
        await dies_and_returns(running, events)
        await peer.disconnected()
        assert alive("bluetoothd")
        assert await somebody.active_adverts() == 1
        await hears_again(ann, clock)
        ticking.cancel()
        print("the program was told:", *(type(event).__name__ for event in events))
        assert [type(event) for event in events[:4]] == [Connected, Disconnected, BluezLost, BluezBack], events
