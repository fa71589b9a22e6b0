"""What octets mean: one immutable ``Kind`` per type, the tree that everything else is written from.

A kind that has a fixed layout tells it as :class:`Wire`: the characters of :mod:`struct` that it takes, the
expressions that turn a value into those slots, and the one that turns the slots back into a value. Structs join the
wires of their fields into as few ``struct.Struct`` as the byte orders allow. A kind without a wire is of variable
size; it encodes and decodes by itself and stands last in its struct.
"""

from __future__ import annotations

import enum
import operator
import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import attrs
from typing_extensions import override

from gattschema.values._errors import DecodeError, EncodeError, Fault, LengthError

ByteOrder = Literal["little", "big"]

LONGEST = 512
"""Octets that an attribute value has at most (Core Specification, Vol 3, Part F, 3.2.9)."""

REFUSALS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error)
"""What the raw encoders and decoders raise; the slow path then finds out where and why."""


@attrs.frozen
class Wire:
    """The fixed layout of a value: ``struct`` characters and the expressions around them."""

    format: str
    """``struct`` characters without a byte-order mark, one per slot."""
    to_slots: tuple[str, ...] = ("{v}",)
    """For each slot the expression that fills it; ``{v}`` is the value."""
    from_slots: str = "{0}"
    """The expression of the value; ``{0}``, ``{1}`` … are the slots."""
    order: ByteOrder = "little"
    names: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Globals that the expressions use."""


@attrs.frozen
class Leaf:
    """One row of a byte table: the path of a field, its first octet and its kind."""

    path: str
    offset: int
    kind: Kind


class Kind(ABC):
    """What a run of octets means."""

    @property
    @abstractmethod
    def least(self) -> int:
        """Octets of the shortest value."""

    @property
    @abstractmethod
    def most(self) -> int:
        """Octets of the longest value."""

    @property
    @abstractmethod
    def label(self) -> str:
        """The type in the SIG's own words where it has one: ``uint16``, ``utf8s``."""

    @property
    @abstractmethod
    def allowed(self) -> str:
        """The values that the type takes, for people: ``0 … 255``."""

    @property
    @abstractmethod
    def example(self) -> Any:
        """A value to show in documentation."""

    @abstractmethod
    def wire(self) -> Wire | None:
        """The fixed layout, or ``None`` for a kind of variable size."""

    @abstractmethod
    def pack(self, value: Any) -> bytes:
        """Encode, raising any of ``REFUSALS`` for a value that the type does not take."""

    @abstractmethod
    def unpack(self, octets: bytes) -> Any:
        """Decode, raising any of ``REFUSALS`` for octets that no value has."""

    @property
    def expected(self) -> str:
        """What error messages ask for: the allowed values and the type."""
        return f"{self.allowed} ({self.label})"

    def refuse_value(self, value: Any, path: str) -> EncodeError:
        """Say where in *value* the encoder failed, and what is allowed there."""
        return EncodeError(path, self.expected, value)

    def refuse_octets(self, octets: bytes, path: str) -> DecodeError:
        """Say where in *octets* the decoder failed, and what is allowed there."""
        if not self.least <= len(octets) <= self.most:
            return LengthError(path, f"{self.octets} ({self.label})", octets)
        return DecodeError(path, self.expected, octets)

    def refuse_default(self, default: Any) -> Fault:
        """Say what a declaration's default should have been."""
        allowed = self.refuse_value(default, "default").expected
        return Fault(f"the default is {default!r}", allowed=allowed, instead="a default that fits, or another type")

    def leaves(self, path: str = "", offset: int = 0) -> Iterator[Leaf]:
        """Give the rows of the byte table, in order."""
        yield Leaf(path, offset, self)

    @property
    def octets(self) -> str:
        """The size, for people: ``2 octets``, ``0 … 12 octets``."""
        span = f"{self.least}" if self.least == self.most else f"{self.least} … {self.most}"
        return f"{span} octet{'s' * (span != '1')}"


