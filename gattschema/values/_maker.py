"""The quick way to an instance of a struct: what attrs' constructor does, without its keywords.

It is for decoders, which give every field. A class whose constructor does more gets no such function: one with an
``__init__``, ``__new__`` or ``__attrs_post_init__`` of its own, with validators, converters or without slots.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import attrs

from gattschema._source import compile_functions


def maker(cls: Any) -> Callable[..., Any] | None:
    """Give the function that takes the fields of *cls* in their order, if the class allows it."""
    attributes: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)
    if not attributes or not _is_plain(cls) or not all(_is_stored(cls, attribute) for attribute in attributes):
        return None
    names = [f"given_{number}" for number, _ in enumerate(attributes)]
    source = [
        f"def make({', '.join(names)}):",
        "    made = new(Struct)",
        *(f"    set_{attribute.name}(made, {name})" for attribute, name in zip(attributes, names, strict=True)),
        "    return made",
        "",
    ]
    setters = {f"set_{attribute.name}": _slot_of(cls, attribute.name).__set__ for attribute in attributes}
    made = compile_functions(
        f"{cls.__module__}.{cls.__qualname__}", "\n".join(source), {"new": object.__new__, "Struct": cls, **setters}
    )
    return made["make"]


def _slot_of(cls: type, name: str) -> Any:
    """The descriptor of the slot *name*, wherever among the bases it is."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def _is_plain(cls: Any) -> bool:
    code: types.CodeType | None = getattr(cls.__init__, "__code__", None)
    by_attrs = code is not None and code.co_filename.startswith("<attrs generated")
    return by_attrs and cls.__new__ is object.__new__ and not hasattr(cls, "__attrs_post_init__")


def _is_stored(cls: type, attribute: Any) -> bool:
    plain = attribute.init and attribute.validator is None and attribute.converter is None
    return plain and isinstance(_slot_of(cls, attribute.name), types.MemberDescriptorType)
