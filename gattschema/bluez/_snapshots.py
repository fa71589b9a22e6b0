"""Long reads: all parts of one read come from one value."""

from __future__ import annotations

from collections import OrderedDict

import attrs

from gattschema.schema import InvalidOffset

SNAPSHOTS = 32
"""Long reads that can be under way at once."""
SHORTEST_PART = 22
"""Octets that one part of a read carries with the smallest ATT MTU, 23 (Core Specification, Vol 3, Part F, 3.4.4.4)."""


@attrs.define(eq=False, repr=False)
class Snapshots:
    """The octets of long reads under way.

    bluetoothd asks for the first part without an offset and for each further one with it, until a part is short.
    """

    kept: OrderedDict[tuple[str, str], bytes] = attrs.field(factory=OrderedDict[tuple[str, str], bytes])
    """(path of the attribute, path of the device) -> the value."""

    def begin(self, key: tuple[str, str], octets: bytes) -> bytes:
        """Keep the value that the first part is read from, if it can be longer than one part."""
        if len(octets) < SHORTEST_PART:
            if self.kept:
                self.kept.pop(key, None)
            return octets
        self.kept[key] = octets
        self.kept.move_to_end(key)
        if len(self.kept) > SNAPSHOTS:
            self.kept.popitem(last=False)
        return octets

    def part(self, key: tuple[str, str], offset: int) -> bytes | None:
        """Give what follows *offset*; ``None`` if no read is under way."""
        octets = self.kept.get(key)
        return None if octets is None else behind(octets, offset)


def behind(octets: bytes, offset: int) -> bytes:
    """Give what follows *offset*.

    Raises:
        InvalidOffset: it is behind the end.
    """
    if offset > len(octets):
        raise InvalidOffset(f"offset {offset} is behind the end of {len(octets)} octets")
    return octets[offset:]
