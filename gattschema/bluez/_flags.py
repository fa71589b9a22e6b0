"""A plan's properties and security in BlueZ's words (``org.bluez.GattCharacteristic.rst``, Flags)."""

from __future__ import annotations

from functools import cache

from gattschema.schema import CharacteristicPlan, Level, Property, Security

_PREFIXES = {
    Level.OPEN: "",
    Level.ENCRYPTED: "encrypt-",
    Level.AUTHENTICATED: "encrypt-authenticated-",
    Level.SECURE: "secure-",
}


def flags(plan: CharacteristicPlan) -> list[str]:
    """``["encrypt-read", "write", "notify"]``: a protected flag stands in place of its open one."""
    return list(_flags(plan.properties, plan.security))


@cache
def _flags(properties: Property, security: Security) -> tuple[str, ...]:
    guards = {
        Property.READ: security.read,
        Property.WRITE: security.write,
        Property.NOTIFY: security.notify,
        Property.INDICATE: security.notify,
    }
    return tuple(
        _PREFIXES[guards.get(member, Level.OPEN)] + word
        for word, member in zip(properties.words, properties, strict=True)
    )
