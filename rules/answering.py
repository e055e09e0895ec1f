"""
A decision is written down: what fired, what did not and why, and what could not be asked.

Where engine and reference differ, neither is believed.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from rules.compiling import AskableRule, CompiledRuleSet, Entry
from rules.decision import Decision, Fact, Firing, Hindrance, NotEvaluated, NotFired
from rules.explanation.clause import Clauses
from rules.explanation.nearest import Nearest
from rules.explanation.quiet import Explainer
from rules.firing import MixedCurrenciesError
from rules.hit import AmbiguousError, fired
from rules.reach import reach
from rules.reference import Binding, ByType
from rules.rule import Rule

Held = Mapping[str, AbstractSet[Binding]]
Told = Mapping[str, AbstractSet[Binding] | str]
NOTHING: frozenset[Binding] = frozenset()


def _how_near(one: tuple[Explainer, Nearest]) -> tuple[int, int]:
    return one[1].reached


def _let_pass(rows: Sequence[AskableRule], held: Sequence[AbstractSet[Binding]]) -> NotFired:
    """Name the first row that holds of a table that says nothing of it."""
    rule = next(row.rule for row, bindings in zip(rows, held, strict=True) if bindings)
    because = f"row {rule.row} of its table lets it pass"
    return NotFired(rule=rule.rule, because=because, at=f"{rule.row}@")


class Answers:
    """Takes the answers of a decision, rule by rule, and writes it down."""

    def __init__(self, facts: Sequence[Fact], types: ByType, *, explain: bool) -> None:
        self._facts = facts
        self._explain = explain
        self._by_type = {
            name: [facts[position] for position in those]
            for name, those in (types.items() if explain else ())
        }
        self._clauses = Clauses()
        self._firings: list[Firing] = []
        self._quiet: list[NotFired] = []
        self._unasked: list[NotEvaluated] = []

    def not_evaluated(self, rule: Rule, why: tuple[Hindrance, str]) -> None:
        reason, because = why
        self._unasked.append(NotEvaluated(rule=rule.rule, because=because, reason=reason))

    def inapplicable(self, rule: Rule, because: str) -> None:
        self._quiet.append(NotFired(rule=rule.rule, because=because, applies=False))

    def quiet(self, entry: Entry) -> None:
        """Take down a rule of which neither says anything."""
        if self._explain:
            self._quiet.append(self._why_not(entry.rows))

    def answered(self, entry: Entry, reference: Held, engine: Told) -> None:
        """Take what both say of the units of *entry*; a unit of which nothing is said is quiet."""
        ours = [reference.get(one, NOTHING) for one in entry.units]
        theirs = [engine.get(one, NOTHING) for one in entry.units]
        if ours != theirs:
            self.not_evaluated(entry.rule, self._differing(ours, theirs))
            return
        try:
            firings = fired(entry.rows, ours, self._facts)
        except AmbiguousError as error:
            self.not_evaluated(entry.rule, ("ambiguous-table", str(error)))
            return
        except MixedCurrenciesError as error:
            self.not_evaluated(entry.rule, ("mixed-currencies", str(error)))
            return
        self._firings += firings
        if self._explain and not firings:
            self._quiet.append(_let_pass(entry.rows, ours))

    def _differing(
        self, ours: Sequence[AbstractSet[Binding]], theirs: Sequence[AbstractSet[Binding] | str]
    ) -> tuple[Hindrance, str]:
        one, other = next(pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1])
        if isinstance(other, str):
            return "engine-refused", other
        told = f"the engine says {self._told(other)}, the reference {self._told(one)}"
        return "evaluations-differ", f"two evaluations differ: {told}"

    def _why_not(self, rows: Sequence[AskableRule]) -> NotFired:
        """A table is as near as the nearest of its rows."""
        facts = self._by_type
        if len(rows) == 1:
            return rows[0].explainer.why(facts, self._clauses)
        near = [(row.explainer, row.explainer.nearest(facts)) for row in rows]
        explainer, nearest = max(near, key=_how_near)
        return explainer.quiet(nearest, facts, self._clauses)

    def _told(self, bindings: AbstractSet[Binding]) -> str:
        shown = [
            " + ".join(f"{self._facts[one].type} {self._facts[one].id}" for one in binding)
            for binding in sorted(bindings)[:5]
        ]
        more = f" and {len(bindings) - 5} more" if len(bindings) > len(shown) else ""
        return f"[{', '.join(shown)}{more}]" if shown else "that it does not hold"

    def decision(self, compiled: CompiledRuleSet, facts_digest: str) -> Decision:
        self._yield(compiled.priorities)
        return Decision(
            ruleset=compiled.ruleset.ruleset,
            version=compiled.ruleset.version,
            outcome=self._outcome(),
            evaluated=self._evaluated(compiled.names),
            firings=tuple(self._firings),
            not_fired=tuple(self._quiet),
            not_evaluated=tuple(self._unasked),
            facts_digest=facts_digest,
            reach=self._reach(compiled.ruleset.rules),
        )

    def _reach(self, rules: Sequence[Rule]) -> str:
        return reach(rules, self._firings, self._quiet) if self._explain else ""

    def _evaluated(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Every rule was, but those that could not be."""
        if not self._unasked:
            return names
        unasked = {one.rule for one in self._unasked}
        return tuple(one for one in names if one not in unasked)

    def _yield(self, priority: Mapping[str, int]) -> None:
        """Of firings of one type on one fact, those of the highest *priority*, if any, stand."""
        if not priority:
            return
        self._firings.sort(key=lambda one: -priority[one.rule])
        first: dict[tuple[str, str], Firing] = {}
        standing = []
        yielded: dict[str, str] = {}
        for one in self._firings:
            higher = first.setdefault((one.type, one.occurrence), one)
            if priority[higher.rule] == priority[one.rule]:
                standing.append(one)
            else:
                yielded[one.rule] = f"{higher.rule} has priority on {one.occurrence}"
        speaking = {one.rule for one in standing}
        self._quiet += [
            NotFired(rule=rule, because=because)
            for rule, because in yielded.items()
            if rule not in speaking
        ]
        self._firings = standing

    def _outcome(self) -> str:
        said = {one.outcome for one in self._firings}
        if "blocked" in said:
            return "blocked"
        if self._unasked:
            return "not_evaluated"
        return "warning" if said else "clear"
