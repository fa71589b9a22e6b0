"""The commands themselves: each finds plans and hands them to whoever writes them down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from gattschema import __version__
from gattschema.cli._errors import Mistake
from gattschema.cli._targets import plans_of
from gattschema.docs import file_name, index, markdown
from gattschema.schema import ServicePlan

_INDEX = "index.md"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gattschema", message="%(prog)s %(version)s")
def commands() -> None:
    """Look at Bluetooth LE services that are declared as Python classes.

    A TARGET is a module or a file, for all its services, or one class of it, or one instance with just what it has:

    \b
        mypackage.mymodule
        mypackage.mymodule:Thermostat
        path/to/file.py
        path/to/file.py:hall
        gattschema.sig:EnvironmentalSensing
    """  # noqa: D301  (click wants the backspace itself)


@commands.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
def show(targets: tuple[str, ...]) -> None:
    """Draw the services as a phone sees them.

    What is optional in a class has one line; an instance is drawn with what it was given, in full.

    \b
    Examples:
        gattschema show examples/thermostat.py
        gattschema show mypackage.mymodule:Thermostat
        gattschema show gattschema.sig:HeartRate
    """  # noqa: D301  (click wants the backspace itself)
    click.echo("\n\n".join(str(plan) for plan in plans_of(targets)))


@commands.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the pages go; made if it is not there. Pages of the same names are replaced.",
)
def docs(targets: tuple[str, ...], output: Path) -> None:
    """Write a Markdown page per service, and index.md.

    \b
    Examples:
        gattschema docs examples/thermostat.py -o docs/
        gattschema docs mypackage.mymodule:Thermostat -o docs/
    """  # noqa: D301  (click wants the backspace itself)
    plans = _unlike(plans_of(targets))
    _check_names(plans)
    for name, text in {**{file_name(plan): markdown(plan) for plan in plans}, _INDEX: index(plans)}.items():
        _write(output / name, text)
        click.echo(f"wrote {output / name}")


def _unlike(plans: Sequence[ServicePlan]) -> list[ServicePlan]:
    """Instances that have the same are on one page."""
    return [plan for place, plan in enumerate(plans) if plan not in plans[:place]]


def _check_names(plans: Sequence[ServicePlan]) -> None:
    """Refuse to let one page replace another."""
    pages = Counter([_INDEX, *map(file_name, plans)])
    page, times = pages.most_common(1)[0]
    if times > 1:
        msg = f"{page} would be written {times} times; write the services of this name to directories of their own"
        raise Mistake(msg)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}); write -o and a directory that is yours"
        raise Mistake(msg) from None
