"""A child process that lives as long as we do, and is started again when it dies before."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

import structlog

RESTART_SECONDS = 0.5
STOP_SECONDS = 20
_NUDGES = 4_096  # that are read at once
_logger = structlog.get_logger(__name__)


class Child:
    """
    Runs *command* with its standard input tied to our life: it reads the end when we die.

    As a context manager it starts and stops the child.
    """

    def __init__(
        self, command: Sequence[str], *, name: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment or {})
        self._name = name
        self._stopping = Event()
        self._starting = Lock()
        self._input = Lock()
        self.process = self._spawn()
        self._watch = Thread(target=self._run, name=f"{name}-watch", daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with self._starting:
            self._stopping.set()
            process = self.process
        process.terminate()
        self._end_input(process)
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._watch.join()

    def _run(self) -> None:
        while True:
            code = self.process.wait()
            if self._stopping.is_set():
                return
            if code:  # one that ends well was told to: Ctrl-C reaches it as it reaches us
                _logger.error("child_died", child=self._name, code=code)
            if self._stopping.wait(RESTART_SECONDS):
                return
            self._end_input(self.process)
            with self._starting:  # none is started behind the back of who stops
                if self._stopping.is_set():
                    return
                self.process = self._spawn()

    def nudge(self) -> None:
        """Give the child something to read; where it has not read the last yet, that will do."""
        with self._input, suppress(OSError):
            if self.process.stdin and not self.process.stdin.closed:
                os.write(self.process.stdin.fileno(), b"\n")

    def _end_input(self, process: "subprocess.Popen[bytes]") -> None:
        """Let the child read the end of its input."""
        with self._input:
            if process.stdin:
                process.stdin.close()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            env={**os.environ, **self._environment, "CONTROLPLANE_PARENT": "stdin"},
        )
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
        return process


def end_with_parent(nudged: Event | None = None) -> None:
    """
    Where a `Child` started us: be told to stop when the process that did so has died.

    *nudged* is set at every nudge of that process.
    """
    if os.environ.get("CONTROLPLANE_PARENT") == "stdin":
        watch = Thread(target=_watch_parent, args=(nudged or Event(),), daemon=True, name="parent")
        watch.start()


def _watch_parent(nudged: Event) -> None:
    """The parent holds the other end of our standard input: when it dies, the end is read."""
    while os.read(0, _NUDGES):
        nudged.set()
    os.kill(os.getpid(), signal.SIGTERM)
