"""Everything that one connection to the bus has registered; when something below is lost, it is abandoned as a whole.

A session serves what :class:`Contents` says. Its successor is made from the same contents, so that there is one way to
begin, for the first time and for the thousandth.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import attrs
from dbus_fast.aio import MessageBus

from gattschema._errors import (
    AdapterBlocked,
    AdvertisementError,
    ConnectionLost,
    NoAdapter,
    NoBlueZ,
    NoPeripheralRole,
    PeripheralError,
)
from gattschema._hub import Hub
from gattschema.advertising import Host, let_go
from gattschema.bluez._adapter import ADAPTER, ADVERTISING_MANAGER, find_adapter
from gattschema.bluez._advertisement import NO_ROOM, AdvertisementObject, host_of
from gattschema.bluez._agent import AgentObject
from gattschema.bluez._application import Application
from gattschema.bluez._attributes import Surroundings
from gattschema.bluez._away import Away, Loss
from gattschema.bluez._bus import BLUEZ, connect, disconnected, managed_objects, owner_of, watch_owner
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._kept import KEPT_FOR, forget_kept
from gattschema.bluez._lineage import Lineage
from gattschema.bluez._mirror import Change, Mirror
from gattschema.bluez._objects import ObjectTree
from gattschema.bluez._outbox import Outbox
from gattschema.bluez._power import POWER
from gattschema.bluez._release import Release, running_release
from gattschema.bluez._watch import Watch
from gattschema.events import AdvertisementReleased, PairingRefused

if TYPE_CHECKING:
    from gattschema.advertising import Advertisement
    from gattschema.link import Adapter, Device
    from gattschema.pairing import Agent
    from gattschema.schema import Service

LOOK_AGAIN = 5.0
"""Seconds after which is looked again for what no signal has told of."""
RELEASED_BEFORE = 0.5
"""Seconds between an advertisement's release and the disappearance of the adapter, which then was the reason."""
SAME_ADAPTER = 5.0
"""Seconds for which the adapter used so far is waited for before another one is taken."""

logger = logging.getLogger("gattschema.peripheral")


@attrs.define(eq=False, repr=False)
class Contents:
    """What a peripheral consists of, whether BlueZ is there or not."""

    groups: list[list[Service]]
    """The services of each application."""
    advertisements: list[Advertisement]
    agent: Agent | None
    adapter: str | None
    any_caller: bool
    hub: Hub = attrs.field(factory=Hub)
    lineage: Lineage = attrs.field(factory=Lineage)
    """What the devices that the program holds are found by in each new session."""
    closes: float | None = None
    """When the pairing window closes that was open when BlueZ was lost, by the loop's clock."""
    pairable: dict[str, bool] = attrs.field(factory=dict[str, bool])
    """What ``Pairable`` was at first, by the adapters' addresses."""

    def keep_open(self, left: float | None) -> None:
        """Note how many seconds phones may still pair; ``None``: always."""
        self.closes = None if left is None else asyncio.get_running_loop().time() + left

    def open_for(self) -> float | None:
        """Give the seconds that are left of it; ``None`` where none was lost."""
        return None if self.closes is None else max(0.0, self.closes - asyncio.get_running_loop().time())

    def end(self) -> None:
        """Keep nothing any more, for the block is over."""
        for group in self.groups:
            for service in group:
                forget_kept(service)
        for advertisement in self.advertisements:
            let_go(advertisement)
        self.lineage.end()
        POWER.leave(self)


@attrs.frozen(eq=False)
class _Releasing:
    """An advertisement that BlueZ has just taken off the air."""

    place: int
    """Where it was among the others."""
    made: AdvertisementObject | None
    timer: asyncio.TimerHandle


