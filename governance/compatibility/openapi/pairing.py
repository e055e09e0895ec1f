"""
Pairs of schemas, each compared once, however many operations use it.

A pair leads to pairs: of properties, of items, of branches. What leads to no change is
not walked again; equal schemas are not even taken apart unless one they refer to changed.
"""

from collections.abc import Iterator

import msgspec

from governance.compatibility.openapi.bounds import bound_changes
from governance.compatibility.openapi.combination import (
    COMBINED,
    branches,
    combination_changes,
    wraps,
)
from governance.compatibility.openapi.document import Placed, mapping, references_in
from governance.compatibility.openapi.fact import Fact
from governance.compatibility.openapi.kind import (
    KindChange,
    TypeList,
    kind_change,
    type_list_change,
)
from governance.compatibility.openapi.presence import NAMED_PARTS, PARTS, presence_changes, stands
from governance.compatibility.openapi.property import property_changes
from governance.compatibility.openapi.schema import Schema, Schemas
from governance.compatibility.openapi.values import value_changes
from governance.contract.artifact import Json

Key = tuple[str, str]


class Pair(msgspec.Struct, frozen=True):
    """Two schemas and what changed between them, what they lead to left aside."""

    key: Key
    old: Schema
    new: Schema
    same: bool
    facts: tuple[Fact, ...] = ()
    kind: KindChange | None = None
    type_list: TypeList | None = None

    @property
    def changed(self) -> bool:
        return not self.same and bool(
            self.facts or self.kind or self.type_list or _lifecycle(self.old, self.new)
        )


class Step(msgspec.Struct, frozen=True):
    """One step down: its words, and the pair it leads to."""

    words: str
    pair: Pair


