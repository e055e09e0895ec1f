"""
Before the engine is asked: which rules could hold, by what each asks of one fact alone.

These are the engine's own comparisons of whole numbers, made here first. A rule one of whose
facts is not there cannot hold: a shard of such rules is not asked, and a fact that no other
rule has a use for is not shown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from rules.engine.projection import Cells, Shown, Wanted
from rules.engine.rule import EngineRule, Need
from rules.engine.sharding import Shard
from rules.engine.vocabulary import NO_TYPE, Kind
from rules.inlining import defined
from rules.lookup import Equality, Lookup

_Positions = Sequence[int]
_Found = Sequence[tuple[int, _Positions]]
_Wanted = Callable[[Mapping[str, _Positions], Sequence[Cells]], _Found | None]


class _Sifted(msgspec.Struct, frozen=True):
    """
    A rule, with its shard.

    `wanted` gives the facts to be shown, by the code of their kind; None: it cannot hold.
    """

    rule: str
    shard: int
    wanted: _Wanted


class Sieve:
    """Finds the rules that could hold, and what of the facts they need."""

    def __init__(self, shards: Sequence[Shard], kinds: Mapping[Kind, int]) -> None:
        by_code = {code: kind for kind, code in kinds.items()}
        rules = [(number, rule) for number, shard in enumerate(shards) for rule in shard.rules]
        self._rules = [_sifted(rule, number, by_code) for number, rule in rules]
        self._lookup = Lookup([equalities(rule, by_code) for _, rule in rules])

    def sift(self, shown: Shown, without: frozenset[str]) -> Mapping[int, Wanted]:
        """Return, by the number of a shard that is to be asked, the facts to show it."""
        found: dict[int, dict[int, _Positions]] = {}
        for number in self._lookup.among(shown.types, shown.cells):
            rule = self._rules[number]
            those = None if rule.rule in without else rule.wanted(shown.types, shown.cells)
            if those is not None:
                wanted = found.setdefault(rule.shard, {})
                for code, positions in those:
                    before = wanted.get(code, positions)
                    more = before is not positions and before != positions
                    wanted[code] = sorted({*before, *positions}) if more else positions
        return found


def _sifted(rule: EngineRule, shard: int, kinds: Mapping[int, Kind]) -> _Sifted:
    """What a rule looks at for `none` is shown whole."""
    needs = [one for one in rule.needs if kinds[one.code] != NO_TYPE]
    besides = sorted(rule.kinds - {one.code for one in needs})
    constants: dict[str, object] = {}
    lines = [
        line
        for at, one in enumerate(needs)
        for line in _needed(f"n{at}", one, kinds[one.code].fact_type, constants)
    ]
    found = [f"({one.code}, n{at})" for at, one in enumerate(needs)]
    found += [f"({one}, types.get({kinds[one].fact_type!r}, ()))" for one in besides]
    body = "\n    ".join([*lines, f"return [{', '.join(found)}]"])
    wanted = defined(f"def wanted(types, cells):\n    {body}", constants)
    return _Sifted(rule.rule, shard, wanted)


def _needed(those: str, need: Need, fact_type: str, constants: dict[str, object]) -> Iterator[str]:
    """Yield how *those* facts of one kind are come by that fit by themselves."""
    if not need.tests:
        yield f"{those} = types.get({fact_type!r}, ())"
    else:
        tests = []
        for key, operator, value in need.tests:
            constants[name := f"k{len(constants)}"] = value
            tests.append(f"c[{key!r}] {operator} {name}")
        yield f"{those} = []"
        yield f"for p in types.get({fact_type!r}, ()):"
        yield "    c = cells[p]"
        yield f"    if {' and '.join(tests)}: {those}.append(p)"
    yield f"if not {those}: return None"


def equalities(rule: EngineRule, kinds: Mapping[int, Kind]) -> list[Equality]:
    """Return what *rule* asks a property of a fact to be."""
    return [
        (kinds[need.code].fact_type, key, value)
        for need in rule.needs
        for key, operator, value in need.tests
        if operator == "==" and key.startswith("v")
    ]
