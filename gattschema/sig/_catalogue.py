"""Finds what the SIG has assigned: types by name or number, numbers by name, names by number."""

from __future__ import annotations

import enum
import functools
import importlib
import uuid
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, overload

from gattschema.sig._numbers import characteristics, descriptors, services
from gattschema.sig._words import did_you_mean, number_of, plain
from gattschema.values import Octets
from gattschema.values._units import Unit

_PACKAGE = "gattschema.sig"


class Status(enum.StrEnum):
    """How much the catalogue knows of a characteristic."""

    FULL = "full"
    """Its type was generated from the SIG's own tables."""
    MANUAL = "manual"
    """Its type was written by hand from the service's specification."""
    NAME_ONLY = "name-only"
    """It has a name and a number; its values are bytes: ``sig.characteristic(number)`` takes up to 512.

    ``[number for number, known in sig.status().items() if known is sig.Status.NAME_ONLY]`` lists them.
    """


# --- types ---


def look_up(name: str) -> Any:
    """Give what ``gattschema.sig.<name>`` is, loading its module; an unknown name raises AttributeError."""
    if name in _index().HOMES:
        return getattr(_module(_index().HOMES[name]), name)
    if name in _index().MODULES:
        return _module(_index().MODULES[name])
    advice = did_you_mean(name, public_names())
    raise AttributeError(f"gattschema.sig has no {name}{advice}")


def public_names() -> Iterable[str]:
    """Give every name that can be imported from gattschema.sig, loaded or not."""
    names: Iterable[str] = _index().HOMES.keys() | _index().MODULES.keys()
    return names


@functools.cache
def _index() -> Any:
    """The table of all public names, which private services have no need of."""
    return _module("_index")


def _module(below: str) -> Any:
    return importlib.import_module(f"{_PACKAGE}.{below}")


def characteristic(which: int | str | uuid.UUID) -> Any:
    """Give the type hint of a characteristic's values, as ``encode``, ``decode`` and the flavours take it.

    *which* is its number, its UUID, its name or its type's name: ``0x2A37``, ``"2A37"``,
    ``"00002a37-0000-1000-8000-00805f9b34fb"``, ``"heart_rate_measurement"``, ``"Heart Rate Measurement"``,
    ``"HeartRateMeasurement"``. A characteristic of which the catalogue knows the name only has bytes; `status` tells
    which these are. What is no characteristic of the SIG raises KeyError.
    """
    number = which if isinstance(which, int) else _characteristic_number(which)
    if number in _index().TYPES:
        return look_up(_index().TYPES[number])
    if number in characteristics.NAMES:
        return _BYTES
    raise KeyError(f"no characteristic of the SIG has the number 0x{number:04X}")


def layouts(number: int) -> tuple[Any, ...]:
    """Give every type that a characteristic's values may have: the SIG's own, then those of other versions.

    >>> layouts(0x2AD6)
    (SupportedResistanceLevelRange, SupportedResistanceLevelRangeFtms10)
    """
    others = [look_up(name) for name, of in _index().VARIANTS.items() if of == number]
    return (characteristic(number), *others)


_BYTES = Annotated[bytes, Octets(max=512)]


def _characteristic_number(which: str | uuid.UUID) -> int:
    if not isinstance(which, uuid.UUID) and _text("characteristic", which) in _types_by_name():
        return _types_by_name()[which]
    number = number_of(which)
    if number is not None:
        return number
    if isinstance(which, uuid.UUID):
        raise KeyError(f"{which} is no characteristic of the SIG: theirs end in -0000-1000-8000-00805f9b34fb")
    return _number("characteristic", characteristics.NUMBERS, which)


@functools.cache
def _types_by_name() -> Mapping[str, int]:
    return {name: number for number, name in _index().TYPES.items()}


@functools.cache
def status() -> Mapping[int, Status]:
    """Tell of each characteristic of the SIG, by number, how much the catalogue knows of it.

    >>> Counter(sig.status().values())[sig.Status.FULL]
    266
    >>> [sig.name(number) for number, known in sig.status().items() if known is sig.Status.NAME_ONLY]
    ['Content Control ID', …]
    """
    return MappingProxyType({number: _status(number) for number in characteristics.NAMES})


def _status(number: int) -> Status:
    if number not in _index().TYPES:
        return Status.NAME_ONLY
    return Status.MANUAL if number in _index().MANUAL else Status.FULL


# --- numbers and names ---


@overload
def service(which: str) -> int: ...
@overload
def service(which: int) -> str: ...
def service(which: str | int) -> str | int:
    """Give the number of a service, or the name of a number: ``sig.service("heart_rate")`` is 0x180D."""
    return _other("service", "services", which)


@overload
def descriptor(which: str) -> int: ...
@overload
def descriptor(which: int) -> str: ...
def descriptor(which: str | int) -> str | int:
    """Give the number of a descriptor, or the name of a number: ``sig.descriptor("valid_range")`` is 0x2906."""
    return _other("descriptor", "descriptors", which)


@overload
def appearance(which: str) -> int: ...
@overload
def appearance(which: int) -> str: ...
def appearance(which: str | int) -> str | int:
    """Give the number of an appearance, or the name of a number: ``sig.appearance("heart_rate_belt")`` is 0x0341."""
    return _other("appearance", "appearances", which)


