"""An event loop in a thread of its own, for programs without one."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Awaitable, Coroutine
from contextlib import AbstractAsyncContextManager
from inspect import isawaitable
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs an asynchronous context manager: entered by :meth:`start`, left by :meth:`stop` or when Python ends."""

    def __init__(self, manager: AbstractAsyncContextManager[Any]) -> None:
        self.loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._entered = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(manager,), name="gattschema", daemon=True)

    def start(self) -> None:
        """Enter the context manager.

        Raises:
            BaseException: whatever entering raises.
        """
        self._thread.start()
        atexit.register(self.stop)
        try:
            self._entered.wait()
        except BaseException:  # a signal's
            self.stop()
            raise
        if self._error is not None:
            self.stop()

    def _run(self, manager: AbstractAsyncContextManager[Any]) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            try:
                runner.run(self._hold(manager))
            except BaseException as error:  # noqa: BLE001  (raised where start() or stop() was called)
                self._error = error
            finally:
                self._entered.set()

    async def _hold(self, manager: AbstractAsyncContextManager[Any]) -> None:
        async with manager:
            self._entered.set()
            await self._stopped.wait()

    def run(self, work: Awaitable[T]) -> T:
        """Run *work* on the loop and give its result; never from the loop's own thread, which would wait for itself."""
        if threading.current_thread() is self._thread:
            if isinstance(work, Coroutine):
                work.close()
            raise RuntimeError("run() waits for the event loop that it is called on; write: await …")
        if not isawaitable(work):
            raise TypeError(f"run() waits for what is asynchronous, and {work!r:.60} is not; write run(running.add(…))")

        async def wait() -> T:
            return await work

        made: Coroutine[Any, Any, T] = wait()
        return asyncio.run_coroutine_threadsafe(made, self.loop).result()

    def stop(self) -> None:
        """Leave the context manager.

        Raises:
            RuntimeError: this is the loop's own thread, which would wait for itself.
            BaseException: whatever leaving raises.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("stop() waits for the thread that it is called on; call it on the one that started")
        atexit.unregister(self.stop)
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            self._thread.join()
            raise self._error
