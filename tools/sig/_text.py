"""Names and lines of Python that the emitters share."""

from __future__ import annotations

import keyword
import re
import unicodedata

_LATEX = re.compile(r"\\text\w+\{([^}]*)\}")


def plain(words: str) -> str:
    r"""Give *words* without LaTeX and typographic marks: ``CO\textsubscript{2}`` is CO2."""
    return " ".join(_LATEX.sub(r"\1", words).replace("™", "").replace("’", "'").replace("–", "-").split())


def ascii_words(words: str) -> list[str]:
    """Split into words of ASCII letters and digits: ``Blood-Pressure (ISO)`` is Blood, Pressure, ISO."""
    letters = unicodedata.normalize("NFKD", plain(words)).encode("ascii", "ignore").decode()
    return re.findall(r"[A-Za-z0-9]+", letters.replace("'", ""))


def snake(words: str) -> str:
    """``Heart Rate Measurement`` -> ``heart_rate_measurement``, fit to be a name."""
    return _fit("_".join(ascii_words(words)).lower())


def upper(words: str) -> str:
    """``Ear Lobe`` -> ``EAR_LOBE``, fit to be a name; ``UpperExtremity`` is two words."""
    return _fit("_".join(ascii_words(re.sub(r"(?<=[a-z]{3})(?=[A-Z][a-z]{3})", " ", words))).upper())


def camel(words: str) -> str:
    """``RSC Measurement`` -> ``RscMeasurement``; ``Acceleration 3D`` -> ``Acceleration3D``."""
    return _fit("".join(word.upper() if word[0].isdigit() else word.capitalize() for word in ascii_words(words)))


def _fit(name: str) -> str:
    if not name or name[0].isdigit():
        return "_" + name
    return name + "_" if keyword.iskeyword(name) else name


def hexadecimal(value: int, digits: int = 4) -> str:
    """Write *value* in upper-case hexadecimal, with its sign: ``0x2A37``, ``-0x80``."""
    return f"{'-' if value < 0 else ''}0x{abs(value):0{digits}X}"


def quoted(text: str) -> str:
    """Write *text* as a Python string in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
