"""
How large a document becomes when its references are written out.

A few lines that refer to each other twice at every step come to millions of checks. This
is measured before anything walks them: each place once, so the measure itself is cheap.
"""

from collections.abc import Iterator

import msgspec

from governance.contract.artifact import Json, escape

MAX_DEPTH = 200
_NAMES = ("$anchor", "$dynamicAnchor")


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
    size = max((measuring.size(place, 0) for place in list(measuring.places)), default=0)
    return Expansion(size=size, recursive=measuring.recursive, unbounded=measuring.unbounded)


class _Measuring:
    def __init__(self, data: Json, follow: frozenset[str] | None) -> None:
        self.follow = follow
        self.places: dict[str, Json] = {}
        self.anchors: dict[str, str] = {}
        self.sizes: dict[str, int | None] = {}  # None: being measured
        self.recursive = False
        self.unbounded = False
        self._place("", data)

    def size(self, place: str, depth: int) -> int:
        if place in self.sizes:
            known = self.sizes[place]
            self.recursive |= known is None
            return known or 0
        if depth > MAX_DEPTH:
            self.unbounded = True
            return 0
        self.sizes[place] = None
        size = 1 + sum(self.size(one, depth + 1) for one in self._below(place))
        self.sizes[place] = size
        return size

    def _below(self, place: str) -> Iterator[str]:
        node = self.places[place]
        if isinstance(node, list):
            yield from (f"{place}/{index}" for index in range(len(node)))
        elif isinstance(node, dict):
            for key, value in node.items():
                if key in {"$ref", "$dynamicRef", "$recursiveRef"} and isinstance(value, str):
                    target = self._target(value)
                    if target is not None:
                        yield target
                elif self.follow is None or key in self.follow:
                    yield f"{place}/{escape(key)}"

    def _target(self, reference: str) -> str | None:
        fragment = reference.removeprefix("#")
        found = self.anchors.get(fragment, fragment)
        return found if found in self.places else None

    def _place(self, pointer: str, data: Json) -> None:
        waiting = [(pointer, data)]
        while waiting:
            at, node = waiting.pop()
            self.places[at] = node
            if isinstance(node, list):
                waiting.extend((f"{at}/{index}", child) for index, child in enumerate(node))
            elif isinstance(node, dict):
                waiting.extend((f"{at}/{escape(key)}", child) for key, child in node.items())
                self.anchors |= {
                    node[name]: at for name in _NAMES if isinstance(node.get(name), str)
                }
