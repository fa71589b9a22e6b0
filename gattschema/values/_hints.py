"""From an annotation to its kind.

The grammar, after ``Annotated`` has been unfolded into a base and its marks:

1. a ``@struct`` class                        -> its record
2. an ``IntEnum`` or ``IntFlag``              -> carried by the integer among the marks, else by a ``UInt8``
3. ``bool``                                   -> one octet
4. ``int``, ``float``, ``str``, ``bytes``     -> the one kind among the marks
"""

from __future__ import annotations

import enum
import inspect
import sys
from collections.abc import Iterator, Mapping
from types import FrameType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from gattschema.values._errors import Fault
from gattschema.values._kinds import Boolean, Enumeration, Integer, Kind, Opaque, Real, Text
from gattschema.values._types import BigEndian

K = TypeVar("K", bound=Kind)

_CARRIERS: dict[type, tuple[type[Kind], ...]] = {int: (Integer,), float: (Real,), str: (Text,), bytes: (Opaque,)}
_EXAMPLES = {
    int: "UInt16 (or UInt8 … UInt64, SInt8 … SInt64)",
    float: "Float32 (or Float64)",
    str: "Annotated[str, Utf8(max=20)]",
    bytes: "Annotated[bytes, Octets(max=20)]",
}


def kind_of(hint: Any) -> Kind:
    """Give the kind of an annotation.

    Raises:
        Fault: the annotation has no size on the wire, or more than one.
    """
    base, marks = unfold(hint)
    kinds = [mark for mark in marks if isinstance(mark, Kind)]
    big = BigEndian() in marks or BigEndian in marks
    record: Kind | None = getattr(base, "__gatt_struct__", None)
    if record is not None:
        return _bare(record, kinds, big=big)
    if isinstance(base, type) and issubclass(base, enum.IntEnum | enum.IntFlag):
        carrier = _only(kinds, (Integer,), base, f"Annotated[{name(base)}, UInt16]") if kinds else Integer(1)
        return _enumeration(base, _ordered(carrier, big=big))
    if base is bool:
        return _bare(Boolean(), kinds, big=big)
    if base not in _CARRIERS:
        raise _unknown(base)
    kind: Kind = _ordered(_only(kinds, _CARRIERS[base], base, _EXAMPLES[base]), big=big)
    return kind


