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
from rules.evaluation import Values
from rules.inlining import PLAIN, together
from rules.kind import Scope, kind_of
from rules.lookup import Equality
from rules.nesting import nest
from rules.resolving import ResolvedRule
from rules.rule import Pattern
from rules.syntax import Condition

MAX_BINDINGS = 10_000
MAX_COMBINATIONS = 20_000
MAX_STEPS = 300_000
Binding = tuple[int, ...]
ByType = Mapping[str, Sequence[int]]
_Partial = tuple[Binding, tuple[Values, ...]]


class TooManyBindingsError(ArithmeticError):
    """More combinations of facts than a decision may look at."""


class _Step:
    """
    One pattern, its conditions by when the engine looks at them.

    `alone` are on the fact itself, `joined` at once, `sifted` when the fact is taken up
    already, `late` when every fact is; the last three are asked of the facts bound so far and
    the fact itself. `link` finds the facts that one equality lets in.
    """

    def __init__(self, rule: ResolvedRule, position: int) -> None:
        pattern = rule.patterns[position]
        self.fact_type = pattern.fact_type
        self.name = pattern.name
        self.negated = pattern.negated
        self._alone: list[Condition] = []
        self._joined: list[Condition] = []
        self._sifted: list[Condition] = []
        self.late: list[Condition] = []
        self.link: _Link | None = None
        before = [one.name for one in rule.patterns[:position] if not one.negated]
        for condition in pattern.where:
            self._place(condition)(condition)
            self.link = self.link or _link(condition, before, pattern.name, rule.scope)
        bound = (*before, pattern.name)
        self.equalities = [] if self.negated else list(_equalities(pattern, rule.scope))
        self.alone = together(self._alone, (pattern.name,), rule.scope)
        self.joined = together(self._joined, bound, rule.scope) if self._joined else None
        self.sifted = together(self._sifted, bound, rule.scope) if self._sifted else None

    def candidates(self, facts: Sequence[Fact], by_type: ByType) -> list[int]:
        """Return the facts that fit by themselves."""
        alone = self.alone
        return [at for at in by_type.get(self.fact_type, ()) if alone(facts[at].values)]

    def _place(self, condition: Condition) -> Callable[[Condition], None]:
        atoms = syntax.atoms(condition)
        if {f.name for atom in atoms for f in syntax.fields_of_atom(atom)} == {self.name}:
            return self._alone.append
        if self.negated:
            return self._joined.append
        if any(_mixes(atom, self.name) for atom in atoms):
            return self.late.append
        if any(isinstance(atom, syntax.Membership) for atom in atoms):
            return self._sifted.append
        return self._joined.append


def _equalities(pattern: Pattern, scope: Scope) -> Iterator[Equality]:
    for one in pattern.where:
        match one:
            case syntax.Comparison(
                operator="==",
                left=syntax.Field(name=pattern.name, field=field) as left,
                right=syntax.Literal(value=value) as right,
            ) if {kind_of(left, scope), kind_of(right, scope)} <= PLAIN:
                yield pattern.fact_type, field, value


class _Link(msgspec.Struct, frozen=True, kw_only=True):
    """`field` of the pattern's own fact equals `other` of the fact bound at `at`."""

    field: str
    at: int
    other: str


