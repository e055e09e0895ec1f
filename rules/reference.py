"""
The reference says what a rule means: plain Python on the facts as they are.

It looks in the engine's own order, so what it counts is what the engine would keep: a rule
whose facts combine in too many ways is found out here, before the engine is asked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod

import msgspec

from rules import syntax
from rules.decision import Fact, Value
from rules.evaluation import Bound, Holds, Values, Worth, holds, worth
from rules.fact import FieldType
from rules.kind import Scope, kind_of
from rules.resolving import ResolvedRule

MAX_BINDINGS = 10_000
MAX_COMBINATIONS = 20_000
MAX_STEPS = 300_000
Binding = tuple[int, ...]
ByType = Mapping[str, Sequence[int]]
_Partial = tuple[Binding, dict[str, Values]]
_EXACT: frozenset[FieldType] = frozenset(
    ("text", "integer", "decimal", "boolean", "date", "instant", "duration")
)  # equal values have equal hashes, and what is not known equals nothing


class TooManyBindingsError(ArithmeticError):
    """More combinations of facts than a decision may look at."""


class _Step:
    """
    One pattern, its conditions by when the engine looks at them.

    `alone` are on the fact itself, `joined` at once, `sifted` when the fact is taken up
    already, `late` when every fact is. `link` finds the facts that one equality lets in.
    """

    def __init__(self, rule: ResolvedRule, position: int) -> None:
        pattern = rule.patterns[position]
        self.fact_type = pattern.fact_type
        self.name = pattern.name
        self.negated = pattern.negated
        self.alone: list[Holds] = []
        self.joined: list[Holds] = []
        self.sifted: list[Holds] = []
        self.late: list[Holds] = []
        self.link: _Link | None = None
        for condition in pattern.where:
            self._place(condition)(holds(condition))
            self.link = self.link or _link(condition, pattern.name, rule.scope)

    def _place(self, condition: syntax.Condition) -> Callable[[Holds], None]:
        atoms = syntax.atoms(condition)
        if {f.name for atom in atoms for f in syntax.fields_of_atom(atom)} == {self.name}:
            return self.alone.append
        if self.negated:
            return self.joined.append
        if any(_mixes(atom, self.name) for atom in atoms):
            return self.late.append
        if any(isinstance(atom, syntax.Membership) for atom in atoms):
            return self.sifted.append
        return self.joined.append


class _Link(msgspec.Struct, frozen=True, kw_only=True):
    """`field` of the pattern's own fact equals what `wanted` is worth among those bound."""

    field: str
    wanted: Worth


def _link(condition: syntax.Condition, own: str, scope: Scope) -> _Link | None:
    if not isinstance(condition, syntax.Comparison) or condition.operator != "==":
        return None
    for mine, other in (
        (condition.left, condition.right),
        (condition.right, condition.left),
    ):
        if (
            isinstance(mine, syntax.Field)
            and isinstance(other, syntax.Field)
            and mine.name == own != other.name
            and {kind_of(mine, scope), kind_of(other, scope)} <= _EXACT
        ):
            return _Link(field=mine.field, wanted=worth(other))
    return None


def _mixes(atom: syntax.Atom, own: str) -> bool:
    """Whether a side of the comparison works out the own fact's values with another's."""
    if not isinstance(atom, syntax.Comparison):
        return False
    sides = [{one.name for one in syntax.fields_of(side)} for side in (atom.left, atom.right)]
    mine = [names for names in sides if own in names]
    return len(mine) > 1 or any(names != {own} for names in mine)


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
        return _Search(self._steps, facts, by_type).bindings()


class _Search:
    def __init__(self, steps: Sequence[_Step], facts: Sequence[Fact], by_type: ByType) -> None:
        self._steps = steps
        self._facts = facts
        self._late = [one for step in steps for one in step.late]
        self._work = self._kept = 0
        self._candidates = [
            [
                position
                for position in by_type.get(step.fact_type, ())
                if all(one({step.name: facts[position].values}) for one in step.alone)
            ]
            for step in steps
        ]
        self._linked: dict[int, dict[Value, list[int]]] = {}

    def bindings(self) -> list[Binding]:
        """Take one pattern after the other, so that what the next will cost is known before."""
        kept: list[_Partial] = [((), {})]
        for at, step in enumerate(self._steps):
            if step.link is None:
                self._spend(len(kept) * len(self._candidates[at]))
            if step.negated:
                kept = [one for one in kept if next(self._fitting(at, *one), None) is None]
            else:
                kept = list(self._grown(at, kept))
        found = [taken for taken, bound in kept if all(one(bound) for one in self._late)]
        if len(found) > MAX_BINDINGS:
            raise TooManyBindingsError(f"the rule holds in more than {MAX_BINDINGS:,} ways")
        return found

    def _grown(self, at: int, kept: Sequence[_Partial]) -> Iterator[_Partial]:
        step = self._steps[at]
        for taken, bound in kept:
            for position in self._fitting(at, taken, bound):
                self._kept += 1
                if self._kept > MAX_COMBINATIONS:
                    raise self._too_many()
                now = {**bound, step.name: self._facts[position].values}
                if all(one(now) for one in step.sifted):
                    yield (*taken, position), now

    def _fitting(self, at: int, taken: Binding, bound: dict[str, Values]) -> Iterator[int]:
        step = self._steps[at]
        near = self._near(at, bound)
        if step.link is not None:
            self._spend(len(near))
        for position in near:
            if position in taken:
                continue
            now = {**bound, step.name: self._facts[position].values}
            if all(one(now) for one in step.joined):
                yield position

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work > MAX_STEPS:
            raise self._too_many()

    def _near(self, at: int, bound: Bound) -> Sequence[int]:
        """Return the candidates, or only those that the step's equality lets in."""
        link = self._steps[at].link
        if link is None:
            return self._candidates[at]
        if at not in self._linked:
            by_value: dict[Value, list[int]] = defaultdict(list)
            for position in self._candidates[at]:
                value = self._facts[position].values.get(link.field)
                if value is not None:
                    by_value[value].append(position)
            self._linked[at] = dict(by_value)
        wanted = link.wanted(bound)
        return () if wanted is None else self._linked[at].get(wanted, ())

    def _too_many(self) -> TooManyBindingsError:
        """Say what would have to be combined, from what each pattern's own conditions let in."""
        sizes = [
            (len(those), step.fact_type)
            for step, those in zip(self._steps, self._candidates, strict=True)
        ]
        product = " x ".join(f"{size} {fact_type}" for size, fact_type in sizes)
        return TooManyBindingsError(
            f"too many combinations of facts ({prod(size for size, _ in sizes):,}: {product}); "
            "let the rule compare them for equality, or split the case"
        )
