"""SIGTERM ends a program as Ctrl-C does: blocks are left, and nothing stays registered.

A program that has a handler of its own keeps it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, NoReturn

from gattschema._notify import notify

_users: set[object] = set()
"""Those for whom SIGTERM ends the program."""
_waiting: set[Callable[[], object]] = set()
"""What tells each :func:`until_signal` of a signal."""
_before: dict[signal.Signals, Any] = {}
"""What the signals do again when nobody waits for them any more."""


@contextlib.contextmanager
def ends_at_sigterm() -> Generator[None]:
    """While the block runs, SIGTERM raises SystemExit in the main thread, if it would kill the process otherwise.

    It is the last block that gives SIGTERM back, in whatever order they end. Other threads have no part in it.
    """
    if not _in_main_thread() or _handler() not in {signal.SIG_DFL, _end}:
        yield
        return
    _users.add(user := object())
    _handle_by(_end)
    _let_signals_wake()
    try:
        yield
    finally:
        _users.discard(user)
        if not _users and _in_main_thread() and _handler() is _end:
            _handle_by(signal.SIG_DFL)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _handler() -> Any:
    """Give what handles SIGTERM while nobody waits for it."""
    return _before.get(signal.SIGTERM, signal.getsignal(signal.SIGTERM))


def _handle_by(handler: Any) -> None:
    if signal.SIGTERM in _before:
        _before[signal.SIGTERM] = handler
    else:
        signal.signal(signal.SIGTERM, handler)


def _let_signals_wake() -> None:
    """Let every signal wake the event loop that runs here, which else may sleep on while a handler waits for its turn.

    A loop sees to that, until it is closed, with its first handler for whatever signal; SIGURG is one that does nothing
    by default.
    """
    with contextlib.suppress(RuntimeError, NotImplementedError):  # none runs, or one within a toolkit's
        loop = asyncio.get_running_loop()
        if signal.getsignal(signal.SIGURG) == signal.SIG_DFL:
            loop.add_signal_handler(signal.SIGURG, lambda: None)


def _end(*_: Any) -> None:
    """Let the main thread leave all blocks; where it runs an event loop, between two callbacks."""
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop().call_soon_threadsafe(_exit)
        return
    _exit()


def _exit() -> NoReturn:
    notify("STOPPING=1")
    sys.exit(0)


async def until_signal() -> None:
    """Return at SIGINT or SIGTERM; what they did before they do again when nobody waits any more.

    All who wait are told, and so are functions of ``loop.add_signal_handler()``.

    Raises:
        RuntimeError: this is not the main thread, which alone gets signals.
    """
    if not _in_main_thread():
        raise RuntimeError("signals come to the main thread alone; wait there, with serve(…) or signal.pause()")
    told = asyncio.Event()
    _let_signals_wake()
    with _told_of_signals(partial(asyncio.get_running_loop().call_soon_threadsafe, told.set)):
        await told.wait()
    notify("STOPPING=1")


@contextlib.contextmanager
def _told_of_signals(tell: Callable[[], object]) -> Generator[None]:
    _waiting.add(tell)
    if not _before:
        _before.update({number: signal.signal(number, _tell) for number in (signal.SIGINT, signal.SIGTERM)})
    try:
        yield
    finally:
        _waiting.discard(tell)
        if not _waiting:
            _give_back()


def _tell(*_: Any) -> None:
    for tell in list(_waiting):
        tell()


def _give_back() -> None:
    for number, handler in _before.items():
        if signal.getsignal(number) is _tell:
            signal.signal(number, handler)
    _before.clear()
