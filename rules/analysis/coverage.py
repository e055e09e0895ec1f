"""
Which conditions the test cases of a rule have seen hold, and which they have seen fail.

A condition that no case ever makes fail might as well not stand there.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rules import syntax
from rules.calendar import BusinessCalendar
from rules.compiling import AskableRule, CompiledRuleSet
from rules.decision import Fact
from rules.evaluation import Bound, Holds, holds
from rules.reading import MistypedError
from rules.resolving import ResolvedRule
from rules.rule import Rule
from rules.testing import NO_CALENDARS, case_facts

MAX_STEPS = 5_000


class ConditionCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether some case made *condition* hold, and some made it fail; where it stands."""

    condition: str
    held: bool
    failed: bool
    line: int = 0
    column: int = 0

    @property
    def unseen(self) -> str:
        """Say what no case has seen, or nothing."""
        if self.held and self.failed:
            return ""
        if self.held:
            return "never fails"
        return "never holds" if self.failed else "is never asked"


class RuleCoverage(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    cases: int
    conditions: tuple[ConditionCoverage, ...]

    @property
    def percent(self) -> int:
        """How much was seen of what can be: each condition holding, and failing."""
        seen = sum(one.held + one.failed for one in self.conditions)
        return 100 * seen // (2 * len(self.conditions)) if self.conditions else 100


def coverage(
    compiled: CompiledRuleSet, calendars: Mapping[str, BusinessCalendar] = NO_CALENDARS
) -> list[RuleCoverage]:
    """Return, for every rule that can be asked, what its test cases have seen."""
    found = []
    for rule, rows in compiled.by_rule():
        asked = [one for one in rows if isinstance(one, AskableRule)]
        watched = [_Watched(one.resolved) for one in asked]
        for facts in _cases(compiled, rule, calendars):
            for one in watched:
                one.watch(facts)
        conditions = (seen for one in watched for seen in one.conditions())
        found.append(
            RuleCoverage(rule=rule.rule, cases=len(rule.tests), conditions=_merged(conditions))
        )
    return found


def _cases(
    compiled: CompiledRuleSet, rule: Rule, calendars: Mapping[str, BusinessCalendar]
) -> list[list[Fact]]:
    found = []
    for case in rule.tests:
        try:
            facts, _ = compiled.deriving.derive(case_facts(compiled, rule, case, calendars), {})
        except MistypedError:
            continue
        found.append(facts)
    return found


def _merged(conditions: Iterable[ConditionCoverage]) -> tuple[ConditionCoverage, ...]:
    """The rows of a table share the conditions of its rule."""
    by_place: dict[tuple[str, int, int], ConditionCoverage] = {}
    for one in conditions:
        key = (one.condition, one.line, one.column)
        known = by_place.get(key, one)
        by_place[key] = msgspec.structs.replace(
            known, held=known.held or one.held, failed=known.failed or one.failed
        )
    return tuple(by_place.values())


class _Watched:
    """One rule, or row of a table, and what was seen of its conditions."""

    def __init__(self, rule: ResolvedRule) -> None:
        self._patterns = rule.patterns
        self._where = [tuple(map(holds, pattern.where)) for pattern in rule.patterns]
        self._atoms: list[list[tuple[syntax.Atom, Holds]]] = [
            [(atom, holds(atom)) for one in pattern.where for atom in syntax.atoms(one)]
            for pattern in rule.patterns
        ]
        self._seen: set[tuple[int, int, bool]] = set()
        self._steps = 0

    def watch(self, facts: Sequence[Fact]) -> None:
        self._steps = 0
        self._look(0, (), {}, facts)

    def _look(self, at: int, taken: tuple[int, ...], bound: Bound, facts: Sequence[Fact]) -> None:
        if at == len(self._patterns):
            return
        pattern = self._patterns[at]
        for position, fact in enumerate(facts):
            self._steps += 1
            if fact.type != pattern.fact_type or position in taken or self._steps > MAX_STEPS:
                continue
            now = {**bound, pattern.name: fact.values}
            for number, (_, asked) in enumerate(self._atoms[at]):
                self._seen.add((at, number, asked(now)))
            if not pattern.negated and all(one(now) for one in self._where[at]):
                self._look(at + 1, (*taken, position), now, facts)
        if pattern.negated:
            self._look(at + 1, taken, bound, facts)

    def conditions(self) -> list[ConditionCoverage]:
        return [
            ConditionCoverage(
                condition=syntax.render(atom),
                held=(at, number, True) in self._seen,
                failed=(at, number, False) in self._seen,
                line=atom.place.line,
                column=atom.place.column,
            )
            for at, atoms in enumerate(self._atoms)
            for number, (atom, _) in enumerate(atoms)
        ]
