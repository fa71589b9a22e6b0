"""Notifications and commands over sockets: for each phone its own, the bus for whoever would be left out."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import pytest

from gattschema import (
    AttError,
    EncodeError,
    Indicate,
    Notify,
    Octets,
    Peripheral,
    QueueFull,
    ReadNotify,
    Request,
    Service,
    UInt8,
    UInt32,
    Write,
    WriteWithoutResponse,
    characteristic,
    drain,
)
from gattschema.bluez import Release
from gattschema.bluez._outbox import QUEUE, WINDOW
from gattschema.bluez._sockets import AT_ONCE
from gattschema.schema import pushes
from tests.fake_bluez import ANN, BEN, CHARACTERISTIC, PATIENCE, FakeBlueZ, FakeSocket, Refusal, device_path

Runs = Callable[[Release | None], None]

NOT_SUPPORTED = Refusal("org.bluez.Error.NotSupported", "not over sockets")
EITHER = pytest.mark.parametrize("name", ["latest", "every"])
"""A field with each of the policies."""


class Meter(Service, uuid="f200d000-0000-4000-8000-000000000001"):
    latest: ReadNotify[UInt32] = characteristic(default=0, transport="socket")
    every: ReadNotify[UInt32] = characteristic(default=0, transport="socket", policy="every")
    text: Notify[Annotated[bytes, Octets(max=20)]] = characteristic(default=b"", transport="socket")
    alarm: Indicate[Annotated[bytes, Octets(max=20)]] = characteristic(default=b"", transport="socket")
    other: ReadNotify[UInt32] = characteristic(default=0)


@pytest.fixture(autouse=True)
def modern(runs: Runs) -> None:
    """BlueZ 5.82, where a test says nothing else."""
    runs((5, 82))


async def ear(bluez: FakeBlueZ, path: str, device: str = ANN) -> FakeSocket:
    """The socket by which a phone that has subscribed hears."""
    acquired = await bluez.subscribe(path, device)
    assert isinstance(acquired, FakeSocket)
    return acquired


def numbers(values: list[bytes]) -> list[int]:
    return [int.from_bytes(octets, "little") for octets in values]


def path_of(bluez: FakeBlueZ, name: str) -> str:
    return bluez.path(getattr(Meter, name).uuid)


def assign(meter: Meter, name: str, values: range) -> None:
    for value in values:
        setattr(meter, name, value)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- who hears what by which way ---------------------------------------------------------------------------------


@EITHER
async def test_each_phone_hears_by_its_own_socket(bluez: FakeBlueZ, name: str) -> None:
    """From BlueZ 5.76 on every value goes through every socket, and not over the bus."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, name)
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        assign(meter, name, range(1, 4))
        await bluez.settled()
        assert numbers(ann.values) == numbers(ben.values) == [1, 2, 3]
        assert bluez.heard == []


async def test_subscribing_later(bluez: FakeBlueZ) -> None:
    """A phone hears what is assigned from then on."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        meter.latest = 1
        ann = await ear(bluez, path, ANN)
        meter.latest = 2
        ben = await ear(bluez, path, BEN)
        meter.latest = 3
        await bluez.settled()
        assert (numbers(ann.values), numbers(ben.values)) == ([2, 3], [3])


async def test_one_socket_for_all(bluez: FakeBlueZ, runs: Runs) -> None:
    """BlueZ before 5.69 acquires once, whoever subscribes then: each value goes through it once."""
    runs((5, 66))
    meter = Meter()
    async with Peripheral(meter):
        shared = await ear(bluez, path_of(bluez, "latest"))
        assign(meter, "latest", range(1, 4))
        await bluez.settled()
        assert numbers(shared.values) == [1, 2, 3]
        assert bluez.heard == []


@pytest.mark.parametrize("release", [(5, 69), (5, 75)])
async def test_sockets_whose_packets_go_to_all(bluez: FakeBlueZ, runs: Runs, release: Release) -> None:
    """From 5.69 to 5.75 each phone has a socket, but a packet in any of them reaches all: it is sent once."""
    runs(release)
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        meter.latest = 1
        await bluez.settled()
        assert (numbers(ann.values), numbers(ben.values)) == ([1], [])
        ann.close()
        await bluez.settled()
        meter.latest = 2
        await bluez.settled()
        assert numbers(ben.values) == [2]
        assert bluez.heard == []


async def test_an_unknown_release(bluez: FakeBlueZ, runs: Runs) -> None:
    """Where nobody knows what a socket reaches it is refused, and bluetoothd subscribes on the bus."""
    runs(None)
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        assert await bluez.acquire_notify(path) == NOT_SUPPORTED
        assert await bluez.subscribe(path) is None
        meter.latest = 7
        await bluez.settled()
        assert bluez.heard == [(path, b"\x07\x00\x00\x00")]


async def test_what_is_offered(bluez: FakeBlueZ) -> None:
    """``NotifyAcquired`` stands where the field says ``transport="socket"``; the others refuse."""
    async with Peripheral(Meter()):
        offered = {name: "NotifyAcquired" in bluez.objects[path_of(bluez, name)][CHARACTERISTIC] for name in NAMES}
        assert offered == {name: name != "other" for name in NAMES}
        assert await bluez.acquire_notify(path_of(bluez, "other")) == NOT_SUPPORTED


NAMES = ("latest", "every", "text", "alarm", "other")


async def test_the_socket_is_as_bluez_wants_it(bluez: FakeBlueZ) -> None:
    """Packets with their bounds, no end that blocks, and the MTU that BlueZ has told."""
    async with Peripheral(Meter()):
        acquired = await bluez.acquire_notify(path_of(bluez, "latest"), mtu=517)
        assert isinstance(acquired, FakeSocket)
        assert acquired.mtu == 517
        assert acquired.sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_SEQPACKET
        assert not os.get_blocking(acquired.sock.fileno())


async def test_fields_have_sockets_of_their_own(bluez: FakeBlueZ) -> None:
    """What one field tells is not heard through the socket of another."""
    meter = Meter()
    async with Peripheral(meter):
        latest, every = [await ear(bluez, path_of(bluez, name)) for name in ("latest", "every")]
        meter.latest, meter.every = 1, 2
        await bluez.settled()
        assert (numbers(latest.values), numbers(every.values)) == ([1], [2])


async def test_an_empty_value_goes_over_the_bus(bluez: FakeBlueZ) -> None:
    """An empty packet would be the end to bluetoothd; those before and behind it go through the socket."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "text")
        ann = await ear(bluez, path)
        for text in (b"a", b"", b"c"):
            meter.text = text
        await bluez.settled()
        assert ann.values == [b"a", b"c"]
        assert bluez.heard == [(path, b"")]


