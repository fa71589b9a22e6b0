"""Brings events to those who asked: streams, and functions that are called."""

# ruff: noqa: SLF001  (streams are filled here alone)

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from inspect import iscoroutine
from typing import Any
from weakref import WeakSet

from gattschema.events import Event, EventStream, ReadBy, WrittenBy

FAREWELL = 1.0
"""Seconds that functions which still run are given when the peripheral ends."""

_EXCHANGES = (ReadBy, WrittenBy)

logger = logging.getLogger("gattschema.events")


class Hub:
    """Brings each event to the streams and functions that asked for its kind."""

    def __init__(self) -> None:
        self.exchanges = False
        """Whether somebody may want to know who reads and writes, which costs a little each time."""
        self._streams: WeakSet[EventStream[Any]] = WeakSet()
        self._functions: list[tuple[type[Event], Callable[[Any], Any]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def stream(self, kinds: tuple[type[Event], ...]) -> EventStream[Any]:
        """Make a stream, which ends with the peripheral or with its last reference.

        Raises:
            TypeError: one of the kinds is none.
        """
        for kind in kinds:
            check_kind(kind, "events", "events(Connected)")
        made: EventStream[Any] = EventStream(kinds or (Event,))
        self._streams.add(made)
        self._look()
        return made

    def call(self, kind: type[Event], function: Callable[[Any], Any]) -> None:
        """Call *function* with each event of *kind* from now on.

        Raises:
            TypeError: it is no kind, or no function.
        """
        check_kind(kind)
        if not callable(function):
            raise TypeError(
                f"on({kind.__name__}, {function!r:.60}): that is no function; write on(Connected, function)"
            )
        self._functions.append((kind, function))
        self._look()

    def _look(self) -> None:
        asked = [kind for kind, _ in self._functions] + [kind for one in self._streams for kind in one._kinds]
        self.exchanges = any(issubclass(one, kind) for one in _EXCHANGES for kind in asked)

    def emit(self, event: Event) -> None:
        """Tell everybody who asked, on the event loop."""
        logger.debug("%r", event)
        if isinstance(event, _EXCHANGES):
            self._look()
        for stream in list(self._streams):
            stream._take(event)
        for kind, function in list(self._functions):
            if isinstance(event, kind):
                self._call(function, event)

    def _call(self, function: Callable[[Any], Any], event: Event) -> None:
        try:
            done = function(event)
        except (Exception, asyncio.CancelledError):  # a future's result that was cancelled, and not whoever tells
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
        """End all streams, and wait a moment for the functions that still run."""
        for stream in list(self._streams):
            stream._end()
        self._streams.clear()  # what a second life brings is not for them
        current = asyncio.current_task()
        try:
            if others := [task for task in self._tasks if task is not current]:
                await asyncio.wait(others, timeout=FAREWELL)
        finally:
            for task in list(self._tasks - {current}):
                task.cancel()


def check_kind(kind: object, where: str = "on", example: str = "on(Connected, function)") -> None:
    """Raise a TypeError unless it is a class of events."""
    if not (isinstance(kind, type) and issubclass(kind, Event)):
        raise TypeError(f"{where}() got {kind!r:.60}, which is no class of gattschema.events; write {example}")
