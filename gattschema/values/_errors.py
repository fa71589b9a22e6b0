"""What can be wrong with a declaration, a value or some octets.

Exception
├── TypeError
│   └── Fault              one mistake in a declaration
├── ExceptionGroup
│   └── SchemaError        every Fault of one class
└── ValueError
    ├── EncodeError        a value that has no octets
    └── DecodeError        octets that have no value
        └── LengthError    … because there are too few or too many of them
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Self

from typing_extensions import override


class Fault(TypeError):
    """One mistake in a declaration: where it is, what was found, what is allowed, what to write instead."""

    def __init__(self, finding: str, *, allowed: str, instead: str, where: str = "") -> None:
        super().__init__(finding)
        self.where = where
        self.finding = finding
        self.allowed = allowed
        self.instead = instead

    def at(self, where: str) -> Fault:
        """Give the same fault with its place: ``where`` and, behind a dot, the place known so far."""
        place = ".".join(part for part in (where, self.where) if part)
        return Fault(self.finding, allowed=self.allowed, instead=self.instead, where=place)

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Fault, self.finding, allowed=self.allowed, instead=self.instead, where=self.where), ()

    @override
    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.finding}\n    allowed: {self.allowed}\n    write:   {self.instead}"


class SchemaError(ExceptionGroup[Fault]):
    """All the faults of one class, found in one go: ``faults`` (and, as in any group, ``exceptions``)."""

    def __new__(cls, subject: str, faults: Sequence[Fault]) -> Self:
        """Count the faults and say where they are; tracebacks then show each of them."""
        places = ", ".join(dict.fromkeys(fault.where or "the class itself" for fault in faults))
        return super().__new__(cls, f"{subject} has {len(faults)} fault{'s' * (len(faults) > 1)}: {places}", faults)

    def __init__(self, subject: str, faults: Sequence[Fault]) -> None:
        super().__init__(subject, faults)

    @override
    def __str__(self) -> str:
        return self.message

    @property
    def report(self) -> str:
        """Everything in one text: the message and each fault."""
        return "\n".join([self.message, *(f"  {fault}" for fault in self.faults)])

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, in the order of the class."""
        return tuple(fault for fault in self.exceptions if isinstance(fault, Fault))

    @override
    def derive(self, excs: Sequence[Fault]) -> SchemaError:  # type: ignore[override]
        return SchemaError(self.message.split(" has ", 1)[0], excs)


class EncodeError(ValueError):
    """A value that its type does not take.

    ``path`` says where (``Schedule.start``), ``expected`` what is allowed there, ``got`` what was found.
    """

    def __init__(self, path: str, expected: str, got: object) -> None:
        super().__init__(f"{path}: expected {expected}, got {_shown(got)}")
        self.path = path
        self.expected = expected
        self.got = got

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.expected, self.got)


_SHOWN = 32
"""Octets of a refused value that a message shows."""


def _digits(octets: bytes) -> str:
    more = f"… ({len(octets)} octets)" if len(octets) > _SHOWN else ""
    return octets[:_SHOWN].hex() + more or "nothing"


class DecodeError(ValueError):
    """Octets that no value of the type has.

    ``path`` says where, ``expected`` what is allowed there, ``octets`` are the ones in question.
    """

    def __init__(self, path: str, expected: str, octets: bytes) -> None:
        super().__init__(f"{path}: expected {expected}, got {_digits(octets)}")
        self.path = path
        self.expected = expected
        self.octets = octets

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.expected, self.octets)


class LengthError(DecodeError):
    """Fewer or more octets than any value of the type has."""


def _shown(value: object) -> str:
    """The value as Python writes it; Python writes no integers of thousands of digits."""
    try:
        shown = repr(value)
    except ValueError:
        return f"a {type(value).__name__} too long to write"
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]} …"


_LONGEST_SHOWN = 300
