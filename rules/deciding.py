"""
Decide: the rules of a set are asked about the facts of one case.

The engine answers, the reference is asked the same, and where they differ nobody is
believed: the rule is not evaluated, with both answers kept. Neither is a rule whose data
are mistyped, cannot be shown to the engine exactly, or combine in too many ways.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rules.answering import Answers
from rules.applying import UnknownError, inapplicable
from rules.compiling import CompiledRuleSet, Entry
from rules.decision import Decision, Fact, Hindrance, Value
from rules.engine.handle import EngineError
from rules.engine.projection import Shown
from rules.engine.rule import magnitude
from rules.engine.scaling import ENGINE_LARGEST, is_a
from rules.explanation.words import spaced
from rules.fact import FieldType
from rules.packing import canonical, digest
from rules.reference import Binding, ByType, TooManyBindingsError, by_type

Unreadable = dict[tuple[int, str], str]
Unasked = dict[str, tuple[Hindrance, str]]


def decide(compiled: CompiledRuleSet, facts: Sequence[Fact], *, explain: bool = True) -> Decision:
    """
    Return what *compiled* says of *facts*, whatever their order.

    The engine answers and the reference confirms; never raises for what facts hold. Who does
    not ask to *explain* is not told why rules are quiet.
    """
    return _decide(compiled, facts, by_engine=True, explain=explain)


def decide_reference(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Decision:
    """Return what *compiled* says of *facts* by the reference alone: the engine is not touched."""
    return _decide(compiled, facts, by_engine=False, explain=True)


def _decide(
    compiled: CompiledRuleSet, facts: Sequence[Fact], *, by_engine: bool, explain: bool
) -> Decision:
    ordered = canonical(facts)
    plain = [fact for _, fact in ordered]
    those, unreadable = compiled.deriving.derive(plain, _unreadable(compiled, plain))
    types = by_type(those)
    shown = compiled.projection.show(those, types, frozenset(unreadable))
    unasked = {**_inexact(compiled, shown), **_misread(compiled, those, unreadable)}
    apart = _inapplicable(compiled, those, types, unasked)
    held = _ask_reference(compiled, those, types, unasked)
    engine = _ask_engine(compiled, shown, frozenset(unasked)) if by_engine else held
    answers = Answers(those, types, explain=explain)
    every = compiled.sound and not unasked and not apart
    said = held.keys() | engine.keys()
    for entry in compiled.entries_of(said) if every and not explain else compiled.entries:
        if not every and _set_apart(answers, entry, unasked, apart):
            continue
        if said.isdisjoint(entry.units):
            answers.quiet(entry)
        else:
            answers.answered(entry, held, engine)
    return answers.decision(compiled, digest(ordered))


def _set_apart(answers: Answers, entry: Entry, unasked: Unasked, apart: Mapping[str, str]) -> bool:
    """Say whether the rule was not to be asked, and if so write down why."""
    hindered = next((unasked[one] for one in entry.units if one in unasked), None)
    if entry.unsound:
        answers.not_evaluated(entry.rule, ("unsound-rule", entry.unsound))
    elif entry.units[0] in apart:
        answers.inapplicable(entry.rule, apart[entry.units[0]])
    elif hindered is not None:
        answers.not_evaluated(entry.rule, hindered)
    else:
        return False
    return True


def _inapplicable(
    compiled: CompiledRuleSet, facts: Sequence[Fact], types: ByType, unasked: Unasked
) -> dict[str, str]:
    """Return the rules that do not apply, and why; what is not known goes to *unasked*."""
    found: dict[str, str] = {}
    if not compiled.conditional:
        return found
    shown = {name: [facts[one] for one in those] for name, those in types.items()}
    for one in compiled.conditional:
        try:
            because = inapplicable(one.rule, shown)
        except UnknownError as error:
            unasked[one.unit] = ("applicability-unknown", str(error))
        else:
            if because:
                found[one.unit] = because
    return found


def _unreadable(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Unreadable:
    """Return, by fact and field, what is not of the type that the rules read."""
    found: Unreadable = {}
    for position, fact in enumerate(facts):
        misfits = compiled.misfits.get(fact.type)
        if misfits is None or not misfits(fact.values):
            continue
        for field, kind in compiled.reads[fact.type]:
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
    if not unreadable:
        return {}
    by_field: dict[tuple[str, str], str] = {}
    for (position, field), because in unreadable.items():
        by_field.setdefault((facts[position].type, field), because)
    found: Unasked = {}
    for rule in compiled.askable:
        for fact_type, field, _ in rule.reads:
            if (fact_type, field) in by_field:
                because = by_field[fact_type, field]
                found.setdefault(rule.unit, ("mistyped-datum", because))
    return found


def _inexact(compiled: CompiledRuleSet, shown: Shown) -> Unasked:
    """Return the rules that read what no whole number can stand for, and what that is."""
    if not shown.inexact and not compiled.summing:
        return {}
    found: dict[str, str] = {}
    for rule in compiled.askable if shown.inexact else ():
        for index in sorted(rule.properties & shown.inexact.keys()):
            found.setdefault(rule.unit, shown.inexact[index])
    for rule in compiled.summing:
        if any(magnitude(one, shown.largest) > ENGINE_LARGEST for one in rule.sums):
            found.setdefault(rule.unit, "the amounts are too large to be worked out exactly")
    return {rule: ("inexact-amount", because) for rule, because in found.items()}


def _ask_reference(
    compiled: CompiledRuleSet, facts: Sequence[Fact], types: ByType, unasked: Unasked
) -> dict[str, set[Binding]]:
    """Return the bindings of each rule that holds; one that has too many goes to *unasked*."""
    found: dict[str, set[Binding]] = {}
    rows = [one.values for one in facts]
    for number in compiled.lookup.among(types, rows):
        one = compiled.askable[number]
        if one.unit not in unasked:
            try:
                bindings = one.reference.bindings(facts, types, rows)
            except TooManyBindingsError as error:
                unasked[one.unit] = ("too-many-combinations", str(error))
            else:
                if bindings:
                    found[one.unit] = set(bindings)
    return found


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
