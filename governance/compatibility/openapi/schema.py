"""
A schema as it judges a value, whichever dialect wrote it.

`nullable: true` of 3.0, a type list with `null` of 3.1 and a union with `null` say the same;
so do an exclusive bound that is a flag and one that is a number.
"""

import msgspec

from governance.compatibility.openapi.document import Document, Placed, listed, mapping
from governance.contract.artifact import Json

ANNOTATIONS = frozenset(
    {"title", "description", "summary", "examples", "example", "externalDocs", "$comment", "xml"}
    | {"default", "deprecated", "$schema", "$id"}
)
_LITTLE = ANNOTATIONS - {"default", "deprecated"}
_NOTHING: dict[str, Json] = {"not": {}}


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """
    `keywords` without what `types` and `nullable` say; `pointer`: where they stand.

    `key` is the same for two schemas of one document only when they are the same one.
    """

    keywords: dict[str, Json]
    pointer: str
    key: str
    types: tuple[str, ...] = ()
    nullable: bool = False
    ref: str = ""
    lost: bool = False

    def below(self, *keys: str | int) -> Placed:
        return Placed(value=self.keywords, pointer=self.pointer).below(*keys)

    def flag(self, keyword: str) -> bool:
        return self.keywords.get(keyword) is True

    @property
    def required(self) -> list[Json]:
        return listed(self.keywords.get("required"))

    @property
    def properties(self) -> dict[str, Json]:
        return mapping(self.keywords.get("properties"))


class Schemas:
    """The schemas of one document, each read once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._read: dict[str, Schema] = {}
        self._older = str(mapping(document.root.value).get("openapi", "")).startswith("3.0")

    def at(self, placed: Placed) -> Schema:
        """Return the schema at *placed*, its reference followed and its dialect forgotten."""
        found = self._read.get(placed.pointer)
        if found is None:
            found = self._read[placed.pointer] = self._schema(placed)
        return found

    def _schema(self, placed: Placed) -> Schema:
        value = placed.value
        target = self.document.follow(placed)
        beside = {} if target is placed or self._older else _said_beside(value)
        if target.value is None and value is not None:
            return Schema(keywords={}, pointer=placed.pointer, key=placed.pointer, lost=True)
        keywords = mapping(target.value) if target.value is not False else _NOTHING
        if target.ref and not beside:
            return self._normal(keywords, target, key=target.pointer)
        return self._normal({**keywords, **beside}, target, key=placed.pointer)

    def _normal(self, keywords: dict[str, Json], target: Placed, *, key: str) -> Schema:
        types = _types(keywords.get("type"))
        nullable = keywords.get("nullable") is True or "null" in types
        union = _nullable_union(keywords)
        if union is not None:
            return self._without_null(keywords, union, target, key=key)
        return Schema(
            keywords=_numeric_bounds(keywords),
            pointer=target.pointer,
            key=key,
            types=tuple(sorted(one for one in types if one != "null")),
            nullable=nullable,
            ref=target.ref,
        )

    def _without_null(
        self, keywords: dict[str, Json], union: tuple[str, list[int]], target: Placed, *, key: str
    ) -> Schema:
        """Return the one schema that stands beside `null`, or the union without it."""
        word, kept = union
        beside = {name: value for name, value in keywords.items() if name != word}
        if len(kept) > 1:
            rest = {**beside, word: [keywords[word][index] for index in kept]}
            found = self._normal(rest, target, key=key)
            return msgspec.structs.replace(found, nullable=True)
        only = self.at(Placed(value=keywords, pointer=target.pointer).below(word, kept[0]))
        read = self._normal({**only.keywords, **beside}, target, key=key)
        return msgspec.structs.replace(
            read, pointer=only.pointer, types=only.types, nullable=True, ref=only.ref
        )


def _said_beside(value: Json) -> dict[str, Json]:
    return {k: v for k, v in mapping(value).items() if k != "$ref" and k not in _LITTLE}


def _types(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in listed(value) if isinstance(one, str)]


def _nullable_union(keywords: dict[str, Json]) -> tuple[str, list[int]] | None:
    """Return which union has `null` for a branch, and the other branches; None without one."""
    for word in ("anyOf", "oneOf"):
        branches = listed(keywords.get(word))
        kept = [n for n, one in enumerate(branches) if mapping(one).get("type") != "null"]
        if 0 < len(kept) < len(branches):
            return word, kept
    return None


def _numeric_bounds(keywords: dict[str, Json]) -> dict[str, Json]:
    """Return *keywords* with the flags of 3.0 (`exclusiveMaximum: true`) as the bounds they are."""
    changed = dict(keywords)
    for flag, bound in (("exclusiveMaximum", "maximum"), ("exclusiveMinimum", "minimum")):
        if isinstance(keywords.get(flag), bool):
            exclusive = changed.pop(flag)
            if exclusive and bound in changed:
                changed[flag] = changed.pop(bound)
    return changed