# --- phones come and go ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", [(5, 66), (5, 82)])
async def test_after_the_last_phone_nothing_is_sent(bluez: FakeBlueZ, runs: Runs, release: Release) -> None:
    """A phone that hangs up has its socket closed; then values are just kept."""
    runs(release)
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "latest"))
        bluez.tell_device(ANN, connected=False)
        ann.close()
        await bluez.settled()
        assert pushes(meter) == []
        meter.latest = 1
        await bluez.settled()
        assert bluez.heard == []
        assert Meter.latest.of(meter).subscribers == 0


async def test_a_stranded_phone_hears_over_the_bus(bluez: FakeBlueZ) -> None:
    """A phone that is connected and has lost its socket (bluez#1452) misses nothing; nobody hears a value twice."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        meter.latest = 1
        ann.close()
        await bluez.settled()
        meter.latest = 2
        await bluez.settled()
        assert bluez.heard == [(path, b"\x02\x00\x00\x00")]
        assert numbers(ben.values) == [1]


async def test_a_stranded_phone_gets_a_socket_again(bluez: FakeBlueZ) -> None:
    """Then all is as it was."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.close()
        await bluez.settled()
        ann = await ear(bluez, path, ANN)
        meter.latest = 3
        await bluez.settled()
        assert numbers(ann.values) == numbers(ben.values) == [3]
        assert bluez.heard == []


@pytest.mark.parametrize("how", ["disconnected", "forgotten"])
async def test_a_stranded_phone_that_leaves(bluez: FakeBlueZ, how: str) -> None:
    """Without a bond it does not come back: the others hear by their sockets again."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.close()
        await bluez.settled()
        assert Meter.latest.of(meter).subscribers == 2
        bluez.tell_device(ANN, connected=False) if how == "disconnected" else bluez.forget_device(ANN)
        await bluez.settled()
        assert Meter.latest.of(meter).subscribers == 1
        meter.latest = 4
        await bluez.settled()
        assert numbers(ben.values) == [4]
        assert bluez.heard == []


async def test_a_bonded_phone_that_is_away(bluez: FakeBlueZ) -> None:
    """BlueZ keeps its subscription and gives it no new socket when it returns: the bus waits until it is forgotten."""
    bluez.devices[ANN].bonded = True
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        bluez.tell_device(ANN, connected=False, bonded=True)
        ann.close()
        await bluez.settled()
        meter.latest = 5
        bluez.tell_device(ANN, connected=True, bonded=True)
        await bluez.settled()
        meter.latest = 6
        await bluez.settled()
        assert bluez.values == [b"\x05\x00\x00\x00", b"\x06\x00\x00\x00"]
        bluez.forget_device(ANN)
        await bluez.settled()
        meter.latest = 7
        await bluez.settled()
        assert numbers(ben.values) == [7]
        assert len(bluez.heard) == 2


async def test_a_second_socket_for_the_same_phone(bluez: FakeBlueZ) -> None:
    """It takes the place of the first, which is closed; the phone is one subscriber, and hears once."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        old = await ear(bluez, path)
        new = await ear(bluez, path)
        await bluez.until(lambda: old.is_over)
        meter.latest = 8
        await bluez.settled()
        assert (old.values, numbers(new.values)) == ([], [8])
        assert Meter.latest.of(meter).subscribers == 1
        assert bluez.heard == []


async def test_leaving_closes_the_sockets(bluez: FakeBlueZ) -> None:
    """bluetoothd sees the end of each, after what was sent."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "latest"))
        meter.latest = 1
    await bluez.until(lambda: ann.is_over)
    assert numbers(ann.values) == [1]


async def test_a_subscription_by_socket_and_one_on_the_bus(bluez: FakeBlueZ) -> None:
    """BlueZ may call ``StartNotify`` of the same characteristic: StopNotify ends the one and not the other."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann = await ear(bluez, path)
        await bluez.start_notify(path)
        await bluez.stop_notify(path)
        meter.latest = 9
        await bluez.settled()
        assert numbers(ann.values) == [9]
