"""The compiler: annotations in, one plan out, with every fault found on the way."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FrameType
from typing import Any, ClassVar, cast, get_origin
from uuid import UUID

import attrs

from gattschema.schema import _assigned as assigned
from gattschema.schema._accessors import accessors
from gattschema.schema._characteristic import Characteristic
from gattschema.schema._delivery import check_timeout, delivery
from gattschema.schema._descriptors import descriptor_uuid, descriptors, owner_of, with_own
from gattschema.schema._flavours import Flavoured, take_apart
from gattschema.schema._handlers import ADDED, HANDLERS, AddedHandler, check_added, handler, refuse_subscription
from gattschema.schema._options import CharacteristicOptions, DescriptorOptions, Options
from gattschema.schema._plan import CharacteristicPlan, FieldPlan, Handler, Origin, ServicePlan
from gattschema.schema._presence import ABSENT, is_mark
from gattschema.schema._properties import Security, security
from gattschema.schema._sig import check_type, check_unnamed
from gattschema.schema._uuids import (
    UuidLike,
    derive_uuid,
    expand,
    fresh_uuid,
    namespace_uuid,
    number_of,
    parse_uuid,
    short_uuid,
)
from gattschema.values import LONGEST, REFUSALS, Codec, Fault, Kind, SchemaError, codec
from gattschema.values._hints import enclosing_scope, resolve_hints

DECLARATION = "__gatt_declaration__"
_LAST_HANDLE = 0xFFFF


@attrs.define
class Declaration:
    """What a class statement says, kept for its subclasses and for a compilation that has to wait."""

    uuid: UuidLike | None
    primary: bool
    includes: Any
    namespace: str | None
    handle: int | None
    options: dict[str, Options] = attrs.field(factory=dict[str, Options])
    raw: dict[str, Any] = attrs.field(factory=dict[str, Any])
    """The other attributes of the class body: a field's is its default."""
    added: list[AddedHandler] = attrs.field(factory=list[AddedHandler])
    """Handlers for fields of the bases."""
    scope: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


def declare(cls: type, declaration: Declaration, caller: FrameType) -> None:
    """Keep what the class statement says and compile it, or wait for the names that are not defined yet.

    Raises:
        SchemaError: with every fault of the class.
    """
    setattr(cls, DECLARATION, declaration)
    declaration.options = {key: value for key, value in vars(cls).items() if isinstance(value, Options)}
    for key, options in declaration.options.items():
        options.place = (cls, key)
    if ADDED in vars(cls):
        declaration.added = vars(cls)[ADDED]
        delattr(cls, ADDED)
    declaration.raw = {key: value for key, value in vars(cls).items() if not isinstance(value, Options)}
    declaration.scope = enclosing_scope(cls, caller)
    try:
        for base, said in _declarations(cls):
            resolve_hints(base, said.scope)
    except NameError:
        return  # a forward reference: the first use compiles
    compile_service(cls)


def compile_service(cls: Any) -> ServicePlan:
    """Compile a declared class, install its fields and give its plan.

    Raises:
        SchemaError: with every fault of the class.
    """
    compiler = _Compiler(cls, list(_declarations(cls)))
    plan = compiler.run()
    for field in plan.fields:
        made = compiler.flavours[field.name].__new__(compiler.flavours[field.name])
        property.__init__(cast("Any", made), *accessors(f"{cls.__name__}.{field.name}", field))
        made.plan, made.owner = cast("CharacteristicPlan", field), cls
        made.__doc__ = getattr(field, "description", "") or type(made).__doc__
        setattr(cls, field.name, made)
    cls.__gatt__ = plan
    return plan


def _declarations(cls: type) -> Iterator[tuple[type, Declaration]]:
    """The class and its service bases, the most basic first."""
    for base in reversed(cls.__mro__):
        if declaration := vars(base).get(DECLARATION):
            yield base, declaration


