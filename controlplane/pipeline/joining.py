"""
Keys that one event names together name one case.

A case is a connected component of keys, whatever the order in which they were joined.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

_N = TypeVar("_N", bound=Hashable)


class Joining(Generic[_N]):
    """Disjoint sets of nodes, joined pair by pair."""

    def __init__(self) -> None:
        self._parent: dict[_N, _N] = {}

    def join(self, nodes: Iterable[_N]) -> None:
        first: _N | None = None
        for node in nodes:
            root = self.root(node)
            if first is None:
                first = root
            else:
                self._parent[root] = first
                first = self.root(first)

    def root(self, node: _N) -> _N:
        parent = self._parent.setdefault(node, node)
        while parent != node:
            grandparent = self._parent[parent]
            self._parent[node] = grandparent
            node, parent = parent, grandparent
        return node

    def groups(self) -> list[list[_N]]:
        """Return the sets, each in the order in which its nodes were first named."""
        found: dict[_N, list[_N]] = defaultdict(list)
        for node in list(self._parent):
            found[self.root(node)].append(node)
        return list(found.values())
