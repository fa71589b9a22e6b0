"""What the tests of the D-Bus side share: a bus of their own and an org.bluez on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from dbus_fast.aio import MessageBus

from gattschema.bluez import Release
from tests.fake_bluez import Daemon, FakeBlueZ, dbus_daemon


@pytest.fixture(scope="session")
def shared_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A dbus-daemon for the whole run; tests that hurt theirs start one of their own."""
    with dbus_daemon(tmp_path_factory.mktemp("bus")) as daemon:
        yield daemon


@pytest.fixture
def system_bus(shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """The private bus stands where the system bus is looked for; nobody but the daemon is on it."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", shared_daemon.address)
    return shared_daemon


@pytest.fixture
async def bluez(system_bus: Daemon) -> AsyncIterator[FakeBlueZ]:
    """org.bluez with one adapter."""
    fake = await FakeBlueZ().join(system_bus.address)
    yield fake
    if fake.bus.connected:
        await fake.leave()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Release | None], None]:
    """Say which release of BlueZ runs: the fake's process is no bluetoothd that could be asked."""

    def say(release: Release | None) -> None:
        async def told(_: MessageBus) -> Release | None:
            return release

        monkeypatch.setattr("gattschema.bluez._session.running_release", told)

    return say
