"""Targets: ``module``, ``module:Class``, ``path/to/file.py`` and ``path/to/file.py:instance`` become plans."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from types import ModuleType
from typing import Any, TypeAlias, TypeGuard

import attrs

from gattschema.cli._errors import Mistake, Unusable
from gattschema.cli._imports import import_place, users_code
from gattschema.schema import Service, ServicePlan, plan
from gattschema.values import SchemaError

_Found: TypeAlias = type[Service] | Service
"""A class, with all that its instances may have, or an instance, with what it has."""


@attrs.frozen
class Target:
    """What the user typed, taken apart: a module or file, and the name in it if there is one."""

    place: str
    name: str | None

    @classmethod
    def parse(cls, text: str) -> Target:
        """``examples/thermostat.py:Thermostat`` -> its place and its name; a drive's colon is part of the path."""
        place, name = re.fullmatch(r"(.*?)(?::([\w.]*))?", text, re.DOTALL).groups()  # type: ignore[union-attr]
        return cls(place, name)


def plans_of(targets: Iterable[str]) -> list[ServicePlan]:
    """Give the plans of all services that the targets name, each once, in their order.

    Raises:
        Mistake: a target names nothing that is a service.
        Unusable: its module or its class has a fault.
    """
    modules: dict[str, ModuleType] = {}
    services: list[_Found] = []
    for target in map(Target.parse, targets):
        if target.place not in modules:
            modules[target.place] = import_place(target.place)
        services += _services(target, modules[target.place])
    return [_plan(service) for service in {id(service): service for service in services}.values()]


def _services(target: Target, module: ModuleType) -> list[_Found]:
    if target.name is not None:
        return [_named(target, target.name, module)]
    found = _offered(module)
    if not found:
        msg = f"{target.place} defines no service; {_instead(target.place, module)}"
        raise Mistake(msg)
    return found


def _offered(module: ModuleType) -> list[_Found]:
    """The services of a program: its own classes, its instances of others; if it has none, the classes it imports."""
    classes = [thing for thing in _all_services(module).values() if isinstance(thing, type)]
    own: list[_Found] = [cls for cls in classes if cls.__module__ == module.__name__]
    made = [thing for thing in _all_services(module).values() if not isinstance(thing, type) and type(thing) not in own]
    return own + made or [*classes]


def _named(target: Target, name: str, module: ModuleType) -> _Found:
    found = _attribute(module, name)
    if _is_service(found):
        return found
    missing = found is attrs.NOTHING
    finding = _missing(target.place, name) if missing else f"{name} in {target.place} is no service, nor its class"
    near = _near(name, module) if missing else []
    if near:
        msg = f"{finding}; did you mean {target.place}:{near[0]}?"
        raise Mistake(msg)
    msg = f"{finding}; {_instead(target.place, module)}"
    raise Mistake(msg)


def _attribute(module: ModuleType, name: str) -> Any:
    """What the module calls so; also what it loads when it is asked for it."""
    with users_code():
        return getattr(module, name, attrs.NOTHING)


def _near(name: str, module: ModuleType) -> list[str]:
    """The services that have nearly this name; if none is loaded that has, those that would be."""
    near = difflib.get_close_matches(name, _all_services(module), 1)
    return near or [
        other for other in difflib.get_close_matches(name, dir(module)) if _is_service(_attribute(module, other))
    ]


def _missing(place: str, name: str) -> str:
    return f"{place} has no service {name}" if name else f"no service stands behind the colon of {place}:"


def _instead(place: str, module: ModuleType) -> str:
    """What to write: one of the services that are there, or a service."""
    there = [f"{place}:{name}" for name in _all_services(module)]
    if not there and "__getattr__" in vars(module):
        return f"it loads what is asked for; write {place}:Name, with the name of a service"
    return f"write {' or '.join(there) or 'the module or file that has one, or class Name(gattschema.Service, uuid=…)'}"


def _all_services(module: ModuleType) -> dict[str, _Found]:
    """The services among a module's names, imported ones included, in the order in which they came in."""
    return {name: thing for name, thing in vars(module).items() if _is_service(thing)}


def _is_service(thing: Any) -> TypeGuard[_Found]:
    cls = thing if isinstance(thing, type) else type(thing)
    return issubclass(cls, Service) and cls is not Service


def _plan(service: _Found) -> ServicePlan:
    try:
        return plan(service)
    except SchemaError as error:
        raise Unusable(error.report) from error
