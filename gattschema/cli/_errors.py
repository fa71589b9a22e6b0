"""How a command ends when it cannot do what it was asked.

click.ClickException
├── Mistake        what the user typed cannot be; exit status 2
└── Unusable       the module or class that it names is not fit for use; exit status 1
"""

from __future__ import annotations

from typing import IO, Any, ClassVar

import click
from typing_extensions import override


class Mistake(click.ClickException):
    """What the user typed cannot be; the message says what to write instead."""

    exit_code: ClassVar[int] = 2


class Unusable(click.ClickException):
    """The user's own code has a fault; the message is its own report, shown as it is."""

    exit_code: ClassVar[int] = 1

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=True)
