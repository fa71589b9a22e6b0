"""Tables of values and of bits -> enumerations, flag sets, and numbers with raw values that mean something else."""

from __future__ import annotations

import attrs

from tools.sig._facts import Field, Row
from tools.sig._labels import bit_label, check_name, member_names, special_name
from tools.sig._model import EnumDecl, Member, Module
from tools.sig._names import Overlay
from tools.sig._shapes import Carrier, factor, is_flags
from tools.sig._text import camel, hexadecimal, snake

_OCTET = 8


def defined(rows: list[Row]) -> list[Row]:
    """Give the rows that are not reserved."""
    return [row for row in rows if not row.reserved]


def is_enumeration(field: Field) -> bool:
    """Whether every value of the table has a name, rather than a span of them being a number."""
    rows = defined(field.rows)
    return bool(rows) and all(row.low == row.high for row in rows)


def number_of(field: Field) -> Field:
    """Read a table with a span of numbers as a range and raw values that mean something else."""
    spans = [row for row in defined(field.rows) if row.low != row.high]
    if not spans or is_flags(field.type):
        return field
    named = {row.low: row.label for row in defined(field.rows) if row.low == row.high}
    step = factor(field)
    return attrs.evolve(
        field,
        rows=[],
        low=spans[0].low * step if field.low is None else field.low,
        high=spans[-1].high * step if field.high is None else field.high,
        sentinels=field.sentinels | named,
    )


@attrs.frozen
class Tables:
    """Writes the enumerations of one module."""

    module: Module
    names: Overlay

    def enumeration(self, field: Field, name: str, doc: str) -> EnumDecl:
        """Make the enumeration of a table of values."""
        rows = defined(field.rows)
        extra = [Row(raw, raw, special_name(meaning)) for raw, meaning in sorted(field.sentinels.items())]
        return EnumDecl(name, "OpenEnum", doc, self._members(field.name, [*rows, *extra]))

    def flags(self, field: Field, name: str, doc: str, held_by: Carrier) -> EnumDecl:
        """Make the flag set of a table of single bits."""
        rows = defined(field.rows)
        features = name.endswith(("Feature", "Features")) or field.name.endswith("Feature")
        names = self._chosen(field.name, rows, features=features)
        members = tuple(
            (member, f"1 << {row.low}" if row.low else "1") for member, row in zip(names, rows, strict=True)
        )
        decorator = f"@carrier({held_by.name})" if held_by.bits > _OCTET else ""
        return EnumDecl(name, "enum.IntFlag", doc, members, decorator)

    def _members(self, table: str, rows: list[Row]) -> tuple[tuple[str, str], ...]:
        width = 4 if rows[-1].low >= 1 << _OCTET else 2
        names = self._chosen(table, rows)
        wide = any(row.low > _DECIMAL for row in rows)
        values = [hexadecimal(row.low, width) if wide else str(row.low) for row in rows]
        return tuple(zip(names, values, strict=True))

    def _chosen(self, table: str, rows: list[Row], *, features: bool = False) -> list[str]:
        labels = ["not known" if "is not known" in row.label else row.label for row in rows]
        made = member_names(labels, features=features)
        chosen = [self.names.get("members", table, str(row.low)) for row in rows]
        where = f"{self.module.identifier}.{table}"
        return [
            str(own or check_name(name, f"{where} {row.low}"))
            for own, name, row in zip(chosen, made, rows, strict=True)
        ]

    def bit(self, field: Field, row: Row, flags: str) -> Member:
        """Make the field that lives in the bits of *row*."""
        overlay: str | dict[str, str] = self.names.get("bits", field.name, str(row.low)) or {}
        chosen = {"name": overlay} if isinstance(overlay, str) else overlay
        name = chosen.get("name") or snake(bit_label(row.label))
        check_name(name, f"{self.module.identifier}.{field.name} bit {row.low}")
        where = f"Bits({row.low}{'' if row.low == row.high else f', {row.high}'}{flags})"
        if row.low == row.high and "type" not in chosen:
            return Member(name, f"Annotated[bool, {where}]", "False", chosen.get("doc", ""))
        return self._wide_bit(field, row, chosen, name, where)

    def _wide_bit(self, field: Field, row: Row, chosen: dict[str, str], name: str, where: str) -> Member:
        title = chosen.get("type") or camel(bit_label(row.label))
        if not row.parts:
            return Member(name, f"Annotated[int, {where}]", "0", chosen.get("doc", ""))
        table = attrs.evolve(field, name=title, rows=list(row.parts), sentinels={})
        if self.names.get("flag_sets", title):
            parts = [Row(part.low - row.low, part.low - row.low, part.label) for part in row.parts]
            made = self.flags(
                attrs.evolve(table, rows=parts), title, f"{bit_label(row.label)}.", Carrier("UInt8", _OCTET)
            )
            return Member(name, f"Annotated[{self.module.add(made)}, {where}]", f"{self.module.add(made)}(0)")
        made = self.enumeration(table, title, f"{bit_label(row.label)}.")
        default = next(
            (f"{self.module.add(made)}.{member}" for member, value in made.members if int(value, 0) == 0), ""
        )
        return Member(name, f"Annotated[{self.module.add(made)}, {where}]", default, chosen.get("doc", ""))


_DECIMAL = 20
"""Tables with greater values are written in hexadecimal, as the SIG's are."""
