"""The few pieces of Markdown that the pages are made of: escaped text, code, tables that read well as source, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WIDEST_PADDING = 40

_ACTIVE = re.compile(r"[\\`*\[\]<~]|(?<!\w)_|_(?!\w)")
_OPENS_BLOCK = re.compile(r"^(\d*)([#>+\-.)])")
_ESCAPED_OR_PIPE = re.compile(r"\\.|\|")


def plain(text: str) -> str:
    """Escape what Markdown would take for markup, so that a reader sees *text* as it is."""
    return _ACTIVE.sub(r"\\\g<0>", text)


def paragraph(text: str) -> str:
    """Make one paragraph of *text*: no heading, list, quotation or code, whatever it begins with."""
    return _OPENS_BLOCK.sub(r"\1\\\2", plain(" ".join(text.split())))


def code(text: str) -> str:
    """Set an identifier, a UUID or octets as code; *text* has no backticks."""
    return f"`{text}`"


def hexed(octets: bytes) -> str:
    """``D0 07``; says so if there are none."""
    return octets.hex(" ").upper() or "no octets"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of Markdown cells; pipes and line ends in them are escaped here, and columns are aligned."""
    lines = [[_cell(text) for text in line] for line in (header, *rows)]
    widths = [min(max(map(len, column)), _WIDEST_PADDING) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(_line(cells, widths) for cells in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"


def _cell(text: str) -> str:
    """A bare pipe would end the cell and a line end the table; what a backslash escapes already stays."""
    return _ESCAPED_OR_PIPE.sub(lambda match: r"\|" if match[0] == "|" else match[0], " ".join(text.split()))
