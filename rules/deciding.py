"""
Decide: the rules of a set are asked about the facts of one case.

The engine answers, the reference is asked the same, and where they differ nobody is
believed: the rule is not evaluated, with both answers kept. Neither is a rule whose data
are mistyped, cannot be shown to the engine exactly, or combine in too many ways.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rules.applying import UnknownError, inapplicable
from rules.compiling import AskableRule, CompiledRuleSet
from rules.decision import Decision, Fact, Firing, Hindrance, NotEvaluated, NotFired, Value
from rules.engine import EngineError
from rules.enginerule import magnitude
from rules.fact import FieldType
from rules.packing import canonical, digest
from rules.projection import Shown
from rules.reference import Binding, ByType, TooManyBindingsError, by_type
from rules.rule import Rule
from rules.scaling import ENGINE_LARGEST, is_a

Unreadable = dict[tuple[int, str], str]
Unasked = dict[str, tuple[Hindrance, str]]


def decide(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Decision:
    """
    Return what *compiled* says of *facts*, whatever their order.

    The engine answers and the reference confirms; never raises for what facts hold.
    """
    return _decide(compiled, facts, by_engine=True)


def decide_reference(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Decision:
    """Return what *compiled* says of *facts* by the reference alone: the engine is not touched."""
    return _decide(compiled, facts, by_engine=False)


def _decide(compiled: CompiledRuleSet, facts: Sequence[Fact], *, by_engine: bool) -> Decision:
    ordered = canonical(facts)
    given = [fact for _, fact in ordered]
    those, unreadable = compiled.deriving.derive(given, _unreadable(compiled, given))
    shown = compiled.projection.show(those, frozenset(unreadable))
    unasked = {**_inexact(compiled, shown), **_misread(compiled, those, unreadable)}
    types = by_type(those)
    apart = _inapplicable(compiled, those, types, unasked)
    held: dict[str, set[Binding]] = {}
    for one in compiled.askable:
        if one.rule.rule not in unasked:
            try:
                held[one.rule.rule] = set(one.reference.bindings(those, types))
            except TooManyBindingsError as error:
                unasked[one.rule.rule] = ("too-many-combinations", str(error))
    engine = _ask_engine(compiled, shown, frozenset(unasked)) if by_engine else None
    writer = _Writer(those, types)
    for rule, rest in compiled.rules:
        if not isinstance(rest, AskableRule):
            because = "; ".join(problem.detail for problem in rest)
            writer.not_evaluated(rule, ("unsound-rule", because))
        elif rule.rule in apart:
            writer.inapplicable(rule, apart[rule.rule])
        elif rule.rule in unasked:
            writer.not_evaluated(rule, unasked[rule.rule])
        else:
            answer = None if engine is None else engine.get(rule.rule, set())
            writer.answered(rest, held[rule.rule], answer)
    return writer.decision(compiled, digest(ordered))


def _inapplicable(
    compiled: CompiledRuleSet, facts: Sequence[Fact], types: ByType, unasked: Unasked
) -> dict[str, str]:
    """Return the rules that do not apply, and why; what is not known goes to *unasked*."""
    found: dict[str, str] = {}
    shown = {name: [facts[one] for one in those] for name, those in types.items()}
    for one in compiled.askable:
        try:
            because = inapplicable(one.rule, shown)
        except UnknownError as error:
            unasked[one.rule.rule] = ("applicability-unknown", str(error))
        else:
            if because:
                found[one.rule.rule] = because
    return found


def _unreadable(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Unreadable:
    """Return, by fact and field, what is not of the type that the rules read."""
    found: Unreadable = {}
    for position, fact in enumerate(facts):
        for field, kind in compiled.reads.get(fact.type, ()):
            value = fact.values.get(field)
            if value is not None and not is_a(kind, value):
                found[position, field] = f"{fact.type} {fact.id}: {_flaw(field, kind, value)}"
    return found


def _flaw(field: str, kind: FieldType, value: Value) -> str:
    if kind == "money" and isinstance(value, list):
        return f"{field} is in mixed currencies: {', '.join(str(one) for one in value)}"
    return f"{field} is no {kind}: {value!r}"


def _misread(compiled: CompiledRuleSet, facts: Sequence[Fact], unreadable: Unreadable) -> Unasked:
    """Return the rules that read what is unreadable, and what that is."""
    by_field: dict[tuple[str, str], str] = {}
    for (position, field), because in unreadable.items():
        by_field.setdefault((facts[position].type, field), because)
    found: Unasked = {}
    for rule in compiled.askable if by_field else ():
        for fact_type, field, _ in rule.reads:
            if (fact_type, field) in by_field:
                because = by_field[fact_type, field]
                found.setdefault(rule.rule.rule, ("mistyped-datum", because))
    return found


def _inexact(compiled: CompiledRuleSet, shown: Shown) -> Unasked:
    """Return the rules that read what no whole number can stand for, and what that is."""
    found: dict[str, str] = {}
    for rule in compiled.askable:
        for index in sorted(rule.properties & shown.inexact.keys()):
            found.setdefault(rule.rule.rule, shown.inexact[index])
        if any(magnitude(one, shown.largest) > ENGINE_LARGEST for one in rule.sums):
            found.setdefault(rule.rule.rule, "the amounts are too large to be worked out exactly")
    return {rule: ("inexact-amount", because) for rule, because in found.items()}


def _ask_engine(
    compiled: CompiledRuleSet, shown: Shown, unasked: frozenset[str]
) -> dict[str, set[Binding] | str]:
    """Return each rule's bindings by the engine, or why it gave none."""
    found: dict[str, set[Binding]] = defaultdict(set)
    failed: dict[str, str] = {}
    for number, shard in enumerate(compiled.shards):
        rules = {one.id: one.rule for one in shard.rules}
        without = unasked.intersection(rules.values())
        if without == set(rules.values()):
            continue
        try:
            for id_, binding in compiled.engines.ask(number, shown.facts(shard), without):
                found[rules[id_]].add(binding)
        except EngineError as error:
            failed.update(dict.fromkeys(rules.values(), str(error)))
    return {**found, **failed}


