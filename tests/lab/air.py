"""The laboratory's vocabulary: what a scenario imports.

async with radio() as air:                      # hci0 is there, bluetoothd has it
    phone = await air.phone("Ann")
    peer = await phone.connect(await phone.find(name="Pulse"))
    print(peer.tree(), await peer.read("2A37"))
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bumble import ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.device import Device
from bumble.device import Peer as BumblePeer
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.pairing import PairingConfig
from bumble.transport import open_transport
from bumble.transport.common import AsyncPipeSink
from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from tests.lab import _daemons
from tests.lab._advert import Advert
from tests.lab._daemons import alive
from tests.lab._findings import bluez, release_can
from tests.lab._locals import Caller, adverts, local_caller
from tests.lab._pairing import Agent, agent, just_works, legacy_passkey, numeric_comparison
from tests.lab._peer import AttRefused, Heard, PairingFailed, Peer, refused
from tests.lab._processes import Program, killed, paused, program

__all__ = [
    "HCI0",
    "Advert",
    "Agent",
    "Air",
    "AttRefused",
    "Caller",
    "Heard",
    "PairingFailed",
    "Peer",
    "Phone",
    "Program",
    "adverts",
    "agent",
    "alive",
    "bluez",
    "just_works",
    "killed",
    "legacy_passkey",
    "local_caller",
    "numeric_comparison",
    "paused",
    "program",
    "radio",
    "refused",
    "release_can",
]

HCI0 = "C0:11:22:33:44:55"
"""The address of the adapter."""

UNPLUGGED = "lab: the story is over, hci0 is unplugged"
"""The line in bluetoothd's log behind which there is only its good-bye."""

_SETTLE = 0.5
_ADAPTER_TIMEOUT = 20.0


class _Link(LocalLink):
    """Bumble's air, corrected: who sends, and what is said in a scan response.

    Bumble labels every LE packet with the sender's random address, but the kernel's controller is known by its public
    one; and it repeats the advertising data where a scan response belongs, so phones listen here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listeners: set[asyncio.Queue[Advert]] = set()

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Deliver under the address that the connection was made with."""
        receiver = self.find_le_controller(destination_address)
        connection = sender_controller.le_connections.get(destination_address)
        source = connection.self_address if connection else sender_controller.random_address
        if receiver:
            asyncio.get_running_loop().call_soon(receiver.on_link_acl_data, source, transport, data)

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Let the listening phones hear both packets of an advertisement."""
        super().send_advertising_pdu(sender_controller, packet)
        if isinstance(packet, (ll.AdvInd, ll.AdvExtInd)):
            response = _scan_response(sender_controller, packet)
            sender = packet.advertiser_address
            advert = Advert(sender.to_string(with_type_qualifier=False), bytes(packet.data), response, sender.is_public)
            for listener in self.listeners:
                listener.put_nowait(advert)


def _scan_response(sender: Controller, packet: ll.AdvInd | ll.AdvExtInd) -> bytes:
    """What the advertiser would answer to a scan request."""
    if isinstance(packet, ll.AdvInd):
        return bytes(sender.le_legacy_advertiser.scan_response_data)
    sets = (one for one in sender.advertising_sets.values() if one.enabled and bytes(one.data) == packet.data)
    return next((bytes(one.scan_response_data) for one in sets), b"")


def _address(advert: Advert) -> Address:
    """An advertiser's address in Bumble's terms."""
    return Address(advert.address, Address.PUBLIC_DEVICE_ADDRESS if advert.is_public else Address.RANDOM_DEVICE_ADDRESS)


class Phone:
    """One more Bluetooth device on the same air; `.device` is Bumble's, for what has no word here."""

    def __init__(self, device: Device, link: _Link) -> None:
        self.device = device
        self._link = link

    async def find(self, name: str | None = None, *, uuid: str | None = None, within: float = 10) -> Advert:
        """The next advertisement with this local name or service UUID; TimeoutError lists what was heard instead."""
        heard: dict[tuple[bytes, bytes], Advert] = {}
        queue: asyncio.Queue[Advert] = asyncio.Queue()
        self._link.listeners.add(queue)
        try:
            async with asyncio.timeout(within):
                while not (advert := await queue.get()).matches(name, uuid):
                    heard[advert.data, advert.scan_response] = advert
        except TimeoutError:
            lines = "".join(f"\n  {advert}" for advert in heard.values()) or " nothing at all"
            msg = f"no advert with name {name}, uuid {uuid} within {within} s; heard{lines}"
            raise TimeoutError(msg) from None
        finally:
            self._link.listeners.discard(queue)
        return advert

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

    def __init__(self, link: _Link) -> None:
        self._link = link
        self._numbers = itertools.count(1)

    async def phone(self, name: str, *, pairing: PairingConfig | None = None) -> Phone:
        """One more phone, powered on, with an address of its own; `pairing` tells how it pairs."""
        address = f"F0:00:00:00:00:{next(self._numbers):02X}"
        controller = Controller(name, link=self._link, public_address=f"{address}/P")
        host = Host(controller_source=controller, controller_sink=AsyncPipeSink(controller))
        device = Device(name=name, address=Address(address), host=host)
        if pairing:
            device.pairing_config_factory = lambda _connection: pairing
        await device.power_on()
        return Phone(device, self._link)


async def _powered(bus: MessageBus) -> bool:
    """Whether bluetoothd knows the adapter and has powered it."""
    message = Message("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    reply = await bus.call(message)
    if reply.message_type is not MessageType.METHOD_RETURN:
        return False
    adapter = reply.body[0].get("/org/bluez/hci0", {}).get("org.bluez.Adapter1", {})
    return "Powered" in adapter and adapter["Powered"].value


async def _wait_for_adapter() -> None:
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
async def radio() -> AsyncIterator[Air]:
    """The air, with hci0 on it: plugged in when the block begins, powered, and unplugged when it ends."""
    link = _Link()
    kernel = await open_transport("vhci:/dev/vhci")
    Controller("hci0", host_source=kernel.source, host_sink=kernel.sink, link=link, public_address=f"{HCI0}/P")
    try:
        await _wait_for_adapter()
        yield Air(link)
    finally:
        with suppress(ProcessLookupError):
            _daemons.note("bluetoothd", UNPLUGGED)
        await kernel.close()