@overload
def ad_type(which: str) -> int: ...
@overload
def ad_type(which: int) -> str: ...
def ad_type(which: str | int) -> str | int:
    """Give the number of an advertising data type, or its name.

    ``sig.ad_type("tx_power_level")`` is 0x0A, and the other way round.
    """
    return _other("advertising data type", "ad_types", which)


@overload
def format_type(which: str) -> int: ...
@overload
def format_type(which: int) -> str: ...
def format_type(which: str | int) -> str | int:
    """Give the number of a format of the Presentation Format descriptor, or its name.

    ``sig.format_type("sint16")`` is 0x0E, and the other way round.
    """
    return _other("format type", "formats", which)


@overload
def namespace(which: str) -> int: ...
@overload
def namespace(which: int) -> str: ...
def namespace(which: str | int) -> str | int:
    """Give the number of a description of the Presentation Format descriptor, or its name.

    ``sig.namespace("main")`` is 0x0106, and the other way round.
    """
    return _other("namespace description", "namespaces", which)


def unit(which: str | int) -> Unit:
    """Give a unit by its number, the SIG's id, its last part, its symbol or its member's name: ``"%"``, ``0x27AD``."""
    if isinstance(which, int):
        return _unit_of(which)
    wanted = _text("unit", which).removeprefix("org.bluetooth.unit.")
    for candidate in Unit:
        if wanted in {candidate.id, candidate.name, candidate.symbol, candidate.name.lower()}:
            return candidate
    return _last_part(wanted)


def _unit_of(number: int) -> Unit:
    try:
        return Unit(number)
    except ValueError:
        raise KeyError(f"no unit of the SIG has the number 0x{number:04X}") from None


def _last_part(word: str) -> Unit:
    """Find the one unit whose id ends so."""
    found = [candidate for candidate in Unit if candidate.id.rpartition(".")[2] == word]
    if len(found) == 1:
        return found[0]
    if found:
        raise KeyError(f"{word} is a unit of more than one thing: {' or '.join(one.id for one in found)}?")
    names = [name for candidate in Unit for name in (candidate.id, candidate.name.lower())]
    raise KeyError(f"no unit of the SIG is called {word}{did_you_mean(word, names)}")


def name(number: int) -> str:
    """Give what the SIG calls a number: a service, a unit, a declaration, a descriptor or a characteristic."""
    _check_number(number)
    for table in (characteristics.NAMES, services.NAMES, descriptors.NAMES):
        if number in table:
            return table[number]
    if number in _names("declarations"):
        return _names("declarations")[number]
    try:
        return Unit(number).id
    except ValueError:
        raise KeyError(f"the SIG has assigned 0x{number:04X} to no attribute and no unit") from None


@overload
def company(which: str) -> int: ...
@overload
def company(which: int) -> str: ...
def company(which: str | int) -> str | int:
    """Give the company of an identifier, as manufacturer data begins with, or the identifier of a company.

    ``sig.company(0x0059)`` is Nordic Semiconductor ASA, and the other way round; a part of the name is not enough.
    """
    if not isinstance(which, int):
        return _company_number(_text("company", which))
    if which not in companies():
        raise KeyError(f"the SIG has assigned the company identifier 0x{which:04X} to nobody")
    return companies()[which]


def _company_number(word: str) -> int:
    found = [number for number, name in companies().items() if plain(name) == plain(word)]
    if not found:
        raise KeyError(f"no company of the SIG is called {word}{did_you_mean(word, companies().values())}")
    if len(found) > 1:
        raise KeyError(f"{word} has several identifiers: {', '.join(f'0x{number:04X}' for number in found)}")
    return found[0]


@functools.cache
def companies() -> Mapping[int, str]:
    """Give every company by its identifier; they are loaded when this is first called."""
    return MappingProxyType(_names("companies"))


def _other(what: str, module: str, which: str | int) -> str | int:
    """Give the number of a name, or the name of a number."""
    if not isinstance(which, int):
        return _number(what, _module(f"_numbers.{module}").NUMBERS, which)
    if which not in _names(module):
        raise KeyError(f"no {what} of the SIG has the number 0x{which:04X}")
    return _names(module)[which]


def _names(module: str) -> dict[int, str]:
    found: dict[int, str] = _module(f"_numbers.{module}").NAMES
    return found


def _number(what: str, table: Mapping[str, int], word: str) -> int:
    wanted = plain(_text(what, word))
    for spelling in (word, wanted, f"_{wanted}"):  # a name that begins with a digit has a _ in front
        if spelling in table:
            return table[spelling]
    raise KeyError(f"no {what} of the SIG is called {word}{did_you_mean(wanted, table)}")


def _check_number(number: object) -> None:
    if not isinstance(number, int):
        raise TypeError(
            f"sig.name takes a number, not {number!r}: sig.characteristic finds a type by its name, sig.unit a unit, "
            "sig.service and sig.descriptor a number"
        )


def _text(what: str, word: object) -> str:
    if not isinstance(word, str):
        raise TypeError(f"the SIG's {what} is found by name or by number, not by {word!r}")
    return word
