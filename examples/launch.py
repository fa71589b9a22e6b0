"""A launch pad: a phone writes 15, hears 105 two seconds later, and all is over once it has confirmed that.

It shows a program that waits for a write, two services, and an indication whose confirmation may take five seconds. It
equals bless's `server.py`, `gattserver.py` and `gattserver_notify.py`.
"""

import asyncio

from gattschema import Peripheral, Read, ReadWriteIndicate, Service, UInt8, characteristic


class Pad(Service, namespace="example.com"):
    state: ReadWriteIndicate[UInt8] = characteristic(init=False)
    go = asyncio.Event()

    @state.on_write
    def _command(self, state: int) -> None:
        if state == 15:
            self.go.set()


class Site(Service, namespace="example.com"):
    number: Read[UInt8] = characteristic(default=105)


async def main() -> None:
    pad = Pad()
    async with Peripheral(pad, Site(), name="Launch", advertise=[pad]):
        await pad.go.wait()
        await asyncio.sleep(2)
        pad.state = 105
        await Pad.state.of(pad).confirmed(within=5)


if __name__ == "__main__":
    asyncio.run(main())
