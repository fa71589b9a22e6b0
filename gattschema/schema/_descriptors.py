"""The descriptors of a characteristic: those that follow from its type, and those that its declaration gives.

The User Description (0x2901) is the ``description=``, the Presentation Format (0x2904) follows from type, scale and
unit, the Valid Range (0x2906) from the range (Core Specification, Vol 3, Part G, 3.3.3; Assigned Numbers, 3.7). Those
with a value of their own are fields of the class, hung on their characteristic.
"""

from __future__ import annotations

import difflib
import struct
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import attrs

from gattschema.schema._characteristic import Characteristic
from gattschema.schema._options import CharacteristicOptions, Options
from gattschema.schema._plan import CharacteristicPlan, Descriptor, DescriptorPlan, FieldPlan, Origin
from gattschema.schema._properties import Property
from gattschema.schema._uuids import derive_uuid, expand, number_of, parse_uuid, short_uuid
from gattschema.values import LONGEST, Codec, Fault, Kind
from gattschema.values._marks import Role
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._record import Field, Record, carrier_of
from gattschema.values._scaled import Number, Scale
from gattschema.values._text import Text

USER_DESCRIPTION = 0x2901
PRESENTATION_FORMAT = 0x2904
AGGREGATE_FORMAT = 0x2905
VALID_RANGE = 0x2906

_OF_BLUETOOTHD = {0x2900: "Characteristic Extended Properties", 0x2902: "Client Characteristic Configuration"}
_UNITLESS = 0x2700
_NAMESPACE = 1
"""The Bluetooth SIG's."""
_STRUCT = "struct"
_EXPONENTS = range(-128, 128)


def descriptors(options: CharacteristicOptions, made: Codec[Any]) -> tuple[DescriptorPlan, ...]:
    """Give the descriptors of a field, in the order of the air.

    Raises:
        Fault: one that the declaration asks for cannot be made.
    """
    given = list(_given(options.descriptors))
    known = {number_of(descriptor.uuid) for descriptor in given}
    made_here = [
        *_user_description(options),
        *(_presentation_formats(options, made.kind) if PRESENTATION_FORMAT not in known else ()),
        *(_valid_range(options, made) if VALID_RANGE not in known else ()),
    ]
    for descriptor in made_here:
        if number_of(descriptor.uuid) in known:
            raise Fault(
                "the User Description is given twice", allowed="one of the two", instead='description="…" alone'
            )
    whole = (*made_here, *given)
    if options.presentation != "aggregate":
        return whole
    if AGGREGATE_FORMAT in known:
        raise Fault(
            "the Aggregate Format is given twice", allowed="one of the two", instead='presentation="aggregate" alone'
        )
    return _aggregated(whole)


# --- 0x2901 ------------------------------------------------------------------------------------------------------


def _user_description(options: CharacteristicOptions) -> Iterator[DescriptorPlan]:
    description: Any = options.description
    if not description:
        return
    if not isinstance(description, str):
        raise Fault(f"description={description!r}", allowed="text", instead='description="…"')
    octets = description.encode()
    if len(octets) > LONGEST:
        raise Fault(
            f"the description takes {len(octets)} octets",
            allowed=f"{LONGEST} octets in UTF-8, the longest attribute value",
            instead="a shorter description; the class's docstring has room",
        )
    yield DescriptorPlan("Characteristic User Description", expand(USER_DESCRIPTION), octets, f'"{description}"')


# --- 0x2904 ------------------------------------------------------------------------------------------------------


def _presentation_formats(options: CharacteristicOptions, kind: Kind) -> Iterator[DescriptorPlan]:
    """One where it says all, one a member where they are aggregated, none where a client would be led astray."""
    asked = options.presentation or bool(options.instance)
    if options.presentation == "aggregate":
        yield from (_presentation_format(options, field.kind, field.name) for field in _members(kind))
    elif options.presentation not in {True, False, None}:
        raise Fault(
            f"presentation={options.presentation!r}",
            allowed='True, False, or "aggregate" for a struct of numbers',
            instead="leave presentation= out",
        )
    elif options.presentation is False:
        _refuse_instance(options)
    elif asked or (isinstance(kind, Number) and (kind.unit or kind.scale) and not _obstacle(kind)):
        yield _presentation_format(options, kind)


