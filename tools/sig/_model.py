"""What is written: declarations, before they have their final names."""

from __future__ import annotations

from typing import TypeAlias

import attrs


@attrs.frozen
class AliasDecl:
    """``Humidity: TypeAlias = Annotated[…]``."""

    name: str
    expression: str
    doc: str


@attrs.frozen
class EnumDecl:
    """An enumeration or a set of flags."""

    name: str
    base: str
    doc: str
    members: tuple[tuple[str, str], ...]
    decorator: str = ""


@attrs.frozen
class Member:
    """A field of a struct."""

    name: str
    annotation: str
    default: str = ""
    doc: str = ""


@attrs.frozen
class StructDecl:
    """A struct."""

    name: str
    doc: str
    members: tuple[Member, ...]


@attrs.frozen
class ConstantDecl:
    """A mark that several fields share."""

    name: str
    expression: str


@attrs.frozen
class ReexportDecl:
    """A type that gattschema.values has, because no table can tell it."""

    name: str


Declaration: TypeAlias = AliasDecl | EnumDecl | StructDecl | ConstantDecl | ReexportDecl


@attrs.define
class Module:
    """One characteristic's module: the helpers first, the characteristic's type last."""

    identifier: str
    title: str
    main: str
    """The name of the characteristic's type."""
    declarations: list[Declaration] = attrs.field(factory=list["Declaration"])

    def add(self, declaration: Declaration) -> str:
        """Add a helper unless it is there, and give the mark by which annotations name it."""
        if not any(_same(declaration, known) for known in self.declarations):
            self.declarations.append(declaration)
        return helper(declaration.name)


def _same(one: Declaration, other: Declaration) -> bool:
    """Whether two declarations say the same; whose they are does not count."""
    return without_doc(one) == without_doc(other)


def without_doc(declaration: Declaration) -> Declaration:
    """Give a declaration without the line that tells whose it is."""
    if isinstance(declaration, AliasDecl | EnumDecl | StructDecl):
        return attrs.evolve(declaration, doc="")
    return declaration


def helper(name: str) -> str:
    """Mark a helper's name in an annotation; its final name is chosen when all modules are known."""
    return f"«{name}»"


def reference(identifier: str) -> str:
    """Mark the type of another characteristic."""
    return f"«@{identifier}»"
