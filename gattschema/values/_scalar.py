"""The code generator for one value of fixed layout."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from gattschema._source import compile_functions
from gattschema.values._kinds import Kind, Wire, joined


def functions(kind: Kind) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    """Give the encoder and decoder of *kind*, generated if it is of fixed layout."""
    own = kind.own_functions()
    if own is not None:
        return own
    wire = kind.wire()
    return (kind.pack, kind.unpack) if wire is None or wire.format.endswith("s") else compiled(kind)


@cache
def compiled(kind: Kind) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    """Give the fastest encoder and decoder of *kind*, which has a wire."""
    wire = cast("Wire", kind.wire())
    layout = joined(wire.format, wire.order)
    source = "\n".join([*_pack_source(wire), "", *_unpack_source(wire), ""])
    made = compile_functions(
        kind.label, source, {**wire.names, "pack_slots": layout.pack, "unpack_slots": layout.unpack}
    )
    return (layout.pack if wire.to_slots == ("{v}",) else made["pack"]), made["unpack"]


@cache
def compiled_array(
    kind: Kind, fewest: int, most: int
) -> tuple[Callable[[Any], bytes], Callable[[bytes], tuple[Any, ...]]]:
    """Give the fastest encoder and decoder of *fewest* to *most* values of *kind*, which has a wire."""
    wire = cast("Wire", kind.wire())
    layout = joined(wire.format, wire.order)
    slots = [f"slot_{number}" for number, _ in enumerate(wire.to_slots)]
    made = wire.from_slots.format(*slots, t="raw")
    source = [
        "def pack(values):",
        f"    if not {fewest} <= len(values) <= {most} or not isinstance(values, tuple):",
        "        raise ValueError",
        f'    return b"".join([{_packing(wire)} for value in values])',
        "",
        "def unpack(octets):",
        f"    if not {fewest * layout.size} <= len(octets) <= {most * layout.size}:",
        "        raise ValueError",
        f"    return tuple([{made} for {', '.join(slots)}, in each_slots(octets)])",
        "",
    ]
    names = {**wire.names, "pack_slots": layout.pack, "each_slots": layout.iter_unpack}
    done = compile_functions(f"{kind.label}[]", "\n".join(source), names)
    return done["pack"], done["unpack"]


def _packing(wire: Wire) -> str:
    slots = ", ".join(slot.replace("{v}", "value").replace("{t}", "raw") for slot in wire.to_slots)
    return f"pack_slots({slots})"


def _pack_source(wire: Wire) -> tuple[str, str]:
    return "def pack(value):", f"    return {_packing(wire)}"


def _unpack_source(wire: Wire) -> tuple[str, str, str]:
    slots = [f"slot_{number}" for number, _ in enumerate(wire.to_slots)]
    made = wire.from_slots.format(*slots, t="raw")
    return "def unpack(octets):", f"    {', '.join(slots)}, = unpack_slots(octets)", f"    return {made}"
