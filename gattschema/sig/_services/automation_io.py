"""Automation IO Service (0x1815)."""

from __future__ import annotations

from typing import Annotated

from gattschema.schema import ABSENT, ReadNotify, ReadWrite, Service, WriteWithoutResponse, characteristic
from gattschema.sig._descriptors import NumberOfDigitals
from gattschema.sig._manual.automation_io import Aggregate, Analog, Digital

__all__ = ["AutomationIo"]

SERVICES = {"AutomationIo": 0x1815}


class AutomationIo(Service, uuid=0x1815):
    """Pins and voltages (Automation IO Service 1.0, section 3).

    Each direction is here once, the digital ones with four pins; further ones, or ones with more pins, are fields of a
    subclass: ``doors: ReadNotify[Digital] = characteristic(uuid=0x2A56, descriptors=(NumberOfDigitals(count=6),))``.
    """

    digital_input: ReadNotify[Digital] = characteristic(
        default=ABSENT, uuid=0x2A56, descriptors=(NumberOfDigitals(count=4),)
    )
    digital_output: Annotated[ReadWrite[Digital], WriteWithoutResponse] = characteristic(
        default=ABSENT, uuid=0x2A56, descriptors=(NumberOfDigitals(count=4),)
    )
    analog_input: ReadNotify[Analog] = characteristic(default=ABSENT, uuid=0x2A58)
    analog_output: Annotated[ReadWrite[Analog], WriteWithoutResponse] = characteristic(default=ABSENT, uuid=0x2A58)
    aggregate: ReadNotify[Aggregate] = characteristic(default=ABSENT)
    """All inputs that notify, in one value."""
