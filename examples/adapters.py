"""The Bluetooth adapters of this machine, who is connected, and what is heard within ten seconds, and how strongly.

It shows adapters and devices without a peripheral. It equals python-bluezero's `adapter_example.py`.
"""

import asyncio

from gattschema import open_adapters


async def main() -> None:
    async with open_adapters() as adapters:
        print(*(f"{one} {one.pairable=} {one.discoverable=} {one.connected=}" for one in adapters), sep="\n")
        await adapters[0].set(powered=True)
        async for device in adapters[0].discover(seconds=10):
            print(device.rssi, device.address, device.alias)


asyncio.run(main())
