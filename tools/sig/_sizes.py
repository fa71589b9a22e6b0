"""How many octets a value has, as the SIG's tables state it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.sig._facts import Field

LONGEST = 512
"""The most octets that a value has."""
_OCTET = 8


def room(groups: Iterable[list[Field]]) -> dict[str, int]:
    """Share what the fields with bounds leave of a value's octets among those without."""
    spans = {group[0].name: _span([_size(field) for field in group]) for group in groups}
    endless = [name for name, (_, most) in spans.items() if most is None]
    left = LONGEST - sum(most or 0 for _, most in spans.values()) // _OCTET
    return {name: left // len(endless) for name in endless}


def octets(groups: Iterable[list[Field]]) -> str:
    """Write how many octets there are; of the fields of one group one is there at a time."""
    spans = [_span([_size(field) for field in group]) for group in groups]
    least = sum(span[0] for span in spans) // _OCTET
    most = None if any(span[1] is None for span in spans) else sum(span[1] or 0 for span in spans) // _OCTET
    if least == most:
        return f"{least} octet{'' if least == 1 else 's'}"
    if most is not None:
        return f"{least} to {most} octets"
    return f"{least} octet{'' if least == 1 else 's'} or more" if least else f"up to {LONGEST} octets"


def _span(sizes: list[tuple[int, int | None]]) -> tuple[int, int | None]:
    if len(sizes) == 1:
        return sizes[0]
    mosts = [most or 0 for _, most in sizes]
    return min(mosts), max(mosts)


def _size(field: Field) -> tuple[int, int | None]:
    """Give the least and the greatest number of bits that a field takes."""
    numbers = [int(number) for number in re.findall(r"\d+", field.size)]
    if field.size_in_bits:
        return numbers[0], numbers[0]
    if "n" in field.size or ("variable" in field.size and len(numbers) < _BOTH):
        return 0, None
    least = 0 if field.gates else min(numbers)
    return least * _OCTET, max(numbers) * _OCTET


_BOTH = 2
