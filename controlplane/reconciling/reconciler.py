"""
Runs are asked for on their cadence or by somebody, made beside the API, and told to the log.

A run that was asked for when the API ended is made when it starts again.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread
from typing import Protocol

import msgspec
import structlog

from controlplane.beside import write_line
from controlplane.database import DATABASE_AWAY, Databases, reading
from controlplane.logwriter import BackloggedError, LogUnavailableError
from controlplane.pipeline.command import Command, Outcome
from controlplane.reconciling.order import Order, Told, read_told
from controlplane.reconciling.patience import due_again
from controlplane.reconciling.standing import KIND, reconciliation_of
from controlplane.registered import calendars
from controlplane.settings import Settings
from governance.document import stores as documents
from observability.reconciliation import stores
from rules.decision import fingerprint

PERIOD_SECONDS = 1.0
DUE_PERIODS = 10  # between two looks at what is due; what is asked for is seen at once
ACTOR = "schedule"
ASK = "reconciliation:ask"
CONCLUDE = "reconciliation:conclude"
NOT_TAKEN = "what it found could not be kept"
_logger = structlog.get_logger(__name__)


class Submits(Protocol):
    """Whoever turns a command into its outcome; blocks until it is known."""

    def submit(self, command: Command) -> Outcome: ...


Make = Callable[[Sequence[str]], Iterator[Told]]
"""Makes the runs of these ids, and says of each what it found."""


class Reconciler:
    """A thread that looks once a second; nothing is due while it *waits*. Close it."""

    def __init__(  # noqa: PLR0913 - its edges are given: databases, log, processes, the clock
        self,
        databases: Databases,
        commands: Submits,
        make: Make,
        *,
        waits: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        period_seconds: float = PERIOD_SECONDS,
    ) -> None:
        self._databases, self._commands, self._make = databases, commands, make
        self._waits, self._now = waits, now
        self._period = period_seconds
        self._stop = Event()
        self._thread = Thread(target=self._run, name="reconciler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop at once: a run that is being made is made anew at the next start."""
        self._stop.set()
        interrupt = getattr(self._make, "interrupt", None)
        while self._thread.is_alive():
            if interrupt is not None:
                interrupt()
            self._thread.join(0.2)

    def step(self) -> int:
        """Make what was asked for; return how many runs ended."""
        with reading(self._databases.state) as state:
            waiting = [one.id for one in stores.running(state)]
        return sum(1 for told in self._make(waiting) if self._conclude(told)) if waiting else 0

    def ask(self) -> None:
        """Ask for what is due."""
        for name, slot in [] if self._waits() else self._due():
            id_ = fingerprint(ASK, name, slot)
            body = {"name": name, "trigger": "schedule"}
            self._submit(Command(id=id_, name=ASK, actor=ACTOR, body=body, at=self._now()))

    def _due(self) -> list[tuple[str, str]]:
        """Return (name, when) of the reconciliations whose time has come."""
        found = []
        with reading(self._databases.state) as state:
            business = calendars(state)
            for one in documents.list_active(state, KIND):
                last = next(iter(stores.runs(state, one.name, limit=1)), None)
                since = max(last.asked_at, one.changed_at) if last else one.changed_at
                due = due_again(reconciliation_of(one.body), since, business)
                if due is not None and due <= self._now():
                    found.append((one.name, due.isoformat()))
        return found

    def _conclude(self, told: Told) -> bool:
        """Tell what a run found; one whose finding is not taken has failed, and stands no more."""
        if self._tell(told, fingerprint(CONCLUDE, told.run)):
            return True
        failed = Told(run=told.run, because=NOT_TAKEN)
        self._tell(failed, fingerprint(CONCLUDE, told.run, NOT_TAKEN))
        return False

    def _tell(self, told: Told, id_: str) -> bool:
        body = msgspec.to_builtins(told)
        return self._submit(Command(id=id_, name=CONCLUDE, actor=ACTOR, body=body, at=self._now()))

    def _submit(self, command: Command) -> bool:
        outcome = self._commands.submit(command)
        if outcome.refused:
            _logger.warning("reconciliation_refused", command=command.name, said=outcome.body)
        return not outcome.refused

    def _run(self) -> None:
        for period in count(1):
            if self._stop.wait(self._period):
                return
            try:
                if period % DUE_PERIODS == 0:
                    self.ask()
                self.step()
            except (*DATABASE_AWAY, BackloggedError, LogUnavailableError) as error:
                _logger.warning("reconciling_postponed", error=str(error))


class Process:
    """Makes runs in a process of its own; one that dies fails the runs that it has not made."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._interrupted = False

    def __call__(self, runs: Sequence[str]) -> Iterator[Told]:
        order = Order(
            runs=tuple(runs),
            data_dir=str(self._settings.data_dir.absolute()),
            database_url=self._settings.database_url,
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "controlplane.reconciling"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "CONTROLPLANE_PARENT": "stdin"},
        )
        left = list(runs)
        with self._process as process:
            if process.stdin is None or process.stdout is None:
                raise TypeError("the process was given no pipes")
            with suppress(BrokenPipeError):
                process.stdin.write(write_line(order))
                process.stdin.flush()
            for line in process.stdout:
                told = read_told(line)
                left.remove(told.run)
                yield told
        if left and not self._interrupted:
            yield Told(run=left[0], because="its process ended before it had found anything")

    def interrupt(self) -> None:
        self._interrupted = True
        if self._process is not None:
            self._process.kill()
