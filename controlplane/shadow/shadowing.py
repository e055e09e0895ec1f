"""
Shadowing: a thread of the API puts the cases that wait to the version in shadow, piece by piece.

The worker waits for nothing of this: it says which cases wait, and keeps what was found when it
comes to it in the log. What dies or takes too long is not evaluated, and said to be.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Protocol

import msgspec
import structlog
from sqlalchemy import Engine

from controlplane.applying.shadow import COMPARED
from controlplane.database import DATABASE_AWAY, reading
from controlplane.logwriter import BackloggedError, LogUnavailableError
from controlplane.pipeline.command import Command, Outcome
from controlplane.shadow.comparer import ComparerDiedError
from governance.shadow import stores as shadows
from governance.shadow.comparison import Compared, Comparison, Shadow, Waiting, note

PERIOD_SECONDS = 1.0
PIECE = 200
IDLE_PERIODS = 60  # then the comparing process is let go
ACTOR = "shadow"
_PATIENCE_SECONDS = 0.2
_logger = structlog.get_logger(__name__)


class Compares(Protocol):
    """Whoever compares; raises `ComparerDiedError` when that comes to nothing."""

    def compare(self, shadow: Shadow, waiting: Sequence[Waiting]) -> Compared | None: ...

    def interrupt(self) -> None: ...

    def close(self) -> object: ...


class Submits(Protocol):
    def submit(self, command: Command) -> Outcome: ...


class Shadowing:
    """Looks once a second; close it."""

    def __init__(
        self,
        state: Engine,
        commands: Submits,
        comparer: Compares,
        *,
        period_seconds: float = PERIOD_SECONDS,
    ) -> None:
        self._state = state
        self._commands = commands
        self._comparer = comparer
        self._period = period_seconds
        self._stop = Event()
        self._thread = Thread(target=self._run, name="shadowing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop at once: what was not compared waits for the next start."""
        self._stop.set()
        while self._thread.is_alive():
            self._comparer.interrupt()
            self._thread.join(_PATIENCE_SECONDS)
        self._comparer.close()

    def step(self) -> int:
        """Compare the next piece; return how many cases of it are known to be compared."""
        with reading(self._state) as state:
            found = shadows.next_waiting(state, limit=PIECE)
        if found is None:
            return 0
        _, waiting = found
        outcomes = [self._commands.submit(_command(one)) for one in self._compared(*found)]
        done = [one for one in outcomes if not one.refused]
        return len(waiting) if done else 0

    def _compared(self, shadow: Shadow, waiting: Sequence[Waiting]) -> list[Compared]:
        """A piece that comes to nothing is tried case by case, so that one case costs itself."""
        try:
            found = self._comparer.compare(shadow, waiting)
        except ComparerDiedError as error:
            if self._stop.is_set():
                return []
            _logger.warning("not_compared", ruleset=shadow.ruleset, cases=len(waiting))
            if len(waiting) == 1:
                return [_not_evaluated(shadow, waiting[0], str(error))]
            return [one for case in waiting for one in self._compared(shadow, [case])]
        return [] if found is None else [found]

    def _run(self) -> None:
        idle = 0
        while not self._stop.wait(self._period):
            try:
                idle = 0 if self.step() else idle + 1
                while not self._stop.is_set() and self.step():
                    pass
            except (*DATABASE_AWAY, BackloggedError, LogUnavailableError) as error:
                _logger.warning("shadowing_postponed", error=str(error))
            if idle == IDLE_PERIODS:
                self._comparer.close()


def _not_evaluated(shadow: Shadow, case: Waiting, because: str) -> Compared:
    one = Comparison(instance=case.instance, case="", offset=case.offset, because=because)
    return Compared(shadow=shadow, comparisons=(note(one),))


def _command(found: Compared) -> Command:
    body = msgspec.to_builtins(found)
    id_ = str(uuid.uuid4())
    return Command(id=id_, name=COMPARED, actor=ACTOR, body=body, at=datetime.now(UTC))
