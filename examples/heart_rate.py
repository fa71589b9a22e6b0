"""A heart-rate strap: phones read where it sits and hear every beat.

Run it and look for "Pulse" in any Bluetooth LE app.
"""

import asyncio
import contextlib
import itertools

from gattschema import Notify, Peripheral, Read, Service, characteristic
from gattschema.sig import BodySensorLocation, HeartRateMeasurement


class HeartRate(Service):  # 0x180D, by name
    """Beats per minute from a chest strap."""

    heart_rate_measurement: Notify[HeartRateMeasurement]  # 0x2A37, by name
    body_sensor_location: Read[BodySensorLocation] = characteristic(default=BodySensorLocation.CHEST)


async def main() -> None:
    strap = HeartRate(heart_rate_measurement=HeartRateMeasurement(heart_rate=60))
    async with Peripheral(strap, name="Pulse", appearance=0x0340):
        for beat in itertools.cycle(range(60, 160)):
            strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=beat)
            await asyncio.sleep(1)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
