import asyncio

from gattschema import Notify, Peripheral, Service
from gattschema.sig import HeartRateMeasurement


class HeartRate(Service):
    """Beats per minute from a chest strap."""

    heart_rate_measurement: Notify[HeartRateMeasurement]


async def main() -> None:
    strap = HeartRate(heart_rate_measurement=HeartRateMeasurement(heart_rate=60))
    async with Peripheral(strap, name="Pulse"):
        for beat in range(60, 200):
            strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=beat)
            await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main())