@attrs.define(eq=False, repr=False)
class Session:
    """One connection to the bus; made by :func:`begin_session`."""

    contents: Contents
    bus: MessageBus
    mirror: Mirror
    adapter: Adapter
    around: Surroundings
    lost: asyncio.Future[Loss]
    """Done when it serves no more."""
    ended: asyncio.Future[None]
    """Done when the connection to the bus has ended."""
    watch: Watch
    agent: AgentObject | None = None
    applications: list[Application] = attrs.field(factory=list[Application])
    advertisements: dict[Advertisement, AdvertisementObject] = attrs.field(
        factory=dict["Advertisement", AdvertisementObject]
    )
    releasing: dict[Advertisement, _Releasing] = attrs.field(factory=dict["Advertisement", "_Releasing"])
    """Those that BlueZ has just taken off the air."""
    tasks: set[asyncio.Task[None]] = attrs.field(factory=set["asyncio.Task[None]"])
    forgetting: asyncio.TimerHandle | None = None
    """The end of the time in which phones may come back to what is kept for them."""
    numbers: itertools.count[int] = attrs.field(factory=itertools.count)

    @property
    def release(self) -> Release | None:
        """The release of BlueZ that serves."""
        return self.around.release

    # --- what is registered ---------------------------------------------------------------------------------------

    async def register(self, *, is_return: bool = False) -> None:
        """Register all contents, at first or after a loss.

        Raises:
            PeripheralError: BlueZ refuses something.
        """
        self.watch.on_loss = self._lose
        self.watch.on_paired = self._paired
        self.watch.on_connected = self._advertise_again
        self.watch.on_renamed = self._advertise_name
        self.watch.begin()
        tree = self.around.tree
        if self.contents.agent is not None:
            around = (tree, self.adapter, self.mirror.device, self._refused, self.contents.pairable)
            self.agent = AgentObject(self.contents.agent, *around)
            self.watch.on_disconnected = self.agent.disconnected
            await self.agent.register(self.contents.open_for())
        for group in self.contents.groups:
            await self.serve(group)
        for advertisement in list(self.contents.advertisements):
            await self._advertise_if_it_fits(advertisement, is_return)
        loop = asyncio.get_running_loop()
        self.forgetting = loop.call_later(KEPT_FOR, self._forget_kept)
        loop.call_soon(self._tell_present)

    def _tell_present(self) -> None:
        """Tell who is connected, after the program has had its first turn in the block."""
        if not self.lost.done():
            self.watch.tell_present()

    async def _advertise_if_it_fits(self, advertisement: Advertisement, is_return: bool) -> None:  # noqa: FBT001
        """What does not fit, or finds no room beside others', is no reason for the rest to stay away."""
        try:
            await self.advertise(advertisement)
        except AdvertisementError as error:
            if not is_return or not _stays_away(error):
                raise
            logger.error("an advertisement does not come back: %s", error)  # noqa: TRY400  (its table says all)
            let_go(advertisement)
            self._released(advertisement)
            self._tell_released(advertisement)

    def _forget_kept(self) -> None:
        for group in self.contents.groups:
            for service in group:
                forget_kept(service)

    async def serve(self, services: Sequence[Service]) -> None:
        """Register an application."""
        application = Application(self.around, services, next(self.numbers))
        await application.register(self.adapter)
        self.applications.append(application)

    async def advertise(self, advertisement: Advertisement) -> None:
        """Put an advertisement on the air."""
        self._tell_released(advertisement)  # it was there before
        made = AdvertisementObject(advertisement, self.around.tree, self.release, next(self.numbers), self._released)
        await made.register(self.adapter, self.host)
        self.advertisements[advertisement] = made

    @property
    def host(self) -> Host:
        """What the adapter can advertise, or could when it was there."""
        known = self.mirror.look(self.adapter.path) or {}
        return host_of(self.release, known.get(ADVERTISING_MANAGER, {}), known.get(ADAPTER, {}))

    async def stop_advertising(self, advertisement: Advertisement) -> None:
        """Take an advertisement off the air, unless BlueZ has just done so."""
        if advertisement in self.releasing:
            self.releasing.pop(advertisement).timer.cancel()
        made = self.advertisements.pop(advertisement, None)
        if made is not None:
            await _undo(_bound(made.unregister, self.adapter))

    async def stop_serving(self, service: Service) -> None:
        """Take one service back, and its application with the last."""
        application = next(one for one in self.applications if service in one.services)
        if len(application.services) > 1:
            application.remove(service)
            return
        self.applications.remove(application)
        await _undo(_bound(application.unregister, self.adapter))

    def serves(self, service: Service) -> bool:
        """Whether one of the applications has it."""
        return any(service in application.services for application in self.applications)

    async def open_pairing(self, seconds: float) -> None:
        """Open the window of the pairing agent."""
        if self.agent is not None:
            await self.agent.open_window(seconds)

    # --- what BlueZ tells -----------------------------------------------------------------------------------------

    def _lose(self, loss: Loss) -> None:
        if not self.lost.done():
            self.lost.set_result(loss)

    def _advertise_again(self, _: Device) -> None:
        """The kernel stops the advertisement that a phone has connected by: put it on the air for the next phone."""
        for advertisement, made in self.advertisements.items():
            if advertisement.connectable:
                made.refresh()

    def _advertise_name(self) -> None:
        """Linux puts the adapter's new name into an advertisement when it is put on the air again."""
        for advertisement, made in self.advertisements.items():
            if "local-name" in advertisement.include:
                made.refresh()

    def _released(self, advertisement: Advertisement) -> None:
        """Forget one that BlueZ has taken off the air, unless all the rest is about to go with it."""
        made = self.advertisements.pop(advertisement, None)
        if advertisement not in self.contents.advertisements:
            return
        place = self.contents.advertisements.index(advertisement)
        del self.contents.advertisements[place]
        timer = asyncio.get_running_loop().call_later(RELEASED_BEFORE, self._warn_of_release, advertisement)
        self.releasing[advertisement] = _Releasing(place, made, timer)

    def _warn_of_release(self, advertisement: Advertisement) -> None:
        logger.warning("BlueZ has taken %s off the air; add() puts it back", type(advertisement).__name__)
        self._tell_released(advertisement)

    def _tell_released(self, advertisement: Advertisement) -> None:
        if advertisement in self.releasing:
            self.releasing.pop(advertisement).timer.cancel()
            self.contents.hub.emit(AdvertisementReleased(advertisement))

    def _take_back_released(self) -> None:
        """They were released since the adapter or bluetoothd was about to go, and come back with it."""
        for advertisement, one in reversed(self.releasing.items()):
            one.timer.cancel()
            self.contents.advertisements.insert(one.place, advertisement)
            if one.made is not None:
                one.made.abandon()
        self.releasing.clear()

    def _refused(self, device: Device, why: str) -> None:
        self.contents.hub.emit(PairingRefused(device, why))

    def _paired(self, device: Device) -> None:
        if self.agent is not None:
            self._start(self.agent.paired(device))

    def _start(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except PeripheralError as error:
                logger.warning("%s", error)

        task = asyncio.get_running_loop().create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # --- the end --------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Send what waits, and take everything back, the newest first."""
        for advertisement in list(self.releasing):
            self._tell_released(advertisement)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._leave_bus)
            stack.callback(self.contents.lineage.end)
            stack.push_async_callback(_undo, self._switch_off)
            if self.agent is not None:
                stack.push_async_callback(_undo, self.agent.unregister)
            for application in self.applications:
                stack.push_async_callback(_undo, _bound(application.unregister, self.adapter))
            for made in self.advertisements.values():
                stack.push_async_callback(_undo, _bound(made.unregister, self.adapter))
            stack.callback(self.watch.end)
            stack.push_async_callback(self.around.outbox.settle)
        self.applications.clear()

    async def _switch_off(self) -> None:
        await POWER.give_back(self.adapter, self.contents)

    async def abandon(self) -> None:
        """Forget all that is registered, which BlueZ has forgotten, or will when the connection ends.

        What subscribers would hear is kept from now on.
        """
        self._take_back_released()
        for application in self.applications:
            application.withdraw(is_away=True)
        for advertisement in self.advertisements.values():
            advertisement.abandon()
        if self.agent is not None:
            if self.agent.window.was_opened:
                self.contents.keep_open(self.agent.window.left)
            self.agent.abandon()
        self.mirror.fall()
        self.watch.lose_all()
        await self._leave_bus()

    async def _leave_bus(self) -> None:
        for task in list(self.tasks):
            task.cancel()
        if self.forgetting is not None:
            self.forgetting.cancel()
        self.around.outbox.close()
        self.around.tree.close()
        self.mirror.close()
        self.bus.disconnect()
        await asyncio.wait([self.ended])


