"""
A decision told rule by rule: what every condition was asked of, what stood there, who said so.

The sentences are for people, the rest for machines. Of a rule that did not fire the facts that
came nearest are told, up to the first condition that failed; what comes after was not reached.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from rules import syntax
from rules.compiling import AskableRule, CompiledRuleSet
from rules.decision import Decision, Fact, Firing, NotEvaluated, NotFired
from rules.explanation.approaching import NONE_AT_ALL, RULED_OUT
from rules.explanation.nearest import Nearest
from rules.explanation.noun import Spoken
from rules.explanation.phrase import Phrases
from rules.explanation.resting import ByType, rests_on
from rules.explanation.words import Words
from rules.money import Money
from rules.rule import Pattern, Rule
from rules.syntax import Condition

Held = Literal["held", "failed", "unknown", "not_reached"]
State = Literal["fired", "quiet", "not_asked", "not_evaluated"]
MOST_PARTS = 20
_DEEPEST = 4


class Datum(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One field of one fact; `value` is null when it is missing, `event` names who said it last.

    What is worked out rests on other data: on `counted` of them, the first of which are shown.
    """

    fact_type: str
    fact_id: str
    field: str
    label: str
    value: str | None
    event: str | None = None
    counted: int = 0
    rests_on: tuple["Datum", ...] = ()


class ExplainedCondition(msgspec.Struct, frozen=True, kw_only=True):
    """`asked` is the condition as its author wrote it, `words` what stood there."""

    asked: str
    state: Held
    words: str
    data: tuple[Datum, ...] = ()


class ExplainedRule(msgspec.Struct, frozen=True, kw_only=True):
    """
    One rule, or one firing of it. `row` is that of its table, 0 without one.

    A rule that could not be asked, or is told from the ledger alone, has no conditions.
    """

    rule: str
    version: str
    title: str
    question: str
    owner: str | None
    state: State
    sentence: str
    occurrence: str | None = None
    outcome: str | None = None
    blocked: Money | None = None
    exposure: Money | None = None
    delayed: Money | None = None
    row: int = 0
    conditions: tuple[ExplainedCondition, ...] = ()


class Sources(Protocol):
    """Whoever knows where data come from."""

    def event(self, fact: Fact, field: str) -> str | None:
        """Return the name of the event that said *field* last, None when nobody knows."""

    def parts(self, fact: Fact, field: str) -> Sequence[tuple[Fact, str]]:
        """Return the data that *field*, which no rule set derives, is the sum of."""


class Unsourced:
    """Knows nothing: for facts that a caller gave."""

    def event(self, fact: Fact, field: str) -> str | None:
        del field
        return fact.event

    def parts(self, fact: Fact, field: str) -> Sequence[tuple[Fact, str]]:
        del fact, field
        return ()


UNSOURCED = Unsourced()


def explain(  # noqa: PLR0913 - what was decided, and what tells of it
    compiled: CompiledRuleSet,
    decision: Decision,
    facts: Sequence[Fact] | None,
    *,
    words: Words,
    sources: Sources = UNSOURCED,
    occurrence: str | None = None,
) -> tuple[ExplainedRule, ...]:
    """
    Return every rule of *decision*, in the order of the rule set.

    *facts* are those that it was decided on; None when they are not known any more, and it is
    told by what the ledger has kept. A rule that is quiet tells of *occurrence*, where there is
    such a fact, rather than of the facts that come nearest.
    """
    derived = () if facts is None else compiled.deriving.derive(facts, {})[0]
    telling = _Telling(compiled, words, sources, _by_type(derived), occurrence)
    firings: dict[str, list[Firing]] = {}
    for one in decision.firings:
        firings.setdefault(one.rule, []).append(one)
    quiet = {one.rule: one for one in decision.not_fired}
    unasked = {one.rule: one for one in decision.not_evaluated}
    told: list[ExplainedRule] = []
    for rule, rows in compiled.by_rule():
        asked = [one for one in rows if isinstance(one, AskableRule)] if facts is not None else []
        told += [telling.fired(rule, asked, one) for one in firings.get(rule.rule, ())]
        if rule.rule in quiet:
            told.append(telling.quiet(rule, asked, quiet[rule.rule]))
        if rule.rule in unasked:
            told.append(telling.not_evaluated(rule, unasked[rule.rule]))
    return tuple(told)