def _presentation_format(options: CharacteristicOptions, kind: Kind, member: str = "") -> DescriptorPlan:
    """Seven octets: format, exponent, unit, namespace, description."""
    obstacle = _obstacle(kind)
    if obstacle:
        raise Fault(
            f"a Presentation Format cannot say {obstacle}{f' ({member})' if member else ''}",
            allowed="a value that is a number of the format times a power of ten",
            instead="leave presentation= and instance= out, or another scale",
        )
    octets = struct.pack("<BbHBH", _format(kind), _exponent(kind), _unit(kind), _NAMESPACE, _instance(options))
    meaning = f"{member}: {_presented(kind, options.instance)}" if member else _presented(kind, options.instance)
    return DescriptorPlan("Characteristic Presentation Format", expand(PRESENTATION_FORMAT), octets, meaning)


def _members(kind: Kind) -> tuple[Field, ...]:
    """The fields of a struct of which each is always there, in octets of its own."""
    fields = kind.fields if isinstance(kind, Record) and not kind.opcode else ()
    if len(fields) > 1 and all(map(_stands_alone, fields)):
        return fields
    raise Fault(
        f'presentation="aggregate" for {kind.label}',
        allowed="a struct of two members or more that are always there, in octets of their own",
        instead="leave presentation= out",
    )


def _stands_alone(member: Field) -> bool:
    carrier = carrier_of(member.kind)
    shares = member.bits or (carrier is not None and carrier.narrow)
    return member.role is Role.VALUE and not shares and not member.whens


def _aggregated(whole: tuple[DescriptorPlan, ...]) -> tuple[DescriptorPlan, ...]:
    """Behind the Presentation Formats the descriptor that names their handles (Vol 3, Part G, 3.3.3.6)."""
    places = tuple(place for place, one in enumerate(whole) if number_of(one.uuid) == PRESENTATION_FORMAT)
    uuid, name = expand(AGGREGATE_FORMAT), "Characteristic Aggregate Format"
    meaning = f"the handles of the {len(places)} above"
    aggregate = DescriptorPlan(name, uuid, meaning=meaning, aggregates=places)
    return (*whole[: places[-1] + 1], aggregate, *whole[places[-1] + 1 :])


def _presented(kind: Kind, instance: str) -> str:
    """``sint16 × 10^-2 °C, main``."""
    power = f" × 10^{_exponent(kind)}" if _exponent(kind) else ""
    return f"{_format_name(kind)}{power}{_symbol(kind)}{f', {instance}' if instance else ''}"


def _symbol(kind: Kind) -> str:
    symbol = kind.unit.symbol if isinstance(kind, Number) and kind.unit else ""
    return f" {symbol}" if symbol else ""


def _obstacle(kind: Kind) -> str:
    """What the seven octets have no room for; empty if they say it all. A wrong exponent is worse than none."""
    scale = _scale(kind)
    if scale.multiplier != 1 or scale.binary:
        return f"steps of {_factor(scale)}"
    if scale.decimal not in _EXPONENTS:
        return f"an exponent of {scale.decimal}"
    if getattr(_wire_type(kind), "order", "little") == "big" and kind.most > 1:
        return "that a value is big-endian"
    if _format_name(kind) not in _formats():
        return f"{_format_name(kind)}, for which there is no format"
    return ""


def _factor(scale: Scale) -> str:
    return str(scale.factor) if scale.decimal >= 0 and scale.binary >= 0 else f"{float(scale.factor):g}"


def _scale(kind: Kind) -> Scale:
    return (kind.scale if isinstance(kind, Number) else None) or Scale()


def _exponent(kind: Kind) -> int:
    return _scale(kind).decimal


def _unit(kind: Kind) -> int:
    unit = kind.unit if isinstance(kind, Number) else None
    return unit.number if unit else _UNITLESS


def _wire_type(kind: Kind) -> Kind:
    """What stands in the octets."""
    return kind.carrier if isinstance(kind, Number | Enumeration) else kind


def _format_name(kind: Kind) -> str:
    """The type in the words of the Assigned Numbers, section 2.4.1; whatever is no number or text is a struct."""
    wire = _wire_type(kind)
    if isinstance(wire, Integer | Real | MedFloat | Boolean | Text):
        return wire.label.partition(",")[0]
    return _STRUCT


def _format(kind: Kind) -> int:
    return _formats()[_format_name(kind)]


