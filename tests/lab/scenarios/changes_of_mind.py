"""A thousand changes of mind: a phone subscribes and unsubscribes, and in the end hears just what it should.

The program keeps nothing of it: as many objects live after the last subscription as after the first hundred.
"""

import gc

from gattschema import Notify, Peripheral, Service, UInt32, characteristic
from tests.lab.air import Peer, radio

SAMPLE = "AAAC"
OFF, ON = b"\x00\x00", b"\x01\x00"
LEEWAY = 50
"""Objects that come and go with the phone and the loop."""


class Meter(Service, uuid="f100d000-0000-4000-8000-000000000005"):
    sample: Notify[UInt32] = characteristic(default=0, uuid=SAMPLE)


async def change_mind(peer: Peer, times: int) -> None:
    """Without waiting for answers; that all was done is what the read at the end shows."""
    configuration = peer.handle(SAMPLE, descriptor="2902")
    for number in range(times):
        await peer.bumble.gatt_client.write_value(configuration, OFF if number % 2 else ON)
    assert await peer.read(SAMPLE, descriptor="2902") == OFF


def living() -> int:
    gc.collect()
    return len(gc.get_objects())


async def story() -> None:
    meter = Meter()
    async with radio() as air, Peripheral(meter, name="Meter"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Meter"))
        await change_mind(peer, 100)
        before = living()
        for _ in range(10):
            await change_mind(peer, 100)
        print(f"a thousand changes of mind: {living() - before} more objects than before")
        assert living() - before < LEEWAY
        assert Meter.sample.of(meter).subscribers == 0
        meter.sample = 1
        heard = await peer.subscribe(SAMPLE)
        meter.sample = 2
        assert await heard.wait(1) == [b"\x02\x00\x00\x00"], "only what was assigned since"
        await peer.disconnect()
