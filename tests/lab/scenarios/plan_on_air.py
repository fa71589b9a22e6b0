"""The plan on the air: included and secondary services, every flavour's properties, protected values that stay shut."""

from gattschema import (
    Indicate,
    Notify,
    Peripheral,
    Read,
    ReadWrite,
    ReadWriteIndicate,
    Service,
    UInt8,
    Write,
    WriteWithoutResponse,
    characteristic,
    plan,
)
from tests.lab.air import Peer, radio, refused

OPEN, READ_SHUT, WRITE_SHUT, HEARD_SHUT = "AA01", "AA02", "AA03", "AA04"


class Battery(Service, primary=False):
    battery_level: Read[UInt8]


class Vault(Service, uuid="1a3b0000-7e57-4c0d-8a11-0123456789ad", includes=(Battery,)):
    """One characteristic per flavour, three of them protected."""

    open: ReadWrite[UInt8] = characteristic(default=1, uuid=OPEN, description="for all")
    read_shut: Read[UInt8] = characteristic(default=2, uuid=READ_SHUT, security="encrypted")
    write_shut: ReadWrite[UInt8] = characteristic(default=3, uuid=WRITE_SHUT, security={"write": "authenticated"})
    heard_shut: Notify[UInt8] = characteristic(default=4, uuid=HEARD_SHUT, security="encrypted")
    told: Indicate[UInt8] = characteristic(default=5)
    only_written: Write[UInt8] = characteristic(init=False)
    commanded: WriteWithoutResponse[UInt8] = characteristic(init=False)
    all_at_once: ReadWriteIndicate[UInt8] = characteristic(default=6)


def is_what_the_plan_says(tree: str) -> None:
    """Each characteristic stands in the phone's tree with just the properties of the plan."""
    for field in plan(Vault).characteristics:
        short = f"{field.uuid}".upper()
        wanted = {f"{name}: {', '.join(field.properties.words)}" for name in (short, short[4:8])}
        assert any(line.split(maxsplit=1)[-1] in wanted for line in tree.splitlines()), field


async def try_the_locks(peer: Peer, vault: Vault) -> None:
    """An open link reads and writes what is open, and gets 0x05 or 0x0F for the rest."""
    assert await peer.read(OPEN, descriptor="2901") == b"for all"
    await peer.write(OPEN, b"\x09")
    assert await peer.read(WRITE_SHUT) == b"\x03"
    with refused(0x0F):
        await peer.read(READ_SHUT)
    with refused(0x05):
        await peer.write(WRITE_SHUT, b"\x08")
    with refused(0x0F):
        await peer.subscribe(HEARD_SHUT)
    assert (vault.open, vault.write_shut) == (9, 3)


async def story() -> None:
    vault, battery = Vault(), Battery(battery_level=77)
    async with radio() as air, Peripheral(vault, battery, name="Vault"):
        phone = await air.phone("Ann")
        advert = await phone.find(name="Vault")
        assert advert.service_uuids == [str(plan(vault).uuid).upper()], "secondary services are not advertised"
        peer = await phone.connect(advert)
        print(peer.tree())
        assert "includes 180F" in peer.tree()
        is_what_the_plan_says(peer.tree())
        await try_the_locks(peer, vault)
        told = await peer.subscribe(str(plan(vault).characteristics[4].uuid))
        vault.told = 55
        assert await told.wait(1) == [b"\x37"], "an indication"
        await peer.disconnect()
