"""Which BlueZ runs, and what follows from it: flags that it does not know yet, errors that it does not send yet."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dbus_fast.aio import MessageBus

from gattschema import (
    AttError,
    ImproperlyConfigured,
    Indicate,
    InsufficientAuthorization,
    InvalidAttributeValueLength,
    InvalidOffset,
    Notify,
    Peripheral,
    ProcedureAlreadyInProgress,
    Read,
    ReadNotify,
    ReadNotPermitted,
    ReadWrite,
    RegistrationError,
    RequestNotSupported,
    Service,
    UInt8,
    UnlikelyError,
    WriteNotPermitted,
    characteristic,
)
from gattschema.bluez import Release, connect, running_release
from gattschema.bluez import _release as release_of
from tests.fake_bluez import CHARACTERISTIC, PATIENCE, FakeBlueZ, Refusal

Runs = Callable[[Release | None], None]

OLD, FIRST, NEW = (5, 55), (5, 62), (5, 82)


# --- what bluetoothd says of itself ------------------------------------------------------------------------------


@pytest.fixture
async def bus(bluez: FakeBlueZ) -> Any:
    """A connection to the bus that org.bluez is on."""
    assert bluez.bus.connected
    made = await connect()
    yield made
    made.disconnect()
    await made.wait_for_disconnect()


Install = Callable[[str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a program where bluetoothd is looked for, as if root had done so; it is a shell script."""

    def write(script: str) -> Path:
        program = tmp_path / "bluetoothd"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        asked: list[int] = []
        monkeypatch.setattr(release_of, "_program", lambda process: asked.append(process) or str(program))
        monkeypatch.setattr(release_of, "Path", RootsPath)
        return program

    return write


class RootsPath(type(Path())):  # type: ignore[misc]
    """A path of which all files are root's."""

    def stat(self, **options: Any) -> os.stat_result:
        found = list(super().stat(**options))
        found[stat.ST_UID] = 0
        return os.stat_result(found)


@pytest.mark.parametrize(
    ("printed", "release"),
    [
        ("5.82", (5, 82)),
        ("5.9", (5, 9)),
        ("5.66-1+deb12u2", None),
        ("5.100", (5, 100)),
        ("6.0.1", (6, 0)),
        ("bluetoothd 5.82", None),
        ("5", None),
        ("", None),
        ("five.eighty", None),
    ],
)
async def test_the_version_is_a_pair_of_numbers(
    bus: MessageBus, install: Install, printed: str, release: Release | None
) -> None:
    """Compared as numbers: 5.9 is older than 5.82. What is none is not known."""
    install(f"echo '{printed}'; echo 'and more on stderr' >&2")
    assert await running_release(bus) == release


async def test_it_is_asked_for_its_version(bus: MessageBus, install: Install) -> None:
    """Nothing else is asked of the program."""
    program = install('echo "$@" > "$0.asked"; echo 5.82')
    assert await running_release(bus) == (5, 82)
    assert program.with_suffix(".asked").read_text() == "--version\n"


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$", "printf '\\377\\376.1'"])
async def test_a_program_that_fails(bus: MessageBus, install: Install, script: str) -> None:
    """Then it is not known, and that is no error."""
    install(script)
    assert await running_release(bus) is None


