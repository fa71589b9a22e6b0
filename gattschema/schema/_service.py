"""``Service``: the base of all declarations, and what its instances hold."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs
from typing_extensions import dataclass_transform

from gattschema.schema._characteristic import characteristic
from gattschema.schema._compile import Declaration, compile_service, declare
from gattschema.schema._plan import ServicePlan
from gattschema.schema._uuids import UuidLike
from gattschema.values._hints import caller_of


class Push(Protocol):
    """What a setter hands new octets to, from any thread."""

    def __call__(self, octets: bytes, /) -> None:
        """Send the octets to those who subscribed."""

    async def drain(self) -> None:
        """Wait until there is room for more."""


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(characteristic,))
class Service:
    """The base class of GATT services: annotated fields are characteristics.

    Class keywords:
        uuid: 16, 32 or 128 bits in any usual spelling; otherwise the base class's, the SIG's number by the class's name
            (``HeartRate`` or ``HeartRateService``), or derived from *namespace* and the name.
        primary: ``False`` makes it a secondary service, found through those that include it.
        includes: service classes that it refers to (Core Specification, Vol 3, Part G, 3.2).
        namespace: a domain name of yours; services without a number derive their UUIDs from it.

    Raises:
        SchemaError: at the class statement, with every fault of the class.
    """

    __slots__ = ("__dict__", "__weakref__", "_gatt_pushes", "_gatt_values")

    _gatt_values: list[Any]
    _gatt_pushes: list[Push | None]

    def __init_subclass__(
        cls,
        *,
        uuid: UuidLike | None = None,
        primary: bool = True,
        includes: Sequence[type[Service]] = (),
        namespace: str | None = None,
    ) -> None:
        super().__init_subclass__()
        declare(cls, Declaration(uuid=uuid, primary=primary, includes=includes, namespace=namespace), caller_of(1))

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Make room for the values before any ``__init__`` of the class assigns one."""
        self = super().__new__(cls)
        count = len(plan(cls).characteristics)
        self._gatt_values = [attrs.NOTHING] * count
        self._gatt_pushes = [None] * count
        return self

    if not TYPE_CHECKING:  # checkers synthesize a precise one from dataclass_transform

        def __init__(self, **values: Any) -> None:
            """Assign the first values: one keyword per field."""
            _check_keywords(plan(self), values)
            for name, value in {**_defaults(self), **values}.items():
                setattr(self, name, value)

    def __repr__(self) -> str:
        known = zip(plan(self).characteristics, self._gatt_values, strict=True)
        values = ", ".join(f"{field.name}={value!r}" for field, value in known if value is not attrs.NOTHING)
        return f"{type(self).__name__}({values})"


def plan(service: type[Service] | Service) -> ServicePlan:
    """Give the plan that a service class, or an instance of one, compiled to.

    Raises:
        SchemaError: the class named types that were not defined yet, and they still are not, or they have faults.
        TypeError: it is no service.
    """
    cls: Any = service if isinstance(service, type) else type(service)
    if not issubclass(cls, Service) or cls is Service:
        msg = f"{service!r} is no subclass of gattschema.Service"
        raise TypeError(msg)
    return cls.__dict__.get("__gatt__") or compile_service(cls)


def set_push(service: Service, index: int, push: Push | None) -> None:
    """Say what the setter of the field numbered *index* hands new octets to; ``None`` for nobody."""
    service._gatt_pushes[index] = push  # noqa: SLF001  (the room's own slot)


def pushes(service: Service) -> list[Push]:
    """Give the pushes of all fields that somebody subscribed to."""
    return [push for push in service._gatt_pushes if push is not None]  # noqa: SLF001  (the room's own slot)


def stored(service: Service, index: int) -> Any:
    """Give the value of the field numbered *index*; ``attrs.NOTHING`` if it has none."""
    return service._gatt_values[index]  # noqa: SLF001  (the room's own slot)


def _defaults(service: Service) -> dict[str, Any]:
    return {field.name: field.default for field in plan(service).characteristics if field.default is not attrs.NOTHING}


def _check_keywords(service: ServicePlan, values: dict[str, Any]) -> None:
    fields = {field.name: field for field in service.characteristics if field.init}
    for unknown in sorted(values.keys() - fields.keys()):
        raise TypeError(f"{service.name}() {_why_not(unknown, service, list(fields))}")
    missing = [f"{key}=" for key, field in fields.items() if key not in values and field.default is attrs.NOTHING]
    if missing:
        raise TypeError(f"{service.name}() needs {', '.join(missing)}")


def _why_not(unknown: str, service: ServicePlan, taken: list[str]) -> str:
    if any(field.name == unknown for field in service.characteristics):
        return f"does not take {unknown}, which says init=False: assign it afterwards"
    close = difflib.get_close_matches(unknown, taken, 1)
    return f"has no field {unknown}" + (
        f"; did you mean {close[0]}=?" if close else f"; it takes {', '.join(taken) or 'nothing'}"
    )
