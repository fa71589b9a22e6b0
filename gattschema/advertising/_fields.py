"""The attributes of an advertisement: what ``Advertisement`` has itself, and what a class declares of its data."""

from __future__ import annotations

import copy
import difflib
import inspect
from collections.abc import Collection, Iterator, Mapping
from types import FrameType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    NoReturn,
    Self,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
    overload,
)
from uuid import UUID

import attrs

from gattschema.advertising._convert import Convert, ServiceLike, find_company, find_service, octets
from gattschema.advertising._structures import LONGEST_DATA, Packet
from gattschema.schema import short_uuid
from gattschema.schema._characteristic import Characteristic
from gattschema.schema._near import slips
from gattschema.values import REFUSALS, Codec, Fault, SchemaError, codec
from gattschema.values._hints import enclosing_scope, resolve_hints, spelling, unfold

if TYPE_CHECKING:
    from gattschema.advertising._base import Fields

T = TypeVar("T")
Got = TypeVar("Got")
Taken_contra = TypeVar("Taken_contra", contravariant=True)
Sort: TypeAlias = Literal["manufacturer_data", "service_data"]

# ruff: noqa: SLF001  (the slots are the room's own)


class Attribute(Generic[Got, Taken_contra]):
    """One attribute: what is assigned is converted and checked, kept, and on the air at once if that runs."""

    def __init__(self, convert: Convert, default: Any = attrs.NOTHING) -> None:
        self.convert = convert
        self.default = default
        self.owner: type = object
        """The class that declares it, not one that only says another default."""
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type, /) -> Self: ...
    @overload
    def __get__(self, instance: Fields, owner: type, /) -> Got: ...
    def __get__(self, instance: Fields | None, owner: type, /) -> Any:
        """Give the value; the attribute itself where a class asks."""
        return self if instance is None else instance._gatt_value(self.name)

    def __set__(self, instance: Fields, value: Taken_contra) -> None:
        """Take a value.

        Raises:
            AdvertisementError: it does not fit in what runs, which goes on as it was.
            TypeError, ValueError: the attribute does not take it.
        """
        instance._gatt_assign({self.name: self.converted(value, type(instance).__name__)})

    def __delete__(self, instance: Fields) -> NoReturn:
        """Refuse: an attribute is there as long as the advertisement is."""
        instead = "another value" if self.default is attrs.NOTHING else f"{self.default!r} instead"
        raise AttributeError(f"{type(instance).__name__}.{self.name} cannot be deleted; assign {instead}")

    def converted(self, value: Any, owner: str) -> Any:
        """What is kept of a value; *owner* is the class, for errors."""
        return self.convert(value, f"{owner}.{self.name}")

    def with_default(self, default: Any) -> Attribute[Got, Taken_contra]:
        """Give the same attribute with another default, which a subclass says."""
        made = copy.copy(self)
        made.default = default
        return made


def attribute(convert: Convert, *, default: Any = attrs.NOTHING) -> Any:
    """Declare an attribute that an advertisement composes its packets of."""
    return Attribute[Any, Any](convert, default)


def _same(value: Any, _: str) -> Any:
    return value


class Declared(Attribute[Any, Any]):
    """A field of a class: the data of one company or service, with a type."""

    codec: Codec[Any]
    key: Any

    def __init__(self, sort: Sort, which: Any, default: Any = attrs.NOTHING) -> None:
        super().__init__(_same, default)
        self.sort: Sort = sort
        self.which = which

    def converted(self, value: Any, owner: str) -> Any:
        """The value itself, if its type takes it."""
        where = f"{owner}.{self.name}"
        octets(self.codec.encode(value, where), where)
        return value

    def compile(self, hint: Any) -> None:
        """Find out what the declaration means.

        Raises:
            Fault: it means nothing.
        """
        _refuse_flavour(hint)
        self.key = find_company(self.which) if self.sort == "manufacturer_data" else find_service(self.which)
        self.codec = codec(hint)
        if not self.codec.most:
            raise Fault(
                "it has no octets", allowed="a type with one octet or more; BlueZ refuses none", instead="UInt8"
            )
        if self.codec.least > LONGEST_DATA:
            raise Fault(
                f"{self.codec.kind.label} takes {self.codec.least} octets or more",
                allowed=f"{LONGEST_DATA} octets; legacy advertising has 31 for everything",
                instead="a smaller type",
            )
        if self.default is attrs.NOTHING:
            return
        try:
            self.codec.pack(self.default)
        except REFUSALS:
            raise self.codec.kind.refuse_default(self.default) from None


