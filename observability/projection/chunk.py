"""Long lists of keys are asked for in pieces that every database takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

CHUNK = 400
_T = TypeVar("_T")


def chunked(items: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """Yield *items* in lists of at most *size*."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece
