"""
The reference says what a rule means: plain Python on the facts as they are.

The engine's answers are held against it, and it answers alone when the engine cannot.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rules import syntax
from rules.decision import Fact
from rules.evaluation import Holds, Values, holds
from rules.resolving import ResolvedRule

MAX_BINDINGS = 10_000
MAX_STEPS = 2_000_000
Binding = tuple[int, ...]
ByType = Mapping[str, Sequence[int]]


class TooManyBindingsError(ArithmeticError):
    """More combinations of facts than a decision may look at."""


class _Step:
    """One pattern, its conditions split into those on the fact alone and those that join."""

    def __init__(self, rule: ResolvedRule, position: int) -> None:
        pattern = rule.patterns[position]
        self.fact_type = pattern.fact_type
        self.name = pattern.name
        self.negated = pattern.negated
        self.alone: list[Holds] = []
        self.joined: list[Holds] = []
        for condition in pattern.where:
            names = {f.name for a in syntax.atoms(condition) for f in syntax.fields_of_atom(a)}
            (self.alone if names == {pattern.name} else self.joined).append(holds(condition))


def by_type(facts: Sequence[Fact]) -> ByType:
    """Return the positions of *facts*, by type."""
    found: dict[str, list[int]] = defaultdict(list)
    for position, fact in enumerate(facts):
        found[fact.type].append(position)
    return found


class ReferenceRule:
    """Finds the bindings of one rule among facts."""

    def __init__(self, rule: ResolvedRule) -> None:
        self._steps = [_Step(rule, position) for position in range(len(rule.patterns))]

    def bindings(self, facts: Sequence[Fact], by_type: ByType) -> list[Binding]:
        """
        Return, for each way the rule holds, the positions in *facts* that `each` binds.

        No two names bind one fact. Raises `TooManyBindingsError` beyond the limits.
        """
        search = _Search(self._steps, facts, by_type)
        return list(search.from_step(0, (), {}))


class _Search:
    def __init__(self, steps: Sequence[_Step], facts: Sequence[Fact], by_type: ByType) -> None:
        self._steps = steps
        self._facts = facts
        self._work = 0
        self._found = 0
        self._candidates = [
            [
                position
                for position in by_type.get(step.fact_type, ())
                if all(one({step.name: facts[position].values}) for one in step.alone)
            ]
            for step in steps
        ]

    def from_step(self, at: int, taken: Binding, bound: dict[str, Values]) -> Iterator[Binding]:
        if at == len(self._steps):
            self._found += 1
            if self._found > MAX_BINDINGS:
                raise TooManyBindingsError(f"the rule holds in more than {MAX_BINDINGS:,} ways")
            yield taken
            return
        step = self._steps[at]
        if step.negated:
            if next(self._fitting(at, taken, bound), None) is None:
                yield from self.from_step(at + 1, taken, bound)
            return
        for position in self._fitting(at, taken, bound):
            now = {**bound, step.name: self._facts[position].values}
            yield from self.from_step(at + 1, (*taken, position), now)

    def _fitting(self, at: int, taken: Binding, bound: dict[str, Values]) -> Iterator[int]:
        step = self._steps[at]
        for position in self._candidates[at]:
            self._work += 1
            if self._work > MAX_STEPS:
                raise TooManyBindingsError("the facts combine in too many ways to look at")
            if position in taken:
                continue
            now = {**bound, step.name: self._facts[position].values}
            if all(one(now) for one in step.joined):
                yield position
