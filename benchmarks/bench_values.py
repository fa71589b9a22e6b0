"""Values to octets and back, beside ``struct.Struct`` on the same attributes, and beside other libraries."""

from __future__ import annotations

import enum
import importlib
import struct
from collections.abc import Callable
from typing import Annotated, Any

import attrs
import pytest

import gattschema
from gattschema import Float32, MedFloat16, UInt8, UInt16, UInt24, Utf8
from gattschema.sig import (
    CrankRevolutions,
    CyclingPowerMeasurement,
    CyclingPowerWheelRevolutions,
    HeartRateMeasurement,
    Humidity,
)
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
    target_back: float | None = None
    """For decoding."""


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


def _heart_rate() -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    narrow, wide, energy = struct.Struct("<BB"), struct.Struct("<BH"), struct.Struct("<H")

    def pack(v: Any) -> bytes:
        flags = v.sensor_contact_detected << 1 | v.sensor_contact_supported << 2
        flags |= (v.energy_expended is not None) << 3 | bool(v.rr_intervals) << 4
        rate = v.heart_rate
        octets = wide.pack(flags | 1, rate) if rate > 255 else narrow.pack(flags, rate)
        if v.energy_expended is not None:
            octets += energy.pack(round(v.energy_expended / 1000))
        return octets + b"".join([energy.pack(round(interval * 1024)) for interval in v.rr_intervals])

    def unpack(octets: bytes) -> Any:
        flags = octets[0]
        rate, at = (wide.unpack_from(octets)[1], 3) if flags & 1 else (octets[1], 2)
        spent = None
        if flags & 8:
            spent, at = energy.unpack_from(octets, at)[0] * 1000, at + 2
        gaps = struct.unpack_from(f"<{(len(octets) - at) // 2}H", octets, at) if flags & 16 else ()
        return HeartRateMeasurement(
            heart_rate=rate,
            sensor_contact_detected=bool(flags & 2),
            sensor_contact_supported=bool(flags & 4),
            energy_expended=spent,
            rr_intervals=tuple([gap / 1024 for gap in gaps]),
        )

    return pack, unpack


def _cycling_power() -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    """Power, wheel and crank; a hand that writes this leaves out what its sensor does not measure."""
    head, wheel, crank = struct.Struct("<Hh"), struct.Struct("<IH"), struct.Struct("<HH")

    def pack(v: Any) -> bytes:
        flags = (v.wheel_revolution_data is not None) << 4 | (v.crank_revolution_data is not None) << 5
        octets = head.pack(flags, v.instantaneous_power)
        if v.wheel_revolution_data is not None:
            data = v.wheel_revolution_data
            octets += wheel.pack(data.cumulative_wheel_revolutions, round(data.last_wheel_event_time * 2048))
        if v.crank_revolution_data is not None:
            data = v.crank_revolution_data
            octets += crank.pack(data.cumulative_crank_revolutions, round(data.last_crank_event_time * 1024))
        return octets

    def unpack(octets: bytes) -> Any:
        flags, power = head.unpack_from(octets)
        at, wheels, cranks = 4, None, None
        if flags & 16:
            revolutions, event = wheel.unpack_from(octets, at)
            wheels = CyclingPowerWheelRevolutions(
                cumulative_wheel_revolutions=revolutions, last_wheel_event_time=event / 2048
            )
            at += 6
        if flags & 32:
            revolutions, event = crank.unpack_from(octets, at)
            cranks = CrankRevolutions(cumulative_crank_revolutions=revolutions, last_crank_event_time=event / 1024)
        return CyclingPowerMeasurement(
            instantaneous_power=power, wheel_revolution_data=wheels, crank_revolution_data=cranks
        )

    return pack, unpack


