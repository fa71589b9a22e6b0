"""A garage: phones may move the door once they have paired, and may pair for a minute after somebody has pressed Enter.

It shows a pairing agent that shows a passkey, a window of time, those who may pair at all (addresses behind the
program's name; without any, everybody), and a peripheral without a line of asyncio.
"""

import contextlib
import enum
import sys

from gattschema import Device, Peripheral, ReadWriteNotify, Service, characteristic
from gattschema.events import Paired, PairingRefused
from gattschema.pairing import DisplayPasskey


class Door(enum.IntEnum):
    CLOSED = 0
    OPEN = 1


class Garage(Service, namespace="example.com"):
    door: ReadWriteNotify[Door] = characteristic(default=Door.CLOSED, security={"write": "authenticated"})


def show(device: Device, passkey: str) -> None:
    print(f"type {passkey} into {device.alias}", flush=True)


def main() -> None:
    agent = DisplayPasskey(show, allow=sys.argv[1:] or None, window=0)
    with Peripheral(Garage(), name="Garage", pairing=agent) as running:
        running.on(Paired, print)
        running.on(PairingRefused, print)
        for _ in sys.stdin:  # Enter is the button
            running.run(running.open_pairing(seconds=60))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
