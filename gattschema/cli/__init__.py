"""The command line: ``gattschema show`` and ``gattschema docs``. Needs click, of the extra ``tools``."""

from __future__ import annotations

import importlib.util
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; without click, say how to get it.

    Raises:
        SystemExit: always, with the exit status.
    """
    if importlib.util.find_spec("click") is None:
        sys.exit("gattschema's command line needs click: pip install 'gattschema[tools]'")
    from gattschema.cli._commands import commands  # noqa: PLC0415  (needs click, which is an extra)

    commands(prog_name="gattschema")
