"""What happens to a peripheral: phones come, pair, subscribe and go; BlueZ, the adapter and the bus vanish and return.

>>> async for event in running.events(Connected, Disconnected):
...     print(event.device.address)

Event
├── Connected, Disconnected             a phone's link (``Device1.Connected``)
├── Paired, Unpaired                    a phone's keys (``Device1.Paired``)
├── PairingRefused                      a phone that may not pair tried to
├── Subscribed, Unsubscribed            a characteristic has more, or fewer, subscribers
├── ReadBy, WrittenBy                   a phone read or wrote a value
├── BusLost, BusBack                    the system bus
├── BluezLost, BluezBack                bluetoothd
├── AdapterLost, AdapterBack            the adapter: unplugged, switched off or blocked, and back
├── AdapterChanged                      another property of the adapter
├── AdvertisementReleased               BlueZ took an advertisement off the air
└── Missed                              events that a slow reader of the stream has not seen

A ``…Back`` means that everything is registered and advertised again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from weakref import WeakSet

import attrs

if TYPE_CHECKING:
    from gattschema.advertising import Advertisement
    from gattschema.link import Adapter, Device
    from gattschema.schema import CharacteristicPlan, FieldPlan, Service

BACKLOG = 1024
"""Events that wait for a slow reader of a stream; after that the oldest are dropped and counted in :class:`Missed`."""

FAREWELL = 5.0
"""Seconds that functions which still run are given when the peripheral ends."""

logger = logging.getLogger("gattschema.events")


def _class(service: Service) -> str:
    return type(service).__name__


def _name(field: FieldPlan) -> str:
    return field.name


@attrs.frozen
class Event:
    """What all events are."""


@attrs.frozen
class Connected(Event):
    """A phone has connected; one that was connected when the peripheral began counts, too."""

    device: Device


@attrs.frozen
class Disconnected(Event):
    """A phone's link has ended."""

    device: Device
    reason: str | None = None
    """BlueZ's word from 5.83 on: ``"Timeout"``, ``"Local"``, ``"Remote"``, ``"Authentication"``, ``"Suspend"``."""


@attrs.frozen
class Paired(Event):
    """A phone has paired; ``device.bonded`` tells whether the keys are kept."""

    device: Device


@attrs.frozen
class Unpaired(Event):
    """The keys of a phone are forgotten."""

    device: Device


@attrs.frozen
class PairingRefused(Event):
    """A phone tried to pair and may not."""

    device: Device
    why: str


@attrs.frozen
class Subscribed(Event):
    """A characteristic has more subscribers."""

    service: Service = attrs.field(repr=_class)
    characteristic: CharacteristicPlan = attrs.field(repr=_name)
    subscribers: int
    """The most that there can be now, as ``Thermostat.temperature.of(room).subscribers``."""
    device: Device | None
    """``None`` where several phones are connected and BlueZ does not tell which it was."""


@attrs.frozen
class Unsubscribed(Event):
    """A characteristic has fewer subscribers."""

    service: Service = attrs.field(repr=_class)
    characteristic: CharacteristicPlan = attrs.field(repr=_name)
    subscribers: int
    device: Device | None


@attrs.frozen
class ReadBy(Event):
    """A phone has read a value; a long read is one."""

    device: Device | None
    service: Service = attrs.field(repr=_class)
    field: FieldPlan = attrs.field(repr=_name)
    """The plan of the characteristic or descriptor."""


@attrs.frozen
class WrittenBy(Event):
    """A phone has written a value, and nobody refused it."""

    device: Device | None
    service: Service = attrs.field(repr=_class)
    field: FieldPlan = attrs.field(repr=_name)
    """The plan of the characteristic or descriptor."""
    value: Any
    """What it wrote."""


@attrs.frozen
class BusLost(Event):
    """The connection to the system bus has ended."""


@attrs.frozen
class BusBack(Event):
    """The system bus is back, and so is everything else."""


@attrs.frozen
class BluezLost(Event):
    """bluetoothd has left the bus."""


@attrs.frozen
class BluezBack(Event):
    """bluetoothd is back, and everything is registered again."""


