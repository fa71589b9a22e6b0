"""A signed write arrives from a phone that has handed out its key; with a wrong signature it does not."""

import asyncio

from gattschema import Peripheral, Read, Service, SignedWrite, UInt8, characteristic
from tests.lab.air import agent, just_works, radio
from typing import Annotated

SIGNED = "AAC3"


class Gate(Service, uuid="51640000-7e57-4c0d-8a11-000000000001"):
    opened: Annotated[SignedWrite[UInt8], Read] = characteristic(default=0, uuid=SIGNED)


async def story() -> None:
    gate = Gate()
    async with radio() as air, Peripheral(gate, name="Gate"), agent("NoInputNoOutput"):
        phone = await air.phone("Ann", pairing=just_works(signs=True))
        peer = await phone.connect(await phone.find(name="Gate"))
        print(peer.tree())
        await peer.signed_command(SIGNED, b"\x01")
        await asyncio.sleep(0.5)
        print("unpaired", gate.opened)
        await peer.pair()
        await asyncio.sleep(0.5)
        await peer.signed_command(SIGNED, b"\x02")
        await asyncio.sleep(0.5)
        print("paired", gate.opened)
        await peer.disconnect()
        peer = await phone.connect(await phone.find(name="Gate"))
        await peer.signed_command(SIGNED, b"\x03")
        await asyncio.sleep(0.5)
        print("reconnected", gate.opened)
        await peer.disconnect()
