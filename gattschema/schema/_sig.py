"""What the SIG's catalogue says of a number: loaded only where a declaration has to do with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, get_args
from uuid import UUID

from gattschema.schema._assigned import camel_case, characteristic_name, is_service
from gattschema.schema._plan import Origin
from gattschema.schema._uuids import fresh_uuid, number_of
from gattschema.values import Codec, Fault, Kind, codec
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._scaled import Number

_SHOWN = 3
"""Characteristics that a question offers at most."""


def check_type(uuid: UUID, origin: Origin, mine: Kind) -> None:
    """Compare the type of a field with the one that the SIG defines for its number, which a name or ``uuid=`` says.

    A raw integer of the same width and sign will do, and so will whatever can have as many octets as the SIG's struct.

    Raises:
        Fault: the octets would mean something else to phones.
    """
    number = number_of(uuid)
    field = characteristic_name(number)
    if number is None or field is None:
        return
    from gattschema.sig._catalogue import layouts  # noqa: PLC0415  (only a number of the SIG's needs it)

    kinds = [codec(hint).kind for hint in layouts(number)]
    if all(mine != theirs and _contradict(mine, theirs) for theirs in kinds):
        raise _misread(f"0x{number:04X}", field, origin, mine, kinds[0])


def _misread(number: str, field: str, origin: Origin, mine: Kind, theirs: Kind) -> Fault:
    """Say what the SIG defines; the way out for a type of one's own depends on what was written."""
    described = f"{_described(theirs)}, not {_described(mine)}"
    advice = f"from gattschema.sig import {camel_case(field)}"
    if origin is Origin.EXPLICIT:
        return Fault(
            f"uuid= is the SIG's {number}, {field}, which is {described}",
            allowed=f"the type that the SIG defines{_raw(theirs)}; any other type with another uuid=",
            instead=advice,
        )
    return Fault(
        f"the SIG's {number} has this name and is {described}",
        allowed=f"the type that the SIG defines{_raw(theirs)}; any type with uuid=",
        instead=f'{advice}, or characteristic(uuid="{fresh_uuid()}") if it is your own',
    )


def _raw(kind: Kind) -> str:
    """``, SInt16 for its raw number``."""
    bare = _number(kind)
    return f", {'S' if bare.signed else 'U'}Int{bare.bits} for its raw number" if isinstance(bare, Integer) else ""


def _contradict(mine: Kind, theirs: Kind) -> bool:
    if mine.most < theirs.least or theirs.most < mine.least:
        return True
    my_number, their_number = _number(mine), _number(theirs)
    if my_number and their_number and my_number != their_number:
        return True
    if not isinstance(mine, Number) or not isinstance(theirs, Number):
        return False
    units = {kind.unit for kind in (mine, theirs) if kind.unit}
    scales = {kind.scale.factor for kind in (mine, theirs) if kind.scale}
    return len(units) > 1 or len(scales) > 1


def _number(kind: Kind) -> Kind | None:
    """The bare number in the octets, if there is one."""
    bare = kind.carrier if isinstance(kind, Number | Enumeration) else kind
    return bare if isinstance(bare, Integer | Real | MedFloat) else None


def _described(kind: Kind) -> str:
    """``sint16 in steps of 0.01 °C``."""
    if not isinstance(kind, Number | Enumeration | Integer | Real | MedFloat | Boolean):
        return f"{kind.label} of {kind.octets}"
    scale, unit = (kind.scale, kind.unit) if isinstance(kind, Number) else (None, None)
    parts = [f"in steps of {float(scale.factor):g}" if scale else "in" if unit else "", unit.symbol if unit else ""]
    return " ".join([kind.label, *filter(None, parts)])


def check_unnamed(service: UUID, hint: Any, kind: Kind) -> None:
    """Refuse to derive a UUID for a second ``Temperature`` in a service of the SIG's: phones would not know it.

    Raises:
        Fault: the type is one of the SIG's, so that ``uuid=`` has to say whether the number is, too.
    """
    if not is_service(number_of(service)) or not (isinstance(kind, Number) or _is_of_sig(hint)):
        return
    found = {f"0x{number:04X}": characteristic_name(number) or name for number, name in _loaded_types(hint)}
    if found:
        raise _unnamed(found)


def _unnamed(found: Mapping[str, str]) -> Fault:
    """Ask which number is meant; some types are those of several."""
    some = dict(list(found.items())[:_SHOWN])
    numbers = " or ".join(f"uuid={number}" for number in some)
    return Fault(
        f"its type is that of {' or '.join(some.values())}, but its name is none of the SIG's",
        allowed="a name of the SIG's, or uuid=",
        instead=f'characteristic(…) with {numbers} if it is another one, with uuid="{fresh_uuid()}" if it is your own'
        if len(some) > 1
        else f'characteristic(uuid={next(iter(some))}) for another one, or uuid="{fresh_uuid()}" if it is your own',
    )


def _is_of_sig(hint: Any) -> bool:
    """Whether a class of the catalogue is in it; plain numbers and text are everybody's."""
    module = str(getattr(hint, "__module__", ""))
    return module.startswith("gattschema.sig.") or any(map(_is_of_sig, get_args(hint)))


def _loaded_types(hint: Any) -> Iterator[tuple[int, str]]:
    """The numbers of the SIG whose type is *hint*. Who names a type has loaded it, so that the others can rest."""
    from gattschema.sig import _index as index  # noqa: PLC0415  (only a type that may be the SIG's needs it)

    for number, name in index.TYPES.items():
        module = sys.modules.get(f"gattschema.sig.{index.HOMES[name]}")
        if module is not None and getattr(module, name, None) == hint:
            yield number, name


def descriptor_type(cls: type) -> tuple[int, Codec[Any]] | None:
    """Give number and codec of the descriptor whose values have this class."""
    from gattschema.sig import _descriptors as typed  # noqa: PLC0415  (only a typed descriptor needs it)

    if cls.__module__ != typed.__name__:
        return None
    for name, number in typed.UUID_NUMBERS.items():
        hint = getattr(typed, name)
        if hint is cls or cls in get_args(hint):
            return number, codec(hint)
    return None
