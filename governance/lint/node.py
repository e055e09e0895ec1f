"""
A document as places: each knows what it holds and where it stands.

References are followed to where they lead, so what is found is told at the place where it is
written. A walk counts its steps: what would take too long ends with `TooLongError`.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from governance.contract.artifact import Json, pointer_of

MOST_STEPS = 5_000_000
_MOST_REFERENCES = 20


class Missing:
    """What is not there at all, unlike a null."""

    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = Missing()


class TooLongError(RuntimeError):
    """A walk that took more steps than it was given."""


class Node:
    """`value` stands under `key` of `parent`; `name` marks the key itself as what is meant."""

    __slots__ = ("key", "name", "parent", "value")

    def __init__(
        self, value: Any, parent: "Node | None", key: str | int, *, name: bool = False
    ) -> None:
        self.value, self.parent, self.key, self.name = value, parent, key, name

    @property
    def path(self) -> list[str | int]:
        path: list[str | int] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            path.append(node.key)
            node = node.parent
        return path[::-1]

    @property
    def pointer(self) -> str:
        return pointer_of(self.path)

    def children(self) -> Iterator["Node"]:
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield Node(value, self, key)
        elif isinstance(self.value, list):
            for position, value in enumerate(self.value):
                yield Node(value, self, position)

    def child(self, key: str | int) -> "Node | None":
        inside = self.value
        if isinstance(inside, dict) and key in inside:
            return Node(inside[key], self, key)
        if isinstance(inside, list) and isinstance(key, int) and -len(inside) <= key < len(inside):
            return Node(inside[key], self, key % len(inside))
        return None


class Document:
    """The places of one document; every walk over it draws on the same `steps`."""

    def __init__(self, data: Json, steps: int = MOST_STEPS) -> None:
        self.root = Node(data, None, "")
        self.steps = steps
        self._targets: dict[str, Node | None] = {}

    def step(self, times: int = 1) -> None:
        self.steps -= times
        if self.steps < 0:
            raise TooLongError

    @cached_property
    def everything(self) -> list[Node]:
        """Every place in the order of the document; the root comes first."""
        found, waiting = [], [self.root]
        while waiting:
            node = waiting.pop()
            found.append(node)
            waiting.extend(reversed([*node.children()]))
        return found

    @cached_property
    def by_key(self) -> dict[str | int, list[Node]]:
        found: dict[str | int, list[Node]] = {}
        for node in self.everything[1:]:
            found.setdefault(node.key, []).append(node)
        return found

    def below(self, node: Node) -> Iterator[Node]:
        """Yield *node* and every place below it."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            self.step()
            yield one
            waiting.extend(reversed([*one.children()]))

    def followed(self, node: Node) -> Node:
        """Return the place that *node* refers to; itself when it refers to none."""
        for _ in range(_MOST_REFERENCES):
            target = node.value.get("$ref") if isinstance(node.value, dict) else None
            if not isinstance(target, str) or not target.startswith("#"):
                return node
            self.step()
            found = self._target(target)
            if found is None:
                return node
            node = found
        return node

    def _target(self, target: str) -> Node | None:
        if target not in self._targets:
            node: Node | None = self.root
            for part in target.removeprefix("#").split("/")[1:]:
                key = part.replace("~1", "/").replace("~0", "~")
                position = int(key) if key.isdecimal() and len(key) < len("10000000") else key
                node = node and (node.child(key) or node.child(position))
            self._targets[target] = node
        return self._targets[target]
