"""What the hand-written modules of gattschema.sig offer, read without importing them."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@attrs.frozen
class Offer:
    """One module below gattschema.sig and those of its public names that gattschema.sig has, too."""

    module: str
    names: tuple[str, ...]
    numbers: dict[str, int] = attrs.field(factory=dict[str, int])
    """Type of a characteristic -> its UUID number."""


def offers(package: Path) -> Iterator[Offer]:
    """Read every module of a package."""
    for path in sorted(package.glob("*.py")):
        if path.stem != "__init__":
            yield offer(path)


def offer(path: Path, below: str = "") -> Offer:
    """Read one module: its ALSO_IN_SIG or, without, its ``__all__``; and the numbers that it gives its types."""
    values = dict(_literals(ast.parse(path.read_text(encoding="utf-8"))))
    numbers = {**values.get("UUID_NUMBERS", {}), **values.get("SERVICES", {})}
    names = values.get("ALSO_IN_SIG", values.get("__all__", sorted(numbers)))
    return Offer(f"{below or path.parent.name}.{path.stem}", tuple(names), numbers)


def _literals(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from _literal(node.targets, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value:
            yield from _literal([node.target], node.value)


def _literal(targets: list[ast.expr], value: ast.expr) -> Iterator[tuple[str, Any]]:
    for target in targets:
        if isinstance(target, ast.Name) and target.id in _READ:
            yield target.id, ast.literal_eval(value)


_READ = {"__all__", "ALSO_IN_SIG", "UUID_NUMBERS", "SERVICES"}


def unique(found: Iterable[Offer]) -> dict[str, str]:
    """Give module by name, for names that one module only offers; types of characteristics come before helpers."""
    listed = list(found)
    main = {name: offer.module for offer in listed for name in offer.numbers}
    counts = Counter(name for offer in listed for name in offer.names)
    helpers = {name: offer.module for offer in listed for name in offer.names if counts[name] == 1}
    return helpers | main
