"""What a struct field says besides its type: which bits it lives in, when it is there, what chooses its layout."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import attrs
from typing_extensions import override

from gattschema.values._errors import Fault
from gattschema.values._numbers import Integer
from gattschema.values._written import as_written

T = TypeVar("T")


class Role(enum.Enum):
    """What a field is for, besides being a value."""

    VALUE = "value"
    FLAGS = "flags"
    LENGTH = "length"
    CRC = "crc"


Presence: TypeAlias = Annotated[T, Role.FLAGS]
"""``flags: Presence[UInt8] = derived()``: one bit for each optional field, and the fields that say ``Bits(…)``."""

Length: TypeAlias = Annotated[T, Role.LENGTH]
"""``size: Length[UInt8] = derived()``: the octets of the whole struct, itself included."""

Crc16: TypeAlias = Annotated[int, Integer(2), Role.CRC]
"""``crc: Crc16 = derived()``, the last field: CRC-16/MCRF4XX of all octets before it, the SIG's E2E-CRC."""


class Derived:
    """The marker that ``derived()`` leaves in the class body."""


def derived(*, init: Literal[False] = False) -> Any:
    """Say that a field follows from the others: the constructor does not take it.

    >>> flags: Presence[UInt8] = derived()

    Args:
        init: for type checkers, who read it as that of ``dataclasses.field``; it stays ``False``.
    """
    if init:
        raise Fault("a derived field cannot be given", allowed="derived()", instead="derived()")
    return Derived()


@attrs.frozen
class Bits:
    """``Bits(1)``, ``Bits(4, 5)``: the value lives in these bits of the flags, the least significant is number 0."""

    first: int
    last: int = attrs.field(default=attrs.Factory(lambda self: self.first, takes_self=True))
    flags: str | None = attrs.field(default=None, kw_only=True)

    @override
    def __repr__(self) -> str:
        return as_written(self)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            finding = f"there are no bits {self.first} to {self.last}"
            raise Fault(finding, allowed="the lower bit first", instead="Bits(4, 5)")

    @property
    def count(self) -> int:
        """How many bits there are."""
        return self.last - self.first + 1

    @property
    def numbers(self) -> range:
        """The numbers of the bits."""
        return range(self.first, self.last + 1)


class _Missing(enum.Enum):
    VALUE = enum.auto()


_MISSING: Any = _Missing.VALUE


@attrs.frozen(kw_only=True)
class When:
    """When an optional field is there.

    >>> When(bit=3)                  # bit 3 of the flags is set
    >>> When(bit=0, clear=True)      # … is clear
    >>> When(bits=(1, 2))            # both are set
    >>> When(field="unit", equals=2)
    >>> When(field="index", differs=0)
    >>> When(field="unit", among=(2, 3))

    Of several marks on one field all must hold.
    """

    bit: int | None = None
    bits: tuple[int, ...] = attrs.field(
        default=attrs.Factory(lambda self: () if self.bit is None else (self.bit,), takes_self=True)
    )
    clear: bool = False
    flags: str | None = None
    field: str | None = None
    equals: Any = _MISSING
    differs: Any = _MISSING
    among: tuple[Any, ...] = ()

    @override
    def __repr__(self) -> str:
        return as_written(self)

    def __attrs_post_init__(self) -> None:
        ways = (self.equals is not _MISSING) + (self.differs is not _MISSING) + bool(self.among)
        if ways != (self.field is not None) or (self.field is None) != bool(self.bits):
            raise Fault(
                "it is not clear when the field is there",
                allowed="bits of the flags, or another field with equals=, differs= or among=",
                instead='When(bit=3), or When(field="unit", equals=2)',
            )

    def by_value(self, value: Any) -> bool:
        """Whether the deciding field's *value* says that the field is there."""
        if self.among:
            return value in self.among
        return bool(value == self.equals if self.differs is _MISSING else value != self.differs)

    def by_word(self, word: int) -> bool:
        """Whether the flags' *word* says that the field is there."""
        return all(bool(word >> bit & 1) is not self.clear for bit in self.bits)

    @property
    def compared(self) -> tuple[str, Any]:
        """The operator and the value that the deciding field is compared with."""
        if self.among:
            return "in", self.among
        return ("==", self.equals) if self.differs is _MISSING else ("!=", self.differs)

    def __str__(self) -> str:
        if self.field:
            operator, value = self.compared
            return f"if {self.field} {operator} {value!r}"
        plural, verb = ("s", "are") if len(self.bits) > 1 else ("", "is")
        numbers = " and ".join(map(str, self.bits))
        return f"if bit{plural} {numbers} of {self.flags or 'flags'} {verb} {'clear' if self.clear else 'set'}"


@attrs.frozen
class Excludes:
    """``Excludes("forces")``: of this field and that one, only one is there."""

    field: str


@attrs.frozen
class Count:
    """``Count(3)``, ``Count(max=9)``, ``Count(min=1, max=9)``: how many elements an array has."""

    exactly: int | None = None
    min: int = attrs.field(default=0, kw_only=True)
    max: int | None = attrs.field(default=None, kw_only=True)

    @override
    def __repr__(self) -> str:
        return as_written(self)

    def __attrs_post_init__(self) -> None:
        if self.fewest < 0 or (self.most is not None and self.most < self.fewest):
            finding = f"no array has {self.fewest} to {self.most} elements"
            raise Fault(finding, allowed="the least first", instead="Count(max=9)")

    @property
    def fewest(self) -> int:
        """The smallest number of elements."""
        return self.min if self.exactly is None else self.exactly

    @property
    def most(self) -> int | None:
        """The largest number of elements; ``None`` for as many as there is room for."""
        return self.max if self.exactly is None else self.exactly


@attrs.frozen
class Widths:
    """``Widths(UInt8, UInt16, bit=0)``: the first type while the bit is clear, the second when it is set.

    The encoder takes the first if the value fits.
    """

    narrow: Any
    wide: Any
    bit: int = attrs.field(kw_only=True)
    flags: str | None = attrs.field(default=None, kw_only=True)


def _pairs(cases: Mapping[Any, Any]) -> tuple[tuple[Any, Any], ...]:
    return tuple(cases.items())


@attrs.frozen
class Switch:
    """``Switch("imperial", {False: Kilograms, True: Pounds})``: another field's value chooses the type."""

    field: str
    cases: tuple[tuple[Any, Any], ...] = attrs.field(converter=_pairs)


@attrs.frozen
class Crc:
    """``e2e_crc: Annotated[bool, Crc()] = False``, the last field: a CRC-16/MCRF4XX follows if it is true.

    The decoder goes by the length. With ``otherwise=0xFFFF`` that number stands in its place when it is false; a CRC
    that happens to be that number reads as false.
    """

    otherwise: int | None = None


def crc16(octets: bytes) -> int:
    """Give the CRC-16/MCRF4XX of *octets*: polynomial 0x1021 reflected, initial value 0xFFFF.

    >>> hex(crc16(b"123456789"))
    '0x6f91'
    """
    register = 0xFFFF
    for octet in octets:
        register = register >> 8 ^ _CRC_TABLE[(register ^ octet) & 0xFF]
    return register


def _crc_entry(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ (0x8408 if octet & 1 else 0)
    return octet


_CRC_TABLE = tuple(map(_crc_entry, range(256)))
