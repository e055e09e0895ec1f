"""
A document whose references lead to places in itself.

Whatever stands where another thing is wanted reads as nothing at all: a comparison judges
documents that were checked before, and gives no second verdict on their form.
"""

from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from governance.contract.artifact import Json, escape

MAX_CHAIN = 32


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A value and where it stands; `ref`: the last name of what was referred to, if anything."""

    value: Json
    pointer: str
    ref: str = ""

    def below(self, *keys: str | int) -> "Placed":
        """Return what stands under *keys*, None where nothing does; references stay as they are."""
        value, pointer = self.value, self.pointer
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else _item(value, key)
            pointer = f"{pointer}/{escape(key)}"
        return Placed(value=value, pointer=pointer)


class Document:
    """The plain data of an OpenAPI document, and its references followed."""

    def __init__(self, data: Json) -> None:
        self.root = Placed(value=data, pointer="")
        self._followed: dict[str, Placed | None] = {}

    def below(self, *keys: str) -> Placed:
        return self.follow(self.root.below(*keys))

    def follow(self, placed: Placed) -> Placed:
        """Return what *placed* refers to, through any chain; None in it when it leads nowhere."""
        start, seen = placed, 0
        while isinstance(placed.value, dict) and isinstance(placed.value.get("$ref"), str):
            target = self._target(placed.value["$ref"])
            seen += 1
            if target is None or seen > MAX_CHAIN:
                return Placed(value=None, pointer=start.pointer)
            placed = target
        return placed

    def entries(self, placed: Placed) -> dict[str, Placed]:
        """Return the members of an object, each followed, in the document's order."""
        found = self.follow(placed)
        return {key: self.follow(found.below(key)) for key in mapping(found.value)}

    def _target(self, reference: str) -> Placed | None:
        if reference not in self._followed:
            self._followed[reference] = self._look_up(reference)
        return self._followed[reference]

    def _look_up(self, reference: str) -> Placed | None:
        if not reference.startswith("#/"):
            return None
        value = self.root.value
        pointer, name = "", ""
        for token in reference[2:].split("/"):
            name = _unescaped(token)
            value = value.get(name) if isinstance(value, dict) else _item(value, name)
            if value is None:
                return None
            pointer = f"{pointer}/{escape(name)}"
        return Placed(value=value, pointer=pointer, ref=name)


def mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def names(value: Json) -> list[str]:
    """Return the texts of a list, in its order, each once."""
    return list(dict.fromkeys(one for one in listed(value) if isinstance(one, str)))


def references_in(value: Json) -> Iterator[str]:
    """Yield what *value* refers to, anywhere in it."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            waiting.extend(one for one in node.values() if isinstance(one, dict | list))
        elif isinstance(node, list):
            waiting.extend(one for one in node if isinstance(one, dict | list))


def _item(value: Json, key: str | int) -> Json:
    if not isinstance(value, list) or not str(key).isdigit() or int(key) >= len(value):
        return None
    return value[int(key)]


def _unescaped(token: str) -> str:
    from_percent = unquote(token) if "%" in token else token
    return from_percent.replace("~1", "/").replace("~0", "~")
