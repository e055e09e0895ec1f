"""
Rule processes are forked from one that has every rule set at hand and decides nothing.

So each rule set is compiled once, and a process that takes the place of another answers within
milliseconds. It has one thread and opens no engine. A message is MessagePack: `[verb, …]`;
only `ended` is answered.
"""

import gc
import os
import signal
import socket
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from controlplane.ruleprocess import process
from controlplane.ruleprocess.process import Limits, decode, encode
from controlplane.ruleprocess.progress import Progress
from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.fact import FactType
from rules.language import read_ruleset

GIVEN = 2
"""File descriptors that come with each `fork`: the pipe of the new process, its `Progress`."""


def run(pipe: Connection, given: socket.socket, limits: Limits) -> None:
    """Raise rule processes until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    loaded: dict[str, CompiledRuleSet] = {}
    while True:
        try:
            message = decode(pipe.recv_bytes())
        except (EOFError, OSError):
            return None
        if message != ["fork"]:
            _obey(message, pipe, loaded)
            continue
        _, (line, progress), _, _ = socket.recv_fds(given, 1, GIVEN)
        gc.freeze()  # what stands here is shared, as long as nobody looks for its cycles
        if os.fork() == 0:
            pipe.close()
            given.close()
            return process.run(Connection(line), Progress(progress), limits, loaded)
        os.close(line)
        os.close(progress)


def _obey(message: list[Any], pipe: Connection, loaded: dict[str, CompiledRuleSet]) -> None:
    match message:
        case ["load", key, text, fact_types]:
            types = msgspec.convert(fact_types, dict[str, FactType])
            loaded[key] = compile_ruleset(read_ruleset(text), types)
        case ["forget", key]:
            loaded.pop(key, None)
        case ["ended", pid]:
            pipe.send_bytes(encode([pid, _status(pid)]))
        case ["bury", pid]:
            _status(pid)
        case _:
            raise ValueError(f"this is no message: {message!r}")


def _status(pid: int) -> int | None:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:  # one of a nursery before this
        return None
