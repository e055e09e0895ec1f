"""
Before the engine is asked: which rules could hold, by what each asks of one fact alone.

These are the engine's own comparisons of whole numbers, made here first. A rule one of whose
facts is not there cannot hold: a shard of such rules is not asked, and a fact that no other
rule has a use for is not shown.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import msgspec

from rules.engine.projection import Shown, Wanted
from rules.engine.rule import EngineRule, Need
from rules.engine.sharding import Shard
from rules.engine.vocabulary import NO_TYPE, Kind
from rules.inlining import function
from rules.lookup import Equality, Lookup

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
    """Finds the rules that could hold, and what of the facts they need."""

    def __init__(self, shards: Sequence[Shard], kinds: Mapping[Kind, int]) -> None:
        by_code = {code: kind for kind, code in kinds.items()}
        rules = [(number, rule) for number, shard in enumerate(shards) for rule in shard.rules]
        self._rules = [_sifted(rule, number, by_code) for number, rule in rules]
        self._lookup = Lookup([equalities(rule, by_code) for _, rule in rules])

    def sift(self, shown: Shown, without: frozenset[str]) -> Mapping[int, Wanted]:
        """Return, by the number of a shard that is to be asked, the facts to show it."""
        found: dict[int, dict[int, set[int]]] = {}
        for number in self._lookup.among(shown.types, shown.cells):
            rule = self._rules[number]
            those = None if rule.rule in without else rule.wanted(shown)
            if those is not None:
                wanted = found.setdefault(rule.shard, defaultdict(set))
                for code, positions in those:
                    wanted[code].update(positions)
        return found


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


def equalities(rule: EngineRule, kinds: Mapping[int, Kind]) -> list[Equality]:
    """Return what *rule* asks a property of a fact to be."""
    return [
        (kinds[need.code].fact_type, key, value)
        for need in rule.needs
        for key, operator, value in need.tests
        if operator == "==" and key.startswith("v")
    ]
