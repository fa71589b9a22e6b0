"""What an adapter and a device need of whoever keeps them: properties that stay true, and a way to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from gattschema._errors import PeripheralError

if TYPE_CHECKING:
    from gattschema.link._device import Device


class Typed(NamedTuple):
    """A value in a dictionary of a call, with the signature of its type."""

    signature: str
    value: object


class Remote(Protocol):
    """One of BlueZ's objects."""

    @property
    def path(self) -> str:
        """Where BlueZ has it."""
        ...

    @property
    def properties(self) -> Mapping[str, Any]:
        """Its properties as plain values: always the newest, and the last ones once it is gone."""
        ...

    async def call(self, member: str, signature: str = "", *body: Any) -> Any:
        """Call one of its methods.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        ...

    async def set(self, name: str, signature: str, value: object) -> None:
        """Change a property, and wait until it shows.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        ...


class DeviceRemote(Remote, Protocol):
    """A device."""

    @property
    def battery(self) -> int | None:
        """What its Battery Service says, in percent."""
        ...

    @property
    def pairing(self) -> bool:
        """Whether BlueZ still does what :meth:`pair` asked for."""
        ...

    async def pair(self) -> None:
        """Pair with it.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        ...

    async def remove(self) -> None:
        """Let BlueZ forget it.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        ...


R = TypeVar("R", bound=Remote)


class Ears(Protocol):
    """Who listens for an adapter's devices."""

    def changed(self, device: Device) -> None:
        """A device is new, or has changed."""
        ...

    def removed(self, device: Device) -> None:
        """BlueZ knows a device no more."""
        ...

    def ended(self, why: PeripheralError) -> None:
        """There is nothing more to hear: the adapter or BlueZ is gone."""
        ...


class AdapterRemote(Remote, Protocol):
    """An adapter."""

    @property
    def takes_services(self) -> bool:
        """Whether services and advertisements can be registered with it."""
        ...

    @property
    def advertising(self) -> Mapping[str, Any]:
        """The properties of its advertising manager; empty without one."""
        ...

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices that BlueZ knows on it."""
        ...

    def listen(self, ears: Ears) -> Callable[[], None]:
        """Tell *ears* of everything from now on, until what is returned is called.

        Raises:
            RequestRefused: somebody listens already.
        """
        ...


class Described(Generic[R]):
    """What has properties; two are equal if they are the same thing in the same block, however often BlueZ restarts."""

    __slots__ = ("__weakref__", "_remote")

    set_by: ClassVar[Mapping[str, str]] = {}
    """What to write in order to change a property."""

    _remote: R

    def __init__(self, remote: R) -> None:
        object.__setattr__(self, "_remote", remote)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._remote == getattr(other, "_remote", None)

    def __hash__(self) -> int:
        return hash(self._remote)

    def __setattr__(self, name: str, value: object) -> None:
        kind = type(self).__name__
        if name in self.set_by:
            raise AttributeError(f"{kind}.{name} is set by asking BlueZ: {self.set_by[name].format(value)}")
        if hasattr(type(self), name):
            raise AttributeError(f"{kind}.{name} is what BlueZ tells, and cannot be set")
        raise AttributeError(f"{kind} has no {name}, and takes no attributes of a program's own")

    @property
    def path(self) -> str:
        """Where BlueZ has it on the bus."""
        return self._remote.path

    def _flag(self, name: str) -> bool:
        return bool(self._remote.properties.get(name, False))

    def _text(self, name: str) -> str | None:
        value: str | None = self._remote.properties.get(name)
        return value

    def _number(self, name: str) -> int | None:
        value: int | None = self._remote.properties.get(name)
        return value

    def _uuids(self, name: str) -> tuple[UUID, ...]:
        return tuple(UUID(text) for text in self._remote.properties.get(name, ()))
