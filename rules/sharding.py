"""A shard is a handful of engine rules behind one handle, small enough for the engine's limits."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rules.enginerule import MAX_PROPERTIES, EngineRule
from rules.vocabulary import Kind, Property

MAX_RULES = 20
MAX_PATTERNS = 50
MAX_CONDITIONS = 300


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of fact that a shard looks at, and the keys that are shown of it."""

    kind: Kind
    code: int
    keys: tuple[str, ...]


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """
    `showings` are in the order in which facts are shown: shadows first.

    `asks` are the units of which its rules are alternatives.
    """

    rules: tuple[EngineRule, ...]
    showings: tuple[Showing, ...]
    asks: frozenset[str]


def shard(
    rules: Iterable[EngineRule], kinds: Mapping[Kind, int], properties: Iterable[Property]
) -> tuple[Shard, ...]:
    """Return *rules*, in order, as shards."""
    by_index = {one.index: one for one in properties}
    return tuple(_shard(those, kinds, by_index) for those in _groups(rules))


def _groups(rules: Iterable[EngineRule]) -> Iterator[tuple[EngineRule, ...]]:
    group: list[EngineRule] = []
    for one in rules:
        grown = [*group, one]
        if group and (
            len(grown) > MAX_RULES
            or sum(rule.patterns for rule in grown) > MAX_PATTERNS
            or sum(rule.conditions for rule in grown) > MAX_CONDITIONS
            or len({i for rule in grown for i in rule.properties}) > MAX_PROPERTIES
        ):
            yield tuple(group)
            grown = [one]
        group = grown
    if group:
        yield tuple(group)


def _shard(
    rules: tuple[EngineRule, ...], kinds: Mapping[Kind, int], properties: Mapping[int, Property]
) -> Shard:
    used = [properties[index] for index in sorted({i for one in rules for i in one.properties})]
    codes = {code for one in rules for code in one.kinds}
    showings = [
        Showing(kind=kind, code=code, keys=tuple(_keys(kind, used)))
        for kind, code in kinds.items()
        if code in codes
    ]
    showings.sort(key=lambda one: (not one.kind.shadow, one.code))
    return Shard(rules=rules, showings=tuple(showings), asks=frozenset(one.rule for one in rules))


def _keys(kind: Kind, used: Iterable[Property]) -> Iterator[str]:
    for one in used:
        if one.fact_type == kind.fact_type:
            yield from (one.value, one.known)
