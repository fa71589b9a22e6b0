"""Gives every helper its final name: one name, one meaning, in the whole catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import attrs

from tools.sig._model import ConstantDecl, Declaration, Module, without_doc


@attrs.frozen
class Home:
    """Where a name is declared, and under which name."""

    module: str
    name: str


@attrs.frozen
class Homes:
    """Where to find each helper and each characteristic's type."""

    helpers: Mapping[tuple[str, str], Home]
    """(module, name wanted) -> home."""
    types: Mapping[str, Home]
    """Characteristic -> its type's home."""


def resolve(modules: Iterable[Module]) -> Homes:
    """Choose: equal helpers of one name are declared once; others of one name get the characteristic's in front."""
    listed = sorted(modules, key=lambda module: module.identifier)
    types = {module.identifier: Home(module.identifier, module.main) for module in listed}
    taken = {home.name for home in types.values()}
    wanted: dict[str, list[tuple[Module, Declaration]]] = defaultdict(list)
    for module in listed:
        for declaration in _helpers(module):
            wanted[declaration.name].append((module, declaration))
    helpers: dict[tuple[str, str], Home] = {}
    for name, users in wanted.items():
        helpers |= _homes(name, users, taken=name in taken)
    return Homes(helpers, types)


def _helpers(module: Module) -> list[Declaration]:
    return [declaration for declaration in module.declarations if declaration.name != module.main]


def _homes(name: str, users: list[tuple[Module, Declaration]], *, taken: bool) -> dict[tuple[str, str], Home]:
    """Declare once what is equal; enumerations only, since structs and marks name other helpers."""
    first, declaration = users[0]
    if isinstance(declaration, ConstantDecl):
        return {(module.identifier, name): Home(module.identifier, name) for module, _ in users}
    same = all(without_doc(other) == without_doc(declaration) for _, other in users)
    if same and not taken:
        return {(module.identifier, name): Home(first.identifier, name) for module, _ in users}
    return {(module.identifier, name): Home(module.identifier, f"{module.main}{name}") for module, _ in users}
