"""Both ends of pairing: the guest's agent in bare dbus-fast, and the ways in which phones pair."""

# ruff: noqa: F821, N802 - in dbus-fast annotations are D-Bus signatures, and methods are named like D-Bus members

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bumble.pairing import PairingConfig, PairingDelegate
from dbus_fast import BusType, DBusError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, method

_PATH = "/lab/agent"
_MANAGER = "org.bluez.AgentManager1"
_IO = PairingDelegate.IoCapability
_KEYS = PairingDelegate.KeyDistribution


CAPABILITIES = {
    "DisplayOnly": _IO.DISPLAY_OUTPUT_ONLY,
    "DisplayYesNo": _IO.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    "KeyboardOnly": _IO.KEYBOARD_INPUT_ONLY,
    "NoInputNoOutput": _IO.NO_OUTPUT_NO_INPUT,
    "KeyboardDisplay": _IO.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
}
"""What a device can show and what can be typed into it (Core, Vol 3, Part H, 2.3.2), by BlueZ's names."""


class Agent(ServiceInterface):
    """What bluetoothd asks when a phone pairs; `.asked` are the questions so far: "RequestConfirmation 123456"."""

    def __init__(self, *, accept: bool) -> None:
        super().__init__("org.bluez.Agent1")
        self.asked: list[str] = []
        self._accept = accept
        self._shown: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def passkey(self) -> int:
        """The passkey that the guest shows, as soon as it does."""
        return await asyncio.shield(self._shown)

    def _answer(self, question: str) -> None:
        """Say yes, or refuse."""
        self.asked.append(question)
        print(f"the agent is asked: {question}; it {'agrees' if self._accept else 'refuses'}")
        if not self._accept:
            raise DBusError("org.bluez.Error.Rejected", "the agent was told to refuse")

    @method()
    def RequestConfirmation(self, _device: "o", passkey: "u") -> None:
        self._answer(f"RequestConfirmation {passkey:06}")

    @method()
    def RequestAuthorization(self, _device: "o") -> None:
        self._answer("RequestAuthorization")

    @method()
    def AuthorizeService(self, _device: "o", uuid: "s") -> None:
        self._answer(f"AuthorizeService {uuid}")

    @method()
    def DisplayPasskey(self, _device: "o", passkey: "u", _entered: "q") -> None:
        if not self._shown.done():
            self.asked.append("DisplayPasskey")
            print(f"the agent shows {passkey:06}")
            self._shown.set_result(passkey)

    @method()
    def Cancel(self) -> None:
        self.asked.append("Cancel")

    @method()
    def Release(self) -> None: ...


async def _call(bus: MessageBus, member: str, signature: str, *body: str) -> None:
    """Call the agent manager."""
    message = Message("org.bluez", "/org/bluez", _MANAGER, member, signature=signature, body=list(body))
    reply = await bus.call(message)
    if reply.message_type is not MessageType.METHOD_RETURN:
        raise RuntimeError(f"{member}: {reply.error_name} {reply.body}")


@asynccontextmanager
async def agent(capability: str = "DisplayYesNo", *, accept: bool = True) -> AsyncIterator[Agent]:
    """Inside the block bluetoothd has a default agent that says yes to everything, or no.

    The capability decides, together with the phone's, how they pair: "NoInputNoOutput" leaves just works.
    """
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    ours = Agent(accept=accept)
    bus.export(_PATH, ours)
    await _call(bus, "RegisterAgent", "os", _PATH, capability)
    await _call(bus, "RequestDefaultAgent", "o", _PATH)
    try:
        yield ours
    finally:
        await _call(bus, "UnregisterAgent", "o", _PATH)
        bus.disconnect()


class Hand(PairingDelegate):
    """The person with the phone: types the number that `other` gives, sees what the phone shows, says yes or no.

    `.did` is what there was to do: "shows", "types", "compares", "confirms".
    """

    def __init__(
        self, capability: str, other: Callable[[], Awaitable[int]] | None = None, *, agrees: bool = True
    ) -> None:
        super().__init__(CAPABILITIES[capability])
        self.did: list[str] = []
        self._other = other
        self._agrees = agrees
        self._shown: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def passkey(self) -> int:
        """The number on the phone's display, as soon as it is there."""
        return await asyncio.shield(self._shown)

    async def confirm(self, auto: bool = False) -> bool:  # noqa: FBT001, FBT002 - Bumble's
        """Pair at all?"""
        if not auto:
            self.did.append("confirms")
        return self._agrees

    async def compare_numbers(self, number: int, digits: int) -> bool:
        """Is it the same number?"""
        self.did.append("compares")
        await self.display_number(number, digits)
        return self._agrees

    async def get_number(self) -> int | None:
        """Which number does the other side show?"""
        self.did.append("types")
        return await self._other() if self._other and self._agrees else None

    async def display_number(self, number: int, digits: int) -> None:  # noqa: ARG002 - Bumble's
        """Show a number."""
        if "compares" not in self.did:
            self.did.append("shows")
        if not self._shown.done():
            self._shown.set_result(number)


def pairs(hand: Hand, *, secure: bool = True, mitm: bool = True) -> PairingConfig:
    """How a phone in this hand pairs: with LE Secure Connections, or as before Bluetooth 4.2."""
    return PairingConfig(sc=secure, mitm=mitm, bonding=True, delegate=hand)


def numeric_comparison() -> PairingConfig:
    """LE Secure Connections: both sides show a number and say that it is the same. It is the strongest way."""
    return PairingConfig(
        sc=True, mitm=True, bonding=True, delegate=PairingDelegate(_IO.DISPLAY_OUTPUT_AND_YES_NO_INPUT)
    )


def just_works(*, signs: bool = False) -> PairingConfig:
    """Encrypted, and nobody knows with whom; a phone that `signs` hands out the key of its signatures."""
    keys = PairingDelegate.DEFAULT_KEY_DISTRIBUTION | (_KEYS.DISTRIBUTE_SIGNING_KEY if signs else 0)
    return PairingConfig(
        sc=True, mitm=False, bonding=True, delegate=PairingDelegate(_IO.NO_OUTPUT_NO_INPUT, keys, keys)
    )


def legacy_passkey(other: Agent) -> PairingConfig:
    """As before Bluetooth 4.2: the phone types what the guest's agent ("DisplayOnly") shows."""
    return pairs(Hand("KeyboardOnly", other.passkey), secure=False)