async def test_a_program_that_hangs(bus: MessageBus, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for, and not left behind."""
    monkeypatch.setattr(release_of, "_ASKED_WITHIN", 0.2)
    program = install('echo $$ > "$0.pid"; exec sleep 60')
    async with asyncio.timeout(PATIENCE):
        assert await running_release(bus) is None
    process = int(program.with_suffix(".pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_a_program_that_is_not_there(bus: MessageBus, install: Install) -> None:
    """An updated one may have been deleted while it runs."""
    install("echo 5.82").unlink()
    assert await running_release(bus) is None


async def test_who_merely_owns_the_name(bus: MessageBus, bluez: FakeBlueZ) -> None:
    """The fake's process is Python: nothing is run, nothing is known."""
    assert bluez.bus.connected
    assert await running_release(bus) is None


async def test_nobody_owns_the_name(bus: MessageBus, bluez: FakeBlueZ) -> None:
    """Nor is that an error here."""
    await bluez.leave()
    assert await running_release(bus) is None


@pytest.mark.parametrize(
    ("name", "owner", "is_run"),
    [
        ("bluetoothd", 0, True),
        ("bluetoothd", 1000, False),
        ("bluetoothd-fake", 0, False),
        ("sh", 0, False),
    ],
)
def test_only_roots_bluetoothd_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, owner: int, *, is_run: bool
) -> None:
    """Whoever can take the name on the bus could have any program run otherwise."""

    class Owned(type(Path())):  # type: ignore[misc]
        def stat(self, **_: Any) -> os.stat_result:
            return os.stat_result([0o100755, 0, 0, 0, owner, 0, 0, 0, 0, 0])

    monkeypatch.setattr(release_of, "Path", Owned)
    assert release_of._is_bluetoothd(str(tmp_path / name)) is is_run


def test_a_program_by_a_relative_name_is_not_run() -> None:
    """It could be anywhere."""
    assert not release_of._is_bluetoothd("bluetoothd")


async def test_a_peripheral_tells_the_release(bluez: FakeBlueZ, runs: Runs) -> None:
    """While it runs, and where it is known."""
    runs((5, 82))
    running = Peripheral(lone(Read))
    assert running.release is None
    async with running:
        assert bluez.objects
        assert running.release == (5, 82)
    assert running.release is None
    runs(None)
    async with running:
        assert running.release is None


# --- subscriptions that an old BlueZ cannot protect --------------------------------------------------------------


def lone(flavour: Any, security: Any = "open", name: str = "Lone") -> Service:
    """A service with one field."""
    body = {"__annotations__": {"x": flavour[UInt8]}, "__module__": __name__}
    return type(name, (Service,), {**body, "x": characteristic(default=0, security=security)}, uuid="AAD8")()


def flags(bluez: FakeBlueZ) -> list[str]:
    (made,) = [made[CHARACTERISTIC] for made in bluez.objects.values() if CHARACTERISTIC in made]
    return list(made["Flags"])


@pytest.mark.parametrize("level", ["encrypted", "authenticated", "secure"])
@pytest.mark.parametrize(("flavour", "operation"), [(Notify, "notify"), (Indicate, "indicate"), (ReadNotify, "notify")])
async def test_what_is_too_old_is_said(bluez: FakeBlueZ, runs: Runs, flavour: Any, operation: str, level: str) -> None:
    """BlueZ before 5.62 would refuse all services without a word of why; so it is not even asked."""
    runs(OLD)
    for security in (level, {"read": "open", operation: level} if flavour is ReadNotify else {operation: level}):
        with pytest.raises(RegistrationError) as told:
            await Peripheral(lone(flavour, security)).__aenter__()
        assert told.value.finding == f"Lone.x: {level} subscriptions need BlueZ 5.62; here runs 5.55"
        assert told.value.remedy == f'a newer BlueZ, or security={{"notify": "{level}", "fallback": "open"}}'
    assert bluez.calls == []


async def test_every_service_is_looked_at(bluez: FakeBlueZ, runs: Runs) -> None:
    """The one that does not work is named, wherever it stands."""
    runs(OLD)
    with pytest.raises(RegistrationError, match=r"^Second\.x: "):
        await Peripheral(lone(Notify, name="First"), lone(Notify, "encrypted", name="Second")).__aenter__()
    assert bluez.applications == {}


@pytest.mark.parametrize("release", [FIRST, NEW, None])
@pytest.mark.parametrize("security", ["encrypted", {"notify": "encrypted", "fallback": "open"}])
async def test_what_is_new_enough_or_unknown_protects(
    bluez: FakeBlueZ, runs: Runs, release: Release | None, security: Any
) -> None:
    """From 5.62 on, and where it is not known, the subscription is protected, fallback or not."""
    runs(release)
    async with Peripheral(lone(Notify, security)):
        assert flags(bluez) == ["encrypt-notify"]


