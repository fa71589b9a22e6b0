"""Text, octets as they are, and UUIDs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Literal

import attrs
from typing_extensions import override

from gattschema._source import compile_functions
from gattschema.values._errors import EncodeError
from gattschema.values._kinds import BoundedKind, ByteOrder, Wire

Ending = Literal["rest", "padded", "terminated"]
Encoding = Literal["utf-8", "utf-16"]

_LABELS = {"utf-8": "utf8s", "utf-16": "utf16s"}


@attrs.frozen
class Text(BoundedKind):
    """Text in UTF-8 or UTF-16; the bounds count octets, not characters.

    It takes the *rest* of the value, or is *padded* with NULs to a fixed size, or *terminated* by a NUL, which counts.
    """

    encoding: Encoding = "utf-8"
    ending: Ending = "rest"
    order: ByteOrder = "little"

    @property
    def codec(self) -> str:
        """Python's name of the encoding."""
        return self.encoding if self.encoding == "utf-8" else f"utf-16-{self.order[0]}e"

    @property
    def nul(self) -> bytes:
        """The NUL character."""
        return b"\0" if self.encoding == "utf-8" else b"\0\0"

    @property
    def room(self) -> tuple[int, int]:
        """Octets that the text itself takes at least and at most."""
        if self.ending == "padded":
            return 0, self.longest
        ending = len(self.nul) if self.ending == "terminated" else 0
        return self.shortest - ending, self.longest - ending

    @property
    @override
    def greedy(self) -> bool:
        return self.ending == "rest" and self.least != self.most

    @property
    @override
    def label(self) -> str:
        order = ", big-endian" if self.encoding == "utf-16" and self.order == "big" else ""
        ending = "" if self.ending == "rest" else f", {'NUL-' * (self.ending == 'terminated')}{self.ending}"
        return f"{_LABELS[self.encoding]}{order}{ending}"

    @property
    @override
    def allowed(self) -> str:
        least, most = self.room
        span = f"{least}" if least == most else f"{least} … {most}"
        without = {"rest": "", "padded": ", no NUL at its end", "terminated": ", no NUL within"}[self.ending]
        return f"text of {span} octet{'s' * (span != '1')} in {self.encoding.upper()}{without}"

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        if not isinstance(value, str):
            return super().refuse_value(value, path)
        octets = len(value.encode(self.codec, "replace"))
        least, most = self.room
        return EncodeError(path, self.expected if least <= octets <= most else f"{self.expected}, not {octets}", value)

    @property
    @override
    def example(self) -> str:
        width = len(self.nul)
        least, most = (octets // width for octets in self.room)
        return ("hello" + " " * least)[: max(least, min(5, most))]

    @override
    def wire(self) -> Wire | None:
        if self.least != self.most:
            return None
        names = {f"to_text_{self.least}": self.pack, f"from_text_{self.least}": self.unpack}
        to_slot, from_slot = (f"{name}({{}})" for name in names)
        return Wire(f"{self.least}s", (to_slot.format("{v}"),), from_slot.format("{0}"), names=names)

    @override
    def own_functions(self) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]] | None:
        if self.ending != "rest" or self.least == self.most:
            return None
        source = [
            "def pack(value):",
            f"    octets = encode(value, {self.codec!r})",
            f"    if not {self.least} <= len(octets) <= {self.most}:",
            "        raise ValueError",
            "    return octets",
            "",
            "def unpack(octets):",
            f"    if not {self.least} <= len(octets) <= {self.most}:",
            "        raise ValueError",
            f"    return str(octets, {self.codec!r})",
            "",
        ]
        done = compile_functions(self.label, "\n".join(source), {"encode": str.encode})
        return done["pack"], done["unpack"]

    @override
    def pack(self, value: Any) -> bytes:
        octets = str.encode(value, self.codec)
        if self.ending == "rest":
            return self.within(octets)
        if value.endswith("\0") if self.ending == "padded" else "\0" in value:
            raise ValueError(value)
        return self.within(octets.ljust(self.longest, b"\0") if self.ending == "padded" else octets + self.nul)

    @override
    def unpack(self, octets: bytes) -> str:
        text = str(self.within(octets), self.codec)
        if self.ending == "padded":
            return text.rstrip("\0")
        if self.ending == "terminated":
            if text.find("\0") != len(text) - 1:
                raise ValueError(text)
            return text[:-1]
        return text

    @override
    def take(self, octets: bytes, at: int) -> tuple[str, int]:
        if self.ending != "terminated":
            return super().take(octets, at)
        width = len(self.nul)
        places = range(at, len(octets), width)
        end = next((place + width for place in places if octets[place : place + width] == self.nul), len(octets))
        return self.unpack(octets[at:end]), end


@attrs.frozen
class Opaque(BoundedKind):
    """Octets as they are."""

    @property
    @override
    def label(self) -> str:
        return "octets"

    @property
    @override
    def allowed(self) -> str:
        return f"bytes, {self.octets}"

    @property
    @override
    def example(self) -> bytes:
        return bytes(range(1, 1 + max(self.least, min(4, self.most))))

    @override
    def wire(self) -> Wire | None:
        if self.least != self.most:
            return None
        name = f"octets_{self.least}"
        return Wire(f"{self.least}s", (f"{name}({{v}})",), names={name: self.pack})

    @override
    def pack(self, value: Any) -> bytes:
        return self.within(value if value.__class__ is bytes else bytes(memoryview(value)))

    @override
    def unpack(self, octets: bytes) -> bytes:
        return self.within(bytes(octets))


_BASE_UUID = uuid.UUID("00000000-0000-1000-8000-00805f9b34fb")
"""What 16-bit UUIDs are short for (Core Specification, Vol 3, Part B, 2.5.1)."""


def _short(value: uuid.UUID) -> int | None:
    """The 16-bit UUID that *value* can be written as."""
    number = (value.int - _BASE_UUID.int) >> 96
    return number if 0 <= number < 1 << 16 and _long(number) == value else None


def _long(number: int) -> uuid.UUID:
    return uuid.UUID(int=_BASE_UUID.int + (number << 96))


@attrs.frozen
class Uuid(BoundedKind):
    """A UUID of 2 or 16 octets, least significant octet first; of both the shorter one if it can be."""

    @property
    @override
    def label(self) -> str:
        return {2: "uuid16", 16: "uuid128"}[self.least] if self.least == self.most else "gatt_uuid"

    @property
    @override
    def allowed(self) -> str:
        return "a uuid.UUID of 16 bits, 0000xxxx-0000-1000-8000-00805f9b34fb" if self.most == 2 else "a uuid.UUID"  # noqa: PLR2004

    @property
    @override
    def example(self) -> uuid.UUID:
        return _long(0x180D)

    @override
    def wire(self) -> Wire | None:
        if self.least != self.most:
            return None
        name = self.label
        return Wire(f"{self.most}s", (f"to_{name}({{v}})",), f"from_{name}({{0}})", names=self._names())

    def _names(self) -> dict[str, Any]:
        return {f"to_{self.label}": self.pack, f"from_{self.label}": self.unpack}

    @override
    def pack(self, value: Any) -> bytes:
        short = _short(value) if self.least == 2 else None  # noqa: PLR2004
        octets: bytes = value.bytes[::-1] if short is None else short.to_bytes(2, "little")
        return self.within(octets)

    @override
    def unpack(self, octets: bytes) -> uuid.UUID:
        self.within(octets)
        if len(octets) == 2:  # noqa: PLR2004
            return _long(int.from_bytes(octets, "little"))
        return uuid.UUID(bytes=bytes(octets[::-1]))
