"""Progress of the long steps, on stderr: a live line on a terminal, plain lines in a log."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """One line about what the laboratory is doing."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def _tick(title: str, start: float, done: threading.Event) -> None:
    """Rewrite the live line every half second until the step is done."""
    while not done.wait(0.5):
        print(f"\r\033[Klab: {title} … {time.monotonic() - start:.0f} s", end="", file=sys.stderr, flush=True)


@contextmanager
def _live(title: str, start: float) -> Iterator[None]:
    """A line that counts the seconds, wiped at the end."""
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(title, start, done), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
        print("\r\033[K", end="", file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """A step with a title: says how long it took, and nothing at the end when it failed (its error speaks)."""
    start = time.monotonic()
    if sys.stderr.isatty():
        with _live(title, start):
            yield
    else:
        say(f"{title} …")
        yield
    say(f"{title}: {time.monotonic() - start:.1f} s")
