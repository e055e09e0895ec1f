"""
One rule process: it holds the engines, answers batches over a pipe, and may die.

A message is MessagePack: `[verb, key, …]`. The answer is a list: of decisions, or empty. The first
answer is to no message: the process is up.
"""

import gc
import resource
import signal
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.deciding import decide
from rules.decision import Fact
from rules.fact import FactType
from rules.language import read_ruleset
from rules.packing import unpack_fact

COLLECTED_AFTER = (50_000, 20, 1_000)
"""Objects made between two looks for cycles, of which decisions leave none; the old seldom."""

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder().decode
_parts = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_cases = msgspec.msgpack.Decoder(list[list[msgspec.Raw]]).decode
_FACTS_KEPT = 10_000


def run(pipe: Connection, memory_bytes: int) -> None:
    """Answer until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(*COLLECTED_AFTER)
    loaded: dict[str, CompiledRuleSet] = {}
    answer: list[Any] = []
    while True:
        try:
            pipe.send_bytes(encode(answer))
            message = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        answer = _answer(loaded, _parts(message))


def _answer(loaded: dict[str, CompiledRuleSet], message: list[msgspec.Raw]) -> list[Any]:
    match [*map(decode, message[:2]), *message[2:]]:
        case ["load", key, text, fact_types]:
            _forget(loaded, key)
            types = msgspec.convert(decode(fact_types), dict[str, FactType])
            loaded[key] = compile_ruleset(read_ruleset(decode(text)), types)
            return []
        case ["forget", key]:
            _forget(loaded, key)
            return []
        case ["decide", key, cases]:
            compiled = loaded[key]
            asked = [[_fact(bytes(fact)) for fact in case] for case in _cases(cases)]
            return [decide(compiled, case) for case in asked]
    raise ValueError(f"this is no message: {message!r}")


@lru_cache(maxsize=_FACTS_KEPT)
def _fact(packed: bytes) -> Fact:
    """The same fact is looked at by several rule sets, and again when something beside it moves."""
    return unpack_fact(decode(packed))


def _forget(loaded: dict[str, CompiledRuleSet], key: str) -> None:
    if key in loaded:
        loaded.pop(key).close()
