"""
A command is imported when somebody asks for it.

Most commands ask a server over HTTP; none of them should wait for the database, the
simulator and the exporters of those that do not.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "serve": "running:serve",
    "worker": "running:worker",
    "ui": "running:ui",
    "migrate": "running:migrate",
    "demo": "running:demo",
    "replay": "replaying:replay",
    "mine": "mining:mine",
    "kpis": "kpis:kpis",
    "roi": "roi:roi",
    "pack": "packs:app",
    "rules": "rules:app",
    "reconcile": "reconciling:app",
    "import": "importing:app",
    "forecast": "forecasting:app",
    "keys": "keys:app",
    "simulate": "simulate:app",
    "exceptions": "working:app",
    "slas": "slas:app",
    "unprocessed": "unprocessed:app",
    "audit": "auditing:app",
    "corrections": "correcting:app",
    "contracts": "contracts:app",
    "integrations": "integrations:integrations",
}
"""A command and where it is found: a group of commands, or one function."""


class _Commands(MutableMapping[str, Any]):
    """The commands by name, each imported the first time that it is looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, COMMANDS[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS


class Loading(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()


def _load(name: str, where: str) -> Any:
    module, _, attribute = where.partition(":")
    found = getattr(import_module(f"controlplane.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_command(found)
    else:
        alone = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
        alone.command(name)(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command
