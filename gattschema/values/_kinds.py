"""What octets mean: one immutable ``Kind`` per type, the tree that everything else is written from.

A kind that has a fixed layout tells it as :class:`Wire`: the characters of :mod:`struct` that it takes, the
expressions that turn a value into those slots, and the one that turns the slots back into a value. Structs join the
wires of their fields into as few ``struct.Struct`` as the byte orders allow. A kind without a wire is of variable
size. Either its octets say where they end, or it is *greedy*: it takes all that is left, and stands last in its struct.
"""

from __future__ import annotations

import operator
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NoReturn

import attrs
from typing_extensions import override

from gattschema.values._errors import DecodeError, EncodeError, Fault, LengthError

ByteOrder = Literal["little", "big"]

LONGEST = 512
"""Octets that an attribute value has at most (Core Specification, Vol 3, Part F, 3.2.9)."""

REFUSALS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error)
"""What the raw encoders and decoders raise; the slow path then finds out where and why."""


def refuse(found: object) -> NoReturn:
    """Leave the fast path: generated expressions call it for a number that the type does not take."""
    raise ValueError(found)


WIRE_NAMES: Mapping[str, Any] = {"index": operator.index, "refuse": refuse}
"""Globals that many wires use."""


@attrs.frozen
class Wire:
    """The fixed layout of a value: ``struct`` characters and the expressions around them."""

    format: str
    """``struct`` characters without a byte-order mark, one per slot."""
    to_slots: tuple[str, ...] = ("{v}",)
    """For each slot the expression that fills it; ``{v}`` is the value, ``{t}`` a variable that it may set."""
    from_slots: str = "{0}"
    """The expression of the value; ``{0}``, ``{1}`` … are the slots, ``{t}`` is a variable that it may set."""
    order: ByteOrder = "little"
    names: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Globals that the expressions use."""


@attrs.frozen
class Leaf:
    """One row of a byte table: the path of a field, its first octet and its kind."""

    path: str
    offset: int | None
    """``None`` where it depends on the fields in front."""
    kind: Kind
    note: str = ""
    """When it is there, or which bits it is: ``if bit 3 of flags is set``, ``bits 4 … 5 of flags``."""


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

    def own_functions(self) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]] | None:
        """Give a faster ``pack`` and ``unpack``, made for just this kind, if it has them."""
        return None

    @property
    def greedy(self) -> bool:
        """Whether it takes all the octets that are left, however many."""
        return self.least != self.most

    def take(self, octets: bytes, at: int) -> tuple[Any, int]:
        """Decode what stands *at*; give the value and where the next one begins. Raises any of ``REFUSALS``."""
        end = len(octets) if self.greedy else at + self.least
        return self.unpack(octets[at:end]), end

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

    def leaves(self, path: str = "", offset: int | None = 0, note: str = "") -> Iterator[Leaf]:
        """Give the rows of the byte table, in order."""
        yield Leaf(path, offset, self, note)

    @property
    def octets(self) -> str:
        """The size, for people: ``2 octets``, ``0 … 12 octets``."""
        span = f"{self.least}" if self.least == self.most else f"{self.least} … {self.most}"
        return f"{span} octet{'s' * (span != '1')}"


@attrs.frozen
class FixedKind(Kind):
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
class BoundedKind(Kind):
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


def exactly(octets: bytes, width: int) -> None:
    """Raise unless there are *width* octets."""
    if len(octets) != width:
        raise ValueError(f"{len(octets)} octets instead of {width}")


def joined(format: str, order: ByteOrder) -> struct.Struct:  # noqa: A002  (the word of the struct module)
    """Give the ``Struct`` of these characters, without padding."""
    return struct.Struct(("<" if order == "little" else ">") + format)
