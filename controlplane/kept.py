"""
What was read of the state, for as long as nothing is applied to it.

The state is what the log makes of it: where the worker has come no further, the same is read
again.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import Connection

from observability.projection import progress_stores

MOST = 400
"""A measure by day over years takes up to a megabyte; a board in four windows has 140."""
_T = TypeVar("_T")
_Place = tuple[int, int]


class Kept:
    """What requests have read; each looks at the state as it stood when it began."""

    def __init__(self) -> None:
        self._now: tuple[_Place, dict[Hashable, Any]] = ((-1, 0), {})

    def at(self, connection: Connection) -> "Reader":
        """Return what was read of the state as *connection* sees it."""
        reached = progress_stores.reached(connection, progress_stores.WORKER)
        place, now = (reached.offset, reached.pieces), self._now
        if now[0] != place or len(now[1]) >= MOST:
            now = self._now = (place, {})
        return Reader(now[1])


class Reader:
    """What was read of the state as it stood at one moment."""

    def __init__(self, found: dict[Hashable, Any] | None = None) -> None:
        self._found: dict[Hashable, Any] = {} if found is None else found

    def once(self, name: Hashable, read: Callable[[], _T]) -> _T:
        """Return what *read* gives, which is asked the first time."""
        if name not in self._found:
            self._found[name] = read()
        kept: _T = self._found[name]
        return kept

    def has(self, name: Hashable) -> bool:
        return name in self._found

    def keep(self, name: Hashable, value: object) -> None:
        self._found[name] = value