# --- numbers -----------------------------------------------------------------------------------------------------

_INTEGER_FORMATS = {1: "B", 2: "H", 3: "HB", 4: "I", 5: "IB", 6: "IH", 8: "Q"}


@attrs.frozen
class _Fixed(Kind):
    """A kind that always takes *width* octets."""

    width: int

    @property
    @override
    def least(self) -> int:
        return self.width

    @property
    @override
    def most(self) -> int:
        return self.width


@attrs.frozen
class Integer(_Fixed):
    """A whole number of *width* octets in two's complement if *signed*."""

    signed: bool = False
    order: ByteOrder = "little"

    @property
    def low(self) -> int:
        """The smallest number."""
        return -(1 << (8 * self.width - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The largest number."""
        return (1 << (8 * self.width - self.signed)) - 1

    @property
    @override
    def label(self) -> str:
        order = ", big-endian" if self.order == "big" and self.width > 1 else ""
        return f"{'s' if self.signed else 'u'}int{8 * self.width}{order}"

    @property
    @override
    def allowed(self) -> str:
        return f"{self.low} … {self.high}"

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        if hasattr(value, "__index__"):
            return super().refuse_value(value, path)
        return EncodeError(path, f"a whole number, {self.expected}", value)

    @property
    @override
    def example(self) -> int:
        return min(self.high, 0x0102030405060708 >> 8 * (8 - self.width))

    @override
    def wire(self) -> Wire:
        formats = _INTEGER_FORMATS[self.width]
        top = formats[-1].lower() if self.signed else formats[-1]
        if len(formats) == 1:
            return Wire(top, order=self.order)
        shift = 8 * struct.calcsize(f"<{formats[0]}")
        low, high = f"index({{v}}) & {(1 << shift) - 1:#x}", f"index({{v}}) >> {shift}"
        names = {"index": operator.index}
        if self.order == "big":
            return Wire(top + formats[0], (high, low), f"{{0}} << {shift} | {{1}}", self.order, names=names)
        return Wire(formats[0] + top, (low, high), f"{{0}} | {{1}} << {shift}", self.order, names=names)

    @override
    def pack(self, value: Any) -> bytes:
        return int(value.__index__()).to_bytes(self.width, self.order, signed=self.signed)

    @override
    def unpack(self, octets: bytes) -> int:
        _exactly(octets, self.width)
        return int.from_bytes(octets, self.order, signed=self.signed)


@attrs.frozen
class Real(_Fixed):
    """An IEEE 754 binary number of 4 or 8 octets."""

    order: ByteOrder = "little"

    @property
    @override
    def label(self) -> str:
        return f"float{8 * self.width}{', big-endian' if self.order == 'big' else ''}"

    @property
    @override
    def allowed(self) -> str:
        return "a number up to ±3.4e38" if self.width == 4 else "a number up to ±1.8e308"  # noqa: PLR2004

    @property
    @override
    def example(self) -> float:
        return 21.5

    @override
    def wire(self) -> Wire:
        return Wire("f" if self.width == 4 else "d", order=self.order)  # noqa: PLR2004

    @override
    def pack(self, value: Any) -> bytes:
        return struct.pack(_MARKS[self.order] + self.wire().format, value)

    @override
    def unpack(self, octets: bytes) -> float:
        number: float = struct.unpack(_MARKS[self.order] + self.wire().format, octets)[0]
        return number


_MARKS: Mapping[ByteOrder, str] = {"little": "<", "big": ">"}
_TO_BOOLEAN = {False: 0, True: 1}
_FROM_BOOLEAN = {0: False, 1: True}


@attrs.frozen
class Boolean(_Fixed):
    """One octet: 0 is false, 1 is true, the others are reserved."""

    width: int = attrs.field(default=1, init=False)

    @property
    @override
    def label(self) -> str:
        return "boolean"

    @property
    @override
    def allowed(self) -> str:
        return "True or False"

    @property
    @override
    def example(self) -> bool:
        return True

    @override
    def wire(self) -> Wire:
        names = {"to_boolean": _TO_BOOLEAN, "from_boolean": _FROM_BOOLEAN}
        return Wire("B", ("to_boolean[{v}]",), "from_boolean[{0}]", names=names)

    @override
    def pack(self, value: Any) -> bytes:
        return bytes((_TO_BOOLEAN[value],))

    @override
    def unpack(self, octets: bytes) -> bool:
        _exactly(octets, 1)
        return _FROM_BOOLEAN[octets[0]]


@attrs.frozen
class Enumeration(Kind):
    """The members of an ``IntEnum`` or the bits of an ``IntFlag``, carried by an integer."""

    type: type[enum.IntEnum | enum.IntFlag]
    carrier: Integer = Integer(1)

    @property
    @override
    def least(self) -> int:
        return self.carrier.width

    @property
    @override
    def most(self) -> int:
        return self.carrier.width

    @property
    @override
    def label(self) -> str:
        return f"{self.type.__name__}, {self.carrier.label}"

    @property
    @override
    def allowed(self) -> str:
        joint = " | " if issubclass(self.type, enum.Flag) else ", "
        return joint.join(f"{member.name} ({member.value:#x})" for member in self.type)

    @property
    @override
    def example(self) -> Any:
        return next(reversed(list(self.type)))

    @override
    def wire(self) -> Wire:
        inner, name = self.carrier.wire(), "enum_" + re.sub(r"\W", "_", self.type.__name__)
        member = f"({{v}} if {{v}}.__class__ is {name} else {name}({{v}}))"
        return attrs.evolve(
            inner,
            to_slots=tuple(slot.replace("{v}", member) for slot in inner.to_slots),
            from_slots=f"{name}({inner.from_slots})",
            names={**inner.names, name: self.type},
        )

    @override
    def pack(self, value: Any) -> bytes:
        return self.carrier.pack(self.type(value))

    @override
    def unpack(self, octets: bytes) -> Any:
        return self.type(self.carrier.unpack(octets))


# --- runs of octets ----------------------------------------------------------------------------------------------


@attrs.frozen
class _Bounded(Kind):
    """A kind that takes *shortest* to *longest* octets."""

    shortest: int
    longest: int

    @property
    @override
    def least(self) -> int:
        return self.shortest

    @property
    @override
    def most(self) -> int:
        return self.longest

    def within(self, octets: bytes) -> bytes:
        """Let octets pass whose number is within the bounds."""
        if self.shortest <= len(octets) <= self.longest:
            return octets
        raise ValueError(f"{len(octets)} octets instead of {self.octets}")


@attrs.frozen
class Text(_Bounded):
    """UTF-8 text that takes the rest of the value; the bounds count octets, not characters."""

    @property
    @override
    def label(self) -> str:
        return "utf8s"

    @property
    @override
    def allowed(self) -> str:
        return f"text of {self.octets} in UTF-8"

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        if not isinstance(value, str):
            return super().refuse_value(value, path)
        octets = len(value.encode("utf-8", "replace"))
        return EncodeError(path, f"{self.expected}, not {octets}", value)

    @property
    @override
    def example(self) -> str:
        return ("hello" + " " * self.least)[: max(self.least, min(5, self.most))]

    @override
    def wire(self) -> Wire | None:
        if self.least != self.most:
            return None
        names = {f"to_text_{self.least}": self.pack, f"from_text_{self.least}": self.unpack}
        to_slot, from_slot = (f"{name}({{}})" for name in names)
        return Wire(f"{self.least}s", (to_slot.format("{v}"),), from_slot.format("{0}"), names=names)

    @override
    def pack(self, value: Any) -> bytes:
        return self.within(str.encode(value))

    @override
    def unpack(self, octets: bytes) -> str:
        return str(self.within(octets), "utf-8")


@attrs.frozen
class Opaque(_Bounded):
    """Octets as they are."""

    @property
    @override
    def label(self) -> str:
        return "octets"

    @property
    @override
    def allowed(self) -> str:
        return f"bytes, {self.octets}"

    @property
    @override
    def example(self) -> bytes:
        return bytes(range(1, 1 + max(self.least, min(4, self.most))))

    @override
    def wire(self) -> Wire | None:
        if self.least != self.most:
            return None
        name = f"octets_{self.least}"
        return Wire(f"{self.least}s", (f"{name}({{v}})",), names={name: self.pack})

    @override
    def pack(self, value: Any) -> bytes:
        return self.within(value if value.__class__ is bytes else bytes(memoryview(value)))

    @override
    def unpack(self, octets: bytes) -> bytes:
        return self.within(bytes(octets))


def _exactly(octets: bytes, width: int) -> None:
    if len(octets) != width:
        raise ValueError(f"{len(octets)} octets instead of {width}")


# --- structs -----------------------------------------------------------------------------------------------------


@attrs.frozen
class Field:
    """One field of a struct."""

    name: str
    kind: Kind
    argument: str
    """Its name in the constructor, which attrs gives no leading underscores."""


@attrs.frozen
class Record(Kind):
    """The fields of a ``@struct`` class, one behind the other."""

    type: type
    fields: tuple[Field, ...]
    pack: Callable[[Any], bytes] = attrs.field(eq=False, repr=False)  # type: ignore[assignment]
    unpack: Callable[[bytes], Any] = attrs.field(eq=False, repr=False)  # type: ignore[assignment]

    @property
    @override
    def least(self) -> int:
        return sum(field.kind.least for field in self.fields)

    @property
    @override
    def most(self) -> int:
        return sum(field.kind.most for field in self.fields)

    @property
    @override
    def label(self) -> str:
        return self.type.__name__

    @property
    @override
    def allowed(self) -> str:
        return f"a {self.type.__name__}"

    @property
    @override
    def expected(self) -> str:
        return self.allowed

    @property
    @override
    def example(self) -> Any:
        """The defaults, but for those that leave nothing to see, and examples of the rest."""
        defaults = {field.name: field.default for field in attrs.fields(self.type)}
        shown = [field for field in self.fields if not _visible(field.kind, defaults[field.name])]
        return self.type(**{field.argument: field.kind.example for field in shown})

    @override
    def wire(self) -> None:
        return None

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        if not isinstance(value, self.type):
            return super().refuse_value(value, path)
        for field in self.fields:
            part = getattr(value, field.name)
            try:
                field.kind.pack(part)
            except REFUSALS:
                return field.kind.refuse_value(part, f"{path}.{field.name}")
        return super().refuse_value(value, path)

    @override
    def refuse_octets(self, octets: bytes, path: str) -> DecodeError:
        error = super().refuse_octets(octets, path)
        if isinstance(error, LengthError):
            return error
        at = 0
        for field in self.fields:
            part = octets[at:] if field.kind.least != field.kind.most else octets[at : at + field.kind.most]
            try:
                field.kind.unpack(part)
            except REFUSALS:
                return field.kind.refuse_octets(part, f"{path}.{field.name}")
            at += len(part)
        return error

    @override
    def leaves(self, path: str = "", offset: int = 0) -> Iterator[Leaf]:
        for field in self.fields:
            yield from field.kind.leaves(f"{path}.{field.name}" if path else field.name, offset)
            offset += field.kind.most


def _visible(kind: Kind, default: Any) -> bool:
    """Whether there is a default that takes octets."""
    if default is attrs.NOTHING:
        return False
    return kind.least > 0 or is_factory(default) or bool(kind.pack(default))


def is_factory(default: Any) -> bool:
    """Whether attrs makes the default anew for each instance (``attrs.Factory`` is a function to type checkers)."""
    return hasattr(default, "factory") and hasattr(default, "takes_self")
