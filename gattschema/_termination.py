"""SIGTERM ends a program as Ctrl-C does: blocks are left, and nothing stays registered.

A program that has a handler of its own keeps it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Generator
from typing import Any, NoReturn
from weakref import WeakSet

_ending: WeakSet[asyncio.AbstractEventLoop] = WeakSet()
"""The loops that SIGTERM ends."""


def _end(*_: Any) -> NoReturn:
    """Let the main thread leave all blocks; an event loop cancels its tasks then, as with Ctrl-C."""
    sys.exit(0)


def _would_kill() -> bool:
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@contextlib.contextmanager
def loop_ends_at_sigterm() -> Generator[None]:
    """While the block runs, SIGTERM raises SystemExit in the running loop, between two callbacks."""
    if not _would_kill():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, _end)
    _ending.add(loop)
    try:
        yield
    finally:
        _ending.discard(loop)
        loop.remove_signal_handler(signal.SIGTERM)


def end_at_sigterm() -> None:
    """From now on SIGTERM raises SystemExit in the main thread, if it would kill the process otherwise."""
    if _would_kill():
        signal.signal(signal.SIGTERM, _end)


def forget_sigterm() -> None:
    """Take :func:`end_at_sigterm` back."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGTERM) is _end:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


async def until_signal() -> None:
    """Return at SIGINT or SIGTERM; what they did before they do again afterwards.

    Raises:
        RuntimeError: this is not the main thread, which alone gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("signals come to the main thread alone; wait there, with serve(…) or signal.pause()")
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        loop.add_signal_handler(number, told.set)
    try:
        await told.wait()
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
        if loop in _ending:
            loop.add_signal_handler(signal.SIGTERM, _end)
