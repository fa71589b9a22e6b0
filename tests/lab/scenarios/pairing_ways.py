"""Each way of pairing, completed and refused, by phones that can show, type, both or nothing.

While the program runs it is the agent that BlueZ asks; then the desktop's is again. Without `pairing=` it never is.
"""

import asyncio
from collections.abc import Callable

from gattschema import Peripheral, Read, Service, UInt8, characteristic
from gattschema.events import Event, EventStream, Paired, PairingRefused
from gattschema.pairing import Agent, Confirm, DisplayPasskey, EnterPasskey, JustWorks
from tests.lab.air import Air, Hand, PairingFailed, Peer, Phone, agent, bluez, just_works, pairs, person, radio, refused

PLAIN, STRICT = "AA70", "AA71"
NOT_AUTHENTICATED, NOT_ENCRYPTED = 0x05, 0x0F
LIMIT = 240


class Safe(Service, uuid="f100d000-0000-4000-8000-000000000070"):
    plain: Read[UInt8] = characteristic(default=1, uuid=PLAIN, security="encrypted")
    strict: Read[UInt8] = characteristic(default=2, uuid=STRICT, security="authenticated")


class Desk:
    """The person at the peripheral: sees its display, types on its keys, says yes or no."""

    def __init__(self, *, agrees: bool = True) -> None:
        self.saw: list[str] = []
        self.hand: Hand | None = None
        self._agrees = agrees
        self._shown: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def show(self, passkey: str) -> None:
        assert len(passkey) == 6
        self.saw.append("a passkey")
        self._shown.set_result(int(passkey))

    async def shown(self) -> int:
        return await asyncio.shield(self._shown)

    async def type(self) -> int:
        assert self.hand
        self.saw.append("keys")
        number = await self.hand.passkey()
        return number if self._agrees else (number + 1) % 1_000_000

    async def ask(self, passkey: str) -> bool:
        assert self.hand
        self.saw.append("a question")
        assert int(passkey) == await self.hand.passkey()
        return self._agrees


async def visit(air: Air, desk: Desk, capability: str, *, agrees: bool = True, secure: bool = True) -> Peer:
    desk.hand = Hand(capability, desk.shown, agrees=agrees)
    phone = await air.phone(capability, pairing=pairs(desk.hand, secure=secure))
    return await phone.connect(await phone.find(name="Safe"), descriptors=False)


async def pairs_well(air: Air, agent: Callable[[Desk], Agent], phone: str, did: str, saw: str) -> None:
    """The phone did this, our side saw that; then what wants an authenticated phone opens."""
    desk = Desk()
    async with Peripheral(Safe(), name="Safe", pairing=agent(desk)):
        peer = await visit(air, desk, phone)
        await peer.pair()
        assert (desk.hand.did, desk.saw) == ([did], [saw]), (desk.hand.did, desk.saw)
        assert await peer.read(STRICT) == b"\x02"
        await peer.disconnect()


async def does_not(air: Air, agent: Callable[[Desk], Agent], phone: str, *, ours: bool, theirs: bool) -> None:
    """One of both says no, or mistypes: the phone is a stranger still."""
    desk = Desk(agrees=ours)
    async with Peripheral(Safe(), name="Safe", pairing=agent(desk)) as running:
        paired = []
        running.on(Paired, paired.append)
        peer = await visit(air, desk, phone, agrees=theirs)
        try:
            await peer.pair()
        except PairingFailed as error:
            print("refused:", error)
        else:
            raise AssertionError("paired, though one of them refused")
        assert not paired
        try:
            with refused(NOT_ENCRYPTED):
                await peer.read(PLAIN)
            await peer.disconnect()
        except ConnectionError as error:
            print("BlueZ hangs up, too:", error)


def confirm(desk: Desk) -> Agent:
    return Confirm(desk.ask)


def display(desk: Desk) -> Agent:
    return DisplayPasskey(desk.show)


def enter(desk: Desk) -> Agent:
    return EnterPasskey(desk.type)


