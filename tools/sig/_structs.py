"""Characteristics -> modules: the type of each, with the enumerations and structs that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from tools.sig._errata import Variant
from tools.sig._facts import Characteristic, Field, Gate
from tools.sig._model import AliasDecl, ConstantDecl, Member, Module, ReexportDecl, StructDecl, reference
from tools.sig._names import Overlay
from tools.sig._scalars import Scalars, base_of, facts
from tools.sig._shapes import Carrier, array_of, carrier, carrier_of, fixed_text, is_flags
from tools.sig._sizes import LONGEST, octets, room
from tools.sig._tables import Tables, defined, is_enumeration, number_of
from tools.sig._text import camel, hexadecimal, snake

_OCTET = 8
REEXPORTED = {"date_time": "DateTime", "time_exponential_8": "TimeExponential8"}
"""Formats that no table can tell: they are written by hand in gattschema.values."""


class ShapeError(Exception):
    """A characteristic has a shape that the generator cannot write."""


@attrs.frozen
class World:
    """What the translation of one characteristic needs to know of the others."""

    characteristics: Mapping[str, Characteristic]
    units: dict[str, str]
    """Member of Unit by id."""
    symbols: dict[str, str]
    """What people write behind a number by id."""
    names: Mapping[str, Overlay]
    variants: Iterable[Variant] = ()


def translate(one: Characteristic, world: World, overlay: Overlay) -> Module:
    """Make the module of one characteristic."""
    main = camel(one.name)
    module = Module(one.identifier, title_of(one), main)
    _Translator(one, world, overlay, module).write()
    for variant in world.variants:
        if variant.of == one.identifier:
            _Translator(variant.applied(one), world, overlay, module).write_variant(variant)
    return module


def title_of(one: Characteristic) -> str:
    """``Heart Rate Measurement (0x2A37)``."""
    return f"{one.name} ({hexadecimal(one.number)})" if one.number is not None else one.name


@attrs.frozen
class _Translator:
    one: Characteristic
    world: World
    names: Overlay
    module: Module
    room: dict[str, int] = attrs.field(factory=dict[str, int])
    """Octets that are left for a field without a bound of its own, so that the whole fits a value."""

    @property
    def _scalars(self) -> Scalars:
        return Scalars(self.module, self.names, self.world.units)

    @property
    def _tables(self) -> Tables:
        return Tables(self.module, self.names)

    def write(self) -> None:
        """Add the declarations of the characteristic, its own type last."""
        if self.one.identifier in REEXPORTED:
            self.module.declarations.append(ReexportDecl(REEXPORTED[self.one.identifier]))
        elif len(self.one.fields) == 1 and not self._has_bit_fields(self.one.fields[0]):
            self._single(self.one.fields[0])
        else:
            self._struct(self.module.main, self.one.fields, self._doc(octets(self._at_a_time(self.one.fields))))

    def write_variant(self, variant: Variant) -> None:
        """Add the struct of another layout."""
        size = octets(self._at_a_time(self.one.fields))
        self._struct(variant.name, self.one.fields, f"{self.module.title} {variant.where}: {size}.")

    def _doc(self, size: str, *more: str) -> str:
        lines = [f"{', '.join([f'{self.module.title}: {size}', *more])}.", str(self.names.get("note") or "")]
        return "\n\n".join(line for line in lines if line)

    def _part_of(self, field: Field) -> str:
        return f"{re.sub(r' [0-9]+(?= )', '', field.name)} of {self.module.title}."

    # --- one field alone ---

    def _single(self, given: Field) -> None:
        field = number_of(given)
        held_by = carrier(field.type)
        name, doc = self.module.main, self._doc(*self._size_and_facts(field))
        if held_by and is_flags(field.type):
            self.module.add(self._tables.flags(field, name, doc, held_by))
        elif held_by and is_enumeration(field) and not self.names.get("base"):
            self.module.add(self._tables.enumeration(field, name, doc))
        else:
            self.module.add(AliasDecl(name, self._annotation(field, name), doc))

    def _annotation(self, field: Field, title: str) -> str:
        base = str(self.names.get("base") or "")
        if base == "bool":
            return "bool"
        if base:
            return self._scalars.annotation(field, title, base=base)
        return self._plain(field, title)

    def _size_and_facts(self, field: Field) -> list[str]:
        """Tell people what the value is, where the declaration alone does not."""
        size = octets([[field]]) if " or " not in field.size else f"{field.size} octets"
        if field.type == "utf8s":
            return [f"text of {size}" if size[0].isdigit() else f"text of up to {LONGEST} octets"]
        if self.names.get("base") == "dt.date":
            return [size, "days since 1970-01-01"]
        if self.names.get("base") == "bool" or field.refers or is_enumeration(field):
            return [size]
        return [size, *facts(field, self.world.symbols.get(field.unit or "", ""))]

    # --- structs ---

    def _struct(self, name: str, fields: list[Field], doc: str) -> str:
        inlined = list(self._inlined(fields))
        self.room.update(room(self._groups(inlined)))
        carriers = [field for field in inlined if self._is_carrier(field, inlined)]
        members = [member for group in self._groups(inlined) for member in self._members(group, inlined, carriers)]
        if name == self.module.main and fields is not self.one.fields:
            raise ShapeError(f"{self.one.identifier}: a part cannot have the name of the whole; give one in names.toml")
        return self.module.add(StructDecl(name, doc, tuple(members)))

    def _inlined(self, fields: list[Field]) -> Iterator[Field]:
        """Put the parts of a nested table in its place where ``names.toml`` says so."""
        chosen = self.names.get("inline") or ()
        for field in fields:
            if field.name in chosen:
                yield from (attrs.evolve(part, gates=field.gates) for part in field.parts)
            else:
                yield field

    def _is_carrier(self, field: Field, fields: Iterable[Field]) -> bool:
        """Whether the field's bits say which others are there, or have values of their own."""
        if not is_flags(field.type) or not defined(field.rows):
            return False
        gated = any(gate.field.lower() == field.name.lower() and gate.bits for other in fields for gate in other.gates)
        return gated or field.name == "Flags" or (len(self.one.fields) == 1 and self._has_bit_fields(field))

    def _has_bit_fields(self, field: Field) -> bool:
        return is_flags(field.type) and any(row.low != row.high for row in defined(field.rows))

    def _groups(self, fields: list[Field]) -> list[list[Field]]:
        """Bring together fields that ``names.toml`` gives one name: one of them is there at a time."""
        groups: dict[str, list[Field]] = {}
        for field in fields:
            groups.setdefault(self._name(field), []).append(field)
        return list(groups.values())

    def _at_a_time(self, fields: list[Field]) -> list[list[Field]]:
        """Group as `_groups` does, and leave out fields that exclude one of the same size."""
        return [group for group in self._groups(fields) if not self.names.get("excludes", group[0].name)]

    def _name(self, field: Field) -> str:
        return str(self.names.get("fields", field.name) or snake(re.sub(r"\s*\([^)]*\)", "", field.name)))

    def _members(self, group: list[Field], fields: list[Field], carriers: list[Field]) -> Iterator[Member]:
        field, several = group[0], len(carriers) > 1
        if field in carriers:
            yield from self._carrier(field, fields, several=several)
        elif len(group) > 1:
            yield self._alternatives(group)
        else:
            gates = [self._gate(gate, several=several) for gate in field.gates]
            yield self._member(field, ", ".join(gates))

    # --- flags ---

    def _carrier(self, field: Field, fields: list[Field], *, several: bool) -> Iterator[Member]:
        held_by = carrier_of(field)
        name = snake(field.name) if several else "flags"
        yield Member(name, f"Presence[{held_by.name}]", "derived()")
        gating = _gating(field, fields)
        named: dict[str, Any] = self.names.get("bits", field.name) or {}
        flags = f', flags="{name}"' if several else ""
        for row in defined(field.rows):
            if str(row.low) in named or row.low not in gating:
                yield self._tables.bit(field, row, flags)

    def _gate(self, gate: Gate, *, several: bool) -> str:
        if gate.bits:
            which = f"bit={gate.bits[0]}" if len(gate.bits) == 1 else f"bits=({', '.join(map(str, gate.bits))})"
            flags = f', flags="{snake(gate.field)}"' if several else ""
            return f"When({which}{', clear=True' if gate.clear else ''}{flags})"
        test = f"equals={gate.equals}" if gate.equals is not None else f"differs={gate.differs}"
        return f'When(field="{snake(gate.field)}", {test})'

    # --- alternatives ---

    def _alternatives(self, group: list[Field]) -> Member:
        """Write two fields, of which a bit chooses one, as one field."""
        clear, is_set = sorted(group, key=lambda field: not field.gates[0].clear)
        low, high = carrier_of(clear), carrier_of(is_set)
        gate = is_set.gates[0]
        name = self._name(clear)
        doc = str(self.names.get("docs", name) or "")
        if low.bits != high.bits:
            marks = ", ".join(
                [f"Widths({low.name}, {high.name}, bit={gate.bits[0]})", *self._scalars.marks(clear, low, "int")]
            )
            return Member(name, f"Annotated[{base_of(clear, low)}, {marks}]", doc=doc)
        cases = {False: clear, True: is_set}
        return self._switch(name, self._bit_name(gate), cases, doc=doc)

    def _bit_name(self, gate: Gate) -> str:
        chosen = self.names.get("bits", gate.field, str(gate.bits[0]))
        if not chosen:
            raise ShapeError(f"{self.one.identifier}: names.toml has no name for bit {gate.bits[0]} of {gate.field}")
        return chosen if isinstance(chosen, str) else str(chosen["name"])

    def _switch(self, name: str, chooser: str, cases: Mapping[bool, Field], gate: str = "", doc: str = "") -> Member:
        bases = {case: base_of(field, carrier_of(field)) for case, field in cases.items()}
        written = [f"{case}: {self._case(field, bases[case])}" for case, field in cases.items()]
        base = "float" if "float" in bases.values() else "int"
        mark = f'Switch("{chooser}", {{{", ".join(written)}}})'
        constant = self.names.get("constants", name)
        if constant:
            self.module.add(ConstantDecl(str(constant), mark))
            mark = str(constant)
        union = f"{base} | None" if gate else base
        return Member(
            name, f"Annotated[{', '.join([union, mark, *([gate] if gate else [])])}]", "None" if gate else "", doc
        )

    def _case(self, field: Field, base: str) -> str:
        held_by = carrier_of(field)
        marks = self._scalars.marks(field, held_by, base)
        return f"Annotated[{', '.join([base, held_by.name, *marks])}]" if marks else held_by.name

    # --- ordinary members ---

    def _member(self, given: Field, gate: str) -> Member:
        field = number_of(given)
        name = self._name(field)
        doc = str(self.names.get("docs", name) or "")
        if switch := self.names.get("switch", field.name):
            cases = {bool(int(key)): _case_field(field, text) for key, text in switch["cases"].items()}
            return self._switch(name, switch["by"], cases, gate, doc)
        if self.names.get("crc", field.name):
            return Member(name, f"Annotated[bool, {self.names.get('crc', field.name)}]", "False", doc)
        return self._shaped(field, name, gate, doc)

    def _shaped(self, field: Field, name: str, gate: str, doc: str) -> Member:
        if array := array_of(field.type):
            return Member(name, self._array(field, array.least, array.most, gate), "()" if gate else "", doc)
        if not carrier(field.type) and field.refers is None and not field.parts:
            empty = {"utf8s": '""', "struct": 'b""'}.get(field.type, '""')
            return Member(name, self._text(field, gate), empty if gate else "", doc)
        title = str(self.names.get("types", field.name) or camel(re.sub(r"\s*\([^)]*\)", "", field.name)))
        return Member(name, self._typed(field, title, gate), "None" if gate else "", doc)

    def _plain(self, field: Field, title: str) -> str:
        """Annotate a field that nothing gates."""
        if array := array_of(field.type):
            return self._array(field, array.least, array.most, "")
        if not carrier(field.type) and field.refers is None and not field.parts:
            return self._text(field, "")
        return self._typed(field, title, "")

    def _typed(self, field: Field, title: str, gate: str) -> str:
        if field.refers is not None:
            return self._referred(field, gate)
        if field.parts:
            return _gated(self._struct(title, field.parts, self._part_of(field)), gate)
        held_by = carrier_of(field)
        if is_flags(field.type) and defined(field.rows):
            return self._bits(field, title, held_by, gate)
        if is_enumeration(field):
            made = self.module.add(self._tables.enumeration(field, title, self._part_of(field)))
            return _gated(made, gate, "" if held_by.bits == _OCTET else held_by.name)
        if is_flags(field.type):
            field = attrs.evolve(field, type=f"uint{held_by.bits}")
        return self._scalars.annotation(field, title if gate or len(self.one.fields) > 1 else self.module.main, gate)

    def _bits(self, field: Field, title: str, held_by: Carrier, gate: str) -> str:
        doc = self._part_of(field)
        if not self._has_bit_fields(field):
            made = self._tables.flags(field, title, doc, held_by)
            return _gated(self.module.add(made), gate)
        members = [Member("flags", f"Presence[{held_by.name}]", "derived()")]
        members += [self._tables.bit(field, row, "") for row in defined(field.rows)]
        return _gated(self.module.add(StructDecl(title, doc, tuple(members))), gate)

    def _referred(self, field: Field, gate: str) -> str:
        """Name the other characteristic's type, or write it out where ``None`` would mean two things."""
        identifier = (field.refers or "").replace("-", "_")
        target = self.world.characteristics[identifier]
        number = number_of(target.fields[0]) if len(target.fields) == 1 else None
        if gate and number and number.sentinels and carrier(number.type) and not is_enumeration(number):
            base = str(self.world.names[identifier].get("base") or "") if identifier in self.world.names else ""
            return self._scalars.annotation(number, camel(target.name), gate, base)
        return _gated(reference(identifier), gate)

    def _array(self, field: Field, least: int, most: int | None, gate: str) -> str:
        item = attrs.evolve(field, type=re.split(r" ?\[", field.type)[0], gates=[])
        inner = self._scalars.annotation(item, camel(field.name))
        if most is None:
            most = self.room.get(field.name, LONGEST) * _OCTET // carrier_of(item).bits
        count = f"Count(min={least}, max={most})" if least else f"Count(max={most})"
        marks = [count, *([gate] if gate else []), *self._excludes(field)]
        return f"Annotated[{', '.join([f'tuple[{inner}, ...]', *marks])}]"

    def _excludes(self, field: Field) -> list[str]:
        other = self.names.get("excludes", field.name)
        return [f'Excludes("{other}")'] if other else []

    def _text(self, field: Field, gate: str) -> str:
        marks = [self._length(field), *([gate] if gate else [])]
        return f"Annotated[{_TEXTS.get(field.type, 'str')}, {', '.join(marks)}]"

    def _length(self, field: Field) -> str:
        if field.type == "gatt_uuid":
            return "AnyUuid"
        if size := fixed_text(field.type):
            return f"Utf8({size})"
        most = re.findall(r"\d+", field.size)
        maker = "Octets" if field.type == "struct" else "Utf8"
        longest = most[-1] if most else self.room.get(field.name, LONGEST)
        return f"{maker}(max={longest}{', terminated=True' if field.terminated else ''})"


_TEXTS = {"gatt_uuid": "uuid.UUID", "struct": "bytes"}


def _gating(flags: Field, fields: Iterable[Field]) -> set[int]:
    """Give the bits that tell which other fields are there."""
    gates = [gate for field in fields for gate in field.gates if gate.field.lower() == flags.name.lower()]
    return {bit for gate in gates for bit in gate.bits}


def _gated(annotation: str, gate: str, held_by: str = "") -> str:
    marks = [mark for mark in (held_by, gate) if mark]
    if not marks:
        return annotation
    return f"Annotated[{', '.join([f'{annotation} | None' if gate else annotation, *marks])}]"


def _case_field(field: Field, text: str) -> Field:
    """Read a case of ``names.toml``: ``5, -3, 0; mass.kilogram``."""
    scale, _, unit = (part.strip() for part in text.partition(";"))
    multiplier, decimal, binary = (int(part) for part in (scale or "1, 0, 0").split(","))
    return attrs.evolve(field, scale=(multiplier, decimal, binary), unit=unit or None)
