"""
One rule process: it decides batches that come over a pipe, and may die.

A message is MessagePack: `[verb, key, cases]`; the answer is a list of decisions. The first
answer is to no message: the process's id. Each step of a case is told in memory that whoever waits
sees, and knows over which case the process died. A case that takes its processor time for one step
and does not come to its end is ended by the kernel: the engine holds every other thread.
"""

import errno
import gc
import os
import resource
import signal
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from multiprocessing.connection import Connection
from time import monotonic
from typing import Protocol

import msgspec

from controlplane.ruleprocess.progress import Progress
from rules.compiling import CompiledRuleSet
from rules.deciding import Step, decide_each
from rules.decision import Decision, Fact
from rules.packing import read_shown

COLLECTED_AFTER = (50_000, 20, 1_000)
"""Objects made between two looks for cycles, of which decisions leave none; the old seldom."""
OUT_OF_MEMORY = errno.ENOMEM
"""The exit code of a process that asked for more memory than it may have."""

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder().decode
Case = list[tuple[bytes, str | None]]
"""The facts of a case, each as `rules.packing` shows it."""
_message = msgspec.msgpack.Decoder(tuple[str, str, list[Case]]).decode
_FACTS_KEPT = 10_000
_ANEW_AFTER_SECONDS = 0.001


class Verb(Protocol):
    def __call__(
        self, compiled: CompiledRuleSet, cases: Sequence[Sequence[Fact]], *, step: Step
    ) -> list[Decision]: ...


_VERBS: Mapping[str, Verb] = {
    "decide": decide_each,
    "judge": partial(decide_each, explain=False),
    "reference": partial(decide_each, by_engine=False),
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule process may take: processor time for a step of one case, and address space."""

    case_seconds: float
    memory_bytes: int


class _Watch:
    """Tells of each step, and lets the time of the case begin anew with it."""

    def __init__(self, progress: Progress, seconds: float) -> None:
        self._progress, self._seconds = progress, seconds
        self._since = 0.0

    def step(self, case: int) -> None:
        """What began a moment ago need not begin anew: the kernel is asked for each time."""
        self._progress.step(case)
        now = monotonic()
        if now - self._since > _ANEW_AFTER_SECONDS:
            signal.setitimer(signal.ITIMER_PROF, self._seconds)
            self._since = now

    def end(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._since = 0.0


def run(
    pipe: Connection, progress: Progress, limits: Limits, loaded: Mapping[str, CompiledRuleSet]
) -> None:
    """Answer until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(*COLLECTED_AFTER)
    watch = _Watch(progress, limits.case_seconds)
    answer: int | list[Decision] = os.getpid()
    while True:
        try:
            pipe.send_bytes(encode(answer))
            verb, key, cases = _message(pipe.recv_bytes())
            answer = _VERBS[verb](loaded[key], _read(cases, watch.step), step=watch.step)
            watch.end()
        except (EOFError, OSError):
            return
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _read(cases: Sequence[Case], step: Step) -> list[list[Fact]]:
    read: list[list[Fact]] = []
    for number, case in enumerate(cases):
        step(number)
        read.append([_fact(shown, event) for shown, event in case])
    return read


@lru_cache(maxsize=_FACTS_KEPT)
def _fact(shown: bytes, event: str | None) -> Fact:
    """The same fact is looked at by several rule sets, and again when something beside it moves."""
    return read_shown(shown, event)
