"""As much of D-Bus's wire format as the consumer needs: little-endian, unchecked, quick to skip the rest."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import attrs

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
PATH, INTERFACE, MEMBER, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE = 1, 2, 3, 5, 6, 7, 8
_TYPES = {PATH: "o", INTERFACE: "s", MEMBER: "s", REPLY_SERIAL: "u", DESTINATION: "s", SENDER: "s", SIGNATURE: "g"}
_LENGTHS = struct.Struct("<4xI4xI")
u32 = struct.Struct("<I").unpack_from


@attrs.define
class Writer:
    """Octets, each value aligned as its type asks."""

    octets: bytearray = attrs.field(factory=bytearray)

    def align(self, width: int) -> None:
        self.octets += bytes(-len(self.octets) % width)

    def number(self, value: int, width: int = 4) -> Writer:
        self.align(width)
        self.octets += value.to_bytes(width, "little")
        return self

    def text(self, text: str) -> Writer:
        self.number(len(text))
        self.octets += text.encode() + b"\0"
        return self

    def signature(self, text: str) -> Writer:
        self.octets += bytes([len(text)]) + text.encode() + b"\0"
        return self

    def numbers(self, values: Sequence[int]) -> Writer:
        """Write an ``at``."""
        self.number(8 * len(values))
        self.align(8)
        self.octets += struct.pack(f"<{len(values)}Q", *values)
        return self

    def blob(self, octets: bytes) -> Writer:
        self.number(len(octets))
        self.octets += octets
        return self

    def options(self, device: str, link: str, mtu: int) -> Writer:
        """Write the ``a{sv}`` that bluetoothd sends along with reads and writes."""
        inner = Writer()
        inner.text("device").signature("o").text(device).align(8)
        inner.text("link").signature("s").text(link).align(8)
        inner.text("mtu").signature("q").number(mtu, 2)
        self.number(len(inner.octets))
        self.align(8)
        self.octets += inner.octets
        return self


def message(kind: int, serial: int, fields: dict[int, str | int], body: bytes = b"") -> bytearray:
    """Give a whole message."""
    header = Writer()
    for code, value in fields.items():
        header.align(8)
        header.octets.append(code)
        header.signature(_TYPES[code])
        if isinstance(value, int):
            header.number(value)
        elif code == SIGNATURE:
            header.signature(value)
        else:
            header.text(value)
    whole = Writer(bytearray((ord("l"), kind, 0, 1)))
    whole.number(len(body)).number(serial).number(len(header.octets))
    whole.octets += header.octets
    whole.align(8)
    whole.octets += body
    return whole.octets


@attrs.frozen(slots=True)
class Incoming:
    """One message within what has been received."""

    octets: bytes
    body_at: int

    @property
    def kind(self) -> int:
        return self.octets[1]

    @property
    def serial(self) -> int:
        serial: int = u32(self.octets, 8)[0]
        return serial

    @property
    def body(self) -> bytes:
        return self.octets[self.body_at :]

    def fields(self) -> dict[int, str | int]:
        """Read the header."""
        return dict(_fields(self.octets, 16, 16 + u32(self.octets, 12)[0]))


def bounds(octets: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Say where the body of the message at *at* begins and ends; ``None`` if it is not there as a whole."""
    if len(octets) < at + 16:
        return None
    body, header = _LENGTHS.unpack_from(octets, at)
    body_at = at + 16 + header + (-header & 7)
    return (body_at, body_at + body) if body_at + body <= len(octets) else None


def _fields(octets: bytes, at: int, end: int) -> Iterator[tuple[int, str | int]]:
    while at < end:
        at += -at & 7
        code, kind, at = octets[at], chr(octets[at + 2]), at + 4
        if kind == "u":
            yield code, u32(octets, at)[0]
            at += 4
            continue
        length, at = (octets[at], at + 1) if kind == "g" else (u32(octets, at)[0], at + 4)
        yield code, octets[at : at + length].decode()
        at += length + 1
