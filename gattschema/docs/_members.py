"""The names of enumerations and flag sets, and what each means."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from gattschema.docs._text import code, hexed, plain, table
from gattschema.values._numbers import Enumeration, OpenEnum


def members(kind: Enumeration) -> Iterator[str]:
    """Write a table of all names, those for a value or a union of bits that has another name already included."""
    about = documentation(kind.type)
    yield f"**{plain(kind.type.__name__)}**" + (f": {about}" if about else "")
    rows = [(*_row(kind, name, member), _meaning(member)) for name, member in kind.type.__members__.items()]
    header = (*(("Name", "Value") if kind.carrier.narrow else ("Name", "Value", "Octets")), "Meaning")
    used = len(header) if any(row[-1] for row in rows) else len(header) - 1
    yield table(header[:used], [row[:used] for row in rows])
    if issubclass(kind.type, OpenEnum):
        yield "Other numbers are reserved."


def _row(kind: Enumeration, name: str, member: Any) -> tuple[str, ...]:
    """A name and its number; what does not fill its octets has none of its own."""
    octets = () if kind.carrier.narrow else (code(hexed(kind.carrier.pack(member.value))),)
    return code(name), str(member.value), *octets


def _meaning(member: Any) -> str:
    """The docstring that a member was given itself; the class's would be the same for all."""
    return plain(member.__dict__.get("__doc__") or "")


def documentation(cls: type) -> str:
    """Give the docstring that a class was given itself."""
    return inspect.cleandoc(vars(cls).get("__doc__") or "")