def _refuse_flavour(hint: Any) -> None:
    """Raise a Fault for ``Read[UInt8]``: what is advertised, every phone hears."""
    base, _ = unfold(hint)
    flavour = get_origin(base) or base
    if isinstance(flavour, type) and issubclass(flavour, Characteristic):
        value = spelling(get_args(base)[0]) if get_args(base) else "UInt8"
        raise Fault(f"{flavour.__name__} is for characteristics", allowed="the type alone, no flavour", instead=value)


@overload
def manufacturer_data(company: int | str, *, default: T) -> T: ...
@overload
def manufacturer_data(company: int | str) -> Any: ...
def manufacturer_data(company: int | str, *, default: Any = attrs.NOTHING) -> Any:
    """Make a field of an :class:`Advertisement` the data of a company (Core Specification Supplement, Part A, 1.4).

    >>> class Hall(Advertisement):
    ...     reading: Reading = manufacturer_data("Nordic Semiconductor ASA")

    Args:
        company: its identifier (Assigned Numbers, 7.1), or the SIG's name of it; 0xFFFF is for tests.
        default: the first value, which makes the field optional in the constructor.
    """
    return Declared("manufacturer_data", company, default)


@overload
def service_data(service: ServiceLike, *, default: T) -> T: ...
@overload
def service_data(service: ServiceLike) -> Any: ...
def service_data(service: ServiceLike, *, default: Any = attrs.NOTHING) -> Any:
    """Make a field of an :class:`Advertisement` the data of a service (Core Specification Supplement, Part A, 1.11).

    >>> class Hall(Advertisement):
    ...     battery: UInt8 = service_data(Battery, default=100)

    Args:
        service: its class, a UUID in any usual spelling, or the SIG's name.
        default: the first value, which makes the field optional in the constructor.
    """
    return Declared("service_data", service, default)


# --- classes -----------------------------------------------------------------------------------------------------

SCOPE = "__gatt_scope__"
DEFAULTS = "__gatt_defaults__"
FIELDS = "__gatt_fields__"
COMPOSES = "_gatt_composes"
"""Whose data a class composes itself, beside its declared fields."""

Known: TypeAlias = Mapping[str, Attribute[Any, Any]]
Whose: TypeAlias = tuple[Sort, Any]
"""Which data: of the companies or of the services, and the company or service."""


def declare(cls: type[Fields], defaults: Mapping[str, Any], caller: FrameType) -> None:
    """Compile a class, or wait for the names of its annotations that are not defined yet.

    Raises:
        SchemaError: with every fault of the class.
    """
    setattr(cls, SCOPE, enclosing_scope(cls, caller))
    setattr(cls, DEFAULTS, defaults)
    try:
        resolve_hints(cls, getattr(cls, SCOPE))
    except NameError:
        return  # a forward reference: the first instance compiles
    fields(cls)


def fields(cls: type[Fields]) -> Known:
    """Give the attributes of a class by name, the most basic class's first.

    Raises:
        SchemaError: with every fault of the class.
    """
    if FIELDS not in vars(cls):
        setattr(cls, FIELDS, _compile(cls))
    made: Known = vars(cls)[FIELDS]
    return made


def declared_data(advertisement: Fields) -> Packet:
    """Give the data of the declared fields, in octets and in their order."""
    companies: dict[int, bytes] = {}
    services: dict[UUID, bytes] = {}
    for name, field in fields(type(advertisement)).items():
        if isinstance(field, Declared):
            found: dict[Any, bytes] = companies if field.sort == "manufacturer_data" else services
            found[field.key] = field.codec.pack(advertisement._gatt_value(name))
    return Packet(manufacturer_data=companies, service_data=services)


def composed(cls: type, known: Known) -> Iterator[tuple[str, Whose]]:
    """Give who composes which data: a class or a declared field, by its name."""
    for base in cls.__mro__:
        if COMPOSES in vars(base):
            yield base.__name__, vars(base)[COMPOSES]
    for name, field in known.items():
        if isinstance(field, Declared):
            yield name, (field.sort, field.key)