class _Telling:
    def __init__(
        self,
        compiled: CompiledRuleSet,
        words: Words,
        sources: Sources,
        facts: ByType,
        occurrence: str | None,
    ) -> None:
        self._derived = compiled.derived
        self._owner = compiled.ruleset.owner
        self._sources = sources
        self._facts = facts
        self._occurrence = occurrence
        self._phrases = Phrases(compiled.derived, words)

    def fired(self, rule: Rule, rows: Sequence[AskableRule], firing: Firing) -> ExplainedRule:
        row = next((one for one in rows if one.rule.row == firing.row), None)
        patterns = row.resolved.patterns if row else ()
        bound = self._bound(patterns, firing)
        return ExplainedRule(
            rule=rule.rule,
            version=firing.rule_version,
            title=firing.title,
            question=rule.question,
            owner=firing.owner or self._owner,
            state="fired",
            sentence=" ".join([firing.reason, *_money(firing)]),
            occurrence=firing.occurrence,
            outcome=firing.outcome,
            blocked=firing.blocked,
            exposure=firing.exposure,
            delayed=firing.delayed,
            row=firing.row,
            conditions=tuple(self._conditions(patterns, bound, len(patterns), 0)) if bound else (),
        )

    def quiet(self, rule: Rule, rows: Sequence[AskableRule], one: NotFired) -> ExplainedRule:
        number, _, _ = one.at.rpartition("@")
        row = next((each for each in rows if str(each.rule.row) == (number or "0")), None)
        conditions: tuple[ExplainedCondition, ...] = ()
        because = one.because
        if one.applies and row is not None:
            found = row.explainer.nearest(self._facts, occurrence=self._about(row))
            holds = found.pattern == len(row.resolved.patterns)  # another speaks in its place
            if not holds:
                because = row.explainer.because(found, self._facts, self._phrases)
            conditions = tuple(self._near(row.resolved.patterns, found))
        return ExplainedRule(
            rule=rule.rule,
            version=rule.version,
            title=rule.title,
            question=rule.question,
            owner=rule.owner or self._owner,
            state="quiet" if one.applies else "not_asked",
            sentence=_sentence(because if one.applies else f"not asked: {because}"),
            row=int(number or 0),
            conditions=conditions,
        )

    def not_evaluated(self, rule: Rule, one: NotEvaluated) -> ExplainedRule:
        return ExplainedRule(
            rule=rule.rule,
            version=rule.version,
            title=rule.title,
            question=rule.question,
            owner=rule.owner or self._owner,
            state="not_evaluated",
            sentence=_sentence(f"this could not be checked: {one.because}"),
        )

    def _about(self, row: AskableRule) -> str | None:
        """Return the occurrence that is asked about, where the rule knows such a fact."""
        of = {one.name: self._facts.get(one.fact_type, ()) for one in row.resolved.patterns}
        those = of.get(row.rule.occurrence, ())
        return self._occurrence if any(one.id == self._occurrence for one in those) else None

    def _bound(self, patterns: Sequence[Pattern], firing: Firing) -> dict[str, Fact]:
        """Return the facts that *firing* rests on, by the names of its rule; all or none."""
        found = {
            one.name: fact
            for one in patterns
            for fact in self._facts.get(one.fact_type, ())
            if fact.id == firing.bindings.get(one.name)
        }
        return found if len(found) == len(firing.bindings) else {}

    def _near(self, patterns: Sequence[Pattern], found: Nearest) -> Iterator[ExplainedCondition]:
        yield from self._conditions(patterns, found.bound, found.pattern, found.met)

    def _conditions(
        self, patterns: Sequence[Pattern], bound: Mapping[str, Fact], reached: int, met: int
    ) -> Iterator[ExplainedCondition]:
        """Yield what was asked, in order: all before *reached* held, and there the first *met*."""
        for number, pattern in enumerate(patterns):
            of = Spoken(bound=bound, own=pattern.name, among=self._facts)
            if number < reached:
                yield from self._held(pattern, of)
            elif number == reached:
                yield from self._stopped(pattern, of, met)
            else:
                yield from (_unreached(one) for one in pattern.where)

    def _held(self, pattern: Pattern, of: Spoken) -> Iterator[ExplainedCondition]:
        if pattern.negated:
            yield self._none(pattern, of, "held")
        for one in pattern.where if not pattern.negated else ():
            yield self._stands(one, of, "held")

    def _stopped(self, pattern: Pattern, of: Spoken, met: int) -> Iterator[ExplainedCondition]:
        if met == NONE_AT_ALL:
            yield self._none(pattern, of, "failed")
        elif met == RULED_OUT:
            yield from (self._stands(one, of, "held") for one in pattern.where)
        else:
            yield from (self._stands(one, of, "held") for one in pattern.where[:met])
            yield self._fails(pattern, met, of)
            yield from (_unreached(one) for one in pattern.where[met + 1 :])

    def _fails(self, pattern: Pattern, met: int, of: Spoken) -> ExplainedCondition:
        """Of facts of another kind than the rule is about none is shown."""
        condition = pattern.where[met]
        if self._phrases.unknown(condition, of):
            return self._told(condition, of, "unknown")
        told = self._told(condition, of, "failed")
        other = self._phrases.other_kind(pattern) if met == 0 else ""
        return replace(told, words=_sentence(other), data=()) if other else told

    def _none(self, pattern: Pattern, of: Spoken, state: Held) -> ExplainedCondition:
        word = "none" if pattern.negated else "each"
        where = pattern.where if pattern.negated else ()
        return ExplainedCondition(
            asked=f"{word}: {pattern.fact_type} as {pattern.name}",
            state=state,
            words=_sentence(self._phrases.none(pattern.fact_type, where, of)),
        )

    def _stands(self, condition: Condition, of: Spoken, state: Held) -> ExplainedCondition:
        return self._condition(condition, of, state, self._phrases.stands(condition, of))

    def _told(self, condition: Condition, of: Spoken, state: Held) -> ExplainedCondition:
        return self._condition(condition, of, state, self._phrases.fails(condition, of))

    def _condition(
        self, condition: Condition, of: Spoken, state: Held, words: str
    ) -> ExplainedCondition:
        fields = (f for atom in syntax.atoms(condition) for f in syntax.fields_of_atom(atom))
        data = dict.fromkeys((one.name, one.field) for one in fields)
        return ExplainedCondition(
            asked=syntax.render(condition),
            state=state,
            words=_sentence(self._phrases.of(words, of)),
            data=tuple(self._datum(of.bound[name], field) for name, field in data),
        )

    def _datum(self, fact: Fact, field: str, deep: int = 0) -> Datum:
        words = self._phrases.words
        value = fact.values.get(field)
        derived = self._derived.get((fact.type, field))
        parts = (
            self._sources.parts(fact, field)
            if derived is None
            else rests_on(derived, fact, self._facts)
        )
        shown = parts[:MOST_PARTS] if deep < _DEEPEST else ()
        return Datum(
            fact_type=fact.type,
            fact_id=fact.id,
            field=field,
            label=self._phrases.nouns.called(fact, field, self._facts),
            value=None if value is None else words.value(fact.type, field, value),
            event=None if parts else self._sources.event(fact, field),
            counted=len(parts),
            rests_on=tuple(self._datum(one, name, deep + 1) for one, name in shown),
        )


def _by_type(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for one in facts:
        found.setdefault(one.type, []).append(one)
    return found


def _unreached(condition: Condition) -> ExplainedCondition:
    return ExplainedCondition(
        asked=syntax.render(condition), state="not_reached", words="This was not asked any more."
    )


def _money(firing: Firing) -> Iterable[str]:
    if firing.blocked is not None:
        yield f"{firing.blocked} is blocked."
    if firing.exposure is not None:
        yield f"{firing.exposure} is exposed."
    if firing.delayed is not None:
        yield f"{firing.delayed} waits to be paid."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
