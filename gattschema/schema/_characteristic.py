"""The flavours: ``Read[UInt8]`` is the annotation, the descriptor on the class and the type that checkers see."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar, overload
from uuid import UUID

import attrs

from gattschema.schema._att import Request
from gattschema.schema._plan import CharacteristicPlan, Policy
from gattschema.schema._properties import Property, SecurityOption
from gattschema.schema._uuids import UuidLike
from gattschema.values import Codec, Fault

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")

if TYPE_CHECKING:

    class _Accessors:
        """What checkers see: the descriptor's methods are below."""

else:
    _Accessors = property


class Characteristic(_Accessors, Generic[T]):
    """A GATT characteristic: ``HeartRate.rate`` is this object, ``heart_rate.rate`` is its value.

    At run time it is a :class:`property` whose two functions the compiler has written for just this field.
    """

    properties: ClassVar[Property] = Property(0)
    """What the flavour lets phones do; a field may add more, ``plan.properties`` has them all."""
    plan: CharacteristicPlan
    """What the field compiled to."""
    owner: type
    """The service class whose field it is."""

    @property
    def uuid(self) -> UUID:
        """The characteristic's UUID."""
        return self.plan.uuid

    @property
    def codec(self) -> Codec[T]:
        """How values become octets and come back."""
        return self.plan.codec

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.plan.name} {self.plan.uuid}>"

    if TYPE_CHECKING:

        @overload
        def __get__(self, service: None, owner: type) -> Self: ...
        @overload
        def __get__(self, service: object, owner: type) -> T: ...
        def __get__(self, service: object | None, owner: type) -> Self | T: ...

        def __set__(self, service: object, value: T) -> None: ...

        # mypy shows the first of the overloads where none fits, pyright the last: both are of ordinary functions.
        @overload
        def on_read(self, handler: Callable[[S], T]) -> Callable[[S], T]: ...
        @overload
        def on_read(self, handler: Callable[[S], Awaitable[T]]) -> Callable[[S], Awaitable[T]]: ...
        @overload
        def on_read(self, handler: Callable[[S, Request], Awaitable[T]]) -> Callable[[S, Request], Awaitable[T]]: ...
        @overload
        def on_read(self, handler: Callable[[S, Request], T]) -> Callable[[S, Request], T]: ...
        def on_read(self, handler: Any) -> Any:
            """Answer reads with the function's result; it may be ``async`` and may take a :class:`Request`.

            >>> uptime: Read[UInt32] = characteristic(init=False)
            >>> @uptime.on_read
            ... def _uptime(self) -> int:
            ...     return int(time.monotonic())

            In the body of a subclass it is written with the name of the class: ``@Thermostat.uptime.on_read``.
            """

        @overload
        def on_write(self, handler: Callable[[S, T], R]) -> Callable[[S, T], R]: ...
        @overload
        def on_write(self, handler: Callable[[S, T, Request], R]) -> Callable[[S, T, Request], R]: ...
        def on_write(self, handler: Any) -> Any:
            """Hand each decoded write to the function, which may be ``async`` and may take a :class:`Request`, too.

            When it returns, the value is stored; if it raises :class:`AttError`, the phone gets that error and the
            field keeps its value.

            >>> @setpoint.on_write
            ... async def _setpoint(self, value: float) -> None:
            ...     if self.locked:
            ...         raise AttError(0x81, "locked by the owner")

            A control point, which phones write and subscribe to but cannot read, answers by assigning to itself: that
            is what is indicated, and the request is not stored. In the body of a subclass the name of the class stands
            in front of the field's.

            >>> class Trainer(FitnessMachine):
            ...     @FitnessMachine.fitness_machine_control_point.on_write
            ...     def _asked(self, operation: control.FitnessMachineControlPoint) -> None:
            ...         known = isinstance(operation, control.RequestControl | control.Reset)
            ...         result = control.Result.SUCCESS if known else control.Result.OPCODE_NOT_SUPPORTED
            ...         request = control.Opcode(opcode_of(operation))
            ...         self.fitness_machine_control_point = control.Response(request=request, result=result)
            """

    else:

        def on_read(self, handler: Callable[..., Any]) -> Callable[..., Any]:
            """Answer reads with the function's result: ``@Thermostat.uptime.on_read`` in the body of a subclass.

            It may be ``async`` and may take a :class:`Request`.
            """
            return _add(AddedHandler(self.owner, self.plan.name, "reader", handler))

        def on_write(self, handler: Callable[..., Any]) -> Callable[..., Any]:
            """Hand each decoded write to the function: ``@Thermostat.setpoint.on_write`` in the body of a subclass.

            It may be ``async`` and may take a :class:`Request`. When it returns, the value is stored; if it raises
            :class:`AttError`, the phone gets that error and the field keeps its value. A control point, which phones
            write and subscribe to but cannot read, answers by assigning to itself: that is what is indicated. The
            request is not stored.

            >>> class Trainer(FitnessMachine):
            ...     @FitnessMachine.fitness_machine_control_point.on_write
            ...     def _asked(self, operation: control.FitnessMachineControlPoint) -> None:
            ...         known = isinstance(operation, control.RequestControl | control.Reset)
            ...         result = control.Result.SUCCESS if known else control.Result.OPCODE_NOT_SUPPORTED
            ...         request = control.Opcode(opcode_of(operation))
            ...         self.fitness_machine_control_point = control.Response(request=request, result=result)
            """
            return _add(AddedHandler(self.owner, self.plan.name, "writer", handler))


