"""What the SIG's catalogue says of a number: loaded only where a declaration has to do with it."""

from __future__ import annotations

from typing import Any, get_args

from gattschema.schema._assigned import camel_case, characteristic_number
from gattschema.schema._uuids import fresh_uuid
from gattschema.values import Codec, Fault, Kind, codec
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._scaled import Number


def check_type(field: str, mine: Kind) -> None:
    """Compare the type of a field with the one that the SIG defines for the characteristic of this name.

    A raw integer of the same width and sign will do, and so will whatever can have as many octets as the SIG's struct.

    Raises:
        Fault: the octets would mean something else to phones.
    """
    from gattschema import sig  # noqa: PLC0415  (only a name of the SIG's needs it)

    theirs = codec(sig.characteristic(field)).kind
    if mine == theirs or not _contradict(mine, theirs):
        return
    number, name = f"0x{characteristic_number(field):04X}", camel_case(field)
    raise Fault(
        f"the SIG's {number} has this name and is {_described(theirs)}, not {_described(mine)}",
        allowed=f"the type that the SIG defines{_raw(theirs)}; any type with uuid=",
        instead=f'from gattschema.sig import {name}, or characteristic(uuid="{fresh_uuid()}") if it is your own',
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
