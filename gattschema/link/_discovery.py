"""Looking for devices: what is sought, and those found one by one."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Literal, TypeAlias, cast, get_args
from uuid import UUID

import attrs

from gattschema._errors import PeripheralError
from gattschema.link._device import Device
from gattschema.link._remote import AdapterRemote, Typed
from gattschema.schema import Service, UuidLike, parse_uuid, plan
from gattschema.values import Fault

logger = logging.getLogger("gattschema.link")

Transport: TypeAlias = Literal["le", "bredr", "auto"]
Target: TypeAlias = UuidLike | type[Service]

_WEAKEST, _STRONGEST = -127, 20
"""dBm (``parse_rssi`` in ``src/adapter.c``)."""
_MOST_LOST = 137
"""dB (``PATHLOSS_MAX``)."""
_ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){1,5}[0-9A-Fa-f]{0,2}")
"""How one begins that is no name, and which BlueZ compares in capitals."""


@attrs.frozen
class Sought:
    """What BlueZ is asked to look for, and checked again here, since it adds up what all programs look for."""

    transport: Transport
    services: tuple[UUID, ...]
    rssi: int | None
    pathloss: int | None
    pattern: str | None

    def filter(self) -> dict[str, Typed]:
        """Give what ``SetDiscoveryFilter`` takes."""
        parts = {
            "Transport": Typed("s", self.transport),
            "UUIDs": Typed("as", [str(uuid) for uuid in self.services]) if self.services else None,
            "RSSI": Typed("n", self.rssi) if self.rssi is not None else None,
            "Pathloss": Typed("q", self.pathloss) if self.pathloss is not None else None,
            "Pattern": Typed("s", self.pattern) if self.pattern else None,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def matches(self, device: Device) -> bool:
        """Whether a device is one of those, and is being heard."""
        if device.rssi is None or (self.services and not set(self.services) & set(device.uuids)):
            return False
        return self._is_near(device.rssi, device.tx_power) and self._is_called(device)

    def _is_near(self, rssi: int, tx_power: int | None) -> bool:
        if self.rssi is not None:
            return rssi >= self.rssi
        return self.pathloss is None or (tx_power is not None and tx_power - rssi <= self.pathloss)

    def _is_called(self, device: Device) -> bool:
        pattern = self.pattern or ""
        return device.address.startswith(pattern) or (device.name or "").startswith(pattern)


def sought(
    services: Sequence[Target], rssi: int | None, pathloss: int | None, transport: Transport, pattern: str | None
) -> Sought:
    """Check what is sought.

    Raises:
        TypeError: a value is of another type.
        ValueError: a value is out of range.
    """
    if transport not in get_args(Transport):
        msg = f'transport={transport!r} is none of "le", "bredr", "auto"'
        raise ValueError(msg)
    if rssi is not None and pathloss is not None:
        raise ValueError("BlueZ takes rssi= or pathloss=, not both")
    _check_within("rssi", rssi, _WEAKEST, _STRONGEST, "dBm")
    _check_within("pathloss", pathloss, 0, _MOST_LOST, "dB")
    _check_text("pattern", pattern)
    if pattern and _ADDRESS.fullmatch(pattern):
        pattern = pattern.upper()
    return Sought(transport, _uuids(services), rssi, pathloss, pattern)


def check_seconds(seconds: object) -> None:
    """Check how long devices are looked for.

    Raises:
        TypeError: it is no number.
        ValueError: it is not above 0, or has no end.
    """
    if seconds is None:
        return
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        msg = f"seconds={seconds!r} is no number of seconds; write seconds=10, or leave it out for no limit"
        raise TypeError(msg)
    if not 0 < seconds < math.inf:
        msg = f"seconds={seconds!r} is no time to look for devices; write seconds=10, or leave it out for no limit"
        raise ValueError(msg)


def _check_text(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        msg = f"{name}={value!r} is no text"
        raise TypeError(msg)


def _check_within(name: str, value: object, least: int, most: int, unit: str) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        msg = f"{name}={value!r} is no whole number of {unit}"
        raise TypeError(msg)
    if not least <= value <= most:
        msg = f"{name}={value!r} is not within {least} … {most} {unit}"
        raise ValueError(msg)


def _uuids(services: object) -> tuple[UUID, ...]:
    if not isinstance(services, list | tuple):
        msg = f"services={services!r:.60} is no list; write services=[…]"
        raise TypeError(msg)
    return tuple(map(_uuid, cast("Sequence[object]", services)))


def _uuid(one: object) -> UUID:
    if isinstance(one, type) and issubclass(one, Service):
        return plan(one).uuid
    try:
        return parse_uuid(one)  # type: ignore[arg-type]
    except Fault:
        msg = f'services= has {one!r:.60}, which is no UUID; write services=["180F"], or a class: services=[Battery]'
        raise ValueError(msg) from None


@attrs.define(eq=False)
class _Finds:
    """The devices that were found and not yet handed out."""

    asked: Sought
    deadline: float | None
    """By the event loop's clock."""
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    news: asyncio.Event = attrs.field(factory=asyncio.Event)
    found: set[str] = attrs.field(factory=set[str])
    """The paths of all of them, until BlueZ forgets the device."""
    waiting: dict[str, Device] = attrs.field(factory=dict[str, Device])
    end: PeripheralError | None = None

    def changed(self, device: Device) -> None:
        """Take a device that is being heard, unless it was taken before."""
        in_time = self.deadline is None or self.loop.time() < self.deadline
        if in_time and device.path not in self.found and self.asked.matches(device):
            self.found.add(device.path)
            self.waiting[device.path] = device
            self.news.set()

    def removed(self, device: Device) -> None:
        """Forget a device that BlueZ has forgotten: it would be a new one."""
        self.found.discard(device.path)
        self.waiting.pop(device.path, None)

    def ended(self, why: PeripheralError) -> None:
        """Hand out nothing more."""
        self.end = why
        self.news.set()

    async def next(self) -> Device | None:
        """Give the next one, or ``None`` when the time is over.

        Raises:
            PeripheralError: the adapter or BlueZ is gone.
        """
        while not self.waiting:
            if self.end is not None:
                raise self.end
            self.news.clear()
            try:
                async with asyncio.timeout_at(self.deadline):
                    await self.news.wait()
            except TimeoutError:
                return None
        return self.waiting.pop(next(iter(self.waiting)))


async def discover(remote: AdapterRemote, asked: Sought, seconds: float | None) -> AsyncGenerator[Device, None]:
    """Find devices; see :meth:`Adapter.discover`."""
    finds = _Finds(asked, None if seconds is None else asyncio.get_running_loop().time() + seconds)
    silence = remote.listen(finds)
    try:
        await remote.call("SetDiscoveryFilter", "a{sv}", asked.filter())
        try:
            await remote.call("StartDiscovery")
            for device in remote.devices:
                finds.changed(device)
            while (found := await finds.next()) is not None:
                yield found
        finally:
            await _stop(remote)
    finally:
        silence()


async def _stop(remote: AdapterRemote) -> None:
    """End the discovery; where it is over already, there is nothing to end."""
    try:
        await remote.call("StopDiscovery")
    except PeripheralError as error:
        logger.debug("the discovery is over already: %s", error.finding)
