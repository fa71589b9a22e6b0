"""A million assignments in a tight loop, while the daemon is deaf for half a second.

They end with a living connection, the last value delivered and memory flat; and so do 50,000 from another thread.
"""

import asyncio
import resource
import time
from pathlib import Path

from gattschema import Notify, Peripheral, Read, Service, UInt32, characteristic, drain
from tests.lab.air import Heard, paused, radio

COUNTER, STEADY, LINE = "AAAA", "AAAB", "AAAC"
MILLION = 1_000_000
FROM_A_THREAD = 50_000
LIMIT = 400


class Flood(Service, uuid="f100d000-0000-4000-8000-000000000001"):
    counter: Notify[UInt32] = characteristic(default=0, uuid=COUNTER)
    steady: Read[UInt32] = characteristic(default=7, uuid=STEADY)
    line: Notify[UInt32] = characteristic(default=0, uuid=LINE, policy="every")


def resident() -> int:
    """KiB of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def tight_loop(flood: Flood, first: int, count: int) -> None:
    """The daemon is deaf from the first assignment on, and hears again after half a second."""
    with paused("dbus-daemon"):
        deaf_until = time.monotonic() + 0.5
        number = first
        while time.monotonic() < deaf_until:
            number += 1
            flood.counter = number
    print(f"{number - first} assignments went by while nobody listened")
    for later in range(number + 1, first + count + 1):
        flood.counter = later


async def last_value(heard: Heard, wanted: int) -> None:
    async with asyncio.timeout(150):
        while heard.values[-1] != wanted.to_bytes(4, "little"):
            await heard.wait(len(heard.values) + 1, within=150)
    numbers = [int.from_bytes(value, "little") for value in heard.values]
    assert numbers == sorted(set(numbers)), "out of order, or twice"
    print(f"the phone heard {len(numbers)} values, the last of them {numbers[-1]}")


async def every_value(flood: Flood, heard: Heard) -> None:
    """The policy "every" loses nothing, however slow the daemon is."""
    for number in range(1, 1001):
        flood.line = number
        await drain(flood)
    values = await heard.wait(1000, within=60)
    assert values == [number.to_bytes(4, "little") for number in range(1, 1001)]
    print("policy every: 1000 of 1000 in order")


async def story() -> None:
    flood = Flood()
    async with radio() as air, Peripheral(flood, name="Flood"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Flood"))
        heard = await peer.subscribe(COUNTER)
        flood.counter = 1
        await heard.wait(1)
        before = resident()
        tight_loop(flood, 1, MILLION)
        await last_value(heard, MILLION + 1)
        await asyncio.to_thread(tight_loop, flood, MILLION + 1, FROM_A_THREAD)
        await last_value(heard, MILLION + FROM_A_THREAD + 1)
        grown = resident() - before
        print(f"memory grew by {grown} KiB over a million assignments and more")
        assert grown < 4096
        assert await peer.read(STEADY) == (7).to_bytes(4, "little"), "the connection must have lived through it"
        await every_value(flood, await peer.subscribe(LINE))
        await peer.disconnect()