def _formats() -> dict[str, int]:
    from gattschema.sig._numbers import formats  # noqa: PLC0415  (not before a descriptor needs it)

    return formats.NUMBERS


def _instance(options: CharacteristicOptions) -> int:
    """The namespace's number of a word such as ``main``; 0 is "unknown"."""
    from gattschema.sig._numbers import namespaces  # noqa: PLC0415  (not before a descriptor needs it)

    known = namespaces.NUMBERS
    word = str(options.instance or "unknown").lower().replace("-", "_").replace(" ", "_")
    if word in known:
        return known[word]
    near = difflib.get_close_matches(word, known, 1)
    raise Fault(
        f"instance={options.instance!r}",
        allowed="a word of the SIG's namespace: first, second …, front, back, main, backup, auxiliary, inside …",
        instead=f'instance="{near[0] if near else "main"}"',
    )


def _refuse_instance(options: CharacteristicOptions) -> None:
    if options.instance:
        raise Fault(
            f"instance={options.instance!r} with presentation=False, which is where it would stand",
            allowed="one of the two",
            instead="leave presentation=False out",
        )


# --- 0x2906 ------------------------------------------------------------------------------------------------------


def _valid_range(options: CharacteristicOptions, made: Codec[Any]) -> Iterator[DescriptorPlan]:
    """The lowest and the highest value, each as the characteristic encodes it."""
    kind = made.kind
    limited = isinstance(kind, Number) and kind.range is not None
    if options.valid_range and not limited:
        raise Fault(
            f"a Valid Range is asked for, but {kind.label} has none",
            allowed="valid_range=True with Range(…) in the type",
            instead="Annotated[…, Range(low, high)], or leave valid_range= out",
        )
    if isinstance(kind, Number) and limited and options.valid_range is not False:
        octets = made.pack(kind.low) + made.pack(kind.high)
        yield DescriptorPlan("Valid Range", expand(VALID_RANGE), octets, _span(kind))


def _span(kind: Number) -> str:
    low, high = (f"{end:g}" if isinstance(end, float) else str(end) for end in (kind.low, kind.high))
    return f"{low} … {high}{_symbol(kind) if kind.base in {int, float} else ''}"


# --- given ones --------------------------------------------------------------------------------------------------


def _given(descriptors: Any) -> Iterator[DescriptorPlan]:
    """Plan the descriptors that the declaration gives."""
    if not hasattr(descriptors, "__iter__") or isinstance(descriptors, str | bytes):
        raise _no_descriptor(descriptors)
    for value in descriptors:
        yield _planned(value)


def _planned(value: Any) -> DescriptorPlan:
    own = isinstance(value, Descriptor)
    descriptor: Descriptor = value if own else _typed(value)
    octets: Any = descriptor.octets
    uuid = parse_uuid(descriptor.uuid)
    number = number_of(_allowed(uuid))
    if not isinstance(octets, bytes) or len(octets) > LONGEST:
        raise Fault(
            f"the descriptor's value is {octets!r:.60}",
            allowed=f"bytes, {LONGEST} at most",
            instead='Descriptor(uuid, b"…"); encode(Type, value) makes bytes of a value',
        )
    return DescriptorPlan(descriptor.name or _name(number), uuid, octets, "" if own else repr(value))


def _allowed(uuid: UUID) -> UUID:
    number = number_of(uuid)
    if number in _OF_BLUETOOTHD:
        raise Fault(
            f"{short_uuid(uuid)} is {_OF_BLUETOOTHD[number]}, which bluetoothd makes itself",
            allowed="any other descriptor",
            instead="leave it out; it follows from the flavour",
        )
    return uuid


def _name(number: int | None) -> str:
    from gattschema.sig._numbers import descriptors  # noqa: PLC0415  (not before a descriptor needs it)

    return descriptors.NAMES.get(number or 0, "Descriptor")


def _typed(value: object) -> Descriptor:
    """A value of one of the types in :mod:`gattschema.sig` tells by its class which descriptor it is."""
    from gattschema.schema._sig import descriptor_type  # noqa: PLC0415  (not before a descriptor needs it)

    found = descriptor_type(type(value))
    if found is None:
        raise _no_descriptor(value)
    number, made = found
    return Descriptor(number, made.encode(value))


