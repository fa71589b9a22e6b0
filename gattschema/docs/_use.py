"""How phones may use a characteristic: its operations, who is let in, and the descriptors around its value."""

from __future__ import annotations

from collections.abc import Iterator

from gattschema.docs._text import code, hexed, plain, table
from gattschema.schema import CharacteristicPlan, DescriptorPlan, Level, Property, expand, short_uuid
from gattschema.schema._assigned import CLIENT_CONFIGURATION
from gattschema.schema._descriptors import USER_DESCRIPTION
from gattschema.schema._plan import DEFAULT_MTU
from gattschema.schema._properties import OPERATIONS

_WHO = {
    Level.OPEN: "any phone",
    Level.ENCRYPTED: "over an encrypted link, after any pairing",
    Level.AUTHENTICATED: "over an encrypted link, after a pairing that a man in the middle cannot fake",
    Level.SECURE: "over an encrypted link, after such a pairing by LE Secure Connections",
}
_SUBSCRIPTIONS = {Property.NOTIFY: (b"\1\0", "notifications"), Property.INDICATE: (b"\2\0", "indications")}


def uses(field: CharacteristicPlan) -> str:
    """List what phones may do, with the security that each operation asks for."""
    return "\n".join(_use(field, one) for one in Property if one in field.properties)


def _use(field: CharacteristicPlan, one: Property) -> str:
    level = next((getattr(field.security, name) for name, group in OPERATIONS.items() if one & group), Level.OPEN)
    return f"- **{one.words[0]}** ({level.value}: {_WHO[level]}) – {_consequence(field, one)}"


def _consequence(field: CharacteristicPlan, one: Property) -> str:
    """What a phone that does it gets."""
    pace = "every value, in order" if field.policy == "every" else "each change, only the newest if several wait"
    pace += f"; it takes an MTU of {field.mtu} to hear the longest whole" if field.mtu > DEFAULT_MTU else ""
    refusals = "0x0D refuses a wrong length, 0x80 octets that mean no value"
    refusals += ", other codes what the device does not want" if field.on_write else ""
    return {
        Property.BROADCAST: "the value may be part of advertisements",
        Property.READ: "the value is computed at each read" if field.on_read else "the value as it is now",
        Property.WRITE_WITHOUT_RESPONSE: "no answer comes",
        Property.WRITE: f"an answer comes; {refusals}",
        Property.NOTIFY: f"subscribers get {pace}",
        Property.INDICATE: f"subscribers get and confirm {pace}",
    }[one]


def descriptors(field: CharacteristicPlan) -> Iterator[str]:
    """Write the table of descriptors, the one that phones subscribe with included."""
    rows = [_subscription(field)] if field.pushes else []
    rows += [(code(short_uuid(one.uuid)), plain(one.name), _value(one)) for one in field.descriptors]
    if rows:
        yield "**Descriptors**"
        yield table(("UUID", "Descriptor", "Value"), rows)


def _value(descriptor: DescriptorPlan) -> str:
    if descriptor.uuid == expand(USER_DESCRIPTION):
        return plain(descriptor.octets.decode(errors="replace"))
    octets = code(hexed(descriptor.octets))
    return f"{octets} {plain(descriptor.meaning)}" if descriptor.meaning else octets


def _subscription(field: CharacteristicPlan) -> tuple[str, str, str]:
    """The descriptor that bluetoothd adds, and what to write to it (Core Specification, Vol 3, Part G, 3.3.3.3)."""
    ways = [way for one, way in _SUBSCRIPTIONS.items() if one in field.properties]
    values = ", ".join(f"{code(hexed(octets))} {what}" for octets, what in [*ways, (b"\0\0", "none")])
    return code(short_uuid(expand(CLIENT_CONFIGURATION))), "Client Characteristic Configuration", values
