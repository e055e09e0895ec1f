"""
One rule process: it decides batches that come over a pipe, and may die.

A message is MessagePack: `[verb, key, cases]`; the answer is a list of decisions. The first
answer is to no message: the process's id. For each case that is done a byte goes to *progress*, so
whoever waits knows over which case it died. A case that takes its processor time and does not come
to an end is ended by the kernel: the engine holds every other thread.
"""

import errno
import gc
import os
import resource
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from multiprocessing.connection import Connection

import msgspec

from rules.compiling import CompiledRuleSet
from rules.deciding import decide, decide_reference
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
_VERBS: Mapping[str, Callable[[CompiledRuleSet, Sequence[Fact]], Decision]] = {
    "decide": decide,
    "judge": partial(decide, explain=False),
    "reference": decide_reference,
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule process may take: processor time for one case, and address space."""

    case_seconds: float
    memory_bytes: int


def run(
    pipe: Connection, progress: int, limits: Limits, loaded: Mapping[str, CompiledRuleSet]
) -> None:
    """Answer until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(*COLLECTED_AFTER)
    answer: int | list[Decision] = os.getpid()
    while True:
        try:
            pipe.send_bytes(encode(answer))
            verb, key, cases = _message(pipe.recv_bytes())
            asked = loaded[key]
            answer = [_decided(verb, asked, case, limits.case_seconds, progress) for case in cases]
            signal.setitimer(signal.ITIMER_PROF, 0)
        except (EOFError, OSError):
            return
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _decided(
    verb: str,
    compiled: CompiledRuleSet,
    case: Case,
    seconds: float,
    progress: int,
) -> Decision:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    decision = _VERBS[verb](compiled, [_fact(shown, event) for shown, event in case])
    os.write(progress, b".")
    return decision


@lru_cache(maxsize=_FACTS_KEPT)
def _fact(shown: bytes, event: str | None) -> Fact:
    """The same fact is looked at by several rule sets, and again when something beside it moves."""
    return read_shown(shown, event)
