"""What the benchmarks share, and the table at the end of their run."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .bus import Bench, consumer, daemon
from .ratios import Ratio, ratio, ratios_of_results

RATIOS = pytest.StashKey[list[Ratio]]()


@pytest.fixture
def compare(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Measure a ratio (see ``ratios.ratio``) and put it into the table."""
    rows = request.config.stash.setdefault(RATIOS, [])

    def measure(ours: Callable[[], Any], peer: Callable[[], Any], **options: Any) -> None:
        made = ratio(benchmark, ours, peer, **options)
        if made is not None:
            rows.append(made)

    return measure


@pytest.fixture
def compare_results(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare what two functions give back (see ``ratios.ratios_of_results``) and put it into the table."""
    rows = request.config.stash.setdefault(RATIOS, [])

    def measure(ours: Callable[[], Any], peer: Callable[[], Any], **options: Any) -> None:
        rows.extend(ratios_of_results(benchmark, ours, peer, **options))

    return measure


@pytest.fixture(scope="session")
def bluez(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a private dbus-daemon with the consumer on it, under the name org.bluez; give the bus's address."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed: apt install dbus")
    with daemon(tmp_path_factory.mktemp("bus")) as address, consumer(address):
        yield address


@pytest.fixture
def bench(bluez: str) -> Iterator[Bench]:
    """An event loop and connections to the private bus."""
    with asyncio.Runner() as runner:
        made = Bench(bluez, runner)
        yield made
        made.close()


# --- the table ---------------------------------------------------------------------------------------------------

HEAD = ("figure", "beside", "ours", "peer", "ratio", "of", "middle half", "target", "reached")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print all ratios; a missed target is said here and fails nothing, for machines are noisy."""
    rows = [_row(made) for made in config.stash.get(RATIOS, [])]
    if not rows:
        return
    widths = [max(len(row[column]) for row in (HEAD, *rows)) for column in range(len(HEAD))]
    terminalreporter.section("ratios: ours beside the peer, in the same run, in turns")
    for row in (HEAD, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminalreporter.line("  ".join(cells).rstrip(), red=row[-1] == "NO", green=row[-1] == "yes")


def _row(made: Ratio) -> tuple[str, ...]:
    lower, upper = made.spread
    return (
        made.figure,
        made.peer_name,
        _amount(made.ours, made.unit),
        _amount(made.peer, made.unit),
        f"{made.median:.2f}",
        made.of,
        f"{lower:.2f} … {upper:.2f}",
        str(made.target or ""),
        {None: "", True: "yes", False: "NO"}[made.reached],
    )


def _amount(amount: float, unit: str) -> str:
    return f"{amount / 1024:.3g} KiB" if unit == "B" else _time(amount)


def _time(seconds: float) -> str:
    """Three digits and a unit: ``121 ns``, ``1.36 ms``."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
