"""A worked example: a value, its octets, and which of them mean what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from gattschema.docs._layout import bits_of, shared_bits
from gattschema.docs._text import hexed
from gattschema.schema import FieldPlan
from gattschema.values import Kind
from gattschema.values._choice import ByValue, Check
from gattschema.values._marks import Role
from gattschema.values._record import Field, Record

_WIDEST_PADDING = 32


@attrs.frozen
class _Part:
    """A field of the example: the octets that it takes, or the bits of others' that it lives in."""

    path: str
    size: int
    bits: str
    shown: str

    def place(self, octets: bytes) -> str:
        """``2C 01``, ``bit 1``, or both for the first of several that share octets."""
        return " ".join([*[hexed(octets)] * bool(octets or not self.bits), *[self.bits] * bool(self.bits)])


def example(field: FieldPlan) -> Iterator[str]:
    """Write the first value if there is one, else a value for show."""
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


def _worked(field: FieldPlan, value: Any) -> Iterator[str]:
    """``2000 → D0 07``, and for a struct a line per field as well."""
    whole = field.codec.encode(value, field.name)
    parts = list(_parts(field.codec.kind, value, len(whole)))
    octets = list(_split(parts, whole))
    lines = (repr(value), f"→ {' | '.join(hexed(piece) for part, piece in octets if part.size or not part.bits)}")
    if not any(part.path for part in parts):
        yield ("\n" if len(lines[0]) > _WIDEST_PADDING else " ").join(lines)
        return
    yield from (*lines, "")
    yield from _columns([(part.path, part.place(piece), part.shown) for part, piece in octets])


def _split(parts: list[_Part], whole: bytes) -> Iterator[tuple[_Part, bytes]]:
    at = 0
    for part in parts:
        yield part, whole[at : at + part.size]
        at += part.size


def _parts(kind: Kind, value: Any, room: int) -> Iterator[_Part]:
    """Take a value apart into what stands in its *room* octets, in their order."""
    record = _record_of(kind, value)
    if record is None:
        yield _Part("", room, "", repr(value))
        return
    yield from _record_parts(record, value, "", room)


def _record_of(kind: Kind, value: Any) -> Record | None:
    """The struct that the value is one of: the kind itself, or a member of a union."""
    candidates = (kind, *getattr(kind, "members", ()))
    return next((one for one in candidates if isinstance(one, Record) and isinstance(value, one.type)), None)


def _record_parts(record: Record, value: Any, path: str, room: int) -> Iterator[_Part]:
    if record.opcode:
        yield _Part(f"{path}.opcode" if path else "opcode", len(record.opcode), "", record.label)
    words, left = record.words(value), room - len(record.opcode)
    shared = shared_bits(record)
    for field in record.fields:
        name = f"{path}.{field.name}" if path else field.name
        content = words[field.name] if field.role is Role.FLAGS else getattr(value, field.name)
        part = shared.get(field.name)
        bits = str(part) if part else bits_of(field)
        size = part.begun if part else 0 if bits else _size(field, value, content, left)
        left -= size
        inner = _record_of(field.kind, content)
        if inner and size:
            yield from _record_parts(inner, content, name, size)
        elif bits or field.is_there(content):
            yield _Part(name, size, bits, repr(content))


def _size(field: Field, owner: Any, content: Any, left: int) -> int:
    """The octets that a field takes; a check takes what is left."""
    if not field.is_there(content):
        return 0
    if isinstance(field.kind, Check) or field.role is Role.CRC:
        return left
    chosen = field.kind.case(getattr(owner, field.kind.field)) if isinstance(field.kind, ByValue) else None
    kind = chosen or field.kind
    return kind.least if kind.least == kind.most else len(kind.pack(content))


def _columns(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    widths = [min(max(map(len, column)), _WIDEST_PADDING) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
