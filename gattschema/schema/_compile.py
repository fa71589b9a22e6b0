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
from gattschema.schema._characteristic import ADDED, AddedHandler, Characteristic, Options, refuse_second
from gattschema.schema._descriptors import descriptors
from gattschema.schema._flavours import Flavoured, take_apart
from gattschema.schema._plan import CharacteristicPlan, Handler, Origin, ServicePlan
from gattschema.schema._presence import ABSENT, is_mark
from gattschema.schema._properties import OPERATIONS, PUSHES, WRITES, Level, Property, Security
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


@attrs.define
class Declaration:
    """What a class statement says, kept for its subclasses and for a compilation that has to wait."""

    uuid: UuidLike | None
    primary: bool
    includes: Any
    namespace: str | None
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
    for field in plan.characteristics:
        made = compiler.flavours[field.name].__new__(compiler.flavours[field.name])
        property.__init__(cast("Any", made), *accessors(f"{cls.__name__}.{field.name}", field))
        made.plan, made.owner = field, cls
        made.__doc__ = field.description or type(made).__doc__
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
        fields = [self.field(index, key, hint, uuid) for index, (key, hint) in enumerate(hints.items())]
        self.find_strays(hints)
        self.find_stray_handlers()
        own = self.declarations[-1][1]
        includes = self.note("", lambda: _includes(own.includes))
        if self.faults:
            raise SchemaError(self.cls.__qualname__, self.faults)
        return ServicePlan(
            name=self.cls.__name__,
            uuid=uuid,
            origin=origin,
            primary=own.primary,
            includes=includes or (),
            description=inspect.cleandoc(self.cls.__doc__ or ""),
            characteristics=tuple(field for field in fields if field),
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
        for key in self.declarations[-1][1].options:
            if key in hints:
                continue
            self.faults.append(
                Fault(
                    "it has no annotation",
                    allowed="name: Flavour[Type] = characteristic(…)",
                    instead=f"{key}: Read[UInt8] = characteristic(…)",
                    where=key,
                )
            )

    def find_stray_handlers(self) -> None:
        """``@HeartRate.rate.on_read`` in a class that is no HeartRate, or twice, would vanish as well."""
        own = self.declarations[-1][1].added
        for added in own:
            self.note(added.field, partial(_check_added, self.cls, added, own))

    # --- a field --------------------------------------------------------------------------------------------------

    def field(self, index: int, key: str, hint: Any, service: UUID) -> CharacteristicPlan | None:
        """Compile one field; ``None`` when a fault leaves nothing to go on with."""
        flavoured: Flavoured | None = self.note(key, lambda: take_apart(key, hint))
        if flavoured is None:
            return None
        made: Codec[Any] | None = self.note(key, lambda: codec(flavoured.value))
        self.flavours[key] = flavoured.flavour
        options = self.options(key)
        found: tuple[UUID, Origin] | None = self.note(key, lambda: _field_uuid(key, options, service))
        uuid, origin = found or (service, Origin.DERIVED)
        security = self.note(key, lambda: _security(options, flavoured.properties)) or Security()
        if made is None:
            return None
        self.note(key, lambda: _check_value(options, made))
        if found:
            self.note(key, lambda: _check_meaning(found, service, flavoured.value, made.kind))
        self.note(key, lambda: _check_policy(options, flavoured.properties))
        return CharacteristicPlan(
            name=key,
            uuid=uuid,
            origin=origin,
            properties=flavoured.properties,
            security=security,
            codec=made,
            description=options.description,
            descriptors=self.note(key, lambda: descriptors(options, made)) or (),
            policy=options.policy or "latest",
            default=attrs.NOTHING if is_mark(options.default) else options.default,
            init=options.init,
            required=options.init and options.default is attrs.NOTHING,
            optional=options.default is ABSENT,
            on_read=self.note(key, lambda: self.handler(key, options.reader, flavoured, Property.READ)),
            on_write=self.note(key, lambda: self.handler(key, options.writer, flavoured, WRITES)),
            index=index,
        )

    def options(self, key: str) -> Options:
        """What the most derived class that says something of the field says.

        A raw value in a class below it replaces just the default, a handler that is added there just the handler.
        """
        changes: dict[str, Any] = {}
        for base, declaration in reversed(self.declarations):
            changes = {added.option: added.function for added in declaration.added if added.field == key} | changes
            if key in declaration.options:
                return attrs.evolve(declaration.options[key], **changes)
            if key in declaration.raw:
                changes.setdefault("default", declaration.raw[key])
            if key in inspect.get_annotations(base):
                break
        return Options(**changes)

    def handler(
        self, key: str, function: Callable[..., Any] | None, flavoured: Flavoured, needs: Property
    ) -> Handler | None:
        """Find a handler's shape; a subclass that overrides the method replaces the handler."""
        if function is None:
            return None
        if not flavoured.properties & needs:
            operation = "read" if needs is Property.READ else "write"
            raise Fault(
                f"it has a handler for {operation}s, but phones cannot {operation} it",
                allowed=f"on_{operation} with a flavour that has {' or '.join(needs.words)}",
                instead=f"{key}: Annotated[{flavoured.flavour.__name__}[…], {operation.title()}]",
            )
        chosen = self.overriding(function)
        arguments = 1 if needs is Property.READ else 2
        return _shape(chosen, arguments)

    def overriding(self, function: Callable[..., Any]) -> Callable[..., Any]:
        name = getattr(function, "__name__", "")
        declared_here = any(vars(base).get(name) is function for base, _ in self.declarations)
        return getattr(self.cls, name) if declared_here else function


# --- steps, each raising the Fault that it finds -----------------------------------------------------------------


def _check_added(cls: type, added: AddedHandler, all_added: list[AddedHandler]) -> None:
    if not issubclass(cls, added.owner):
        raise Fault(
            f"{cls.__name__} has a handler for a field of {added.owner.__name__}, from which it does not derive",
            allowed="handlers for fields of the class itself and of its bases",
            instead=f"class {cls.__name__}({added.owner.__name__}):",
        )
    first = next(other for other in all_added if (other.field, other.option) == (added.field, added.option))
    if first is not added:
        refuse_second(added.decorator, first.function, added.function)


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


def _security(options: Options, properties: Property) -> Security:
    given = options.security
    words: Mapping[Any, Any] = given if isinstance(given, Mapping) else {"all": given}
    levels = {level.value: level for level in Level}
    for operation, word in words.items():
        if word not in list(levels) or operation not in {*OPERATIONS, "all"}:
            raise Fault(
                f"security={given!r}",
                allowed=f"{', '.join(levels)}, for all operations or for some of {', '.join(OPERATIONS)}",
                instead='security="encrypted" or security={"write": "encrypted"}',
            )
        if operation != "all" and not properties & OPERATIONS[operation]:
            raise Fault(
                f"security for {operation}, but phones cannot {operation} it",
                allowed=f"{', '.join(op for op, needs in OPERATIONS.items() if properties & needs) or 'none'}",
                instead=f"leave {operation!r} out, or add it to the flavour",
            )
    made = {
        op: levels[words.get(op, words.get("all", "open"))] for op, needs in OPERATIONS.items() if properties & needs
    }
    if not made and words.get("all") != "open":
        raise Fault(
            f"security={given!r}, but there is nothing to protect",
            allowed="security with Read, Write, Notify or Indicate",
            instead="leave security= out",
        )
    security = Security(**made)
    _check_commands(security, properties)
    return security


def _check_commands(security: Security, properties: Property) -> None:
    """BlueZ's protected write flags all imply the Write property, so a protected command is always a request, too."""
    if security.write is Level.OPEN or properties & WRITES != Property.WRITE_WITHOUT_RESPONSE:
        return
    raise Fault(
        f"{security.write.value} writes without response only, which BlueZ cannot offer",
        allowed="a protected write together with Write",
        instead="Annotated[WriteWithoutResponse[…], Write]",
    )


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
    if options.default is ABSENT and not options.init:
        raise Fault(
            "default=ABSENT with init=False, so that no instance could be given it",
            allowed="one of the two",
            instead="default=ABSENT alone; a handler in a subclass puts the field in as well",
        )


def _check_policy(options: Options, properties: Property) -> None:
    if options.policy is None or (options.policy in ("latest", "every") and properties & PUSHES):
        return
    raise Fault(
        f"policy={options.policy!r}" + ("" if properties & PUSHES else " on a field that is never pushed"),
        allowed='"latest" or "every", with Notify or Indicate',
        instead="leave policy= out" if not properties & PUSHES else 'policy="every"',
    )


def _shape(function: Callable[..., Any], arguments: int) -> Handler:
    parameters = inspect.signature(function).parameters.values()
    given = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    keyword_only = any(p.kind is p.KEYWORD_ONLY for p in required)
    if keyword_only or len(given) < arguments or len(required) > arguments + 1:
        takes = "(self, value)" if arguments > 1 else "(self)"
        raise Fault(
            f"{function.__name__} takes {len(required)} arguments",
            allowed=f"{takes} or {takes[:-1]}, request)",
            instead=f"def {function.__name__}{takes}:",
        )
    return Handler(function, takes_request=len(given) > arguments, is_async=inspect.iscoroutinefunction(function))
