"""Reading the SIG's YAML, with libyaml where it is there: the files are long."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

yaml: Any = importlib.import_module("yaml")  # PyYAML has no types of its own
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: Path) -> Any:
    """Give the content of one file."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