@attrs.define
class _Compiler:
    """One run over one class; a fault is noted and the run goes on."""

    cls: Any
    declarations: list[tuple[type, Declaration]]
    faults: list[Fault] = attrs.field(factory=list[Fault])
    flavours: dict[str, type[Characteristic[Any]]] = attrs.field(factory=dict[str, type[Characteristic[Any]]])

    def run(self) -> ServicePlan:
        hints = self.hints()
        if self.faults:  # names are missing: what depends on them is no fault of its own
            raise SchemaError(self.cls.__qualname__, self.faults)
        uuid, origin = self.note("", self.service_uuid) or (UUID(int=0), Origin.DERIVED)
        fields = {key: self.field(index, key, hint, uuid) for index, (key, hint) in enumerate(hints.items())}
        self.find_strays(hints)
        self.find_stray_handlers()
        own = self.declarations[-1][1]
        includes = self.note("", lambda: _includes(own.includes))
        self.note("", lambda: _check_handle(own.handle))
        self.note("", lambda: _check_primary(own.primary))
        characteristics = self.with_descriptors(fields)
        if self.faults:
            raise SchemaError(self.cls.__qualname__, self.faults)
        return ServicePlan(
            name=self.cls.__name__,
            uuid=uuid,
            origin=origin,
            primary=own.primary,
            includes=includes or (),
            description=inspect.cleandoc(self.cls.__doc__ or ""),
            handle=own.handle,
            characteristics=characteristics,
        )

    def note(self, place: str, step: Callable[[], Any]) -> Any:
        """Run a step; what it raises becomes a fault of *place*."""
        try:
            return step()
        except Fault as fault:
            self.faults.append(fault.at(place))
        except SchemaError as group:
            self.faults += [fault.at(place) for fault in group.faults]
        return None

    # --- the class ------------------------------------------------------------------------------------------------

    def hints(self) -> dict[str, Any]:
        """The annotations of all service bases, in the order of declaration; a later class replaces in place."""
        merged: dict[str, Any] = {}
        for base, declaration in self.declarations:
            try:
                resolved = resolve_hints(base, declaration.scope)
            except NameError as missing:
                self.faults.append(_undefined(missing))
                continue
            own = inspect.get_annotations(base)
            merged |= {key: resolved[key] for key in own if ClassVar not in (resolved[key], get_origin(resolved[key]))}
        return merged

    def service_uuid(self) -> tuple[UUID, Origin]:
        """The explicit UUID; else the SIG's or a base's; else derived from a namespace."""
        own = self.declarations[-1][1]
        if own.uuid is not None:
            return _allowed_service(_own_uuid(own.uuid, service=True)), Origin.EXPLICIT
        for base, _ in reversed(self.declarations[:-1]):
            inherited = _compiled(base)
            if inherited.origin is not Origin.DERIVED:
                return inherited.uuid, inherited.origin
        if number := assigned.service_number(self.cls.__name__):
            return _allowed_service(expand(number)), Origin.SIG
        for _, declaration in reversed(self.declarations):
            if declaration.namespace is not None:
                return _named_in(declaration.namespace, self.cls.__name__), Origin.DERIVED
        inside = "; uuid = … in its body says nothing" if "uuid" in own.raw else ""
        meant = assigned.similar_service(self.cls.__name__)
        raise Fault(
            f"it has no UUID, and the SIG has no service of this name{inside}"
            + (f"; did you mean {meant}?" if meant else ""),
            allowed="uuid=, namespace= or the name of an adopted service",
            instead=f'class {self.cls.__name__}(Service, uuid="{fresh_uuid()}"):  (random, yours to keep)',
        )

    def find_strays(self, hints: Mapping[str, Any]) -> None:
        """``rate = characteristic(…)`` without an annotation is a field that would vanish."""
        for key, options in self.declarations[-1][1].options.items():
            if key in hints:
                continue
            written = "descriptor(of=…)" if isinstance(options, DescriptorOptions) else "characteristic(…)"
            self.faults.append(
                Fault(
                    "it has no annotation",
                    allowed=f"name: Flavour[Type] = {written}",
                    instead=f"{key}: Read[UInt8] = {written}",
                    where=key,
                )
            )

    def find_stray_handlers(self) -> None:
        """``@HeartRate.rate.on_read`` in a class that is no HeartRate, or twice, would vanish as well."""
        own = self.declarations[-1][1].added
        for added in own:
            self.note(added.field, partial(check_added, self.cls, added, own))

    # --- a field --------------------------------------------------------------------------------------------------

    def field(self, index: int, key: str, hint: Any, service: UUID) -> FieldPlan | None:
        """Compile one field; ``None`` when a fault leaves nothing to go on with."""
        self.note(key, lambda: _check_name(key))
        flavoured: Flavoured | None = self.note(key, lambda: take_apart(key, hint))
        if flavoured is None:
            return None
        made: Codec[Any] | None = self.note(key, lambda: codec(flavoured.value))
        self.flavours[key] = flavoured.flavour
        options = self.options(key)
        own = isinstance(options, DescriptorOptions)
        found: tuple[UUID, Origin] | None = self.note(
            key, lambda: (descriptor_uuid if own else _field_uuid)(key, options, service)
        )
        protected = self.note(key, lambda: security(options.security, flavoured.properties)) or Security()
        if made is None:
            return None
        self.note(key, lambda: _check_value(options, made))
        self.note(key, lambda: check_timeout(options.timeout))
        uuid, origin = found or (service, Origin.DERIVED)
        words: dict[str, Any] = {
            "name": key,
            "uuid": uuid,
            "origin": origin,
            "properties": flavoured.properties,
            "security": protected,
            "codec": made,
            "default": attrs.NOTHING if is_mark(options.default) else options.default,
            "init": options.init,
            "required": options.init and options.default is attrs.NOTHING,
            "optional": options.default is ABSENT,
            "timeout": options.timeout,
            "index": index,
        }
        words |= {name: self.handler(key, name, options, flavoured) for name in HANDLERS}
        if isinstance(options, CharacteristicOptions):
            if found:
                self.note(key, lambda: _check_meaning(found, service, flavoured.value, made.kind))
            return CharacteristicPlan(
                **words,
                description=options.description,
                descriptors=self.note(key, lambda: descriptors(options, made)) or (),
                delivery=self.note(key, lambda: delivery(options, flavoured.properties, made)),
            )
        del words["on_subscription"]
        return FieldPlan(**words)

    def with_descriptors(self, fields: Mapping[str, FieldPlan | None]) -> tuple[CharacteristicPlan, ...]:
        """Hang the descriptors with a value of their own on their characteristics, those with faults excepted."""
        found = {key: field for key, field in fields.items() if isinstance(field, CharacteristicPlan)}
        said = {key: self.options(key) for key in fields}
        owners = [key for key, options in said.items() if not isinstance(options, DescriptorOptions)]
        for key, options in said.items():
            if not isinstance(options, DescriptorOptions):
                continue
            owner: str | None = self.note(key, partial(owner_of, options.of, owners, self.cls))
            if owner in found and (field := fields[key]):
                found[owner] = self.note(key, partial(with_own, found[owner], field)) or found[owner]
        return tuple(found.values())

    def options(self, key: str) -> Options:
        """What the most derived class that says something of the field says.

        A raw value in a class below it replaces just the default, a handler that is added there just the handler.
        """
        handlers: dict[str, Callable[..., Any]] = {}
        default: dict[str, Any] = {}
        for base, declaration in reversed(self.declarations):
            handlers = {added.decorator: added.function for added in declaration.added if added.field == key} | handlers
            if key in declaration.options:
                said = declaration.options[key]
                return attrs.evolve(said, **default, handlers=said.handlers | handlers)
            if key in declaration.raw:
                default.setdefault("default", declaration.raw[key])
            if key in inspect.get_annotations(base):
                break
        return CharacteristicOptions(**default, handlers=handlers)

    def handler(self, key: str, decorator: str, options: Options, flavoured: Flavoured) -> Handler | None:
        """Plan a handler, if there is one; a subclass that overrides the method replaces the handler."""
        function = options.handlers.get(decorator)
        if function is None:
            return None
        if decorator == "on_subscription" and isinstance(options, DescriptorOptions):
            self.note(key, partial(refuse_subscription, key, function))
            return None
        chosen, flavour = self.overriding(function), flavoured.flavour.__name__
        made: Handler | None = self.note(key, lambda: handler(decorator, chosen, key, flavour, flavoured.properties))
        return made

    def overriding(self, function: Callable[..., Any]) -> Callable[..., Any]:
        name = getattr(function, "__name__", "")
        declared_here = any(vars(base).get(name) is function for base, _ in self.declarations)
        return getattr(self.cls, name) if declared_here else function


