"""A doorkeeper: tells who comes and goes, sends away who has not paired in time, and remembers the last two who have.

It shows what happens to a peripheral, those that are connected, and how to end a link and to forget a bond.
"""

import asyncio
import contextlib
from typing import Annotated

from gattschema import Device, Peripheral, Read, Service, Utf8, characteristic
from gattschema.events import Connected, Disconnected, Paired
from gattschema.pairing import JustWorks

SECONDS = 30
GUESTS = 2


class Hotel(Service, namespace="example.com"):
    password: Read[Annotated[str, Utf8(max=60)]] = characteristic(default="breakfast", security="encrypted")


async def send_away(event: Connected) -> None:
    await asyncio.sleep(SECONDS)
    if event.device.connected and not event.device.paired:
        await event.device.disconnect()


class GuestBook:
    def __init__(self) -> None:
        self.guests: list[Device] = []

    async def enter(self, event: Paired) -> None:
        self.guests.append(event.device)
        if len(self.guests) > GUESTS:
            await self.guests.pop(0).remove()


async def main() -> None:
    hotel = Peripheral(Hotel(), name="Hotel", pairing=JustWorks())
    hotel.on(Connected, send_away)
    hotel.on(Paired, GuestBook().enter)
    events = hotel.events(Connected, Disconnected)  # before the block begins: those who are connected already, too
    async with hotel:
        async for event in events:
            print(event, "of", len(hotel.centrals))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
