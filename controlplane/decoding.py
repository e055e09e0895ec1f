"""
Every type that is decoded is made ready before there are threads.

msgspec learns a Struct's fields when it decodes the first one, and stores what it knows
while it is still learning: a second thread that decodes the same type at that moment reads
a field without a type, and the process dies of it.
"""

from collections.abc import Iterator
from contextlib import suppress

import msgspec


def make_ready() -> None:
    """Let every Struct that is known so far be learned, on this thread alone."""
    for one in _descendants(msgspec.Struct):
        with suppress(TypeError, NameError):  # a base with open parameters is decoded by nobody
            msgspec.json.Decoder(one)


def _descendants(of: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for one in of.__subclasses__():
        yield one
        yield from _descendants(one)
