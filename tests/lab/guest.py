"""The laboratory inside the guest: its first process, which tells every story asked for and powers off.

What is slow to import is imported once; each story is told in a fork, with a bluetoothd of its own.
"""

import ast
import asyncio
import faulthandler
import gc
import importlib
import json
import os
import platform
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dbus_fast.service  # noqa: F401 - the forks find it imported

from tests.lab import _daemons, air

_OUT = Path("/out")
_SCENARIOS = Path(__file__).parent / "scenarios"
_BUS = Path("/run/dbus/system_bus_socket")
_STORED = Path("/var/lib/bluetooth")
_BLUETOOTHD = ("/usr/libexec/bluetooth/bluetoothd", "/usr/lib/bluetooth/bluetoothd")
_GRACE = 5.0
_LOG_LINES = 40


@dataclass(frozen=True)
class Scenario:
    """A file of scenarios/ and the constants it may set: LIMIT in seconds, BLUETOOTHD with more arguments."""

    name: str
    limit: float
    arguments: list[str]


def _scenario(name: str) -> Scenario:
    """Read the constants without importing the module: that is for the fork to do."""
    found: dict[str, object] = {}
    for node in ast.parse((_SCENARIOS / f"{name}.py").read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="LIMIT" | "BLUETOOTHD" as constant)], value=value):
                found[constant] = ast.literal_eval(value)
    return Scenario(name, found.get("LIMIT", 120.0), found.get("BLUETOOTHD", []))


def _bluetoothd() -> str:
    """The path of bluetoothd, which releases keep in different places."""
    return next(path for path in _BLUETOOTHD if Path(path).exists())


def _greet() -> None:
    """The first line: what this laboratory is made of."""
    bluez = subprocess.run([_bluetoothd(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    up = time.time() - float(os.environ["LAB_STARTED"])
    python = platform.python_version()
    os.environ["LAB_BLUEZ"] = bluez
    print(f"lab: BlueZ {bluez} on Linux {platform.release()}, Python {python}, up {up:.1f} s", flush=True)


async def _tell(scenario: Scenario) -> None:
    """Tell the story within its time; a TimeoutError shows where it was waiting."""
    module = importlib.import_module(f"tests.lab.scenarios.{scenario.name}")
    async with asyncio.timeout(scenario.limit):
        await module.story()


def _child(scenario: Scenario, output: int) -> None:
    """The forked process: its output goes to the pipe, its exit status is the result. Never returns."""
    status = 1
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        faulthandler.dump_traceback_later(scenario.limit + _GRACE, exit=True)
        asyncio.run(_tell(scenario))
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it was, it is shown and is a failure
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _relay(source: int, log: Callable[[bytes], object]) -> bool:
    """Pass on what is there to read; False at the end of the file."""
    octets = os.read(source, 65536)
    log(octets)
    os.write(1, octets)
    return bool(octets)


def _follow(child: int, source: int, deadline: float, log: Callable[[bytes], object]) -> None:
    """Relay the child's output until it has ended (a process it left behind may still hold the pipe), or kill it."""
    ended = os.pidfd_open(child)
    watched = [source, ended]
    while ended in watched:
        ready, _, _ = select.select(watched, [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            log(b"the story did not end in time and was killed\n")
            os.kill(child, signal.SIGKILL)
            break
        if source in ready:
            if not _relay(source, log):
                watched.remove(source)
        else:
            watched.remove(ended)
    os.close(ended)


def _run_child(scenario: Scenario) -> bool:
    """Fork, relay, and clear away what the story has left running; True for a good end."""
    source, output = os.pipe()
    child = os.fork()
    if child == 0:
        _child(scenario, output)
    os.close(output)
    with (_OUT / f"{scenario.name}.log").open("wb", buffering=0) as log:
        _follow(child, source, time.monotonic() + scenario.limit + 2 * _GRACE, log.write)
    os.close(source)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def _show_tail(log: Path) -> None:
    """The end of bluetoothd's log, after a failure: what it said while the story lasted."""
    text = log.read_text(errors="replace")
    story = text.rpartition(air.UNPLUGGED)[0] or text
    print(f"--- the last lines of {log.name}:")
    for line in story.splitlines()[-_LOG_LINES:]:
        print(f"  | {line}")


def _run(name: str) -> bool:
    """One scenario: a fresh bluetoothd, the story, one line about how it went."""
    scenario = _scenario(name)
    shutil.rmtree(_STORED, ignore_errors=True)
    _STORED.mkdir(mode=0o700)
    log = _OUT / f"{name}.bluetoothd.log"
    log.unlink(missing_ok=True)
    _daemons.start("bluetoothd", [_bluetoothd(), "-n", "-d", *scenario.arguments], log)
    start = time.monotonic()
    passed = _run_child(scenario)
    seconds = time.monotonic() - start
    if not passed:
        _show_tail(log)
    with suppress(ProcessLookupError):
        _daemons.send("dbus-daemon", signal.SIGCONT)
    _daemons.end("bluetoothd")
    print(f"{'PASS' if passed else 'FAIL'} {name} {seconds:.1f} s", flush=True)
    return passed


def _main() -> None:
    """Everything, in order."""
    Path("/run/dbus").mkdir()
    _daemons.start("dbus-daemon", ["dbus-daemon", "--system", "--nofork", "--nopidfile"], _OUT / "dbus-daemon.log")
    while not _BUS.exists():
        time.sleep(0.02)
    gc.freeze()
    _greet()
    request = json.loads((_OUT / "request.json").read_text())
    results = [_run(name) for name in request["scenarios"]]
    passed, failed = results.count(True), results.count(False)
    print(f"{passed} passed, {failed} failed", flush=True)
    (_OUT / "report.json").write_text(
        json.dumps({"passed": passed, "failed": failed, "bluez": os.environ["LAB_BLUEZ"]})
    )


if __name__ == "__main__":
    try:
        _main()
    except BaseException:  # noqa: BLE001 - the first process may not end: the host sees no report, and this
        traceback.print_exc()
    termios.tcdrain(1)
    Path("/proc/sysrq-trigger").write_text("b")