async def everyone_knows_it(air: Air) -> None:
    """Just works encrypts, and authenticates nobody."""
    async with Peripheral(Safe(), name="Safe", pairing=JustWorks()):
        peer = await comes(await air.phone("Ann", pairing=just_works()))
        await peer.pair()
        assert await peer.read(PLAIN) == b"\x01"
        with refused(NOT_AUTHENTICATED):
            await peer.read(STRICT)
        await peer.disconnect()


async def comes(phone: Phone) -> Peer:
    return await phone.connect(await phone.find(name="Safe"), descriptors=False)


async def through_the_window(running: Peripheral, phone: Phone) -> Peer:
    """It is closed, and then opened: somebody has pressed a button, and the phone comes again."""
    peer = await comes(phone)
    async with person() as somebody:
        assert not await somebody.get("Pairable")
        try:
            await peer.pair()
        except PairingFailed as error:
            print("while the window is closed:", error)
        else:
            raise AssertionError("paired through a closed window")
        await peer.disconnect()  # some releases hang up by themselves, two seconds later
        await running.open_pairing(seconds=60)
        assert await somebody.get("Pairable")
    peer = await comes(phone)
    await peer.pair()
    return peer


async def is_kept_out(phone: Phone, events: EventStream[Event]) -> None:
    """At once, or as soon as it is known who it is: then it has paired, and is forgotten."""
    peer = await comes(phone)
    try:
        await peer.pair()
    except PairingFailed as error:
        print("not let in:", error)
    else:
        paired = await anext(events)
        assert isinstance(paired, Paired), paired
    refusal = await anext(events)
    print("told:", refusal)
    assert isinstance(refusal, PairingRefused), refusal
    assert refusal.device.address in {phone.address, phone.identity}
    async with person() as somebody:
        async with asyncio.timeout(10):
            while {phone.address, phone.identity} & await somebody.devices(paired=True):  # noqa: ASYNC110 - no signal names both
                await asyncio.sleep(0.1)
    await peer.disconnect()


async def only_those(air: Air) -> None:
    """The allow-list has identities: phones show another address until they have paired."""
    ann = await air.phone("Ann", pairing=just_works(), private=True)
    async with Peripheral(Safe(), name="Safe", pairing=JustWorks(allow=[ann.identity], window=0)) as running:
        events = running.events(PairingRefused, Paired)
        peer = await through_the_window(running, ann)
        paired = await anext(events)
        assert isinstance(paired, Paired), paired
        print("told:", paired, paired.device.address, ann.address, ann.identity)
        assert await peer.read(PLAIN) == b"\x01"
        await is_kept_out(await air.phone("Eve", pairing=just_works()), events)
        await is_kept_out(await air.phone("Mallory", pairing=just_works(), private=True), events)
        assert await peer.read(PLAIN) == b"\x01", "Ann is still there"
        await peer.disconnect()


async def the_desktops(air: Air) -> None:
    """It is asked before and after, and while a peripheral runs that has no agent of its own."""
    async with agent("NoInputNoOutput") as desktop:

        async def whose(pairing: Agent | None) -> bool:
            before = len(desktop.asked)
            async with Peripheral(Safe(), name="Safe", pairing=pairing):
                peer = await comes(await air.phone("Ann", pairing=just_works()))
                await peer.pair()
                await peer.disconnect()
            return len(desktop.asked) > before

        assert await whose(None), "without pairing= it is the desktop that is asked"
        assert not await whose(JustWorks()), "with it we are"
        assert await whose(None), "and then it is the desktop again"


async def story() -> None:
    async with radio() as air:
        print("BlueZ", bluez())
        await pairs_well(air, confirm, "DisplayYesNo", "compares", "a question")
        await pairs_well(air, display, "KeyboardOnly", "types", "a passkey")
        await pairs_well(air, enter, "DisplayOnly", "shows", "keys")
        await does_not(air, confirm, "DisplayYesNo", ours=False, theirs=True)
        await does_not(air, confirm, "DisplayYesNo", ours=True, theirs=False)
        await does_not(air, display, "KeyboardOnly", ours=True, theirs=False)
        await does_not(air, enter, "DisplayOnly", ours=False, theirs=True)
        await everyone_knows_it(air)
        await only_those(air)
        await the_desktops(air)
