"""One process starts, stops and starts again: nothing stays behind, and the second time works like the first."""

from dbus_fast import BusType, Message
from dbus_fast.aio import MessageBus

from examples.heart_rate import HeartRate, HeartRateMeasurement
from gattschema import Peripheral
from tests.lab.air import Air, radio

MEASUREMENT = "2A37"


async def active_adverts() -> int:
    """How many advertisements bluetoothd has on the air."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    body = ["org.bluez.LEAdvertisingManager1", "ActiveInstances"]
    properties = "org.freedesktop.DBus.Properties"
    reply = await bus.call(Message("org.bluez", "/org/bluez/hci0", properties, "Get", signature="ss", body=body))
    bus.disconnect()
    return int(reply.body[0].value)


async def one_life(air: Air, number: int, strap: HeartRate) -> None:
    async with Peripheral(strap, name=f"Pulse {number}"):
        assert await active_adverts() == 1
        phone = await air.phone(f"phone {number}")
        peer = await phone.connect(await phone.find(name=f"Pulse {number}", uuid="180D"))
        assert len([line for line in peer.tree().splitlines() if "service 180D" in line]) == 1
        heard = await peer.subscribe(MEASUREMENT)
        strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=60 + number)
        assert await heard.wait(1) == [bytes((0, 60 + number))]
        await peer.disconnect()


async def story() -> None:
    strap = HeartRate(heart_rate_measurement=HeartRateMeasurement(heart_rate=60))
    async with radio() as air:
        for number in range(3):
            await one_life(air, number, strap)
            assert await active_adverts() == 0
        strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=1)  # between lives an assignment is just kept
        assert strap.heart_rate_measurement.heart_rate == 1
