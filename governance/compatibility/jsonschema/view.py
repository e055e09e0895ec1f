"""
What a schema says once its `allOf` and `$ref` are read as one: all of it holds together.

A node is a set of places that hold together; a place is a JSON Pointer into its document.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from governance.compatibility.jsonschema.document import ABSENT, Document
from governance.contract.artifact import Json

_UNIONS = ("anyOf", "oneOf")
_DYNAMIC = ("$dynamicRef", "$recursiveRef")


class Said(NamedTuple):
    """The value of one keyword and the place where it stands."""

    value: Json
    at: str


class Node(NamedTuple):
    """
    Places that hold together; none: anything holds.

    `only` keeps it to one type; `chosen` has taken one branch of some unions.
    """

    document: Document
    places: tuple[str, ...] = ()
    only: str = ""
    chosen: tuple[tuple[str, str], ...] = ()  # union → branch

    @property
    def pointer(self) -> str:
        """The place to show for it."""
        return self.places[0] if self.places else ""


class Union(msgspec.Struct, frozen=True):
    """An `anyOf` or `oneOf` of two branches or more."""

    kind: str
    at: str
    branches: tuple[str, ...]


class View(msgspec.Struct):
    """The keywords of every place of a node; `never`: nothing holds."""

    conjuncts: list[tuple[str, dict[str, Json]]] = []
    unions: list[Union] = []
    unresolved: list[Said] = []
    never: bool = False
    memo: dict[str, Any] = {}  # what was worked out of it, by whom

    def said(self, keyword: str) -> list[Said]:
        """Return every value that *keyword* is given, in order."""
        return [
            Said(one[keyword], f"{at}/{keyword}") for at, one in self.conjuncts if keyword in one
        ]


def settled(node: Node) -> Node:
    """Return *node* with every place that is but a reference put where that leads."""
    places = tuple(dict.fromkeys(_settled(node.document, place) for place in node.places))
    return node._replace(places=places) if places != node.places else node


def _settled(document: Document, place: str) -> str:
    passed = {place}
    while True:
        schema = document.at(place)
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not (document.ignores_siblings or len(schema) == 1):
            return place
        target = document.follow(reference, place)
        if target is None or target in passed:
            return place
        passed.add(target)
        place = target


def view(node: Node) -> View:
    """Return *node* with references followed and `allOf` taken apart."""
    seen = View()
    chosen = dict(node.chosen)
    waiting = list(reversed(node.places))
    visited: set[str] = set()
    while waiting:
        place = waiting.pop()
        if place in visited:
            continue
        visited.add(place)
        schema = node.document.at(place)
        if schema is False:
            seen.never = True
        elif isinstance(schema, dict):
            waiting.extend(reversed(_apart(node.document, place, schema, seen, chosen)))
    return seen


def _apart(
    document: Document, place: str, schema: dict[str, Json], seen: View, chosen: dict[str, str]
) -> list[str]:
    """Keep what *schema* says itself in *seen*; return the places that hold with it."""
    holding = _referred(document, place, schema, seen.unresolved.append)
    if "$ref" in schema and document.ignores_siblings:
        return holding
    seen.conjuncts.append((place, schema))
    seen.never |= document.at(f"{place}/not") is True or schema.get("not", ABSENT) == {}
    holding.extend(_branches(schema, place, "allOf"))
    for kind in _UNIONS:
        branches = _branches(schema, place, kind)
        at = f"{place}/{kind}"
        if at in chosen:
            holding.append(chosen[at])
        elif len(branches) == 1:
            holding.extend(branches)
        elif branches:
            seen.unions.append(Union(kind, at, tuple(branches)))
    return holding


def _branches(schema: dict[str, Json], place: str, kind: str) -> list[str]:
    listed = schema.get(kind)
    return [f"{place}/{kind}/{n}" for n in range(len(listed))] if isinstance(listed, list) else []


def _referred(
    document: Document,
    place: str,
    schema: dict[str, Json],
    unresolved: Callable[[Said], None],
) -> list[str]:
    found = []
    for keyword in ("$ref", *_DYNAMIC):
        reference = schema.get(keyword)
        if not isinstance(reference, str):
            continue
        plain = keyword == "$ref" or document.is_one_resource
        target = document.follow(reference, place) if plain else None
        if target is None:
            unresolved(Said(reference, f"{place}/{keyword}"))
        else:
            found.append(target)
    return found


def declared(seen: View) -> Json:
    """Return the type as it is written; several that hold together as a list of them."""
    if seen.never:
        return False
    said = [one.value for one in seen.said("type")]
    return said[0] if len(said) == 1 else (said or None)
