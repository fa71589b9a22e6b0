"""``names.toml``: names where the SIG's words alone would make none that people like to type."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

import attrs


class NamesError(Exception):
    """``names.toml`` names what the data does not have."""


@attrs.frozen
class Overlay:
    """The entries of one characteristic; what nobody asked for is stale."""

    identifier: str
    data: dict[str, Any]
    used: set[tuple[str, ...]] = attrs.field(factory=set[tuple[str, ...]])

    def get(self, *keys: str) -> Any:
        """Give the entry, or None."""
        found: Any = self.data
        for key in keys:
            found = _table(found).get(key)
        if found is not None:
            self.used.add(keys)
        return found

    def stale(self) -> list[str]:
        """Give the entries that nobody asked for."""
        return [f"{self.identifier}: {' / '.join(keys)}" for keys in _leaves(self.data) if not self._covered(keys)]

    def _covered(self, keys: tuple[str, ...]) -> bool:
        return any(keys[: len(used)] == used for used in self.used)


def _leaves(data: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(data, dict):
        return [above]
    return [leaf for key, value in _table(data).items() for leaf in _leaves(value, (*above, key))]


def _table(data: Any) -> dict[str, Any]:
    """Give a table of the file; anything else has no entries."""
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


@attrs.frozen
class Names:
    """The whole file."""

    overlays: dict[str, Overlay]

    def of(self, identifier: str) -> Overlay:
        """Give the entries of one characteristic."""
        return self.overlays.setdefault(identifier, Overlay(identifier, {}))

    def check(self) -> None:
        """Fail when an entry was of no use."""
        stale = [line for overlay in self.overlays.values() for line in overlay.stale()]
        if stale:
            raise NamesError("tools/sig/names.toml names what is not there:\n  " + "\n  ".join(stale))


def read_names(path: Path) -> Names:
    """Read the file."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Names({identifier: Overlay(identifier, entries) for identifier, entries in data.items()})
