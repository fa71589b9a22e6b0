"""Numbers that the SIG assigned, by the names of classes and fields.

The tables are generated (:mod:`gattschema.sig`) and loaded with the first service that is declared.
"""

from __future__ import annotations

import difflib
import re

from gattschema.schema._near import slips

EXTENDED_PROPERTIES = 0x2900
CLIENT_CONFIGURATION = 0x2902

RESERVED_SERVICES = {0x1800: "Generic Access", 0x1801: "Generic Attribute"}
"""bluetoothd has these itself and refuses another."""

_SHOWN = 3
"""Names that a question offers at most."""
_SIMILAR = 0.75
"""What difflib calls a good match where something is wrong anyway."""


def service_number(class_name: str) -> int | None:
    """``HeartRate`` and ``HeartRateService`` -> 0x180D."""
    words, known = snake_case(class_name), _services()
    return known.get(words, known.get(words.removesuffix("_service")))


def characteristic_number(field_name: str) -> int | None:
    """``heart_rate_measurement`` -> 0x2A37."""
    return _characteristics().get(field_name)


def characteristic_name(number: int | None) -> str | None:
    """0x2A37 -> ``heart_rate_measurement``; none if the SIG has no characteristic of this number."""
    known = _characteristics()
    return next((name for name, other in known.items() if other == number), None) if number else None


def is_service(number: int | None) -> bool:
    """Whether the SIG has a service of this number."""
    return number in _services().values()


def named_number(word: str, *, service: bool) -> int | None:
    """Give the number of what a UUID was meant to be: ``"temperature"`` -> 0x2A6E, ``"HeartRate"`` -> 0x180D."""
    words = snake_case("_".join(re.findall(r"[A-Za-z0-9]+", word)))
    mine, other = (_services(), _characteristics()) if service else (_characteristics(), _services())
    return mine.get(words, other.get(words))


def misspelt_service(class_name: str) -> str:
    """Ask for the service that a class's name is a slip of: ``HeartRate (0x180D)``; empty if it is none."""
    return _service_classes(slips(snake_case(class_name), _service_spellings()))


def similar_service(class_name: str) -> str:
    """Ask for the service that a class without a UUID may be meant as; empty if no name is near."""
    return _service_classes(difflib.get_close_matches(snake_case(class_name), _service_spellings(), 1, _SIMILAR))


def _service_spellings() -> list[str]:
    return [spelling for words in _services() for spelling in (words, f"{words}_service")]


def _service_classes(spellings: list[str]) -> str:
    found = dict.fromkeys(spelling.removesuffix("_service") for spelling in spellings)
    return " or ".join(f"{camel_case(words)} (0x{_services()[words]:04X})" for words in found)


def misspelt_characteristic(field_name: str, service: int | None) -> str:
    """Ask for the characteristic that a field's name is nearly the name of; empty if it is none.

    In a service of the SIG (*service* is its number) the question is asked more readily: also for plurals, for words
    written together, and for names without the service's (``level`` in Battery).
    """
    words, known = snake_case(field_name), _characteristics()
    found = [words] if words != field_name and words in known else slips(words, known)
    prefix = next((name for name, number in _services().items() if number == service), None)
    if prefix is not None:
        found += [other for other in known if other not in found and _belongs(words, other, prefix)]
    return " or ".join(f"{other} (0x{known[other]:04X})" for other in found[:_SHOWN])


def _belongs(words: str, other: str, prefix: str) -> bool:
    if words == prefix:
        return other.startswith(f"{prefix}_")
    return other == f"{prefix}_{words}" or _bare(words) == _bare(other)


def _bare(words: str) -> str:
    return words.replace("_", "").rstrip("s")


def _services() -> dict[str, int]:
    from gattschema.sig._numbers import services  # noqa: PLC0415  (not before a service is declared)

    return services.NUMBERS


def _characteristics() -> dict[str, int]:
    from gattschema.sig._numbers import characteristics  # noqa: PLC0415  (not before a service is declared)

    return characteristics.NUMBERS


def snake_case(class_name: str) -> str:
    """``HeartRate`` -> ``heart_rate``, ``HTTPProxy`` -> ``http_proxy``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()


def camel_case(words: str) -> str:
    """``heart_rate`` -> ``HeartRate``."""
    return "".join(word.title() for word in words.split("_"))
