"""YAML of the SIG -> characteristics with understood fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from tools.sig._facts import Characteristic, Field, Row
from tools.sig._grammar import UnknownGrammarError, row
from tools.sig._text import plain, snake
from tools.sig._yaml import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.sig._grammar import Grammar

PREFIX = "org.bluetooth.characteristic."
_KNOWN_KEYS = {"identifier", "name", "description", "structure", "fields", "size_in_bits"}
_PART = re.compile(r"(0b[01]+|\d+(?:[-–]\d+)?)\s*=\s*(.+)")
_BIT_PART = re.compile(r"Bit (\d+): (.+)")


def characteristics(source: Path, numbers: Mapping[str, int], grammar: Grammar) -> list[Characteristic]:
    """Read every format of *source*; *numbers* are the UUIDs by name."""
    found = [_characteristic(load(path)["characteristic"], grammar) for path in sorted((source / "gss").glob("*.yaml"))]
    return sorted(
        (attrs.evolve(one, number=numbers.get(snake(one.name))) for one in found), key=lambda one: one.identifier
    )


def _characteristic(data: Mapping[str, Any], grammar: Grammar) -> Characteristic:
    identifier = data["identifier"].removeprefix(PREFIX)
    if unknown := set(data) - _KNOWN_KEYS:
        raise UnknownGrammarError(f"{identifier}: no rule for {', '.join(sorted(unknown))}")
    reader = _Reader(identifier, _tables(data.get("fields") or ()), grammar)
    fields = [reader.field(item, in_bits=bool(data.get("size_in_bits"))) for item in data["structure"]]
    return Characteristic(snake(data["name"]), plain(data["name"]), fields)


def _tables(items: Any) -> dict[str, Mapping[str, Any]]:
    """Give every table and sub-table by the name that links use."""
    found: dict[str, Mapping[str, Any]] = {}
    for item in items:
        found[_slug(item["name"])] = item
        found |= {_slug(sub["name"]): sub for sub in item.get("subfields") or ()}
    return found


def _slug(name: str) -> str:
    return plain(name).lower().replace(" ", "_")


@attrs.frozen
class _Reader:
    """Reads the fields of one characteristic."""

    identifier: str
    tables: dict[str, Mapping[str, Any]]
    grammar: Grammar

    def field(self, item: Mapping[str, Any], *, in_bits: bool = False) -> Field:
        """Make a field of a row of the structure, or of a nested table."""
        name = plain(item["field"])
        kind = plain(str(item.get("type") or item["data_type"])).replace("\\", "")
        field = Field(name, kind, plain(str(item["size"])), size_in_bits=in_bits)
        self.grammar.read(field, item["description"] or "", f"{self.identifier}.{name}")
        if table := self._table(field):
            self._fill(field, table)
        return field

    def _table(self, field: Field) -> Mapping[str, Any] | None:
        """Give the table that the field links to; the lint names a link that leads nowhere."""
        table = self.tables.get(field.table or "") or (self.tables.get(_slug(field.name)) if field.table else None)
        field.dangling = field.table is not None and table is None
        return table

    def _fill(self, field: Field, table: Mapping[str, Any]) -> None:
        rows: list[Mapping[str, Any]] = table.get("values") or []
        if rows and "field" in rows[0]:
            field.parts = [self.field(item, in_bits=bool(table.get("size_in_bits"))) for item in rows]
        elif rows and all(_numbered(item) for item in rows):
            field.rows += [_row(item) for item in rows if _key(item).lower() != "all other values"]
        elif not rows:
            self.grammar.read(field, table.get("description") or "", f"{self.identifier}.{field.name}")


def _key(item: Mapping[str, Any]) -> str:
    return str(item.get("bit", item.get("value"))).strip()


def _numbered(item: Mapping[str, Any]) -> bool:
    return _key(item).lower() == "all other values" or _key(item)[:1].isdigit()


def _row(item: Mapping[str, Any]) -> Row:
    """Read one row; the first line of its text is its label, lines such as ``0b01 = …`` are its parts."""
    first, *rest = [line.strip() for line in (item.get("description") or "").splitlines()] or [""]
    label = item.get("definition") or item.get("name") or first
    plainly = Row(0, 0, first).reserved
    return row(_key(item), first if plainly else str(label), _parts(rest))


def _parts(lines: list[str]) -> tuple[Row, ...]:
    found = [match.groups() for line in lines if (match := _PART.fullmatch(line))]
    binary = bool(found) and all(re.fullmatch("[01]{2}", key) for key, _ in found)
    parts = [row(f"0b{key}" if binary else key, label) for key, label in found]
    bits = [row(match[1], match[2]) for line in lines if (match := _BIT_PART.fullmatch(line))]
    return tuple(parts or bits)
