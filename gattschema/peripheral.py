"""A peripheral: services on a real Bluetooth adapter, from the first line of a block to its last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload
from weakref import WeakSet

from gattschema._arguments import (
    check_advertise,
    check_appearance,
    check_name,
    check_pairing,
    check_redundant,
    sort_out,
    uuids,
)
from gattschema._errors import AdvertisementError, PeripheralError
from gattschema._hub import Hub, check_kind
from gattschema._keeper import Keeper
from gattschema._termination import ends_at_sigterm, until_signal
from gattschema._thread import LoopThread
from gattschema.advertising import Advertisement
from gattschema.events import Event, EventStream
from gattschema.link import check_wanted
from gattschema.pairing import Agent, check_opening
from gattschema.schema import Service, pushes

if TYPE_CHECKING:
    from gattschema.link import Adapter, Device

logger = logging.getLogger("gattschema.peripheral")

E = TypeVar("E", bound=Event)
E2 = TypeVar("E2", bound=Event)
E3 = TypeVar("E3", bound=Event)
T = TypeVar("T")

_serving: WeakSet[Service] = WeakSet()


def _decorated(_: Event) -> None:
    """Stand for the function below ``@running.on(…)``."""


class Peripheral:
    """Services and advertisements on the air while the block runs.

    >>> async with Peripheral(strap, name="Pulse"):
    ...     strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=72)

    Entering the block connects to the system bus, finds the adapter, switches it on if it is off, registers the
    services and advertises them; leaving it undoes all of that. When bluetoothd, the adapter or the bus goes away
    meanwhile, everything comes back with it: services with their newest values, advertisements, the pairing agent.
    What is assigned in between is kept by the field's policy for those who were subscribed.

    Without asyncio: ``with Peripheral(…)``, or :meth:`start` and :meth:`stop`; see also :func:`serve`.

    Args:
        contents: instances of service classes, in the order in which phones shall see them, and advertisements. Unless
            one of the advertisements is connectable, one is made for the services, from the next three arguments.
        name: the advertised name; otherwise the adapter's, of which Linux advertises 10 octets at most.
        appearance: what the device looks like (Assigned Numbers, 2.6): ``sig.appearance("heart_rate_belt")``, 0x0341.
        advertise: the services whose UUIDs are advertised; otherwise all primary ones.
        adapter: a name, address or alias (``hci0``); otherwise the first that can be a peripheral.
        pairing: how phones pair, an agent of :mod:`gattschema.pairing`; otherwise as the system's agent says.
        any_caller: lets every process on the bus read and write, not only bluetoothd: for debugging with ``busctl``.

    Raises:
        TypeError: something is of another type, found before anything is done.
        ValueError: a service is given twice, or there is no such appearance.
        AdvertisementError: what is advertised does not fit.
        PeripheralError: on entering: a subclass for each thing that can be missing, with the command that mends it.
    """

    def __init__(  # noqa: PLR0913  (each has a default)
        self,
        *contents: Service | Advertisement,
        name: str | None = None,
        adapter: str | None = None,
        appearance: int | None = None,
        advertise: Sequence[Service] | None = None,
        pairing: Agent | None = None,
        any_caller: bool = False,
    ) -> None:
        services, advertisements = sort_out(contents)
        if not contents and pairing is None:
            raise TypeError("a peripheral needs a service or an advertisement: Peripheral(HeartRate(…), name=…)")
        check_name(name)
        check_appearance(appearance)
        check_pairing(pairing)
        check_wanted(adapter)
        check_redundant({"name": name, "appearance": appearance, "advertise": advertise}, advertisements)
        chosen = services if advertise is None else check_advertise(advertise, services)
        self._made: Advertisement | None = None
        """The advertisement that follows the services."""
        self._followed = uuids(chosen)
        """Those that it has been told of; what else the program says in it stays."""
        if services and not any(one.connectable for one in advertisements):
            advertisements = [_advertisement(chosen, name, appearance), *advertisements]
            self._made = advertisements[0] if advertise is None else None
        self._services, self._advertisements = services, advertisements
        self._adapter = adapter
        self._agent = pairing
        self._any_caller = any_caller
        self._hub = Hub()
        self._undo = contextlib.ExitStack()
        self._keeper: Keeper | None = None
        self._thread: LoopThread | None = None
        self._undo_start = contextlib.ExitStack()

    # --- the block ------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        from gattschema.bluez import Contents  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        if self._keeper is not None:
            raise RuntimeError("it runs already; make a second Peripheral for a second adapter")
        self._follow()
        groups = [list(self._services)] if self._services else []
        contents = Contents(groups, list(self._advertisements), self._agent, self._adapter, self._any_caller, self._hub)
        with _claimed(self._services), contextlib.ExitStack() as stack:
            stack.enter_context(ends_at_sigterm())
            try:
                self._keeper = await Keeper.begin(contents)
            except AdvertisementError as error:
                raise self._advised(error) from error.__cause__
            self._undo = stack.pop_all()
        return self

    def _advised(self, error: AdvertisementError) -> AdvertisementError:
        """Say what else would make the advertisement shorter that was made of the services."""
        if self._made is None or error.__cause__ is not None or len(self._services) == 1:
            return error
        return AdvertisementError(error.finding, f"advertise=[…] with fewer services; or {error.remedy}")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        keeper, self._keeper = self._need_keeper(), None
        try:
            await keeper.end()
        finally:
            _release(service for group in keeper.contents.groups for service in group)
            with self._undo:
                await self._hub.end()

    def start(self) -> None:
        """Begin, for programs without an event loop: handlers and events run in a thread of their own.

        ``with Peripheral(…)`` starts and stops, too. SIGTERM raises SystemExit in the main thread meanwhile, if the
        program has no handler of its own.

        Raises:
            PeripheralError: something is missing, or refused.
        """
        _refuse_running_loop("start()")
        if self._thread is not None:
            raise RuntimeError("it has been started already")
        with contextlib.ExitStack() as stack:
            stack.enter_context(ends_at_sigterm())
            self._thread = LoopThread(self)
            stack.callback(self._forget_thread)
            self._thread.start()
            self._undo_start = stack.pop_all()

    def stop(self) -> None:
        """Take everything back; what still waits is sent first.

        Raises:
            RuntimeError: it is called by a handler or an event, also in to_thread(), which would wait for itself.
            PeripheralError: BlueZ refuses; the peripheral has ended all the same.
        """
        thread = self._thread
        if thread is None:
            return
        try:
            thread.stop()
        finally:
            if thread.is_over:
                self._undo_start.close()

    def _forget_thread(self) -> None:
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def run(self, work: Awaitable[T]) -> T:
        """Wait for something asynchronous between :meth:`start` and :meth:`stop`, and give its result.

        >>> running.run(running.add(freezer))

        Raises:
            RuntimeError: nothing has been started, or it is stopped before the result is there.
            TypeError: it is not asynchronous.
        """
        thread = self._thread
        if thread is None:
            raise RuntimeError("run() is for what start() has started; in an async function write: await …")
        return thread.run(work)

    async def until_signal(self) -> None:
        """Return when the process is told to end: SIGINT (Ctrl-C) or SIGTERM, which then only end this.

        >>> async with Peripheral(strap) as running:
        ...     await running.until_signal()

        All who wait are told. Without it they end the block, too: SIGINT by KeyboardInterrupt, SIGTERM by SystemExit,
        if the program has no handler of its own. systemd hears that the program ends, if it asks.

        Raises:
            RuntimeError: the block has not been entered, or this is not the main thread.
        """
        self._need_keeper()
        await until_signal()

    # --- what there is --------------------------------------------------------------------------------------------

    @property
    def services(self) -> tuple[Service, ...]:
        """Those that are served."""
        groups = self._keeper.contents.groups if self._keeper else [self._services]
        return tuple(service for group in groups for service in group)

    @property
    def advertisements(self) -> tuple[Advertisement, ...]:
        """Those that are on the air, but for the ones that BlueZ has released."""
        return tuple(self._keeper.contents.advertisements if self._keeper else self._advertisements)

    @property
    def advertisement(self) -> Advertisement:
        """The first one, which is the one made from ``name=`` where none that is connectable is given.

        Raises:
            LookupError: there is none, or BlueZ has released it.
        """
        if not self.advertisements:
            raise LookupError("nothing is advertised; await running.add(Advertisement(…))")
        return self.advertisements[0]

    @property
    def release(self) -> tuple[int, int] | None:
        """The release of BlueZ that serves, ``(5, 82)``; ``None`` if it cannot be told, or nothing runs."""
        session = self._keeper.session if self._keeper else None
        return session.release if session else None

    @property
    def adapter(self) -> Adapter:
        """The adapter in use; while it is lost, what it was.

        Raises:
            RuntimeError: the block has not been entered.
        """
        return self._need_keeper().adapter

    @property
    def centrals(self) -> tuple[Device, ...]:
        """The phones that are connected."""
        session = self._keeper.session if self._keeper else None
        return session.adapter.connected if session else ()

    # --- changes --------------------------------------------------------------------------------------------------

    async def add(self, *contents: Service | Advertisement) -> None:
        """Serve and advertise more while the peripheral runs.

        Connected phones are told of new services (Service Changed, Vol 3, Part G, 7.1). What one of them includes has
        to be among them, since each call registers an application of its own. The advertisement made by the peripheral
        takes their UUIDs, too, as long as there is room.

        Raises:
            RuntimeError: the block has not been entered.
            TypeError: something is neither a service nor an advertisement.
            PeripheralError: one runs already, or BlueZ refuses them.
        """
        services, advertisements = sort_out(contents)
        if not contents:
            raise TypeError("there is nothing to add; pass a service or an advertisement: add(Battery(…))")
        keeper = self._need_keeper()
        with _claimed(services):
            async with keeper.changing:
                if services:
                    await keeper.serve(services)
        try:
            for advertisement in advertisements:
                async with keeper.changing:
                    await keeper.advertise(advertisement)
        finally:
            self._follow()

    async def remove(self, *contents: Service | Advertisement) -> None:
        """Serve and advertise some no more; connected phones are told.

        Raises:
            RuntimeError: the block has not been entered.
            ValueError: one is not there.
            RegistrationError: another service includes one of them.
        """
        services, advertisements = sort_out(contents)
        keeper = self._need_keeper()
        for one in contents:
            if one not in (*self.services, *self.advertisements):
                msg = f"{one!r:.80} is not served here"
                raise ValueError(msg)
        async with keeper.changing:
            for advertisement in advertisements:
                await keeper.stop_advertising(advertisement)
            for service in keeper.includers_first(services):
                try:
                    await keeper.stop_serving(service)
                finally:
                    if service not in self.services:
                        _release([service])
                    self._follow()

    def _follow(self) -> None:
        """Let the advertisement that was made tell of services that have come, and no more of those that have gone."""
        now, before = uuids(self.services), self._followed
        if self._made is None or self._made not in self.advertisements or now == before:
            return
        told = self._made.services
        kept = [one for one in now if one in told or one not in before]
        try:
            self._made.services = [*kept, *(one for one in told if one not in before)]
        except AdvertisementError as error:
            logger.warning("the advertisement stays as it was: %s", error)
        else:
            self._followed = now

    async def open_pairing(self, seconds: float) -> None:
        """Let phones pair for so many seconds from now on: somebody has pressed a button; 0 closes the window.

        Raises:
            RuntimeError: the block has not been entered, or it has no ``pairing=``.
            TypeError, ValueError: it is no number of seconds, 0 or more; or the agent lets phones pair always.
        """
        if self._agent is None:
            raise RuntimeError("there is no pairing agent; write Peripheral(…, pairing=JustWorks(window=60))")
        keeper = self._need_keeper()
        await keeper.open_pairing(check_opening(self._agent, seconds))

    def _need_keeper(self) -> Keeper:
        if self._keeper is None:
            raise RuntimeError("nothing runs yet: async with Peripheral(…) as running")
        return self._keeper

    # --- events ---------------------------------------------------------------------------------------------------

    @overload
    def events(self, kind: type[E], /) -> EventStream[E]: ...
    @overload
    def events(self, kind: type[E], other: type[E2], /) -> EventStream[E | E2]: ...
    @overload
    def events(self, kind: type[E], other: type[E2], third: type[E3], /) -> EventStream[E | E2 | E3]: ...
    @overload
    def events(self, *kinds: type[Event]) -> EventStream[Event]: ...
    def events(self, *kinds: type[Event]) -> EventStream[Any]:
        """Give what happens from now on until the block ends, in order; all of it, or only some kinds of event.

        >>> async for event in running.events(Connected, Disconnected):
        ...     print(event)

        A reader that is 1024 events behind misses the oldest, and is told so by :class:`gattschema.events.Missed`.
        Programs without an event loop have callbacks: :meth:`on`.

        Raises:
            TypeError: one is no class of events.
        """
        return self._hub.stream(kinds)

    @overload
    def on(self, kind: type[E]) -> Callable[[Callable[[E], T]], Callable[[E], T]]: ...
    @overload
    def on(self, kind: type[E], function: Callable[[E], Any]) -> None: ...
    def on(self, kind: type[Event], function: Callable[[Any], Any] = _decorated) -> Any:
        """Call a function, plain or ``async``, with each event of a kind; it may be used as a decorator.

        >>> running.on(Connected, lambda event: print(event.device.address))

        It is called on the event loop; what it raises is logged. What is ``async`` and still runs when the block ends
        has a second, and then is cancelled.

        Raises:
            TypeError: the kind is no class of events, or the function is none.
        """
        check_kind(kind)
        if function is not _decorated:
            self._hub.call(kind, function)
            return None

        def register(decorated: Callable[[Any], T]) -> Callable[[Any], T]:
            self._hub.call(kind, decorated)
            return decorated

        return register


def _advertisement(services: Sequence[Service], name: str | None, appearance: int | None) -> Advertisement:
    made = Advertisement(name=name, appearance=appearance, services=uuids(services))
    if name is None:
        made.include = {"local-name"}
    return made


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
        _release(services)
        raise


def _release(services: Iterable[Service]) -> None:
    """Let them be free for another life."""
    _serving.difference_update(services)


async def drain(service: Service) -> None:
    """Wait until each field of *service* with the policy ``"every"`` has room for more values.

    Call it on the event loop that the peripheral runs on. Fields that nobody subscribed to always have room.
    """
    for push in pushes(service):
        await push.drain()


def serve(  # noqa: PLR0913  (each has a default)
    *contents: Service | Advertisement,
    name: str | None = None,
    adapter: str | None = None,
    appearance: int | None = None,
    advertise: Sequence[Service] | None = None,
    pairing: Agent | None = None,
    any_caller: bool = False,
) -> None:
    """Run a peripheral until SIGINT (Ctrl-C) or SIGTERM, for scripts without asyncio; other threads assign meanwhile.

    Takes what :class:`Peripheral` takes. systemd is told when it is ready, if it asks (``Type=notify``).

    Raises:
        PeripheralError: something is missing.
        RuntimeError: this is not the main thread, which is the one that signals reach.
    """
    _refuse_running_loop("serve()")
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("serve() waits for a signal, which only the main thread gets; write: with Peripheral(…)")
    peripheral = Peripheral(
        *contents,
        name=name,
        adapter=adapter,
        appearance=appearance,
        advertise=advertise,
        pairing=pairing,
        any_caller=any_caller,
    )

    async def run() -> None:
        async with peripheral:
            await peripheral.until_signal()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


def _refuse_running_loop(what: str) -> None:
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        raise TypeError(f"{what} blocks; where an event loop runs already, write: async with Peripheral(…)")
