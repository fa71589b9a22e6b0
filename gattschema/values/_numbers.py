"""Whole numbers, IEEE numbers, truth values and enumerations."""

from __future__ import annotations

import enum
import re
import struct
from functools import lru_cache
from typing import Any

import attrs
from typing_extensions import override

from gattschema.values._errors import EncodeError
from gattschema.values._kinds import WIRE_NAMES, ByteOrder, FixedKind, Kind, Wire, exactly, joined

_INTEGER_FORMATS = {1: "B", 2: "H", 3: "HB", 4: "I", 5: "IB", 6: "IH", 8: "Q", 16: "QQ"}


@attrs.frozen
class Integer(FixedKind):
    """A whole number of *width* octets in two's complement if *signed*; of fewer *bits* if those are given."""

    signed: bool = False
    order: ByteOrder = "little"
    narrow: int = 0
    """Bits of a number that does not fill its octets: 1, 2, 4, 12; neighbours in a struct then share octets."""
    member: bool = False
    """Whether the other bits of its octets are somebody else's, and masked already."""

    @override
    def __repr__(self) -> str:
        order = ", BigEndian()" if self.order == "big" else ""
        return f"{'S' if self.signed else 'U'}Int{self.bits}{order}"

    @property
    def bits(self) -> int:
        """Bits that the number takes."""
        return self.narrow or 8 * self.width

    @property
    def low(self) -> int:
        """The smallest number."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The largest number."""
        return (1 << (self.bits - self.signed)) - 1

    @property
    @override
    def label(self) -> str:
        order = ", big-endian" if self.order == "big" and self.width > 1 else ""
        return f"{'s' if self.signed else 'u'}int{self.bits}{order}"

    @property
    @override
    def allowed(self) -> str:
        return f"{self.low} … {self.high}"

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        if hasattr(value, "__index__"):
            return super().refuse_value(value, path)
        return EncodeError(path, f"an int, {self.expected}", value)

    @property
    @override
    def example(self) -> int:
        return min(self.high, 0x0102030405060708090A0B0C0D0E0F10 >> 8 * (16 - self.width))

    @override
    def wire(self) -> Wire:
        if self.narrow:
            return self._narrow_wire()
        formats = _INTEGER_FORMATS.get(self.width)
        if formats is None:
            return self._long_wire()
        top = formats[-1].lower() if self.signed else formats[-1]
        if len(formats) == 1:
            return Wire(top, order=self.order)
        shift = 8 * struct.calcsize(f"<{formats[0]}")
        mask = f"{(1 << shift) - 1:#x}"
        if self.order == "big":
            parts = f"({{t}} := index({{v}})) >> {shift}", f"{{t}} & {mask}"
            return Wire(top + formats[0], parts, f"{{0}} << {shift} | {{1}}", self.order, names=WIRE_NAMES)
        parts = f"({{t}} := index({{v}})) & {mask}", f"{{t}} >> {shift}"
        return Wire(formats[0] + top, parts, f"{{0}} | {{1}} << {shift}", self.order, names=WIRE_NAMES)

    def _long_wire(self) -> Wire:
        """As octets: neighbours that share octets may take 7 of them, or 9."""
        to_slot = f"index({{v}}).to_bytes({self.width}, '{self.order}')"
        return Wire(f"{self.width}s", (to_slot,), f"int.from_bytes({{0}}, '{self.order}')", names=WIRE_NAMES)

    def _narrow_wire(self) -> Wire:
        """The number alone in its octets, the upper bits clear."""
        sign, mask = 1 << (self.bits - 1), (1 << self.bits) - 1
        checked = f"({{t}} if {self.low} <= ({{t}} := index({{v}})) <= {self.high} else refuse({{t}}))"
        number = "{0}" if self.member else f"({{0}} if {{0}} <= {mask} else refuse({{0}}))"
        if self.signed:
            return self._carried(f"{checked} & {mask}", f"(({number} ^ {sign}) - {sign})")
        return self._carried(checked, number)

    def _carried(self, to_slot: str, from_slot: str) -> Wire:
        return Wire(_INTEGER_FORMATS[self.width], (to_slot,), from_slot, self.order, names=WIRE_NAMES)

    @override
    def pack(self, value: Any) -> bytes:
        number = value.__index__()
        if self.narrow:
            if not self.low <= number <= self.high:
                raise OverflowError(number)
            number &= (1 << self.bits) - 1
            return int(number).to_bytes(self.width, self.order)
        return int(number).to_bytes(self.width, self.order, signed=self.signed)

    @override
    def unpack(self, octets: bytes) -> int:
        exactly(octets, self.width)
        if not self.narrow:
            return int.from_bytes(octets, self.order, signed=self.signed)
        number, sign = int.from_bytes(octets, self.order), 1 << (self.bits - 1)
        if number >> self.bits:
            raise OverflowError(number)
        return (number ^ sign) - sign if self.signed else number


@attrs.frozen
class Real(FixedKind):
    """An IEEE 754 binary number of 4 or 8 octets."""

    order: ByteOrder = "little"

    @override
    def __repr__(self) -> str:
        return f"Float{8 * self.width}{', BigEndian()' if self.order == 'big' else ''}"

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
        return joined(self.wire().format, self.order).pack(value)

    @override
    def unpack(self, octets: bytes) -> float:
        number: float = joined(self.wire().format, self.order).unpack(octets)[0]
        return number


_TO_BOOLEAN = {False: 0, True: 1}
_FROM_BOOLEAN = {0: False, 1: True}


@attrs.frozen
class Boolean(FixedKind):
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
        exactly(octets, 1)
        return _FROM_BOOLEAN[octets[0]]


class OpenEnum(enum.IntEnum):
    """An ``IntEnum`` that keeps numbers which have no name (yet), as the SIG's reserved ones.

    >>> class Location(OpenEnum):
    ...     CHEST = 1
    >>> Location(7)
    <Location.RESERVED_7: 7>

    A plain ``IntEnum`` refuses such numbers: then a phone's write of 7 is answered with an ATT error.
    """

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        return _reserved(cls, int(value)) if isinstance(value, int) else None


@lru_cache(maxsize=4096)
def _reserved(cls: type[OpenEnum], value: int) -> OpenEnum:
    """Make the member that stands for a number without a name, as ``IntFlag`` does for unnamed bits."""
    member = int.__new__(cls, value)
    member._name_ = f"RESERVED_{value}".replace("-", "MINUS_")
    member._value_ = value
    return member


class CarriedKind(Kind):
    """A kind whose values are numbers in another one's octets."""

    carrier: Any

    @property
    @override
    def least(self) -> int:
        width: int = self.carrier.width
        return width

    @property
    @override
    def most(self) -> int:
        return self.least


@attrs.frozen
class Enumeration(CarriedKind):
    """The members of an ``IntEnum`` or the bits of an ``IntFlag``, carried by an integer."""

    type: type[enum.IntEnum | enum.IntFlag]
    carrier: Integer = Integer(1)

    @property
    @override
    def label(self) -> str:
        return f"{self.type.__name__}, {self.carrier.label}"

    @property
    @override
    def allowed(self) -> str:
        joint = " | " if issubclass(self.type, enum.Flag) else ", "
        members = joint.join(f"{member.name} ({member.value:#x})" for member in self.type)
        return f"{self.carrier.allowed}: {members}, others reserved" if issubclass(self.type, OpenEnum) else members

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
