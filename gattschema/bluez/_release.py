"""Which release of BlueZ runs: bluetoothd says it on no bus, so its program is asked (``bluetoothd --version``)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import TypeAlias

from dbus_fast.aio import MessageBus

from gattschema.bluez._bus import BLUEZ, DAEMON, call
from gattschema.bluez._errors import CallFailed

Release: TypeAlias = tuple[int, int]
"""``(5, 82)``."""

PROTECTED_SUBSCRIPTIONS: Release = (5, 62)
"""``encrypt-notify`` and its likes; an older bluetoothd refuses the whole application."""
APPLICATION_CODES: Release = (5, 66)
"""The number in the text of ``Failed``; before, 0x80 is all there is."""
IMPROPERLY_CONFIGURED: Release = (5, 76)
SOCKET_PER_PHONE: Release = (5, 69)
"""Before, one socket serves all phones."""
SOCKET_FOR_ONE_PHONE: Release = (5, 76)
"""Before, what is sent through any phone's socket goes to all of them."""
SOCKET_CONFIRMATIONS: Release = (5, 80)
"""From here on a phone's socket tells of its confirmations; from 5.76 on till then nothing does."""

_ASKED_WITHIN = 5.0
_PROGRAM = re.compile(r".*/bluetoothd")


def written(release: Release) -> str:
    """``5.82``."""
    return ".".join(map(str, release))


async def running_release(bus: MessageBus) -> Release | None:
    """Give the release of the bluetoothd on the bus; ``None`` if it cannot be told."""
    with contextlib.suppress(CallFailed, OSError, TimeoutError, ValueError):
        arguments = ("/org/freedesktop/DBus", DAEMON, "GetConnectionUnixProcessID", "s", BLUEZ)
        process = int(await call(bus, *arguments, destination=DAEMON))
        program = _program(process)
        if _is_bluetoothd(program):
            async with asyncio.timeout(_ASKED_WITHIN):
                return await _version(program)
    return None


def _program(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0].decode()


def _is_bluetoothd(program: str) -> bool:
    """Only root's own program is run: whoever can take the name on the bus could also say anything here."""
    return bool(_PROGRAM.fullmatch(program)) and Path(program).stat().st_uid == 0


async def _version(program: str) -> Release | None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(program, "--version", stdout=pipe, stderr=asyncio.subprocess.DEVNULL)
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:  # its time is up
            process.kill()
            await process.wait()
    major, minor = output.decode().strip().split(".")[:2]
    return int(major), int(minor)
