"""
Why a rule did not fire: the first condition that fails, or the datum that is missing,
told of the facts that come nearest.

The sentence is for whoever does the books; the condition, as its author wrote it, stands beside.
"""

from collections.abc import Mapping, Sequence

from rules import syntax
from rules.decision import Fact, NotFired
from rules.evaluation import holds
from rules.explanation.approaching import NONE_AT_ALL, RULED_OUT, Found
from rules.explanation.clause import Clauses, clause
from rules.explanation.nearest import Nearest, Nearness
from rules.explanation.noun import Derived, Spoken
from rules.explanation.phrase import Phrases
from rules.fact import CLOCK
from rules.resolving import ResolvedRule
from rules.rule import Pattern
from rules.syntax import Condition

_ByType = Mapping[str, Sequence[Fact]]


class _Written(dict[Condition, str]):
    """Conditions as their author wrote them, each rendered once."""

    def __missing__(self, condition: Condition) -> str:
        return self.setdefault(condition, syntax.render(condition))


class Explainer:
    """Explains one rule; *derived* are the fields that its rule set works out."""

    def __init__(self, rule: ResolvedRule, derived: Derived) -> None:
        self._rule = rule.rule
        self._patterns = rule.patterns
        self._nearness = Nearness(rule)
        self._phrases = Phrases(derived)
        self._row = f"{self._rule.row}@" if self._rule.row else ""
        self._written = _Written()
        self._none = [_none(one, self._phrases) for one in rule.patterns]
        self._other_kind = [self._phrases.other_kind(one) for one in rule.patterns]
        self._nothing = [
            NotFired(rule=self._rule.rule, because=because, at=f"{self._row}{at}")
            for at, because in enumerate(self._none)
        ]
        self._clauses = {
            (at, met): found
            for at, pattern in enumerate(rule.patterns)
            for met in range(len(pattern.where))
            if (found := clause(rule, derived, at, met, self._other_kind[at]))
        }

    def why(self, facts: _ByType, clauses: Clauses) -> NotFired:
        """Return why the rule is quiet of *facts*, by type, of which *clauses* speak."""
        found = self._nearness.approach(facts)
        if found is None:
            return self.quiet(self._nearness.of(facts), facts, clauses)
        told = self._at_once(found, clauses)
        return told or self._looked_at(self._nearness.named(found), facts)

    def quiet(self, found: Nearest, facts: _ByType, clauses: Clauses) -> NotFired:
        """Return why the rule is quiet, of which *facts*, by type, come no nearer than *found*."""
        told = self._at_once((found.pattern, found.met, found.facts), clauses)
        return told or self._looked_at(found, facts)

    def _at_once(self, found: Found, clauses: Clauses) -> NotFired | None:
        at, met, bound = found
        if met == NONE_AT_ALL:
            return self._nothing[at]
        known = self._clauses.get((at, met))
        return None if known is None else known.told(bound, clauses)

    def _looked_at(self, found: Nearest, facts: _ByType) -> NotFired:
        at, asked = f"{self._row}{found.pattern}", ""
        if found.met == RULED_OUT:
            at, asked = f"{at}!", _excluded(self._patterns[found.pattern])
        elif found.met != NONE_AT_ALL:
            at = f"{at}.{found.met}"
            if not self._is_other_kind(found):
                failing = _failing(self._patterns[found.pattern].where[found.met], found.bound)
                unknown = _is_unknown(failing, found.bound)
                at, asked = (f"{at}?", "") if unknown else (at, self._written[failing])
        because = self.because(found, facts)
        return NotFired(rule=self._rule.rule, because=because, asked=asked, at=at)

    def nearest(
        self, facts: Mapping[str, Sequence[Fact]], *, occurrence: str | None = None
    ) -> Nearest:
        """
        Return how near *facts*, by type, come to what the rule asks for.

        With an *occurrence*, the rule is asked about the fact of that id alone.
        """
        only = None if occurrence is None else (self._rule.occurrence, occurrence)
        return self._nearness.of(facts, only=only)

    def because(
        self,
        found: Nearest,
        facts: _ByType,
        phrases: Phrases | None = None,
    ) -> str:
        """Return the sentence, without its full stop, that says why the rule is quiet."""
        if found.pattern == len(self._patterns):
            return f"row {self._rule.row} of its table lets it pass"
        pattern = self._patterns[found.pattern]
        if found.met == NONE_AT_ALL:
            return _none(pattern, phrases) if phrases else self._none[found.pattern]
        if self._is_other_kind(found):
            return phrases.other_kind(pattern) if phrases else self._other_kind[found.pattern]
        words = phrases or self._phrases
        of = Spoken(bound=found.bound, own=pattern.name, among=facts)
        if found.met == RULED_OUT:
            told = "; ".join(words.stands(one, of) for one in pattern.where)
            thing = words.words.thing(found.bound[pattern.name])
            return f"there is {thing}" + (f": {told}" if told else "")
        failing = _failing(pattern.where[found.met], found.bound)
        return words.of(words.fails(failing, of), of)

    def _is_other_kind(self, found: Nearest) -> bool:
        """Whether the facts are of other kinds than the rule is about: none comes nearer."""
        if found.met or not self._other_kind[found.pattern]:
            return False
        return not _is_unknown(self._patterns[found.pattern].where[0], found.bound)


def _failing(condition: Condition, bound: Mapping[str, Fact]) -> Condition:
    """Return the first part of *condition* that fails by itself."""
    if isinstance(condition, syntax.All):
        values = {name: fact.values for name, fact in bound.items()}
        for part in condition.parts:
            if not holds(part)(values):
                return _failing(part, bound)
    return condition


def _excluded(pattern: Pattern) -> str:
    """Return what may not stand, as its author wrote it."""
    where = " and ".join(syntax.render(one) for one in pattern.where)
    return f"none: {pattern.fact_type} as {pattern.name}" + (f" where {where}" if where else "")


def _none(pattern: Pattern, phrases: Phrases) -> str:
    """Say that there is no fact of the type; of clocks each is a kind of its own."""
    where = pattern.where[:1] if pattern.fact_type == CLOCK.name else ()
    return phrases.none(pattern.fact_type, where, Spoken(bound={}, own=pattern.name))


def _is_unknown(condition: Condition, bound: Mapping[str, Fact]) -> bool:
    """Whether *condition* compares a datum that is missing."""
    return any(
        field.field not in bound[field.name].values
        for atom in syntax.atoms(condition)
        if not isinstance(atom, syntax.Presence)
        for field in syntax.fields_of_atom(atom)
    )
