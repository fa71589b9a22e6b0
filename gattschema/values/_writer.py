"""The code generator for structs: a record in, its ``pack``, ``unpack`` and ``take`` out.

Neighbours that are always there, with a fixed layout, become one call of ``struct``; the rest is decided by conditions
on the flags. For a heart rate with its flags, in one octet or two, and perhaps the energy, it writes::

    def pack(value):
        if value.__class__ is not HeartRate and not isinstance(value, HeartRate):
            raise TypeError
        field_rate = value.rate
        field_energy = value.energy
        word_0 = value._flags_reserved
        if not 0 <= field_rate <= 255:
            word_0 |= 1
        if field_energy is not None:
            word_0 |= 8
        return (
            pack_0(word_0)
            + (pack_1(field_rate) if not word_0 & 1 else pack_2(field_rate))
            + (pack_3(field_energy) if word_0 & 8 else b"")
        )
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, cast

import attrs

from gattschema._source import compile_functions
from gattschema.values._choice import ByValue, ByWidth, Check, Choice
from gattschema.values._kinds import ByteOrder, Kind, Wire, joined, refuse
from gattschema.values._maker import maker
from gattschema.values._marks import Bits, Role, When, crc16
from gattschema.values._numbers import Boolean, Integer
from gattschema.values._record import Field, Record, carrier_in, carrier_of, wire_in
from gattschema.values._scalar import functions

_RESERVED = re.compile(
    r"value|octets|raw|body|head|tail|start|end|at|whole|(slot|word|field)_\w+|((un)?pack|take)_\w+|pack|unpack|take"
    r"|bool|float|int|isinstance|len|round|TypeError"
)
"""Names that the generated code has for itself."""

_CRC = struct.Struct("<H")


@attrs.frozen
class _Part:
    """What always stands at its place: the expression of its value and its wire."""

    value: str
    wire: Wire
    slots: tuple[str, ...]


@attrs.define
class _Writer:
    """Collects what the functions need while it walks over the fields.

    Positions in the decoder are written ``<at+3>`` as long as they are known: ``unpack`` begins at 0, ``take`` at
    the variable ``at``.
    """

    names: dict[str, Any] = attrs.field(factory=lambda: {"refuse": refuse, "crc16": crc16})
    checks: list[str] = attrs.field(factory=list[str])
    before: list[str] = attrs.field(factory=list[str])
    """Statements of the encoder in front of the bytes."""
    terms: list[str] = attrs.field(factory=list[str])
    """The bytes, one expression behind the other."""
    decoding: list[str] = attrs.field(factory=list[str])
    """Statements of the decoder."""
    run: list[_Part] = attrs.field(factory=list[_Part])
    afterwards: list[str] = attrs.field(factory=list[str])
    """Statements of the decoder that need the slots of the run."""
    made: dict[str, str] = attrs.field(factory=dict[str, str])
    """The decoder's expression of each field, by the expression that the encoder has for it."""
    length_at: int | None = None
    """Which term tells the length of all."""
    check: str = ""
    """The expression of the octets behind the body."""
    check_size: str = ""
    """The expression of their number, if it goes into a length."""
    moving: bool = False
    """Whether positions are relative to the variable ``at``."""
    offset: int = 0
    ended: bool = False
    """Whether all octets have been taken."""
    serial: Iterator[int] = attrs.field(factory=count)
    layouts: Iterator[int] = attrs.field(factory=count)

    # --- names ---

    def name(self, wanted: str, thing: Any) -> str:
        """Give the global name of *thing*: the wanted one, numbered where two things share it."""
        stem = name = re.sub(r"\W", "_", wanted)
        while _RESERVED.fullmatch(name) or self.names.setdefault(name, thing) != thing:
            name = f"a{next(self.serial)}_{stem}"
        return name

    def adopt(self, wire: Wire) -> Wire:
        """Take over the globals of *wire*, renamed where another field has the name already."""
        for wanted, thing in wire.names.items():
            name = self.name(wanted, thing)
            if name != wanted:
                word = re.compile(rf"\b{wanted}\b")
                to_slots = tuple(word.sub(name, slot) for slot in wire.to_slots)
                wire = attrs.evolve(wire, to_slots=to_slots, from_slots=word.sub(name, wire.from_slots))
        return attrs.evolve(
            wire,
            to_slots=tuple(slot.replace("{t}", "raw") for slot in wire.to_slots),
            from_slots=wire.from_slots.replace("{t}", "raw"),
        )

    def slots_of(self, value: str, wire: Wire) -> tuple[str, ...]:
        """Give a variable of the decoder for each slot, named after the field: ``slot_rate_3``."""
        field = value.partition(".")[2].replace(".", "_") if value.replace(".", "").isidentifier() else ""
        field = field or "bits"
        return tuple(f"slot_{field}_{next(self.serial)}" for _ in wire.to_slots)

    # --- what is always there ---

    def add_record(self, value: str, record: Record) -> str:
        """Write all fields of the record *value*; give the expression that rebuilds it."""
        name = self.name(record.type.__name__, record.type)
        self.checks += [
            f"if {value}.__class__ is not {name} and not isinstance({value}, {name}):",
            "    raise TypeError",
        ]
        if record.opcode:
            self.add_opcode(record.opcode)
        fields = list(record.fields)
        while fields:
            group = _sharing_octets(fields)
            if len(group) > 1:
                self.add_group(value, group)
            else:
                _FieldWriter(self, record, value, fields[0]).write()
            del fields[: max(1, len(group))]
        given = {field.name: self.made[f"{value}.{field.name}"] for field in record.fields if field.is_value}
        given |= _hidden(record, value, self.made)
        attributes: tuple[attrs.Attribute[Any], ...] = attrs.fields(record.type)
        if record.make is not None:
            quick = self.name(f"make_{record.type.__name__}", record.make)
            return f"{quick}({', '.join(given[attribute.name] for attribute in attributes)})"
        return f"{name}({', '.join(f'{attribute.alias}={given[attribute.name]}' for attribute in attributes)})"

    def add_part(self, value: str, wire: Wire) -> str:
        """Put a value of fixed layout into the run; give its expression."""
        wire = self.adopt(wire)
        slots = self.slots_of(value, wire)
        self.run.append(_Part(value, wire, slots))
        return f"({wire.from_slots.format(*slots)})" if wire.from_slots != "{0}" else slots[0]

    def add_opcode(self, opcode: bytes) -> None:
        """Put the octets there that tell one struct of a union from the others."""
        slot = self.add_part("", Wire(f"{len(opcode)}s", (repr(opcode),)))
        self.afterwards += [f"if {slot} != {opcode!r}:", f"    refuse({slot})"]

    def add_group(self, value: str, group: list[Field]) -> None:
        """Put neighbours there that share octets, the first in the least significant bits."""
        shift, terms = 0, list[str]()
        word = f"word_{next(self.serial)}"
        for field in group:
            kind, carrier = field.kind, carrier_in(field.kind)
            terms.append(self.into_bits(kind, f"{value}.{field.name}", shift))
            self.made[f"{value}.{field.name}"] = self.out_of_bits(kind, word, shift, carrier.bits)
            shift += carrier.bits
        self.add_word(word, Integer(shift // 8), " | ".join(terms))

    def add_word(self, word: str, carrier: Integer, expression: str) -> None:
        """Put flags there; the decoder has them in the variable *word*."""
        self.afterwards.append(f"{word} = {self.add_part(expression, carrier.wire())}")

    def into_bits(self, kind: Kind, value: str, shift: int) -> str:
        """The expression of the value in its bits."""
        slot = self.adopt(wire_in(kind)).to_slots[0].replace("{v}", value)
        return f"({slot}) << {shift}" if shift else f"({slot})"

    def out_of_bits(self, kind: Kind, word: str, shift: int, bits: int) -> str:
        """The expression of the value that stands in these bits of *word*."""
        moved = f"{word} >> {shift}" if shift else word
        if isinstance(kind, Boolean):
            return f"{word} & {1 << shift} != 0"
        return f"({self.adopt(wire_in(_as_member(kind))).from_slots.format(f'({moved} & {(1 << bits) - 1})')})"

    # --- positions ---

    @property
    def position(self) -> str:
        """Where the decoder stands."""
        if self.moving:
            return f"at + {self.offset}" if self.offset else "at"
        return f"<at+{self.offset}>"

    def flush(self) -> None:
        """Write the run as calls of ``struct``, one per byte order."""
        for order, parts in _runs(self.run):
            layout, number = joined("".join(part.wire.format for part in parts), order), next(self.layouts)
            self.names |= {f"pack_{number}": layout.pack, f"unpack_{number}": layout.unpack_from}
            given = [slot.replace("{v}", part.value) for part in parts for slot in part.wire.to_slots]
            self.terms.append(f"pack_{number}({', '.join(given)})")
            slots = ", ".join(slot for part in parts for slot in part.slots)
            self.decoding.append(f"{slots}, = unpack_{number}(octets, {self.position})")
            self.offset += layout.size
        self.decoding += self.afterwards
        self.run, self.afterwards = [], []

    def settle(self) -> None:
        """Have the decoder's position in the variable ``at``."""
        self.flush()
        if not self.moving or self.offset:
            self.decoding.append(f"at = {self.position}")
        self.moving, self.offset = True, 0


@attrs.define
class _FieldWriter:
    """Writes one field of a record."""

    out: _Writer
    record: Record
    owner: str
    field: Field

    @property
    def value(self) -> str:
        """The encoder's expression of the field."""
        return f"{self.owner}.{self.field.name}"

    @property
    def local(self) -> str:
        """The variable that both functions have the field in, where more than one place needs it."""
        return f"field_{self.field.name}"

    def write(self) -> None:
        """Write the field as what it is."""
        field, kind = self.field, self.field.kind
        if field.bits:
            self._bits(field.bits)
        elif field.role is Role.FLAGS:
            self._flags()
        elif field.role is Role.LENGTH:
            self._length()
        elif field.role is Role.CRC:
            self._crc()
        elif field.when is None and isinstance(kind, Record) and kind.is_fixed:
            self.out.made[self.value] = self.out.add_record(self.value, kind)
        elif field.when is None and (wire := kind.wire()) is not None:
            self.out.made[self.value] = self.out.add_part(self.value, wire)
        else:
            self._decided()

    def _bits(self, bits: Bits) -> None:
        word = self.out.made[f"{self.owner}.{bits.flags}"]
        self.out.made[self.value] = self.out.out_of_bits(self.field.kind, word, bits.first, bits.count)

    # --- flags ---

    def _flags(self) -> None:
        carrier, word = carrier_in(self.field.kind), f"word_{next(self.out.serial)}"
        self.out.made[self.value] = word
        expression = " | ".join(self._given_bits()) or "0"
        derived = self.record.derived_bits(self.field.name)
        by_width = [field for field in self.record.fields if _chooses(field, self.field.name)]
        if derived or by_width or self.record.gated(self.field.name):
            self.out.before.append(f"{word} = {expression}")
            for field in by_width:
                self._width_bit(word, field)
            for bit in derived:
                self._presence_bit(word, bit)
            expression = word
        self.out.add_word(word, carrier, expression)

    def _given_bits(self) -> Iterator[str]:
        """The expressions of the bits that fields live in, and of those that nothing is known of."""
        if self.field.reserved:
            yield f"{self.owner}.{self.field.reserved} & {self.record.reserved_mask(self.field):#x}"
        for field in self.record.fields:
            if field.bits and field.bits.flags == self.field.name:
                yield self.out.into_bits(field.kind, f"{self.owner}.{field.name}", field.bits.first)

    def _width_bit(self, word: str, field: Field) -> None:
        self._bind(field)
        kind = cast("ByWidth", field.kind)
        narrow: Any = kind.narrow
        absent = f"field_{field.name} is None or " if field.absent is None else ""
        line = f"if not ({absent}{narrow.low!r} <= field_{field.name} <= {narrow.high!r}):"
        self.out.before += [line, f"    {word} |= {1 << kind.bit}"]

    def _presence_bit(self, word: str, bit: int) -> None:
        setting, clearing = self.record.deciders(self.field.name, bit)
        for field in [*setting, *clearing]:
            self._bind(field)
        tests = " or ".join(_there(field) for field in setting or clearing)
        line = f"if {tests}:" if setting else f"if not ({tests}):"
        self.out.before += [line, f"    {word} |= {1 << bit}"]

    def _bind(self, field: Field) -> None:
        """Have the field in a variable of the encoder."""
        line = f"field_{field.name} = {self.owner}.{field.name}"
        if line not in self.out.before:
            self.out.before.append(line)

    # --- what is not always there, or not always the same ---

    def _decided(self) -> None:
        field = self.field
        if self._is_plain_rest():
            self._rest()
            return
        self.out.settle()
        self._know_deciders()
        gate = self._gate()
        if gate:
            self._bind(field)
            self._check(*gate)
        value = self.local if gate or isinstance(field.kind, ByWidth) else self.value
        ways = [(test, *self._inner(kind, value)) for test, kind in self._ways()]
        self._encode_ways(gate[0] if gate else "", [(test and test[0], term) for test, term, _ in ways])
        self._decode_ways(gate[1] if gate else "", [(test and test[1], lines) for test, _, lines in ways])
        self.out.made[self.value] = self.local

    def _is_plain_rest(self) -> bool:
        field = self.field
        last = field is self.record.fields[-1] and field.kind.greedy and not self.record.is_bounded
        return last and field.when is None and not isinstance(field.kind, Choice)

    def _rest(self) -> None:
        """What takes all that is left."""
        self.out.flush()
        (pack, unpack), name = functions(self.field.kind), f"{self.field.name}_{next(self.out.layouts)}"
        self.out.names |= {f"pack_{name}": pack, f"unpack_{name}": unpack}
        self.out.terms.append(f"pack_{name}({self.value})")
        self.out.made[self.value] = f"unpack_{name}(octets[{self.out.position}:])"
        self.out.ended = True

    def _know_deciders(self) -> None:
        """Have the values that decide on this field in variables of the decoder."""
        deciders = [when.field for when in self.field.whens if when.field]
        deciders += [self.field.kind.field] if isinstance(self.field.kind, ByValue) else []
        for name in deciders:
            local = f"field_{name}"
            if self.out.made[f"{self.owner}.{name}"] != local:
                self.out.decoding.append(f"{local} = {self.out.made[f'{self.owner}.{name}']}")
                self.out.made[f"{self.owner}.{name}"] = local

    def _gate(self) -> tuple[str, str] | None:
        """The conditions under which the field is there, the encoder's and the decoder's."""
        tests = [self._test(when) for when in self.field.whens]
        if not tests:
            return None
        return " and ".join(test for test, _ in tests), " and ".join(test for _, test in tests)

    def _test(self, when: When) -> tuple[str, str]:
        if when.field is None:
            word = self.out.made[f"{self.owner}.{when.flags}"]
            mask = sum(1 << bit for bit in when.bits)
            test = f"not {word} & {mask}" if when.clear else f"{word} & {mask}"
            test = f"{test} == {mask}" if len(when.bits) > 1 and not when.clear else test
            return test, test
        operator, wanted = when.compared
        name = self.out.name(f"decider_{next(self.out.serial)}", wanted)
        return f"{self.owner}.{when.field} {operator} {name}", f"field_{when.field} {operator} {name}"

    def _check(self, gate: str, decoding: str) -> None:
        """Have the encoder refuse a value that the conditions contradict, unless they follow from it."""
        rival = self.field.excludes
        if rival:
            other = self.record.field(rival.field)
            self._bind(other)
            self.out.before += [f"if {_there(self.field)} and {_there(other)}:", f"    refuse({self.local})"]
            self.out.decoding += [f"if {_there(other)} and {decoding}:", "    refuse(at)"]
        if self._follows():
            return
        there = _there(self.field)
        test = f"({there}) != bool({gate})" if self.field.absent is None else f"{there} and not ({gate})"
        self.out.before += [f"if {test}:", f"    refuse({self.local})"]

    def _follows(self) -> bool:
        """Whether only this field decides on its bit."""
        when = self.field.when
        if (
            when is None
            or self.field.also
            or len(when.bits) != 1
            or when.bits[0] not in self.record.derived_bits(when.flags or "")
        ):
            return False
        setting, clearing = self.record.deciders(when.flags or "", when.bits[0])
        return [*setting, *clearing] == [self.field]

    def _ways(self) -> Iterator[tuple[tuple[str, str] | None, Kind]]:
        """The layouts that it can have, each with the conditions of the encoder and of the decoder."""
        kind = self.field.kind
        if isinstance(kind, ByWidth):
            test = f"{self.out.made[f'{self.owner}.{kind.flags}']} & {1 << kind.bit}"
            yield (f"not {test}", f"not {test}"), kind.narrow
            yield (test, test), kind.wide
        elif isinstance(kind, ByValue):
            for wanted, case in kind.cases:
                name = self.out.name(f"decider_{next(self.out.serial)}", wanted)
                yield (f"{self.owner}.{kind.field} == {name}", f"field_{kind.field} == {name}"), case
        else:
            yield None, kind

    def _inner(self, kind: Kind, value: str) -> tuple[str, list[str]]:
        """The encoder's expression and the decoder's statements for one layout."""
        wire, number = kind.wire(), next(self.out.layouts)
        if wire is None:
            return self._foreign(kind, value, number)
        wire = self.out.adopt(wire)
        layout = joined(wire.format, wire.order)
        self.out.names |= {f"pack_{number}": layout.pack, f"unpack_{number}": layout.unpack_from}
        given = ", ".join(slot.replace("{v}", value) for slot in wire.to_slots)
        slots = self.out.slots_of(self.value, wire)
        lines = [f"{', '.join(slots)}, = unpack_{number}(octets, at)", f"at += {layout.size}"]
        return f"pack_{number}({given})", [*lines, f"{self.local} = {wire.from_slots.format(*slots)}"]

    def _foreign(self, kind: Kind, value: str, number: int) -> tuple[str, list[str]]:
        """A layout that has functions of its own."""
        pack, unpack = functions(kind)
        self.out.names |= {f"pack_{number}": pack, f"unpack_{number}": unpack, f"take_{number}": kind.take}
        if kind.greedy:
            lines = [f"{self.local} = unpack_{number}(octets[at:])", "at = len(octets)"]
        elif kind.least == kind.most:
            lines = [f"{self.local} = unpack_{number}(octets[at:at + {kind.least}])", f"at += {kind.least}"]
        else:
            lines = [f"{self.local}, at = take_{number}(octets, at)"]
        return f"pack_{number}({value})", lines

    def _encode_ways(self, gate: str, ways: list[tuple[str | None, str]]) -> None:
        term = ways[-1][1]
        if isinstance(self.field.kind, ByValue):
            term = f"{ways[-1][1]} if {ways[-1][0]} else refuse({self.value})"
        for test, other in reversed(ways[:-1]):
            term = f"{other} if {test} else {term}"
        if gate:
            term = f'({term}) if {gate} else b""' if " if " in term else f'{term} if {gate} else b""'
        self.out.terms.append(f"({term})" if gate or len(ways) > 1 or " if " in term else term)

    def _decode_ways(self, gate: str, ways: list[tuple[str | None, list[str]]]) -> None:
        lines: list[str] = []
        if len(ways) == 1 and ways[0][0] is None:
            lines = ways[0][1]
        else:
            for number, (test, inner) in enumerate(ways):
                last = number == len(ways) - 1 and isinstance(self.field.kind, ByWidth)
                lines += ["else:" if last else f"{'el' if number else ''}if {test}:", *_indented(inner)]
            lines += (
                ["else:", f"    refuse(field_{self.field.kind.field})"] if isinstance(self.field.kind, ByValue) else []
            )
        if gate:
            absent = repr(self.field.absent)
            lines = [f"if {gate}:", *_indented(lines), "else:", f"    {self.local} = {absent}"]
        self.out.decoding += lines

    # --- what follows from all the rest ---

    def _length(self) -> None:
        """How many octets there are; the decoder looks no further."""
        out = self.out
        out.settle()
        carrier = carrier_in(self.field.kind)
        number, wire = next(out.layouts), out.adopt(carrier.wire())
        layout = joined(wire.format, wire.order)
        out.names |= {f"pack_{number}": layout.pack, f"unpack_{number}": layout.unpack_from}
        out.length_at = len(out.terms)
        whole = f"(len(head) + {layout.size} + len(tail)<check>)"
        out.terms.append(f"pack_{number}({', '.join(slot.replace('{v}', whole) for slot in wire.to_slots)})")
        slots = [f"slot_{next(out.serial)}" for _ in wire.to_slots]
        out.decoding += [
            f"{', '.join(slots)}, = unpack_{number}(octets, at)",
            f"end = start + ({wire.from_slots.format(*slots)})",
            f"at += {layout.size}",
            "if end > len(octets):",
            "    refuse(end)",
            "octets = octets[:end]",
        ]

    def _crc(self) -> None:
        out, check = self.out, self.field.kind
        out.settle()
        number = next(out.layouts)
        out.names |= {f"pack_{number}": _CRC.pack, f"unpack_{number}": _CRC.unpack_from}
        found, crc = f"unpack_{number}(octets, at)[0]", "crc16(octets[start:at])"
        out.check, out.check_size = f"pack_{number}(crc16(body))", " + 2"
        if not isinstance(check, Check):
            out.decoding += [f"if {found} != {crc}:", "    refuse(at)", "at += 2"]
            return
        otherwise = 'b""' if check.otherwise is None else f"pack_{number}({check.otherwise})"
        given = out.adopt(wire_in(Boolean())).to_slots[0].replace("{v}", self.value)
        out.check = f"(pack_{number}(crc16(body)) if {given} else {otherwise})"
        out.check_size = f" + 2 * {given}" if check.otherwise is None else " + 2"
        there = "at != len(octets)" if check.otherwise is None else f"{found} != {check.otherwise}"
        out.decoding += [f"{self.local} = {there}", f"if {self.local} and {found} != {crc}:", "    refuse(at)"]
        out.decoding.append(f"at += 2 if {self.local} else 0" if check.otherwise is None else "at += 2")
        out.made[self.value] = self.local


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _there(field: Field) -> str:
    return f"field_{field.name} is not None" if field.absent is None else f"field_{field.name}"


def _chooses(field: Field, flags: str) -> bool:
    return isinstance(field.kind, ByWidth) and field.kind.flags == flags


def _hidden(record: Record, value: str, made: dict[str, str]) -> dict[str, str]:
    """The expressions of the bits that nothing is known of."""
    return {
        field.reserved: f"{made[f'{value}.{field.name}']} & {record.reserved_mask(field):#x}"
        for field in record.fields
        if field.reserved
    }


def _sharing_octets(fields: list[Field]) -> list[Field]:
    """The fields in front that share octets, up to the first octet's boundary."""
    group, bits = list[Field](), 0
    for field in fields:
        carrier = carrier_of(field.kind)
        if field.bits or field.when or carrier is None or not carrier.narrow:
            return []
        group.append(field)
        bits += carrier.bits
        if bits % 8 == 0:
            return group if len(group) > 1 else []
    return []


def _as_member(kind: Any) -> Any:
    """The kind as one of several in an octet: its bits are masked already."""
    if isinstance(kind, Integer):
        return attrs.evolve(kind, member=True)
    return attrs.evolve(kind, carrier=attrs.evolve(kind.carrier, member=True))


def _runs(run: list[_Part]) -> Iterator[tuple[ByteOrder, list[_Part]]]:
    """Group neighbours of one byte order; a lone octet goes with its neighbours, since it has none."""
    parts: list[_Part] = []
    order: ByteOrder | None = None
    for part in run:
        wanted = part.wire.order if _ordered(part) else order
        if order and wanted != order:
            yield order, parts
            parts = []
        order = wanted
        parts.append(part)
    if parts:
        yield order or "little", parts


def _ordered(part: _Part) -> bool:
    return struct.calcsize(f"<{part.wire.format}") > 1 and not part.wire.format.endswith("s")


# --- the functions -----------------------------------------------------------------------------------------------


def record(cls: type, fields: tuple[Field, ...], opcode: bytes = b"") -> Record:
    """Give the kind of the struct class *cls*, with its generated functions."""
    shape = Record(cls, fields, opcode, pack=_unset, unpack=_unset, take=_unset, make=maker(cls))
    writer = _Writer()
    made = writer.add_record("value", shape)
    writer.flush()
    source = "\n".join([*_pack_source(writer), "", *_unpack_source(writer, shape, made), ""])
    done = compile_functions(f"{cls.__module__}.{cls.__qualname__}", source, writer.names)
    take = done.get("take") or _fixed_take(done["unpack"], writer.offset)
    return attrs.evolve(shape, pack=done["pack"], unpack=done["unpack"], take=take)


def _unset(*_: Any) -> Any:
    raise NotImplementedError


def _fixed_take(unpack: Callable[[bytes], Any], size: int) -> Callable[[bytes, int], tuple[Any, int]]:
    return lambda octets, at: (unpack(octets[at : at + size]), at + size)


def _pack_source(writer: _Writer) -> Iterator[str]:
    yield "def pack(value):"
    yield from _indented([*writer.checks, *writer.before])
    body = _sum(writer.terms)
    if writer.length_at is not None:
        yield f"    head = {_sum(writer.terms[: writer.length_at])}"
        yield f"    tail = {_sum(writer.terms[writer.length_at + 1 :])}"
        body = f"head + {writer.terms[writer.length_at].replace('<check>', writer.check_size)} + tail"
    if writer.check:
        yield f"    body = {body}"
        body = f"body + {writer.check}"
    yield f"    return {body}"


def _sum(terms: list[str]) -> str:
    """All the bytes, a line for each term."""
    if len(terms) < 2:  # noqa: PLR2004  (nothing to add up)
        return terms[0] if terms else 'b""'
    return "\n".join(["(", f"        {terms[0]}", *(f"        + {term}" for term in terms[1:]), "    )"])


def _unpack_source(writer: _Writer, shape: Record, made: str) -> Iterator[str]:
    yield "def unpack(octets):"
    yield from _indented(list(_unpack_body(writer, shape)))
    yield f"    return {_placed(made, '')}"
    if shape.is_fixed:
        return
    yield ""
    yield "def take(octets, at):"
    yield from _indented(list(_take_body(writer)))
    end = "len(octets)" if writer.ended else _placed(writer.position, "at")
    yield f"    return {_placed(made, 'at')}, {end}"


def _unpack_body(writer: _Writer, shape: Record) -> Iterator[str]:
    whole = "octets"
    if shape.is_fixed:
        yield from (f"if len(octets) != {writer.offset}:", "    refuse(octets)")
    if writer.length_at is not None:
        whole = "whole"
        yield "whole = octets"
    if writer.check or writer.length_at is not None:
        yield "start = 0"
    yield from (_placed(line, "") for line in writer.decoding)
    if not shape.is_fixed and not writer.ended:
        position = _placed(writer.position, "")
        short = f"{position} != end or " if writer.length_at is not None else ""
        yield from (f"if {short}{position} != len({whole}):", "    refuse(octets)")


def _take_body(writer: _Writer) -> Iterator[str]:
    if writer.check or writer.length_at is not None:
        yield "start = at"
    yield from (placed for line in writer.decoding if (placed := _placed(line, "at")) != "at = at")
    if writer.length_at is not None:
        yield from (f"if {_placed(writer.position, 'at')} != end:", "    refuse(octets)")


def _placed(text: str, base: str) -> str:
    """Write positions: ``<at+3>`` as ``3``, or as ``at + 3``."""

    def place(match: re.Match[str]) -> str:
        offset = int(match[1])
        return str(offset) if not base else f"{base} + {offset}" if offset else base

    return re.sub(r"<at\+(\d+)>", place, text)
