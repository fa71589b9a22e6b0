"""An advertisement as a phone hears it: the octets on the air, and what they say."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

_INCOMPLETE_16, _COMPLETE_16, _INCOMPLETE_32, _COMPLETE_32, _INCOMPLETE_128, _COMPLETE_128 = range(0x02, 0x08)
_FLAGS, _SHORT_NAME, _NAME, _TX_POWER = 0x01, 0x08, 0x09, 0x0A
_SERVICE_DATA = {0x16: 2, 0x20: 4, 0x21: 16}
_APPEARANCE, _MANUFACTURER = 0x19, 0xFF
_UUIDS = {
    _INCOMPLETE_16: 2,
    _COMPLETE_16: 2,
    _INCOMPLETE_32: 4,
    _COMPLETE_32: 4,
    _INCOMPLETE_128: 16,
    _COMPLETE_128: 16,
}


def uuid_text(octets: bytes) -> str:
    """A UUID from its little-endian octets: "180D", or "7E2A0000-5F4C-4B8E-9A52-0D1C3E9F1A10"."""
    return (str(uuid.UUID(bytes=octets[::-1])) if len(octets) == 16 else octets[::-1].hex()).upper()


def short(name: str) -> str:
    """One spelling for every UUID: "180D" for 0000180d-0000-1000-8000-00805f9b34fb and 180d, upper case for others."""
    text = name.upper().removeprefix("0X")
    base = "-0000-1000-8000-00805F9B34FB"
    return text.removesuffix(base).removeprefix("0000") if text.endswith(base) else text


@dataclass(frozen=True)
class Advert:
    """One advertisement: `.data` and `.scan_response` are the octets of its packets, the rest is read from them.

    `.number` tells the advertising sets of the controller apart, `.interval` is the shortest and the longest (s) that
    was asked for, and `.is_extended` says that legacy phones do not hear it.
    """

    address: str
    data: bytes
    scan_response: bytes = b""
    is_public: bool = True
    number: int = 0
    is_connectable: bool = True
    is_extended: bool = False
    interval: tuple[float, float] = (0.0, 0.0)
    name: str | None = field(init=False, default=None)
    service_uuids: list[str] = field(init=False, default_factory=list, compare=False)
    service_data: dict[str, bytes] = field(init=False, default_factory=dict, compare=False)
    manufacturer_data: dict[int, bytes] = field(init=False, default_factory=dict, compare=False)
    appearance: int | None = field(init=False, default=None)
    tx_power: int | None = field(init=False, default=None)
    flags: int | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Read every structure of both packets."""
        for kind, octets in (*structures(self.data), *structures(self.scan_response)):
            self._take(kind, octets)

    def _take(self, kind: int, octets: bytes) -> None:
        """One structure; the kinds that no story has asked for yet are left to `.data`."""
        little = int.from_bytes(octets[:2], "little")
        if size := _UUIDS.get(kind):
            self.service_uuids.extend(uuid_text(octets[at : at + size]) for at in range(0, len(octets), size))
        elif size := _SERVICE_DATA.get(kind):
            self.service_data[uuid_text(octets[:size])] = octets[size:]
        elif kind == _MANUFACTURER:
            self.manufacturer_data[little] = octets[2:]
        elif kind in {_SHORT_NAME, _NAME}:
            object.__setattr__(self, "name", octets.decode(errors="replace"))
        elif kind == _FLAGS:
            object.__setattr__(self, "flags", octets[0])
        elif kind == _APPEARANCE:
            object.__setattr__(self, "appearance", little)
        elif kind == _TX_POWER:
            object.__setattr__(self, "tx_power", int.from_bytes(octets, "little", signed=True))

    def matches(self, name: str | None, uuid: str | None) -> bool:
        """Whether this is the one that a phone looks for."""
        return name in {None, self.name} and (uuid is None or short(uuid) in self.service_uuids)


def structures(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (type, octets) of advertising data; a length of zero ends it."""
    at = 0
    while at < len(data) and data[at]:
        yield data[at + 1], data[at + 2 : at + 1 + data[at]]
        at += 1 + data[at]
