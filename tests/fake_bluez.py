"""A bus of one's own and a small org.bluez on it: it asks as bluetoothd asks, keeps what it hears, and fails to order.

It runs on the test's event loop, over a connection of its own. Nothing here sleeps: tests wait for what they expect.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import UUID

import attrs
import pytest
from dbus_fast import Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus

ADAPTER = "org.bluez.Adapter1"
GATT_MANAGER = "org.bluez.GattManager1"
ADVERTISING_MANAGER = "org.bluez.LEAdvertisingManager1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"
DEVICE = "org.bluez.Device1"
ADVERTISEMENT = "org.bluez.LEAdvertisement1"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
PEER = "org.freedesktop.DBus.Peer"
DAEMON = "org.freedesktop.DBus"

ANN, BEN = "AA:AA:AA:AA:AA:AA", "BB:BB:BB:BB:BB:BB"
PATIENCE = 5.0
"""Seconds until something that should happen counts as never happening."""

Interfaces = dict[str, dict[str, Any]]
"""Interface -> property -> value, without the variants."""


# --- the bus -----------------------------------------------------------------------------------------------------

_CONFIG = """<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    {policy}
  </policy>
</busconfig>
"""


@attrs.frozen
class Daemon:
    """A dbus-daemon while it runs."""

    address: str
    process: subprocess.Popen[str]


@contextmanager
def dbus_daemon(folder: Path, policy: str = "") -> Iterator[Daemon]:
    """Run a private dbus-daemon; *policy* adds rules to its permissive configuration."""
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.fail("these tests need dbus-daemon, which is not installed: apt install dbus", pytrace=False)
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=folder / "bus", policy=policy))
    command = [program, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, f"dbus-daemon does not start: {' '.join(command)}"
        try:
            yield Daemon(address, process)
        finally:
            process.kill()


# --- BlueZ -------------------------------------------------------------------------------------------------------


class Refusal(NamedTuple):
    """An error reply: what it is called and what it says."""

    name: str
    text: str


@attrs.define
class FakeAdapter:
    """One Adapter1 object; ``None`` leaves a property out."""

    name: str = "hci0"
    address: str = "00:11:22:33:44:55"
    alias: str = "laptop"
    powered: bool = True
    roles: list[str] | None = attrs.field(factory=lambda: ["central", "peripheral"])
    managers: tuple[str, ...] = (GATT_MANAGER, ADVERTISING_MANAGER)

    @property
    def path(self) -> str:
        return f"/org/bluez/{self.name}"

    def objects(self) -> dict[str, dict[str, Variant]]:
        properties = {
            "Address": Variant("s", self.address),
            "Alias": Variant("s", self.alias),
            "Powered": Variant("b", self.powered),
        }
        if self.roles is not None:
            properties["Roles"] = Variant("as", self.roles)
        return {ADAPTER: properties, **{manager: {} for manager in self.managers}}


@attrs.define
class FakeDevice:
    """A phone as BlueZ knows it."""

    connected: bool = True
    bonded: bool = False

    def properties(self) -> dict[str, Variant]:
        return {"Connected": Variant("b", self.connected), "Bonded": Variant("b", self.bonded)}


@attrs.define(eq=False, repr=False)
class FakeBlueZ:
    """org.bluez on a bus, from ``join`` to ``leave``."""

    adapters: list[FakeAdapter] = attrs.field(factory=lambda: [FakeAdapter()])
    devices: dict[str, FakeDevice] = attrs.field(factory=lambda: {ANN: FakeDevice(), BEN: FakeDevice()})
    """The phones that BlueZ knows, by their addresses."""
    refusals: dict[str, Refusal] = attrs.field(factory=dict)
    """What to refuse, by member (``Set`` for Powered), and how."""
    silent: set[str] = attrs.field(factory=set)
    """What never to answer."""
    before: dict[str, Callable[[], None]] = attrs.field(factory=dict)
    """What to do when a call of that member comes in, before it is answered."""
    calls: list[str] = attrs.field(factory=list)
    """What clients asked for, in order: ``hci0 RegisterApplication``, ``hci0 Powered=True``."""
    applications: dict[tuple[str, str], dict[str, Interfaces]] = attrs.field(factory=dict)
    """(connection, path) -> the registered tree, in the order of the reply."""
    advertisements: dict[tuple[str, str], dict[str, Any]] = attrs.field(factory=dict)
    """(connection, path) -> the properties that are set."""
    heard: list[tuple[str, bytes]] = attrs.field(factory=list)
    """The notifications: (path, octets)."""
    held_pings: list[Message] | None = None
    """A list to keep Ping calls in instead of answering them: BlueZ is alive, and deaf."""

    bus: MessageBus = attrs.field(init=False)
    _news: asyncio.Event = attrs.field(factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set)

    async def join(self, address: str) -> Self:
        """Connect and take the name."""
        self.bus = await MessageBus(bus_address=address).connect()
        self.bus.add_message_handler(self._handle)
        await self._ask(DAEMON, "/org/freedesktop/DBus", DAEMON, "AddMatch", "s", "member='NameOwnerChanged'")
        await self.bus.request_name("org.bluez")
        return self

    async def leave(self) -> None:
        """Leave the bus, as if bluetoothd had died."""
        for task in self._tasks:
            task.cancel()
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()

    async def until(self, what: Callable[[], object]) -> None:
        """Wait until *what* is true of what has been heard."""
        async with asyncio.timeout(PATIENCE):
            while not what():
                self._news.clear()
                await self._news.wait()

    @property
    def adapter(self) -> FakeAdapter:
        """The first one."""
        return self.adapters[0]

    @property
    def objects(self) -> dict[str, Interfaces]:
        """The tree of the one application that is registered."""
        (tree,) = self.applications.values()
        return tree

    @property
    def client(self) -> str:
        """The connection of the one application that is registered."""
        ((client, _),) = self.applications
        return client

    @property
    def advertisement(self) -> dict[str, Any]:
        """The properties of the one advertisement that is registered."""
        (properties,) = self.advertisements.values()
        return properties

    @property
    def values(self) -> list[bytes]:
        """The octets of all notifications."""
        return [octets for _, octets in self.heard]

    def paths(self, uuid: UUID) -> list[str]:
        """The objects with that UUID, in their order."""
        return [path for path, made in self.objects.items() for ps in made.values() if ps["UUID"] == str(uuid)]

    def path(self, uuid: UUID) -> str:
        """The one object with that UUID."""
        (path,) = self.paths(uuid)
        return path

    # --- what bluetoothd asks of an application -------------------------------------------------------------------

    async def read(self, path: str, offset: int = 0, device: str = ANN, mtu: int = 247) -> bytes | Refusal:
        """A phone reads."""
        return await self.ask(path, self._interface(path), "ReadValue", "a{sv}", _options(offset, device, mtu))

    async def write(
        self, path: str, octets: bytes, offset: int = 0, device: str = ANN, mtu: int = 247, **more: Variant
    ) -> Refusal | None:
        """A phone writes."""
        options = _options(offset, device, mtu) | {key.replace("_", "-"): value for key, value in more.items()}
        return await self.ask(path, self._interface(path), "WriteValue", "aya{sv}", octets, options)

    async def start_notify(self, path: str) -> Refusal | None:
        """A phone subscribes."""
        return await self.ask(path, CHARACTERISTIC, "StartNotify")

    async def stop_notify(self, path: str) -> Refusal | None:
        """Nobody is subscribed any more."""
        return await self.ask(path, CHARACTERISTIC, "StopNotify")

    def tell_device(self, address: str, *, connected: bool, bonded: bool = False) -> None:
        """A phone comes or goes."""
        self.devices[address] = device = FakeDevice(connected, bonded)
        path, body = device_path(address), [DEVICE, device.properties(), []]
        self._emit(Message(path=path, interface=PROPERTIES, member="PropertiesChanged", signature="sa{sv}as", body=body))

    def forget_device(self, address: str) -> None:
        """BlueZ forgets a phone."""
        del self.devices[address]
        body = [device_path(address), [DEVICE]]
        self._emit(Message(path="/", interface=OBJECT_MANAGER, member="InterfacesRemoved", signature="oas", body=body))

    def _emit(self, signal: Message) -> None:
        signal.message_type = MessageType.SIGNAL
        self.bus.send(signal)

    async def settled(self) -> None:
        """Wait until the application has answered: all that it sent before has been heard then.

        Twice, since it answers the first time from within the very turn of its event loop that reads this.
        """
        for _ in range(2):
            assert await self.ask("/", PEER, "Ping") is None

    async def ask(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Any:
        """Call any method of the application; give its value or the error."""
        return await self._ask(self.client, path, interface, member, signature, *body)

    def _interface(self, path: str) -> str:
        (interface,) = self.objects[path]
        return interface

    async def _ask(
        self, destination: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> Any:
        message = Message(destination, path, interface, member, signature=signature, body=list(body))
        async with asyncio.timeout(PATIENCE):
            reply = await self.bus.call(message)
        if reply.message_type is MessageType.ERROR:
            return Refusal(reply.error_name, reply.body[0])
        return reply.body[0] if reply.body else None

    # --- what clients ask of bluetoothd ---------------------------------------------------------------------------

    def release_pings(self, refusal: Refusal | None = None) -> None:
        """Answer the held pings, and those to come, too."""
        held, self.held_pings = self.held_pings or [], None
        for ping in held:
            self._answer(ping, refusal)

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL:
            self._hear(message)
        elif message.message_type is MessageType.METHOD_CALL:
            return self._serve(message)
        return None

    def _hear(self, message: Message) -> None:
        if message.member == "PropertiesChanged":
            _, changed, _ = message.body
            self.heard.append((message.path or "", changed["Value"].value))
        elif message.member == "NameOwnerChanged" and not message.body[2]:
            self._forget(message.body[0])
        self._news.set()

    def _forget(self, client: str) -> None:
        """An application that leaves the bus is unregistered."""
        for registered in (self.applications, self.advertisements):
            for key in [key for key in registered if key[0] == client]:
                del registered[key]

    def _serve(self, message: Message) -> Message | bool | None:
        member = message.member or ""
        self.before.get(member, lambda: None)()
        self._news.set()
        if member == "Ping":
            if self.held_pings is None:
                return None  # dbus-fast answers, as libdbus does for bluetoothd
            self.held_pings.append(message)
            return True
        if member == "GetManagedObjects":
            objects = {adapter.path: adapter.objects() for adapter in self.adapters}
            objects |= {device_path(address): {DEVICE: one.properties()} for address, one in self.devices.items()}
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [{"/org/bluez": {}, **objects}])
        task = asyncio.ensure_future(self._serve_adapter(message, member))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _serve_adapter(self, message: Message, member: str) -> None:
        adapter = next((adapter for adapter in self.adapters if adapter.path == message.path), None)
        if adapter is None:
            self._answer(message, Refusal("org.freedesktop.DBus.Error.UnknownObject", f"no {message.path}"))
            return
        if member == "Set":
            _, name, value = message.body
            self.calls.append(f"{adapter.name} {name}={value.value}")
        else:
            self.calls.append(f"{adapter.name} {member}")
        if member not in self.silent:
            self._answer(message, self.refusals.get(member) or await self._obey(adapter, message, member))
        self._news.set()

    async def _obey(self, adapter: FakeAdapter, message: Message, member: str) -> Refusal | None:
        client, path = message.sender or "", message.body[0]
        if member == "Set":
            adapter.powered = message.body[2].value
        elif member == "RegisterApplication":
            self.applications[client, path] = await self._tree(client, path)
        elif member == "RegisterAdvertisement":
            self.advertisements[client, path] = (await self._tree(client, path))[path][ADVERTISEMENT]
        else:
            registered = self.applications if member == "UnregisterApplication" else self.advertisements
            if (client, path) not in registered:
                return Refusal("org.bluez.Error.DoesNotExist", "Does Not Exist")
            del registered[client, path]
        return None

    async def _tree(self, client: str, path: str) -> dict[str, Interfaces]:
        objects = await self._ask(client, path, OBJECT_MANAGER, "GetManagedObjects")
        return {
            where: {name: {key: value.value for key, value in ps.items()} for name, ps in interfaces.items()}
            for where, interfaces in objects.items()
            if where == path or where.startswith(f"{path}/")
        }

    def _answer(self, message: Message, refusal: Refusal | None) -> None:
        if message.flags & MessageFlag.NO_REPLY_EXPECTED:
            return
        reply = Message.new_error(message, *refusal) if refusal else Message.new_method_return(message)
        self.bus.send(reply)


def done() -> asyncio.Future[None]:
    """What ``MessageBus.send`` gives when the message has left at once."""
    sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    sent.set_result(None)
    return sent


def device_path(address: str) -> str:
    """Where BlueZ has the phone with that address."""
    return f"/org/bluez/hci0/dev_{address.replace(':', '_')}"


def _options(offset: int, device: str, mtu: int) -> dict[str, Variant]:
    """As ``append_options`` of bluetoothd does: the offset only when it is not zero."""
    options = {
        "device": Variant("o", device_path(device)),
        "link": Variant("s", "LE"),
        "mtu": Variant("q", mtu),
    }
    return options | ({"offset": Variant("q", offset)} if offset else {})


def heed_interrupts() -> None:
    """In a child: SIGINT ends it, even where whoever started the tests ignores it (a shell's ``&`` does)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
