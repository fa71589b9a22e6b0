"""Which service includes which, and their order: bluetoothd resolves only what stands earlier in one application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gattschema._errors import RegistrationError
from gattschema.schema import Service, plan


def included_by(service: Service, services: Iterable[Service]) -> list[Service]:
    """Give the instances that stand for the service's ``includes=``.

    Raises:
        RegistrationError: an included class has no instance, or more than one.
    """
    chosen: list[Service] = []
    for included in plan(service).includes:
        instances = [other for other in services if plan(type(other)) is included]
        if len(instances) != 1:
            msg = (
                f"{plan(service).name} includes {included.name}, of which there are {len(instances)} instances "
                "among the services that are registered together"
            )
            raise RegistrationError(msg, f"pass exactly one {included.name}(…) beside it")
        chosen += instances
    return chosen


def check_not_included(service: Service, services: Sequence[Service]) -> None:
    """Raise a RegistrationError if one of *services* includes *service*."""
    for other in services:
        if service in included_by(other, services):
            msg = f"{plan(service).name} is included by {plan(other).name}"
            raise RegistrationError(msg, f"remove {plan(other).name} first")


def included_first(services: Sequence[Service]) -> list[Service]:
    """Order services so that included ones stand before those that include them."""
    ordered: list[Service] = []

    def place(service: Service) -> None:
        if service not in ordered:
            for included in included_by(service, services):
                place(included)
            ordered.append(service)

    for service in services:
        place(service)
    return ordered
