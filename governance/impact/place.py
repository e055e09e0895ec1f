"""
Where the fields of a document stand: JSON Pointer → the paths by which data is told there.

`amount.currency`, `lines[].rate`, `labels*` for names that nobody declared. What is referred to
stands wherever it is referred to from; a schema within itself is followed once.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

import msgspec

from governance.contract.artifact import Json, escape
from governance.contract.expansion import looked_up

Places = Mapping[str, tuple[str, ...]]
MOST = 20_000
"""Places of one document; beyond them nothing is named."""
_SAME = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
_ITEMS = ("items", "prefixItems", "contains", "additionalItems", "unevaluatedItems")
_NAMED = ("additionalProperties", "patternProperties", "unevaluatedProperties")
_DEEPEST = 32
_NESTING = frozenset({"record", "error", "array", "map", "enum", "fixed"})


class _At(msgspec.Struct, frozen=True):
    """A schema at *pointer* that tells what *path* says; `above` are the references to it."""

    pointer: str
    node: Json
    path: str
    above: frozenset[str] = frozenset()

    def below(self, *steps: str | int) -> str:
        return "".join((self.pointer, *(f"/{escape(one)}" for one in steps)))


_Within = Callable[[_At], Iterator[_At]]


def json_schema_places(data: Json) -> Places:
    """Return where the fields of a JSON Schema stand."""

    def within(at: _At) -> Iterator[_At]:
        if not isinstance(at.node, dict):
            return
        yield from _referred(data, at)
        yield from _properties(at)
        for name, suffix in (
            *((one, "") for one in _SAME),
            *((one, "[]") for one in _ITEMS),
            *((one, "*") for one in _NAMED),
        ):
            yield from _each(at, name, suffix)

    return _found(data, within)


def avro_places(data: Json) -> Places:
    """Return where the fields of an Avro schema stand."""
    named: dict[str, _At] = {}

    def within(at: _At) -> Iterator[_At]:
        node = at.node
        if isinstance(node, str) and node in named and node not in at.above:
            known = named[node]
            yield _At(known.pointer, known.node, at.path, at.above | {node})
        if isinstance(node, list):
            yield from (_At(at.below(i), one, at.path, at.above) for i, one in enumerate(node))
        if isinstance(node, dict):
            for name in _names(node):
                named.setdefault(name, at)
            yield from _of_avro(at, node)

    return _found(data, within)


_FINDERS: dict[str, Callable[[Json], Places]] = {
    "jsonschema": json_schema_places,
    "avro": avro_places,
}


def places(format_: str, data: Json) -> Places | None:
    """Return where the fields of a document stand; None where its format tells none here."""
    find = _FINDERS.get(format_)
    return find(data) if find is not None else None


def joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def field_of(path: str) -> str:
    """Return the field of the data itself that *path* begins with: `lines[].rate` → `lines`."""
    return path.split(".", maxsplit=1)[0].rstrip("[]*")


def nearest(places: Places, pointer: str) -> tuple[str, ...]:
    """Return the paths that are told at *pointer*, or at the nearest place above it."""
    while pointer not in places:
        if not pointer:
            return ()
        pointer = pointer.rpartition("/")[0]
    return places[pointer]


def _found(data: Json, within: _Within) -> Places:
    found: dict[str, dict[str, None]] = {}
    waiting, count = deque([_At("", data, "")]), 0
    while waiting and count < MOST:
        at = waiting.popleft()
        paths = found.setdefault(at.pointer, {})
        if at.path in paths:
            continue
        paths[at.path] = None
        count += 1
        waiting.extend(within(at))
    return {pointer: tuple(paths) for pointer, paths in found.items()}


def _properties(at: _At) -> Iterator[_At]:
    properties = at.node.get("properties")
    for name, one in properties.items() if isinstance(properties, dict) else ():
        yield _At(at.below("properties", name), one, joined(at.path, name), at.above)


def _each(at: _At, keyword: str, suffix: str) -> Iterator[_At]:
    """Yield the schemas that *keyword* holds: one, a list of them, or one by each name."""
    one, path = at.node.get(keyword), f"{at.path}{suffix}"
    if isinstance(one, list):
        yield from (_At(at.below(keyword, i), s, path, at.above) for i, s in enumerate(one))
    elif isinstance(one, dict) and keyword in {"patternProperties", "dependentSchemas"}:
        yield from (_At(at.below(keyword, n), s, path, at.above) for n, s in one.items())
    elif isinstance(one, dict):
        yield _At(at.below(keyword), one, path, at.above)


def _referred(root: Json, at: _At) -> Iterator[_At]:
    reference = at.node.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return
    if reference in at.above or len(at.above) > _DEEPEST:
        return
    pointer = reference.removeprefix("#")
    node = looked_up(root, pointer)
    yield _At(unquote(pointer), node, at.path, at.above | {reference})


def _of_avro(at: _At, node: dict[str, Json]) -> Iterator[_At]:
    kind = node.get("type")
    if isinstance(kind, dict | list) or (isinstance(kind, str) and kind not in _NESTING):
        yield _At(at.below("type"), kind, at.path, at.above)
    fields = node.get("fields")
    for place, one in enumerate(fields if isinstance(fields, list) else ()):
        if isinstance(one, dict):
            path = joined(at.path, str(one.get("name", "")))
            yield _At(at.below("fields", place), one, path, at.above)
    for keyword, suffix in (("items", "[]"), ("values", "*")):
        if keyword in node:
            yield _At(at.below(keyword), node[keyword], f"{at.path}{suffix}", at.above)


def _names(node: dict[str, Json]) -> Iterator[str]:
    """Yield the names by which a type may be called, with its namespace and without."""
    name, space = node.get("name"), node.get("namespace")
    if isinstance(name, str) and "type" in node and str(node["type"]) in _NESTING:
        yield name
        if isinstance(space, str):
            yield f"{space}.{name}"
