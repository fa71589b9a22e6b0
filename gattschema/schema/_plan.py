"""The plan: what a class statement compiles to, and what all the rest is written from."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Literal, TypeAlias
from uuid import UUID

import attrs

from gattschema.schema._properties import EXTENDED, PUSHES, WRITES, Property, Security
from gattschema.schema._uuids import UuidLike
from gattschema.values import Codec, Kind
from gattschema.values._union import Union

Policy: TypeAlias = Literal["latest", "every"]
Transport: TypeAlias = Literal["bus", "socket"]

DEFAULT_MTU = 23
"""The ATT_MTU that every phone has (Core Specification, Vol 3, Part F, 3.2.8)."""
_HEADER = 3
"""Opcode and handle in front of a notified value."""


class Origin(enum.Enum):
    """Where a UUID comes from."""

    EXPLICIT = "given"
    SIG = "assigned by the SIG"
    DERIVED = "derived from the name"


@attrs.frozen
class Handler:
    """A function of the class that answers reads or takes writes."""

    function: Callable[..., Any]
    takes_request: bool
    is_async: bool


@attrs.frozen
class Delivery:
    """What happens to the values that are assigned to a field, on their way to those who subscribed."""

    policy: Policy = "latest"
    """What becomes of values that come faster than they leave: the newest is kept, or all in order."""
    min_interval: float = 0.0
    """Seconds between two that leave."""
    min_change: Any = None
    """What differs by less from the one that left last stays; ``None``: every value leaves."""
    transport: Transport = "bus"
    """Signals on the bus, or sockets (``AcquireNotify``, ``AcquireWrite``)."""


def _derived(of: Callable[[Any], Any]) -> Any:
    """An attribute that follows from the others; it is asked for at every request, so that it is computed once."""
    return attrs.field(init=False, eq=False, repr=False, default=attrs.Factory(of, takes_self=True))


@attrs.frozen(kw_only=True)
class FieldPlan:
    """What characteristics and descriptors with a value of their own have in common."""

    name: str
    uuid: UUID
    origin: Origin
    properties: Property
    security: Security
    codec: Codec[Any]
    default: Any
    """The first value; ``attrs.NOTHING`` if there is none."""
    init: bool
    """Whether the constructor takes the value."""
    required: bool
    """Whether the constructor asks for the value."""
    optional: bool
    """Whether the field says ``default=ABSENT``, so that an instance can be without it."""
    on_read: Handler | None
    on_write: Handler | None
    on_authorize: Handler | None
    timeout: float
    """Seconds that an ``async`` handler may take."""
    index: int
    """Its place among the fields of the class, whichever of them an instance leaves out."""

    readable: bool = _derived(lambda self: Property.READ in self.properties)
    """Whether phones can read it."""
    writable: bool = _derived(lambda self: bool(self.properties & WRITES))
    """Whether phones can write it."""
    pushes: bool = _derived(lambda self: bool(self.properties & PUSHES))
    """Whether phones can subscribe to it."""
    is_control_point: bool = _derived(lambda self: bool(self.on_write and self.pushes and not self.readable))
    """Whether phones write requests and hear answers, but cannot read: a request is not its value.

    What the handler assigns is the answer; the request is not stored and not pushed.
    """

    @property
    def absent(self) -> bool:
        """Whether an instance is without it unless it is given: it is optional and has no handler."""
        return self.optional and self.on_read is None and self.on_write is None

    @property
    def kind(self) -> Kind:
        """What the octets mean, apart from unknown operations, which only phones send and which are of any length."""
        kind = self.codec.kind
        return attrs.evolve(kind, fallback=None) if isinstance(kind, Union) and kind.fallback else kind

    @property
    def type_name(self) -> str:
        """The type of the value: ``uint16``, ``Schedule``."""
        return self.codec.kind.label


@attrs.frozen
class Descriptor:
    """A descriptor whose value never changes, for ``characteristic(descriptors=…)``.

    >>> Descriptor("7e2a0100-5f4c-4b8e-9a52-0d1c3e9f1a10", b"lot 7")
    """

    uuid: UuidLike
    octets: bytes
    name: str = ""
    """For people; the SIG's descriptors have one."""


@attrs.frozen
class DescriptorPlan:
    """A descriptor: its value never changes, or is that of a field, or follows from handles."""

    name: str
    uuid: UUID
    octets: bytes = b""
    """The value that never changes."""
    meaning: str = attrs.field(default="", eq=False)
    """What the octets say, for people."""
    field: FieldPlan | None = None
    """The field of the class that has its value."""
    aggregates: tuple[int, ...] = ()
    """The places of the descriptors whose handles are its value (Aggregate Format, 0x2905)."""


@attrs.frozen(kw_only=True)
class CharacteristicPlan(FieldPlan):
    """One characteristic, with all that its field says and all that follows from it."""

    description: str
    descriptors: tuple[DescriptorPlan, ...]
    delivery: Delivery
    on_subscription: Handler | None

    @property
    def is_extended(self) -> bool:
        """Whether phones read more of its properties in the Extended Properties descriptor (0x2900)."""
        return bool(self.properties & EXTENDED)

    @property
    def mtu(self) -> int:
        """The ATT_MTU that a phone needs to hear the longest value whole; 23 is what every phone has.

        A notification or indication carries MTU - 3 octets and the rest is cut off without a word (Core Specification,
        Vol 3, Part F, 3.4.7); reads and writes are of any length.
        """
        return max(DEFAULT_MTU, self.kind.most + _HEADER) if self.pushes else DEFAULT_MTU


@attrs.frozen
class ServicePlan:
    """One service: its UUID, its place among the others, its characteristics in the order of their handles."""

    name: str
    uuid: UUID
    origin: Origin
    primary: bool
    includes: tuple[ServicePlan, ...]
    description: str
    handle: int | None
    """Where its handles begin; 0: BlueZ chooses and tells; ``None``: BlueZ chooses."""
    characteristics: tuple[CharacteristicPlan, ...]

    @property
    def fields(self) -> tuple[FieldPlan, ...]:
        """The characteristics and the descriptors with a value of their own, in the order of declaration."""
        own = [one.field for field in self.characteristics for one in field.descriptors if one.field]
        return tuple(sorted((*self.characteristics, *own), key=lambda field: field.index))

    def __str__(self) -> str:
        """Draw the tree that a phone sees."""
        from gattschema.schema._tree import tree  # noqa: PLC0415  (the tree is written from the plan, not the other way)

        return tree(self)
