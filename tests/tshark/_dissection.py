"""What tshark makes of a capture, as leaves at bit positions."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from tests.tshark._capture import Passage, Way, capture

_HEADER = {Way.NOTIFICATION: 12, Way.READ: 10, Way.WRITE: 12}
"""Octets in front of the value: HCI UART 1, ACL 4, L2CAP 4, ATT opcode 1, and the handle 2 where there is one."""
_RAW = "_raw"
LEFT_OVER = "value"
"""The field for octets that the dissector has no format for."""

_Pairs = list[tuple[str, Any]]
"""A JSON object; tshark repeats keys, for arrays among others."""


@attrs.frozen
class Seen:
    """One field that tshark shows and does not divide further."""

    name: str
    """Its name in display filters, without ``btatt.``."""
    first: int
    """Its first bit; bit 0 is the least significant one of the value's first octet."""
    width: int
    """Bits that it takes."""
    shown: str


@attrs.frozen
class Dissection:
    """What tshark makes of one value."""

    passage: Passage
    leaves: tuple[Seen, ...]
    complaints: tuple[str, ...]
    """Its expert messages: octets left over, missing, undecoded."""

    @property
    def is_known(self) -> bool:
        """Whether the dissector has a format for the characteristic."""
        return any(leaf.name != LEFT_OVER for leaf in self.leaves) and "Undecoded" not in self.complaints


def version() -> str | None:
    """Tshark's version, such as ``4.0.17``; ``None`` if it is not installed."""
    if shutil.which("tshark") is None:
        return None
    words = subprocess.run(["tshark", "--version"], check=True, capture_output=True, text=True).stdout.split()
    return words[2].rstrip(".")


def dissect(passages: Sequence[Passage]) -> list[Dissection]:
    """Let tshark read the values; give what it makes of each."""
    content, places = capture(passages)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values.pcap"
        path.write_bytes(content)
        command = ["tshark", "-n", "-r", str(path), "-T", "json", "-x", "-J", "btatt"]
        printed = subprocess.run(command, check=True, capture_output=True).stdout
    frames = json.loads(printed, object_pairs_hook=list)
    return [_dissection(passage, frames[place]) for passage, place in zip(passages, places, strict=True)]


def _dissection(passage: Passage, frame: _Pairs) -> Dissection:
    layers: _Pairs = dict(dict(frame)["_source"])["layers"]
    shown = next((fields for name, fields in layers if name == "btatt"), [])
    header = _HEADER[passage.way]
    return Dissection(passage, tuple(_leaves(shown, header)), tuple(_complaints(shown)))


def _leaves(fields: _Pairs, header: int) -> Iterator[Seen]:
    """Walk down to the fields that are not divided; those in front of the value are the protocol's own."""
    shown = {name: text for name, text in fields if isinstance(text, str)}
    for place, (name, content) in enumerate(fields):
        if name.endswith(_RAW):
            below = _below(fields, place, name.removesuffix(_RAW))
            inner = list(_leaves(below, header))
            # The text follows its octets; a key may be there many times.
            text = fields[place + 1][1] if place + 1 < len(fields) else shown.get(name.removesuffix(_RAW), "")
            yield from inner or _leaf(name.removesuffix(_RAW), content, text, header)


def _below(fields: _Pairs, place: int, name: str) -> _Pairs:
    """The fields that divide the one at *place*: tshark puts them behind it, as a tree or in the place of its text."""
    below: _Pairs = []
    for key, content in fields[place + 1 : place + 3]:
        if key.endswith(_RAW):
            break
        if key in {name, f"{name}_tree"} and _is_object(content):
            below += content
    return below


def _is_object(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and isinstance(content[0], tuple)


def _leaf(name: str, raw: list[Any], text: Any, header: int) -> Iterator[Seen]:
    _, position, length, mask, _ = raw
    if position < header or not isinstance(text, str):
        return
    lowest = (mask & -mask).bit_length() - 1 if mask else 0
    width = mask.bit_count() if mask else 8 * length
    yield Seen(name.removeprefix("btatt."), 8 * (position - header) + lowest, width, text)


def _complaints(fields: _Pairs) -> Iterator[str]:
    for name, content in fields:
        if name == "_ws.expert.message":
            yield content
        if _is_object(content):
            yield from _complaints(content)