# --- steps, each raising the Fault that it finds -----------------------------------------------------------------


def _undefined(missing: NameError) -> Fault:
    return Fault(
        f"{missing.name} is not defined",
        allowed="names of the module, of the class and of the functions around it",
        instead=f"import or define {missing.name} before the service is first used",
    )


def _named_in(namespace: object, name: str) -> UUID:
    if isinstance(namespace, str):
        _refuse_slip(name, assigned.misspelt_service(name), f'class {name}(Service, uuid="%s"):')
        return derive_uuid(namespace_uuid(namespace), name)
    raise Fault(f"namespace={namespace!r}", allowed="a domain name", instead='namespace="example.com"')


def _includes(given: Any) -> tuple[ServicePlan, ...]:
    bracketed = hasattr(given, "__iter__")
    classes: list[Any] = list(given) if bracketed else []
    wrong = [included for included in classes if not _is_declared(included)]
    if wrong or not bracketed:
        raise Fault(
            f"includes= has {(wrong or [given])[0]!r}",
            allowed="a tuple of service classes that are declared above",
            instead="includes=(Battery,)",
        )
    return tuple(_compiled(included) for included in classes)


def _compiled(cls: Any) -> ServicePlan:
    plan: ServicePlan | None = cls.__dict__.get("__gatt__")
    return plan or compile_service(cls)


