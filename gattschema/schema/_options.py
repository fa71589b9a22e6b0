"""What ``characteristic(…)`` and ``descriptor(…)`` say of a field, and the handlers that the class body adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, TypeVar, overload

import attrs
from typing_extensions import Unpack

from gattschema.schema._characteristic import (
    Broadcast,
    Characteristic,
    ReadWrite,
    ReadWriteIndicate,
    ReadWriteNotify,
    ReliableWrite,
    SignedWrite,
    WriteWithoutResponse,
)
from gattschema.schema._handlers import AddedHandler, add, refuse_second
from gattschema.schema._plan import Policy, Transport
from gattschema.schema._properties import SecurityOption
from gattschema.schema._uuids import UuidLike

T = TypeVar("T")

Presentation: TypeAlias = bool | Literal["aggregate"] | None

TIMEOUT = 4.5
"""Seconds: a little less than bluetoothd waits before it answers itself."""


@attrs.define
class Options:
    """What is said of a field of either sort."""

    default: Any = attrs.field(factory=lambda: attrs.NOTHING)
    init: bool = True
    uuid: UuidLike | None = None
    security: SecurityOption = "open"
    timeout: float = TIMEOUT
    handlers: dict[str, Callable[..., Any]] = attrs.field(factory=dict[str, Callable[..., Any]], kw_only=True)
    """By the names of their decorators."""
    place: tuple[type, str] | None = attrs.field(default=None, kw_only=True)
    """The class and the field that it belongs to, as soon as the class statement is over."""

    def on_read(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the function that answers reads."""
        return self._keep("on_read", handler)

    def on_write(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the function that takes writes."""
        return self._keep("on_write", handler)

    def on_authorize(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the function that is asked whether a phone may."""
        return self._keep("on_authorize", handler)

    def on_subscription(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the function that learns how many phones have subscribed."""
        return self._keep("on_subscription", handler)

    def _keep(self, decorator: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        if self.place:
            return add(AddedHandler(*self.place, decorator, handler), depth=3)
        refuse_second(decorator, self.handlers.get(decorator), handler)
        self.handlers[decorator] = handler
        return handler


@attrs.define
class CharacteristicOptions(Options):
    """What is said of a characteristic."""

    description: str = ""
    policy: Policy | None = None
    min_interval: float | None = None
    min_change: Any = None
    transport: Transport | None = None
    presentation: Presentation = None
    valid_range: bool | None = None
    instance: str = ""
    descriptors: Iterable[Any] = ()


@attrs.define
class DescriptorOptions(Options):
    """What is said of a descriptor with a value of its own."""

    of: Any = attrs.field(kw_only=True)


if TYPE_CHECKING:

    class _Declared(
        ReadWriteNotify[T],
        ReadWriteIndicate[T],
        WriteWithoutResponse[T],
        SignedWrite[T],
        ReliableWrite[T],
        Broadcast[T],
    ):
        """The bottom of the lattice: assignable to a field of every flavour."""

    class _DeclaredDescriptor(ReadWrite[T]):
        """Assignable to ``Read``, ``Write`` and ``ReadWrite``, the flavours of descriptors."""


class _FieldWords(TypedDict, total=False):
    uuid: UuidLike | None
    security: SecurityOption
    timeout: float


class _CharacteristicWords(_FieldWords, total=False):
    description: str
    policy: Policy | None
    min_interval: float | None
    min_change: Any
    transport: Transport | None
    presentation: Presentation
    valid_range: bool | None
    instance: str
    descriptors: Iterable[Any]


@overload
def characteristic(*, default: T, **options: Unpack[_CharacteristicWords]) -> _Declared[T]: ...
@overload
def characteristic(*, init: Literal[False], **options: Unpack[_CharacteristicWords]) -> Any: ...
@overload
def characteristic(**options: Unpack[_CharacteristicWords]) -> Any: ...
def characteristic(  # noqa: PLR0913  (one keyword for each thing that the annotation can't say)
    *,
    default: Any = attrs.NOTHING,
    init: bool = True,
    uuid: UuidLike | None = None,
    security: SecurityOption = "open",
    timeout: float = TIMEOUT,
    description: str = "",
    policy: Policy | None = None,
    min_interval: float | None = None,
    min_change: Any = None,
    transport: Transport | None = None,
    presentation: Presentation = None,
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
        security: ``"open"``, ``"encrypted"``, ``"authenticated"`` or ``"secure"``, for all operations or for some of
            read, write, notify and indicate: ``{"write": "encrypted"}``. BlueZ protects subscriptions from 5.62 on;
            ``"fallback": "open"`` in the mapping lets older ones leave them open, otherwise they are an error there.
        timeout: seconds that an ``async`` handler may take, 5 at most, since BlueZ then answers for it; it is
            cancelled and the phone gets ATT error 0x0E. What takes longer is a task of the program's.
        description: a sentence for people; phones read it as the User Description descriptor (0x2901).
        policy: ``"latest"`` (the default) keeps the newest value while BlueZ takes no more; ``"every"`` keeps all in
            order, up to 1024, then refuses with ``QueueFull`` until ``await drain(service)`` has made room.
        min_interval: seconds between two notifications; what is assigned in between follows by the policy.
        min_change: what differs by less from the value notified last is stored, but not notified; in the value's unit.
        transport: ``"socket"`` hands notifications to BlueZ by a socket for each phone (``AcquireNotify``), several
            times faster than the bus, and takes writes without response by one (``AcquireWrite``). What a phone writes
            in a burst before BlueZ has made its socket, BlueZ up to 5.87 may overwrite with what comes behind it.
        presentation: whether phones can read the Presentation Format (0x2904): type, power of ten and unit. Otherwise
            they can if the type is a number with a unit or a scale, and the scale a power of ten. ``"aggregate"``: one
            for each member of a struct of numbers, and the Aggregate Format (0x2905) that names them in order.
        valid_range: whether phones can read the Valid Range (0x2906); otherwise they can if the type has a ``Range``.
        instance: which of several it is, in a word of the SIG's namespace (``"main"``, ``"inside"``, ``"second"``);
            it stands in the Presentation Format.
        descriptors: further ones whose value never changes: values of the descriptor types in :mod:`gattschema.sig`
            (``ReportReference(…)``) or ``Descriptor(uuid, octets)``.
    """
    return CharacteristicOptions(
        default,
        init,
        uuid,
        security,
        timeout,
        description,
        policy,
        min_interval,
        min_change,
        transport,
        presentation,
        valid_range,
        instance,
        descriptors,
    )


Owner: TypeAlias = "Characteristic[Any] | str"


@overload
def descriptor(*, of: Owner, default: T, **options: Unpack[_FieldWords]) -> _DeclaredDescriptor[T]: ...
@overload
def descriptor(*, of: Owner, init: Literal[False], **options: Unpack[_FieldWords]) -> Any: ...
@overload
def descriptor(*, of: Owner, **options: Unpack[_FieldWords]) -> Any: ...
def descriptor(  # noqa: PLR0913  (one keyword for each thing that the annotation can't say)
    *,
    of: Any,
    default: Any = attrs.NOTHING,
    init: bool = True,
    uuid: UuidLike | None = None,
    security: SecurityOption = "open",
    timeout: float = TIMEOUT,
) -> Any:
    """Make a field a descriptor of a characteristic: it has a type, a value, handlers and security like any field.

    >>> class Thermostat(Service, uuid="7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10"):
    ...     temperature: ReadNotify[Celsius] = characteristic(default=20.0)
    ...     calibration: ReadWrite[Celsius] = descriptor(of=temperature, default=0.0, security={"write": "encrypted"})

    Its flavour is ``Read``, ``Write`` or ``ReadWrite``.

    Args:
        of: the characteristic that it belongs to; in quotes where that is no name yet, since its field is declared
            without ``characteristic(…)``.
        default: the first value, which makes the field optional in the constructor.
        init: ``False`` keeps the field out of the constructor.
        uuid: 16, 32 or 128 bits; otherwise the SIG's number by the field's name (``characteristic_user_description``
            is 0x2901), or derived.
        security: as for :func:`characteristic`, for read and write.
        timeout: seconds that an ``async`` handler may take.
    """
    return DescriptorOptions(default, init, uuid, security, timeout, of=of)
