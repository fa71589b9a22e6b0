"""Targets: ``module``, ``module:Class``, ``path/to/file.py`` and ``path/to/file.py:Class`` become plans."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from types import ModuleType
from typing import Any, TypeGuard

import attrs

from gattschema.cli._errors import Mistake, Unusable
from gattschema.cli._imports import import_place
from gattschema.schema import Service, ServicePlan, plan
from gattschema.values import SchemaError


@attrs.frozen
class Target:
    """What the user typed, taken apart: a module or file, and the class's name if it has one."""

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
    services: list[type[Service]] = []
    for target in map(Target.parse, targets):
        if target.place not in modules:
            modules[target.place] = import_place(target.place)
        services += _services(target, modules[target.place])
    return [_plan(service) for service in dict.fromkeys(services)]


def _services(target: Target, module: ModuleType) -> list[type[Service]]:
    if target.name is not None:
        return [_named(target, target.name, module)]
    defined = [thing for thing in _all_services(module).values() if thing.__module__ == module.__name__]
    if not defined:
        msg = f"{target.place} defines no service; {_instead(target.place, module)}"
        raise Mistake(msg)
    return defined


def _named(target: Target, name: str, module: ModuleType) -> type[Service]:
    found = vars(module).get(name)
    if _is_service(found):
        return found
    finding = f"{name} in {target.place} is no Service class" if name in vars(module) else _missing(target.place, name)
    near = difflib.get_close_matches(name, _all_services(module), 1)
    if near and name not in vars(module):
        msg = f"{finding}; did you mean {target.place}:{near[0]}?"
        raise Mistake(msg)
    msg = f"{finding}; {_instead(target.place, module)}"
    raise Mistake(msg)


def _missing(place: str, name: str) -> str:
    return f"{place} has no class {name}" if name else f"no class stands behind the colon of {place}:"


def _instead(place: str, module: ModuleType) -> str:
    """What to write: one of the services that are there, or a service."""
    there = [f"{place}:{name}" for name in _all_services(module)]
    return f"write {' or '.join(there) or 'the module or file that has one, or class Name(gattschema.Service, uuid=…)'}"


def _all_services(module: ModuleType) -> dict[str, type[Service]]:
    """The services among a module's names, imported ones included, in the order in which they came in."""
    return {name: thing for name, thing in vars(module).items() if _is_service(thing)}


def _is_service(thing: Any) -> TypeGuard[type[Service]]:
    return isinstance(thing, type) and issubclass(thing, Service) and thing is not Service


def _plan(service: type[Service]) -> ServicePlan:
    try:
        return plan(service)
    except SchemaError as error:
        raise Unusable(error.report) from error
