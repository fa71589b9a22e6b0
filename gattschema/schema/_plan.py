"""The plan: what a class statement compiles to, and what all the rest is written from."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Literal, TypeAlias
from uuid import UUID

import attrs

from gattschema.schema._properties import PUSHES, Property, Security
from gattschema.schema._uuids import UuidLike
from gattschema.values import Codec, Kind
from gattschema.values._union import Union

Policy: TypeAlias = Literal["latest", "every"]

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
    """A descriptor whose value never changes."""

    name: str
    uuid: UUID
    octets: bytes
    meaning: str = attrs.field(default="", eq=False)
    """What the octets say, for people."""


@attrs.frozen
class CharacteristicPlan:
    """One characteristic, with all that its field says and all that follows from it."""

    name: str
    uuid: UUID
    origin: Origin
    properties: Property
    security: Security
    codec: Codec[Any]
    description: str
    descriptors: tuple[DescriptorPlan, ...]
    policy: Policy
    """What happens to assignments that come faster than BlueZ takes them."""
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
    index: int
    """Its place among the fields of the class, whichever of them an instance leaves out."""

    @property
    def absent(self) -> bool:
        """Whether an instance is without it unless it is given: it is optional and has no handler."""
        return self.optional and self.on_read is None and self.on_write is None

    @property
    def pushes(self) -> bool:
        """Whether phones can subscribe to it."""
        return bool(self.properties & PUSHES)

    @property
    def is_control_point(self) -> bool:
        """Whether phones write requests and hear answers, but cannot read: a request is not its value.

        What the handler assigns is the answer; the request is not stored and not pushed.
        """
        return self.on_write is not None and self.pushes and not self.properties & Property.READ

    @property
    def mtu(self) -> int:
        """The ATT_MTU that a phone needs to hear the longest value whole; 23 is what every phone has.

        A notification or indication carries MTU - 3 octets and the rest is cut off without a word (Core Specification,
        Vol 3, Part F, 3.4.7); reads and writes are of any length.
        """
        return max(DEFAULT_MTU, self.kind.most + _HEADER) if self.pushes else DEFAULT_MTU

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
class ServicePlan:
    """One service: its UUID, its place among the others, its characteristics in the order of their handles."""

    name: str
    uuid: UUID
    origin: Origin
    primary: bool
    includes: tuple[ServicePlan, ...]
    description: str
    characteristics: tuple[CharacteristicPlan, ...]

    def __str__(self) -> str:
        """Draw the tree that a phone sees."""
        from gattschema.schema._tree import tree  # noqa: PLC0415  (the tree is written from the plan, not the other way)

        return tree(self)
