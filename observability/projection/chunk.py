"""Long lists of keys are asked for in pieces that every database takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, bindparam, tuple_

CHUNK = 400
_T = TypeVar("_T")


def chunked(items: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """Yield *items* in lists of at most *size*."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece


def among(*columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """
    Return whether *columns* are, together, one of the parameter `keys`.

    A statement with it is built once: to build one takes as long as to run it.
    """
    keys: BindParameter[Any] = bindparam("keys", expanding=True)
    return tuple_(*columns).in_(keys) if len(columns) > 1 else columns[0].in_(keys)
