"""The laboratory's vocabulary: what a scenario imports.

async with radio() as air:                      # hci0 is there, bluetoothd has it
    phone = await air.phone("Ann")
    peer = await phone.connect(await phone.find(name="Pulse"))
    print(peer.tree(), await peer.read("2A37"))
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from bumble.controller import Controller
from bumble.device import Device
from bumble.device import Peer as BumblePeer
from bumble.hci import Address
from bumble.host import Host
from bumble.pairing import PairingConfig
from bumble.transport import open_transport
from bumble.transport.common import AsyncPipeSink, Transport
from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from tests.lab import _daemons
from tests.lab._advert import Advert
from tests.lab._controller import Hci0, Link
from tests.lab._daemons import alive
from tests.lab._findings import bluez, release_can
from tests.lab._locals import Caller, adverts, local_caller
from tests.lab._monitor import Monitor, Said, monitor
from tests.lab._pairing import Agent, Hand, agent, just_works, legacy_passkey, numeric_comparison, pairs
from tests.lab._peer import AttRefused, Heard, PairingFailed, Peer, refused
from tests.lab._person import Person, person, rfkill
from tests.lab._processes import Program, killed, paused, program, restarted_bus

__all__ = [
    "HCI0",
    "Advert",
    "Agent",
    "Air",
    "AttRefused",
    "Caller",
    "Hand",
    "Heard",
    "Monitor",
    "PairingFailed",
    "Peer",
    "Person",
    "Phone",
    "Program",
    "Said",
    "adapter_is_there",
    "adverts",
    "agent",
    "alive",
    "bluez",
    "just_works",
    "killed",
    "legacy_passkey",
    "local_caller",
    "monitor",
    "numeric_comparison",
    "pairs",
    "paused",
    "person",
    "program",
    "radio",
    "refused",
    "release_can",
    "restarted_bus",
    "rfkill",
]

HCI0 = "C0:11:22:33:44:55"
"""The address of the adapter."""

UNPLUGGED = "lab: the story is over, hci0 is unplugged"
"""The line in bluetoothd's log behind which there is only its good-bye."""

_SETTLE = 0.5
_ADAPTER_TIMEOUT = 20.0


def _address(advert: Advert) -> Address:
    """An advertiser's address in Bumble's terms."""
    return Address(advert.address, Address.PUBLIC_DEVICE_ADDRESS if advert.is_public else Address.RANDOM_DEVICE_ADDRESS)


class Phone:
    """One more Bluetooth device on the same air; `.device` is Bumble's, for what has no word here."""

    def __init__(self, device: Device, air: "Air") -> None:
        self.device = device
        self._air = air

    @property
    def address(self) -> str:
        """The one that it shows: "F0:00:00:00:00:01", or a changing one of a private phone."""
        return self.device.random_address.to_string(with_type_qualifier=False)

    @property
    def identity(self) -> str:
        """The one that bluetoothd knows it by when they have paired: "F0:00:00:00:00:01"."""
        return self.device.static_address.to_string(with_type_qualifier=False)

    async def find(self, name: str | None = None, *, uuid: str | None = None, within: float = 10) -> Advert:
        """The next advertisement with this local name or service UUID; TimeoutError lists what was heard instead."""
        try:
            return await self._air.hear(lambda advert: advert.matches(name, uuid), within)
        except TimeoutError as error:
            raise TimeoutError(f"no advert with name {name}, uuid {uuid}: {error}") from None

    async def connect(self, advert: Advert, *, mtu: int = 247, within: float = 20, descriptors: bool = True) -> Peer:
        """Connect, agree on the MTU and discover everything, or all but the descriptors.

        The pause is needed: a kernel that is still reading the remote features drops the first ATT request. And
        bluetoothd asks for the MTU, too: it has to be told the same, since of two it notifies by the larger one.
        """
        self.device.gatt_server.max_mtu = mtu
        connection = await self.device.connect(_address(advert), timeout=within)
        await asyncio.sleep(_SETTLE)
        peer = Peer(BumblePeer(connection))
        await peer.bumble.request_mtu(mtu)
        await peer.discover(descriptors=descriptors)
        return peer


class Air:
    """Everything that hears each other: hci0 and any number of phones."""

    def __init__(self, *, extended: bool) -> None:
        self._link = Link()
        self._numbers = itertools.count(1)
        self._extended = extended
        self._plugged: tuple[Hci0, Transport] | None = None

    async def phone(self, name: str, *, pairing: PairingConfig | None = None, private: bool = False) -> Phone:
        """One more phone, powered on, with an address of its own; `pairing` tells how it pairs.

        A private one, as phones are, shows an address that nobody knows it by until they have paired.
        """
        address = f"F0:00:00:00:00:{next(self._numbers):02X}"
        controller = Controller(name, link=self._link, public_address=f"{address}/P")
        host = Host(controller_source=controller, controller_sink=AsyncPipeSink(controller))
        device = Device(name=name, address=Address(address), host=host)
        device.irk = secrets.token_bytes(16)
        device.le_privacy_enabled, device.le_rpa_timeout = private, 0
        if pairing:
            pairing.identity_address_type = PairingConfig.AddressType.RANDOM
            device.pairing_config_factory = lambda _connection: pairing
        await device.power_on()
        return Phone(device, self)

    async def hear(self, is_it: Callable[[Advert], bool], within: float = 10) -> Advert:
        """The next advertisement of a kind; TimeoutError lists what was heard instead."""
        heard: dict[Advert, None] = {}
        async with self.listening() as queue:
            try:
                async with asyncio.timeout(within):
                    while not is_it(advert := await queue.get()):
                        heard[advert] = None
            except TimeoutError:
                lines = "".join(f"\n  {advert}" for advert in heard) or " nothing at all"
                raise TimeoutError(f"not heard within {within} s, but{lines}") from None
        return advert

    async def hears(self, seconds: float) -> list[Advert]:
        """All that is advertised for so many seconds, each packet once, in the order of their first time."""
        heard: dict[Advert, None] = {}
        async with self.listening() as queue:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        heard[await queue.get()] = None
        return list(heard)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.Queue[Advert]]:
        """Inside the block everything that hci0 advertises comes out of a queue, one a packet."""
        queue: asyncio.Queue[Advert] = asyncio.Queue()
        self._link.listeners.add(queue)
        try:
            yield queue
        finally:
            self._link.listeners.discard(queue)

    async def plug(self) -> None:
        """Plug hci0 in; returns when the kernel has it (bluetoothd may not yet: `adapter_is_there`)."""
        kernel = await open_transport("vhci:/dev/vhci")
        address = f"{HCI0}/P"
        transport = {"host_source": kernel.source, "host_sink": kernel.sink, "public_address": address}
        self._plugged = Hci0(link=self._link, extended=self._extended, **transport), kernel

    async def unplug(self) -> None:
        """Pull hci0 out: it is gone for the kernel and for the phones."""
        if self._plugged:
            controller, kernel = self._plugged
            self._plugged = None
            controller.unplug()
            await kernel.close()


async def _powered(bus: MessageBus) -> bool:
    """Whether bluetoothd knows the adapter and has powered it."""
    message = Message("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    reply = await bus.call(message)
    if reply.message_type is not MessageType.METHOD_RETURN:
        return False
    adapter = reply.body[0].get("/org/bluez/hci0", {}).get("org.bluez.Adapter1", {})
    return "Powered" in adapter and adapter["Powered"].value


async def adapter_is_there() -> None:
    """Return as soon as bluetoothd has hci0 and has powered it, as it does by itself since BlueZ 5.65."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        async with asyncio.timeout(_ADAPTER_TIMEOUT):
            while not await _powered(bus):  # noqa: ASYNC110 - bluetoothd may not be there yet to signal anything
                await asyncio.sleep(0.05)
    except TimeoutError:
        msg = f"bluetoothd has not powered hci0 within {_ADAPTER_TIMEOUT:.0f} s"
        raise TimeoutError(msg) from None
    finally:
        bus.disconnect()


@asynccontextmanager
async def radio(*, extended: bool = True) -> AsyncIterator[Air]:
    """The air, with hci0 on it: plugged in when the block begins, powered, and unplugged when it ends.

    With `extended=False` hci0 is from before Bluetooth 5: it has one advertisement, of 31 octets, and the kernel takes
    turns with it.
    """
    air = Air(extended=extended)
    await air.plug()
    try:
        await adapter_is_there()
        yield air
    finally:
        with suppress(ProcessLookupError):
            _daemons.note("bluetoothd", UNPLUGGED)
        await air.unplug()
