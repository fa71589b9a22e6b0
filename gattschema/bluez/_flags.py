"""A plan's properties and security in BlueZ's words (``org.bluez.GattCharacteristic.rst``, Flags)."""

from __future__ import annotations

from collections.abc import Iterator

from gattschema.schema import CharacteristicPlan, Level, Property

_PREFIXES = {
    Level.OPEN: "",
    Level.ENCRYPTED: "encrypt-",
    Level.AUTHENTICATED: "encrypt-authenticated-",
    Level.SECURE: "secure-",
}


def flags(plan: CharacteristicPlan) -> list[str]:
    """``["encrypt-read", "write", "notify"]``: a protected flag stands in place of its open one."""
    return list(_flags(plan))


def _flags(plan: CharacteristicPlan) -> Iterator[str]:
    guards = {
        Property.READ: plan.security.read,
        Property.WRITE: plan.security.write,
        Property.NOTIFY: plan.security.notify,
        Property.INDICATE: plan.security.notify,
    }
    for word, member in zip(plan.properties.words, plan.properties, strict=True):
        yield _PREFIXES[guards.get(member, Level.OPEN)] + word