Option: TypeAlias = Literal["reader", "writer"]

_DECORATORS: dict[Option, str] = {"reader": "on_read", "writer": "on_write"}

ADDED = "__gatt_added__"
"""Where a class body under way keeps the handlers that it adds to fields of its bases."""


@attrs.frozen
class AddedHandler:
    """``@HeartRate.heart_rate_control_point.on_write`` in the body of a subclass."""

    owner: type
    field: str
    option: Option
    function: Callable[..., Any]

    @property
    def decorator(self) -> str:
        """How it is written."""
        return f"{self.owner.__name__}.{self.field}.{_DECORATORS[self.option]}"


def _add(added: AddedHandler) -> Callable[..., Any]:
    """Keep a handler in the class body that the decorator stands in."""
    body = sys._getframe(2).f_locals  # noqa: SLF001  (the one way to see the class body)
    if "__qualname__" not in body:
        raise Fault(
            f"@{added.decorator} stands outside of a class",
            allowed=f"handlers in the body of {added.owner.__name__} or of a subclass of it",
            instead=f"class Mine({added.owner.__name__}): with the handler in it",
        )
    body.setdefault(ADDED, []).append(added)
    return added.function


class Read(Characteristic[T]):
    """Phones read it."""

    properties = Property.READ


class Write(Characteristic[T]):
    """Phones write it and get an answer, which may be an error."""

    properties = Property.WRITE


class WriteWithoutResponse(Characteristic[T]):
    """Phones write it and get no answer."""

    properties = Property.WRITE_WITHOUT_RESPONSE


class Notify(Characteristic[T]):
    """Phones subscribe and hear every change."""

    properties = Property.NOTIFY


class Indicate(Characteristic[T]):
    """Phones subscribe, hear every change and confirm it."""

    properties = Property.INDICATE


class Broadcast(Characteristic[T]):
    """The value may be broadcast in advertisements."""

    properties = Property.BROADCAST


class ReadWrite(Read[T], Write[T]):
    """Phones read and write it."""

    properties = Property.READ | Property.WRITE


class ReadNotify(Read[T], Notify[T]):
    """Phones read it and hear every change."""

    properties = Property.READ | Property.NOTIFY


class ReadIndicate(Read[T], Indicate[T]):
    """Phones read it, hear every change and confirm it."""

    properties = Property.READ | Property.INDICATE


class WriteNotify(Write[T], Notify[T]):
    """Phones write it and hear every change: a control point that answers by notification."""

    properties = Property.WRITE | Property.NOTIFY


class WriteIndicate(Write[T], Indicate[T]):
    """Phones write it, hear every change and confirm it: the SIG's usual control point."""

    properties = Property.WRITE | Property.INDICATE


class ReadWriteNotify(ReadWrite[T], ReadNotify[T], WriteNotify[T]):
    """Phones read and write it and hear every change."""

    properties = Property.READ | Property.WRITE | Property.NOTIFY


class ReadWriteIndicate(ReadWrite[T], ReadIndicate[T], WriteIndicate[T]):
    """Phones read and write it, hear every change and confirm it."""

    properties = Property.READ | Property.WRITE | Property.INDICATE