def what_could_go(advertisement: Fields) -> list[str]:
    """Give the names of a beacon's own attributes that have a value and could be ``None``."""
    cls = type(advertisement)
    every = fields(next(base for base in reversed(cls.__mro__) if SCOPE in vars(base)))
    mine = [name for name, one in fields(cls).items() if name not in every and _is_optional(one)]
    return [name for name in mine if advertisement._gatt_value(name) is not None]


def _is_optional(field: Attribute[Any, Any]) -> bool:
    return field.default is None and not isinstance(field, Declared)


def _compile(cls: type[Fields]) -> Known:
    known = _inherited(cls)
    faults = [*_compile_own(cls, known), *_clashing(cls, known), *_stray(cls, known), *_take_defaults(cls, known)]
    faults += [*_outside(cls), *_ambiguous(cls)]
    found = known | _own(cls)
    if not faults:
        faults = [*_repeated(cls, found), *_contradictory(cls, found)]
    if faults:
        raise SchemaError(cls.__qualname__, faults)
    return found


def _inherited(cls: type) -> dict[str, Attribute[Any, Any]]:
    """What ``getattr`` finds: of each base what itself declares or says a default of, the nearest last."""
    found: dict[str, Attribute[Any, Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        if SCOPE in vars(base):
            fields(base)
            found |= _own(base)
    return found


def _own(cls: type) -> dict[str, Attribute[Any, Any]]:
    return {key: value for key, value in vars(cls).items() if isinstance(value, Attribute)}


def _compile_own(cls: type, known: Known) -> Iterator[Fault]:
    """Compile what the class body declares."""
    try:
        hints = resolve_hints(cls, getattr(cls, SCOPE))
    except NameError as missing:
        yield _undefined(missing)
        return
    for key, hint in hints.items():
        if ClassVar in (hint, get_origin(hint)):
            continue
        value = vars(cls).get(key)
        if isinstance(value, Declared):
            yield from _compile_field(key, value, hint)
        elif not isinstance(value, Attribute) and (key not in known or key not in vars(cls)):
            yield _homeless(key, known)
    for key, value in vars(cls).items():
        if isinstance(value, Declared) and key not in inspect.get_annotations(cls):
            yield Fault(
                "it has no annotation",
                allowed=f"name: Type = {value.sort}(…)",
                instead=f"{key}: UInt8 = {value.sort}(…)",
                where=key,
            )


def _compile_field(key: str, field: Declared, hint: Any) -> Iterator[Fault]:
    try:
        field.compile(hint)
    except Fault as fault:
        yield fault.at(key)


def _homeless(key: str, known: Known) -> Fault:
    near = slips(key, known)
    return Fault(
        "nothing says where its octets go" + (f"; did you mean the class keyword {near[0]}=?" if near else ""),
        allowed="manufacturer_data(…) or service_data(…) behind the annotation; ClassVar[…] for what is no data",
        instead=f"{key}: … = manufacturer_data(0xFFFF)",
        where=key,
    )


def _clashing(cls: type, known: Known) -> Iterator[Fault]:
    """A field that hides what the advertisement has without it."""
    for key, value in vars(cls).items():
        if not isinstance(value, Declared) or isinstance(known.get(key), Declared):
            continue
        owner = next((base for base in cls.__mro__[1:] if key in vars(base)), None)
        if owner is not None:
            has = "advertisement" if owner.__module__.startswith("gattschema.advertising.") else owner.__name__
            instead = f"{key}_ or another"
            yield Fault(f"every {has} has a {key}", allowed="any other name", instead=instead, where=key)


def _stray(cls: type, known: Known) -> Iterator[Fault]:
    """``name = "Hall"`` in the body, which is a class keyword, or what is nearly one: it would be lost there."""
    for key, value in vars(cls).items():
        if isinstance(value, Attribute) or (key in inspect.get_annotations(cls) and key not in known):
            continue
        if key in known:
            yield _keyword(cls, "it is an attribute, and the body of a class declares fields", key, key, value)
        elif not key.startswith("_") and not _is_code(value):
            yield from (_keyword(cls, f"did you mean {near}?", key, near, value) for near in slips(key, known)[:1])


def _is_code(value: Any) -> bool:
    return isinstance(value, type | staticmethod) or hasattr(value, "__get__")


def _keyword(cls: type, finding: str, key: str, meant: str, value: Any) -> Fault:
    return Fault(
        finding,
        allowed="class keywords for the attributes' defaults; any other name, or ClassVar[…], for what is none",
        instead=f"class {cls.__name__}({cls.__bases__[0].__name__}, {meant}={value!r:.80})",
        where=key,
    )


def _undefined(missing: NameError) -> Fault:
    return Fault(
        f"{missing.name} is not defined",
        allowed="names of the module, of the class and of the functions around it",
        instead=f"import or define {missing.name} before the first instance is made",
    )


def _take_defaults(cls: type, known: Known) -> Iterator[Fault]:
    """``class Hall(Advertisement, name="Hall")``: the attribute's default there."""
    for key, value in vars(cls)[DEFAULTS].items():
        if key not in known or isinstance(vars(cls).get(key), Declared):
            yield _no_keyword(cls, key, known)
            continue
        try:
            kept = known[key].converted(value, cls.__name__)
        except (TypeError, ValueError) as wrong:
            yield Fault(str(wrong), allowed="a default that the attribute takes", instead="another one", where=key)
        else:
            setattr(cls, key, known[key].with_default(kept))


def _no_keyword(cls: type, key: str, known: Known) -> Fault:
    if isinstance(vars(cls).get(key), Declared):
        instead = f"{key}: … = {vars(cls)[key].sort}(…, default=…)"
        return Fault("the default of a field stands with it", allowed="default=", instead=instead, where=key)
    return Fault(
        f"it is no class keyword{meant(key, known)}",
        allowed="the attributes that the class inherits",
        instead=f"class {cls.__name__}({cls.__bases__[0].__name__}):",
        where=key,
    )


def _outside(cls: type) -> Iterator[Fault]:
    """Fields of a base that is no advertisement: nothing compiles them."""
    for base in cls.__mro__[1:]:
        for key in _own(base) if SCOPE not in vars(base) else ():
            yield Fault(
                f"{base.__name__} declares it, which is no Advertisement",
                allowed="fields in advertisements, of which a class may have several as bases",
                instead=f"class {base.__name__}(Advertisement):",
                where=key,
            )


def _ambiguous(cls: type) -> Iterator[Fault]:
    """What two bases declare independently of each other: one of them would be lost."""
    owners: dict[str, type] = {}
    for key, one in [entry for base in cls.__mro__[1:] for entry in _own(base).items()]:
        nearest = owners.setdefault(key, one.owner)
        is_said_anew = getattr(vars(cls).get(key), "owner", None) is cls
        if not issubclass(nearest, one.owner) and not is_said_anew:
            yield Fault(
                f"{nearest.__name__} and {one.owner.__name__} both have one",
                allowed="bases whose fields have different names",
                instead="two advertisements",
                where=key,
            )


def _repeated(cls: type, found: Known) -> Iterator[Fault]:
    """Two that compose the data of one company or service: phones and BlueZ keep one."""
    names: dict[Whose, str] = {}
    for name, whose in composed(cls, found):
        other = names.setdefault(whose, name)
        if other != name:
            yield Fault(
                f"it is the {_label(*whose)}, as {other} is",
                allowed="one for each company and service",
                instead="one @struct with both, or two advertisements",
                where=name,
            )


def _label(sort: Sort, key: Any) -> str:
    """``manufacturer data of 0x0059``."""
    shown = short_uuid(key) if isinstance(key, UUID) else f"0x{key:04X}"
    return f"{sort.replace('_', ' ')} of {shown}"


def _contradictory(cls: type[Fields], found: Known) -> Iterator[Fault]:
    """Defaults that exclude each other: each instance would have to say something else."""
    said = {name: one for name, one in found.items() if one.default is not attrs.NOTHING}
    try:
        values = {name: one.converted(one.default, cls.__name__) for name, one in said.items()}
        cls._gatt_of(values)._gatt_refuse_contradictions(found)
    except ValueError as wrong:
        told = str(wrong).removeprefix(f"{cls.__name__}: ")
        yield Fault(told, allowed="defaults that go together", instead="one of them")


_SHORTEST_BEGINNING = 3
"""Letters that say which attribute is meant by its beginning: ``temp``."""


def meant(unknown: str, known: Collection[str]) -> str:
    """Ask for the name that is meant: the shortest that begins so, else one that looks like it; else list them."""
    begun = [name for name in known if name.startswith(unknown) and len(unknown) >= _SHORTEST_BEGINNING]
    close = [min(begun, key=len)] if begun else difflib.get_close_matches(unknown, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; it has {', '.join(known)}"