def _sfloat() -> tuple[Callable[[float], bytes], Callable[[bytes], float]]:
    """For numbers: a hand that writes this forgets NaN and its like."""
    word = struct.Struct("<H")

    def pack(v: float) -> bytes:
        exponent = 0
        while v != int(v) and exponent > -8:
            v, exponent = v * 10, exponent - 1
        return word.pack((exponent & 15) << 12 | int(v) & 0xFFF)

    def unpack(octets: bytes) -> float:
        (raw,) = word.unpack(octets)
        mantissa, exponent = raw & 0xFFF, raw >> 12
        mantissa -= (mantissa & 0x800) << 1
        return mantissa / 10 ** (16 - exponent) if exponent > 7 else float(mantissa * 10**exponent)

    return pack, unpack


def _humidity() -> tuple[Callable[[float], bytes], Callable[[bytes], float]]:
    made = struct.Struct("<H")
    pack_slots, unpack_slots = made.pack, made.unpack

    def pack(v: float) -> bytes:
        return pack_slots(round(v * 100))

    def unpack(octets: bytes) -> float:
        (value,) = unpack_slots(octets)
        return value / 100

    return pack, unpack


HEART_RATE = HeartRateMeasurement(heart_rate=72, energy_expended=100000, rr_intervals=(851 / 1024, 819 / 1024))
CYCLING_POWER = CyclingPowerMeasurement(
    instantaneous_power=210,
    wheel_revolution_data=CyclingPowerWheelRevolutions(cumulative_wheel_revolutions=1000, last_wheel_event_time=1.0),
    crank_revolution_data=CrankRevolutions(cumulative_crank_revolutions=50, last_crank_event_time=1.0),
)
CATALOGUE = [
    Shape("Heart Rate", HeartRateMeasurement, HEART_RATE, *_heart_rate()),
    Shape("Cycling Power", CyclingPowerMeasurement, CYCLING_POWER, *_cycling_power()),
    Shape(
        "struct B,H,H,H",
        Four,
        Four(kind=1, one=1000, two=2000, three=40000),
        *_four(),
        target=1.5,
        target_back=2,
    ),
    Shape("SFLOAT", MedFloat16, 36.4, *_sfloat()),
    Shape("scaled u16", Humidity, 50.37, *_humidity(), target=2, target_back=2),
]
"""Those that other libraries have, too."""
SHAPES = [
    *CATALOGUE,
    Shape("u8", UInt8, 200, *_scalar("<B")),
    Shape("u16", UInt16, 40000, *_scalar("<H")),
    Shape("u24", UInt24, 0x123456, *_u24()),
    Shape("float32", Float32, 21.5, *_scalar("<f")),
    Shape("IntEnum", Mode, Mode.HEAT, *_mode()),
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
        target=at_most(shape.target_back) if shape.target_back and way == "unpack" else None,
    )


@pytest.mark.parametrize("way", ["encode", "decode"])
@pytest.mark.parametrize("peer", ["construct", "dataclasses-struct", "bluetooth-sig"])
@pytest.mark.parametrize("shape", CATALOGUE, ids=lambda shape: shape.name)
def test_libraries(compare: Callable[..., None], shape: Shape, peer: str, way: str) -> None:
    module = peer.replace("-", "_")
    pytest.importorskip(module, reason=f"{peer} is not installed: pip install {peer}")
    codings = importlib.import_module(f".peers.values_{module}", __package__).CODINGS
    if shape.name not in codings:
        pytest.skip(f"{peer} has nothing of the kind")
    pack, value, unpack = codings[shape.name]
    octets = shape.pack(shape.value)
    assert bytes(pack(value)) == octets
    ours, theirs = {
        "encode": ((codec(shape.hint).encode, shape.value), (pack, value)),
        "decode": ((codec(shape.hint).decode, octets), (unpack, bytearray(octets))),
    }[way]
    compare(
        loop("code(thing)", TURNS, code=ours[0], thing=ours[1]),
        loop("code(thing)", TURNS, code=theirs[0], thing=theirs[1]),
        figure=f"{way} {shape.name}",
        peer_name=peer,
        count=operations(TURNS),
        target=at_most(1),
    )
