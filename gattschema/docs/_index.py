"""The page that links the services, and the names of their files."""

from __future__ import annotations

from collections.abc import Sequence

from gattschema.docs._text import code, plain, table
from gattschema.schema import ServicePlan, short_uuid, snake_case


def file_name(plan: ServicePlan) -> str:
    """Give the name of a service's page.

    >>> file_name(plan(HeartRate))
    'heart_rate.md'
    """
    return f"{snake_case(plan.name)}.md"


def index(plans: Sequence[ServicePlan]) -> str:
    """Write the page that links the services' pages, which lie beside it under their ``file_name``.

    Args:
        plans: the services, in the order of their rows.
    """
    header = ("Service", "UUID", "Characteristics", "About")
    return f"# Services\n\n{table(header, map(_row, plans))}\n"


def _row(plan: ServicePlan) -> tuple[str, str, str, str]:
    link = f"[{plain(plan.name)}]({file_name(plan)})"
    return link, code(short_uuid(plan.uuid)), str(len(plan.characteristics)), _first_paragraph(plan.description)


def _first_paragraph(text: str) -> str:
    return text.strip().partition("\n\n")[0]