class _Writer:
    """Writes a decision down, rule by rule."""

    def __init__(self, facts: Sequence[Fact], types: ByType) -> None:
        self._facts = facts
        self._by_type = {
            name: [facts[position] for position in those] for name, those in types.items()
        }
        self._evaluated: list[str] = []
        self._firings: list[Firing] = []
        self._quiet: list[NotFired] = []
        self._unasked: list[NotEvaluated] = []

    def not_evaluated(self, rule: Rule, why: tuple[Hindrance, str]) -> None:
        reason, because = why
        self._unasked.append(NotEvaluated(rule=rule.rule, because=because, reason=reason))

    def inapplicable(self, rule: Rule, because: str) -> None:
        self._evaluated.append(rule.rule)
        self._quiet.append(NotFired(rule=rule.rule, because=because, applies=False))

    def answered(
        self, rule: AskableRule, reference: set[Binding], engine: set[Binding] | str | None
    ) -> None:
        """Take the answer that both give; *engine* is None when it was not asked."""
        if isinstance(engine, str):
            self.not_evaluated(rule.rule, ("engine-refused", engine))
        elif engine is not None and engine != reference:
            because = (
                "two evaluations differ: "
                f"the engine says {self._told(engine)}, the reference {self._told(reference)}"
            )
            self.not_evaluated(rule.rule, ("evaluations-differ", because))
        else:
            self._evaluated.append(rule.rule.rule)
            self._held(rule, reference)

    def _held(self, rule: AskableRule, bindings: set[Binding]) -> None:
        if bindings:
            self._firings += rule.firings.of(sorted(bindings), self._facts)
        else:
            self._quiet.append(rule.explainer.quiet(rule.rule.rule, self._by_type))

    def _told(self, bindings: set[Binding]) -> str:
        shown = [
            " + ".join(f"{self._facts[one].type} {self._facts[one].id}" for one in binding)
            for binding in sorted(bindings)[:5]
        ]
        more = f" and {len(bindings) - 5} more" if len(bindings) > len(shown) else ""
        return f"[{', '.join(shown)}{more}]" if shown else "that it does not hold"

    def decision(self, compiled: CompiledRuleSet, facts_digest: str) -> Decision:
        self._yield({one.rule: one.priority for one in compiled.ruleset.rules})
        return Decision(
            ruleset=compiled.ruleset.ruleset,
            version=compiled.ruleset.version,
            outcome=self._outcome(),
            evaluated=tuple(self._evaluated),
            firings=tuple(self._firings),
            not_fired=tuple(self._quiet),
            not_evaluated=tuple(self._unasked),
            facts_digest=facts_digest,
        )

    def _yield(self, priority: Mapping[str, int]) -> None:
        """Of firings of one type on one fact, those of the highest priority stand."""
        if len(set(priority.values())) <= 1:
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
