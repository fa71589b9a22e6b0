"""The daemons inside the guest: started, paused, killed and found again by name, from any process of the guest."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

_STATE = Path("/run/lab")
_PATIENCE = 5.0


def start(name: str, command: Sequence[str], log: Path) -> None:
    """Start a daemon whose process id is kept under its name; what it prints is appended to `log`."""
    _STATE.mkdir(exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    (_STATE / name).write_text(str(process.pid))
    (_STATE / f"{name}.command").write_text("\0".join(command))


def pid(name: str) -> int:
    """The process id of a running daemon; ProcessLookupError where there is none."""
    try:
        number = int((_STATE / name).read_text())
    except FileNotFoundError:
        msg = f"no {name} was started"
        raise ProcessLookupError(msg) from None
    if not _runs(number):
        msg = f"{name} is not running"
        raise ProcessLookupError(msg)
    return number


def alive(name: str) -> bool:
    """Whether "bluetoothd" or "dbus-daemon" runs."""
    try:
        return bool(pid(name))
    except ProcessLookupError:
        return False


def _runs(number: int) -> bool:
    """Whether a process is there and is more than a zombie."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def note(name: str, text: str) -> None:
    """Add a line to a running daemon's log."""
    with Path(f"/proc/{pid(name)}/fd/1").readlink().open("a") as log:
        log.write(f"{text}\n")


def command(name: str) -> list[str]:
    """The command line that a daemon was started with, whether it still runs or not."""
    return (_STATE / f"{name}.command").read_text().split("\0")


def send(name: str, number: signal.Signals) -> None:
    """A signal to a running daemon."""
    os.kill(pid(name), number)


def end(name: str, number: signal.Signals = signal.SIGTERM) -> None:
    """End a daemon, paused or not, and return when it is gone; one that clings to life is killed."""
    try:
        process = pid(name)
    except ProcessLookupError:
        return
    os.kill(process, number)
    os.kill(process, signal.SIGCONT)
    deadline = time.monotonic() + _PATIENCE
    while _runs(process):
        if time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.02)
