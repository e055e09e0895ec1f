"""
A schema document: its dialect, its places by JSON Pointer, and where references lead.

A reference is followed inside the document only. An `$id` inside opens a resource of its
own, from which `#` is read anew.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urldefrag, urljoin

from governance.contract.artifact import Json, escape

_OPAQUE = frozenset({"enum", "const", "default", "examples"})
_OLDER = ("draft-03", "draft-04", "draft-05", "draft-06", "draft-07")
_LONGEST_INDEX = 9
ABSENT: Final = object()


class Document:
    """One of the two documents that are compared; told apart by identity."""

    def __init__(self, data: Json) -> None:
        self.data = data
        declared = data.get("$schema") if isinstance(data, dict) else None
        dialect = declared if isinstance(declared, str) else ""
        self.ignores_siblings = any(one in dialect for one in _OLDER)
        """Up to draft-07 a `$ref` stands alone: what stands beside it is not read."""
        self.has_prefix_items = not self.ignores_siblings and "2019-09" not in dialect
        self._at: dict[str, Json] = {"": data}
        self._resources: dict[str, str] = {}  # address → pointer
        self._anchors: dict[tuple[str, str], str] = {}
        self._roots: dict[str, str] = {}  # pointer of a resource → its address

    def at(self, pointer: str) -> Json:
        """Return what stands at *pointer*; `ABSENT` when nothing does."""
        found = self._at.get(pointer, ABSENT)
        if found is ABSENT:
            above, _, token = pointer.rpartition("/")
            found = _child(self.at(above), token) if pointer.startswith("/") else ABSENT
            self._at[pointer] = found
        return found

    def follow(self, reference: str, place: str) -> str | None:
        """Return the pointer that *reference*, written at *place*, leads to; None: outside."""
        resources = self._indexed()
        root = self._root_of(place)
        address, fragment = urldefrag(reference)
        if address:
            found = resources.get(urljoin(self._roots.get(root, ""), address))
            if found is None:
                return None
            root = found
        return self._inside(root, unquote(fragment))

    @property
    def is_one_resource(self) -> bool:
        """Whether a dynamic reference can only mean one place."""
        self._indexed()
        return len(self._roots) == 1

    def _inside(self, root: str, fragment: str) -> str | None:
        if fragment and not fragment.startswith("/"):
            return self._anchors.get((root, fragment))
        pointer = f"{root}{fragment}"
        return pointer if isinstance(self.at(pointer), dict | bool) else None

    def _root_of(self, place: str) -> str:
        while place not in self._roots:
            place = place.rpartition("/")[0]
        return place

    def _indexed(self) -> dict[str, str]:
        if not self._roots:
            self._roots = {"": ""}
            waiting: list[tuple[str, str, Json]] = [("", "", self.data)]
            while waiting:
                pointer, root, node = waiting.pop()
                if isinstance(node, dict):
                    root = self._named(pointer, root, node)
                waiting.extend((below, root, child) for below, child in _below(pointer, node))
        return self._resources

    def _named(self, pointer: str, root: str, node: dict[str, Json]) -> str:
        """Remember the names that *node* gives itself; return the resource it belongs to."""
        own = node.get("$id")
        if isinstance(own, str) and not (self.ignores_siblings and "$ref" in node):
            address, fragment = urldefrag(own)
            if address:
                root = pointer
                self._roots[pointer] = urljoin(self._roots.get(self._above(pointer), ""), address)
                self._resources[self._roots[pointer]] = pointer
            if fragment and not fragment.startswith("/"):
                self._anchors[root, fragment] = pointer
        for name in ("$anchor", "$dynamicAnchor"):
            if isinstance(node.get(name), str):
                self._anchors[root, node[name]] = pointer
        return root

    def _above(self, pointer: str) -> str:
        return self._root_of(pointer.rpartition("/")[0]) if pointer else ""


def _child(node: Json, token: str) -> Json:
    if isinstance(node, dict):
        return node.get(token.replace("~1", "/").replace("~0", "~"), ABSENT)
    if (
        isinstance(node, list)
        and token.isascii()
        and token.isdigit()
        and len(token) < _LONGEST_INDEX
    ):
        return node[int(token)] if int(token) < len(node) else ABSENT
    return ABSENT


def _below(pointer: str, node: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(node, list):
        for index, child in enumerate(node):
            if isinstance(child, dict | list):
                yield f"{pointer}/{index}", child
    elif isinstance(node, dict):
        for key, child in node.items():
            if key not in _OPAQUE and isinstance(child, dict | list):
                yield f"{pointer}/{escape(key)}", child
