"""What the octets of a value mean: the byte table, the members of enumerations, a worked example."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import attrs

from gattschema.docs._text import code, hexed, plain, table
from gattschema.schema import CharacteristicPlan
from gattschema.values import Kind, Leaf
from gattschema.values._kinds import Enumeration, Record

_LONGEST_LIST = 60
_WIDEST_PADDING = 32


def span(kind: Kind) -> str:
    """The size without its unit: ``2``, ``0 … 12``."""
    return f"{kind.least}" if kind.least == kind.most else f"{kind.least} … {kind.most}"


def octets(field: CharacteristicPlan) -> Iterator[str]:
    """Write all that is to say of a characteristic's octets."""
    kind = field.codec.kind
    yield f"**Value**: {kind.octets} ({plain(kind.label)})"
    if isinstance(kind, Record):
        yield _documentation(kind.type)
    yield table(("Offset", "Octets", "Field", "Type", "Allowed values"), (_row(field, leaf) for leaf in kind.leaves()))
    for enumeration in dict.fromkeys(leaf.kind for leaf in kind.leaves() if isinstance(leaf.kind, Enumeration)):
        yield from _members(enumeration)
    yield from _example(field)


def _row(field: CharacteristicPlan, leaf: Leaf) -> tuple[str, ...]:
    kind = leaf.kind
    return str(leaf.offset), span(kind), code(leaf.path or field.name), plain(kind.label), _allowed(kind)


def _allowed(kind: Kind) -> str:
    if isinstance(kind, Enumeration) and len(kind.allowed) > _LONGEST_LIST:
        return f"{len(kind.type)} members of {plain(kind.type.__name__)}, below"
    return plain(kind.allowed)


# --- enumerations --------------------------------------------------------------------------------------------------


def _members(kind: Enumeration) -> Iterator[str]:
    """A table of all names, those for a value or a union of bits that has another name already included."""
    about = _documentation(kind.type)
    yield f"**{plain(kind.type.__name__)}**" + (f": {about}" if about else "")
    rows = [
        (code(name), str(member.value), code(hexed(kind.carrier.pack(member.value))), _meaning(member))
        for name, member in kind.type.__members__.items()
    ]
    header = ("Name", "Value", "Octets", "Meaning")
    used = len(header) if any(row[-1] for row in rows) else len(header) - 1
    yield table(header[:used], [row[:used] for row in rows])


def _meaning(member: Any) -> str:
    """The docstring that a member was given itself; the class's would be the same for all."""
    return plain(member.__dict__.get("__doc__") or "")


def _documentation(cls: type) -> str:
    return inspect.cleandoc(vars(cls).get("__doc__") or "")


# --- the worked example --------------------------------------------------------------------------------------------


def _example(field: CharacteristicPlan) -> Iterator[str]:
    value = field.default if field.default is not attrs.NOTHING else _exemplary(field.codec.kind)
    if value is attrs.NOTHING:
        return
    yield "**Example**" + (", the first value" if value is field.default else "")
    yield "\n".join(("```text", *_worked(field, value), "```"))


def _exemplary(kind: Kind) -> Any:
    """A value for show; none if the validators of a struct do not take the example that its types make up."""
    try:
        return kind.example
    except (TypeError, ValueError):
        return attrs.NOTHING


def _worked(field: CharacteristicPlan, value: Any) -> Iterator[str]:
    """``2000 → D0 07``, and for a struct a line per field as well."""
    leaves = list(field.codec.kind.leaves())
    parts = _split(leaves, field.codec.encode(value, field.name))
    lines = (repr(value), f"→ {' | '.join(hexed(part) for part in parts)}")
    if not isinstance(field.codec.kind, Record):
        yield ("\n" if len(lines[0]) > _WIDEST_PADDING else " ").join(lines)
        return
    yield from (*lines, "")
    yield from _columns(
        [(leaf.path, hexed(part), repr(_at(value, leaf.path))) for leaf, part in zip(leaves, parts, strict=True)]
    )


def _split(leaves: list[Leaf], whole: bytes) -> list[bytes]:
    """The octets of each field: only the last one can be of variable size, so the offsets tell them apart."""
    ends = [*(leaf.offset for leaf in leaves[1:]), len(whole)]
    return [whole[leaf.offset : end] for leaf, end in zip(leaves, ends, strict=True)]


def _at(value: Any, path: str) -> Any:
    return attrgetter(path)(value)


def _columns(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    widths = [min(max(map(len, column)), _WIDEST_PADDING) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
