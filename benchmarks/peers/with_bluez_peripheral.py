import asyncio

from bluez_peripheral import Advertisement, get_message_bus
from bluez_peripheral.adapter import Adapter
from bluez_peripheral.gatt import CharacteristicFlags, Service, characteristic


class HeartRate(Service):
    measurement = characteristic("2A37", CharacteristicFlags.NOTIFY)

    def __init__(self):
        super().__init__("180D")


async def main():
    bus = await get_message_bus()
    adapter = await Adapter.get_first(bus)
    await adapter.set_powered(True)
    strap = HeartRate()
    await strap.register(bus, adapter=adapter)
    advert = Advertisement("Pulse", ["180D"], appearance=0)
    await advert.register(bus, adapter=adapter)
    for beat in range(60, 200):
        strap.measurement.changed(bytes((0, beat)))
        await asyncio.sleep(1)
    await advert.unregister()
    await strap.unregister()


if __name__ == "__main__":
    asyncio.run(main())
