"""A heart monitor of the SIG's ready-made service: subscribers hear 120 beats per minute every five seconds.

It shows a service that needs no declaration of one's own. It equals the program of bluez-peripheral's README.
"""

import asyncio

from gattschema import Peripheral, pairing, sig

strap = sig.HeartRate()


async def main() -> None:
    async with Peripheral(strap, name="Heart Monitor", appearance=0x0340, pairing=pairing.JustWorks()):
        while True:
            strap.heart_rate_measurement = sig.HeartRateMeasurement(heart_rate=120)
            await asyncio.sleep(5)


if __name__ == "__main__":
    asyncio.run(main())
