"""
Decide: the rules of a set are asked about the facts of one case, or of many.

The engine answers, the reference is asked the same, and where they differ nobody is
believed: the rule is not evaluated, with both answers kept. Neither is a rule whose data
are mistyped, cannot be shown to the engine exactly, or combine in too many ways.

Many cases go from step to step together: what a step has at hand for one it has for the next.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from rules.answering import Answers
from rules.compiling import CompiledRuleSet, Entry
from rules.decision import Decision, Fact
from rules.engine.handle import EngineError
from rules.engine.projection import Shown
from rules.hindering import Unasked, find_inapplicable, find_unreadable, hindered
from rules.packing import canonical, digest
from rules.reference import Binding, ByType, TooManyBindingsError, by_type

TOGETHER = 32
"""Cases: more have too much to keep at hand."""
Step = Callable[[int], object]
"""Is told the number of the case that is looked at next."""


def _unwatched(number: int) -> None:
    del number


def decide(compiled: CompiledRuleSet, facts: Sequence[Fact], *, explain: bool = True) -> Decision:
    """
    Return what *compiled* says of *facts*, whatever their order.

    The engine answers and the reference confirms; never raises for what facts hold. Who does
    not ask to *explain* is not told why rules are quiet.
    """
    return decide_each(compiled, [facts], explain=explain)[0]


def decide_reference(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Decision:
    """Return what *compiled* says of *facts* by the reference alone: the engine is not touched."""
    return decide_each(compiled, [facts], by_engine=False)[0]


def decide_each(
    compiled: CompiledRuleSet,
    cases: Sequence[Sequence[Fact]],
    *,
    by_engine: bool = True,
    explain: bool = True,
    step: Step = _unwatched,
) -> list[Decision]:
    """Return what `decide` says of each of *cases*; *step* is told of every step of each."""
    decisions: list[Decision] = []
    for first in range(0, len(cases), TOGETHER):
        those = [_Case(compiled, facts) for facts in cases[first : first + TOGETHER]]
        ask_engine = _Case.ask_engine if by_engine else _Case.believe_reference
        for take in (_Case.show, _Case.ask_reference, ask_engine):
            for number, case in enumerate(those, first):
                step(number)
                take(case)
        for number, case in enumerate(those, first):
            step(number)
            decisions.append(case.decided(explain=explain))
    return decisions


class _Case:
    """One case on its way from step to step."""

    _told: Mapping[str, set[Binding] | str]

    def __init__(self, compiled: CompiledRuleSet, facts: Sequence[Fact]) -> None:
        self._compiled = compiled
        self._given = facts

    def show(self) -> None:
        compiled = self._compiled
        self._ordered = canonical(self._given)
        plain = [fact for _, fact in self._ordered]
        facts, unreadable = compiled.deriving.derive(plain, find_unreadable(compiled, plain))
        types = by_type(facts)
        self._facts, self._types = facts, types
        self._shown = compiled.projection.show(facts, types, frozenset(unreadable))
        self._unasked = hindered(compiled, facts, unreadable, self._shown)
        self._apart = find_inapplicable(compiled, facts, types, self._unasked)

    def ask_reference(self) -> None:
        self._held = _ask_reference(self._compiled, self._facts, self._types, self._unasked)

    def ask_engine(self) -> None:
        self._told = _ask_engine(self._compiled, self._shown, frozenset(self._unasked))

    def believe_reference(self) -> None:
        self._told = self._held

    def decided(self, *, explain: bool) -> Decision:
        compiled, held, engine = self._compiled, self._held, self._told
        answers = Answers(self._facts, self._types, explain=explain)
        unasked, apart = self._unasked, self._apart
        every = compiled.sound and not unasked and not apart
        said = held.keys() | engine.keys()
        for entry in compiled.entries_of(said) if every and not explain else compiled.entries:
            if not every and _set_apart(answers, entry, unasked, apart):
                continue
            if said.isdisjoint(entry.units):
                answers.quiet(entry)
            else:
                answers.answered(entry, held, engine)
        return answers.decision(compiled, digest(self._ordered))


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
            for id_, binding in compiled.engines.ask(number, *shown.facts(shard, wanted), without):
                found[compiled.units[id_]].add(binding)
        except EngineError as error:
            failed.update(dict.fromkeys(shard.asks, str(error)))
    return {**found, **failed}
