"""``Advertisement``: what a program puts on the air, as an annotated class."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeAlias, TypedDict, TypeVar
from uuid import UUID

from typing_extensions import Unpack

from gattschema.advertising import _convert as convert
from gattschema.advertising._base import Fields
from gattschema.advertising._convert import Channel, Include, ServiceLike
from gattschema.advertising._fields import Attribute, Known, attribute, composed, declared_data, fields, meant
from gattschema.advertising._host import Host
from gattschema.advertising._layout import Layout, predict
from gattschema.advertising._structures import Packet
from gattschema.schema import short_uuid

Key_co = TypeVar("Key_co", covariant=True)
Value_co = TypeVar("Value_co", covariant=True)


class Struct(Protocol):
    """A value of a ``@struct`` class, as far as checkers can tell: one that ``dataclass_transform`` made."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Items(Protocol[Key_co, Value_co]):
    """A mapping for checkers: one whose keys are of one kind serves where several are taken, and one may mix them."""

    def items(self) -> AbstractSet[tuple[Key_co, Value_co]]:
        """Give keys and values."""
        ...


Data: TypeAlias = bytes | bytearray | memoryview | Struct
"""Octets, or a value of a ``@struct`` class."""
ByCompany: TypeAlias = Items[int | str, Data]
"""Data by company: its identifier, or the SIG's name of it."""
ByService: TypeAlias = Items[ServiceLike, Data]
"""Data by service."""


_EMPTY: Mapping[Any, bytes] = MappingProxyType({})


class ScanResponse(Packet):
    """What phones that scan actively ask for, beside the name: 31 octets more (BlueZ 5.80 and later).

    Args:
        services: classes, UUIDs or the SIG's names.
        solicited: services that the device looks for in phones (Core Specification Supplement, Part A, 1.10).
        manufacturer_data: octets or structs by company: its identifier or the SIG's name of it.
        service_data: octets or structs by service.
        data: octets by AD type (Assigned Numbers, 2.3), for types that no other attribute stands for.

    Raises:
        TypeError, ValueError: a value is none of these.
    """

    if not TYPE_CHECKING:  # checkers say more of what __init__ does not take

        def __new__(cls, *unnamed: Any, **said: Any) -> Self:
            """Refuse what belongs elsewhere."""
            if unnamed:
                raise TypeError(f"ScanResponse() takes keywords only, not {unnamed[0]!r:.60}: services=…")
            for unknown in sorted(said.keys() - {"services", "solicited", "manufacturer_data", "service_data", "data"}):
                raise TypeError(f"ScanResponse() takes no {unknown}{_elsewhere(unknown)}")
            return super().__new__(cls)

    def __init__(
        self,
        *,
        services: Sequence[ServiceLike] = (),
        solicited: Sequence[ServiceLike] = (),
        manufacturer_data: ByCompany = _EMPTY,
        service_data: ByService = _EMPTY,
        data: Items[int, bytes] = _EMPTY,
    ) -> None:
        super().__init__(
            convert.services(services, "ScanResponse.services"),
            convert.services(solicited, "ScanResponse.solicited"),
            convert.manufacturer_data(manufacturer_data, "ScanResponse.manufacturer_data"),
            convert.service_data(service_data, "ScanResponse.service_data"),
            convert.raw(data, "ScanResponse.data"),
        )


def _elsewhere(unknown: str) -> str:
    if unknown not in fields(Advertisement):
        return meant(unknown, ("services", "solicited", "manufacturer_data", "service_data", "data"))
    why = ", and BlueZ puts it in the scan response by itself" if unknown == "name" else ""
    return f"; it goes into Advertisement({unknown}=…){why}"


def _scan_response(value: Any, where: str) -> ScanResponse:
    if not isinstance(value, ScanResponse):
        raise TypeError(f"{where} is {value!r:.80}; write ScanResponse(manufacturer_data={{…}}), or None")
    return value


