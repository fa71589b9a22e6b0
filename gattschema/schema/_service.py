"""``Service``: the base of all declarations, and what its instances hold."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Self

import attrs
from typing_extensions import dataclass_transform

from gattschema.schema._batch import batch
from gattschema.schema._compile import Declaration, compile_service, declare
from gattschema.schema._link import Link, Push, set_push, stored
from gattschema.schema._options import characteristic, descriptor
from gattschema.schema._plan import CharacteristicPlan, FieldPlan, ServicePlan
from gattschema.schema._presence import ABSENT, LeftOut, is_mark
from gattschema.schema._uuids import UuidLike
from gattschema.values import REFUSALS
from gattschema.values._hints import caller_of


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(characteristic, descriptor))
class Service:
    """The base class of GATT services: annotated fields are characteristics.

    Class keywords:
        uuid: 16, 32 or 128 bits in any usual spelling; otherwise the base class's, the SIG's number by the class's name
            (``HeartRate`` or ``HeartRateService``), or derived from *namespace* and the name.
        primary: ``False`` makes it a secondary service, found through those that include it.
        includes: service classes that it refers to (Core Specification, Vol 3, Part G, 3.2).
        namespace: a domain name of yours; services without a number derive their UUIDs from it.
        handle: where its handles begin, the same in every run, so that phones may remember them; the range must be
            free. 0: BlueZ chooses, and ``Thermostat.alarm.of(room).handle`` tells.

    Raises:
        SchemaError: at the class statement, with every fault of the class.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_gatt_assigned",
        "_gatt_links",
        "_gatt_plan",
        "_gatt_pushes",
        "_gatt_values",
    )

    _gatt_plan: ServicePlan
    _gatt_values: list[Any]
    _gatt_pushes: list[Push | None]
    _gatt_links: dict[int, Link]
    _gatt_assigned: set[int]

    def __init_subclass__(
        cls,
        *,
        uuid: UuidLike | None = None,
        primary: bool = True,
        includes: Sequence[type[Service]] = (),
        namespace: str | None = None,
        handle: int | None = None,
    ) -> None:
        super().__init_subclass__()
        said = Declaration(uuid=uuid, primary=primary, includes=includes, namespace=namespace, handle=handle)
        declare(cls, said, caller_of(1))

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Make room for the values before any ``__init__`` of the class assigns one."""
        self = super().__new__(cls)
        self._gatt_plan = plan(cls)
        count = len(self._gatt_plan.fields)
        self._gatt_values = [attrs.NOTHING] * count
        self._gatt_pushes = [None] * count
        self._gatt_links = {}
        self._gatt_assigned = set()
        return self

    def batch(self) -> AbstractContextManager[None]:
        """Let several assignments leave together when the block ends; an exception in it takes all of them back.

        >>> with room.batch():
        ...     room.temperature = 21.5
        ...     room.humidity = 40.0

        Of several values of one field the newest leaves, unless its policy is "every". A batch within it is part of it;
        what phones, other tasks and threads assign meanwhile is not.
        """
        return batch(self)

    def __init__(self, *unnamed: Any, **values: Any) -> None:
        """Assign the first values: one keyword per field; checkers know which from ``dataclass_transform``."""
        whole = plan(type(self))
        if unnamed:
            raise _needs_keywords(whole, unnamed[0])
        _check_keywords(whole, values)
        if any(field.optional for field in whole.characteristics):
            _settle(self, whole, values)
        for name, value in {**_defaults(self), **values}.items():
            if not is_mark(value):
                setattr(self, name, value)

    def __repr__(self) -> str:
        known = [(field.name, self._gatt_values[field.index]) for field in plan(self).fields]
        values = ", ".join(f"{name}={value!r}" for name, value in known if value is not attrs.NOTHING)
        return f"{type(self).__name__}({values})"


def plan(service: type[Service] | Service) -> ServicePlan:
    """Give the plan that a service class compiled to; that of an instance is without the fields that it leaves out.

    Raises:
        SchemaError: the class named types that were not defined yet, and they still are not, or they have faults.
        TypeError: it is no service.
    """
    if isinstance(service, Service) and type(service) is not Service:
        return service._gatt_plan  # noqa: SLF001  (the room's own slot)
    cls: Any = service
    if not isinstance(cls, type) or not issubclass(cls, Service) or cls is Service:
        msg = f"{service!r} is no subclass of gattschema.Service"
        raise TypeError(msg)
    return cls.__dict__.get("__gatt__") or compile_service(cls)


def _settle(service: Service, whole: ServicePlan, given: dict[str, Any]) -> None:
    """Settle which of the class's fields an instance has: of those nothing is optional any more."""
    kept: list[CharacteristicPlan] = []
    for field in whole.characteristics:
        if _is_left_out(service, field, given):
            own = [one.field for one in field.descriptors if one.field]
            for left_out in (field, *own):
                set_push(service, left_out.index, LeftOut(f"{whole.name}.{field.name}"))
        else:
            kept.append(attrs.evolve(field, optional=False))
    service._gatt_plan = attrs.evolve(whole, characteristics=tuple(kept))  # noqa: SLF001  (the room's own slot)


