"""The command line as a value: what a line of words would run, and every command there is."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from controlplane.cli.main import app

UsageError = typer.BadParameter.__base__
"""What the command line raises for words that it does not understand."""


class Parsed(NamedTuple):
    command: str
    flags: dict[str, Any]


def parse(words: list[str]) -> Parsed:
    """Return what *words* (without `controlplane`) would run; raises `UsageError`."""
    command: Any = typer.main.get_command(app)
    path: list[str] = []
    context = command.make_context("controlplane", list(words))
    while isinstance(command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, rest)
        path.append(name)
        context = command.make_context(name, rest, parent=context)
    return Parsed(" ".join(path), context.params)


def commands() -> Iterator[tuple[str, Any]]:
    """Yield ("pack install", command) for each command that does something."""
    yield from _below(typer.main.get_command(app), ())


def _below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, TyperGroup):
        yield " ".join(path), command
        return
    for name, one in sorted(command.commands.items()):
        yield from _below(one, (*path, name))
