"""Fields that hold one number: their annotation."""

from __future__ import annotations

from fractions import Fraction

import attrs

from tools.sig._facts import Field
from tools.sig._labels import check_name, says_unknown, special_name
from tools.sig._model import EnumDecl, Module
from tools.sig._names import Overlay
from tools.sig._shapes import Carrier, carrier, carrier_of, factor, is_flags, numbers, signed_raw
from tools.sig._text import hexadecimal

_SECONDS = {"time.second": 1, "time.minute": 60, "time.hour": 3600, "time.day": 86400}
_HEX_DIGITS = 4


@attrs.frozen
class Scalars:
    """Writes the annotations of one module's numbers."""

    module: Module
    names: Overlay
    units: dict[str, str]
    """Member of Unit by id."""

    def annotation(self, field: Field, title: str, gate: str = "", base: str = "") -> str:
        """Write ``Annotated[float | None, UInt16, Scale(…), Unit.X, Range(…), Unknown(0xFFFF), When(bit=1)]``."""
        held_by = carrier_of(field)
        base = base or base_of(field, held_by)
        unknown = None if gate else self._unknown(field)
        specials = self._specials(field, held_by, title, unknown)
        union = " | ".join([base, *specials, *(["None"] if gate or unknown is not None else [])])
        marks = [
            *self.marks(field, held_by, base),
            *([] if unknown is None else [f"Unknown({_raw(unknown, held_by)})"]),
            *([gate] if gate else []),
        ]
        plain = union == base and not marks and base not in _TIMES
        return held_by.name if plain else f"Annotated[{', '.join([union, held_by.name, *marks])}]"

    def marks(self, field: Field, held_by: Carrier, base: str) -> list[str]:
        """Give scale, unit and range."""
        return [*_scale(field), *self._unit(field), *_range(field, held_by, base)]

    def _unit(self, field: Field) -> list[str]:
        return [f"Unit.{self.units[field.unit]}"] if field.unit and field.unit != "unitless" else []

    def _unknown(self, field: Field) -> int | None:
        return next((raw for raw, meaning in field.sentinels.items() if says_unknown(meaning)), None)

    def _specials(self, field: Field, held_by: Carrier, title: str, unknown: int | None) -> list[str]:
        rest = {raw: meaning for raw, meaning in field.sentinels.items() if raw != unknown}
        if not rest:
            return []
        members = tuple(
            (self._special(field, raw, meaning), _raw(raw, held_by)) for raw, meaning in sorted(rest.items())
        )
        known = next((made for made in self.module.declarations if getattr(made, "members", ()) == members), None)
        if known:
            return [self.module.add(known)]
        name = self.names.get("types", field.name) or f"{title}Special"
        doc = f"{field.name}, where it is no number."
        return [self.module.add(EnumDecl(name, "enum.Enum", doc, members))]

    def _special(self, field: Field, raw: int, meaning: str) -> str:
        chosen = self.names.get("specials", field.name, hexadecimal(raw, 2))
        return str(chosen or check_name(special_name(meaning), f"{self.module.identifier}.{field.name} {raw:#x}"))


_TIMES = {"dt.timedelta", "dt.date"}


def base_of(field: Field, held_by: Carrier) -> str:
    """Say what Python calls the number."""
    return "float" if held_by.real or factor(field) != 1 else "int"


def _raw(raw: int, held_by: Carrier) -> str:
    return hexadecimal(signed_raw(raw, held_by), max(2, held_by.bits // _HEX_DIGITS))


def _scale(field: Field) -> list[str]:
    if field.scale is None or field.scale == (1, 0, 0):
        return []
    words = zip(("multiplier", "decimal", "binary"), field.scale, (1, 0, 0), strict=True)
    return [f"Scale({', '.join(f'{word}={value}' for word, value, usual in words if value != usual)})"]


def _range(field: Field, held_by: Carrier, base: str) -> list[str]:
    """Give the range where it says more than the carrier and its sentinels do."""
    if held_by.real or (field.low is None and field.high is None) or base == "dt.date":
        return []
    step = factor(field)
    low, high = numbers(field, held_by)
    ends = (
        low * step if field.low is None else field.low,
        high * step if field.high is None else field.high,
    )
    if ends[0] <= low * step and ends[1] >= high * step:
        return []
    return [f"Range({', '.join(_value(end, base, field.unit) for end in ends)})"]


def _value(value: Fraction, base: str, unit: str | None) -> str:
    if base == "dt.timedelta":
        return _duration(value * _SECONDS[unit or "time.second"])
    return decimal(value)


def _duration(seconds: Fraction) -> str:
    for word, size in (("hours", 3600), ("minutes", 60)):
        if seconds and seconds % size == 0:
            return f"dt.timedelta({word}={seconds // size})"
    return f"dt.timedelta(seconds={decimal(seconds)})" if seconds else "dt.timedelta()"


def decimal(value: Fraction) -> str:
    """Write a number as people do: 655.34."""
    return str(int(value)) if value.denominator == 1 else repr(float(value))


def facts(field: Field, symbol: str) -> list[str]:
    """Tell people the range, the unit and the step of a number."""
    held_by = carrier(field.type)
    if held_by is None or is_flags(field.type):
        return []
    unit = f" {symbol}" if symbol else ""
    if held_by.real:
        return [f"in {symbol}"] if symbol else []
    step = factor(field)
    least, most = numbers(field, held_by)
    low = least * step if field.low is None else max(field.low, least * step)
    high = most * step if field.high is None else min(field.high, most * step)
    steps = f" in steps of {_short(step)}" if step != 1 else ""
    return [f"{_short(low)} … {_short(high)}{unit}{steps}"]


def _short(value: Fraction) -> str:
    """Write a fraction as people read it: 0.01, 1/64, 16777.214."""
    if value.numerator == 1 and value.denominator > 1 and _two_power(value.denominator):
        return f"1/{value.denominator}"
    text = f"{float(value):.10g}"
    return text if "e" not in text else f"{float(value):.15f}".rstrip("0") if abs(value) < 1 else str(round(value))


def _two_power(number: int) -> bool:
    return number & (number - 1) == 0 and number > _HALF


_HALF = 2
