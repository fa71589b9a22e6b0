"""A bus of one's own and a small org.bluez on it: it asks as bluetoothd asks, keeps what it hears, and fails to order.

It runs on the test's event loop, over a connection of its own. Nothing here sleeps: tests wait for what they expect.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
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
AGENT_MANAGER = "org.bluez.AgentManager1"
AGENT = "org.bluez.Agent1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"
DEVICE = "org.bluez.Device1"
BATTERY = "org.bluez.Battery1"
ADVERTISEMENT = "org.bluez.LEAdvertisement1"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
PEER = "org.freedesktop.DBus.Peer"
DAEMON = "org.freedesktop.DBus"

ANN, BEN = "AA:AA:AA:AA:AA:AA", "BB:BB:BB:BB:BB:BB"
PATIENCE = 30.0
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


@attrs.define(eq=False, repr=False)
class FakeSocket:
    """bluetoothd's end of a socket that an application has given it for a phone."""

    sock: socket.socket
    mtu: int
    news: asyncio.Event
    values: list[bytes] = attrs.field(factory=list)
    """What came through it: notifications."""
    is_over: bool = False
    """Whether the application has closed its end."""

    def listen(self) -> None:
        """Take what comes, from now on."""
        asyncio.get_running_loop().add_reader(self.sock, self._read)

    def ignore(self) -> None:
        """Take nothing more: the socket fills."""
        asyncio.get_running_loop().remove_reader(self.sock)

    def write(self, octets: bytes) -> None:
        """The phone writes without response."""
        self.sock.send(octets)

    def confirm(self) -> None:
        """The phone confirms an indication (BlueZ 5.80)."""
        self.sock.send(b"\x01")

    def close(self) -> None:
        """The phone has left or unsubscribed."""
        if self.sock.fileno() >= 0:
            self.ignore()
            self.sock.close()

    def _read(self) -> None:
        """Read all that is there, and the end."""
        octets = b"?"
        while octets:
            try:
                octets = self.sock.recv(512)
            except BlockingIOError:
                break
            except ConnectionResetError:  # it was closed with something unread; what it sent before comes next
                continue
            self.values += [octets] * bool(octets)
        if not octets:
            self.is_over = True
            self.close()
        self.news.set()


_ADAPTER_PROPERTIES = {
    "AddressType": Variant("s", "public"),
    "Name": Variant("s", "laptop"),
    "Class": Variant("u", 0x0C010C),
    "PowerState": Variant("s", "on"),
    "Connectable": Variant("b", False),  # noqa: FBT003  (D-Bus values)
    "Discoverable": Variant("b", False),  # noqa: FBT003
    "DiscoverableTimeout": Variant("u", 180),
    "Pairable": Variant("b", True),  # noqa: FBT003
    "PairableTimeout": Variant("u", 0),
    "Discovering": Variant("b", False),  # noqa: FBT003
    "UUIDs": Variant("as", ["00001800-0000-1000-8000-00805f9b34fb"]),
    "Modalias": Variant("s", "usb:v1D6Bp0246d0552"),
    "Manufacturer": Variant("q", 0x0059),
    "Version": Variant("y", 13),
}
_ADVERTISING = {
    "ActiveInstances": Variant("y", 0),
    "SupportedInstances": Variant("y", 4),
    "SupportedIncludes": Variant("as", ["tx-power", "appearance", "local-name"]),
    "SupportedCapabilities": Variant("a{sv}", {"MaxAdvLen": Variant("y", 31), "MaxScnRspLen": Variant("y", 31)}),
}