def _link(condition: Condition, before: Sequence[str], own: str, scope: Scope) -> _Link | None:
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
            and {kind_of(mine, scope), kind_of(other, scope)} <= PLAIN
        ):
            return _Link(field=mine.field, at=before.index(other.name), other=other.field)
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
        late = [one for step in self._steps for one in step.late]
        bound = [one.name for one in rule.bound]
        self._late = together(late, bound, rule.scope) if late else None
        self._nest = nest(rule.patterns, rule.scope)

    @property
    def equalities(self) -> list[Equality]:
        """What the first fact must be by itself: without such a fact, the rule does not hold."""
        return self._steps[0].equalities

    def bindings(
        self, facts: Sequence[Fact], by_type: ByType, rows: Sequence[Values]
    ) -> list[Binding]:
        """
        Return, for each way the rule holds, the positions in *facts* that `each` binds.

        *rows* are their values. No two names bind one fact. Raises `TooManyBindingsError` beyond
        the limits.
        """
        found = self._nest(by_type, rows)
        return self._searched(facts, by_type) if found is None else found

    def _searched(self, facts: Sequence[Fact], by_type: ByType) -> list[Binding]:
        first = self._steps[0]
        begun = first.candidates(facts, by_type)
        if not begun and not first.negated:
            return []
        kept = _Search(self._steps, facts, by_type, begun).kept()
        found = [taken for taken, bound in kept if self._late is None or self._late(*bound)]
        if len(found) > MAX_BINDINGS:
            raise TooManyBindingsError(f"the rule holds in more than {MAX_BINDINGS:,} ways")
        return found


class _Search:
    def __init__(
        self, steps: Sequence[_Step], facts: Sequence[Fact], by_type: ByType, begun: list[int]
    ) -> None:
        self._steps = steps
        self._facts = facts
        self._by_type = by_type
        self._work = self._combined = 0
        self._found = {0: begun}
        self._linked: dict[int, dict[Value, list[int]]] = {}

    def kept(self) -> list[_Partial]:
        """Take one pattern after the other, so that what the next will cost is known before."""
        kept: list[_Partial] = [((), ())]
        for at, step in enumerate(self._steps):
            if not kept:
                return []
            if step.link is None:
                self._spend(len(kept) * len(self._candidates(at)))
            if step.negated:
                kept = [one for one in kept if not self._fitting(at, *one)]
            else:
                kept = self._grown(at, kept)
        return kept

    def _candidates(self, at: int) -> list[int]:
        found = self._found.get(at)
        if found is None:
            found = self._found[at] = self._steps[at].candidates(self._facts, self._by_type)
        return found

    def _grown(self, at: int, kept: Sequence[_Partial]) -> list[_Partial]:
        facts, sifted = self._facts, self._steps[at].sifted
        grown: list[_Partial] = []
        for taken, bound in kept:
            fitting = self._fitting(at, taken, bound)
            self._combined += len(fitting)
            if self._combined > MAX_COMBINATIONS:
                raise self._too_many()
            more = [((*taken, one), (*bound, facts[one].values)) for one in fitting]
            grown += more if sifted is None else [one for one in more if sifted(*one[1])]
        return grown

    def _fitting(self, at: int, taken: Binding, bound: tuple[Values, ...]) -> Sequence[int]:
        step, facts = self._steps[at], self._facts
        near = self._near(at, bound)
        if step.link is not None:
            self._spend(len(near))
        if step.joined is None:
            return [one for one in near if one not in taken] if taken else near
        joined = step.joined
        return [one for one in near if one not in taken and joined(*bound, facts[one].values)]

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work > MAX_STEPS:
            raise self._too_many()

    def _near(self, at: int, bound: tuple[Values, ...]) -> Sequence[int]:
        """Return the candidates, or only those that the step's equality lets in."""
        link = self._steps[at].link
        if link is None:
            return self._candidates(at)
        if at not in self._linked:
            by_value: dict[Value, list[int]] = defaultdict(list)
            for position in self._candidates(at):
                value = self._facts[position].values.get(link.field)
                if value is not None:
                    by_value[value].append(position)
            self._linked[at] = dict(by_value)
        wanted = bound[link.at].get(link.other)
        return () if wanted is None else self._linked[at].get(wanted, ())

    def _too_many(self) -> TooManyBindingsError:
        """Say what would have to be combined, from what each pattern's own conditions let in."""
        sizes = [(len(self._candidates(at)), step.fact_type) for at, step in enumerate(self._steps)]
        product = " x ".join(f"{size} {fact_type}" for size, fact_type in sizes)
        return TooManyBindingsError(
            f"too many combinations of facts ({prod(size for size, _ in sizes):,}: {product}); "
            "let the rule compare them for equality, or split the case"
        )
