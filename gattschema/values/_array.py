"""Arrays: values of one type behind each other, a tuple in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from typing_extensions import override

from gattschema.values._errors import DecodeError, EncodeError, LengthError
from gattschema.values._kinds import LONGEST, REFUSALS, Kind, Wire
from gattschema.values._scalar import compiled_array, functions


@attrs.frozen
class Array(Kind):
    """*fewest* to *most_elements* values of one kind; with ``fewest == most_elements`` its end is known."""

    element: Kind
    fewest: int
    most_elements: int

    @property
    @override
    def least(self) -> int:
        return self.fewest * self.element.least

    @property
    @override
    def most(self) -> int:
        return self.most_elements * self.element.most

    @property
    @override
    def greedy(self) -> bool:
        return self.fewest != self.most_elements

    @property
    def count(self) -> str:
        """How many there are, for people."""
        return f"{self.fewest}" if not self.greedy else f"{self.fewest} … {self.most_elements}"

    @property
    @override
    def label(self) -> str:
        return f"{self.element.label}[{self.count}]"

    @property
    @override
    def allowed(self) -> str:
        return f"{self.count} of {self.element.allowed}"

    @property
    @override
    def expected(self) -> str:
        return f"a tuple of {self.count} values, each {self.element.expected}"

    @property
    @override
    def example(self) -> tuple[Any, ...]:
        return (self.element.example,) * max(self.fewest, min(2, self.most_elements))

    @override
    def wire(self) -> Wire | None:
        return None

    @override
    def own_functions(self) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]] | None:
        wire = self.element.wire()
        if wire is None or wire.format.endswith("s"):
            return None
        return compiled_array(self.element, self.fewest, self.most_elements)

    @override
    def pack(self, value: Any) -> bytes:
        elements = _elements(value)
        self._count(len(elements))
        return b"".join(map(functions(self.element)[0], elements))

    @override
    def unpack(self, octets: bytes) -> tuple[Any, ...]:
        value, end = self.take(octets, 0)
        if end != len(octets):
            raise ValueError(octets)
        return value

    @override
    def take(self, octets: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        value, end = list[Any](), at
        while end < len(octets) if self.greedy else len(value) < self.fewest:
            start = end
            element, end = self.element.take(octets, start)
            value.append(element)
            if end == start and self.greedy:
                raise ValueError(octets)
        self._count(len(value))
        return tuple(value), end

    def _count(self, elements: int) -> None:
        if not self.fewest <= elements <= self.most_elements:
            raise ValueError(elements)

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        if isinstance(value, tuple):
            for index, element in enumerate(_elements(value)):
                try:
                    self.element.pack(element)
                except REFUSALS:
                    return self.element.refuse_value(element, f"{path}[{index}]")
        return super().refuse_value(value, path)

    @override
    def refuse_octets(self, octets: bytes, path: str) -> DecodeError:
        at = 0
        for index in range(self.most_elements):
            if at >= len(octets):
                break
            try:
                _, at = self.element.take(octets, at)
            except REFUSALS:
                rest = octets[at:] if self.element.least != self.element.most else octets[at : at + self.element.most]
                return self.element.refuse_octets(rest, f"{path}[{index}]")
        return LengthError(path, f"{self.count} values of {self.element.octets} ({self.label})", octets)


def _elements(value: Any) -> tuple[Any, ...]:
    """Let tuples pass; a list could change behind the back of whoever has looked at it."""
    if isinstance(value, tuple):
        return value  # pyright: ignore[reportUnknownVariableType]
    raise TypeError(value)


def elements_that_fit(element: Kind) -> int:
    """How many there can be in one attribute value."""
    return LONGEST // max(1, element.least)
