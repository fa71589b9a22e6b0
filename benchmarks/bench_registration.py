"""From instances to a registered application: built, exported, its objects fetched by the other side."""

from __future__ import annotations

import types
import uuid
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from gattschema import ReadWrite, ReadWriteNotify, Service, UInt16, characteristic
from gattschema.bluez import Application

from . import handwritten
from .bus import ADAPTER, Bench, surroundings
from .ratios import at_most

EACH = 10
"""Characteristics of a service."""


def declare(number: int, **options: Any) -> type[Service]:
    """Run a class statement with ten fields."""

    def body(namespace: dict[str, Any]) -> None:
        namespace["__annotations__"] = {f"field{index}": ReadWriteNotify[UInt16] for index in range(EACH)}
        namespace.update({f"field{index}": characteristic(default=0, **options) for index in range(EACH)})

    return types.new_class(f"Service{number}", (Service,), {"uuid": uuid.UUID(int=(number << 96) + 1)}, body)


def declare_attrs(number: int) -> type:
    """Run a class statement of attrs with as many fields."""

    def body(namespace: dict[str, Any]) -> None:
        namespace["__annotations__"] = {f"field{index}": int for index in range(EACH)}
        namespace.update({f"field{index}": 0 for index in range(EACH)})

    return attrs.define(types.new_class(f"Plain{number}", (), {}, body))


@pytest.mark.parametrize(("total", "bound"), [(100, 0.25), (1000, None)])
def test_registration(bench: Bench, compare: Callable[..., None], total: int, bound: float | None) -> None:
    classes = [declare(number) for number in range(total // EACH)]
    line, hand = bench.connect(), bench.connect()
    applications: list[Application] = []
    paths: list[str] = []

    around = bench.run(surroundings(line))

    async def ours() -> None:
        services = [cls() for cls in classes]
        applications.append(Application(around, services))
        await applications[-1].register(ADAPTER)

    async def peer() -> None:
        paths.extend(await handwritten.export(hand, total // EACH, EACH))
        await handwritten.register(hand)

    async def take_back() -> None:
        """Undo the round before, having made sure that it came to something."""
        if applications or paths:
            report = await line.ask("Report")
            assert report.registered == total
        for application in applications:
            await application.unregister(ADAPTER)
        await handwritten.take_back(hand, paths)
        applications.clear()
        paths.clear()

    compare(
        lambda: bench.run(ours()),
        lambda: bench.run(peer()),
        figure=f"register {total} characteristics",
        peer_name="ServiceInterfaces",
        rounds=40 if total == 100 else 10,
        target=at_most(bound) if bound else None,
        ready=lambda: bench.run(take_back()),
    )
    bench.run(take_back())


def test_compilation(compare: Callable[..., None]) -> None:
    made: list[type[Service]] = []

    def ours() -> None:
        made[:] = [declare(number) for number in range(10)]

    compare(
        ours,
        lambda: [declare_attrs(number) for number in range(10)],
        figure="compile 10 classes of 10 fields",
        peer_name="attrs.define",
    )
    assert isinstance(made[0].field9, ReadWrite)
