"""Advertisements are heard as `layout` foretells, octet for octet: several at once, and live with each assignment.

What does not fit is refused before BlueZ is asked, and the one on the air goes on as it was.
"""

from gattschema import Advertisement, AdvertisementError, Peripheral, UInt8, manufacturer_data, service_data, struct
from gattschema.advertising import Host, ScanResponse
from tests.lab.air import Air, Person, bluez, monitor, person, radio, release_can

OWN = "7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a80"


@struct
class Reading:
    number: UInt8
    level: UInt8


class Tank(Advertisement):
    reading: Reading = manufacturer_data("Nordic Semiconductor ASA")
    battery: UInt8 = service_data("Battery", default=100)


async def host(running: Peripheral) -> Host:
    """What the program knows of this controller and release."""
    can = running.adapter.advertising
    return Host(
        release=bluez()[:2],
        longest=can.longest or 31,
        longest_scan_response=can.longest_scan_response or 31,
        secondary_channels=can.secondary_channels,
        le_only=True,
        name=running.adapter.alias,
    )


async def is_heard(air: Air, advert: Advertisement, on: Host) -> None:
    """As it was foretold, within a moment."""
    told = advert.layout(on)
    packets = (told.advertisement, told.scan_response)
    heard = await air.hear(lambda one: (one.data, one.scan_response) == packets, within=5)
    assert heard.is_connectable == advert.connectable, heard
    assert heard.is_extended == told.extended, heard


def various() -> list[Advertisement]:
    """Of every kind."""
    return [
        Tank(name="Tank", services=["Battery"], appearance=0x0341, reading=Reading(number=1, level=2)),
        Advertisement(connectable=False, manufacturer_data={0xFFFF: bytes(range(20))}),
        Advertisement(name="solicits", solicited=["1812"], discoverable=False, data={0x26: b"\x01\x02"}),
        Advertisement(services=["1234abcd", OWN], include=["tx-power"], discoverable=False),
        Advertisement(name="A name of twenty-nine octets.", service_data={OWN: b"\x07"}, discoverable_timeout=90),
    ]


async def live(air: Air, tank: Tank, on: Host) -> None:
    """Each assignment is heard, those made in one breath together."""
    tank.battery = 79
    await is_heard(air, tank, on)
    tank.reading = Reading(number=3, level=4)
    tank.name = "Tank 2"
    tank.appearance = None
    tank.services = ["180A", "1234abcd"]
    tank.discoverable = False
    await is_heard(air, tank, on)
    tank.data = {0x26: b"\x09"}
    tank.discoverable = True
    await is_heard(air, tank, on)
    tank.data = {}
    tank.services = ()
    await is_heard(air, tank, on)


async def in_order(air: Air, tank: Tank) -> None:
    """A value that counts is never heard going back."""
    async with air.listening() as queue:
        for battery in range(30):
            tank.battery = battery
            await air.hear(lambda one, now=battery: one.service_data.get("180F", b"") >= bytes([now]), within=5)
    heard = [queue.get_nowait().service_data.get("180F") for _ in range(queue.qsize())]
    values = [value[0] for value in heard if value and value[0] < 30]
    assert values == sorted(values), values
    print("heard while it changed:", values)


async def too_long(air: Air, running: Peripheral, tank: Tank, on: Host, somebody: Person) -> None:
    """It is refused where it is assigned or added, with the octets and a remedy, and BlueZ never hears of it."""
    before = tank.layout(on)
    try:
        tank.manufacturer_data = {0xFFFF: bytes(20)}
    except AdvertisementError as error:
        print(error)
    else:
        raise AssertionError("taken, though it cannot fit")
    assert tank.layout(on) == before
    await is_heard(air, tank, on)
    async with monitor("type='method_call',member='RegisterAdvertisement'") as said:
        assert not await can_be_added(running, Advertisement(name="Long", manufacturer_data={0xFFFF: bytes(25)}))
        assert await somebody.active_adverts() == 5
    assert not said.all("RegisterAdvertisement"), said.said


async def scan_responses(air: Air, running: Peripheral, on: Host) -> None:
    """More than the name, where BlueZ can."""
    advert = Advertisement(name="More", scan_response=ScanResponse(data={0x26: b"\x07"}))
    with_data = await can_be_added(running, advert)
    if with_data:
        await is_heard(air, advert, on)
        advert.scan_response = ScanResponse(data={0x26: b"\x08"})
        await is_heard(air, advert, on)
        await running.remove(advert)
    release_can(
        "`scan_response=ScanResponse(data=…)`: more than the name in an advertisement's scan response",
        with_data,
        since="5.80",
        otherwise="AdvertisementError says so",
    )
    paced = Advertisement(name="Paced", interval=(0.1, 0.2))
    with_interval = await can_be_added(running, paced)
    if with_interval:
        heard = await air.hear(lambda one: one.name == "Paced")
        assert heard.interval == (0.1, 0.2), heard
    release_can(
        "`interval=`, `tx_power=` of an advertisement",
        with_interval,
        since="5.77",
        otherwise="AdvertisementError says so, unless bluetoothd runs with --experimental",
    )


async def nothing_of_its_own(air: Air, running: Peripheral, on: Host) -> None:
    """What Linux would add, it adds to data that is there."""
    for advert in (
        Advertisement(name="Bare", discoverable=False),
        Advertisement(include=["local-name", "tx-power"], discoverable=False),
    ):
        await running.add(advert)
        await is_heard(air, advert, on)
        await running.remove(advert)


async def named_by_the_adapter(air: Air, running: Peripheral) -> None:
    """The adapter's name is heard, its first ten octets if it is longer, and the new one when it changes."""
    advert = Advertisement(include=["local-name"])
    await running.add(advert)
    for alias in ("Cellar", "Ten octets", "Eleven octe", ""):
        await running.adapter.set(alias=alias)
        await is_heard(air, advert, await host(running))
    await running.remove(advert)


async def can_be_added(running: Peripheral, advert: Advertisement) -> bool:
    """Or an error says why not, before BlueZ is asked."""
    try:
        await running.add(advert)
    except AdvertisementError as error:
        print(error)
        return False
    return True


async def long_ones(air: Air, running: Peripheral, on: Host) -> None:
    """Extended advertising has room for more."""
    advert = Advertisement(
        name="Long", manufacturer_data={0xFFFF: bytes(100)}, secondary_channel="2M", discoverable=False
    )
    can = await can_be_added(running, advert)
    if can:
        await is_heard(air, advert, on)
    release_can(
        "advertisements of more than 31 octets (`secondary_channel=`), where the controller can",
        can,
        since="5.69",
        otherwise="AdvertisementError says so",
    )


async def story() -> None:
    async with radio() as air, Peripheral(*various()) as running, person() as somebody:
        on = await host(running)
        for advert in running.advertisements:
            print(advert.layout(on))
            await is_heard(air, advert, on)
        tank = running.advertisements[0]
        assert isinstance(tank, Tank)
        await live(air, tank, on)
        await in_order(air, tank)
        await too_long(air, running, tank, on, somebody)
        await scan_responses(air, running, on)
        await nothing_of_its_own(air, running, on)
        await named_by_the_adapter(air, running)
        await long_ones(air, running, on)