@attrs.define
class Options:
    """What ``characteristic(…)`` says of a field, and the handlers that the class body adds."""

    default: Any = attrs.field(factory=lambda: attrs.NOTHING)
    init: bool = True
    uuid: UuidLike | None = None
    security: SecurityOption = "open"
    description: str = ""
    policy: Policy | None = None
    presentation: bool | None = None
    valid_range: bool | None = None
    instance: str = ""
    descriptors: Iterable[Any] = ()
    reader: Callable[..., Any] | None = None
    writer: Callable[..., Any] | None = None
    place: tuple[type, str] | None = None
    """The class and the field that it belongs to, as soon as the class statement is over."""

    def on_read(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the function that answers reads."""
        if self.place:
            return _add(AddedHandler(*self.place, "reader", handler))
        refuse_second("on_read", self.reader, handler)
        self.reader = handler
        return handler

    def on_write(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the function that takes writes."""
        if self.place:
            return _add(AddedHandler(*self.place, "writer", handler))
        refuse_second("on_write", self.writer, handler)
        self.writer = handler
        return handler


def refuse_second(decorator: str, first: Callable[..., Any] | None, second: Callable[..., Any]) -> None:
    if first is not None:
        names = [getattr(handler, "__name__", repr(handler)) for handler in (first, second)]
        raise Fault(
            f"{decorator} is given twice: {' and '.join(names)}",
            allowed="one handler for reads and one for writes",
            instead=f"one function that does both, or a field of its own for {names[1]}",
        )


if TYPE_CHECKING:

    class _Declared(ReadWriteNotify[T], ReadWriteIndicate[T], WriteWithoutResponse[T], Broadcast[T]):
        """The bottom of the lattice: assignable to a field of every flavour above."""


@overload
def characteristic(
    *,
    default: T,
    uuid: UuidLike | None = ...,
    security: SecurityOption = ...,
    description: str = ...,
    policy: Policy | None = ...,
    presentation: bool | None = ...,
    valid_range: bool | None = ...,
    instance: str = ...,
    descriptors: Iterable[Any] = ...,
) -> _Declared[T]: ...
@overload
def characteristic(
    *,
    init: Literal[False],
    uuid: UuidLike | None = ...,
    security: SecurityOption = ...,
    description: str = ...,
    policy: Policy | None = ...,
    presentation: bool | None = ...,
    valid_range: bool | None = ...,
    instance: str = ...,
    descriptors: Iterable[Any] = ...,
) -> Any: ...
@overload
def characteristic(
    *,
    uuid: UuidLike | None = ...,
    security: SecurityOption = ...,
    description: str = ...,
    policy: Policy | None = ...,
    presentation: bool | None = ...,
    valid_range: bool | None = ...,
    instance: str = ...,
    descriptors: Iterable[Any] = ...,
) -> Any: ...
def characteristic(  # noqa: PLR0913  (one keyword for each thing that the annotation can't say)
    *,
    default: Any = attrs.NOTHING,
    init: bool = True,
    uuid: UuidLike | None = None,
    security: SecurityOption = "open",
    description: str = "",
    policy: Policy | None = None,
    presentation: bool | None = None,
    valid_range: bool | None = None,
    instance: str = "",
    descriptors: Iterable[Any] = (),
) -> Any:
    """Say of a field what its annotation can't; a field with handlers needs it, to hang them on.

    Args:
        default: the first value, which makes the field optional in the constructor. With ``ABSENT`` the characteristic
            itself is optional: an instance is without it unless the constructor is given a value, or ``PRESENT``
            where there is none yet, or the class has a handler for it. ``default=PRESENT`` starts without a value.
        init: ``False`` keeps the field out of the constructor: it has no value until one is assigned or written. For
            fields that a handler computes, and for control points that are only written.
        uuid: 16, 32 or 128 bits, in any usual spelling; otherwise the SIG's number by the field's name, or derived.
        security: ``"open"``, ``"encrypted"``, ``"authenticated"`` or ``"secure"``, for all operations or for some:
            ``{"write": "encrypted"}``.
        description: a sentence for people; phones read it as the User Description descriptor (0x2901).
        policy: ``"latest"`` (the default) keeps the newest value while BlueZ takes no more; ``"every"`` keeps all in
            order, up to 1024, then refuses with ``QueueFull`` until ``await drain(service)`` has made room.
        presentation: whether phones can read the Presentation Format (0x2904): type, power of ten and unit. Otherwise
            they can if the type is a number with a unit or a scale, and the scale a power of ten.
        valid_range: whether phones can read the Valid Range (0x2906); otherwise they can if the type has a ``Range``.
        instance: which of several it is, in a word of the SIG's namespace (``"main"``, ``"inside"``, ``"second"``);
            it stands in the Presentation Format.
        descriptors: further ones that are only read: values of the descriptor types in :mod:`gattschema.sig`
            (``ReportReference(…)``) or ``Descriptor(uuid, octets)``.
    """
    return Options(default, init, uuid, security, description, policy, presentation, valid_range, instance, descriptors)
