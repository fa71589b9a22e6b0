"""From an annotation to its kind.

The grammar, after ``Annotated`` and ``| None`` have been unfolded into bases and marks:

1. a ``@struct`` class, or a union of those with opcodes -> its record, their union
2. an ``IntEnum`` or ``IntFlag``                         -> carried by the integer among the marks, else by a ``UInt8``
3. ``bool``                                              -> one octet
4. ``tuple[X, ...]``                                     -> an array of X
5. a number, text, bytes, a UUID, a date                 -> the one kind among the marks; ``Scale``, ``Unit``,
   ``Range``, ``Unknown`` and the enumeration of the sentinels in the union say more of a number
"""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import sys
import types
import typing
import uuid
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import attrs

from gattschema.values._array import Array, elements_that_fit
from gattschema.values._errors import Fault
from gattschema.values._kinds import Kind
from gattschema.values._marks import Count
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._record import Record
from gattschema.values._scaled import Number, Range, Scale, Unknown, in_raw
from gattschema.values._text import Opaque, Text, Uuid
from gattschema.values._times import Exponential, Moment
from gattschema.values._types import BigEndian
from gattschema.values._union import Union
from gattschema.values._units import Unit

T = TypeVar("T")

_CARRIERS: Mapping[Any, tuple[type[Kind], ...]] = {
    int: (Integer,),
    float: (Real, MedFloat, Integer),
    dt.timedelta: (Integer,),
    dt.date: (Integer,),
    str: (Text,),
    bytes: (Opaque,),
    uuid.UUID: (Uuid,),
}
_EXAMPLES = {
    int: "UInt16 (or UInt8 … UInt64, SInt8 … SInt64)",
    float: "Float32 (or Annotated[float, SInt16, Scale(decimal=-2)])",
    dt.timedelta: "Annotated[timedelta, UInt16, Unit.SECOND]",
    dt.date: "Annotated[date, UInt24, Unit.DAY]",
    str: "Annotated[str, Utf8(max=20)]",
    bytes: "Annotated[bytes, Octets(max=20)]",
    uuid.UUID: "Annotated[UUID, Uuid128]",
}
_NUMBERS = (int, float, dt.timedelta, dt.date)
_FLOAT_BITS = 48
"""Scaled numbers of more bits than this have values that no float tells apart."""


@attrs.frozen
class Reading:
    """A hint taken apart."""

    bases: tuple[Any, ...]
    """What the value is, without ``None`` and the enumeration of sentinels."""
    marks: tuple[Any, ...]
    nullable: bool
    """Whether it may be ``None``."""
    specials: type[enum.Enum] | None
    """The enumeration whose members' values are raw."""

    @property
    def kinds(self) -> list[Kind]:
        """The layouts among the marks."""
        return [mark for mark in self.marks if isinstance(mark, Kind)]

    def mark(self, wanted: type) -> Any:
        """The last mark of this type; the outer ones come last."""
        return next((mark for mark in reversed(self.marks) if isinstance(mark, wanted)), None)


def read(hint: Any) -> Reading:
    """Take a hint apart."""
    base, marks = unfold(hint)
    if not _is_union(base):
        return Reading((base,), marks, nullable=base is types.NoneType, specials=None)
    bases: list[Any] = []
    inner: list[Any] = []
    specials: list[Any] = []
    for option in get_args(base):
        reading = read(option)
        inner += reading.marks
        specials += [reading.specials] if reading.specials else []
        for part in reading.bases:
            (specials if _is_sentinels(part) else bases).append(part)
    nullable = types.NoneType in bases
    rest = tuple(dict.fromkeys(part for part in bases if part is not types.NoneType))
    return Reading(rest, (*inner, *marks), nullable=nullable, specials=_single(specials))


def _is_union(base: Any) -> bool:
    return get_origin(base) in {typing.Union, UnionType}


def _is_sentinels(base: Any) -> bool:
    return isinstance(base, type) and issubclass(base, enum.Enum) and not issubclass(base, int)


def _single(specials: list[Any]) -> Any:
    if len(specials) > 1:
        raise Fault(
            f"{' and '.join(map(name, specials))} both list raw values",
            allowed="one enumeration of them",
            instead="one enum.Enum with all the members",
        )
    return specials[0] if specials else None