@attrs.define
class FakeAdapter:
    """One Adapter1 object; ``None`` leaves a property out."""

    name: str = "hci0"
    address: str = "00:11:22:33:44:55"
    alias: str = "laptop"
    powered: bool = True
    roles: list[str] | None = attrs.field(factory=lambda: ["central", "peripheral"])
    managers: tuple[str, ...] = (GATT_MANAGER, ADVERTISING_MANAGER)
    more: dict[str, Variant] = attrs.field(factory=lambda: dict(_ADAPTER_PROPERTIES))
    """The other properties."""
    advertising: dict[str, Variant] = attrs.field(factory=lambda: dict(_ADVERTISING))
    """The properties of its advertising manager."""
    discoverers: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    """connection -> the filter, of those that look for devices."""
    filters: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    """connection -> the filter that it has set."""

    @property
    def path(self) -> str:
        return f"/org/bluez/{self.name}"

    def set(self, name: str, value: Variant) -> None:
        """Give a property a value."""
        if name == "Powered":
            self.powered = value.value
        elif name == "Alias":
            self.alias = value.value or "laptop"
        else:
            self.more[name] = value

    def properties(self) -> dict[str, Variant]:
        return self.objects()[ADAPTER]

    def objects(self) -> dict[str, dict[str, Variant]]:
        properties = self.more | {
            "Address": Variant("s", self.address),
            "Alias": Variant("s", self.alias),
            "Powered": Variant("b", self.powered),
        }
        if self.roles is not None:
            properties["Roles"] = Variant("as", self.roles)
        told = {ADVERTISING_MANAGER: self.advertising}
        return {ADAPTER: properties, **{manager: told.get(manager, {}) for manager in self.managers}}


