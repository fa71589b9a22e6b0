"""A thousand characteristics: the phone finds them all, and the last one is read, written and heard like the first."""

import time

from gattschema import Peripheral, ReadWriteNotify, Service, UInt16, characteristic
from tests.lab.air import radio

COUNT = 1000
BASE = "70000000-7e57-4c0d-8a11-{:012x}"


class Base(Service, uuid=BASE.format(0)):
    """Nothing yet."""


def many() -> type[Service]:
    """A service with fields field0, field1 … which a loop declares."""
    fields = {f"field{number}": characteristic(default=number, uuid=BASE.format(number + 1)) for number in range(COUNT)}
    hints = dict.fromkeys(fields, ReadWriteNotify[UInt16])
    return type("Many", (Base,), {"__annotations__": hints, "__module__": __name__, **fields})


async def story() -> None:
    kind = many()
    one = kind()
    t0 = time.monotonic()
    async with radio() as air, Peripheral(one, name="Many"):
        print("registered", time.monotonic() - t0)
        phone = await air.phone("Ann")
        t = time.monotonic()
        peer = await phone.connect(await phone.find(name="Many"), mtu=517, descriptors=False)
        print("discovered", time.monotonic() - t)
        for number in (0, COUNT - 1):
            uuid = BASE.format(number + 1)
            assert await peer.read(uuid) == number.to_bytes(2, "little")
            heard = await peer.subscribe(uuid)
            setattr(one, f"field{number}", 4711)
            assert await heard.wait(1) == [(4711).to_bytes(2, "little")], number
        await peer.disconnect()
