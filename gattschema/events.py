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
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

import attrs

if TYPE_CHECKING:
    from gattschema.advertising import Advertisement
    from gattschema.link import Adapter, Device
    from gattschema.schema import CharacteristicPlan, FieldPlan, Service

__all__ = [
    "AdapterBack",
    "AdapterChanged",
    "AdapterLost",
    "AdvertisementReleased",
    "BluezBack",
    "BluezLost",
    "BusBack",
    "BusLost",
    "Connected",
    "Disconnected",
    "Event",
    "EventStream",
    "Missed",
    "Paired",
    "PairingRefused",
    "ReadBy",
    "Subscribed",
    "Unpaired",
    "Unsubscribed",
    "WrittenBy",
]

BACKLOG = 1024
"""Events that wait for a slow reader of a stream; after that the oldest are dropped and counted in :class:`Missed`."""

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
    """A phone's link has ended; when bluetoothd or the adapter goes, so it is for all phones just before ``…Lost``."""

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
class _SubscribersChanged(Event):
    service: Service = attrs.field(repr=_class)
    """The instance that is served."""
    characteristic: CharacteristicPlan = attrs.field(repr=_name)
    """Which, with its ``name`` and ``uuid``."""
    subscribers: int
    """The most that there can be now, as ``Thermostat.temperature.of(room).subscribers``."""
    device: Device | None
    """Who, over sockets and where one phone alone is connected; otherwise BlueZ does not tell, and it is ``None``."""


@attrs.frozen
class Subscribed(_SubscribersChanged):
    """A characteristic has more subscribers."""


@attrs.frozen
class Unsubscribed(_SubscribersChanged):
    """A characteristic has fewer subscribers."""


@attrs.frozen
class _Exchanged(Event):
    device: Device | None
    service: Service = attrs.field(repr=_class)
    field: FieldPlan = attrs.field(repr=_name)
    """Which characteristic or descriptor, with its ``name`` and ``uuid``."""


@attrs.frozen
class ReadBy(_Exchanged):
    """A phone has read a value; a long read is one."""


@attrs.frozen
class WrittenBy(_Exchanged):
    """A phone has written a value, and nobody refused it."""

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
    """So many events were dropped at this place, since the reader of the stream was too slow.

    Streams of some kinds only give it if it is one of them, and leave it to the log otherwise.
    """

    count: int


E_co = TypeVar("E_co", bound=Event, covariant=True)


class EventStream(AsyncIterator[E_co], Generic[E_co]):
    """Events in their order, from the moment it was made until the peripheral's block ends."""

    def __init__(self, kinds: tuple[type[Event], ...]) -> None:
        self._kinds = kinds
        self._waiting: deque[Event] = deque()
        self._missed = 0
        self._is_over = False
        self._news = asyncio.Event()

    def __aiter__(self) -> EventStream[E_co]:
        return self

    async def __anext__(self) -> E_co:
        while True:
            while not self._waiting:
                if self._is_over:
                    raise StopAsyncIteration
                self._news.clear()
                await self._news.wait()
            if not self._missed:
                return cast("E_co", self._waiting.popleft())
            missed, self._missed = Missed(self._missed), 0
            if isinstance(missed, self._kinds):
                return cast("E_co", missed)
            logger.warning("a reader of events was too slow and has missed %d", missed.count)

    def _take(self, event: Event) -> None:
        """Keep an event for the reader."""
        if not isinstance(event, self._kinds):
            return
        if len(self._waiting) >= BACKLOG:
            self._waiting.popleft()
            self._missed += 1
        self._waiting.append(event)
        self._news.set()

    def _end(self) -> None:
        """Let the reader stop behind what waits."""
        self._is_over = True
        self._news.set()