def _stays_away(error: AdvertisementError) -> bool:
    """Whether an advertisement will be refused until something else changes."""
    cause = error.__cause__
    return cause is None or (isinstance(cause, CallFailed) and cause.name == NO_ROOM)


def _bound(step: Callable[[Adapter], Awaitable[None]], adapter: Adapter) -> Callable[[], Awaitable[None]]:
    return lambda: step(adapter)


async def _undo(step: Callable[[], Awaitable[None]]) -> None:
    """Undo a step; where BlueZ, the adapter or the bus is gone there is nothing left to undo."""
    try:
        await step()
    except ConnectionLost as error:
        logger.info("nothing to undo: %s", error)
    except PeripheralError as error:
        if not getattr(error.__cause__, "gone", False):
            raise
        logger.info("nothing to undo: %s", error)


# --- the beginning ------------------------------------------------------------------------------------------------


async def begin_session(contents: Contents, away: Away | None = None) -> Session:
    """Connect to the bus and find the adapter; :meth:`Session.register` is next.

    Args:
        contents: what to serve.
        away: what was lost: then bluetoothd and the adapter are waited for; otherwise they have to be there.

    Raises:
        PeripheralError: something is missing, or refused.
    """
    bus = await connect()
    ended = disconnected(bus)
    lost: asyncio.Future[Loss] = asyncio.get_running_loop().create_future()
    start = _Beginning(contents, bus, ended, lost, away)
    ended.add_done_callback(lambda _: start.lose(Loss.BUS))
    try:
        return await _begin(start)
    except BaseException:
        if away is None:
            POWER.leave(contents)
        bus.disconnect()
        await asyncio.wait([ended])
        raise