async def test_falling_back(bluez: FakeBlueZ, runs: Runs) -> None:
    """Where the declaration says so, only the subscription is open; reads stay protected."""
    runs(OLD)
    security = {"read": "encrypted", "notify": "authenticated", "fallback": "open"}
    async with Peripheral(lone(ReadNotify, security)):
        assert flags(bluez) == ["encrypt-read", "notify"]
    runs(NEW)
    async with Peripheral(lone(ReadNotify, security)):
        assert flags(bluez) == ["encrypt-read", "encrypt-authenticated-notify"]


@pytest.mark.parametrize(
    ("flavour", "security", "words"),
    [
        (ReadWrite, "secure", ["secure-read", "secure-write"]),
        (ReadNotify, "open", ["read", "notify"]),
        (ReadNotify, {"read": "encrypted", "notify": "open"}, ["encrypt-read", "notify"]),
    ],
)
async def test_what_an_old_bluez_can_do(
    bluez: FakeBlueZ, runs: Runs, flavour: Any, security: Any, words: list[str]
) -> None:
    """Reads and writes have been protected for long, and what is open needs nothing."""
    runs(OLD)
    async with Peripheral(lone(flavour, security)):
        assert flags(bluez) == words


# --- errors ------------------------------------------------------------------------------------------------------


class Moody(Service, uuid="AAD9"):
    field: ReadWrite[UInt8] = characteristic(default=1)
    later: ReadWrite[UInt8] = characteristic(default=1)

    def __init__(self, error: AttError) -> None:
        super().__init__()
        self.error = error

    @field.on_read
    def _read(self) -> int:
        raise self.error

    @field.on_write
    def _write(self, _value: int) -> None:
        raise self.error

    @later.on_read
    async def _read_later(self) -> int:
        raise self.error

    @later.on_write
    async def _write_later(self, _value: int) -> None:
        raise self.error


NAMED: dict[Any, tuple[int, str]] = {
    ReadNotPermitted: (0x02, "org.bluez.Error.NotPermitted"),
    WriteNotPermitted: (0x03, "org.bluez.Error.NotPermitted"),
    RequestNotSupported: (0x06, "org.bluez.Error.NotSupported"),
    InvalidOffset: (0x07, "org.bluez.Error.InvalidOffset"),
    InsufficientAuthorization: (0x08, "org.bluez.Error.NotAuthorized"),
    InvalidAttributeValueLength: (0x0D, "org.bluez.Error.InvalidValueLength"),
    UnlikelyError: (0x0E, "org.gattschema.Error.Unlikely"),
    ImproperlyConfigured: (0xFD, "org.bluez.Error.ImproperlyConfigured"),
    ProcedureAlreadyInProgress: (0xFE, "org.bluez.Error.InProgress"),
}


@pytest.mark.parametrize("name", ["field", "later"])
@pytest.mark.parametrize("error", NAMED)
async def test_named_errors(bluez: FakeBlueZ, error: type[AttError], name: str) -> None:
    """Each class is the word that BlueZ turns into its code, with the reason; by its number it is the same."""
    code, word = NAMED[error]
    for made in (error("since"), AttError(code, "since")):  # type: ignore[arg-type]
        async with Peripheral(Moody(made)):
            path = bluez.path(getattr(Moody, name).uuid)
            assert await bluez.read(path) == Refusal(word, "since")
            assert await bluez.write(path, b"\x05") == Refusal(word, "since")


@pytest.mark.parametrize("code", [0x80, 0x81, 0x9F])
async def test_errors_of_the_application(bluez: FakeBlueZ, code: int) -> None:
    """They travel as the number in the text of Failed, which BlueZ reads from 5.66 on."""
    async with Peripheral(Moody(AttError(code, "since"))):
        path = bluez.path(Moody.field.uuid)
        assert await bluez.read(path) == Refusal("org.bluez.Error.Failed", f"{code:#04x}")
