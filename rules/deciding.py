"""
Decide: the rules of a set are asked about the facts of one case.

The engine answers, the reference is asked the same, and where they differ nobody is
believed: the rule is not evaluated, with both answers kept. Neither is a rule whose data
are mistyped, cannot be shown to the engine exactly, or combine in too many ways.
"""

from collections import defaultdict
from collections.abc import Sequence

from rules.answering import Answers
from rules.applying import UnknownError, inapplicable
from rules.compiling import AskableRule, CompiledRuleSet
from rules.decision import Decision, Fact, Hindrance, Value
from rules.engine import EngineError
from rules.enginerule import magnitude
from rules.fact import FieldType
from rules.packing import canonical, digest
from rules.projection import Shown
from rules.reference import Binding, ByType, TooManyBindingsError, by_type
from rules.refusal import Problem
from rules.scaling import ENGINE_LARGEST, is_a
from rules.words import spaced

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
    plain = [fact for _, fact in ordered]
    those, unreadable = compiled.deriving.derive(plain, _unreadable(compiled, plain))
    shown = compiled.projection.show(those, frozenset(unreadable))
    unasked = {**_inexact(compiled, shown), **_misread(compiled, those, unreadable)}
    types = by_type(those)
    apart = _inapplicable(compiled, those, types, unasked)
    held: dict[str, set[Binding]] = {}
    for one in compiled.askable:
        if one.rule.unit not in unasked:
            try:
                held[one.rule.unit] = set(one.reference.bindings(those, types))
            except TooManyBindingsError as error:
                unasked[one.rule.unit] = ("too-many-combinations", str(error))
    engine = _ask_engine(compiled, shown, frozenset(unasked)) if by_engine else None
    answers = Answers(those, types)
    for rule, rows in compiled.by_rule():
        asked = [one for one in rows if isinstance(one, AskableRule)]
        units = [one.rule.unit for one in asked]
        hindered = next((unasked[one] for one in units if one in unasked), None)
        if len(asked) < len(rows):
            answers.not_evaluated(rule, ("unsound-rule", _unsound(rows)))
        elif units[0] in apart:
            answers.inapplicable(rule, apart[units[0]])
        elif hindered is not None:
            answers.not_evaluated(rule, hindered)
        else:
            given = None if engine is None else [engine.get(one, set()) for one in units]
            answers.answered(rule, asked, [held[one] for one in units], given)
    return answers.decision(compiled, digest(ordered))


def _unsound(rows: Sequence[AskableRule | tuple[Problem, ...]]) -> str:
    problems = (one for row in rows if isinstance(row, tuple) for one in row)
    return "; ".join(dict.fromkeys(one.detail for one in problems))


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
            unasked[one.rule.unit] = ("applicability-unknown", str(error))
        else:
            if because:
                found[one.rule.unit] = because
    return found


def _unreadable(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Unreadable:
    """Return, by fact and field, what is not of the type that the rules read."""
    found: Unreadable = {}
    for position, fact in enumerate(facts):
        for field, kind in compiled.reads.get(fact.type, ()):
            value = fact.values.get(field)
            if value is not None and not is_a(kind, value):
                found[position, field] = (
                    f"{spaced(fact.type)} {fact.id}: {_flaw(field, kind, value)}"
                )
    return found


def _flaw(field: str, kind: FieldType, value: Value) -> str:
    if kind == "money" and isinstance(value, list):
        return f"{spaced(field)} is in mixed currencies: {', '.join(str(one) for one in value)}"
    return f"{spaced(field)} is no {kind}: {value!r}"


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
                found.setdefault(rule.rule.unit, ("mistyped-datum", because))
    return found


def _inexact(compiled: CompiledRuleSet, shown: Shown) -> Unasked:
    """Return the rules that read what no whole number can stand for, and what that is."""
    found: dict[str, str] = {}
    for rule in compiled.askable:
        for index in sorted(rule.properties & shown.inexact.keys()):
            found.setdefault(rule.rule.unit, shown.inexact[index])
        if any(magnitude(one, shown.largest) > ENGINE_LARGEST for one in rule.sums):
            found.setdefault(rule.rule.unit, "the amounts are too large to be worked out exactly")
    return {rule: ("inexact-amount", because) for rule, because in found.items()}


def _ask_engine(
    compiled: CompiledRuleSet, shown: Shown, unasked: frozenset[str]
) -> dict[str, set[Binding] | str]:
    """Return each rule's bindings by the engine, or why it gave none."""
    found: dict[str, set[Binding]] = defaultdict(set)
    failed: dict[str, str] = {}
    for number, wanted in compiled.sieve.sift(shown, unasked).items():
        shard = compiled.shards[number]
        without = unasked & shard.asks
        try:
            for id_, binding in compiled.engines.ask(number, shown.facts(shard, wanted), without):
                found[compiled.units[id_]].add(binding)
        except EngineError as error:
            failed.update(dict.fromkeys(shard.asks, str(error)))
    return {**found, **failed}
