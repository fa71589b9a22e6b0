"""Looks for what cannot be right: units that do not exist, ranges that do not fit, links that lead nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from tools.sig._facts import Characteristic, Field, Gate, Place
from tools.sig._shapes import Carrier, carrier, factor, is_known, signed_raw

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tools.sig._errata import Errata


class LintError(Exception):
    """Findings that are neither mended nor waived, or waivers of nothing."""


@attrs.frozen
class Finding:
    """One thing that cannot be right."""

    place: Place
    code: str
    detail: str

    def __str__(self) -> str:
        """Write the finding with the words that a waiver needs."""
        return f"{self.place}: {self.code}: {self.detail}"


def check(found: list[Characteristic], units: Collection[str], errata: Errata) -> None:
    """Fail unless every finding is waived and every waiver has a finding."""
    findings = [finding for one in found for finding in lint(one, units, {other.identifier for other in found})]
    waived = {(waiver.where, waiver.finding) for waiver in errata.waivers}
    made = {(str(finding.place), finding.code) for finding in findings}
    open_findings = [str(finding) for finding in findings if (str(finding.place), finding.code) not in waived]
    stale = [f"{where}: {code}: waived, but not found" for where, code in sorted(waived - made)]
    if open_findings or stale:
        raise LintError("mend or waive in tools/sig/errata.toml:\n  " + "\n  ".join(open_findings + stale))


def lint(one: Characteristic, units: Collection[str], others: Collection[str]) -> Iterator[Finding]:
    """Give everything about one characteristic that cannot be right."""
    if one.number is None:
        yield Finding(Place(one.identifier, one.name), "no-number", "no characteristic has this name")
    for field in one.fields:
        yield from _field(one, field, units, others)


def _field(one: Characteristic, field: Field, units: Collection[str], others: Collection[str]) -> Iterator[Finding]:
    for code, detail in _faults(one, field, units, others):
        yield Finding(Place(one.identifier, field.name), code, detail)
    for part in field.parts:
        yield from _field(one, part, units, others)


def _faults(
    one: Characteristic, field: Field, units: Collection[str], others: Collection[str]
) -> Iterator[tuple[str, str]]:
    held_by = carrier(field.type)
    if not is_known(field.type):
        yield "type", f"{field.type} is no type"
    if field.unit is not None and field.unit not in units:
        yield "unit", f"{field.unit} is not in the list of units"
    if field.dangling:
        yield "table", f"there is no table {field.table}"
    if field.refers is not None and field.refers.replace("-", "_") not in others:
        yield "reference", f"there is no characteristic {field.refers}"
    if field.resolution is not None and field.resolution != factor(field):
        yield "resolution", f"the sentence says {field.resolution}, M, d and b say {factor(field)}"
    if held_by:
        yield from _number(field, held_by)
    yield from _gates(one, field)


def _number(field: Field, held_by: Carrier) -> Iterator[tuple[str, str]]:
    low, high = held_by.bounds
    octets = {int(number) for number in re.findall(r"\d+", field.size)}
    expected = held_by.bits if field.size_in_bits or held_by.bits < _OCTET else held_by.bits // _OCTET
    if octets - {0} != {expected} and not (held_by.bits < _OCTET and octets == {1}):
        yield "size", f"{field.type} does not have the size {field.size}"
    for end in (field.low, field.high):
        if end is not None and not held_by.real and not low <= end / factor(field) <= high:
            yield "range", f"{float(end)} does not fit {field.type} in steps of {float(factor(field))}"
    for raw in field.sentinels:
        if not low <= signed_raw(raw, held_by) <= high:
            yield "sentinel", f"{raw:#x} does not fit {field.type}"


_OCTET = 8


def _gates(one: Characteristic, field: Field) -> Iterator[tuple[str, str]]:
    known = {other.name.lower(): other for other in one.fields}
    for gate in field.gates:
        other = known.get(gate.field.lower())
        if other is None:
            yield "gate", f"there is no field {gate.field}"
        elif gate.bits and not set(gate.bits) <= _defined(other):
            yield "gate", f"{gate.field} has no bit {_bits(gate)}"
    if not field.gates and re.match(r"0 or|0 ?[-–]", field.size) and not field.type.startswith("utf8s"):
        yield "gate", f"the size is {field.size}, but nothing tells when the field is present"


def _defined(flags: Field) -> set[int]:
    return {bit for row in flags.rows if not row.reserved for bit in range(row.low, row.high + 1)}


def _bits(gate: Gate) -> str:
    return " and ".join(map(str, gate.bits))
