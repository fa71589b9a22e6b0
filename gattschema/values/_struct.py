"""``@struct``: an immutable attrs class with a layout in octets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, overload

import attrs
from typing_extensions import dataclass_transform

from gattschema.values._errors import Fault, SchemaError
from gattschema.values._hints import caller_of, enclosing_scope, kind_of, resolve_hints, unfold
from gattschema.values._kinds import REFUSALS, ByteOrder, Field, Integer, Kind, Real, Record, is_factory
from gattschema.values._record import record
from gattschema.values._types import BigEndian

T = TypeVar("T")


@overload
def struct(cls: type[T], /) -> type[T]: ...
@overload
def struct(*, byteorder: ByteOrder = "little") -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def struct(cls: type[T] | None = None, /, *, byteorder: ByteOrder = "little") -> type[T] | Callable[[type[T]], type[T]]:
    """Turn an annotated class into an immutable attrs class whose fields follow each other in octets.

    Every field has a type with a size (``UInt16``, an ``IntEnum``, another struct …); one of variable size comes last.
    ``byteorder="big"`` turns all numbers of the struct itself around; those of nested structs stay as declared.
    The encoder and decoder are generated here and now; ``inspect.getsource`` shows them.

    Raises:
        SchemaError: with every fault of the class.
    """
    if byteorder not in ("little", "big"):
        msg = f"byteorder is 'little' or 'big', not {byteorder!r}"
        raise ValueError(msg)
    caller = caller_of(1)

    def decorate(plain: type[T]) -> type[T]:
        made: Any = attrs.frozen(kw_only=True)(plain)
        hints = _resolve(made, enclosing_scope(made, caller))
        made.__gatt_struct__ = _layout(made, hints, byteorder)
        result: type[T] = made
        return result

    return decorate if cls is None else decorate(cls)


def _resolve(cls: type, scope: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return resolve_hints(cls, scope)
    except NameError as missing:
        fault = Fault(
            f"{missing.name} is not defined here", allowed="types declared above the struct", instead="move it above"
        )
        raise SchemaError(cls.__qualname__, [fault]) from missing


def _layout(cls: type, hints: Mapping[str, Any], order: ByteOrder) -> Record:
    faults: list[Fault] = []
    fields: list[Field] = []
    for attribute in attrs.fields(cls):
        try:
            fields.append(_field(cls, attribute, hints, order))
        except Fault as fault:
            faults.append(fault.at(attribute.name))
    names = [attribute.name for attribute in attrs.fields(cls)]
    faults = sorted([*faults, *_misplaced(fields, names)], key=lambda fault: names.index(fault.where))
    if not fields and not faults:
        faults.append(Fault("it has no fields", allowed="one annotated field or more", instead="value: UInt8"))
    if faults:
        raise SchemaError(cls.__qualname__, faults)
    return record(cls, tuple(fields))


def _field(cls: type, attribute: attrs.Attribute[Any], hints: Mapping[str, Any], order: ByteOrder) -> Field:
    if attribute.name not in hints:
        return _inherited(cls, attribute.name)
    if not attribute.init:
        raise Fault(
            "the constructor does not take it", allowed="fields that a decoder can fill", instead="leave init=False out"
        )
    hint = hints[attribute.name]
    kind = kind_of(Annotated[hint, BigEndian()]) if order == "big" and _turns(hint) else kind_of(hint)
    default = attribute.default
    if default is not attrs.NOTHING and not is_factory(default):
        _check_default(kind, default)
    return Field(attribute.name, kind, attribute.alias or attribute.name)


def _inherited(cls: type, name: str) -> Field:
    for base in cls.__mro__[1:]:
        known: Record | None = vars(base).get("__gatt_struct__")
        for field in known.fields if known else ():
            if field.name == name:
                return field
    raise Fault("it has no annotation", allowed="name: Type", instead=f"{name}: UInt8 = attrs.field()")


def _turns(hint: Any) -> bool:
    return isinstance(kind_of(hint), Integer | Real) or any(isinstance(mark, Integer) for mark in unfold(hint)[1])


def _check_default(kind: Kind, default: Any) -> None:
    try:
        kind.pack(default)
    except REFUSALS:
        raise kind.refuse_default(default) from None


def _misplaced(fields: list[Field], names: list[str]) -> list[Fault]:
    """A field that takes the rest of the value leaves nothing for those behind it."""
    return [
        Fault(
            f"it takes the rest of the value, but {names[names.index(field.name) + 1]} follows",
            allowed="a field of variable size in the last place only",
            instead=f"move {field.name} behind {names[-1]}, or give it a fixed size",
            where=field.name,
        )
        for field in fields
        if field.kind.least != field.kind.most and field.name != names[-1]
    ]
