import asyncio
import sys

from bumble.core import AdvertisingData
from bumble.data_types import CompleteListOf16BitServiceUUIDs, CompleteLocalName
from bumble.device import Device
from bumble.hci import Address
from bumble.profiles.heart_rate_service import HeartRateService
from bumble.transport import open_transport


async def main():
    measurement = HeartRateService.HeartRateMeasurement(heart_rate=60)
    strap = HeartRateService(lambda _connection: measurement)
    advert = AdvertisingData([CompleteLocalName("Pulse"), CompleteListOf16BitServiceUUIDs([strap.uuid])])
    async with await open_transport(sys.argv[1]) as transport:
        device = Device.with_hci("Pulse", Address("F0:F1:F2:F3:F4:F5"), transport.source, transport.sink)
        device.add_service(strap)
        await device.power_on()
        await device.start_advertising(advertising_data=bytes(advert), auto_restart=True)
        for beat in range(60, 200):
            measurement.heart_rate = beat
            await device.notify_subscribers(strap.heart_rate_measurement_characteristic)
            await asyncio.sleep(1)
        await device.stop_advertising()


if __name__ == "__main__":
    asyncio.run(main())
