"""The catalogue's names and numbers beside a table that others made: the package bluetooth-numbers (MIT).

Its data end in August 2024, so that it lacks what came later and keeps what the SIG has withdrawn or renamed since.
Every difference in what both have is explained below, in one sentence; an explanation that nothing needs fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from gattschema.sig._numbers import characteristics, companies, descriptors, services

theirs: Any = pytest.importorskip(
    "bluetooth_numbers", reason="bluetooth-numbers, the second table, is not installed: pip install bluetooth-numbers"
)

_SHORT = "the SIG's table leaves out the word Service"
_LONG = "the other table appends what kind of thing it is"


@attrs.frozen
class Table:
    """One kind of number in both tables, and why they differ where they do."""

    name: str
    ours: Mapping[int, str]
    theirs: Mapping[Any, str]
    common: int
    """How many numbers both had when this was written; there will not be fewer."""
    renamed: Mapping[int, str]
    withdrawn: Mapping[int, str]

    @property
    def differing(self) -> set[int]:
        """The numbers that both have, under other names."""
        both = self.ours.keys() & self.theirs.keys()
        return {number for number in both if _bare(self.ours[number]) != _bare(self.theirs[number])}

    @property
    def only_theirs(self) -> set[int]:
        """Adopted numbers that we lack; their services count those of members of the SIG, their rest 128-bit UUIDs."""
        adopted = {number for number in self.theirs if isinstance(number, int) and number >> 8 in _ADOPTED[self.name]}
        return adopted - self.ours.keys()


_ADOPTED = {
    "characteristics": range(0x2A, 0x2D),
    "services": range(0x18, 0x19),
    "descriptors": range(0x29, 0x2A),
}
"""The upper octets of the numbers that the SIG has given to its own specifications."""
_NEVER_ADOPTED = "never part of an adopted specification; the SIG's table does not list it any more"
_AUTOMATION = "of Automation IO's characteristics the SIG's table has kept the Aggregate alone"
_OBJECT_TYPE = "an object type of the Media Control Service, not a characteristic"

# fmt: off
_EARLY = (
    0x2A0B, 0x2A10, 0x2A15, 0x2A1A, 0x2A1B, 0x2A1F, 0x2A20, 0x2A2F, 0x2A30, 0x2A3A, 0x2A3B, 0x2A3C, 0x2A3D, 0x2A3E,
    0x2A62,
)
_SERVICES = (0x1805, 0x1806, 0x1807, 0x180E, 0x180F, 0x1811, 0x181E, 0x1820, 0x1822, 0x1825, 0x1827, 0x1828)
# fmt: on

TABLES = [
    Table(
        "characteristics",
        characteristics.NAMES,
        theirs.characteristic,
        405,
        renamed={
            0x2A5F: _LONG,
            0x2A67: _LONG,
            0x2A95: "there are limits of zones, in the plural, everywhere else",
            0x2AA5: "the name of the characteristic is in the singular, as of all feature characteristics",
            0x2B02: "the other table has the tail of the number in the name",
            0x2B44: "the SIG's table writes Physical, as with the service's other characteristics",
        },
        withdrawn={
            **dict.fromkeys((0x2A56, 0x2A57, 0x2A58, 0x2A59), _AUTOMATION),
            **dict.fromkeys((0x2BA9, 0x2BAA, 0x2BAB, 0x2BAC), _OBJECT_TYPE),
            **dict.fromkeys(_EARLY, _NEVER_ADOPTED),
        },
    ),
    Table(
        "services",
        services.NAMES,
        theirs.service,
        62,
        renamed={
            0x1800: "the SIG's table writes GAP for Generic Access",
            0x1801: "the SIG's table writes GATT for Generic Attribute",
            0x1855: "the other table has the service's abbreviation",
            **dict.fromkeys(_SERVICES, _SHORT),
        },
        withdrawn={},
    ),
    Table(
        "descriptors",
        descriptors.NAMES,
        theirs.descriptor,
        16,
        renamed={0x2901: "the Core Specification (Vol 3, Part G, 3.3.3.2) calls it a description"},
        withdrawn={},
    ),
]
each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@each_table
def test_the_tables_overlap(table: Table) -> None:
    """Both have most of the numbers, else nothing would be proven here."""
    assert len(table.ours.keys() & table.theirs.keys()) >= table.common


@each_table
def test_names_that_differ_are_explained(table: Table) -> None:
    """A number has the same name in both tables, or there is a sentence that says why not; none is left over."""
    found = {hex(number): (table.ours[number], table.theirs[number]) for number in table.differing}
    assert found.keys() == {hex(number) for number in table.renamed}, found


@each_table
def test_numbers_that_only_they_have_are_explained(table: Table) -> None:
    """We have every number of theirs that the SIG has adopted, or there is a sentence that says why not."""
    found = {hex(number): table.theirs[number] for number in table.only_theirs}
    assert found.keys() == {hex(number) for number in table.withdrawn}, found


def test_companies_have_the_same_identifiers() -> None:
    """Companies rename themselves; nine in ten of the other table have still the same name, so no row has slipped."""
    both = companies.NAMES.keys() & theirs.company.keys()
    same = [number for number in both if _bare(companies.NAMES[number]) == _bare(theirs.company[number])]
    assert len(both) >= 3200
    assert len(same) >= 0.95 * len(both)


def _bare(name: str) -> str:
    """Letters and digits alone: punctuation and capitals are a matter of taste."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
