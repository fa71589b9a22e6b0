"""A capture that no radio made: one connection, characteristics that are discovered, values that go by.

The file is a classic pcap of link type 201, HCI UART packets with the direction in front. Before a value goes by, its
handle has been declared in a Read By Type Response (Core Specification, Vol 3, Part F, 3.4.4.2), so that a dissector
knows the characteristic's UUID, and with it the format.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Iterator

import attrs

_LINK_TYPE = 201
"""LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR."""
_MAGIC = 0xA1B2C3D4
_CONNECTION = 0x0040
_ATT = 0x0004
"""The L2CAP channel of the Attribute Protocol."""
_CHARACTERISTIC = 0x2803
_ALL_PROPERTIES = 0x3A
"""Read, write, notify, indicate."""


class Way(enum.Enum):
    """How a value crosses the link."""

    NOTIFICATION = enum.auto()
    READ = enum.auto()
    WRITE = enum.auto()


@attrs.frozen
class Passage:
    """One value of one characteristic, on its way."""

    number: int
    """The characteristic's UUID."""
    octets: bytes
    way: Way


def capture(passages: Iterable[Passage]) -> tuple[bytes, list[int]]:
    """Write the file; give it with the place of the frame in which each value stands."""
    passages = list(passages)
    handles = {number: 3 * place for place, number in enumerate(dict.fromkeys(each.number for each in passages), 1)}
    frames = [_connected(), *_room_for_long_values(), *_declarations(handles)]
    places: list[int] = []
    for passage in passages:
        frames += _frames(passage, handles[passage.number])
        # A Write Request is followed by its response, the others end with the value.
        places.append(len(frames) - (2 if passage.way is Way.WRITE else 1))
    return _file(frames), places


def _frames(passage: Passage, handle: int) -> Iterator[bytes]:
    match passage.way:
        case Way.NOTIFICATION:
            yield _received(struct.pack("<BH", 0x1B, handle) + passage.octets)
        case Way.READ:
            yield _sent(struct.pack("<BH", 0x0A, handle))
            yield _received(b"\x0b" + passage.octets)
        case Way.WRITE:
            yield _sent(struct.pack("<BH", 0x12, handle) + passage.octets)
            yield _received(b"\x13")


def _room_for_long_values() -> Iterator[bytes]:
    """Exchange MTU: 517 octets on either side, enough for a value of 512."""
    yield _sent(struct.pack("<BH", 0x02, 517))
    yield _received(struct.pack("<BH", 0x03, 517))


def _declarations(handles: dict[int, int]) -> Iterator[bytes]:
    for number, handle in handles.items():
        yield _sent(struct.pack("<BHHH", 0x08, handle - 1, 0xFFFF, _CHARACTERISTIC))
        yield _received(struct.pack("<BBHBHH", 0x09, 7, handle - 1, _ALL_PROPERTIES, handle, number))


def _connected() -> bytes:
    """LE Connection Complete: successful, as central, to a public address."""
    parameters = struct.pack("<BBHBB6sHHHB", 1, 0, _CONNECTION, 0, 0, bytes(range(1, 7)), 24, 0, 100, 0)
    return _packet(received=True, kind=0x04, body=struct.pack("<BB", 0x3E, len(parameters)) + parameters)


def _sent(attribute: bytes) -> bytes:
    return _data(attribute, received=False)


def _received(attribute: bytes) -> bytes:
    return _data(attribute, received=True)


def _data(attribute: bytes, *, received: bool) -> bytes:
    """An ACL packet, whole, that carries one PDU of the Attribute Protocol."""
    frame = struct.pack("<HH", len(attribute), _ATT) + attribute
    whole = 0x2000
    return _packet(received=received, kind=0x02, body=struct.pack("<HH", _CONNECTION | whole, len(frame)) + frame)


def _packet(*, received: bool, kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", received, kind) + body


def _file(frames: Iterable[bytes]) -> bytes:
    head = struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, 0xFFFF, _LINK_TYPE)
    rows = (struct.pack("<IIII", second, 0, len(frame), len(frame)) + frame for second, frame in enumerate(frames))
    return head + b"".join(rows)