@attrs.define
class FakeDevice:
    """A phone as BlueZ knows it."""

    connected: bool = True
    bonded: bool = False
    paired: bool | None = None
    """``None``: as it is bonded."""
    more: dict[str, Variant] = attrs.field(factory=dict)
    """The other properties."""
    battery: int | None = None
    """What Battery1 says, if there is one."""
    adapter: str = "hci0"

    def properties(self) -> dict[str, Variant]:
        return self.more | {
            "Connected": Variant("b", self.connected),
            "Paired": Variant("b", self.bonded if self.paired is None else self.paired),
            "Bonded": Variant("b", self.bonded),
        }

    def objects(self, address: str) -> dict[str, dict[str, Variant]]:
        always = {
            "Address": Variant("s", address),
            "Alias": Variant("s", address.replace(":", "-")),
            "Adapter": Variant("o", f"/org/bluez/{self.adapter}"),
            "Trusted": Variant("b", False),  # noqa: FBT003  (D-Bus values)
            "Blocked": Variant("b", False),  # noqa: FBT003
        }
        battery = {} if self.battery is None else {BATTERY: {"Percentage": Variant("y", self.battery)}}
        return {DEVICE: always | self.properties(), **battery}


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
    mute: set[str] = attrs.field(factory=set)
    """What to obey, and not to answer."""
    before: dict[str, Callable[[], None]] = attrs.field(factory=dict)
    """What to do when a call of that member comes in, before it is answered."""
    calls: list[str] = attrs.field(factory=list)
    """What clients asked for, in order: ``hci0 RegisterApplication``, ``hci0 Powered=True``."""
    applications: dict[tuple[str, str], dict[str, Interfaces]] = attrs.field(factory=dict)
    """(connection, path) -> the registered tree, in the order of the reply."""
    advertisements: dict[tuple[str, str], dict[str, Any]] = attrs.field(factory=dict)
    """(connection, path) -> the properties that are set."""
    advert_changes: list[dict[str, Any]] = attrs.field(factory=list)
    """What was told of them while they were registered, each in its order."""
    heard: list[tuple[str, bytes]] = attrs.field(factory=list)
    """The notifications: (path, octets)."""
    held_pings: list[Message] | None = None
    """A list to keep Ping calls in instead of answering them: BlueZ is alive, and deaf."""
    removed: list[tuple[str, list[str]]] = attrs.field(factory=list)
    """Which objects an application says are gone: (path, interfaces)."""
    handles: dict[str, int] = attrs.field(factory=dict)
    """path -> the handle that the object has in the database, where it has a property for it."""
    free_handle: int = 0x0020
    """Where the next service that does not say ``Handle`` goes."""
    sockets: list[FakeSocket] = attrs.field(factory=list)
    """All that were ever acquired."""
    agents: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    """client -> the path and the capability of its pairing agent."""
    default_agents: list[str] = attrs.field(factory=list)
    """The clients whose agents are asked, the first one before the others (``default_agents`` in ``src/agent.c``)."""

    bus: MessageBus = attrs.field(init=False)
    _news: asyncio.Event = attrs.field(factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set)

    async def join(self, address: str) -> Self:
        """Connect and take the name."""
        self.bus = await MessageBus(bus_address=address, negotiate_unix_fd=True).connect()
        self.bus.add_message_handler(self._handle)
        await self._ask(DAEMON, "/org/freedesktop/DBus", DAEMON, "AddMatch", "s", "member='NameOwnerChanged'")
        await self.bus.request_name("org.bluez")
        return self

    async def leave(self) -> None:
        """Leave the bus, as if bluetoothd had died."""
        for task in self._tasks:
            task.cancel()
        for acquired in self.sockets:
            acquired.close()
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
        """All that is registered."""
        return {path: made for tree in self.applications.values() for path, made in tree.items()}

    @property
    def client(self) -> str:
        """The one connection that has registered applications."""
        (client,) = {client for client, _ in self.applications}
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

    async def acquire_notify(self, path: str, device: str = ANN, mtu: int = 247) -> FakeSocket | Refusal:
        """A phone subscribes to a characteristic that offers sockets."""
        return await self._acquire(path, "AcquireNotify", device, mtu)

    async def acquire_write(self, path: str, device: str = ANN, mtu: int = 247) -> FakeSocket | Refusal:
        """A phone is about to write without response to a characteristic that offers sockets."""
        return await self._acquire(path, "AcquireWrite", device, mtu)

    async def subscribe(self, path: str, device: str = ANN) -> FakeSocket | None:
        """A phone subscribes: by a socket where one is offered, on the bus where not, or where that is refused."""
        if "NotifyAcquired" in self.objects[path][CHARACTERISTIC]:
            acquired = await self.acquire_notify(path, device)
            if isinstance(acquired, FakeSocket):
                return acquired
        assert await self.start_notify(path) is None
        return None

    async def confirm(self, path: str) -> None:
        """Some phone has confirmed an indication that came over the bus."""
        assert await self.ask(path, CHARACTERISTIC, "Confirm") is None

    async def _acquire(self, path: str, member: str, device: str, mtu: int) -> FakeSocket | Refusal:
        reply = await call(self.bus, self.client, path, CHARACTERISTIC, member, "a{sv}", _options(0, device, mtu))
        if isinstance(reply, Refusal):
            return reply
        index, told = reply.body
        acquired = FakeSocket(socket.socket(fileno=reply.unix_fds[index]), told, self._news)
        acquired.listen()
        self.sockets.append(acquired)
        return acquired

    def tell_device(self, address: str, *, connected: bool, bonded: bool = False) -> None:
        """A phone comes or goes."""
        if address not in self.devices:
            self.add_device(address, FakeDevice(connected, bonded))
            return
        device = self.devices[address]
        device.connected, device.bonded = connected, bonded
        self._tell(self.path_of(address), DEVICE, device.properties())

    def add_device(self, address: str, device: FakeDevice) -> None:
        """BlueZ gets to know a device."""
        self.devices[address] = device
        body = [self.path_of(address), device.objects(address)]
        self._emit("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", body)

    def change_device(self, address: str, *lost: str, **values: Variant) -> None:
        """Properties of a device change, or have no value any more."""
        device = self.devices[address]
        device.more |= values
        for name in lost:
            device.more.pop(name, None)
        self._tell(self.path_of(address), DEVICE, values, *lost)

    def forget_device(self, address: str) -> None:
        """BlueZ forgets a phone."""
        path, device = self.path_of(address), self.devices.pop(address)
        self._emit("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, [*device.objects(address)]])

    def drop_device(self, address: str, reason: str = "Remote") -> None:
        """A link ends, as BlueZ 5.83 tells it: first why, then that."""
        body = [f"org.bluez.Reason.{reason}", "Connection terminated"]
        self._emit(self.path_of(address), DEVICE, "Disconnected", "ss", body)
        self.tell_device(address, connected=False, bonded=self.devices[address].bonded)

    def tell_battery(self, address: str, percentage: int) -> None:
        """BlueZ has read the Battery Service of a device."""
        device, told = self.devices[address], {"Percentage": Variant("y", percentage)}
        is_new, device.battery = device.battery is None, percentage
        if is_new:
            body = [self.path_of(address), {BATTERY: told}]
            self._emit("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", body)
        else:
            self._tell(self.path_of(address), BATTERY, told)

    def add_adapter(self, adapter: FakeAdapter) -> None:
        """An adapter is plugged in."""
        self.adapters.append(adapter)
        self._emit("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [adapter.path, adapter.objects()])

    def remove_adapter(self, adapter: FakeAdapter) -> None:
        """An adapter is unplugged, and with it go its devices, and what was registered."""
        self.adapters.remove(adapter)
        for address in [address for address, device in self.devices.items() if device.adapter == adapter.name]:
            self.forget_device(address)
        self._emit("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [adapter.path, [*adapter.objects()]])

    def change_adapter(self, adapter: FakeAdapter, **values: Variant) -> None:
        """Properties of an adapter change."""
        for name, value in values.items():
            adapter.set(name, value)
        self._tell(adapter.path, ADAPTER, {name: adapter.properties()[name] for name in values})

    def path_of(self, address: str) -> str:
        """Where the device is that BlueZ knows by that address."""
        return device_path(address, self.devices[address].adapter)

    def _tell(self, path: str, interface: str, changed: dict[str, Variant], *lost: str) -> None:
        self._emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, list(lost)])

    def _emit(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        self.bus.send(Message.new_signal(path, interface, member, signature, body))

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
        reply = await call(self.bus, destination, path, interface, member, signature, *body)
        return reply if isinstance(reply, Refusal) else (reply.body[0] if reply.body else None)

    # --- what bluetoothd asks of the default pairing agent --------------------------------------------------------

    async def ask_agent(self, member: str, signature: str = "o", *body: Any) -> Any:
        """Call a method of Agent1; give its value or the error."""
        client = self.default_agents[0]
        return await self._ask(client, self.agents[client][0], AGENT, member, signature, *body)

    def tell_agent(self, member: str, signature: str = "", *body: Any) -> None:
        """Call a method of Agent1 whose answer bluetoothd does not wait for."""
        client = self.default_agents[0]
        path, no_reply = self.agents[client][0], MessageFlag.NO_REPLY_EXPECTED
        self.bus.send(Message(client, path, AGENT, member, flags=no_reply, signature=signature, body=list(body)))

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
        if message.member == "PropertiesChanged" and message.body[0] == ADVERTISEMENT:
            self._take_change(message)
        elif message.member == "PropertiesChanged":
            _, changed, _ = message.body
            self.heard.append((message.path or "", changed["Value"].value))
        elif message.member == "InterfacesRemoved":
            self._drop(message)
        elif message.member == "NameOwnerChanged" and not message.body[2]:
            self._forget(message.body[0])
        self._news.set()

    def _take_change(self, message: Message) -> None:
        """As ``properties_changed`` of bluetoothd's ``src/advertising.c``: one after the other; empty is none."""
        told = {name: _plain(variant) for name, variant in message.body[1].items()}
        self.advert_changes.append(told)
        known = self.advertisements.get((message.sender or "", message.path or ""))
        if known is not None:
            known |= told
            for name in [*message.body[2], *(name for name, value in told.items() if value in ([], {}))]:
                known.pop(name, None)

    def _drop(self, message: Message) -> None:
        """What an application has no more is taken out of the database."""
        path, interfaces = message.body
        self.removed.append((path, interfaces))
        del self.applications[message.sender or "", message.path or ""][path]

    def _forget(self, client: str) -> None:
        """An application that leaves the bus is unregistered."""
        for registered in (self.applications, self.advertisements):
            for key in [key for key in registered if key[0] == client]:
                del registered[key]
        self._drop_agent(client)

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
            objects |= {self.path_of(address): one.objects(address) for address, one in self.devices.items()}
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [{"/org/bluez": {}, **objects}])
        if message.interface == AGENT_MANAGER:
            return self._serve_agents(message, member)
        task = asyncio.ensure_future(self._serve_adapter(message, member))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    def _serve_agents(self, message: Message, member: str) -> bool:
        self.calls.append(member)
        if member not in self.silent:
            client, (path, *more) = message.sender or "", message.body
            self._answer(message, self.refusals.get(member) or self._obey_agent(client, member, path, *more))
        return True

    def _obey_agent(self, client: str, member: str, path: str, capability: str = "") -> Refusal | None:
        if member == "RegisterAgent":
            if client in self.agents:
                return Refusal("org.bluez.Error.AlreadyExists", "Already Exists")
            self.agents[client] = path, capability
            self.default_agents.append(client)
        elif self.agents.get(client, ("", ""))[0] != path:
            return Refusal("org.bluez.Error.DoesNotExist", "Does Not Exist")
        elif member == "UnregisterAgent":
            self._drop_agent(client)
        else:
            self.default_agents.remove(client)
            self.default_agents.insert(0, client)
        return None

    def _drop_agent(self, client: str) -> None:
        if self.agents.pop(client, None):
            self.default_agents.remove(client)

    async def _serve_adapter(self, message: Message, member: str) -> None:
        adapter = next((adapter for adapter in self.adapters if adapter.path == message.path), None)
        address = next((address for address in self.devices if self.path_of(address) == message.path), None)
        if address is not None:
            self._serve_device(message, member, address)
            return
        if adapter is None:
            self._answer(message, Refusal("org.freedesktop.DBus.Error.UnknownObject", f"no {message.path}"))
            return
        if member == "Set":
            _, name, value = message.body
            self.calls.append(f"{adapter.name} {name}={value.value}")
        else:
            self.calls.append(f"{adapter.name} {member}")
        if member not in self.silent:
            refusal = self.refusals.get(member) or await self._obey(adapter, message, member)
            if member not in self.mute:
                self._answer(message, refusal)
        self._news.set()

    async def _obey(self, adapter: FakeAdapter, message: Message, member: str) -> Refusal | None:
        client, path = message.sender or "", message.body[0] if message.body else ""
        if member == "Set":
            return self._set(adapter, message.body[1], message.body[2])
        if member in {"SetDiscoveryFilter", "StartDiscovery", "StopDiscovery"}:
            return self._discover(adapter, message, member)
        if member == "RemoveDevice":
            return self._forget_at(path)
        if member == "RegisterApplication":
            self.applications[client, path] = tree = await self._tree(client, path)
            await self._give_handles(client, tree)
        elif member == "RegisterAdvertisement":
            self.advertisements[client, path] = made = (await self._tree(client, path))[path][ADVERTISEMENT]
            if "Instance" in made:
                told = Variant("y", len(self.advertisements))
                assert await self._ask(client, path, PROPERTIES, "Set", "ssv", ADVERTISEMENT, "Instance", told) is None
        else:
            registered = self.applications if member == "UnregisterApplication" else self.advertisements
            if (client, path) not in registered:
                return Refusal("org.bluez.Error.DoesNotExist", "Does Not Exist")
            del registered[client, path]
        return None

    def _set(self, adapter: FakeAdapter, name: str, value: Variant) -> Refusal | None:
        """Take a property's new value; as with the real one, it shows after the answer."""
        if name not in adapter.properties():
            return Refusal("org.freedesktop.DBus.Error.UnknownProperty", f"No such property '{name}'")
        adapter.set(name, value)
        asyncio.get_running_loop().call_soon(partial(self.change_adapter, adapter, **{name: value}))
        return None

    def _discover(self, adapter: FakeAdapter, message: Message, member: str) -> Refusal | None:
        client = message.sender or ""
        if not adapter.powered:
            return Refusal("org.bluez.Error.NotReady", "Resource Not Ready")
        if member == "SetDiscoveryFilter":
            adapter.filters[client] = {key: variant.value for key, variant in message.body[0].items()}
        elif member == "StopDiscovery":
            if adapter.discoverers.pop(client, None) is None:
                return Refusal("org.bluez.Error.Failed", "No discovery started")
        elif client in adapter.discoverers:
            return Refusal("org.bluez.Error.InProgress", "Operation already in progress")
        else:
            adapter.discoverers[client] = adapter.filters.get(client, {})
        return None

    def _forget_at(self, path: str) -> Refusal | None:
        for address in self.devices:
            if self.path_of(address) == path:
                self.forget_device(address)
                return None
        return Refusal("org.bluez.Error.DoesNotExist", "Does Not Exist")

    def _serve_device(self, message: Message, member: str, address: str) -> None:
        """Obey at once, and answer thereafter."""
        device = self.devices[address]
        if member == "Set":
            _, name, value = message.body
            self.calls.append(f"{address} {name}={value.value}")
        else:
            self.calls.append(f"{address} {member}")
        self._news.set()
        if member in self.silent:
            return
        if (refusal := self.refusals.get(member)) is None:
            if member == "Set":
                self.change_device(address, **{name: value})
            elif member in {"Connect", "Disconnect"}:
                self.tell_device(address, connected=member == "Connect", bonded=device.bonded)
            elif member == "Pair":
                self.tell_device(address, connected=True, bonded=True)
        self._answer(message, refusal)

    async def _tree(self, client: str, path: str) -> dict[str, Interfaces]:
        objects = await self._ask(client, path, OBJECT_MANAGER, "GetManagedObjects")
        return {
            where: {name: {key: _plain(value) for key, value in ps.items()} for name, ps in interfaces.items()}
            for where, interfaces in objects.items()
            if where == path or where.startswith(f"{path}/")
        }

    async def _give_handles(self, client: str, tree: dict[str, Interfaces]) -> None:
        """Number the attributes, and tell the numbers to the objects that ask for them by ``Handle`` = 0."""
        following = self.free_handle
        for path, made in tree.items():
            ((interface, properties),) = made.items()
            own = properties.get("Handle") or following + (interface == CHARACTERISTIC)  # that of its value
            following = own + 1 + len(properties.get("Includes", ()))
            if interface == CHARACTERISTIC:
                following += any("notify" in flag or "indicate" in flag for flag in properties["Flags"])  # 0x2902
                following += any(flag in {"reliable-write", "writable-auxiliaries"} for flag in properties["Flags"])
            if "Handle" in properties:
                self.handles[path] = own
            if properties.get("Handle") == 0:
                told = Variant("q", own)
                assert await self._ask(client, path, PROPERTIES, "Set", "ssv", interface, "Handle", told) is None
        self.free_handle = following

    def _answer(self, message: Message, refusal: Refusal | None) -> None:
        if message.flags & MessageFlag.NO_REPLY_EXPECTED:
            return
        reply = Message.new_error(message, *refusal) if refusal else Message.new_method_return(message)
        self.bus.send(reply)


async def call(  # noqa: PLR0913, PLR0917  (the parts of a D-Bus method call)
    bus: MessageBus, destination: str, path: str, interface: str, member: str, signature: str = "", *body: Any
) -> Message | Refusal:
    """Call a method of anybody; give the reply or the error."""
    message = Message(destination, path, interface, member, signature=signature, body=list(body))
    async with asyncio.timeout(PATIENCE):
        reply = await bus.call(message)
    if reply.message_type is MessageType.ERROR:
        return Refusal(reply.error_name, reply.body[0])
    return reply


def _plain(value: Any) -> Any:
    """A value without the variants in it."""
    if isinstance(value, Variant):
        return _plain(value.value)
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def done() -> asyncio.Future[None]:
    """What ``MessageBus.send`` gives when the message has left at once."""
    sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    sent.set_result(None)
    return sent


def device_path(address: str, adapter: str = "hci0") -> str:
    """Where BlueZ has the phone with that address."""
    return f"/org/bluez/{adapter}/dev_{address.replace(':', '_')}"


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
