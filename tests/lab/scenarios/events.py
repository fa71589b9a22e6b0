"""What phones do is told in its order: connect, pair, subscribe, leave; and what the program does to phones as well.

Kicked, a phone may come again; forgotten, it has to pair anew. Where BlueZ tells why a phone has left, so do we.
"""

from gattschema import Peripheral, ReadNotify, Service, UInt8, characteristic
from gattschema.events import (
    AdapterChanged,
    Connected,
    Disconnected,
    Event,
    EventStream,
    Paired,
    ReadBy,
    Subscribed,
    Unpaired,
    Unsubscribed,
)
from gattschema.pairing import JustWorks
from tests.lab.air import PairingFailed, Peer, Person, Phone, just_works, person, radio, release_can

VALUE = "AA60"


class Door(Service, uuid="f100d000-0000-4000-8000-000000000060"):
    value: ReadNotify[UInt8] = characteristic(default=1, uuid=VALUE)


async def told(events: EventStream[Event], *kinds: type[Event]) -> list[Event]:
    """The next events are of these kinds, in this order."""
    found = [await anext(events) for _kind in kinds]
    print("told:", *found, sep="\n  ")
    assert [type(event) for event in found] == list(kinds)
    return found


async def comes(phone: Phone) -> Peer:
    return await phone.connect(await phone.find(name="Door"))


async def first_visit(phone: Phone, events: EventStream[Event]) -> None:
    """Connect, read, subscribe, hang up: the phone is known in each event, also where BlueZ does not name it."""
    peer = await comes(phone)
    await peer.read(VALUE)
    await peer.subscribe(VALUE)
    await peer.disconnect()
    *before, unsubscribed, left = await told(events, Connected, ReadBy, Subscribed, Unsubscribed, Disconnected)
    for event in before:
        assert event.device.address == phone.address, event
    assert before[2].subscribers == 1
    assert unsubscribed.subscribers == 0
    release_can(
        "`Disconnected.reason` tells why a phone has left",
        left.reason == "Remote",
        since="5.83",
        otherwise="it is None",
    )


async def pairs_and_is_kicked(phone: Phone, events: EventStream[Event], running: Peripheral) -> None:
    """Paired it subscribes, is hung up on by us, and comes again at once with its bond."""
    peer = await comes(phone)
    await peer.pair()
    await peer.subscribe(VALUE)
    connected, paired, _subscribed = await told(events, Connected, Paired, Subscribed)
    device = connected.device
    assert device == paired.device == running.centrals[0]
    assert device.paired
    assert device.bonded
    await device.disconnect()
    await peer.disconnected()
    _unsubscribed, left = await told(events, Unsubscribed, Disconnected)
    assert left.reason in {None, "Local"}, left
    assert not running.centrals
    peer = await comes(phone)
    await peer.encrypt()
    await told(events, Connected, Subscribed)
    await device.remove()
    await peer.disconnected()


async def is_forgotten(phone: Phone, events: EventStream[Event], somebody: Person) -> None:
    """It was removed while it was connected: subscriptions end with it, and its old key is worth nothing."""
    await told(events, Unsubscribed, Disconnected, Unpaired)
    assert phone.address not in await somebody.devices()
    peer = await comes(phone)
    try:
        await peer.encrypt()
    except Exception as error:  # noqa: BLE001 - Bumble's, of several kinds
        print("with its old key:", repr(error))
    else:
        raise AssertionError("encrypted with a key that was to be forgotten")
    try:
        await peer.pair()
    except PairingFailed:
        peer = await comes(phone)
        await peer.pair()
    await peer.disconnect()
    await told(events, Connected, Paired, Disconnected)


async def story() -> None:
    door = Door()
    async with (
        radio() as air,
        Peripheral(door, name="Door", pairing=JustWorks()) as running,
        person() as somebody,
    ):
        events = running.events(Connected, Disconnected, Paired, Unpaired, Subscribed, Unsubscribed, ReadBy)
        changes = running.events(AdapterChanged)
        await first_visit(await air.phone("Ann"), events)
        ben = await air.phone("Ben", pairing=just_works())
        await pairs_and_is_kicked(ben, events, running)
        await is_forgotten(ben, events, somebody)
        await running.adapter.set(alias="Hall")
        while "Alias" not in (await anext(changes)).changed:
            pass
        assert running.adapter.alias == await somebody.get("Alias") == "Hall"
