"""Writes ``gattschema/sig/_numbers/*.py``: what the SIG assigned, as plain data that imports nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from tools.sig._text import hexadecimal, plain, quoted, snake
from tools.sig._yaml import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


_SUBCATEGORY = 0x3F
"""The bits of an appearance that tell the subcategory."""


class NumberError(Exception):
    """Two numbers have one name."""


@attrs.frozen
class Table:
    """One table of the SIG: rows of a number and the name that people read."""

    module: str
    title: str
    section: str
    rows: list[tuple[int, str]]
    digits: int = 4
    keys: dict[int, str] = attrs.field(factory=dict[int, str])
    """Names in code that the display name does not give."""
    extra: str = ""
    """More data of the module, behind the two dictionaries."""

    def names(self) -> dict[str, int]:
        """Give number by name; no name may stand for two numbers."""
        pairs = [(self.keys.get(number, snake(name)), number) for number, name in sorted(self.rows)]
        twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        if twice:
            raise NumberError(f"{self.module}: {', '.join(twice)} stands for two numbers")
        return dict(pairs)

    def display(self) -> dict[int, str]:
        """Give what people read by number; the SIG gave a few numbers to two things."""
        found: dict[int, str] = {}
        for number, name in sorted(self.rows):
            found[number] = f"{found[number]} / {name}" if number in found else name
        return found


def tables(source: Path) -> list[Table]:
    """Read every table whose numbers have names in code."""
    uuids = source / "assigned_numbers/uuids"
    core = source / "assigned_numbers/core"
    return [
        Table("characteristics", "Characteristics", "3.8", _uuids(uuids / "characteristic_uuids.yaml")),
        Table("services", "Services", "3.4", _uuids(uuids / "service_uuids.yaml")),
        Table("descriptors", "Descriptors", "3.7", _uuids(uuids / "descriptors.yaml")),
        Table("declarations", "Declarations", "3.6", _uuids(uuids / "declarations.yaml")),
        _formats(load(core / "formattypes.yaml")["formattypes"]),
        Table("namespaces", "Namespace descriptions", "2.4.2", _values(load(core / "namespace.yaml")["namespace"])),
        Table("ad_types", "Advertising data types", "2.3", _values(load(core / "ad_types.yaml")["ad_types"]), digits=2),
        _appearance(load(core / "appearance_values.yaml")["appearance_values"]),
    ]


def companies(source: Path) -> list[tuple[int, str]]:
    """Read the company identifiers, which have no names in code."""
    folder = source / "assigned_numbers/company_identifiers"
    return _values(load(folder / "company_identifiers.yaml")["company_identifiers"])


def _uuids(path: Path) -> list[tuple[int, str]]:
    return [(row["uuid"], plain(row["name"])) for row in load(path)["uuids"]]


def _values(rows: Iterable[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(row["value"], plain(row["name"])) for row in rows]


def _formats(rows: list[dict[str, Any]]) -> Table:
    found = [(row["value"], row["short_name"]) for row in rows]
    scaled = ", ".join(hexadecimal(row["value"], 2) for row in rows if row["exponent"])
    extra = f'\nWITH_EXPONENT = frozenset({{{scaled}}})\n"""The formats whose exponent means something."""\n'
    return Table("formats", "Format types", "2.4.1", found, digits=2, extra=extra)


def _appearance(categories: list[dict[str, Any]]) -> Table:
    """Number each appearance as the characteristic does: the category's ten bits, then the subcategory's six."""
    groups = {category["category"]: plain(category["name"]) for category in categories}
    rows = [(number << 6, name) for number, name in groups.items()]
    for category in categories:
        base = category["category"] << 6
        rows += [(base + sub["value"], plain(sub["name"])) for sub in category.get("subcategory", ())]
    shared = Counter(snake(name) for _, name in rows)
    keys = {
        value: snake(f"{groups[value >> 6]} {name}")
        for value, name in rows
        if shared[snake(name)] > 1 and value & _SUBCATEGORY
    }
    return Table("appearances", "Appearance values", "2.6.2", rows, keys=keys)


def emit_table(table: Table, commit: str) -> str:
    """Write one module: NUMBERS by name in code, NAMES by number."""
    names = table.names()
    lines = [
        *_head(f"{table.title}: {len(names)} of them", table.section, commit),
        "NUMBERS = {",
        *(f"    {quoted(name)}: {hexadecimal(number, table.digits)}," for name, number in names.items()),
        "}",
        "",
        "NAMES = {",
        *(f"    {hexadecimal(number, table.digits)}: {quoted(name)}," for number, name in table.display().items()),
        "}",
    ]
    return "\n".join(lines) + "\n" + table.extra


def emit_companies(rows: list[tuple[int, str]], commit: str) -> str:
    """Write the module of the companies, which is long and loaded only when asked for."""
    lines = [
        *_head(f"Company identifiers: {len(rows)} of them", "7.1", commit),
        "NAMES = {",
        *(f"    {hexadecimal(number)}: {quoted(name)}," for number, name in sorted(rows)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _head(title: str, section: str, commit: str) -> Iterator[str]:
    yield f'"""{title}. Generated by tools/sig; facts only; do not edit.'
    yield ""
    yield f"Source: Bluetooth SIG, Assigned Numbers, section {section}; commit {commit}."
    yield '"""'
    yield ""