def _contradictions(one: Advertisement) -> list[tuple[bool, str]]:
    """What is said, and what to write instead of it."""
    limit = one.discoverable_timeout
    return [
        (one.name is not None and "local-name" in one.include, 'write name= or include=["local-name"], not both'),
        (bool(one.data) and "rsi" in one.include, 'BlueZ forgets the "rsi" beside data=; write one of them'),
        (not one.connectable and one.is_discoverable, "what is not connectable is not discoverable; leave that out"),
        (
            limit is not None and not one.is_discoverable,
            "discoverable_timeout= without discoverable=True ends nothing; leave it out",
        ),
        (
            limit is not None and one.timeout is not None and one.timeout < limit,
            f"it ends after {one.timeout} s, but discoverable_timeout is {limit}; write a shorter one",
        ),
    ]


class Defaults(TypedDict, total=False):
    """The class keywords of :class:`Advertisement`."""

    name: str | None
    appearance: int | None
    services: Sequence[ServiceLike]
    solicited: Sequence[ServiceLike]
    manufacturer_data: ByCompany
    service_data: ByService
    data: Items[int, bytes]
    scan_response: ScanResponse | None
    connectable: bool
    discoverable: bool | None
    discoverable_timeout: float | None
    include: Collection[Include]
    duration: float | None
    timeout: float | None
    interval: float | tuple[float, float] | None
    tx_power: int | None
    secondary_channel: Channel | None


