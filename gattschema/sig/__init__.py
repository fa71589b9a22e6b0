"""The SIG's numbers, value types and services, by name.

>>> from gattschema.sig import HeartRateMeasurement, Humidity
>>> from gattschema.sig import fitness_machine_control_point as cp  # a control point's operations: cp.SetTargetPower
>>> sig.characteristic(0x2A37)      # the type hint that encode and decode take

Importing this package loads none of its 300 types: each is loaded when it is first named. The catalogue is made from
the SIG's Assigned Numbers and GATT Specification Supplement (``SOURCE_COMMIT`` says which); it holds facts only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gattschema.sig._catalogue import (
    Status,
    ad_type,
    appearance,
    characteristic,
    companies,
    company,
    descriptor,
    format_type,
    name,
    namespace,
    service,
    status,
    unit,
)
from gattschema.sig._numbers import SOURCE_COMMIT

if TYPE_CHECKING:
    from gattschema.sig._index import *  # noqa: F403
else:
    from gattschema.sig._catalogue import look_up, public_names

    def __getattr__(name):  # noqa: ANN001, ANN202
        """Load the type, the service or the module of that name."""
        return look_up(name)

    def __dir__():  # noqa: ANN202
        """List every public name, loaded or not."""
        return sorted({*public_names(), *globals()})


__all__ = [
    "SOURCE_COMMIT",
    "Status",
    "ad_type",
    "appearance",
    "characteristic",
    "companies",
    "company",
    "descriptor",
    "format_type",
    "name",
    "namespace",
    "service",
    "status",
    "unit",
]

if TYPE_CHECKING:
    from gattschema.sig import _index

    # Only for checkers: at run time a star would load every type, and ``__dir__`` lists them without.
    __all__ += _index.__all__
