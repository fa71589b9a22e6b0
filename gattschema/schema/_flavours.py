"""The annotation of a field, taken apart: its flavour, what phones may do, and the type of its values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from types import UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from gattschema.schema import _characteristic as characteristics
from gattschema.schema._characteristic import Characteristic
from gattschema.schema._properties import Property
from gattschema.values import Fault
from gattschema.values._hints import name, spelling, unfold


@attrs.frozen
class Flavoured:
    """An annotation taken apart."""

    flavour: type[Characteristic[Any]]
    properties: Property
    value: Any


def take_apart(key: str, hint: Any) -> Flavoured:
    """``Annotated[Notify[UInt8], Read]`` -> Notify, NOTIFY | READ, UInt8.

    Raises:
        Fault: it is the annotation of no characteristic.
    """
    base, marks = unfold(hint)
    flavour = get_origin(base)
    if not _is_flavour(flavour):
        raise _no_flavour(key, hint)
    added = [get_origin(mark) or mark for mark in marks]
    return Flavoured(flavour, _all_of([flavour, *filter(_is_flavour, added)]), get_args(base)[0])


def _all_of(flavours: list[Any]) -> Property:
    """What phones may do by any of them."""
    return reduce(Property.__or__, (flavour.properties for flavour in flavours), Property(0))


def _is_flavour(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, Characteristic) and thing is not Characteristic


def _no_flavour(key: str, hint: Any) -> Fault:
    base, marks = unfold(hint)
    members = _members(base)
    written = spelling(hint) if marks else " | ".join(map(_spelled, members)) or name(base)
    return Fault(
        f"{written} {'does not say of what' if _is_flavour(base) else 'is no characteristic'}",
        allowed="Read, Write, WriteWithoutResponse, ReliableWrite, SignedWrite, Notify, Indicate, Broadcast or a "
        "combination, of a type; ClassVar[…] for what is none",
        instead=_instead(key, hint, members),
    )


def _members(base: Any) -> tuple[Any, ...]:
    """What is joined by ``|``."""
    return get_args(base) if get_origin(base) in {Union, UnionType} else ()


def _spelled(hint: Any) -> str:
    """``Read[UInt8]``, ``None``."""
    inner = [spelling(value) for value in get_args(hint) if _is_flavour(get_origin(hint))]
    return f"{name(hint)}[{inner[0]}]" if inner else name(hint).replace("NoneType", "None")


def _instead(key: str, hint: Any, members: tuple[Any, ...]) -> str:
    """What to write for a hint that is no characteristic: one that is, or what keeps state of the program's own."""
    state = f"no annotation here and self.{key} = … in __init__"
    flavoured = [member for member in members if _is_flavour(get_origin(member))]
    if key.startswith("_"):
        return f"ClassVar[…], or {state}"
    if _is_flavour(unfold(hint)[0]):
        return f"{key}: {name(unfold(hint)[0])}[UInt8]"
    if flavoured:
        optional = " = characteristic(default=ABSENT)" if type(None) in members else ""
        return f"{key}: {_combined(flavoured)}{optional}"
    return f"{key}: Read[{spelling(hint)}]; for state of your own {state}"


def _combined(flavoured: list[Any]) -> str:
    """``Read[UInt8] | Notify[UInt8]`` -> ``ReadNotify[UInt8]``; what has no name of its own is spelled by marks."""
    flavours = [get_origin(hint) for hint in flavoured]
    value = spelling(get_args(flavoured[0])[0])
    known = _flavours().get(_all_of(flavours))
    if known:
        return f"{known}[{value}]"
    first, *others = [flavour.__name__ for flavour in flavours]
    return f"Annotated[{first}[{value}], {', '.join(others)}]"


def _flavours() -> Mapping[Property, str]:
    """The flavours that have names, by what phones may do."""
    known = {key: thing for key, thing in vars(characteristics).items() if key[0] != "_" and _is_flavour(thing)}
    return {thing.properties: key for key, thing in known.items()}
