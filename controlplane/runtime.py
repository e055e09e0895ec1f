"""What the API is given to work with: settings, databases, the way of commands, admission."""

from datetime import datetime
from typing import Protocol

import msgspec

from controlplane.admission import Admission
from controlplane.backtest.backtests import Backtests
from controlplane.commands import Check
from controlplane.database import Databases
from controlplane.gate.gate import Gate
from controlplane.kept import Kept
from controlplane.pipeline.command import Command, Outcome
from controlplane.sealing import Sealing
from controlplane.settings import Settings


class Submits(Protocol):
    """Whoever turns a command into its outcome; blocks until it is known."""

    def submit(self, command: Command, check: Check = ...) -> Outcome: ...


class Sweeps(Protocol):
    """Whoever lets time pass: what waited for this instant is acted on."""

    def sweep(self) -> datetime: ...


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """
    `admission` takes events in, `gate` decides at once, `ticker` lets time pass, `backtests`
    tries rules on history and `sealing` seals the ledger; None where no events come in. `kept` is
    what was read while nothing is applied.
    """

    settings: Settings
    databases: Databases
    commands: Submits
    admission: Admission | None = None
    gate: Gate | None = None
    ticker: Sweeps | None = None
    backtests: Backtests | None = None
    sealing: Sealing | None = None
    kept: Kept = msgspec.field(default_factory=Kept)
