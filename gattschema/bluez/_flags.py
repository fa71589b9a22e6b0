"""A plan's properties and security in BlueZ's words (``org.bluez.GattCharacteristic.rst``, Flags)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import attrs

from gattschema._errors import RegistrationError
from gattschema.bluez._release import PROTECTED_SUBSCRIPTIONS, Release, written
from gattschema.schema import PUSHES, FieldPlan, Level, Property, Security, Service, place, plan

_PREFIXES = {
    Level.OPEN: "",
    Level.ENCRYPTED: "encrypt-",
    Level.AUTHENTICATED: "encrypt-authenticated-",
    Level.SECURE: "secure-",
}


def flags(field: FieldPlan, release: Release | None) -> list[str]:
    """``["encrypt-read", "write", "notify"]``: a protected flag stands in place of its open one."""
    words = _flags(field.properties, _offered(field.security, release))
    return [*words, *["authorize"] * (field.on_authorize is not None)]


@cache
def _flags(properties: Property, security: Security) -> tuple[str, ...]:
    guards = {
        Property.READ: security.read,
        Property.WRITE: security.write,
        Property.NOTIFY: security.notify,
        Property.INDICATE: security.indicate,
    }
    return tuple(
        _PREFIXES[guards.get(member, Level.OPEN)] + word
        for word, member in zip(properties.words, properties, strict=True)
    )


def _is_too_old(release: Release | None) -> bool:
    return release is not None and release < PROTECTED_SUBSCRIPTIONS


def _offered(security: Security, release: Release | None) -> Security:
    """What this release can do of it: before 5.62 what the declaration falls back on."""
    if security.fallback is None or not _is_too_old(release):
        return security
    return attrs.evolve(security, notify=security.fallback, indicate=security.fallback)


def check_release(services: Iterable[Service], release: Release | None) -> None:
    """Refuse what this release cannot do, which would fail the registration without a word of why.

    Raises:
        RegistrationError: a subscription is protected, which BlueZ before 5.62 cannot do, and nothing to fall back on
            is declared.
    """
    if release is None or not _is_too_old(release):
        return
    for where, field in _subscribed(services):
        level = _offered(field.security, release).subscribing
        if level is not Level.OPEN:
            raise RegistrationError(
                f"{where}: {level.value} subscriptions need BlueZ {written(PROTECTED_SUBSCRIPTIONS)}; "
                f"here runs {written(release)}",
                f'a newer BlueZ, or security={{"notify": "{level.value}", "fallback": "open"}}',
            )


def _subscribed(services: Iterable[Service]) -> Iterator[tuple[str, FieldPlan]]:
    for service in services:
        for field in plan(service).characteristics:
            if field.properties & PUSHES:
                yield place(service, field), field
