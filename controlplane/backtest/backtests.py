"""
Backtests run beside the API, each in a process of its own, few at a time.

One that was running when the API ended is run by nobody any more: it is interrupted, and
nothing is found. Asked again under the same Idempotency-Key it begins anew.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Protocol

import msgspec
import structlog

from controlplane.backtest.asked import Backtest
from controlplane.backtest.order import Order, Told, read_told
from controlplane.beside import write_line
from controlplane.database import DATABASE_AWAY
from controlplane.logwriter import BackloggedError, LogUnavailableError
from controlplane.pipeline.command import Command, Outcome
from controlplane.settings import Settings
from rules.decision import fingerprint

AT_ONCE = 1
END = "backtest:end"
_logger = structlog.get_logger(__name__)


class Submits(Protocol):
    """Whoever turns a command into its outcome; blocks until it is known."""

    def submit(self, command: Command) -> Outcome: ...


class FullError(RuntimeError):
    """As many backtests run as may at one time."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Cases looked at, and cases to look at."""

    cases: int = 0
    of: int = 0


class Backtests:
    """Starts backtests, knows how far those of this process are, and ends them."""

    def __init__(self, settings: Settings, commands: Submits, *, at_once: int = AT_ONCE) -> None:
        self._settings = settings
        self._commands = commands
        self._at_once = at_once
        self._lock = Lock()
        self._reserved = 0
        self._runs: dict[str, _Run] = {}

    @contextmanager
    def room(self, id_: str) -> Iterator[None]:
        """Hold a place for *id_*, unless it runs; raises `FullError` when there is none."""
        with self._lock:
            if id_ not in self._runs and len(self._runs) + self._reserved >= self._at_once:
                raise FullError
            self._reserved += 1
        try:
            yield
        finally:
            with self._lock:
                self._reserved -= 1

    def start(self, one: Backtest, candidate: str) -> None:
        """Let *one* run, unless it does; the text *candidate* is what it is about."""
        order = Order(
            id=one.id,
            asked=one.asked,
            candidate=candidate,
            data_dir=str(self._settings.data_dir.absolute()),
            database_url=self._settings.database_url,
            cost_of_capital=self._settings.cost_of_capital,
        )
        with self._lock:
            if one.id in self._runs:
                return
            run = self._runs[one.id] = _Run(order)
        run.thread = Thread(target=self._attend, args=(run, one), name=f"backtest-{one.id}")
        run.thread.start()

    def progress(self, id_: str) -> Progress | None:
        """Return how far the backtest *id_* is; None when it does not run here."""
        with self._lock:
            run = self._runs.get(id_)
        return None if run is None else run.progress

    def cancel(self, id_: str) -> None:
        """End the process of *id_* at once, if it runs here."""
        with self._lock:
            run = self._runs.get(id_)
        if run is not None:
            run.end()
            run.join()

    def close(self) -> None:
        for id_ in list(self._runs):
            self.cancel(id_)

    def _attend(self, run: "_Run", one: Backtest) -> None:
        said = run.listen()
        if not run.ended:
            self._keep(one, said)
        with self._lock:
            del self._runs[one.id]

    def _keep(self, one: Backtest, said: Told) -> None:
        body = {
            "id": one.id,
            "status": "failed" if said.finding is None else "done",
            "because": said.because,
            "finding": said.finding,
        }
        command = Command(
            id=fingerprint(END, one.id, said.because),
            name=END,
            actor=one.asked_by,
            body=body,
            at=datetime.now(UTC),
        )
        try:
            outcome = self._commands.submit(command)
        except (*DATABASE_AWAY, BackloggedError, LogUnavailableError) as error:
            _logger.warning("backtest_not_kept", backtest=one.id, error=str(error))
        else:
            if outcome.refused:
                _logger.warning("backtest_not_kept", backtest=one.id, error=str(outcome.body))


class _Run:
    """One process, and the thread that listens to it."""

    def __init__(self, order: Order) -> None:
        self.progress = Progress()
        self.ended = False
        self.thread: Thread | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "controlplane.backtest"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "CONTROLPLANE_PARENT": "stdin"},
        )
        self._order = order

    def listen(self) -> Told:
        """Return the last word of the process, once it has ended."""
        last = Told(because="its process ended before it had found anything")
        process = self._process
        with process:
            if process.stdin is None or process.stdout is None:
                raise TypeError("the process was given no pipes")
            with suppress(BrokenPipeError):
                process.stdin.write(write_line(self._order))
                process.stdin.flush()
            for line in process.stdout:
                said = read_told(line)
                self.progress = Progress(cases=said.cases, of=said.of)
                if said.finding is not None or said.because:
                    last = said
        return last

    def end(self) -> None:
        self.ended = True
        self._process.kill()

    def join(self) -> None:
        if self.thread is not None:
            self.thread.join()
