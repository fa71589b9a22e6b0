"""Values to octets and back, beside ``struct.Struct`` on the same attributes."""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable
from typing import Annotated, Any

import attrs
import pytest

import gattschema
from gattschema import Float32, UInt8, UInt16, UInt24, Utf8
from gattschema.values import codec

from .loops import loop, operations
from .ratios import at_most

TURNS = range(50)


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@gattschema.struct
class Four:
    kind: UInt8
    one: UInt16
    two: UInt16
    three: UInt16


@gattschema.struct
class Labelled:
    kind: UInt8
    start: UInt16
    label: Annotated[str, Utf8(max=12)]


@gattschema.struct
class Point:
    x: UInt16
    y: UInt16


@gattschema.struct
class Line:
    begin: Point
    end: Point


@attrs.frozen
class Shape:
    """A type, a value of it, and how one codes it by hand."""

    name: str
    hint: Any
    value: Any
    pack: Callable[[Any], bytes]
    unpack: Callable[[bytes], Any]
    target: float | None = None
    """For encoding."""


def _scalar(layout: str) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    made = struct.Struct(layout)
    unpack_slots = made.unpack

    def unpack(octets: bytes) -> Any:
        (value,) = unpack_slots(octets)
        return value

    return made.pack, unpack


def _u24() -> tuple[Callable[[int], bytes], Callable[[bytes], int]]:
    made = struct.Struct("<HB")
    pack_slots, unpack_slots = made.pack, made.unpack

    def pack(v: int) -> bytes:
        return pack_slots(v & 0xFFFF, v >> 16)

    def unpack(octets: bytes) -> int:
        low, high = unpack_slots(octets)
        return low | high << 16

    return pack, unpack


def _mode() -> tuple[Callable[[Mode], bytes], Callable[[bytes], Mode]]:
    made = struct.Struct("<B")
    unpack_slots = made.unpack

    def unpack(octets: bytes) -> Mode:
        (value,) = unpack_slots(octets)
        return Mode(value)

    return made.pack, unpack


def _four() -> tuple[Callable[[Four], bytes], Callable[[bytes], Four]]:
    made = struct.Struct("<BHHH")
    pack_slots, unpack_slots = made.pack, made.unpack

    def pack(v: Four) -> bytes:
        return pack_slots(v.kind, v.one, v.two, v.three)

    def unpack(octets: bytes) -> Four:
        kind, one, two, three = unpack_slots(octets)
        return Four(kind=kind, one=one, two=two, three=three)

    return pack, unpack


def _labelled() -> tuple[Callable[[Labelled], bytes], Callable[[bytes], Labelled]]:
    made = struct.Struct("<BH")
    pack_slots, unpack_slots = made.pack, made.unpack_from

    def pack(v: Labelled) -> bytes:
        return pack_slots(v.kind, v.start) + v.label.encode()

    def unpack(octets: bytes) -> Labelled:
        kind, start = unpack_slots(octets)
        return Labelled(kind=kind, start=start, label=octets[3:].decode())

    return pack, unpack


def _line() -> tuple[Callable[[Line], bytes], Callable[[bytes], Line]]:
    made = struct.Struct("<HHHH")
    pack_slots, unpack_slots = made.pack, made.unpack

    def pack(v: Line) -> bytes:
        return pack_slots(v.begin.x, v.begin.y, v.end.x, v.end.y)

    def unpack(octets: bytes) -> Line:
        a, b, c, d = unpack_slots(octets)
        return Line(begin=Point(x=a, y=b), end=Point(x=c, y=d))

    return pack, unpack


SHAPES = [
    Shape("u8", UInt8, 200, *_scalar("<B")),
    Shape("u16", UInt16, 40000, *_scalar("<H")),
    Shape("u24", UInt24, 0x123456, *_u24()),
    Shape("float32", Float32, 21.5, *_scalar("<f")),
    Shape("IntEnum", Mode, Mode.HEAT, *_mode()),
    Shape("struct B,H,H,H", Four, Four(kind=1, one=1000, two=2000, three=40000), *_four(), target=1.5),
    Shape("struct B,H,text", Labelled, Labelled(kind=1, start=1000, label="morning"), *_labelled()),
    Shape("nested struct", Line, Line(begin=Point(x=1, y=1000), end=Point(x=2000, y=40000)), *_line()),
]


@pytest.mark.parametrize("way", ["pack", "encode"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_encoding(compare: Callable[..., None], shape: Shape, way: str) -> None:
    ours = getattr(codec(shape.hint), way)
    assert ours(shape.value) == shape.pack(shape.value)
    compare(
        loop("pack(thing)", TURNS, pack=ours, thing=shape.value),
        loop("pack(thing)", TURNS, pack=shape.pack, thing=shape.value),
        figure=f"{way} {shape.name}",
        peer_name="Struct by hand",
        count=operations(TURNS),
        target=at_most(shape.target) if shape.target and way == "pack" else None,
    )


@pytest.mark.parametrize("way", ["unpack", "decode"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_decoding(compare: Callable[..., None], shape: Shape, way: str) -> None:
    ours, octets = getattr(codec(shape.hint), way), shape.pack(shape.value)
    assert ours(octets) == shape.unpack(octets) == shape.value
    compare(
        loop("unpack(octets)", TURNS, unpack=ours, octets=octets),
        loop("unpack(octets)", TURNS, unpack=shape.unpack, octets=octets),
        figure=f"{way} {shape.name}",
        peer_name="Struct by hand",
        count=operations(TURNS),
    )
