"""Handlers that take their time: they end in time, or are ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Container, Coroutine
from typing import Any, Protocol, cast

import attrs

logger = logging.getLogger("gattschema.bluez")


class Owner(Protocol):
    """Whose handler it is."""

    @property
    def place(self) -> str:
        """``Thermostat.setpoint``, for logs."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds that the handler may take."""
        ...


@attrs.define(eq=False)
class _Run:
    path: str
    owner: Owner
    deadline: float
    inner: Any
    is_late: bool = False


@attrs.define(eq=False, repr=False)
class Running:
    """The handlers that still run, with one timer for all of their deadlines."""

    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    runs: dict[asyncio.Task[None], _Run] = attrs.field(factory=dict["asyncio.Task[None]", _Run])
    timer: asyncio.TimerHandle | None = None

    def start(
        self, work: Coroutine[Any, Any, None], path: str, owner: Owner, inner: Awaitable[Any] | None = None
    ) -> asyncio.Task[None]:
        """Run *work* for the object at *path*, as long as *owner* allows; *inner* is what it will wait for."""
        deadline = self.loop.time() + owner.timeout
        task = self.loop.create_task(work)
        self.runs[task] = _Run(path, owner, deadline, inner)
        task.add_done_callback(self._ended)
        if self.timer is None or self.timer.when() > deadline:
            self._set_timer(deadline)
        return task

    def is_late(self) -> bool:
        """Whether the task that asks was ended since its time was up."""
        run = self.runs.get(asyncio.current_task(self.loop))  # type: ignore[arg-type]  # None is in no dictionary
        return run is not None and run.is_late

    def wait_longer(self, seconds: float) -> None:
        """Let the task that asks run so much longer than its owner allows."""
        self.runs[cast("asyncio.Task[None]", asyncio.current_task(self.loop))].deadline += seconds

    def cancel(self, paths: Container[str]) -> None:
        """End those of the objects at *paths*."""
        for task, run in self.runs.items():
            if run.path in paths:
                task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        run = self.runs.pop(task)
        if task.cancelled():
            if close := getattr(run.inner, "close", None):
                close()  # a coroutine that was cancelled before it began
        elif error := task.exception():
            logger.error("%s: the handler's answer could not be given", run.owner.place, exc_info=error)

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
                logger.error("%s: the handler has not ended within %g s and is cancelled", *_limit(run.owner))
                task.cancel()
        waiting = [run.deadline for run in self.runs.values() if not run.is_late]
        if waiting:
            self._set_timer(min(waiting))


def _limit(owner: Owner) -> tuple[str, float]:
    return owner.place, owner.timeout
