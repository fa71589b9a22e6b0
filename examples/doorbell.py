"""A doorbell and its battery: phones set the volume and the melody, hear each ring and ask how far away somebody is.

It shows a characteristic with a handler, one that a coroutine answers, one that notifies, a descriptor that is only
written, and two services in one peripheral. It equals bluez-peripheral's page "Creating a Service".
"""

import asyncio

from gattschema import Notify, Read, ReadWrite, Service, UInt8, UInt16, Write, characteristic, descriptor, serve, sig


class Doorbell(Service, namespace="example.com"):
    volume: ReadWrite[UInt8] = characteristic(default=50)
    melody: Write[UInt8] = descriptor(of=volume, init=False)
    rings: Notify[UInt16] = characteristic(default=0)
    distance: Read[UInt16] = characteristic(init=False)

    @volume.on_write
    def _try_it(self, volume: int) -> None:
        if volume:
            self.rings += 1  # whoever has subscribed hears it

    @distance.on_read
    async def _measure(self) -> int:
        return await asyncio.sleep(0.1, 42)


if __name__ == "__main__":
    serve(Doorbell(), sig.Battery(battery_level=100), name="Doorbell")
