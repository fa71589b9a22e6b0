import asyncio

from bless import BlessServer, GATTAttributePermissions, GATTCharacteristicProperties

HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a37-0000-1000-8000-00805f9b34fb"


async def main():
    server = BlessServer(name="Pulse")
    await server.add_new_service(HEART_RATE)
    await server.add_new_characteristic(
        HEART_RATE, MEASUREMENT, GATTCharacteristicProperties.notify, None, GATTAttributePermissions.readable
    )
    await server.adapter.get_interface("org.bluez.Adapter1").set_powered(True)
    async with server:
        for beat in range(60, 200):
            server.get_characteristic(MEASUREMENT).value = bytearray((0, beat))
            server.update_value(HEART_RATE, MEASUREMENT)
            await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main())