def unfold(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """``Annotated[Annotated[int, a], b]`` -> ``(int, (a, b))``; a mark that is itself an alias adds its marks."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    base, *marks = get_args(hint)
    inner, before = unfold(base)
    return inner, (*before, *(part for mark in marks for part in (unfold(mark)[1] or (mark,))))


def _only(kinds: list[Kind], wanted: tuple[type[Kind], ...], base: Any, example: str) -> Any:
    if len(kinds) == 1 and isinstance(kinds[0], wanted):
        return kinds[0]
    finding = {0: f"{name(base)} alone has no size on the wire", 1: f"{name(base)} cannot be carried by this type"}
    raise Fault(
        finding.get(len(kinds), f"{' and '.join(kind.label for kind in kinds)} are more than one layout"),
        allowed="exactly one type that says how many octets there are",
        instead=example,
    )


def _bare(kind: K, kinds: list[Kind], *, big: bool) -> K:
    """A kind that nothing carries and nothing turns around."""
    if kinds:
        finding = f"{kind.label} has a layout already, {' and '.join(other.label for other in kinds)} is another"
        raise Fault(finding, allowed="exactly one layout", instead=f"leave {kinds[0].label} out")
    return _ordered(kind, big=big)


def _ordered(kind: K, *, big: bool) -> K:
    if not big:
        return kind
    if isinstance(kind, Integer | Real):
        return attrs.evolve(kind, order="big")
    raise Fault(f"{kind.label} has no byte order", allowed="BigEndian() on numbers", instead="leave BigEndian() out")


def _enumeration(cls: type[enum.IntEnum | enum.IntFlag], carrier: Integer) -> Enumeration:
    members: list[int] = [member.value for member in cls.__members__.values()]
    signed_flag = issubclass(cls, enum.Flag) and carrier.signed
    if members and carrier.low <= min(members) and max(members) <= carrier.high and not signed_flag:
        return Enumeration(cls, carrier)
    finding = (
        f"{cls.__name__} goes from {min(members)} to {max(members)}" if members else f"{cls.__name__} has no members"
    )
    raise Fault(
        f"the bits of {cls.__name__} have no sign" if signed_flag else finding,
        allowed=f"at least one member, all of them {carrier.allowed} ({carrier.label})",
        instead=f"Annotated[{cls.__name__}, {_carrier(members)}], or a narrower enumeration",
    )


def _carrier(members: list[int]) -> str:
    """The narrowest integer that takes them all."""
    for width in (1, 2, 3, 4, 5, 6, 8):
        for signed in (False, True):
            kind = Integer(width, signed=signed)
            if kind.low <= min(members, default=0) and max(members, default=0) <= kind.high:
                return f"{'S' if signed else 'U'}Int{8 * width}"
    return "UInt64"


def _unknown(base: Any) -> Fault:
    if attrs.has(base) or hasattr(base, "__dataclass_fields__"):
        return Fault(
            f"{name(base)} has no layout",
            allowed="a class decorated with @struct",
            instead=f"@struct above class {name(base)}, in place of its other decorator",
        )
    return Fault(
        f"{name(base)} has no size on the wire",
        allowed="bool, UInt8 … SInt64, Float32/64, IntEnum, IntFlag, Utf8(…) text, Octets(…) bytes, a @struct class",
        instead=_advice(base),
    )


def _advice(base: Any) -> str:
    """What people who write *base* usually want."""
    if get_origin(base) in {Union, UnionType}:
        return "the type without None; a field that has no value at first says characteristic(init=False)"
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return f"class {name(base)}(enum.IntEnum)"
    if (get_origin(base) or base) in {list, tuple, bytearray}:
        return "Annotated[bytes, Octets(max=20)], or a @struct with a field for each element"
    return "one of these"


def spelling(hint: Any) -> str:
    """The type as it should stand in an annotation: ``UInt8``, ``Annotated[str, Utf8(max=20)]``."""
    base, marks = unfold(hint)
    for mark in marks:
        if isinstance(mark, Integer):
            return f"{'S' if mark.signed else 'U'}Int{8 * mark.width}"
        if isinstance(mark, Real):
            return f"Float{8 * mark.width}"
    return _EXAMPLES.get(base, name(base)).partition(" (")[0]


def name(hint: Any) -> str:
    """The hint as a person would write it."""
    return getattr(hint, "__name__", None) or repr(hint).replace("typing.", "")


# --- names in annotations ----------------------------------------------------------------------------------------


def resolve_hints(cls: type, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Give the annotations of *cls* and its bases as objects, names found in its module, itself and *scope*.

    Raises:
        NameError: a name is not there yet.
    """
    own = type(cls.__name__, (), {"__annotations__": inspect.get_annotations(cls), "__module__": cls.__module__})
    return get_type_hints(own, localns={**scope, **vars(cls)}, include_extras=True)


def enclosing_scope(cls: type, caller: FrameType) -> dict[str, Any]:
    """Give the local variables of the functions that *cls* is declared in, the inner ones first.

    Annotations that are text (``from __future__ import annotations``) can name classes that live only there.
    """
    frames = [frame for frame in _callers(caller) if _encloses(frame, cls)]
    return {key: value for frame in reversed(frames) for key, value in frame.f_locals.items()}


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _encloses(frame: FrameType, cls: type) -> bool:
    in_module = frame.f_globals.get("__name__") == cls.__module__
    return in_module and cls.__qualname__.startswith(f"{frame.f_code.co_qualname}.<locals>.")


def caller_of(depth: int) -> FrameType:
    """The frame *depth* calls above the one that asks."""
    return sys._getframe(depth + 1)  # noqa: SLF001  (the one way to see where a class statement stands)
