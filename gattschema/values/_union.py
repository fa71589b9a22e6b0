"""Unions of structs that begin with an opcode: what control points are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs
from typing_extensions import override

from gattschema.values._errors import DecodeError, EncodeError
from gattschema.values._kinds import Kind, Leaf, Wire
from gattschema.values._record import Record

_FEW = 3
"""Members that a label lists."""


@attrs.frozen(slots=False)
class Union(Kind):
    """One of several structs; the octets in front tell which."""

    members: tuple[Record, ...]
    fallback: Record | None = None
    """What takes the opcodes that no member has."""

    @cached_property
    def by_type(self) -> Mapping[type, Record]:
        """Class -> its record."""
        return {member.type: member for member in self._all}

    @cached_property
    def by_opcode(self) -> Mapping[bytes, Record]:
        """Opcode -> the record that begins with it."""
        return {member.opcode: member for member in self.members}

    @cached_property
    def opcode_width(self) -> int:
        """Octets of each opcode."""
        return len(self.members[0].opcode)

    @property
    def _all(self) -> tuple[Record, ...]:
        return (*self.members, self.fallback) if self.fallback else self.members

    @property
    @override
    def least(self) -> int:
        return min(member.least for member in self._all)

    @property
    @override
    def most(self) -> int:
        return max(member.most for member in self._all)

    @property
    @override
    def greedy(self) -> bool:
        return any(member.greedy for member in self._all)

    @property
    @override
    def label(self) -> str:
        if len(self.members) > _FEW:
            return f"one of {len(self.members)} structs"
        return " | ".join(member.label for member in self.members)

    @property
    @override
    def allowed(self) -> str:
        return f"one of {', '.join(member.label for member in self._all)}"

    @property
    @override
    def expected(self) -> str:
        return self.allowed

    @property
    @override
    def example(self) -> Any:
        return self.members[0].example

    @override
    def wire(self) -> Wire | None:
        return None

    @override
    def pack(self, value: Any) -> bytes:
        found = self.by_type.get(value.__class__)
        if found is None:
            found = self._inherited(value)
        octets = found.pack(value)
        if found is self.fallback and octets[: self.opcode_width] in self.by_opcode:
            raise ValueError(value)
        return octets

    def _inherited(self, value: Any) -> Record:
        for member in self._all:
            if isinstance(value, member.type):
                return member
        raise TypeError(value)

    def _member_at(self, octets: bytes, at: int) -> Record:
        opcode = bytes(octets[at : at + self.opcode_width])
        return self.by_opcode.get(opcode) or self.fallback or self.by_opcode[opcode]

    @override
    def unpack(self, octets: bytes) -> Any:
        return self._member_at(octets, 0).unpack(octets)

    @override
    def take(self, octets: bytes, at: int) -> tuple[Any, int]:
        return self._member_at(octets, at).take(octets, at)

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        for member in self._all:
            if isinstance(value, member.type):
                place = f"{path} ({member.label})" if path != self.label else member.label
                return self._refuse_known(member, value, place) or member.refuse_value(value, place)
        return super().refuse_value(value, path)

    def _refuse_known(self, member: Record, value: Any, place: str) -> EncodeError | None:
        """Refuse an opcode that is a member's in what says to be of none."""
        for code, known in self.by_opcode.items() if member is self.fallback else ():
            if [*code] == [value.opcode]:
                return EncodeError(f"{place}.opcode", f"an opcode that is not that of {known.label}", value.opcode)
        return None

    @override
    def refuse_octets(self, octets: bytes, path: str) -> DecodeError:
        member = self.by_opcode.get(bytes(octets[: self.opcode_width]), self.fallback)
        if member is not None:
            return member.refuse_octets(octets, path if path != self.label else member.label)
        codes = ", ".join(f"{code.hex()} ({member.label})" for code, member in self.by_opcode.items())
        return DecodeError(path, f"an opcode: {codes}", octets)

    @override
    def leaves(self, path: str = "", offset: int | None = 0, note: str = "") -> Iterator[Leaf]:
        for member in self.members:
            remark = ", ".join(part for part in (note, f"if the opcode is {member.opcode.hex()}") if part)
            yield from member.leaves(f"{path}.{member.label}" if path else member.label, offset, remark)