def _no_descriptor(value: object) -> Fault:
    return Fault(
        f"descriptors= has {value!r}",
        allowed="a tuple of descriptors: those of gattschema.sig, or Descriptor(uuid, octets)",
        instead='descriptors=(Descriptor("7e2a…", b"…"),)',
    )


# --- those with a value of their own -----------------------------------------------------------------------------


def descriptor_uuid(key: str, options: Options, service: UUID) -> tuple[UUID, Origin]:
    """The explicit UUID; else the SIG's by the field's name; else derived from the service's and the name.

    Raises:
        Fault: it is no UUID, or that of a descriptor which bluetoothd makes itself.
    """
    from gattschema.sig._numbers import descriptors  # noqa: PLC0415  (not before a descriptor needs it)

    if options.uuid is not None:
        return _allowed(parse_uuid(options.uuid)), Origin.EXPLICIT
    if number := descriptors.NUMBERS.get(key):
        return _allowed(expand(number)), Origin.SIG
    return derive_uuid(service, key), Origin.DERIVED


def owner_of(given: Any, characteristics: Sequence[str], cls: type) -> str:
    """Give the name of the characteristic of *cls* that ``of=`` means.

    Raises:
        Fault: there is none.
    """
    owner, name = _meant(given) or (cls, given)
    if issubclass(cls, owner) and name in characteristics:
        return str(name)
    near = difflib.get_close_matches(str(name), characteristics, 1) or characteristics[:1] or ["temperature"]
    raise Fault(
        f"of={_written(given, cls):.60} is no characteristic of this class",
        allowed="a characteristic of the class or of a base, or its name in quotes",
        instead=f'descriptor(of="{near[0]}")',
    )


def _meant(given: Any) -> tuple[type, str] | None:
    """The class and the name of a field that ``of=`` says without quotes."""
    if isinstance(given, Characteristic):
        return given.owner, given.plan.name
    return given.place if isinstance(given, Options) else None


def _written(given: Any, cls: type) -> str:
    """``of=`` as it is written in the body of *cls*."""
    if meant := _meant(given):
        owner, name = meant
        return name if owner is cls else f"{owner.__name__}.{name}"
    return "characteristic(…)" if isinstance(given, Options) else repr(given)


_DESCRIPTOR_FLAVOURS = Property.READ | Property.WRITE
_ALONE = {
    USER_DESCRIPTION: ("User Description", "description= or descriptor()"),
    PRESENTATION_FORMAT: ("Presentation Format", "presentation=False on the characteristic"),
    AGGREGATE_FORMAT: ("Aggregate Format", 'presentation="aggregate" or descriptor()'),
    VALID_RANGE: ("Valid Range", "valid_range=False on the characteristic"),
}
"""Those of which a characteristic has one: phones look no further than the first."""


def with_own(owner: CharacteristicPlan, field: FieldPlan) -> CharacteristicPlan:
    """Hang a descriptor with a value of its own on its characteristic; a writable description makes it say so.

    Raises:
        Fault: phones could do with it what they cannot do with descriptors, or there is such a descriptor already.
    """
    if field.properties | _DESCRIPTOR_FLAVOURS != _DESCRIPTOR_FLAVOURS:
        raise Fault(
            f"a descriptor for {', '.join(field.properties.words)}",
            allowed="Read, Write or ReadWrite",
            instead=f"{field.name}: ReadWrite[…] = descriptor(…)",
        )
    number = number_of(field.uuid)
    if number in _ALONE and any(one.uuid == field.uuid for one in owner.descriptors):
        name, instead = _ALONE[number]
        raise Fault(f"the {name} of {owner.name} is given twice", allowed="one of the two", instead=instead)
    if owner.optional and field.required:
        raise Fault(
            f"the constructor would ask for it where {owner.name} is left out",
            allowed="default= or init=False for descriptors of optional characteristics",
            instead=f"{field.name}: {'ReadWrite' if Property.WRITE in field.properties else 'Read'}[…] = "
            f'descriptor(of="{owner.name}", default=…)',
        )
    own = DescriptorPlan(_name(number), field.uuid, field=attrs.evolve(field, optional=owner.optional))
    writable = number == USER_DESCRIPTION and Property.WRITE in field.properties
    auxiliaries = Property.WRITABLE_AUXILIARIES if writable else Property(0)
    return attrs.evolve(owner, descriptors=(*owner.descriptors, own), properties=owner.properties | auxiliaries)