def unfold(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """``Annotated[Annotated[int, a], b]`` -> ``(int, (a, b))``; a mark that is itself an alias adds its marks."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    base, *marks = get_args(hint)
    inner, before = unfold(base)
    return inner, (*before, *(part for mark in marks for part in (unfold(mark)[1] or (mark,))))


def kind_of(hint: Any, *, optional: bool = False) -> Kind:
    """Give the kind of an annotation; ``None`` is no matter of it if the value is *optional*.

    Raises:
        Fault: the annotation has no size on the wire, or more than one.
    """
    reading = read(hint)
    kind = _kind(reading)
    if reading.nullable and not optional and not has_none(kind):
        if isinstance(kind, Number) and isinstance(kind.carrier, Integer):
            raw = kind.carrier.low if kind.carrier.signed else kind.carrier.high
            raise Fault(
                "None has no octets here",
                allowed="| None where Unknown(…) names the raw value of None",
                instead=f"Annotated[{name(kind.base)} | None, …, Unknown({raw:#x})]",
            )
        raise Fault(
            "None has no octets here",
            allowed="| None where Unknown(…) names the raw value of None, or for an optional field of a struct",
            instead="the type without None; a characteristic without a first value says characteristic(init=False)",
        )
    return kind


def has_none(kind: Kind) -> bool:
    """Whether ``None`` is one of the values."""
    return isinstance(kind, Exponential) or (isinstance(kind, Number) and kind.unknown is not None)


def _kind(reading: Reading) -> Kind:  # noqa: PLR0911  (one way out for each line of the grammar)
    if reading.mark(Count) and not any((get_origin(base) or base) in {tuple, list} for base in reading.bases):
        raise Fault(
            "Count(…) on what is no array",
            allowed="Count(…) on tuple[Type, ...]",
            instead="tuple[UInt8, ...], or no Count(…)",
        )
    whole = next((kind for kind in reading.kinds if isinstance(kind, Moment | Exponential)), None)
    if whole is not None:
        return _bare(whole, [kind for kind in reading.kinds if kind is not whole], reading)
    if len(reading.bases) != 1:
        return _union(reading)
    base = reading.bases[0]
    record: Kind | None = getattr(base, "__gatt_struct__", None)
    if record is not None:
        return _bare(record, reading.kinds, reading)
    if isinstance(base, type) and issubclass(base, enum.IntEnum | enum.IntFlag):
        return _enumeration(base, _carrier_of_enumeration(base, reading))
    if base is bool:
        return _bare(Boolean(), reading.kinds, reading)
    if get_origin(base) is tuple:
        return _array(base, reading)
    if base not in _CARRIERS:
        raise _unknown(base)
    carrier = _ordered(_only(reading.kinds, _CARRIERS[base], base, _EXAMPLES[base]), reading)
    return _number(base, carrier, reading) if base in _NUMBERS else _plain(carrier, reading)


def _only(kinds: list[Kind], wanted: tuple[type[Kind], ...], base: Any, example: str) -> Any:
    if len(kinds) == 1 and isinstance(kinds[0], wanted):
        return kinds[0]
    finding = {0: f"{name(base)} alone has no size on the wire", 1: f"{name(base)} cannot be carried by this type"}
    raise Fault(
        finding.get(len(kinds), f"{' and '.join(kind.label for kind in kinds)} are more than one layout"),
        allowed="exactly one type that says how many octets there are",
        instead=example,
    )


def _bare(kind: Kind, kinds: list[Kind], reading: Reading) -> Kind:
    """A kind that nothing carries."""
    if kinds:
        finding = f"{kind.label} has a layout already, {' and '.join(other.label for other in kinds)} is another"
        raise Fault(finding, allowed="exactly one layout", instead=f"leave {kinds[0].label} out")
    ordered: Kind = _ordered(kind, reading)
    return _plain(ordered, reading)


def _plain(kind: Kind, reading: Reading) -> Kind:
    """A kind that is no number, so that nothing more is to say of it."""
    for mark in reading.marks:
        if isinstance(mark, Scale | Range | Unknown):
            spelled = type(mark).__name__
            raise Fault(f"{spelled}(…) on {kind.label}", allowed=f"{spelled}(…) on numbers", instead="leave it out")
    return kind


def _ordered(kind: Any, reading: Reading) -> Any:
    if not _is_big(reading):
        return kind
    if not _has_order(kind):
        raise Fault(
            f"{kind.label} has no byte order", allowed="BigEndian() on numbers", instead="leave BigEndian() out"
        )
    return turned(kind)


def turned(kind: Any) -> Any:
    """The kind with its most significant octet first; one that has no byte order, or its own, stays as it is."""
    if isinstance(kind, Enumeration | Number):
        return attrs.evolve(kind, carrier=turned(kind.carrier))
    if isinstance(kind, Array):
        return attrs.evolve(kind, element=turned(kind.element))
    return attrs.evolve(kind, order="big") if _has_order(kind) else kind


def _is_big(reading: Reading) -> bool:
    return BigEndian() in reading.marks or BigEndian in reading.marks


def _has_order(kind: Kind) -> bool:
    if isinstance(kind, Enumeration | Number):
        return _has_order(kind.carrier)
    if isinstance(kind, Array):
        return _has_order(kind.element)
    return isinstance(kind, Integer | Real | MedFloat) or (isinstance(kind, Text) and kind.encoding == "utf-16")


# --- numbers -----------------------------------------------------------------------------------------------------


def _number(base: type, carrier: Integer | Real | MedFloat, reading: Reading) -> Kind:
    """The carrier itself if it says it all, else a number with scale, unit, range or sentinels."""
    scale, unit, span, unknown = (_one_mark(reading, mark) for mark in (Scale, Unit, Range, Unknown))
    if base is float and isinstance(carrier, Integer) and scale is None:
        instead = f"Annotated[float, {_spelled(carrier)}, Scale(decimal=-2)], or {_spelled(carrier)} alone for int"
        raise Fault(
            "float cannot be carried by this type",
            allowed="Float32, Float64, or an integer and Scale(…)",
            instead=instead,
        )
    if base in {int, float} and (scale, unit, span, unknown, reading.specials) == (None,) * 5:
        return carrier
    kind = Number(carrier, base, scale, unit, span, unknown.raw if unknown else None, reading.specials)
    if isinstance(carrier, Integer):
        _check_step(kind)
        _check_reserved(kind, nullable=reading.nullable)
        _check_range(kind)
        _check_left(kind)
    elif scale or unknown or reading.specials:
        raise Fault(
            f"{carrier.label} is a number by itself",
            allowed="Unit and Range with it; Scale, Unknown and sentinels with an integer",
            instead="an integer type, or leave them out",
        )
    return kind


def _one_mark(reading: Reading, wanted: type) -> Any:
    """The mark of this type; a second one may only narrow a range that an alias has."""
    marks: list[Any] = [mark for mark in reading.marks if isinstance(mark, wanted)]
    last: Any = marks[-1] if marks else None
    for mark in marks[:-1]:
        narrower = wanted is Range and mark.low <= last.low and last.high <= mark.high
        if mark != last and not narrower:
            raise Fault(
                f"{mark!r} and {last!r}",
                allowed=f"one {wanted.__name__}; a second Range that is narrower",
                instead=f"leave one of them out, {last!r} perhaps",
            )
    return last


def _check_step(kind: Number) -> None:
    carrier = kind.integer
    if kind.base is int and kind.step.denominator != 1:
        shown = f"{kind.step.numerator}/{kind.step.denominator}"
        raise Fault(
            f"int in steps of {shown}",
            allowed="whole steps for int",
            instead=f"Annotated[float, {_spelled(carrier)}, …]",
        )
    if kind.base is not int and carrier.bits > _FLOAT_BITS:
        instead = f"Annotated[int, {_spelled(carrier)}], or a narrower type"
        raise Fault(
            f"no float tells all values of {carrier.label} apart", allowed=f"up to {_FLOAT_BITS} bits", instead=instead
        )
    if kind.base is dt.timedelta and abs(kind.step) < dt.timedelta.resolution.total_seconds():
        raise Fault(
            "a timedelta counts no less than microseconds",
            allowed="steps of a microsecond or more",
            instead=f"Annotated[float, {_spelled(carrier)}, Scale(…), Unit.SECOND]",
        )
    if kind.base is dt.timedelta and kind.unit not in {None, Unit.SECOND, Unit.MINUTE, Unit.HOUR, Unit.DAY}:
        raise Fault("a timedelta has a unit of time", allowed="Unit.SECOND, MINUTE, HOUR, DAY", instead="Unit.SECOND")
    if kind.base is dt.date and kind.step != 1:
        raise Fault("a date counts days", allowed="no Scale", instead="Annotated[date, UInt24, Unit.DAY]")


def _check_reserved(kind: Number, *, nullable: bool) -> None:
    carrier = kind.integer
    if kind.unknown is not None and not nullable:
        instead = f"Annotated[{name(kind.base)} | None, …, Unknown({kind.unknown:#x})]"
        raise Fault("Unknown(…) is None, but the type takes no None", allowed="a type with | None", instead=instead)
    raws = [] if kind.specials is None else [member.value for member in kind.specials]
    raws += [] if kind.unknown is None else [kind.unknown]
    for raw in raws:
        if not isinstance(raw, int) or not carrier.low <= raw <= carrier.high or raws.count(raw) > 1:
            raise Fault(
                f"{raw!r} is a raw value of {carrier.label}" if raws.count(raw) < 2 else f"{raw!r} has two meanings",  # noqa: PLR2004
                allowed=f"whole numbers {carrier.allowed}, each once",
                instead=f"{carrier.high:#x}" if not carrier.signed else f"{carrier.low:#x}",
            )


def _check_range(kind: Number) -> None:
    carrier = kind.integer
    if kind.range is None:
        return
    ends = sorted(in_raw(end, kind.step) for end in (kind.range.low, kind.range.high))
    if ends[0] < carrier.low or ends[1] > carrier.high:
        widest = attrs.evolve(kind, range=None, unknown=None, specials=None)
        raise Fault(
            f"Range({kind.range.low}, {kind.range.high}) is wider than {carrier.label}",
            allowed=f"{widest.allowed} at most",
            instead=f"Range({max(kind.range.low, widest.low)}, {min(kind.range.high, widest.high)}), or a wider type",
        )


def _check_left(kind: Number) -> None:
    low, high = kind.raw_bounds
    if low > high:
        raise Fault(
            "no raw value is a number",
            allowed=f"a range that holds a multiple of {kind.step}, and sentinels that leave raw values over",
            instead="a wider Range(…), or a wider type",
        )


# --- enumerations, arrays, unions ----------------------------------------------------------------------------------


def carrier(hint: Any) -> Callable[[type[T]], type[T]]:
    """Say what carries an enumeration of more than one octet wherever it is used.

    >>> @carrier(UInt16)
    ... class Features(enum.IntFlag):
    ...     CUFF_FIT = 1
    """

    def decorate(cls: type[T]) -> type[T]:
        made: Any = cls
        made.__gatt_carrier__ = _only(read(hint).kinds, (Integer,), cls, "@carrier(UInt16)")
        return cls

    return decorate


def _carrier_of_enumeration(base: Any, reading: Reading) -> Integer:
    own: Integer = getattr(base, "__gatt_carrier__", Integer(1))
    if reading.kinds:
        own = _only(reading.kinds, (Integer,), base, f"Annotated[{name(base)}, UInt16]")
    _plain(own, reading)
    ordered: Integer = _ordered(own, reading)
    return ordered


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
                return _spelled(kind)
    return "UInt64"


def _array(base: Any, reading: Reading) -> Array:
    element, *others = get_args(base)
    if others != [Ellipsis]:
        raise Fault(
            f"{name(base)} is no array",
            allowed="tuple[Type, ...], with Count(…) if there are bounds",
            instead="Annotated[tuple[UInt8, ...], Count(3)], or a @struct with a field for each element",
        )
    kind = kind_of(element)
    if reading.kinds:
        _bare(kind, reading.kinds, reading)
    count = reading.mark(Count) or Count()
    fit = elements_that_fit(kind)
    most = fit if count.most is None else count.most
    if kind.greedy or most > fit:
        finding = (
            f"{kind.label} takes the rest of the value" if kind.greedy else f"{most} elements take more than 512 octets"
        )
        raise Fault(finding, allowed=f"up to {fit} elements whose ends are known", instead=f"Count(max={fit})")
    made: Array = _ordered(Array(kind, count.fewest, most), reading)
    _plain(made, reading)
    return made


def _union(reading: Reading) -> Kind:
    records = [getattr(base, "__gatt_struct__", None) for base in reading.bases]
    members = tuple(record for record in records if isinstance(record, Record) and record.opcode)
    fallback = next((record for record in records if getattr(record, "takes_any_opcode", False)), None)
    if len(members) + bool(fallback) != len(records) or not members:
        raise _unknown(reading.bases[0] if len(reading.bases) == 1 else typing.Union[reading.bases])  # noqa: UP007
    codes = [member.opcode for member in members]
    if len(set(codes)) != len(codes) or len({len(code) for code in [*codes, *([b"?"] if fallback else [])]}) > 1:
        listed = ", ".join(f"{member.label} {member.opcode.hex()}" for member in members)
        raise Fault(
            f"the opcodes do not tell the structs apart: {listed}",
            allowed="each once, all of one size",
            instead="@struct(opcode=…) with another number",
        )
    return _bare(Union(members, fallback), reading.kinds, reading)


def _unknown(base: Any) -> Fault:
    if isinstance(base, Kind):
        python = next((name(key) for key, kinds in _CARRIERS.items() if isinstance(base, kinds)), "int")
        instead = f"Annotated[{python}, …] around it"
        return Fault(f"{base.label} is a mark, not a type", allowed="a mark inside Annotated", instead=instead)
    if attrs.has(base) or hasattr(base, "__dataclass_fields__"):
        return Fault(
            f"{name(base)} has no layout",
            allowed="a class decorated with @struct",
            instead=f"@struct above class {name(base)}, in place of its other decorator",
        )
    return Fault(
        f"{name(base)} has no size on the wire",
        allowed="bool, UInt8 … SInt64, Float32/64, MedFloat16/32, IntEnum, IntFlag, Utf8(…) text, Octets(…) bytes, "
        "UUIDs, dates, tuple[…, ...], a @struct class or a union of structs with opcodes",
        instead=_advice(base),
    )


def _advice(base: Any) -> str:
    """What people who write *base* usually want."""
    if _is_union(base):
        return "one type, or @struct(opcode=…) above each class of the union"
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return f"class {name(base)}(enum.IntEnum)"
    if base is dt.datetime:
        return "DateTime"
    if get_origin(base) is list and get_args(base):
        return f"tuple[{spelling(get_args(base)[0])}, ...]"
    if (get_origin(base) or base) in {list, tuple, bytearray}:
        return "tuple[UInt8, ...] for an array, Annotated[bytes, Octets(max=20)] for octets"
    return "one of these"


def spelling(hint: Any) -> str:
    """The type as it should stand in an annotation: ``UInt8``, ``Annotated[str, Utf8(max=20)]``."""
    reading = read(hint)
    for mark in reading.kinds:
        if isinstance(mark, Integer | Real | MedFloat):
            return _spelled(mark)
    base = reading.bases[0] if reading.bases else hint
    return _EXAMPLES.get(base, name(base)).partition(" (")[0]


def spelled(kind: Kind) -> str:
    """The kind as an annotation would say it, in short: ``UInt8``, ``Annotated[str, …]``."""
    if isinstance(kind, Integer | Real | MedFloat):
        return _spelled(kind)
    if isinstance(kind, Number):
        return f"Annotated[{name(kind.base)}, {_spelled(kind.carrier)}, …]"
    if isinstance(kind, Enumeration | Record):
        return kind.type.__name__
    return "Type"


def _spelled(kind: Integer | Real | MedFloat) -> str:
    if isinstance(kind, Integer):
        return f"{'S' if kind.signed else 'U'}Int{kind.bits}"
    return f"{'Float' if isinstance(kind, Real) else 'MedFloat'}{8 * kind.width}"


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
