"""The catalogue as tests walk it: every characteristic with a format, every kind within."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Any

import attrs

from gattschema import sig
from gattschema.values import Kind, codec
from gattschema.values._array import Array
from gattschema.values._choice import Check, Choice
from gattschema.values._record import Record
from gattschema.values._scaled import Number
from gattschema.values._union import Union


def formats() -> dict[int, Any]:
    """UUID number -> type, of every characteristic that has a format."""
    return {
        number: sig.characteristic(number)
        for number, status in sig.status().items()
        if status != "name-only" and number not in (0x2A18, 0x2A35, 0x2A36, 0x2A9C, 0x2A9D, 0x2B34, 0x2B35)
    }


def kinds_by_number() -> dict[int, Kind]:
    """UUID number -> kind of every characteristic that has a format."""
    return {number: codec(hint).kind for number, hint in formats().items()}


def kinds() -> dict[str, Kind]:
    """Name -> kind of every characteristic that has a format."""
    return {sig.name(number): kind for number, kind in kinds_by_number().items()}


def scalars() -> dict[str, Kind]:
    """A name -> each kind of a single value that occurs anywhere in the catalogue, once."""
    found: dict[Kind, tuple[str, Kind]] = {}
    for name, kind in kinds().items():
        for path, part in _parts(name, kind):
            found.setdefault(_unitless(part), (path, part))
    return dict(found.values())


def _unitless(kind: Kind) -> Kind:
    """The kind without a unit that octets have nothing to do with; a duration's says how long a step is."""
    return attrs.evolve(kind, unit=None) if isinstance(kind, Number) and kind.base in (int, float) else kind


def structs() -> dict[str, Kind]:
    """Name -> kind of every characteristic that is more than a single value."""
    return {name: kind for name, kind in kinds().items() if within(kind)}


def _parts(path: str, kind: Kind) -> Iterator[tuple[str, Kind]]:
    inner = list(within(kind))
    if not inner:
        yield path, kind
    for name, part in inner:
        yield from _parts(f"{path}, {name}" if name else path, part)


def within(kind: Kind) -> list[tuple[str, Kind]]:
    """The kinds that *kind* is made of, each with the name of its field."""
    if isinstance(kind, Record):
        return [(field.name, field.kind) for field in kind.fields if not isinstance(field.kind, Check)]
    if isinstance(kind, Array):
        return [("", kind.element)]
    if isinstance(kind, Choice):
        return [("", part) for part in kind.kinds]
    if isinstance(kind, Union):
        return [(member.label, member) for member in kind.members]
    return []


def all_within(kind: Kind) -> Iterator[Kind]:
    """Give *kind* and, however deep, the kinds that it is made of; a number's carrier is one of them."""
    yield kind
    if isinstance(kind, Number):
        yield kind.carrier
    for _, part in within(kind):
        yield from all_within(part)


def holds(kind: Kind, wanted: type[Kind] | UnionType) -> bool:
    """Whether a kind of the wanted sort is among them."""
    return any(isinstance(part, wanted) for part in all_within(kind))
