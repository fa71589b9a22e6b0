"""systemd is told when the peripheral is ready, what it waits for, and that the program ends (``sd_notify(3)``)."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gattschema import Peripheral, ReadNotify, Service, UInt8, characteristic
from gattschema._notify import notify
from gattschema.events import AdapterBack, AdapterLost
from tests.fake_bluez import PATIENCE, FakeAdapter, FakeBlueZ, Refusal
from tests.test_blocking import SERVE, TERMINATED, UNTIL_SIGNAL, is_served, run_script


class Lamp(Service, uuid="AAD0"):
    level: ReadNotify[UInt8] = characteristic(default=1)


class Manager:
    """The end of the socket that systemd listens to."""

    def __init__(self, address: str) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(address)
        self.sock.setblocking(False)  # noqa: FBT003

    @property
    def told(self) -> list[str]:
        """All that has come."""
        texts: list[str] = []
        while True:
            try:
                texts.append(self.sock.recv(4096).decode())
            except BlockingIOError:
                return texts


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """It listens at a path, or at an abstract address, which the environment writes with an ``@``."""
    name = str(tmp_path / "notify") if request.param == "path" else f"gattschema-test-{os.getpid()}"
    made = Manager(name if request.param == "path" else f"\0{name}")
    monkeypatch.setenv("NOTIFY_SOCKET", name if request.param == "path" else f"@{name}")
    yield made
    made.sock.close()


async def test_a_life(bluez: FakeBlueZ, manager: Manager) -> None:
    """It is ready when everything is registered; a block that ends does not say that the process does."""
    before: list[list[str]] = []
    bluez.before["RegisterAdvertisement"] = lambda: before.append(manager.told)
    bluez.before["UnregisterAdvertisement"] = lambda: before.append(manager.told)
    async with Peripheral(Lamp()):
        assert manager.told == ["READY=1\nSTATUS=on the air"]
    assert before == [[], []]
    assert manager.told == ["STATUS=off the air"]


@pytest.mark.parametrize(
    ("script", "number"),
    [
        pytest.param(SERVE, signal.SIGTERM, id="serve"),
        pytest.param(SERVE, signal.SIGINT, id="serve, Ctrl-C"),
        pytest.param(UNTIL_SIGNAL, signal.SIGTERM, id="until_signal"),
        pytest.param(TERMINATED["asleep"], signal.SIGTERM, id="async with"),
        pytest.param(TERMINATED["with"], signal.SIGTERM, id="with"),
    ],
)
async def test_a_signal_ends_the_process(
    bluez: FakeBlueZ, manager: Manager, tmp_path: Path, script: str, number: signal.Signals
) -> None:
    """That is told before anything is taken back, which may take its time."""
    before: list[list[str]] = []
    bluez.before["UnregisterAdvertisement"] = lambda: before.append(manager.told)

    async def tell(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        process.send_signal(number)

    code, _ = await run_script(tmp_path, script, tell)
    assert code == 0
    assert before == [["READY=1\nSTATUS=on the air", "STOPPING=1"]]
    assert manager.told == ["STATUS=off the air"]


async def test_what_it_waits_for(bluez: FakeBlueZ, manager: Manager) -> None:
    """While something is lost the status says so; a return is no second readiness."""
    lost, back = asyncio.Event(), asyncio.Event()
    peripheral = Peripheral(Lamp())
    peripheral.on(AdapterLost, lambda _: lost.set())
    peripheral.on(AdapterBack, lambda _: back.set())
    async with asyncio.timeout(PATIENCE), peripheral:
        bluez.remove_adapter(bluez.adapter)
        await lost.wait()
        bluez.add_adapter(FakeAdapter())
        await back.wait()
        await bluez.settled()
        assert manager.told == [
            "READY=1\nSTATUS=on the air",
            "STATUS=off the air: the adapter is gone",
            "STATUS=on the air",
        ]


async def test_what_does_not_begin_is_not_ready(bluez: FakeBlueZ, manager: Manager) -> None:
    """systemd learns it from the exit code."""
    bluez.refusals["RegisterAdvertisement"] = Refusal("org.bluez.Error.Failed", "no")
    with pytest.raises(Exception, match="no"):
        async with Peripheral(Lamp()):
            pass
    assert manager.told == []


@pytest.mark.parametrize("address", [None, "", "nonsense", "vsock:2:1234"])
def test_without_a_manager(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    """Nothing is sent where nobody asks, or at an address that is no Unix socket's."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)

    def refuse(*_: object) -> socket.socket:
        raise AssertionError("no socket is needed")

    monkeypatch.setattr("gattschema._notify.socket.socket", refuse)
    notify("READY=1")


def test_a_manager_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there any more, or never did: that is no error, and no socket stays open."""
    for address in (str(tmp_path / "nothing"), "@gattschema-nobody", str(tmp_path / ("long" * 100))):
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        before = len(list(Path("/proc/self/fd").iterdir()))
        notify("READY=1")
        assert len(list(Path("/proc/self/fd").iterdir())) == before
    manager = Manager(str(tmp_path / "closed"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "closed"))
    notify("READY=1")
    assert manager.told == ["READY=1"]
    manager.sock.close()
    notify("READY=1")


def test_a_manager_that_does_not_read(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full socket does not stop the program for long: it is given up."""
    monkeypatch.setattr("gattschema._notify.PATIENCE", 0.001)
    for _ in range(1000):
        notify("STATUS=" + "x" * 200)
    assert manager.told
