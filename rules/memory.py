"""
A memory of what was worked out from the very same objects before.

Objects are told apart by identity, which is exact where equality is not (1.0 equals 1.00 and
reads differently). What is kept holds its objects, so no other can take their identity.
"""

from typing import Generic, TypeVar

_V = TypeVar("_V")


class Memory(Generic[_V]):
    """Holds at most *most* values, then begins anew."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[tuple[int, ...], tuple[tuple[object, ...], _V]] = {}

    def recall(self, *those: object) -> _V | None:
        """Return what was kept for exactly *those* objects."""
        kept = self._kept.get(tuple(map(id, those)))
        return None if kept is None else kept[1]

    def keep(self, value: _V, *those: object) -> _V:
        """Keep *value* for *those* objects, which nobody changes, and return it."""
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[tuple(map(id, those))] = (those, value)
        return value
