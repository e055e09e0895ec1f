"""A shard is a handful of engine rules behind one handle, small enough for the engine's limits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from rules.engine.rule import (
    ELEMENT,
    KIND,
    MAX_PROPERTIES,
    NOUGHT,
    ORDINAL,
    STATE,
    UNIT,
    EngineRule,
)
from rules.engine.vocabulary import NO_TYPE, Kind, Property
from rules.inlining import function

MAX_RULES = 8  # 20 hold; few are asked faster than many
MAX_PATTERNS = 50
MAX_CONDITIONS = 300


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """
    One kind of fact that a shard looks at.

    `write` shows of it what the shard asks for, as JSON, under the id that it is given.
    """

    kind: Kind
    code: int
    write: Callable[[Mapping[str, int], int], str]


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
    """Return *rules* as shards, those that ask the same of a datum in one."""
    by_index = {one.index: one for one in properties}
    return tuple(_shard(those, kinds, by_index) for those in _groups(_beside(list(rules))))


def _beside(rules: list[EngineRule]) -> list[EngineRule]:
    """
    Return *rules* in the order of the equality that tells each best apart, then of their kinds.

    A fact that meets one rule of a shard then often meets the others, and few shards are asked.
    """
    asked: dict[str, set[int]] = defaultdict(set)
    for rule in rules:
        for key, value in _equalities(rule):
            asked[key].add(value)

    def place(rule: EngineRule) -> tuple[str, int, list[int]]:
        most = max(_equalities(rule), key=lambda one: len(asked[one[0]]), default=("", 0))
        return *most, sorted(rule.kinds)

    return sorted(rules, key=place)


def _equalities(rule: EngineRule) -> Iterator[tuple[str, int]]:
    for need in rule.needs:
        for key, operator, value in need.tests:
            if operator == "==" and key.startswith("v"):
                yield key, value


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
    asked = frozenset(key for one in rules for key in one.keys)
    codes = {code for one in rules for code in one.kinds}
    showings = [
        Showing(kind=kind, code=code, write=_write(code, _keys(kind, used, asked)))
        for kind, code in kinds.items()
        if code in codes
    ]
    showings.sort(key=lambda one: (not one.kind.shadow, one.code))
    return Shard(rules=rules, showings=tuple(showings), asks=frozenset(one.rule for one in rules))


def _keys(kind: Kind, used: Iterable[Property], asked: AbstractSet[str]) -> list[str]:
    if kind == NO_TYPE:
        return [NOUGHT]
    own = [one for one in used if one.fact_type == kind.fact_type]
    keys = [ORDINAL, NOUGHT, UNIT, *(key for one in own for key in (one.value, one.known))]
    element = [ELEMENT] if kind.each_of is not None else []
    return [one for one in keys if one in asked] + element


def _write(code: int, keys: Sequence[str]) -> Callable[[Mapping[str, int], int], str]:
    """Return the function that writes numbers by their keys down as JSON."""
    members = [*(f'"{key}":%d' for key in keys), f'"{KIND}":{code},"sid":"{STATE}","id":"%d"']
    values = "".join(f"c[{key!r}], " for key in keys)
    return function(["c", "id_"], f"'{{{','.join(members)}}}' % ({values}id_)", {})