def _is_declared(thing: Any) -> bool:
    return isinstance(thing, type) and DECLARATION in vars(thing)


def _allowed_service(uuid: UUID) -> UUID:
    for number, title in assigned.RESERVED_SERVICES.items():
        if uuid == expand(number):
            raise Fault(
                f"{short_uuid(uuid)} is {title}, which bluetoothd has itself",
                allowed="any other service",
                instead="leave the service out; its values come from the adapter",
            )
    return uuid


def _field_uuid(key: str, options: Options, service: UUID) -> tuple[UUID, Origin]:
    if options.uuid is not None:
        return _own_uuid(options.uuid, service=False), Origin.EXPLICIT
    if number := assigned.characteristic_number(key):
        return expand(number), Origin.SIG
    meant = assigned.misspelt_characteristic(key, number_of(service))
    _refuse_slip(key, meant, 'characteristic(uuid="%s")')
    return derive_uuid(service, key), Origin.DERIVED


def _own_uuid(spelled: UuidLike, *, service: bool) -> UUID:
    """Read ``uuid=``; a name of the SIG's is answered with its number."""
    try:
        return parse_uuid(spelled)
    except Fault as fault:
        number = assigned.named_number(spelled, service=service) if isinstance(spelled, str) else None
        if number is None:
            raise
        finding = f"{spelled!r} is a name of the SIG's, but no UUID"
        raise Fault(finding, allowed=fault.allowed, instead=f"uuid=0x{number:04X}") from None


def _refuse_slip(name: str, meant: str, own: str) -> None:
    """A UUID derived from a misspelt name of the SIG would be one that no phone knows."""
    if not meant:
        return
    raise Fault(
        f"{name} is no name of the SIG's; did you mean {meant}?",
        allowed="a name of the SIG's, or uuid= beside one that is nearly so",
        instead=f"{meant.partition(' ')[0]}, or {own % fresh_uuid()} if it is your own",
    )


def _check_meaning(found: tuple[UUID, Origin], service: UUID, hint: Any, kind: Kind) -> None:
    """Compare what phones make of the UUID with the type."""
    uuid, origin = found
    if origin is Origin.DERIVED:
        check_unnamed(service, hint, kind)
    else:
        check_type(uuid, origin, kind)


def _check_value(options: Options, made: Codec[Any]) -> None:
    if made.most > LONGEST:
        raise Fault(
            f"{made.kind.label} takes up to {made.most} octets",
            allowed=f"{LONGEST} octets, the longest attribute value (Core Specification, Vol 3, Part F, 3.2.9)",
            instead="shorter bounds, or several characteristics",
        )
    _check_presence(options)
    if options.default is attrs.NOTHING or is_mark(options.default):
        return
    if callable(options.default):
        raise Fault(
            f"the default is {options.default!r}",
            allowed="a value; handlers have names of their own, and characteristic(…) its parentheses",
            instead="def _name(self): … for a handler, characteristic() for a field",
        )
    try:
        made.pack(options.default)
    except REFUSALS:
        raise made.kind.refuse_default(options.default) from None


def _check_presence(options: Options) -> None:
    if options.default is ABSENT and isinstance(options, DescriptorOptions):
        raise Fault(
            "default=ABSENT on a descriptor",
            allowed="a value; a descriptor is there if its characteristic is",
            instead="default=ABSENT on the characteristic, init=False on the descriptor if it has no first value",
        )
    if options.default is ABSENT and not options.init:
        raise Fault(
            "default=ABSENT with init=False, so that no instance could be given it",
            allowed="one of the two",
            instead="default=ABSENT alone; a handler in a subclass puts the field in as well",
        )


def _check_name(key: str) -> None:
    if key == "batch":
        raise Fault(
            "batch is a method of every service",
            allowed="any other name",
            instead='another name and uuid="…", if it has one',
        )


def _check_primary(primary: object) -> None:
    if not isinstance(primary, bool):
        raise Fault(f"primary={primary!r}", allowed="True or False", instead="primary=False, or leave it out")


def _check_handle(handle: Any) -> None:
    if handle is None or (type(handle) is int and 0 <= handle <= _LAST_HANDLE):
        return
    raise Fault(
        f"handle={handle!r}",
        allowed=f"0 (BlueZ chooses and tells), or the first handle of a range that is free: 1 … {_LAST_HANDLE:#06x}",
        instead="handle=0x0100",
    )
