"""Octets and values side by side, in ``vectors.toml``: each row worked out from the specification's arithmetic."""

from __future__ import annotations

import math
import sys
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import attrs
import pytest

import gattschema
from gattschema import sig, values
from gattschema.values import DecodeError, decode, encode
from tests.sig.strategies import same

_TABLE: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "vectors.toml").read_text("utf-8"))
_PYTHON = {"inf": math.inf, "nan": math.nan, "date": date, "datetime": datetime, "timedelta": timedelta, "UUID": UUID}


@attrs.frozen
class Row:
    """One line of the table."""

    type: str
    octets: bytes
    literal: str = ""

    @property
    def hint(self) -> Any:
        """The type that the line is about: the catalogue's, or one of those that the catalogue is made of."""
        return getattr(sig, self.type, None) or getattr(values, self.type)

    @property
    def value(self) -> Any:
        """What the literal says, in the catalogue's names and those of the type's own module."""
        return eval(self.literal, {}, _Names(self.hint))  # noqa: S307  (our own table)

    def __str__(self) -> str:
        return f"{self.type} {self.octets.hex()}"


class _Names(dict[str, Any]):
    """The names that literals use: Python's, ours, the module's that declares the type, the catalogue's."""

    def __init__(self, hint: Any) -> None:
        super().__init__(_PYTHON)
        self._places = (*_modules(hint), sig, values, gattschema)

    def __missing__(self, name: str) -> Any:
        for place in self._places:
            if hasattr(place, name):
                return getattr(place, name)
        raise KeyError(name)


def _modules(hint: Any) -> Iterator[Any]:
    """The modules of the catalogue that declare the classes within a type."""
    name = getattr(hint, "__module__", "")
    if isinstance(hint, type) and name.startswith("gattschema.sig"):
        yield sys.modules[name]
    for part in get_args(hint):
        yield from _modules(part)


def _rows(section: str) -> Iterator[Row]:
    for name, table in _TABLE.items():
        for octets, literal in table.get(section, ()):
            yield Row(name, bytes.fromhex(octets), literal)


VALUES = list(_rows("values"))
DECODES = list(_rows("decodes"))
REFUSED = [Row(name, bytes.fromhex(octets)) for name, table in _TABLE.items() for octets in table.get("refused", ())]


@pytest.mark.parametrize("row", VALUES, ids=str)
def test_octets_and_value_are_each_others(row: Row) -> None:
    """The value encodes to the octets, the octets decode to the value."""
    assert encode(row.hint, row.value).hex(" ") == row.octets.hex(" ")
    assert same(decode(row.hint, row.octets), row.value)


@pytest.mark.parametrize("row", DECODES, ids=str)
def test_other_spellings_are_understood(row: Row) -> None:
    """The octets decode to the value, which has a shorter or plainer spelling."""
    assert same(decode(row.hint, row.octets), row.value)
    assert encode(row.hint, row.value) != row.octets


@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_octets_without_a_value_are_refused(row: Row) -> None:
    """What the specification prohibits or reserves does not become a value."""
    with pytest.raises(DecodeError):
        decode(row.hint, row.octets)


def test_the_table_is_long_and_says_where_it_is_from() -> None:
    """At least 480 rows go both ways, none twice, and each type names its section."""
    assert len(VALUES) >= 480
    assert len(set(map(str, VALUES + DECODES + REFUSED))) == len(VALUES + DECODES + REFUSED)
    assert all(table["section"] for table in _TABLE.values())
    assert {key for table in _TABLE.values() for key in table} == {"section", "values", "decodes", "refused"}
