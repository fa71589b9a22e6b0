"""An event loop in a thread of its own, for programs without one."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import Awaitable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar, copy_context
from inspect import isawaitable
from typing import Any, TypeVar

T = TypeVar("T")


_within: ContextVar[LoopThread | None] = ContextVar("within", default=None)
"""Whose loop it is that runs this, or waits for it: ``asyncio.to_thread()`` hands it on."""


class LoopThread:
    """Runs an asynchronous context manager: entered by :meth:`start`, left by :meth:`stop` or when Python ends."""

    def __init__(self, manager: AbstractAsyncContextManager[Any]) -> None:
        self.loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._entered = threading.Event()
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._ends = False
        """Whether nothing more is run."""
        self._waited_for: set[Future[Any]] = set()
        """What each :meth:`run` waits for."""
        within = copy_context()
        within.run(_within.set, self)
        self._task = self.loop.create_task(self._hold(manager), context=within)
        self._thread = threading.Thread(target=self._run, name="gattschema", daemon=True)

    @property
    def is_over(self) -> bool:
        """Whether the thread has ended, or was not begun."""
        return not self._thread.is_alive()

    def start(self) -> None:
        """Enter the context manager; a signal that raises meanwhile gives it up.

        Raises:
            BaseException: whatever entering raises.
        """
        try:
            self._thread.start()
            atexit.register(self.stop)
            self._entered.wait()
        except BaseException:  # a signal's
            with contextlib.suppress(BaseException):
                self.stop()
            raise
        if self._error is not None:
            self.stop()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self.loop):
                self.loop.run_until_complete(self._task)
        except BaseException as error:  # noqa: BLE001  (raised where start() or stop() was called)
            self._error = error
        finally:
            self._entered.set()
            self._dismiss()

    async def _hold(self, manager: AbstractAsyncContextManager[Any]) -> None:
        try:
            async with manager:
                self._entered.set()
                await self._stopped.wait()
        finally:
            self._dismiss()
            await asyncio.sleep(0)  # what was to be run and had not begun is a task then, which the runner cancels

    def _leave(self) -> None:
        """Leave the context manager, or give up entering it."""
        self._stopped.set()
        if not self._entered.is_set():
            self._task.cancel()

    def _dismiss(self) -> None:
        """Let nobody wait any longer, nor anybody else begin to."""
        with self._lock:
            self._ends = True
            for future in list(self._waited_for):
                future.cancel()

    def run(self, work: Awaitable[T]) -> T:
        """Run *work* on the loop and give its result; never from the loop's own thread, which would wait for itself.

        Raises:
            RuntimeError: this is the loop's own thread, or :meth:`stop` has come before *work* was done.
            TypeError: *work* cannot be awaited.
        """
        if threading.current_thread() is self._thread:
            _close(work)
            raise RuntimeError("run() waits for the event loop that it is called on; write: await …")
        if not isawaitable(work):
            raise TypeError(f"run() waits for what is asynchronous, and {work!r:.60} is not; write run(running.add(…))")
        try:
            return self._begin(work).result()
        except CancelledError:
            if not self._ends:
                raise
            raise RuntimeError("the peripheral was stopped while run() waited; call stop() when all is run") from None

    def _begin(self, work: Awaitable[T]) -> Future[T]:
        async def wait() -> T:
            return await work

        with self._lock:
            if self._ends:
                _close(work)
                raise CancelledError
            made: Coroutine[Any, Any, T] = wait()
            future = asyncio.run_coroutine_threadsafe(made, self.loop)
            self._waited_for.add(future)
        future.add_done_callback(self._waited_for.discard)
        return future

    def stop(self) -> None:
        """Leave the context manager.

        Raises:
            RuntimeError: it is called on the loop, or by what runs there with ``asyncio.to_thread()``, and would wait
                for itself.
            BaseException: whatever leaving raises.
        """
        if _within.get() is self or threading.current_thread() is self._thread:
            raise RuntimeError("stop() waits for the thread that it is called on; call it on the one that started")
        atexit.unregister(self.stop)
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            self.loop.call_soon_threadsafe(self._leave)
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            self._thread.join()
            raise self._error


def _close(work: object) -> None:
    """Let Python not warn of what is never awaited."""
    if isinstance(work, Coroutine):
        work.close()