class Advertisement(Fields):
    """What phones hear without connecting: attributes, and typed data that a subclass declares.

    >>> class Hall(Advertisement):
    ...     reading: Reading = manufacturer_data("Nordic Semiconductor ASA")
    ...     battery: UInt8 = service_data(Battery, default=100)
    >>> hall = Hall(name="Hall", reading=Reading(…))
    >>> hall.battery = 79

    An assignment is checked, and on the air at once if the advertisement is; several at once :meth:`batch` takes. All
    keywords of the constructor are attributes, and class keywords are their defaults for a subclass:

    >>> class Quiet(Hall, name="Hall", interval=0.5, connectable=False): ...

    State of a program's own has an underscore: ``self._count = 0``. What fits in which packet :meth:`layout` tells
    (Core Specification, Vol 3, Part C, 11). While it is on the air, ``bluez_instance`` is the number that BlueZ knows
    it by (5.87), ``chosen_tx_power`` the dBm that the controller has chosen (in extended advertising).

    Args:
        name: up to 29 octets of UTF-8 in the scan response; where BlueZ shortens a longer one, a warning in the log
            says to what. Part of the advertisement itself in extended advertising that phones can connect to.
        appearance: what the device looks like (Assigned Numbers, 2.6): ``sig.appearance("heart_rate_belt")``.
        services: classes, instances, UUIDs or the SIG's names of services that phones shall know of.
        solicited: services that the device looks for in phones.
        manufacturer_data: octets or structs by company, beside what the class declares.
        service_data: octets or structs by service, beside what the class declares.
        data: octets by AD type (Assigned Numbers, 2.3), for types that no other attribute stands for.
        scan_response: what phones that scan actively get beside the name (BlueZ 5.80).
        connectable: ``False`` for beacons.
        discoverable: whether phones list it; ``None``: as it is connectable. Without it many scanners show nothing.
        discoverable_timeout: whole seconds after which it is so no longer (limited discoverable). This time and the
            next count from when it goes on the air, or from their own assignment, whatever comes between.
        include: what BlueZ and Linux add: the controller's ``"tx-power"``, the adapter's ``"local-name"`` (its alias,
            at most 10 octets of it; a new alias follows), or a ``"rsi"`` for members of a coordinated set.
        duration: whole seconds for which it has its turn where several take turns on a controller with one.
        timeout: whole seconds after which it is off the air; if BlueZ is away then, it does not come back with it.
        interval: seconds between two events, 0.02 … 10485, or a tuple of the least and the most; whole
            milliseconds (BlueZ 5.77).
        tx_power: dBm within -127 … 20 (BlueZ 5.77); the controller takes what is next to it.
        secondary_channel: ``"1M"``, ``"2M"`` or ``"Coded"`` for extended advertising: more octets, which phones hear
            only if the app asks for them.

    Raises:
        TypeError, ValueError: an attribute does not take its value, or two of them contradict each other; EncodeError
            for a declared field.
        AdvertisementError: on assignment while it is on the air, or waits for BlueZ to come back: it would not fit. It
            goes on as it was.
        SchemaError: at the class statement, with every fault of the class.
    """

    if TYPE_CHECKING:  # at run time it is one with that of the base, which looks who declares the class

        def __init_subclass__(cls, **defaults: Unpack[Defaults]) -> None: ...

    name: Attribute[str | None, str | None] = attribute(convert.optional(convert.text), default=None)
    appearance: Attribute[int | None, int | None] = attribute(convert.optional(convert.appearance), default=None)
    services: Attribute[tuple[UUID, ...], Sequence[ServiceLike]] = attribute(convert.services, default=())
    solicited: Attribute[tuple[UUID, ...], Sequence[ServiceLike]] = attribute(convert.services, default=())
    manufacturer_data: Attribute[Mapping[int, bytes], ByCompany] = attribute(convert.manufacturer_data, default=_EMPTY)
    service_data: Attribute[Mapping[UUID, bytes], ByService] = attribute(convert.service_data, default=_EMPTY)
    data: Attribute[Mapping[int, bytes], Items[int, bytes]] = attribute(convert.raw, default=_EMPTY)
    scan_response: Attribute[ScanResponse | None, ScanResponse | None] = attribute(
        convert.optional(_scan_response), default=None
    )
    connectable: Attribute[bool, bool] = attribute(convert.flag, default=True)
    discoverable: Attribute[bool | None, bool | None] = attribute(convert.optional(convert.flag), default=None)
    discoverable_timeout: Attribute[int | None, float | None] = attribute(
        convert.optional(convert.seconds), default=None
    )
    include: Attribute[frozenset[str], Collection[Include]] = attribute(convert.includes, default=())
    duration: Attribute[int | None, float | None] = attribute(convert.optional(convert.seconds), default=None)
    timeout: Attribute[int | None, float | None] = attribute(convert.optional(convert.seconds), default=None)
    interval: Attribute[tuple[float, float] | None, float | tuple[float, float] | None] = attribute(
        convert.optional(convert.interval), default=None
    )
    tx_power: Attribute[int | None, int | None] = attribute(convert.optional(convert.power), default=None)
    secondary_channel: Attribute[str | None, Channel | None] = attribute(
        convert.optional(convert.channel), default=None
    )

    @property
    def is_discoverable(self) -> bool:
        """Whether phones list it: what ``discoverable`` says, else whether it is connectable."""
        return self.connectable if self.discoverable is None else self.discoverable

    def layout(self, host: Host | None = None) -> Layout:
        """Give what goes on the air, to the octet; ``print`` it for a table.

        >>> from gattschema.advertising import Host
        >>> print(hall.layout(Host(release=(5, 82), le_only=False)))

        It may be longer than what fits; starting it then raises AdvertisementError.

        Args:
            host: what decides beside the advertisement: ``release`` of BlueZ, what the controller takes (``longest``,
                ``longest_scan_response``, ``secondary_channels``), and of the adapter whether it has no BR/EDR
                (``le_only``), whether it is ``discoverable``, its ``name`` and ``power``. What is not said is that of a
                plain computer with the newest BlueZ.
        """
        return predict(self, host or Host())

    def _gatt_composed(self) -> Packet:
        """Give what the class says by itself, in octets: its declared fields, in their order."""
        return declared_data(self)

    def _gatt_packet(self) -> Packet:
        """Give what is said in the advertisement, in octets: what the class composes first."""
        own = self._gatt_composed()
        return Packet(
            tuple(dict.fromkeys((*own.services, *self.services))),
            self.solicited,
            {**own.manufacturer_data, **self.manufacturer_data},
            {**own.service_data, **self.service_data},
            self.data,
        )

    def _gatt_refuse_contradictions(self, known: Known) -> None:
        """Raise where two attributes exclude each other.

        Raises:
            ValueError: BlueZ would refuse both together, or forget one of them.
        """
        name = type(self).__name__
        for contradicts, advice in _contradictions(self):
            if contradicts:
                raise ValueError(f"{name}: {advice}")
        for _, (sort, key) in composed(type(self), known):
            if key in getattr(self, sort):
                shown = short_uuid(key) if sort == "service_data" else f"0x{key:04X}"
                raise ValueError(f"{name} composes the data of {shown} itself; assign its attributes")
