"""A peripheral: services on a real Bluetooth adapter, from the first line of a block to its last."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast
from uuid import UUID
from weakref import WeakSet

from gattschema._errors import ConnectionLost, PeripheralError
from gattschema.schema import Service, plan, pushes

if TYPE_CHECKING:
    from gattschema.bluez import Adapter, Application, Surroundings

logger = logging.getLogger("gattschema.peripheral")

_APPEARANCES = range(0x10000)

_serving: WeakSet[Service] = WeakSet()


class Peripheral:
    """Services that phones can use while the block runs.

    >>> async with Peripheral(strap, name="Pulse"):
    ...     strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=72)

    Entering the block connects to the system bus, finds the adapter, switches it on if it is off, registers the
    services and advertises them; leaving it undoes all of that.

    Args:
        services: instances of service classes, in the order in which phones shall see them.
        name: the advertised name; otherwise the adapter's.
        adapter: a name, address or alias (``hci0``); otherwise the first that can be a peripheral.
        appearance: what the device looks like (Assigned Numbers, 2.6): ``sig.appearance("heart_rate_belt")``, 0x0341.
        advertise: the services whose UUIDs are advertised; otherwise all primary ones.
        any_caller: lets every process on the bus read and write, not only bluetoothd: for debugging with ``busctl``.

    Raises:
        TypeError: something is of another type, found before anything is done.
        ValueError: a service is given twice, or there is no such appearance.
        PeripheralError: on entering: a subclass for each thing that can be missing, with the command that mends it.
    """

    def __init__(
        self,
        *services: Service,
        name: str | None = None,
        adapter: str | None = None,
        appearance: int | None = None,
        advertise: Sequence[Service] | None = None,
        any_caller: bool = False,
    ) -> None:
        _check_services(services)
        _check_name(name)
        _check_appearance(appearance)
        self.services: tuple[Service, ...] = services
        self._name = name
        self._adapter = adapter
        self._appearance = appearance
        self._uuids = _advertised(services if advertise is None else _checked(advertise, services))
        self._first = services
        self._any_caller = any_caller
        self._undo = contextlib.AsyncExitStack()
        self._lost: asyncio.Event | None = None
        self._running: _Running | None = None

    async def __aenter__(self) -> Self:
        with _claimed(self.services):
            async with contextlib.AsyncExitStack() as stack:
                stack.callback(self._release_services)
                self._running = await self._start(stack)
                self._undo = stack.pop_all()
        return self

    def _release_services(self) -> None:
        self._running = None
        _serving.difference_update(self.services)
        self.services = self._first

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._undo.aclose()

    @property
    def release(self) -> tuple[int, int] | None:
        """The release of BlueZ that serves, ``(5, 82)``; ``None`` if it cannot be told, or nothing runs."""
        return self._running.around.release if self._running else None

    async def add(self, *services: Service) -> None:
        """Serve more while the peripheral runs; connected phones are told (Service Changed, Vol 3, Part G, 7.1).

        What one of them includes has to be among them, since each call registers an application of its own. The
        advertisement stays as it is.

        Raises:
            RuntimeError: the block has not been entered.
            TypeError: something is no service.
            PeripheralError: one runs already, or BlueZ refuses them.
        """
        _check_services(services)
        running = self._need_running()
        with _claimed(services):
            await running.serve(services)
            self.services += services

    async def remove(self, *services: Service) -> None:
        """Serve some no more; connected phones are told.

        Raises:
            RuntimeError: the block has not been entered.
            ValueError: one is not served here.
            RegistrationError: another service includes one of them.
        """
        running = self._need_running()
        for service in services:
            if service not in self.services:
                msg = f"{service!r:.80} is not served here"
                raise ValueError(msg)
        for service in running.includers_first(services):
            try:
                await running.stop_serving(service)
            finally:
                if not running.serves(service):
                    self.services = tuple(other for other in self.services if other is not service)
                    _serving.discard(service)

    def _need_running(self) -> _Running:
        if self._running is None:
            raise RuntimeError("nothing runs yet: async with Peripheral(…) as running")
        return self._running

    async def wait_lost(self) -> NoReturn:
        """Wait until bluetoothd or the bus goes away.

        Raises:
            ConnectionLost: it has.
            RuntimeError: the block has not been entered.
        """
        if self._lost is None:
            raise RuntimeError("nothing runs yet: async with Peripheral(…) as running")
        await self._lost.wait()
        msg = "the services are no longer registered: bluetoothd or the system bus went away"
        raise ConnectionLost(msg)

    async def _start(self, stack: contextlib.AsyncExitStack) -> _Running:
        from gattschema import bluez  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        bus = await bluez.connect()
        lost = self._lost = asyncio.Event()
        ended = asyncio.ensure_future(bluez.disconnected(bus))
        ended.add_done_callback(lambda _: lost.set())
        stack.push_async_callback(asyncio.wait, [ended])
        stack.callback(bus.disconnect)
        adapter = await bluez.find_adapter(bus, self._adapter)
        await bluez.watch_owner(bus, bluez.BLUEZ, lost.set)
        bluetoothd = await bluez.owner_of(bus, bluez.BLUEZ)
        outbox = bluez.Outbox(bus, bluetoothd)
        stack.callback(outbox.close)
        ended.add_done_callback(lambda _: outbox.close())
        if not adapter.powered:
            await bluez.set_power(bus, adapter, on=True)
            stack.push_async_callback(_undo, lambda: bluez.set_power(bus, adapter, on=False))
        devices = bluez.Devices(bus, bluetoothd)
        await devices.watch()
        tree = bluez.ObjectTree(bus, None if self._any_caller else bluetoothd)
        around = bluez.Surroundings(tree, outbox, devices, await bluez.running_release(bus))
        running = _Running(adapter, around)
        stack.push_async_callback(running.stop)
        await running.serve(self.services)
        advertisement = bluez.Advertisement(tree, self._uuids, self._name, self._appearance)
        await advertisement.register(adapter)
        stack.push_async_callback(_undo, lambda: advertisement.unregister(adapter))
        stack.push_async_callback(outbox.settle)
        return running


class _Running:
    """The applications of a peripheral that runs."""

    def __init__(self, adapter: Adapter, around: Surroundings) -> None:
        self.adapter = adapter
        self.around = around
        self.applications: list[Application] = []
        self._numbers = itertools.count()

    async def serve(self, services: Sequence[Service]) -> None:
        """Register an application."""
        from gattschema.bluez import Application  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        application = Application(self.around, services, next(self._numbers))
        await application.register(self.adapter)
        self.applications.append(application)

    def serves(self, service: Service) -> bool:
        """Whether an application has it."""
        return any(service in one.services for one in self.applications)

    def includers_first(self, services: Sequence[Service]) -> list[Service]:
        """Order services so that what they include leaves behind them."""
        order = [one for application in self.applications for one in application.services]
        return sorted(services, key=order.index, reverse=True)

    async def stop_serving(self, service: Service) -> None:
        """Take one service back, and its application with the last."""
        application = next(one for one in self.applications if service in one.services)
        if len(application.services) > 1:
            application.remove(service)
            return
        self.applications.remove(application)
        await application.unregister(self.adapter)

    async def stop(self) -> None:
        """Take everything back, the newest first."""
        while self.applications:
            application = self.applications.pop()
            await _undo(lambda: application.unregister(self.adapter))  # noqa: B023  (awaited at once)


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


def _check_services(services: Sequence[object]) -> None:
    if not services:
        msg = "a peripheral needs a service: Peripheral(HeartRate(…), name=…)"
        raise TypeError(msg)
    for service in services:
        if isinstance(service, type) and issubclass(service, Service):
            msg = f"{service.__name__} is the class; pass an instance: {service.__name__}(…)"
            raise TypeError(msg)
        if isinstance(service, str):
            msg = f"{service!r} is no service; if it is the name: name={service!r}"
            raise TypeError(msg)
        if not isinstance(service, Service):
            msg = f"{service!r} is no service; pass instances of gattschema.Service"
            raise TypeError(msg)
    if len(set(services)) < len(services):
        msg = "a service is given twice; make a second instance for a second service"
        raise ValueError(msg)


def _check_name(name: object) -> None:
    if name is not None and not isinstance(name, str):
        msg = f"name={name!r} is no text; write name={str(name)!r}"
        raise TypeError(msg)


def _check_appearance(appearance: object) -> None:
    if appearance is None:
        return
    if not isinstance(appearance, int) or isinstance(appearance, bool):
        meant = repr(appearance) if isinstance(appearance, str) else '"heart_rate_belt"'
        msg = f"appearance={appearance!r} is no number; write appearance=sig.appearance({meant})"
        raise TypeError(msg)
    if appearance not in _APPEARANCES:
        msg = f"appearance={appearance:#x} is not within 0 … 0xFFFF (Assigned Numbers, section 2.6)"
        raise ValueError(msg)


@contextlib.contextmanager
def _claimed(services: Sequence[Service]) -> Generator[None]:
    """Services that no other peripheral serves, kept for this one unless the block fails."""
    for service in services:
        if service in _serving:
            msg = f"{service!r:.80} is served already; make an instance of its own for each Peripheral"
            raise PeripheralError(msg, f"{type(service).__name__}(…)")
    _serving.update(services)
    try:
        yield
    except BaseException:
        _serving.difference_update(services)
        raise


def _checked(advertise: Any, services: Sequence[Service]) -> Sequence[Service]:
    if not isinstance(advertise, list | tuple):
        msg = f"advertise={advertise!r:.60} is no list of services; write advertise=[…]"
        raise TypeError(msg)
    for service in cast("Sequence[Service]", advertise):
        if service not in services:
            msg = f"advertise= has {service!r:.60}, which is none of the services served"
            raise ValueError(msg)
    return cast("Sequence[Service]", advertise)


def _advertised(services: Sequence[Service]) -> list[UUID]:
    return list(dict.fromkeys(plan(service).uuid for service in services if plan(service).primary))


async def drain(service: Service) -> None:
    """Wait until each field of *service* with the policy ``"every"`` has room for more values.

    Call it on the event loop that the peripheral runs on. Fields that nobody subscribed to always have room.
    """
    for push in pushes(service):
        await push.drain()


def serve(
    *services: Service,
    name: str | None = None,
    adapter: str | None = None,
    appearance: int | None = None,
    advertise: Sequence[Service] | None = None,
) -> None:
    """Run a peripheral until Ctrl-C, for scripts without asyncio; other threads assign to its services meanwhile.

    Takes what :class:`Peripheral` takes.

    Raises:
        PeripheralError: something is missing, or bluetoothd went away.
    """
    _refuse_running_loop()
    peripheral = Peripheral(*services, name=name, adapter=adapter, appearance=appearance, advertise=advertise)

    async def run() -> None:
        async with peripheral:
            await peripheral.wait_lost()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


def _refuse_running_loop() -> None:
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        raise TypeError("serve() blocks; where an event loop runs already, write: async with Peripheral(…)")
