"""
Our ends of the pipes to rule processes, and to the nursery that they are forked from.

Nobody is waited for without an end: a process that takes or answers nothing is ended.
"""

import multiprocessing
import os
import select
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from tempfile import TemporaryFile
from threading import Timer
from time import monotonic
from typing import Self

import msgspec

from controlplane.ruleprocess import nursery
from controlplane.ruleprocess.process import Limits, decode, encode
from controlplane.ruleprocess.progress import BYTES, Progress
from rules.fact import FactType

STATUS_SECONDS = 1.0
_PIPE_BYTES = 256 * 1024
_FITS_THE_PIPE = _PIPE_BYTES // 4
"""As it is counted: with what the kernel needs for each message, of which it may hold fewer."""


class ProcessDiedError(RuntimeError):
    """A process died, or was ended because it took too long."""


class LateError(ProcessDiedError):
    """It went on with nothing for too long, without taking the time of a processor."""


class LateStartError(ProcessDiedError):
    """It was not ready in its time, which is nothing that a case did."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a process may take over one case, and to start or load, by the clock."""

    case_seconds: float
    load_seconds: float


class _Line:
    """Our end of a pipe to a process that may die, hang or be stopped."""

    def __init__(self, pipe: Connection, seconds: float, kill: Callable[[], None]) -> None:
        self._pipe, self._seconds, self._kill = pipe, seconds, kill
        self._told = select.poll()
        self._told.register(pipe.fileno(), select.POLLIN)

    def send(self, packed: bytes) -> None:
        """Raise `ProcessDiedError` when the process is gone, or takes nothing for too long."""
        try:
            with self._ended_when_late(len(packed)):
                self._pipe.send_bytes(packed)
        except OSError as error:
            raise ProcessDiedError("the process is gone") from error

    @contextmanager
    def _ended_when_late(self, size: int) -> Iterator[None]:
        """A message larger than the pipe waits for its reader, who may hang."""
        if size <= _FITS_THE_PIPE:
            yield
            return
        timer = Timer(self._seconds, self._kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def answers_within(self, seconds: float) -> bool:
        """Where the pipe is at its end too; what is received then says so."""
        if self._pipe.closed:
            raise ProcessDiedError("the process is gone")
        return bool(self._told.poll(seconds * 1_000))

    def receive(self) -> bytes:
        try:
            return self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise ProcessDiedError("the process is gone") from error

    def close(self) -> None:
        self._pipe.close()


class RuleProcess:
    """One rule process that knows the rule sets *knows*."""

    def __init__(
        self, pipe: Connection, progress: Progress, knows: set[str], patience: Patience
    ) -> None:
        self.knows = knows
        self.pid: int | None = None
        self.buried = False
        """Whether its id may be another's by now."""
        self._progress, self._steps = progress, 0
        self._asked: deque[int] = deque()
        self._patience = patience
        self._line = _Line(pipe, patience.case_seconds, self.kill)
        self.late_at = monotonic() + patience.load_seconds
        self.waited = False

    def in_place_of(self, other: "RuleProcess | None") -> Self:
        """Return itself, which is not waited for longer where *other* was not up either."""
        if other is not None and other.pid is None:
            self.late_at, self.waited = other.late_at, other.waited
        return self

    def is_up(self) -> bool:
        """
        Return whether it can decide, waiting once no longer than for a case.

        Raises `ProcessDiedError` when it is gone, or takes too long to start.
        """
        if self.pid is not None:
            return True
        patience = self._patience
        seconds = 0.0 if self.waited else min(patience.case_seconds, patience.load_seconds)
        self.waited = True
        if self._line.answers_within(seconds):
            self.pid = decode(self._line.receive())
            return True
        if monotonic() >= self.late_at:
            raise LateStartError(f"not ready within {patience.load_seconds:g} seconds")
        return False

    def ask(self, question: bytes) -> None:
        self._line.send(question)
        self._asked.append(len(question))

    def ask_ahead(self, question: bytes) -> bool:
        """Return whether it was asked: not more than it may leave unread for a while."""
        if sum(self._asked) + len(question) > _FITS_THE_PIPE:
            return False
        self.ask(question)
        return True

    def answer(self) -> bytes:
        """Return the answer; raise `LateError` when no case went on for too long."""
        while not self._line.answers_within(self._patience.case_seconds):
            if not self._went_on():
                raise LateError(f"no answer within {self._patience.case_seconds:g} seconds")
        answer = self._line.receive()
        self._asked.popleft()
        return answer

    def _went_on(self) -> bool:
        """Return whether it has come further than when it was last looked at."""
        before, self._steps = self._steps, self._progress.steps
        return self._steps > before

    @property
    def case(self) -> int:
        """The number of the case that it looks at, or looked at last, of what it was asked."""
        return self._progress.case

    def kill(self) -> None:
        if self.pid is not None and not self.buried:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def end(self) -> None:
        """End the process at once; one that is not up yet ends by itself."""
        self.kill()
        self._line.close()
        self._progress.close()


class Nursery:
    """Our end of the process that rule processes are forked from."""

    def __init__(self, limits: Limits, patience: Patience) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([nursery.__name__])
        pipe, theirs = context.Pipe()
        self._given, taken = socket.socketpair()
        self._process = context.Process(
            target=nursery.run, args=(theirs, taken, limits), name="rules", daemon=True
        )
        self._process.start()
        theirs.close()
        taken.close()
        self._line = _Line(pipe, patience.load_seconds, self._process.kill)
        self._patience = patience
        self._knows: set[str] = set()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def load(self, key: str, text: str, fact_types: Mapping[str, FactType]) -> None:
        """Let those that are forked from now on know the rule set *key*; again is no work."""
        if key not in self._knows:
            self._line.send(encode(("load", key, text, fact_types)))
            self._knows.add(key)

    def forget(self, key: str) -> None:
        if key in self._knows:
            self._knows.discard(key)
            self._line.send(encode(("forget", key)))

    def fork(self) -> RuleProcess:
        """Return a new rule process, which may not be up yet."""
        ours, theirs = _pipe()
        with TemporaryFile() as told, theirs:
            told.truncate(BYTES)
            progress = Progress(told.fileno())
            raised = RuleProcess(ours, progress, set(self._knows), self._patience)
            try:
                socket.send_fds(self._given, [b"."], [theirs.fileno(), told.fileno()])
                self._line.send(encode(("fork",)))
            except (OSError, ProcessDiedError) as error:
                raised.end()
                raise ProcessDiedError("the nursery is gone") from error
        return raised

    def status(self, died: RuleProcess) -> int | None:
        """Return how *died* did end; None when that is not known."""
        try:
            self._line.send(encode(("ended", died.pid)))
            while self._line.answers_within(STATUS_SECONDS):
                pid, status = decode(self._line.receive())
                if pid == died.pid:
                    died.buried = True
                    return None if status is None else int(status)
        except ProcessDiedError:
            pass
        return None

    def end_one(self, one: RuleProcess) -> None:
        """End *one*, which died or is of no use any more."""
        one.end()
        if one.pid is not None and not one.buried:
            self._line.send(encode(("bury", one.pid)))

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._line.close()
        self._given.close()


def _pipe() -> tuple[Connection, Connection]:
    """Return both ends; each holds so much that nobody has read."""
    ends = socket.socketpair()
    for one in ends:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PIPE_BYTES)
    ours, theirs = (Connection(one.detach()) for one in ends)
    return ours, theirs
