"""How phones may use a characteristic: its operations, who is let in, and the descriptors around its value."""

from __future__ import annotations

from collections.abc import Iterator

from gattschema.docs._text import code, hexed, plain, table
from gattschema.schema import CharacteristicPlan, DescriptorPlan, Level, Property, expand, short_uuid
from gattschema.schema._assigned import CLIENT_CONFIGURATION, EXTENDED_PROPERTIES
from gattschema.schema._descriptors import USER_DESCRIPTION
from gattschema.schema._plan import DEFAULT_MTU
from gattschema.schema._properties import EXTENDED, EXTENDED_SHIFT, OPERATIONS, WRITES
from gattschema.schema._tree import describe_security

_WHO = {
    Level.OPEN: "any phone",
    Level.ENCRYPTED: "over an encrypted link, after any pairing",
    Level.AUTHENTICATED: "over an encrypted link, after a pairing that a man in the middle cannot fake",
    Level.SECURE: "over an encrypted link, after such a pairing by LE Secure Connections",
}
_SUBSCRIPTIONS = {Property.NOTIFY: (b"\1\0", "notifications"), Property.INDICATE: (b"\2\0", "indications")}

_ANSWERED_BLINDLY = "BlueZ answers before the device has seen it: always success, whatever the device makes of it"


def uses(field: CharacteristicPlan) -> str:
    """List what phones may do, with the security that each operation asks for."""
    return "\n".join(_use(field, one) for one in Property if one in field.properties)


def _use(field: CharacteristicPlan, one: Property) -> str:
    level = next((getattr(field.security, name) for name, group in OPERATIONS.items() if one & group), Level.OPEN)
    who = "" if one & EXTENDED else f" ({level.value}: {_WHO[level]}{', if it is let' * _asks(field, one)})"
    return f"- **{one.words[0]}**{who} – {_consequence(field, one)}"


def _asks(field: CharacteristicPlan, one: Property) -> bool:
    """Whether the device decides for each phone."""
    return field.on_authorize is not None and bool(one & (Property.READ | WRITES))


def _consequence(field: CharacteristicPlan, one: Property) -> str:
    """What a phone that does it gets."""
    pace = (
        "every value, in order" if field.delivery.policy == "every" else "each change, only the newest if several wait"
    )
    pace += f"; it takes an MTU of {field.mtu} to hear the longest whole" if field.mtu > DEFAULT_MTU else ""
    pace += f"; {field.delivery.min_interval:g} s or more apart" if field.delivery.min_interval else ""
    pace += f"; changes of {field.delivery.min_change} or more" if field.delivery.min_change is not None else ""
    refusals = "an answer comes; 0x0D refuses a wrong length, 0x80 octets that mean no value"
    refusals += ", 0x08 those who may not" if field.on_authorize else ""
    refusals += ", other codes what the device does not want" if field.on_write else ""
    return {
        Property.BROADCAST: "the value may be part of advertisements",
        Property.READ: "the value is computed at each read" if field.on_read else "the value as it is now",
        Property.WRITE_WITHOUT_RESPONSE: "no answer comes",
        Property.WRITE: _ANSWERED_BLINDLY if Property.WRITE_WITHOUT_RESPONSE in field.properties else refusals,
        Property.NOTIFY: f"subscribers get {pace}",
        Property.INDICATE: f"subscribers get and confirm {pace}",
        Property.AUTHENTICATED_SIGNED_WRITES: "signed with the bond's key; no answer comes",
        Property.RELIABLE_WRITE: "prepared together with other characteristics, then written all at once",
        Property.WRITABLE_AUXILIARIES: "the User Description can be written",
    }[one]


def descriptors(field: CharacteristicPlan) -> Iterator[str]:
    """Write the table of descriptors, the one that phones subscribe with included."""
    rows = [_subscription(field)] if field.pushes else []
    rows += [_extended(field)] if field.is_extended else []
    rows += [(code(short_uuid(one.uuid)), plain(one.name), _value(one)) for one in field.descriptors]
    if rows:
        yield "**Descriptors**"
        yield table(("UUID", "Descriptor", "Value"), rows)


def _value(descriptor: DescriptorPlan) -> str:
    if (field := descriptor.field) is not None:
        guards = describe_security(field)
        can = f"{', '.join(field.properties.words)}{f' ({guards})' if guards else ''}"
        return f"{code(field.name)}: {plain(field.type_name)}, {field.kind.octets}; {can}"
    if descriptor.aggregates:
        return plain(descriptor.meaning)
    if descriptor.uuid == expand(USER_DESCRIPTION):
        return plain(descriptor.octets.decode(errors="replace"))
    octets = code(hexed(descriptor.octets))
    return f"{octets} {plain(descriptor.meaning)}" if descriptor.meaning else octets


def _subscription(field: CharacteristicPlan) -> tuple[str, str, str]:
    """The descriptor that bluetoothd adds, and what to write to it (Core Specification, Vol 3, Part G, 3.3.3.3)."""
    ways = [way for one, way in _SUBSCRIPTIONS.items() if one in field.properties]
    values = ", ".join(f"{code(hexed(octets))} {what}" for octets, what in [*ways, (b"\0\0", "none")])
    return code(short_uuid(expand(CLIENT_CONFIGURATION))), "Client Characteristic Configuration", values


def _extended(field: CharacteristicPlan) -> tuple[str, str, str]:
    """The descriptor that bluetoothd adds (Core Specification, Vol 3, Part G, 3.3.3.1)."""
    bits = (field.properties & EXTENDED).value >> EXTENDED_SHIFT
    words = ", ".join((field.properties & EXTENDED).words)
    octets = code(hexed(bytes((bits, 0))))
    return code(short_uuid(expand(EXTENDED_PROPERTIES))), "Characteristic Extended Properties", f"{octets} {words}"
