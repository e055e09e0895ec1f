"""
What an object's schema says of each name: listed, by pattern, or as any other name.

Open: any other name, anything in it. Closed: no other name. Partially open: other names
by a pattern, or with a schema. Each place that holds has a content model of its own.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from governance.compatibility.jsonschema.document import ABSENT
from governance.compatibility.jsonschema.pattern import matches
from governance.compatibility.jsonschema.view import Node, View
from governance.contract.artifact import Json, escape

_APPLYING = ("$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if")
_APPLYING_OBJECT = (*_APPLYING, "dependentSchemas")


class Content(NamedTuple):
    """The content model of one place; `others` is the pointer to any other name's schema."""

    names: dict[str, str]
    patterns: dict[str, str]
    others: str | None
    keyword: str


class ContentModel:
    """The content models of a node together."""

    def __init__(self, node: Node, seen: View) -> None:
        self._node = node
        older = node.document.ignores_siblings
        self.contents = [_content(at, schema, older=older) for at, schema in seen.conjuncts]

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names that are listed, with the places of their schemas."""
        found: dict[str, tuple[str, ...]] = {}
        for content in self.contents:
            for name, at in content.names.items():
                found[name] = (*found.get(name, ()), at)
        return found

    @cached_property
    def patterns(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for content in self.contents:
            for pattern, at in content.patterns.items():
                found[pattern] = (*found.get(pattern, ()), at)
        return found

    @cached_property
    def others(self) -> Node:
        """What any other name holds."""
        return self.node(one.others for one in self.contents if one.others is not None)

    @cached_property
    def others_keyword(self) -> tuple[str, str]:
        """The keyword that speaks of any other name, and its pointer; both empty: none does."""
        found = [(one.keyword, one.others) for one in self.contents if one.others is not None]
        return next(((keyword, at) for keyword, at in found), ("", ""))

    def others_beside(self, pattern: str) -> list[str]:
        """Return what is said of any other name where *pattern* is not listed."""
        return [
            one.others
            for one in self.contents
            if one.others is not None and pattern not in one.patterns
        ]

    def of(self, name: str, *, newer: bool) -> Node:
        """
        Return what *name* has to hold.

        A pattern that cannot be run says nothing in the older schema, and everything it
        can in the newer one: so nothing passes by silence.
        """
        places: list[str] = []
        for content in self.contents:
            places.extend(_of(content, name, newer=newer))
        return self.node(places)

    def node(self, places: "Iterator[str] | list[str] | tuple[str, ...]") -> Node:
        """Return *places* as one node; what says nothing is left out."""
        document = self._node.document
        return Node(
            document,
            tuple(dict.fromkeys(at for at in places if not says_nothing(document.at(at)))),
        )


def _of(content: Content, name: str, *, newer: bool) -> list[str]:
    found = [content.names[name]] if name in content.names else []
    unknown = False
    for pattern, at in content.patterns.items():
        hit = matches(pattern, name)
        unknown |= hit is None
        if hit or (hit is None and newer):
            found.append(at)
    falls_through = not found or (unknown and newer and name not in content.names)
    if falls_through and content.others is not None and (newer or not unknown):
        found.append(content.others)
    return found


def _content(at: str, schema: dict[str, Json], *, older: bool) -> Content:
    """Read one place; *older* drafts know no `unevaluatedProperties`."""
    keyword = "additionalProperties"
    others = f"{at}/{keyword}" if keyword in schema else None
    if others is None and "unevaluatedProperties" in schema and not (older or _applies(schema)):
        keyword = "unevaluatedProperties"
        others = f"{at}/{keyword}"
    return Content(
        names=_members(schema, at, "properties"),
        patterns=_members(schema, at, "patternProperties"),
        others=others,
        keyword=keyword,
    )


def _applies(schema: dict[str, Json]) -> bool:
    return any(keyword in schema for keyword in _APPLYING_OBJECT)


def _members(schema: dict[str, Json], at: str, keyword: str) -> dict[str, str]:
    members = schema.get(keyword)
    if not isinstance(members, dict):
        return {}
    return {name: f"{at}/{keyword}/{escape(name)}" for name in members}


def says_nothing(schema: Json) -> bool:
    """Whether anything passes *schema*."""
    return schema is True or schema is ABSENT or schema == {}


def is_never(node: Node) -> bool:
    """Whether *node* plainly refuses everything."""
    return any(
        schema is False or (isinstance(schema, dict) and schema.get("not", ABSENT) in ({}, True))
        for schema in map(node.document.at, node.places)
    )


def hard_unevaluated(seen: View) -> list[tuple[str, str]]:
    """Return where an `unevaluated…` depends on what other schemas have looked at."""
    return [
        (at, keyword)
        for at, schema in seen.conjuncts
        for keyword in ("unevaluatedProperties", "unevaluatedItems")
        if not says_nothing(schema.get(keyword, ABSENT)) and _looks(schema, keyword)
    ]


def _looks(schema: dict[str, Json], keyword: str) -> bool:
    if keyword == "unevaluatedProperties":
        return "additionalProperties" not in schema and _applies(schema)
    beside = (*_APPLYING, "contains")
    return "additionalItems" not in schema and any(one in schema for one in beside)
