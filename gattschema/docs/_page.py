"""The page of one service, from its title to its last descriptor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gattschema.docs._layout import span
from gattschema.docs._octets import octets
from gattschema.docs._text import code, paragraph, plain, table
from gattschema.docs._use import descriptors, uses
from gattschema.schema import CharacteristicPlan, Origin, ServicePlan, short_uuid
from gattschema.schema._tree import describe_security

_BYTE_ORDER = (
    "Numbers of more than one octet are little-endian, the least significant octet first, "
    "unless their type says otherwise."
)

_SERVICE_ORIGINS = {
    Origin.EXPLICIT: "given in the declaration",
    Origin.SIG: "assigned by the Bluetooth SIG",
    Origin.DERIVED: "derived from the name: it changes when the service is renamed",
}
_CHARACTERISTIC_ORIGINS = {
    Origin.EXPLICIT: "given in the declaration",
    Origin.SIG: "assigned by the Bluetooth SIG",
    Origin.DERIVED: "derived from the service's UUID and the name: it changes when either does",
}


def markdown(plan: ServicePlan) -> str:
    """Write the reference page of a service: what phones may do with it and what every octet means.

    The class's docstring is taken for Markdown and stands on the page as it is; all other text is escaped.

    Args:
        plan: what the service class compiled to; nothing else is looked at.
    """
    blocks = [f"# {plain(plan.name)}", _identity(plan), plan.description, *_overview(plan)]
    blocks += [block for field in plan.characteristics for block in _section(field)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _identity(plan: ServicePlan) -> str:
    rank = "Primary" if plan.primary else "Secondary"
    identity = f"{rank} service {code(short_uuid(plan.uuid))}, {_SERVICE_ORIGINS[plan.origin]}."
    identity += f" Its handles begin at {code(f'0x{plan.handle:04X}')}." if plan.handle else ""
    included = ", ".join(f"{plain(other.name)} {code(short_uuid(other.uuid))}" for other in plan.includes)
    return f"{identity} It includes {included}." if included else identity


def _overview(plan: ServicePlan) -> Iterator[str]:
    if not plan.characteristics:
        yield "It has no characteristics."
        return
    header = ("Characteristic", "UUID", "Properties", "Security", "Type", "Octets")
    links = _anchors([plan.name, *(field.name for field in plan.characteristics)])[1:]
    yield table(header, (_row(field, link) for field, link in zip(plan.characteristics, links, strict=True)))
    yield _BYTE_ORDER


def _anchors(titles: Sequence[str]) -> list[str]:
    """The fragments of the page's headings; renderers number those that occur before."""
    slugs = [title.lower() for title in titles]
    earlier = [slugs[:place].count(slug) for place, slug in enumerate(slugs)]
    return [f"#{slug}-{times}" if times else f"#{slug}" for slug, times in zip(slugs, earlier, strict=True)]


def _row(field: CharacteristicPlan, link: str) -> tuple[str, ...]:
    return (
        f"[{code(field.name)}]({link})",
        code(short_uuid(field.uuid)),
        ", ".join(field.properties.words),
        describe_security(field) or "open",
        plain(field.type_name),
        span(field.kind),
    )


def _section(field: CharacteristicPlan) -> Iterator[str]:
    yield f"## {plain(field.name)}"
    yield paragraph(field.description)
    yield f"UUID {code(short_uuid(field.uuid))}, {_CHARACTERISTIC_ORIGINS[field.origin]}."
    if field.absent:
        yield "Optional: a device may be without it."
    yield "**Properties**"
    yield uses(field)
    yield from octets(field)
    yield from descriptors(field)
    for own in (one.field for one in field.descriptors if one.field):
        yield f"### {plain(own.name)}"
        yield from octets(own)
