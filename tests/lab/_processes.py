"""Words for the processes around a story: the daemons that misbehave, the program under test."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.lab import _daemons

_PROJECT = Path(__file__).parents[2]
_PATIENCE = 10.0
_BUS = "/run/dbus/system_bus_socket"


@contextmanager
def paused(daemon: str) -> Iterator[None]:
    """Inside the block "bluetoothd" or "dbus-daemon" is stopped (SIGSTOP): alive, and deaf."""
    _daemons.send(daemon, signal.SIGSTOP)
    try:
        yield
    finally:
        _daemons.send(daemon, signal.SIGCONT)


@contextmanager
def killed(daemon: str) -> Iterator[None]:
    """Inside the block "bluetoothd" is dead (SIGKILL); after it another one runs with the same arguments."""
    command = _daemons.command(daemon)
    _daemons.end(daemon, signal.SIGKILL)
    try:
        yield
    finally:
        _daemons.start(daemon, command, Path(f"/out/{daemon}.restarted.log"))


@contextmanager
def restarted_bus() -> Iterator[None]:
    """Inside the block there is no bus, nor bluetoothd, which ends with it; after it both run anew."""
    with killed("dbus-daemon"):
        command = _daemons.command("bluetoothd")
        deadline = time.monotonic() + _PATIENCE
        while _daemons.alive("bluetoothd"):
            assert time.monotonic() < deadline, "bluetoothd outlives its bus"
            time.sleep(0.02)
        yield
    while not _answers(_BUS):
        assert time.monotonic() < deadline + _PATIENCE, "the bus does not come back"
        time.sleep(0.02)
    _daemons.start("bluetoothd", command, Path("/out/bluetoothd.restarted.log"))


def _answers(path: str) -> bool:
    """Whether there is somebody behind a socket, and not just its file."""
    with socket.socket(socket.AF_UNIX) as tried:
        return tried.connect_ex(path) == 0


class Program:
    """A program of the repository while it runs: `.lines` is what it has printed so far, on either stream."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.lines: list[str] = []
        self._name = name
        self._process = process
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Keep and show every line."""
        async for raw in self._process.stdout or ():
            self.lines.append(raw.decode(errors="replace").rstrip())
            print(f"{self._name} | {self.lines[-1]}", flush=True)
            self._news.set()
        self._news.set()

    async def says(self, text: str, within: float = 30) -> str:
        """The first line that contains `text`, printed already or `within` so many seconds."""
        try:
            async with asyncio.timeout(within):
                return await self._line_with(text)
        except TimeoutError:
            msg = f"{self._name} did not say {text!r} within {within} s, but {self.lines}"
            raise AssertionError(msg) from None

    async def _line_with(self, text: str) -> str:
        """Look again at every news, until the program has ended."""
        while True:
            self._news.clear()
            if line := next((line for line in self.lines if text in line), None):
                return line
            if self._reader.done():
                msg = f"{self._name} ended without saying {text!r}: {self.lines}"
                raise AssertionError(msg)
            await self._news.wait()

    async def interrupt(self, exit_code: int) -> None:
        """Ctrl-C; AssertionError unless it ends within 10 s with this exit code (an earlier end counts alike)."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
        try:
            code = await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            msg = f"{self._name} did not end within {_PATIENCE:.0f} s of SIGINT"
            raise AssertionError(msg) from None
        await self._reader
        if code != exit_code:
            msg = f"{self._name} ended with {code}, not {exit_code}"
            raise AssertionError(msg)

    async def kill(self) -> None:
        """Be rid of it, whatever it does."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reader


@asynccontextmanager
async def program(path: str, *arguments: str, exit_code: int = 0) -> AsyncIterator[Program]:
    """Run a file of the repository (`path` from its root) unchanged; at the end of the block it gets SIGINT.

    It must then end within 10 s with `exit_code`. Its output is shown as it comes, prefixed with its name.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        str(_PROJECT / path),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Program(Path(path).name, process)
    try:
        yield running
        await running.interrupt(exit_code)
    finally:
        await running.kill()