@attrs.frozen
class AdapterLost(Event):
    """The adapter is gone (``"removed"``), or off (``"off"``: by a person or rfkill)."""

    adapter: Adapter
    reason: Literal["removed", "off"]


@attrs.frozen
class AdapterBack(Event):
    """The adapter is there and on, and everything is registered again."""

    adapter: Adapter


@attrs.frozen
class AdapterChanged(Event):
    """Properties of the adapter have changed: ``{"Alias": "Hall"}``, in BlueZ's words (``org.bluez.Adapter.rst``)."""

    adapter: Adapter
    changed: Mapping[str, Any]


@attrs.frozen
class AdvertisementReleased(Event):
    """BlueZ has taken an advertisement off the air: its ``timeout`` is over, or somebody removed it."""

    advertisement: Advertisement


@attrs.frozen
class Missed(Event):
    """So many events were dropped at this place, since the reader of the stream was too slow."""

    count: int


E = TypeVar("E", bound=Event)
EXCHANGES = (ReadBy, WrittenBy)


class EventStream(AsyncIterator[E], Generic[E]):
    """Events in their order, from the moment it was made until the peripheral's block ends."""

    def __init__(self, kinds: tuple[type[Event], ...]) -> None:
        self.kinds = kinds
        self._waiting: deque[Event] = deque()
        self._missed = 0
        self._is_over = False
        self._news = asyncio.Event()

    def __aiter__(self) -> EventStream[E]:
        return self

    async def __anext__(self) -> Any:  # an event of the kinds asked for, or Missed
        while not self._waiting:
            if self._is_over:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        if self._missed:
            missed, self._missed = self._missed, 0
            return Missed(missed)
        return self._waiting.popleft()

    def take(self, event: Event) -> None:
        """Keep an event for the reader."""
        if not isinstance(event, self.kinds):
            return
        if len(self._waiting) >= BACKLOG:
            self._waiting.popleft()
            self._missed += 1
        self._waiting.append(event)
        self._news.set()

    def end(self) -> None:
        """Let the reader stop behind what waits."""
        self._is_over = True
        self._news.set()


class Hub:
    """Brings each event to the streams and functions that asked for its kind."""

    def __init__(self) -> None:
        self.exchanges = False
        """Whether somebody may want to know who reads and writes, which costs a little each time."""
        self._streams: WeakSet[EventStream[Any]] = WeakSet()
        self._functions: list[tuple[type[Event], Callable[[Any], Any]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def stream(self, kinds: tuple[type[Event], ...]) -> EventStream[Any]:
        """Make a stream, which ends with the peripheral or with its last reference."""
        made: EventStream[Any] = EventStream(kinds or (Event,))
        self._streams.add(made)
        self._look()
        return made

    def call(self, kind: type[Event], function: Callable[[Any], Any]) -> None:
        """Call *function* with each event of *kind* from now on."""
        self._functions.append((kind, function))
        self._look()

    def _look(self) -> None:
        asked = [kind for kind, _ in self._functions] + [kind for one in self._streams for kind in one.kinds]
        self.exchanges = any(issubclass(one, kind) for one in EXCHANGES for kind in asked)

    def emit(self, event: Event) -> None:
        """Tell everybody who asked, on the event loop."""
        logger.debug("%r", event)
        if isinstance(event, EXCHANGES):
            self._look()
        for stream in list(self._streams):
            stream.take(event)
        for kind, function in list(self._functions):
            if isinstance(event, kind):
                self._call(function, event)

    def _call(self, function: Callable[[Any], Any], event: Event) -> None:
        try:
            done = function(event)
        except Exception:
            logger.exception("the function for %s failed", type(event).__name__)
            return
        if iscoroutine(done):
            task = asyncio.get_running_loop().create_task(self._finish(done, event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _finish(self, done: Coroutine[Any, Any, Any], event: Event) -> None:
        try:
            await done
        except Exception:
            logger.exception("the function for %s failed", type(event).__name__)

    async def end(self) -> None:
        """End all streams, and wait for the functions that still run."""
        for stream in list(self._streams):
            stream.end()
        current = asyncio.current_task()
        if others := [task for task in self._tasks if task is not current]:
            await asyncio.wait(others, timeout=FAREWELL)
        for task in list(self._tasks - {current}):
            task.cancel()