def _is_left_out(service: Service, field: FieldPlan, given: dict[str, Any]) -> bool:
    value = given.get(field.name, attrs.NOTHING)
    unset = value is attrs.NOTHING and stored(service, field.index) is attrs.NOTHING
    return value is ABSENT or (field.absent and unset)


def _defaults(service: Service) -> dict[str, Any]:
    return {field.name: field.default for field in plan(service).fields if field.default is not attrs.NOTHING}


def _check_keywords(service: ServicePlan, values: dict[str, Any]) -> None:
    fields = {field.name: field for field in service.fields if field.init}
    for unknown in sorted(values.keys() - fields.keys()):
        raise TypeError(f"{service.name}() {_why_not(unknown, service, list(fields))}")
    missing = [f"{key}=" for key, field in fields.items() if key not in values and field.required]
    if missing:
        raise TypeError(f"{service.name}() needs {', '.join(missing)}{_first_values(fields, values)}")
    optional = {field.name for field in service.characteristics if field.optional}
    for key in [key for key, value in values.items() if value is ABSENT and key not in optional]:
        raise TypeError(f"{service.name}() cannot be without {key}, which does not say default=ABSENT")


def _first_values(fields: Mapping[str, FieldPlan], values: Mapping[str, Any]) -> str:
    """What is only written has no first value; the declaration has to say so."""
    written = [key for key, one in fields.items() if one.required and key not in values and not one.readable]
    commands = [key for key in written if not fields[key].pushes]
    return f"; {commands[0]} is only written: characteristic(init=False) asks for no first value" if commands else ""


def _needs_keywords(service: ServicePlan, value: Any) -> TypeError:
    """Say which keywords the value may be meant for: those of fields that need one, else of those that take it."""
    fields = [field for field in service.fields if field.init]
    meant = [field for field in fields if field.required] or [field for field in fields if _takes(field, value)]
    keywords = ", ".join(f"{field.name}=…" for field in meant or fields)
    takes = f"keywords only, not {value!r:.60}: {keywords}" if fields else f"no values, got {value!r:.60}"
    return TypeError(f"{service.name}() takes {takes}")


def _takes(field: FieldPlan, value: Any) -> bool:
    try:
        field.codec.pack(value)
    except REFUSALS:
        return False
    return True


def _why_not(unknown: str, service: ServicePlan, taken: list[str]) -> str:
    if any(field.name == unknown for field in service.fields):
        return f"does not take {unknown}, which says init=False: assign it afterwards"
    close = difflib.get_close_matches(unknown, taken, 1)
    return f"has no field {unknown}" + (
        f"; did you mean {close[0]}=?" if close else f"; it takes {', '.join(taken) or 'nothing'}"
    )