class Pairing:
    def __init__(self, olds: Schemas, news: Schemas) -> None:
        self.olds, self.news = olds, news
        self._pairs: dict[Key, Pair] = {}
        self._steps: dict[Key, tuple[Step, ...]] = {}

    def pair(self, old: Placed, new: Placed) -> Pair:
        return self._pair(self.olds.at(old), self.news.at(new))

    def steps(self, pair: Pair) -> tuple[Step, ...]:
        if pair.key not in self._steps:
            self._steps[pair.key] = tuple(self._below(pair.old, pair.new))
        return self._steps[pair.key]

    def live(self, roots: list[Pair]) -> dict[Key, bool]:
        """Return which of the pairs that *roots* lead to lead to a change themselves."""
        above: dict[Key, list[Key]] = {}
        waiting = list({root.key: root for root in roots}.values())
        seen = {root.key for root in waiting}
        live = []
        while waiting:
            pair = waiting.pop()
            if pair.changed:
                live.append(pair.key)
            for under in self._leads_to(pair):
                above.setdefault(under.key, []).append(pair.key)
                if under.key not in seen:
                    seen.add(under.key)
                    waiting.append(under)
        found = dict.fromkeys(seen, False) | dict.fromkeys(live, True)
        while live:
            for key in above.get(live.pop(), ()):
                if not found[key]:
                    found[key] = True
                    live.append(key)
        return found

    def leads(self, pair: Pair, live: dict[Key, bool]) -> bool:
        """Say whether *pair* is live, or holds in itself a reference to what is."""
        if pair.key not in live:
            live[pair.key] = any(live.get(under.key) for under in self._leads_to(pair))
        return live[pair.key]

    def _leads_to(self, pair: Pair) -> Iterator[Pair]:
        if not pair.same:
            yield from (step.pair for step in self.steps(pair))
            return
        for reference in set(references_in(pair.old.keywords)):
            placed = Placed(value={"$ref": reference}, pointer=f"to {reference}")
            yield self.pair(placed, placed)

    def _pair(self, old: Schema, new: Schema) -> Pair:
        key = (old.key, new.key)
        if key not in self._pairs:
            self._pairs[key] = self._compared(key, old, new)
        return self._pairs[key]

    def _compared(self, key: Key, old: Schema, new: Schema) -> Pair:
        if old.lost != new.lost:
            lost = Fact(
                rules=("schema-unresolved",),
                said="a reference leads nowhere; what it stands for is not judged",
                pointer=(new if new.lost else old).pointer,
            )
            return Pair(key, old, new, same=False, facts=(lost,))
        types = (old.types, old.nullable) == (new.types, new.nullable)
        if types and _equal(old.keywords, new.keywords):
            return Pair(key, old, new, same=True)
        wrapped = "oneOf" in new.keywords and wraps(old, new)
        type_list = None if wrapped else type_list_change(old, new)
        kind = None if wrapped or type_list else kind_change(old, new)
        facts = self._facts(old, new, wrapped=wrapped, listed=type_list is not None)
        return Pair(key, old, new, same=False, facts=tuple(facts), kind=kind, type_list=type_list)

    def _facts(self, old: Schema, new: Schema, *, wrapped: bool, listed: bool) -> Iterator[Fact]:
        if old.nullable != new.nullable:
            yield _nullability(old, new)
        yield from bound_changes(old, new)
        yield from value_changes(old, new)
        yield from presence_changes(old, new)
        if not listed:
            yield from combination_changes(old, new, wrapped=wrapped)
        yield from property_changes(old, new, self.olds, self.news, wrapped=wrapped)

    def _below(self, old: Schema, new: Schema) -> Iterator[Step]:
        for name in old.properties:
            if name in new.properties:
                yield self._step(name, old, new, ("properties", name))
        listed = sum("items" in one.keywords for one in (old, new))
        if listed == 2 or (listed and old.types == new.types):  # noqa: PLR2004 - both of them
            yield self._step("items", old, new, ("items",))
        if mapping(old.keywords.get("additionalProperties")) and mapping(
            new.keywords.get("additionalProperties")
        ):
            yield self._step("additionalProperties", old, new, ("additionalProperties",))
        for keyword in PARTS:
            if stands(old, keyword) and stands(new, keyword):
                yield self._step(keyword, old, new, (keyword,))
        yield from self._named_below(old, new)
        yield from self._branches_below(old, new)

    def _named_below(self, old: Schema, new: Schema) -> Iterator[Step]:
        for keyword in NAMED_PARTS:
            both = mapping(new.keywords.get(keyword))
            for name in mapping(old.keywords.get(keyword)):
                if name in both:
                    yield self._step(f"{keyword}[{name}]", old, new, (keyword, name))

    def _branches_below(self, old: Schema, new: Schema) -> Iterator[Step]:
        for keyword in COMBINED:
            if keyword in old.keywords and keyword in new.keywords:
                for was, now in branches(keyword, old, new).pairs:
                    pair = self.pair(old.below(keyword, was), new.below(keyword, now))
                    called = pair.new.ref or f"{now + 1}"
                    yield Step(f"{keyword}[{called}]", pair)

    def _step(self, words: str, old: Schema, new: Schema, keys: tuple[str, ...]) -> Step:
        return Step(words, self.pair(old.below(*keys), new.below(*keys)))


def _nullability(old: Schema, new: Schema) -> Fact:
    return Fact(
        rules=("{at}-became-nullable" if new.nullable else "{at}-became-not-nullable",),
        said="may now be null" if new.nullable else "may no longer be null",
        pointer=new.pointer,
        before=old.nullable,
        after=new.nullable,
    )


def _lifecycle(old: Schema, new: Schema) -> bool:
    words = ("deprecated", "x-stability-level")
    return any(old.keywords.get(word) != new.keywords.get(word) for word in words)


def _equal(some: dict[str, Json], others: dict[str, Json]) -> bool:
    """Say whether two schemas are written alike; `1` is not `true` here."""
    return some == others and _encoded(some) == _encoded(others)


def _encoded(value: Json) -> bytes:
    return msgspec.json.encode(value, order="sorted")
