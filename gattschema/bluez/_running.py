"""Handlers that take their time: they end in time, or are ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container, Coroutine
from typing import Any

import attrs

logger = logging.getLogger("gattschema.bluez")


@attrs.define(eq=False)
class _Run:
    path: str
    place: str
    limit: float
    deadline: float
    is_late: bool = False


@attrs.define(eq=False, repr=False)
class Running:
    """The handlers that still run, with one timer for all of their deadlines."""

    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    runs: dict[asyncio.Task[None], _Run] = attrs.field(factory=dict["asyncio.Task[None]", _Run])
    timer: asyncio.TimerHandle | None = None

    def start(self, work: Coroutine[Any, Any, None], path: str, place: str, limit: float) -> asyncio.Task[None]:
        """Run *work* for the object at *path*, for *limit* seconds at most."""
        run = _Run(path, place, limit, self.loop.time() + limit)
        task = self.loop.create_task(work)
        self.runs[task] = run
        task.add_done_callback(self._ended)
        if self.timer is None or self.timer.when() > run.deadline:
            self._set_timer(run.deadline)
        return task

    def is_late(self) -> bool:
        """Whether the task that asks was ended since its time was up."""
        run = self.runs.get(asyncio.current_task(self.loop))  # type: ignore[arg-type]  # None is in no dictionary
        return run is not None and run.is_late

    def cancel(self, paths: Container[str]) -> None:
        """End those of the objects at *paths*."""
        for task, run in self.runs.items():
            if run.path in paths:
                task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self.runs[task]
        if not task.cancelled() and (error := task.exception()):
            logger.error("a handler's answer could not be given", exc_info=error)

    def _set_timer(self, when: float) -> None:
        if self.timer:
            self.timer.cancel()
        self.timer = self.loop.call_at(when, self._look)

    def _look(self) -> None:
        """End what is late; look again when the next one would be."""
        self.timer = None
        now = self.loop.time()
        for task, run in self.runs.items():
            if run.deadline <= now and not run.is_late:
                run.is_late = True
                logger.error("%s: the handler has not ended within %g s and is cancelled", run.place, run.limit)
                task.cancel()
        waiting = [run.deadline for run in self.runs.values() if not run.is_late]
        if waiting:
            self._set_timer(min(waiting))
