"""The command line: ``gattschema show`` and ``gattschema docs``. Needs click, of the extra ``tools``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; without click, say how to get it.

    Raises:
        SystemExit: always, with the exit status.
    """
    try:
        import click  # noqa: F401, PLC0415  (an extra: the library works without it)
    except ModuleNotFoundError as missing:
        if missing.name != "click":
            raise
        sys.exit("gattschema's command line needs click: pip install 'gattschema[tools]'")
    from gattschema.cli._commands import commands  # noqa: PLC0415  (needs click, too)

    commands(prog_name="gattschema")
