"""Mends what the data has wrong, and refuses to where the data no longer says what the errata mend."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs

from tools.sig._facts import Characteristic, Field
from tools.sig._grammar import whole

_FACTS = ("type", "size", "unit", "scale", "low", "high")


class ErrataError(Exception):
    """The errata and the data do not fit together (any more)."""


@attrs.frozen(kw_only=True)
class Mend:
    """One thing that the data has wrong: *where* and which *fact*, what it says, what it should say, and why."""

    where: str
    fact: str
    wrong: str
    right: str
    reason: str
    evidence: str


@attrs.frozen(kw_only=True)
class Alias:
    """A unit that is not in the SIG's list of units, and the one of the list that it means."""

    wrong: str
    right: str
    reason: str


@attrs.frozen(kw_only=True)
class Waiver:
    """A lint finding that is right as it is."""

    where: str
    finding: str
    reason: str


@attrs.frozen(kw_only=True)
class Variant:
    """Another layout of a characteristic that devices use: what differs, and the name of a type of its own."""

    of: str
    name: str
    where: str
    """``of Fitness Machine Service 1.0``: behind the characteristic's name."""
    fields: dict[str, dict[str, str]]
    """Field -> fact -> what it is there."""
    evidence: str

    def applied(self, one: Characteristic) -> Characteristic:
        """Give the characteristic as it is there."""
        return attrs.evolve(one, fields=[_changed(field, self.fields.get(field.name, {})) for field in one.fields])


def _changed(field: Field, facts: Mapping[str, str]) -> Field:
    return attrs.evolve(field, **{fact: _parsed(fact, text) for fact, text in facts.items()})


@attrs.frozen
class Errata:
    """The whole of ``errata.toml``."""

    mends: list[Mend]
    aliases: list[Alias]
    waivers: list[Waiver]
    variants: list[Variant]

    def apply(self, found: Iterable[Characteristic]) -> None:
        """Mend the fields in place; every entry must find what it mends."""
        fields = {f"{one.identifier}.{field.name}": field for one in found for field in _all(one.fields)}
        for alias in self.aliases:
            _rename_unit(alias, fields.values())
        for mend in self.mends:
            if mend.where not in fields:
                raise ErrataError(f"errata.toml mends {mend.where}, which the data does not have")
            _mend(mend, fields)
        for variant in self.variants:
            _check_variant(variant, fields)


def read_errata(path: Path) -> Errata:
    """Read the file; ``from`` and ``to`` are Python's words, so they have other names here."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Errata(
        [Mend(**_renamed(entry)) for entry in data.get("mend", ())],
        [Alias(**_renamed(entry)) for entry in data.get("alias", ())],
        [Waiver(**entry) for entry in data.get("waive", ())],
        [Variant(**entry) for entry in data.get("variant", ())],
    )


def _renamed(entry: dict[str, str]) -> dict[str, str]:
    return {{"from": "wrong", "to": "right"}.get(key, key): value for key, value in entry.items()}


def _all(fields: Iterable[Field]) -> Iterable[Field]:
    for field in fields:
        yield field
        yield from _all(field.parts)


def _rename_unit(alias: Alias, fields: Iterable[Field]) -> None:
    wrong = [field for field in fields if field.unit == alias.wrong]
    if not wrong:
        raise ErrataError(f"errata.toml has an alias for the unit {alias.wrong}, which no field has")
    for field in wrong:
        field.unit = alias.right or None


def _mend(mend: Mend, fields: Mapping[str, Field]) -> None:
    field = fields[mend.where]
    found = shown(field, mend.fact)
    if found != mend.wrong:
        raise ErrataError(
            f"errata.toml mends {mend.fact} of {mend.where} where it is {mend.wrong!r}; the data says {found!r}: "
            "look whether the SIG has mended it, then remove or change the entry"
        )
    word, _, key = mend.fact.partition(" ")
    if word == "sentinel":
        _mend_sentinel(field, whole(key), mend.right)
    elif word == "rows":
        field.rows = list(fields[mend.right].rows) if mend.right else []
        field.dangling = False
    else:
        setattr(field, mend.fact, _parsed(mend.fact, mend.right))


def _check_variant(variant: Variant, fields: Mapping[str, Field]) -> None:
    """Refuse a variant of what is not there, or one that does not differ (any more)."""
    for name, facts in variant.fields.items():
        field = fields.get(f"{variant.of}.{name}")
        if field is None:
            raise ErrataError(f"errata.toml has a variant of {variant.of}.{name}, which the data does not have")
        if all(shown(field, fact) == right for fact, right in facts.items()):
            raise ErrataError(f"errata.toml has the variant {variant.name}: {variant.of}.{name} is so in the data, too")


def shown(field: Field, fact: str) -> str:
    """Write a fact as the errata do; nothing is the empty string."""
    word, _, key = fact.partition(" ")
    if word == "sentinel":
        return field.sentinels.get(whole(key), "")
    if word == "rows":
        return ", ".join(row.label for row in field.rows)
    if word not in _FACTS:
        raise ErrataError(f"errata.toml mends {fact!r}: the facts are {', '.join(_FACTS)}, rows and sentinel 0xFF")
    value = getattr(field, fact)
    if value is None:
        return ""
    return ", ".join(map(str, value)) if fact == "scale" else str(value)


def _parsed(fact: str, text: str) -> Any:
    if not text:
        return None
    if fact == "scale":
        return tuple(whole(part) for part in text.split(","))
    return Fraction(text) if fact in {"low", "high"} else text


def _mend_sentinel(field: Field, raw: int, meaning: str) -> None:
    field.sentinels.pop(raw, None)
    if meaning:
        field.sentinels[raw] = meaning
