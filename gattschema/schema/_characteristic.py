"""The flavours: ``Read[UInt8]`` is the annotation, the descriptor on the class and the type that checkers see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, overload
from uuid import UUID

from gattschema.schema._att import Request
from gattschema.schema._bound import BoundCharacteristic, bound
from gattschema.schema._handlers import AddedHandler, add
from gattschema.schema._plan import CharacteristicPlan
from gattschema.schema._properties import Property
from gattschema.values import Codec

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")
A = TypeVar("A", bool, Awaitable[bool])

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
        return add(AddedHandler(self.owner, self.plan.name, "on_read", handler))

    @overload
    def on_write(self, handler: Callable[[S, T], R]) -> Callable[[S, T], R]: ...
    @overload
    def on_write(self, handler: Callable[[S, T, Request], R]) -> Callable[[S, T, Request], R]: ...
    def on_write(self, handler: Any) -> Any:
        """Hand each decoded write to the function, which may be ``async`` and may take a :class:`Request`, too.

        When it returns, the value is stored; if it raises :class:`AttError`, the phone gets that error and the
        field keeps its value. What the handler itself assigns to the field stays. Writes to one field are taken one
        after the other, in the order of their arrival.

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
        return add(AddedHandler(self.owner, self.plan.name, "on_write", handler))

    def on_authorize(self, handler: Callable[[S, Request], A]) -> Callable[[S, Request], A]:
        """Ask the function before each read and write, even before a long write is taken in; it may be ``async``.

        Only ``True`` lets the phone in; ``False`` answers it with ATT error 0x08, Insufficient Authorization; an
        :class:`AttError` that it raises answers with that.

        >>> @setpoint.on_authorize
        ... def _may(self, request: Request) -> bool:
        ...     return request.device in self.owners or request.operation == "read"
        """
        return add(AddedHandler(self.owner, self.plan.name, "on_authorize", handler))

    def on_subscription(self, handler: Callable[[S, int], R]) -> Callable[[S, int], R]:
        """Tell the function the number of subscribed phones whenever it changes; it may be ``async``.

        On the bus BlueZ tells of the last phone that leaves, but not of those before: until then the number is the
        highest that it can be, and never more than there are phones connected.

        >>> @heart_rate_measurement.on_subscription
        ... def _listened_to(self, subscribers: int) -> None:
        ...     self.sensor.power(subscribers > 0)
        """
        return add(AddedHandler(self.owner, self.plan.name, "on_subscription", handler))

    def of(self, service: object) -> BoundCharacteristic[T]:
        """Give the characteristic of one service: who subscribed, its handle, whether an indication has arrived.

        >>> room.alarm = 3
        >>> arrived = await Thermostat.alarm.of(room).confirmed()
        """
        return bound(service, self.plan)


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


class SignedWrite(Characteristic[T]):
    """Phones with a bond write it without response, signed instead of encrypted (Vol 3, Part C, 10.4)."""

    properties = Property.AUTHENTICATED_SIGNED_WRITES


class ReliableWrite(Write[T]):
    """Phones write it, also together with others: prepared, then all at once (Vol 3, Part G, 4.9.5)."""

    properties = Property.WRITE | Property.RELIABLE_WRITE


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
