"""What the SIG's files say about a value, once its sentences are understood."""

from __future__ import annotations

from fractions import Fraction

import attrs


@attrs.frozen
class Gate:
    """When a field is present: bits of a flags field are set (or clear), or another field has (not) a value."""

    field: str
    bits: tuple[int, ...] = ()
    clear: bool = False
    equals: int | None = None
    differs: int | None = None


@attrs.frozen
class Row:
    """One line of a table: a value (or a range of them) and its label, with labels of its own parts."""

    low: int
    high: int
    label: str
    parts: tuple[Row, ...] = ()

    @property
    def reserved(self) -> bool:
        """Whether nobody may use these values (yet)."""
        words = self.label.lower().rstrip(".")
        return words in _RESERVED or words.startswith(("defined by service", "reserved for future use"))


_RESERVED = {"reserved for future use", "rfu", "prohibited", "reserved"}


@attrs.define
class Field:
    """One field of a characteristic, or one row of a nested table."""

    name: str
    type: str
    size: str
    unit: str | None = None
    scale: tuple[int, int, int] | None = None
    """M, d and b of the represented value: raw · M · 10^d · 2^b."""
    low: Fraction | None = None
    high: Fraction | None = None
    resolution: Fraction | None = None
    """What the sentence beside M, d and b says; it should say the same."""
    sentinels: dict[int, str] = attrs.field(factory=dict[int, str])
    """Raw values that are no number, and what they mean."""
    gates: list[Gate] = attrs.field(factory=list[Gate])
    refers: str | None = None
    """The characteristic whose format this field has."""
    table: str | None = None
    """The table that tells the values or bits or parts."""
    rows: list[Row] = attrs.field(factory=list[Row])
    parts: list[Field] = attrs.field(factory=list["Field"])
    terminated: bool = False
    """Whether a text ends with a NUL."""
    size_in_bits: bool = False
    dangling: bool = False
    """Whether the field links to a table that is not there."""


@attrs.define
class Characteristic:
    """One characteristic with a format."""

    identifier: str
    name: str
    fields: list[Field]
    number: int | None = None


@attrs.frozen
class Place:
    """Where something was found: ``heart_rate_measurement.Energy Expended``."""

    characteristic: str
    field: str

    def __str__(self) -> str:
        """Write the place as the errata name it."""
        return f"{self.characteristic}.{self.field}"
