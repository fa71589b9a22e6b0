"""``@struct``: an immutable attrs class with a layout in octets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar, get_origin, overload

import attrs
from typing_extensions import dataclass_transform

from gattschema.values._errors import Fault, SchemaError
from gattschema.values._fields import fields_of, is_derived
from gattschema.values._hints import caller_of, enclosing_scope, resolve_hints
from gattschema.values._kinds import REFUSALS, ByteOrder
from gattschema.values._marks import Derived, Role, derived
from gattschema.values._record import Field, Record, is_factory
from gattschema.values._writer import record

T = TypeVar("T")


@overload
def struct(cls: type[T], /) -> type[T]: ...
@overload
def struct(*, byteorder: ByteOrder = "little", opcode: int | bytes | None = None) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field, derived))
def struct(
    cls: type[T] | None = None, /, *, byteorder: ByteOrder = "little", opcode: int | bytes | None = None
) -> type[T] | Callable[[type[T]], type[T]]:
    """Turn an annotated class into an immutable attrs class whose fields follow each other in octets.

    Every field has a type with a size (``UInt16``, an ``IntEnum``, another struct …); what takes the rest comes last.
    Optional fields need a ``flags: Presence[UInt8] = derived()`` in front, or say ``When(…)``.
    The encoder and decoder are generated here and now; ``inspect.getsource`` shows them.

    Args:
        cls: the class.
        byteorder: ``"big"`` turns all numbers of the struct itself around; those of nested structs stay as declared.
        opcode: what the octets begin with; a union of structs with opcodes is a type of its own, for control points.

    Raises:
        SchemaError: with every fault of the class.
    """
    if byteorder not in ("little", "big"):
        msg = f"byteorder is 'little' or 'big', not {byteorder!r}"
        raise ValueError(msg)
    code = _opcode(opcode)
    caller = caller_of(1)

    def decorate(plain: type[T]) -> type[T]:
        hints = _resolve(plain, enclosing_scope(plain, caller))
        made: type[T] = _make(plain, hints, byteorder, code)
        return made

    return decorate if cls is None else decorate(cls)


def _opcode(opcode: int | bytes | None) -> bytes:
    if opcode is None:
        return b""
    if isinstance(opcode, int) and 0 <= opcode <= 0xFF:  # noqa: PLR2004
        return bytes((opcode,))
    if isinstance(opcode, bytes):
        return opcode
    raise Fault(
        f"the opcode is {opcode!r}", allowed="0 … 255, or bytes", instead="opcode=0x01, or opcode=b'\\x01\\x00'"
    )


def _resolve(cls: type, scope: Mapping[str, Any]) -> dict[str, Any]:
    try:
        hints = resolve_hints(cls, scope)
    except NameError as missing:
        fault = Fault(
            f"{missing.name} is not defined here", allowed="types declared above the struct", instead="move it above"
        )
        raise SchemaError(cls.__qualname__, [fault]) from missing
    return {key: hint for key, hint in hints.items() if hint is not ClassVar and get_origin(hint) is not ClassVar}


def _make(plain: Any, hints: Mapping[str, Any], order: ByteOrder, opcode: bytes) -> Any:
    fields, faults = fields_of(plain, hints, order)
    _hide_derived(plain, hints, fields)
    made: Any = attrs.frozen(kw_only=True)(plain)
    names = [*dict.fromkeys([*(field.name for field in fields), *(fault.where.partition(".")[0] for fault in faults)])]
    fields, more = _with_attributes(made, fields, names)
    faults += more
    if not fields and not faults and not opcode:
        faults.append(Fault("it has no fields", allowed="one annotated field or more", instead="value: UInt8"))
    if faults:
        ranks = [attribute.name for attribute in attrs.fields(made)]
        raise SchemaError(plain.__qualname__, sorted(faults, key=lambda fault: _rank(fault, list(hints), ranks)))
    made.__gatt_struct__ = record(made, tuple(fields), opcode)
    return made


def _rank(fault: Fault, hints: list[str], attributes: list[str]) -> int:
    name = fault.where.partition(".")[0]
    order = [*hints, *attributes]
    return order.index(name) if name in order else len(order)


def _hide_derived(plain: Any, hints: Mapping[str, Any], fields: list[Field]) -> None:
    """Take the derived fields out of attrs' sight, and let it see the bits that nothing is known of."""
    annotations = dict(inspect.get_annotations(plain))
    for name in [name for name, hint in hints.items() if is_derived(hint)]:
        annotations.pop(name, None)
        setattr(plain, name, property(_computed(name)))
    for name in [name for name in dir(plain) if isinstance(plain.__dict__.get(name), Derived)]:
        annotations.pop(name, None)
        delattr(plain, name)
    for field in fields:
        if field.reserved and field.name in hints:
            annotations[field.reserved] = int
            setattr(plain, field.reserved, attrs.field(default=0, repr=False))
    plain.__annotations__ = annotations
    if "__repr__" not in vars(plain):
        plain.__repr__ = _represent


def _computed(name: str) -> Callable[[Any], int]:
    def compute(self: Any) -> int:
        shape: Record = self.__gatt_struct__
        role = shape.field(name).role
        if role is Role.FLAGS:
            return shape.words(self)[name]
        octets = shape.pack(self)
        return len(octets) if role is Role.LENGTH else int.from_bytes(octets[-2:], "little")

    compute.__doc__ = "What follows from the other fields."
    return compute


def _represent(self: Any) -> str:
    """The fields that are not at their defaults, as Python would write them."""
    shape: Record = self.__gatt_struct__
    defaults = {field.name: field.default for field in self.__attrs_attrs__}
    shown = [
        f"{field.argument}={value!r}"
        for field in shape.fields
        if field.is_value and not _is(value := getattr(self, field.name), defaults[field.name])
    ]
    hidden = [
        f"{field.reserved.lstrip('_')}={word:#x}"
        for field in shape.fields
        if field.reserved and (word := getattr(self, field.reserved))
    ]
    return f"{type(self).__name__}({', '.join([*shown, *hidden])})"


def _is(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and value == default)


def _with_attributes(made: Any, fields: list[Field], names: list[str]) -> tuple[list[Field], list[Fault]]:
    """Give the fields with their constructor's arguments, and what is wrong with attributes and defaults."""
    attributes = {attribute.name: attribute for attribute in attrs.fields(made)}
    faults = [
        Fault("it has no annotation", allowed="name: Type", instead=f"{name}: UInt8 = attrs.field()", where=name)
        for name in attributes
        if name not in names and name not in [field.reserved for field in fields]
    ]
    done: list[Field] = []
    for field in fields:
        attribute = attributes.get(field.name)
        done.append(attrs.evolve(field, argument=(attribute.alias or field.name) if attribute else ""))
        fault = _fault_of(field, attribute) if attribute else None
        faults += [fault.at(field.name)] if fault else []
    return done, faults


def _fault_of(field: Field, attribute: attrs.Attribute[Any]) -> Fault | None:
    default = attribute.default
    if not attribute.init:
        allowed = "fields that a decoder can fill"
        return Fault("the constructor does not take it", allowed=allowed, instead="leave init=False out")
    if default is attrs.NOTHING or is_factory(default) or not field.is_value:
        return None
    if field.absent is not attrs.NOTHING and not field.is_there(default):
        return None
    try:
        field.stand_in.pack(default)
    except REFUSALS:
        return field.stand_in.refuse_default(default)
    return None
