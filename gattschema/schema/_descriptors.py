"""The descriptors of a characteristic: those that follow from its type, and those that its declaration gives.

The User Description (0x2901) is the ``description=``, the Presentation Format (0x2904) follows from type, scale and
unit, the Valid Range (0x2906) from the range (Core Specification, Vol 3, Part G, 3.3.3; Assigned Numbers, 3.7).
"""

from __future__ import annotations

import difflib
import struct
from collections.abc import Iterator
from typing import Any

from gattschema.schema._characteristic import Options
from gattschema.schema._plan import Descriptor, DescriptorPlan
from gattschema.schema._uuids import expand, number_of, parse_uuid, short_uuid
from gattschema.values import LONGEST, Codec, Fault, Kind
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._scaled import Number, Scale
from gattschema.values._text import Text

USER_DESCRIPTION = 0x2901
PRESENTATION_FORMAT = 0x2904
VALID_RANGE = 0x2906

_OF_BLUETOOTHD = {0x2900: "Characteristic Extended Properties", 0x2902: "Client Characteristic Configuration"}
_UNITLESS = 0x2700
_NAMESPACE = 1
"""The Bluetooth SIG's."""
_STRUCT = "struct"
_EXPONENTS = range(-128, 128)


def descriptors(options: Options, made: Codec[Any]) -> tuple[DescriptorPlan, ...]:
    """Give the descriptors of a field, in the order of the air.

    Raises:
        Fault: one that the declaration asks for cannot be made.
    """
    given = list(_given(options.descriptors))
    known = {number_of(descriptor.uuid) for descriptor in given}
    made_here = [
        *_user_description(options),
        *(_presentation_format(options, made.kind) if PRESENTATION_FORMAT not in known else ()),
        *(_valid_range(options, made) if VALID_RANGE not in known else ()),
    ]
    for descriptor in made_here:
        if number_of(descriptor.uuid) in known:
            raise Fault(
                "the User Description is given twice", allowed="one of the two", instead='description="…" alone'
            )
    return (*made_here, *given)


# --- 0x2901 ------------------------------------------------------------------------------------------------------


def _user_description(options: Options) -> Iterator[DescriptorPlan]:
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


def _presentation_format(options: Options, kind: Kind) -> Iterator[DescriptorPlan]:
    """Seven octets: format, exponent, unit, namespace, description; none where a client would be led astray."""
    asked = options.presentation or bool(options.instance)
    if options.presentation is False:
        _refuse_instance(options)
        return
    if not asked and not (isinstance(kind, Number) and (kind.unit or kind.scale)):
        return
    obstacle = _obstacle(kind)
    if obstacle and asked:
        raise Fault(
            f"a Presentation Format cannot say {obstacle}",
            allowed="a value that is a number of the format times a power of ten",
            instead="leave presentation= and instance= out, or another scale",
        )
    if not obstacle:
        octets = struct.pack("<BbHBH", _format(kind), _exponent(kind), _unit(kind), _NAMESPACE, _instance(options))
        uuid, meaning = expand(PRESENTATION_FORMAT), _presented(kind, options.instance)
        yield DescriptorPlan("Characteristic Presentation Format", uuid, octets, meaning)


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


def _instance(options: Options) -> int:
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


def _refuse_instance(options: Options) -> None:
    if options.instance:
        raise Fault(
            f"instance={options.instance!r} with presentation=False, which is where it would stand",
            allowed="one of the two",
            instead="leave presentation=False out",
        )


# --- 0x2906 ------------------------------------------------------------------------------------------------------


def _valid_range(options: Options, made: Codec[Any]) -> Iterator[DescriptorPlan]:
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
    number = number_of(uuid)
    if number in _OF_BLUETOOTHD:
        raise Fault(
            f"{short_uuid(uuid)} is {_OF_BLUETOOTHD[number]}, which bluetoothd makes itself",
            allowed="any other descriptor",
            instead="leave it out; it follows from the flavour",
        )
    if not isinstance(octets, bytes) or len(octets) > LONGEST:
        raise Fault(
            f"the descriptor's value is {octets!r:.60}",
            allowed=f"bytes, {LONGEST} at most",
            instead='Descriptor(uuid, b"…"); encode(Type, value) makes bytes of a value',
        )
    return DescriptorPlan(descriptor.name or _name(number), uuid, octets, "" if own else repr(value))


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
