"""What the API is given to work with: settings, databases, the way of commands, admission."""

from typing import Protocol

import msgspec

from controlplane.database import Databases
from controlplane.pipeline.command import Command, Outcome
from controlplane.settings import Settings


class Submits(Protocol):
    """Whoever turns a command into its outcome; blocks until it is known."""

    def submit(self, command: Command) -> Outcome: ...


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """`admission` is what takes events in; None where the process admits none."""

    settings: Settings
    databases: Databases
    commands: Submits
    admission: object = None
