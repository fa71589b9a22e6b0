"""What advertisements are beneath: attributes by declaration, kept as one state, and the link to what is on the air."""

from __future__ import annotations

import threading
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

import attrs
from typing_extensions import dataclass_transform

from gattschema.advertising._fields import (
    Attribute,
    attribute,
    declare,
    fields,
    manufacturer_data,
    meant,
    service_data,
)
from gattschema.advertising._signature import LazySignature
from gattschema.schema._link import _whoever_runs as whoever_runs
from gattschema.values._hints import caller_of

if TYPE_CHECKING:
    from gattschema.advertising._advertisement import Advertisement


# ruff: noqa: SLF001  (the slots are the room's own)


class AdvertLink(Protocol):
    """What keeps an advertisement on the air, or will once BlueZ is back."""

    def check(self, advertisement: Advertisement) -> None:
        """Raise AdvertisementError unless *advertisement*, which is as it would be, can be on the air."""

    def changed(self, names: Collection[str]) -> None:
        """Take note of new values, from any thread."""


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(attribute, manufacturer_data, service_data)
)
class Fields:
    """Attributes by declaration: the part of an advertisement that knows nothing of advertising."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_gatt_batches",
        "_gatt_link",
        "_gatt_lock",
        "_gatt_values",
        "bluez_instance",
        "chosen_tx_power",
    )

    _gatt_values: Mapping[str, Any]
    """What the attributes are; replaced as a whole, so that every thread sees one state or another."""
    _gatt_batches: dict[Any, dict[str, Any]]
    """What those assign that are in a batch, by thread and task."""
    _gatt_link: AdvertLink | None
    """What has it on the air, if anything has."""
    bluez_instance: int | None
    """The number that BlueZ knows it by while it is on the air (BlueZ 5.87)."""
    chosen_tx_power: int | None
    """dBm that the controller has chosen, while it is on the air and does extended advertising."""

    if not TYPE_CHECKING:  # checkers know the keywords from ``dataclass_transform``
        __signature__ = LazySignature()

    def __init_subclass__(cls, **defaults: Any) -> None:
        super().__init_subclass__()
        declare(cls, defaults, caller_of(1))

    def __init__(self, *unnamed: Any, **values: Any) -> None:
        """Assign the first values: one keyword per attribute; checkers know which from ``dataclass_transform``."""
        cls = type(self)
        known = fields(cls)
        if unnamed:
            raise TypeError(f"{cls.__name__}() takes keywords only, not {unnamed[0]!r:.60}: {_keywords(known)}")
        for unknown in sorted(values.keys() - known.keys()):
            raise TypeError(f"{cls.__name__}() has no attribute {unknown}{meant(unknown, known)}")
        missing = [f"{name}=" for name, one in known.items() if name not in values and one.default is attrs.NOTHING]
        if missing:
            raise TypeError(f"{cls.__name__}() needs {', '.join(missing)}")
        self._gatt_begin({name: values.get(name, one.default) for name, one in known.items()})

    def _gatt_begin(self, given: Mapping[str, Any]) -> None:
        """Take a value for each attribute, on no air."""
        cls = type(self)
        known = fields(cls)
        self._gatt_link = None
        self.bluez_instance = self.chosen_tx_power = None
        self._gatt_lock = threading.RLock()
        self._gatt_batches = {}
        self._gatt_values = {name: known[name].converted(value, cls.__name__) for name, value in given.items()}
        self._gatt_refuse_contradictions(known)

    def _gatt_refuse_contradictions(self, known: Mapping[str, Attribute[Any, Any]]) -> None:
        """Raise ValueError where attributes exclude each other."""

    @contextmanager
    def batch(self) -> Generator[None]:
        """Let several assignments count as one: checked, and on the air, together when the block ends.

        >>> with hall.batch():
        ...     hall.name = "Frost!"
        ...     hall.battery = 79

        An exception takes all of them back, also the AdvertisementError that says that they do not fit together. A
        batch within it is part of it; what other tasks and threads assign meanwhile is not, and they see the values
        with its end. Without a batch, assignments of one turn of the event loop leave together, too, but each of them
        is checked by itself.

        Raises:
            AdvertisementError: at the end of the block: they do not fit in what runs, which goes on as it was.
            ValueError: at the end of the block: they contradict others.
        """
        owner = whoever_runs()
        if owner in self._gatt_batches:
            yield
            return
        new = self._gatt_batches[owner] = {}
        try:
            yield
        finally:
            del self._gatt_batches[owner]
        if new:
            self._gatt_assign(new)

    def _gatt_value(self, name: str) -> Any:
        """Give an attribute as whoever asks sees it, who may be in a batch."""
        if self._gatt_batches:
            held = self._gatt_batches.get(whoever_runs(), {})
            if name in held:
                return held[name]
        return self._gatt_values[name]

    def _gatt_assign(self, new: Mapping[str, Any]) -> None:
        """Take converted values, all or none, and tell whoever has it on the air.

        Raises:
            AdvertisementError: they do not fit in what runs.
            ValueError: they contradict others.
        """
        if self._gatt_batches and (held := self._gatt_batches.get(whoever_runs())) is not None:
            held.update(new)
            return
        with self._gatt_lock:
            wanted = self._gatt_with(new)
            wanted._gatt_refuse_contradictions(fields(type(self)))
            if (link := self._gatt_link) is not None:
                link.check(wanted)  # type: ignore[arg-type]  # every class of fields is an advertisement
            self._gatt_values = wanted._gatt_values
            if (link := self._gatt_link) is not None:  # another one, perhaps: BlueZ comes and goes meanwhile
                link.changed(new.keys())

    def _gatt_with(self, new: Mapping[str, Any]) -> Self:
        """Give what this would be with *new* values; with none, what all but those in a batch see now."""
        return self._gatt_of({**self._gatt_values, **new})

    @classmethod
    def _gatt_of(cls, values: Mapping[str, Any]) -> Self:
        """Give one to look at, which is on no air and in no batch."""
        made = object.__new__(cls)
        made._gatt_values, made._gatt_batches = values, {}
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a copy, or what a pickle becomes, be a fresh one of its values, on no air."""
        seen = {**self._gatt_values, **self._gatt_batches.get(whoever_runs(), {})}
        return _afresh, (type(self), {name: _picklable(value) for name, value in seen.items()}, vars(self))

    if not TYPE_CHECKING:  # checkers would take any name

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse what is no attribute, as it would not go on the air; state of one's own has an underscore."""
            if name[0] != "_" and not hasattr(type(self), name):
                known = fields(type(self))
                raise AttributeError(
                    f"{type(self).__name__} has no attribute {name}{meant(name, known)}; state of your own: _{name}"
                )
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        known = fields(type(self))
        said = {name: self._gatt_value(name) for name in known}
        shown = [f"{name}={value!r}" for name, value in said.items() if not _is_default(known[name], value)]
        return f"{type(self).__name__}({', '.join(shown)})"


def _picklable(value: Any) -> Any:
    return dict(cast("Mapping[Any, Any]", value)) if isinstance(value, MappingProxyType) else value


def _afresh(cls: type[Fields], values: Mapping[str, Any], own: Mapping[str, Any]) -> Fields:
    made = cls.__new__(cls)
    vars(made).update(own)
    made._gatt_begin(values)
    return made


def _is_default(field: Attribute[Any, Any], value: Any) -> bool:
    return field.default is not attrs.NOTHING and bool(field.converted(field.default, "") == value)


def _keywords(known: Mapping[str, Attribute[Any, Any]]) -> str:
    needed = [name for name, one in known.items() if one.default is attrs.NOTHING]
    return ", ".join(f"{name}=…" for name in needed or ("name", "services"))
