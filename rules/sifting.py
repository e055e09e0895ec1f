"""
Before the engine is asked: which rules could hold, by what each asks of one fact alone.

These are the engine's own comparisons of whole numbers, made here first. A rule one of whose
facts is not there cannot hold: a shard of such rules is not asked, and a fact that no other
rule has a use for is not shown.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from rules.enginerule import EngineRule, Need
from rules.inlining import function
from rules.projection import Shown, Wanted
from rules.sharding import Shard
from rules.vocabulary import NO_TYPE, Kind

Telling = tuple[str, str, int]
_Test = Callable[[Mapping[str, int]], bool]


class _Needed(msgspec.Struct, frozen=True):
    """`test` is None where any fact of the type will do."""

    code: int
    fact_type: str
    test: _Test | None


class _Sifted(msgspec.Struct, frozen=True):
    """A rule, with its shard; `besides` are the kinds that it looks at for `none`."""

    rule: str
    shard: int
    needs: tuple[_Needed, ...]
    besides: tuple[tuple[int, str], ...]

    def wanted(self, shown: Shown) -> list[tuple[int, Sequence[int]]] | None:
        """Return the facts to be shown, by the code of their kind; None: it cannot hold."""
        found: list[tuple[int, Sequence[int]]] = []
        for need in self.needs:
            those = shown.of_type(need.fact_type)
            if need.test is not None:
                test, cells = need.test, shown.cells
                those = [one for one in those if test(cells[one])]
            if not those:
                return None
            found.append((need.code, those))
        return found + [(code, shown.of_type(name)) for code, name in self.besides]


class Sieve:
    """Finds the rules that could hold by one equality of each, then looks at what they need."""

    def __init__(self, shards: Sequence[Shard], kinds: Mapping[Kind, int]) -> None:
        by_code = {code: kind for kind, code in kinds.items()}
        telling = tellings([one for shard in shards for one in shard.rules], by_code)
        self._rules: list[_Sifted] = []
        self._always: list[int] = []
        self._by_type: dict[str, dict[str, dict[int, list[int]]]] = {}
        for number, shard in enumerate(shards):
            for rule in shard.rules:
                self._place(telling[rule.id], len(self._rules))
                self._rules.append(_sifted(rule, number, by_code))

    def _place(self, telling: Telling | None, number: int) -> None:
        if telling is None:
            self._always.append(number)
            return
        fact_type, key, value = telling
        by_key = self._by_type.setdefault(fact_type, {})
        by_key.setdefault(key, {}).setdefault(value, []).append(number)

    def sift(self, shown: Shown, without: frozenset[str]) -> Mapping[int, Wanted]:
        """Return, by the number of a shard that is to be asked, the facts to show it."""
        found: dict[int, dict[int, set[int]]] = {}
        for number in sorted({*self._always, *self._told(shown)}):
            rule = self._rules[number]
            those = None if rule.rule in without else rule.wanted(shown)
            if those is not None:
                wanted = found.setdefault(rule.shard, defaultdict(set))
                for code, positions in those:
                    wanted[code].update(positions)
        return found

    def _told(self, shown: Shown) -> Iterator[int]:
        for fact_type, by_key in self._by_type.items():
            for position in shown.of_type(fact_type):
                cells = shown.cells[position]
                for key, by_value in by_key.items():
                    yield from by_value.get(cells[key], ())


def _sifted(rule: EngineRule, shard: int, kinds: Mapping[int, Kind]) -> _Sifted:
    needs = [one for one in rule.needs if kinds[one.code] != NO_TYPE]
    needed = {one.code for one in needs}
    return _Sifted(
        rule=rule.rule,
        shard=shard,
        needs=tuple(_needed(one, kinds[one.code].fact_type) for one in needs),
        besides=tuple((one, kinds[one].fact_type) for one in sorted(rule.kinds - needed)),
    )


def _needed(need: Need, fact_type: str) -> _Needed:
    if not need.tests:
        return _Needed(need.code, fact_type, None)
    source = " and ".join(
        f"c[{key!r}] {operator} k{number}" for number, (key, operator, _) in enumerate(need.tests)
    )
    constants = {f"k{number}": value for number, (_, _, value) in enumerate(need.tests)}
    return _Needed(need.code, fact_type, function(["c"], source, constants))


def tellings(rules: Sequence[EngineRule], kinds: Mapping[int, Kind]) -> dict[str, Telling | None]:
    """
    Return, by the id of each rule, the equality that tells it best from the others.

    It is the (fact type, property, whole number) of the property that most numbers are asked of.
    """
    equal = {
        rule.id: [
            (kinds[need.code].fact_type, key, value)
            for need in rule.needs
            for key, operator, value in need.tests
            if operator == "==" and key.startswith("v")
        ]
        for rule in rules
    }
    asked: dict[tuple[str, str], set[int]] = defaultdict(set)
    for those in equal.values():
        for fact_type, key, value in those:
            asked[fact_type, key].add(value)
    return {
        id_: max(those, key=lambda one: len(asked[one[:2]]), default=None)
        for id_, those in equal.items()
    }
