"""AD structures: length, type, data (Core Specification, Vol 3, Part C, 11; Core Specification Supplement, Part A)."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import attrs

from gattschema.schema import short_uuid
from gattschema.schema._uuids import number_of


class AdType(enum.IntEnum):
    """The types that this room writes (Assigned Numbers, 2.3)."""

    FLAGS = 0x01
    SERVICES_16 = 0x03
    SERVICES_32 = 0x05
    SERVICES_128 = 0x07
    SHORTENED_NAME = 0x08
    NAME = 0x09
    TX_POWER = 0x0A
    SOLICITED_16 = 0x14
    SOLICITED_128 = 0x15
    SERVICE_DATA_16 = 0x16
    APPEARANCE = 0x19
    SOLICITED_32 = 0x1F
    SERVICE_DATA_32 = 0x20
    SERVICE_DATA_128 = 0x21
    RSI = 0x2E
    MANUFACTURER_DATA = 0xFF


LIMITED, GENERAL, NO_BREDR = 0x01, 0x02, 0x04
"""The bits of the flags (Core Specification Supplement, Part A, 1.3)."""

MANUFACTURER = "manufacturer data of "
"""How people are told of it; the company follows."""

HEAD = 2
"""Octets of a structure before its data."""
LONGEST_DATA = 254
"""Octets that a structure's data has at most: the length is one octet, and the type counts."""

_SERVICES = {2: AdType.SERVICES_16, 4: AdType.SERVICES_32, 16: AdType.SERVICES_128}
_SOLICITED = {2: AdType.SOLICITED_16, 4: AdType.SOLICITED_32, 16: AdType.SOLICITED_128}
_SERVICE_DATA = {2: AdType.SERVICE_DATA_16, 4: AdType.SERVICE_DATA_32, 16: AdType.SERVICE_DATA_128}
_SHORT = 0xFFFF


@attrs.frozen
class Structure:
    """One AD structure."""

    what: str
    """For people: ``service data of 0x180F``."""
    type: int
    data: bytes

    @property
    def octets(self) -> bytes:
        """All of it, as it goes on the air."""
        return bytes([len(self.data) + 1 & 0xFF, self.type]) + self.data

    def __len__(self) -> int:
        return HEAD + len(self.data)


@attrs.frozen
class Packet:
    """What the program says in one packet, in octets; BlueZ puts name, appearance and flags with it."""

    services: tuple[UUID, ...] = ()
    solicited: tuple[UUID, ...] = ()
    manufacturer_data: Mapping[int, bytes] = attrs.field(factory=dict[int, bytes])
    service_data: Mapping[UUID, bytes] = attrs.field(factory=dict[UUID, bytes])
    data: Mapping[int, bytes] = attrs.field(factory=dict[int, bytes])

    def __reduce__(self) -> tuple[Any, ...]:
        """Let copies and pickles be made of plain dictionaries: views of them have neither."""
        views = ("manufacturer_data", "service_data", "data")
        octets = {name: dict(getattr(self, name)) for name in views}
        return partial(type(self), services=self.services, solicited=self.solicited, **octets), ()

    def __bool__(self) -> bool:
        return any((self.services, self.solicited, self.manufacturer_data, self.service_data, self.data))

    def structures(self) -> Iterator[Structure]:
        """Give those in front of the name, in bluetoothd's order (``bt_ad_generate``)."""
        yield from _lists(self.services, _SERVICES, "services")
        yield from _lists(self.solicited, _SOLICITED, "solicited services")
        for company, octets in self.manufacturer_data.items():
            data = company.to_bytes(2, "little") + octets
            yield Structure(f"{MANUFACTURER}0x{company:04X}", AdType.MANUFACTURER_DATA, data)
        for uuid, octets in self.service_data.items():
            key = wire_uuid(uuid)
            yield Structure(f"service data of {short_uuid(uuid)}", _SERVICE_DATA[len(key)], key + octets)

    def raw_structures(self) -> Iterator[Structure]:
        """Give those behind the name: of types that the program numbers."""
        for number, octets in self.data.items():
            yield Structure(f"data of type 0x{number:02X}", number, octets)


def wire_uuid(uuid: UUID) -> bytes:
    """Give a UUID as structures have it: 2, 4 or 16 octets, the least significant first."""
    number = number_of(uuid)
    if number is None:
        return uuid.bytes[::-1]
    return number.to_bytes(2 if number <= _SHORT else 4, "little")


def _lists(uuids: Sequence[UUID], types: Mapping[int, AdType], what: str) -> Iterator[Structure]:
    """A list for each width that there is, the narrowest first."""
    for width, number in types.items():
        found = [octets for octets in map(wire_uuid, uuids) if len(octets) == width]
        if found:
            yield Structure(f"{8 * width}-bit {what}", number, b"".join(found))


def appearance(number: int) -> Structure:
    """Give the structure of an appearance (Core Specification Supplement, Part A, 1.12)."""
    return Structure("appearance", AdType.APPEARANCE, number.to_bytes(2, "little"))


def flags(bits: int, what: str = "flags") -> Structure:
    """Give the structure of the flags."""
    return Structure(what, AdType.FLAGS, bytes([bits]))
