"""A machine in QEMU: its command line, and how a booted one is saved so that the next goes on from there."""

import json
import shlex
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ._host import LabError

WAITING = "waiting"
"""The line by which the guest says, again and again, that it is ready for work (see _waiting.py)."""

_KERNEL = "console=ttyS0 loglevel=2 panic=-1 mitigations=off random.trust_cpu=on rdinit=/init tsc=reliable"
_MACHINE = ("-cpu", "max", "-m", "1280", "-smp", "2", "-nic", "none", "-no-reboot")
_CONSOLE = ("-display", "none", "-serial", "stdio", "-monitor", "none", "-nodefaults")
_PATIENCE = 300.0


@dataclass(frozen=True)
class Boot:
    """What a release boots from, and QEMU's accelerator that is known to work: "kvm" or "tcg"."""

    kernel: Path
    initramfs: Path
    image: Path
    accelerator: str
    state: Path

    @property
    def is_saved(self) -> bool:
        """Whether a booted machine was saved: only an emulated processor is the same on every host."""
        return self.state.exists()


def version() -> str:
    """QEMU's version: a saved machine is for the same one."""
    return subprocess.run(("qemu-system-x86_64", "--version"), capture_output=True, text=True, check=True).stdout


def _share(tag: str, folder: Path, *, writable: bool) -> tuple[str, ...]:
    """A folder of the host, mounted by its tag in the guest."""
    access = "" if writable else ",readonly=on"
    return (
        *("-fsdev", f"local,id={tag},path={folder},security_model=none,multidevs=remap{access}"),
        *("-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"),
    )


def _command(boot: Boot, source: Path, out: Path) -> list[str]:
    """QEMU's whole command line: a saved machine goes on, otherwise one boots."""
    return [
        "qemu-system-x86_64",
        *("-accel", boot.accelerator),
        *_MACHINE,
        *_CONSOLE,
        *("-kernel", str(boot.kernel), "-initrd", str(boot.initramfs), "-append", _KERNEL),
        *("-drive", f"file={boot.image},if=virtio,format=raw,readonly=on"),
        *_share("src", source, writable=False),
        *_share("out", out, writable=True),
        *(("-incoming", f"exec:cat {shlex.quote(str(boot.state))}") if boot.is_saved else ()),
    ]


@contextmanager
def _wall(machine: subprocess.Popen[str], seconds: float) -> Iterator[threading.Event]:
    """End the machine after so many seconds; the event tells whether that was needed."""
    passed = threading.Event()

    def end() -> None:
        passed.set()
        machine.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield passed
    finally:
        timer.cancel()
        machine.kill()


class Machine:
    """A running machine; `.console` gives the lines it prints, and ends with it."""

    def __init__(self, process: subprocess.Popen[str], too_long: threading.Event) -> None:
        self.console: IO[str] = process.stdout  # type: ignore[assignment] # it is a pipe
        self._process = process
        self._too_long = too_long
        self._started = time.time()

    @property
    def was_too_slow(self) -> bool:
        """Whether its time had run out."""
        return self._too_long.is_set()

    def send_to_work(self) -> None:
        """Tell the waiting guest what time it is, and when it was started."""
        if self._process.stdin:
            self._process.stdin.write(f"{time.time()} {self._started}\n")
            self._process.stdin.flush()


@contextmanager
def running(
    boot: Boot,
    source: Path,
    out: Path,
    limit: float,
    monitor: socket.socket | None = None,
) -> Iterator[Machine]:
    """A machine, with a folder to read and one to write, that is gone at the end of the block or of its time."""
    command, fds = _command(boot, source, out), []
    if monitor:
        fds = [monitor.fileno()]
        command += ["-chardev", f"socket,id=qmp,fd={fds[0]}", "-mon", "chardev=qmp,mode=control"]
    with (
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=fds,
            text=True,
            errors="replace",
        ) as process,
        _wall(process, limit) as too_long,
    ):
        yield Machine(process, too_long)


def save(boot: Boot, scratch: Path) -> None:
    """Boot until the guest waits for work, and write the machine to `boot.state`."""
    ours, theirs = socket.socketpair()
    with ours, theirs, running(boot, scratch, scratch, _PATIENCE, theirs) as machine:
        tail: deque[str] = deque(maxlen=40)
        for line in machine.console:
            tail.append(line)
            if line.strip() == WAITING:
                break
        else:
            msg = f"the new machine does not boot:\n{''.join(tail)}"
            raise LabError(msg)
        with ours.makefile("rw") as monitor:
            _migrate(monitor, boot.state)


def _ask(monitor: IO[str], command: str, **arguments: object) -> dict[str, Any]:
    """QEMU's answer to a command of its monitor; the events in between are of no interest."""
    monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    monitor.flush()
    while "event" in (answer := json.loads(monitor.readline())) or "QMP" in answer:
        pass
    if "error" in answer:
        msg = f"QEMU could not {command}: {answer['error']['desc']}"
        raise LabError(msg)
    return dict(answer["return"])


def _migrate(monitor: IO[str], state: Path) -> None:
    """Save in QEMU's way: a migration into a file."""
    _ask(monitor, "qmp_capabilities")
    _ask(monitor, "migrate-set-parameters", **{"max-bandwidth": 10**10})
    _ask(monitor, "migrate", uri=f"exec:cat > {shlex.quote(str(state))}")
    while (status := _ask(monitor, "query-migrate")["status"]) not in {"completed", "failed"}:
        time.sleep(0.05)
    if status == "failed":
        msg = "QEMU could not save the machine"
        raise LabError(msg)
    _ask(monitor, "quit")
