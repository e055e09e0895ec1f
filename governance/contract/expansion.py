"""
How large a document becomes when its references are written out.

A few lines that refer to each other twice at every step come to millions of checks. This
is measured before anything walks them: each place once, so the measure itself is cheap.
"""

from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from governance.contract.artifact import Json

MAX_DEPTH = 200
_NAMES = frozenset({"$anchor", "$dynamicAnchor"})
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


class Expansion(msgspec.Struct, frozen=True, kw_only=True):
    """
    `size` is the largest number of places that one place comes to.

    `recursive`: some place leads back to itself; each round is counted once. `unbounded`:
    the chain of references is too long to follow.
    """

    size: int
    recursive: bool
    unbounded: bool


def measure(data: Json, follow: frozenset[str] | None = None) -> Expansion:
    """Return how large *data* becomes, over the keys of *follow* (None: all) and references."""
    measuring = _Measuring(data, follow)
    size = max((measuring.size(node, 0) for node in measuring.starts), default=1)
    return Expansion(size=size, recursive=measuring.recursive, unbounded=measuring.unbounded)


class _Measuring:
    """Nodes are told apart by what they are, not by where: no pointer is written for any."""

    def __init__(self, data: Json, follow: frozenset[str] | None) -> None:
        self.data, self.follow = data, follow
        self.starts: list[Json] = []
        self.anchors: dict[str, Json] = {}
        self.sizes: dict[int, int | None] = {}  # None: being measured
        self.recursive = False
        self.unbounded = False
        self._look_through(data)

    def size(self, node: Json, depth: int) -> int:
        if not isinstance(node, dict | list):
            return 1
        place = id(node)
        if place in self.sizes:
            known = self.sizes[place]
            self.recursive |= known is None
            return known or 0
        if depth > MAX_DEPTH:
            self.unbounded = True
            return 0
        self.sizes[place] = None
        size = 1 + sum(self.size(one, depth + 1) for one in self._below(node))
        self.sizes[place] = size
        return size

    def _below(self, node: Json) -> Iterator[Json]:
        if isinstance(node, list):
            yield from node
            return
        for key, value in node.items():
            if key in _REFERENCES and isinstance(value, str):
                target = self._target(value)
                if target is not None:
                    yield target
            elif self.follow is None or key in self.follow:
                yield value

    def _target(self, reference: str) -> Json | None:
        fragment = reference.removeprefix("#")
        if fragment in self.anchors:
            return self.anchors[fragment]
        return looked_up(self.data, fragment)

    def _look_through(self, data: Json) -> None:
        wanted = None if self.follow is None else self.follow | _REFERENCES
        waiting = [data]
        while waiting:
            node = waiting.pop()
            if isinstance(node, list):
                waiting.extend(one for one in node if isinstance(one, dict | list))
            elif isinstance(node, dict):
                if wanted is None or not wanted.isdisjoint(node):
                    self.starts.append(node)
                waiting.extend(one for one in node.values() if isinstance(one, dict | list))
                if not _NAMES.isdisjoint(node):
                    self.anchors |= {
                        node[name]: node for name in _NAMES if isinstance(node.get(name), str)
                    }


def looked_up(data: Json, pointer: str) -> Json | None:
    """Return what a JSON Pointer leads to in *data*; None when it leads nowhere."""
    if pointer and not pointer.startswith("/"):
        return None
    node = data
    for token in pointer.split("/")[1:]:
        key = unescaped(token)
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def unescaped(token: str) -> str:
    """Return the key that one token of a JSON Pointer in a URI stands for."""
    return unquote(token).replace("~1", "/").replace("~0", "~")
