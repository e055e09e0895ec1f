"""
Commands are appended to the log and answered by the worker.

`submit` blocks until the worker has applied the command; it returns within
`patience` seconds, and a command that is acknowledged late is still applied once.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Engine

from controlplane.database import reading
from controlplane.outcome_stores import recall
from controlplane.pipeline.command import (
    COMMAND_SOURCE,
    Command,
    Outcome,
    encode_command,
    refused,
)
from governance.exception.process_exception import SYSTEM
from observability.door.sighting import REPEATED, Saw, unseen
from observability.log.entry import Appended, LogEntry
from rules.refusal import Refusal

_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.02

Check = Callable[[], Refusal | None]
"""Says why a command makes no sense by what stands now; None when it does."""


class Writer(Protocol):
    """Whoever appends to the log durably."""

    def submit(self, entries: list[LogEntry]) -> "Future[Appended]": ...


class Commands:
    """The one way by which anything but an event changes the state."""

    def __init__(
        self,
        writer: Writer,
        state: Engine,
        *,
        patience: timedelta = timedelta(seconds=20),
        saw: Saw = unseen,
    ) -> None:
        self._saw = saw
        self._writer = writer
        self._state = state
        self._patience = patience.total_seconds()

    def submit(self, command: Command, check: Check = lambda: None) -> Outcome:
        """
        Return what came of *command*; 409 when its id stood for something else before.

        What was answered before is answered so again: *check* is asked of a new command only.
        """
        known = self._recall(command)
        if known is not None:
            if known is not _REUSED and command.actor != SYSTEM:
                self._saw(REPEATED, COMMAND_SOURCE, 1)
            return known
        refusal = check()
        if refusal is not None:
            return refused(refusal)
        entry = LogEntry(
            kind="command",
            source=COMMAND_SOURCE,
            id=command.id,
            at=command.at,
            payload=encode_command(command),
        )
        try:
            self._writer.submit([entry]).result(timeout=self._patience)
        except TimeoutError:
            return _behind()
        return self._await(command)

    def _await(self, command: Command) -> Outcome:
        deadline = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while time.monotonic() < deadline:
            known = self._recall(command)
            if known is not None:
                return known
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return _behind()

    def _recall(self, command: Command) -> Outcome | None:
        with reading(self._state) as connection:
            known = recall(connection, command.id)
        if known is None:
            return None
        digest, outcome = known
        if digest != command.digest:
            return _REUSED
        return outcome


_REUSED = refused(
    Refusal(
        type="idempotency-key-reused",
        status=409,
        title="The Idempotency-Key was used for something else",
        detail="Send a new Idempotency-Key, or the same body as before.",
    )
)


def _behind() -> Outcome:
    return refused(
        Refusal(
            type="worker-behind",
            status=503,
            title="The worker has not answered yet",
            detail="The command is recorded and will be applied once. Repeat it with the same "
            "Idempotency-Key to learn its outcome; look at /health/ready for the worker's lag.",
        )
    )
