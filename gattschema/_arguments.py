"""What :class:`gattschema.Peripheral` is given: sorted out, and checked before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from gattschema.advertising import Advertisement
from gattschema.pairing import Agent
from gattschema.schema import Service, plan

_APPEARANCES = range(0xFFFF)


def sort_out(contents: Iterable[object]) -> tuple[list[Service], list[Advertisement]]:
    """Part services from advertisements.

    Raises:
        TypeError: something is neither.
        ValueError: something is given twice.
    """
    services: list[Service] = []
    advertisements: list[Advertisement] = []
    for one in contents:
        if isinstance(one, Service):
            _add_once(services, one, "a service is given twice; make a second instance for a second service")
        elif isinstance(one, Advertisement):
            _add_once(advertisements, one, "an advertisement is given twice; make a second instance for a second one")
        else:
            raise TypeError(_neither(one))
    return services, advertisements


def _add_once(many: list[Any], one: object, complaint: str) -> None:
    if any(other is one for other in many):
        raise ValueError(complaint)
    many.append(one)


def _neither(one: object) -> str:
    if isinstance(one, type) and issubclass(one, Service | Advertisement):
        return f"{one.__name__} is the class; pass an instance: {one.__name__}(…)"
    if isinstance(one, str):
        return f"{one!r} is no service; if it is the name: name={one!r}"
    if isinstance(one, list | tuple):
        return f"{one!r:.60} is a list; pass what is in it: Peripheral(*services)"
    return f"{one!r:.60} is no service and no advertisement; pass instances of gattschema.Service"


def check_name(name: object) -> None:
    """Raise a TypeError unless it is text or ``None``."""
    if name is not None and not isinstance(name, str):
        msg = f"name={name!r} is no text; write name={str(name)!r}"
        raise TypeError(msg)


def check_appearance(appearance: object) -> None:
    """Raise a TypeError or ValueError unless it is a number of 16 bits or ``None``."""
    if appearance is None:
        return
    if not isinstance(appearance, int) or isinstance(appearance, bool):
        meant = repr(appearance) if isinstance(appearance, str) else '"heart_rate_belt"'
        msg = f"appearance={appearance!r} is no number; write appearance=sig.appearance({meant})"
        raise TypeError(msg)
    if appearance not in _APPEARANCES:
        msg = f"appearance={appearance:#x} is not within 0 … 0xFFFE (Assigned Numbers, section 2.6)"
        raise ValueError(msg)


def check_pairing(pairing: object) -> None:
    """Raise a TypeError unless it is an agent or ``None``."""
    if isinstance(pairing, type) and issubclass(pairing, Agent):
        raise TypeError(f"pairing={pairing.__name__} is the class; pass an instance: pairing={pairing.__name__}(…)")
    if pairing is not None and not isinstance(pairing, Agent):
        raise TypeError(f"pairing={pairing!r} is no agent; write pairing=JustWorks(), from gattschema.pairing")


def check_advertise(advertise: Any, services: Sequence[Service]) -> list[Service]:
    """Give the services of ``advertise=``.

    Raises:
        TypeError: it is no list.
        ValueError: one is not served.
    """
    if not isinstance(advertise, list | tuple):
        msg = f"advertise={advertise!r:.60} is no list of services; write advertise=[…]"
        raise TypeError(msg)
    for service in cast("Sequence[Service]", advertise):
        if service not in services:
            msg = f"advertise= has {service!r:.60}, which is none of the services served"
            raise ValueError(msg)
    return list(cast("Sequence[Service]", advertise))


def check_redundant(said: dict[str, object], advertisements: Sequence[Advertisement]) -> None:
    """Raise a TypeError where an argument is meant for the advertisement that is made, and none is made."""
    given = [key for key, value in said.items() if value is not None]
    own = next((one for one in advertisements if one.connectable), None)
    if given and own is not None:
        where = type(own).__name__
        raise TypeError(
            f"{given[0]}= is for the advertisement that is made where none is given; write {where}({_meant(given[0])})"
        )


def _meant(key: str) -> str:
    return "services=[…]" if key == "advertise" else f"{key}=…"


def uuids(services: Iterable[Service]) -> list[UUID]:
    """Give the UUIDs that are advertised of *services*: those of primary ones, each once."""
    return list(dict.fromkeys(plan(service).uuid for service in services if plan(service).primary))
