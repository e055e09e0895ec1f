"""
Pairs of schemas that contain themselves, each worked out once.

A pair that is met again while it is worked out holds as long as nothing else speaks
against it. What was concluded from that is forgotten when the pair turns out to break;
what did not depend on it, and what broke, stays known.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

_Pair = TypeVar("_Pair", bound=Hashable)
_Found = TypeVar("_Found")
_NOTHING = 1 << 30


class Assuming(Generic[_Pair, _Found]):
    """What is known of pairs; *holding* is the answer for a pair that is assumed to hold."""

    def __init__(self, holding: _Found) -> None:
        self.depth = 0
        self._holding = holding
        self._open: dict[_Pair, int] = {}
        self._known: dict[_Pair, _Found] = {}
        self._leaning: dict[_Pair, int] = {}  # what holds → the outermost that it needs
        self._trail: list[_Pair] = []
        self._lowest = _NOTHING
        self._outer: list[tuple[int, int]] = []

    def known(self, pair: _Pair) -> _Found | None:
        """Return what is known of *pair*, or assumed; None when it is to be worked out."""
        if pair in self._open:
            self._lowest = min(self._lowest, self._open[pair])
            return self._holding
        self._lowest = min(self._lowest, self._leaning.get(pair, _NOTHING))
        return self._known.get(pair)

    def begin(self, pair: _Pair) -> None:
        self._open[pair] = self.depth
        self._outer.append((self._lowest, len(self._trail)))
        self._lowest = _NOTHING
        self.depth += 1

    def end(self, pair: _Pair, found: _Found, *, holds: bool) -> None:
        """Keep *found* as what is known of *pair*."""
        self.depth -= 1
        del self._open[pair]
        lowest, (self._lowest, begun) = self._lowest, self._outer.pop()
        if not holds:
            for leaning in self._trail[begun:]:
                self._known.pop(leaning, None)
                self._leaning.pop(leaning, None)
            del self._trail[begun:]
        elif lowest < self.depth:
            self._leaning[pair] = lowest
            self._trail.append(pair)
            self._lowest = min(self._lowest, lowest)
        self._known[pair] = found