@attrs.define(eq=False, repr=False)
class _Beginning:
    """What is there before a session is."""

    contents: Contents
    bus: MessageBus
    ended: asyncio.Future[None]
    lost: asyncio.Future[Loss]
    away: Away | None
    news: asyncio.Event = attrs.field(factory=asyncio.Event)
    began: float = 0.0
    """When bluetoothd was there, and could be asked for the adapter."""

    def lose(self, loss: Loss) -> None:
        """Note what has gone first."""
        if not self.lost.done():
            self.lost.set_result(loss)

    def _look(self, _: object) -> None:
        self.news.set()

    async def wait(self, error: PeripheralError) -> None:
        """Wait for news; where nothing was lost before, *error* is the end."""
        if self.away is None:
            raise error
        self.away.note(error)
        self.lost.add_done_callback(self._look)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN):
                await self.news.wait()
        self.lost.remove_done_callback(self._look)
        if self.lost.done():
            raise ConnectionLost(f"{self.lost.result().value} went away again")


async def _begin(start: _Beginning) -> Session:
    bluetoothd = await _find_bluetoothd(start)
    tree = ObjectTree(start.bus, None if start.contents.any_caller else bluetoothd)  # the first to see messages
    mirror = Mirror(start.bus, bluetoothd, start.contents.lineage)
    start.lost.add_done_callback(mirror.heed)
    await mirror.watch()
    start.began = asyncio.get_running_loop().time()

    def note(_: Change) -> None:
        start.news.set()

    mirror.observers.add(note)
    release = await running_release(start.bus)
    adapter = await _find_adapter(start, mirror)
    mirror.observers.discard(note)
    outbox = Outbox(start.bus, bluetoothd)
    hub = start.contents.hub
    around = Surroundings(tree, outbox, mirror, release, hub)
    start.ended.add_done_callback(lambda _: outbox.hold())
    watch = Watch(mirror, adapter, hub)
    return Session(start.contents, start.bus, mirror, adapter, around, start.lost, start.ended, watch)


async def _find_bluetoothd(start: _Beginning) -> str:
    """Give the unique name of its connection."""
    await watch_owner(start.bus, BLUEZ, come=start.news.set, gone=partial(start.lose, Loss.BLUEZ))
    if start.away is None:
        await managed_objects(start.bus)  # the bus may be able to start it
    while True:
        start.news.clear()
        try:
            return await owner_of(start.bus, BLUEZ)
        except NoBlueZ as error:
            if start.away is not None:
                start.away.lose(Loss.BLUEZ)
            await start.wait(error)


async def _find_adapter(start: _Beginning, mirror: Mirror) -> Adapter:
    """Give the adapter, switched on."""
    while True:
        start.news.clear()
        try:
            adapter = _choose(start, mirror)
            await _switch_on(start, adapter)
        except (NoAdapter, NoPeripheralRole) as error:
            if start.away is not None:
                start.away.lose(Loss.REMOVED)
            await start.wait(error)
        except AdapterBlocked as error:
            if start.away is not None:
                start.away.lose(Loss.OFF)
            await start.wait(error)
        else:
            return adapter


def _choose(start: _Beginning, mirror: Mirror) -> Adapter:
    """Choose the adapter asked for, or the one used so far, or after a while another one."""
    wanted = start.contents.adapter
    if wanted is None and start.away is not None:
        same = start.away.adapter.address
        is_early = asyncio.get_running_loop().time() - start.began < SAME_ADAPTER
        if is_early or any(adapter.is_called(same) for adapter in mirror.adapters):
            wanted = same
    return find_adapter(mirror, wanted)


async def _switch_on(start: _Beginning, adapter: Adapter) -> None:
    away = start.away
    is_respected = away is not None and away.was_switched_off and adapter.address == away.adapter.address
    if is_respected and not adapter.powered:
        raise AdapterBlocked(f"{adapter.name} is switched off", "bluetoothctl power on; sudo rfkill unblock bluetooth")
    await POWER.use(adapter, start.contents, start.bus)
