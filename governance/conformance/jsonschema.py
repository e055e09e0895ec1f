"""What a JSON Schema declares: its properties, through references and combinations."""

from collections import deque
from typing import NamedTuple

from governance.conformance.declared import DEEPEST, Declared, Declaring
from governance.contract.artifact import Json, escape
from governance.contract.expansion import looked_up

_EVERY = ("allOf",)
_SOME = ("anyOf", "oneOf", "then", "else", "if", "dependentSchemas")


class _Place(NamedTuple):
    """`sure`: no choice stands between here and the whole."""

    at: str
    schema: Json
    sure: bool
    depth: int


def declared_in_schema(root: Json) -> Declared:
    found, seen = Declaring(), set[tuple[str, int, bool]]()
    waiting = deque([_Place("", root, sure=True, depth=0)])
    while waiting and not found.full:
        one = waiting.popleft()
        mark = (one.at, id(one.schema), one.sure)
        if not isinstance(one.schema, dict) or mark in seen or one.depth > DEEPEST:
            continue
        seen.add(mark)
        _values(one, found)
        waiting += [*_same(one, root), *_inside(one, found)]
    return found.declared()


def _values(one: _Place, found: Declaring) -> None:
    listed = one.schema.get("enum")
    if "const" in one.schema:
        listed = [one.schema["const"]]
    if one.at and isinstance(listed, list):
        found.add(one.at, values=listed)


def _same(one: _Place, root: Json) -> list[_Place]:
    """Return the schemas that speak of the same place."""
    found = [one._replace(schema=each) for key in _EVERY for each in _listed(one.schema.get(key))]
    for key in _SOME:
        those = _listed(one.schema.get(key))
        found += [one._replace(schema=each, sure=False) for each in those]
    reference = one.schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        target = looked_up(root, reference[1:])
        found.append(one._replace(schema=target))
    return found


def _inside(one: _Place, found: Declaring) -> list[_Place]:
    """Return the schemas of what lies within the place."""
    below: list[_Place] = []
    properties = one.schema.get("properties")
    required = one.schema.get("required")
    names = set(required) if isinstance(required, list) and one.sure else set()
    for name, schema in (properties if isinstance(properties, dict) else {}).items():
        pointer = f"{one.at}/{escape(name)}"
        found.add(pointer, required=name in names)
        below.append(_Place(pointer, schema, sure=True, depth=one.depth + 1))
    more = one.schema.get("additionalProperties")
    if isinstance(more, dict) or "patternProperties" in one.schema:
        found.open.add(one.at)
    items = [*_listed(one.schema.get("items")), *_listed(one.schema.get("prefixItems"))]
    if items:
        found.add(f"{one.at}/*")
    below += [_Place(f"{one.at}/*", each, sure=True, depth=one.depth + 1) for each in items]
    return below


def _listed(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []
