"""Kinds of which the rest of the struct chooses the layout, and what stands for a check."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import attrs
from typing_extensions import override

from gattschema.values._errors import EncodeError
from gattschema.values._kinds import REFUSALS, Kind, Wire


@attrs.frozen
class Choice(Kind):
    """One of several layouts; by itself it is the first that takes the value."""

    @property
    @abstractmethod
    def kinds(self) -> tuple[Kind, ...]:
        """The layouts, in order."""

    @property
    @override
    def least(self) -> int:
        return min(kind.least for kind in self.kinds)

    @property
    @override
    def most(self) -> int:
        return max(kind.most for kind in self.kinds)

    @property
    @override
    def greedy(self) -> bool:
        return any(kind.greedy for kind in self.kinds)

    @property
    @override
    def label(self) -> str:
        return " or ".join(dict.fromkeys(kind.label for kind in self.kinds))

    @property
    @override
    def allowed(self) -> str:
        return " or ".join(dict.fromkeys(kind.allowed for kind in self.kinds))

    @property
    @override
    def expected(self) -> str:
        return " or ".join(dict.fromkeys(kind.expected for kind in self.kinds))

    @property
    @override
    def example(self) -> Any:
        return self.kinds[0].example

    @override
    def wire(self) -> Wire | None:
        return None

    @override
    def pack(self, value: Any) -> bytes:
        for kind in self.kinds[:-1]:
            try:
                return kind.pack(value)
            except REFUSALS:
                continue
        return self.kinds[-1].pack(value)

    @override
    def unpack(self, octets: bytes) -> Any:
        for kind in self.kinds[:-1]:
            try:
                return kind.unpack(octets)
            except REFUSALS:
                continue
        return self.kinds[-1].unpack(octets)


@attrs.frozen
class ByWidth(Choice):
    """The narrow one while a bit of the flags is clear, the wide one when it is set."""

    narrow: Kind
    wide: Kind
    bit: int
    flags: str

    @property
    @override
    def kinds(self) -> tuple[Kind, ...]:
        return self.narrow, self.wide

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        return self.wide.refuse_value(value, path)


@attrs.frozen
class ByValue(Choice):
    """The kind that belongs to another field's value."""

    field: str
    cases: tuple[tuple[Any, Kind], ...]

    @property
    @override
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for _, kind in self.cases)

    def case(self, value: Any) -> Kind | None:
        """The kind that belongs to *value*."""
        return next((kind for wanted, kind in self.cases if wanted == value), None)

    def missing(self, value: Any) -> str:
        """Say that no kind belongs to *value*."""
        return f"a layout: {self.field} is {value!r}, none of {', '.join(repr(wanted) for wanted, _ in self.cases)}"


@attrs.frozen
class Check(Kind):
    """A CRC-16/MCRF4XX over the octets in front, or what stands in its place; ``True`` if there is one."""

    otherwise: int | None = None

    @property
    @override
    def least(self) -> int:
        return 0 if self.otherwise is None else 2

    @property
    @override
    def most(self) -> int:
        return 2

    @property
    @override
    def label(self) -> str:
        return "CRC-16/MCRF4XX"

    @property
    @override
    def allowed(self) -> str:
        return "True or False"

    @property
    @override
    def example(self) -> bool:
        return False

    @override
    def wire(self) -> Wire | None:
        return None

    @override
    def pack(self, value: Any) -> bytes:
        raise TypeError(value)  # by itself it has no octets: they follow from those in front

    @override
    def unpack(self, octets: bytes) -> Any:
        raise TypeError(octets)
