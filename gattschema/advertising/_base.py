"""What advertisements are beneath: attributes by declaration, kept as one state, and the link to what is on the air."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs
from typing_extensions import dataclass_transform

from gattschema.advertising._fields import (
    Attribute,
    attribute,
    declare,
    fields,
    manufacturer_data,
    service_data,
)
from gattschema.values._hints import caller_of

if TYPE_CHECKING:
    from gattschema.advertising._advertisement import Advertisement


class AdvertLink(Protocol):
    """What keeps an advertisement on the air."""

    def check(self, advertisement: Advertisement) -> None:
        """Raise AdvertisementError unless *advertisement*, which is as it would be, can be on the air."""

    def changed(self, names: Collection[str]) -> None:
        """Take note of new values, from any thread."""


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(attribute, manufacturer_data, service_data)
)
class Fields:
    """Attributes by declaration: the part of an advertisement that knows nothing of advertising."""

    __slots__ = ("__dict__", "__weakref__", "_lock", "bluez_instance", "chosen_tx_power", "link", "values")

    values: Mapping[str, Any]
    """What the attributes are; replaced as a whole, so that every thread sees one state or another."""
    link: AdvertLink | None
    """What has it on the air, if anything has."""
    bluez_instance: int | None
    """The number that BlueZ knows it by while it is on the air (BlueZ 5.87)."""
    chosen_tx_power: int | None
    """dBm that the controller has chosen, while it is on the air and does extended advertising."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        declare(cls, caller_of(1))

    def __init__(self, *unnamed: Any, **values: Any) -> None:
        """Assign the first values: one keyword per attribute; checkers know which from ``dataclass_transform``."""
        cls = type(self)
        known = fields(cls)
        if unnamed:
            raise TypeError(f"{cls.__name__}() takes keywords only, not {unnamed[0]!r:.60}: {_keywords(known)}")
        for unknown in sorted(values.keys() - known.keys()):
            raise TypeError(f"{cls.__name__}() has no attribute {unknown}{_meant(unknown, known)}")
        missing = [f"{name}=" for name, one in known.items() if name not in values and one.default is attrs.NOTHING]
        if missing:
            raise TypeError(f"{cls.__name__}() needs {', '.join(missing)}")
        given = {name: values.get(name, one.default) for name, one in known.items()}
        self.link = None
        self.bluez_instance = self.chosen_tx_power = None
        self._lock = threading.RLock()
        self.values = {name: known[name].converted(value, cls.__name__) for name, value in given.items()}
        self.refuse_contradictions()

    def refuse_contradictions(self) -> None:
        """Raise ValueError where attributes exclude each other."""

    def assign(self, new: Mapping[str, Any]) -> None:
        """Take converted values, all or none, and tell whoever has it on the air.

        Raises:
            AdvertisementError: they do not fit in what runs.
            ValueError: they contradict others.
        """
        with self._lock:
            wanted = self._with(new)
            wanted.refuse_contradictions()
            if self.link is not None:
                self.link.check(wanted)  # type: ignore[arg-type]  # every class of fields is an advertisement
            self.values = wanted.values
            if self.link is not None:
                self.link.changed(new.keys())

    def _with(self, new: Mapping[str, Any]) -> Self:
        other = object.__new__(type(self))
        other.values = {**self.values, **new}
        return other

    if not TYPE_CHECKING:  # checkers would take any name

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse what is no attribute: it would not go on the air."""
            if not hasattr(type(self), name):
                known = fields(type(self))
                raise AttributeError(f"{type(self).__name__} has no attribute {name}{_meant(name, known)}")
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        known = fields(type(self))
        said = {name: value for name, value in self.values.items() if not _is_default(known[name], value)}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in said.items())})"


def _is_default(field: Attribute[Any, Any], value: Any) -> bool:
    return field.default is not attrs.NOTHING and bool(field.converted(field.default, "") == value)


def _keywords(known: Mapping[str, Attribute[Any, Any]]) -> str:
    needed = [name for name, one in known.items() if one.default is attrs.NOTHING]
    return ", ".join(f"{name}=…" for name in needed or ("name", "services"))


def _meant(unknown: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(unknown, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; it has {', '.join(known)}"
