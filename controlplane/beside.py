"""
A process beside the server: it yields to everything else, is told what to do on its standard
input, answers on its output, and may be killed at any time.
"""

import os
import resource
import signal
import sys
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread

import msgspec

from controlplane.telemetry import start_logging

NICENESS = 15


def step_back() -> None:
    """Yield to everything else; Ctrl-C reaches us too, and who started us decides."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_logging("warning")


def orders() -> Iterator[bytes]:
    """
    Yield each line that we are told; when who tells us has died we end, in the midst of a line too.

    Call it after every process of our own has been forked: a thread reads.
    """
    lines: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_listen, args=(lines,), daemon=True, name="orders").start()
    while True:
        yield lines.get()


def _listen(lines: "SimpleQueue[bytes]") -> None:
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)  # nobody is left to hear what we find


def write_line(value: msgspec.Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def say(value: msgspec.Struct) -> None:
    sys.stdout.buffer.write(write_line(value))
    sys.stdout.buffer.flush()
