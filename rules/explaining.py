"""
Why a rule did not fire: the first condition that fails, or the datum that is missing,
told of the facts that come nearest.

The sentence is for whoever does the books; the condition, as its author wrote it, stands beside.
"""

from collections.abc import Mapping, Sequence

import msgspec

from rules import syntax
from rules.decision import Fact, NotFired
from rules.evaluation import Bound, holds
from rules.fact import CLOCK
from rules.noun import Derived, Spoken
from rules.phrase import Phrases
from rules.resolving import ResolvedRule
from rules.rule import Pattern
from rules.syntax import Condition

MAX_LOOKED_AT = 200
NONE_AT_ALL, RULED_OUT = -1, 1_000


class Nearest(msgspec.Struct, frozen=True, kw_only=True):
    """
    The furthest that any combination of facts came: the pattern, and how many of its conditions.

    `NONE_AT_ALL` of them: there is no such fact; `RULED_OUT`: there is one where none may be.
    Where everything holds, the pattern is the one behind the last.
    """

    pattern: int
    met: int
    bound: Mapping[str, Fact]

    @property
    def reached(self) -> tuple[int, int]:
        return self.pattern, self.met


class _Search:
    def __init__(self) -> None:
        self.reached = (-1, -1)
        self.bound: Mapping[str, Fact] = {}
        self.looked_at = 0

    def offer(self, reached: tuple[int, int], bound: Mapping[str, Fact]) -> None:
        if reached > self.reached:
            self.reached, self.bound = reached, bound


class _Written(dict[Condition, str]):
    """Conditions as their author wrote them, each rendered once."""

    def __missing__(self, condition: Condition) -> str:
        return self.setdefault(condition, syntax.render(condition))


class Explainer:
    """Explains one rule; *derived* are the fields that its rule set works out."""

    def __init__(self, rule: ResolvedRule, derived: Derived) -> None:
        self._rule = rule.rule
        self._patterns = rule.patterns
        self._asked = [tuple(map(holds, pattern.where)) for pattern in rule.patterns]
        self._phrases = Phrases(derived)
        self._row = f"{self._rule.row}@" if self._rule.row else ""
        self._written = _Written()
        self._none = [_none(one, self._phrases) for one in rule.patterns]
        self._other_kind = [self._phrases.other_kind(one) for one in rule.patterns]

    def quiet(self, found: Nearest, facts: Mapping[str, Sequence[Fact]]) -> NotFired:
        """Return why the rule is quiet, of which *facts*, by type, come no nearer than *found*."""
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

    def nearest(self, facts: Mapping[str, Sequence[Fact]]) -> Nearest:
        """Return how near *facts*, by type, come to what the rule asks for."""
        search = _Search()
        self._look(0, {}, {}, facts, search)
        pattern, met = search.reached
        return Nearest(pattern=pattern, met=met, bound=search.bound)

    def because(
        self,
        found: Nearest,
        facts: Mapping[str, Sequence[Fact]],
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

    def _look(
        self,
        at: int,
        bound: Mapping[str, Fact],
        values: Bound,
        facts: Mapping[str, Sequence[Fact]],
        search: _Search,
    ) -> None:
        if at == len(self._patterns):
            search.offer((at, 0), bound)
            return
        pattern = self._patterns[at]
        nothing, excluded = True, False
        for fact in facts.get(pattern.fact_type, ()):
            if any(fact is one for one in bound.values()):
                continue
            nothing = False
            search.looked_at += 1
            if search.looked_at > MAX_LOOKED_AT:
                return
            now = {**values, pattern.name: fact.values}
            fits = self._try(at, {**bound, pattern.name: fact}, now, facts, search)
            excluded = excluded or fits
        if pattern.negated and not excluded:
            self._look(at + 1, bound, values, facts, search)
        elif nothing:
            search.offer((at, NONE_AT_ALL), bound)

    def _try(
        self,
        at: int,
        bound: Mapping[str, Fact],
        values: Bound,
        facts: Mapping[str, Sequence[Fact]],
        search: _Search,
    ) -> bool:
        """Look on from a fact that fits, or see how far one comes that does not."""
        negated = self._patterns[at].negated
        for met, asked in enumerate(self._asked[at]):
            if not asked(values):
                if not negated:
                    search.offer((at, met), bound)
                return False
        if negated:
            search.offer((at, RULED_OUT), bound)
        else:
            self._look(at + 1, bound, values, facts, search)
        return True


def _failing(condition: Condition, bound: Mapping[str, Fact]) -> Condition:
    """Return the first part of *condition* that fails by itself."""
    values = {name: fact.values for name, fact in bound.items()}
    if isinstance(condition, syntax.All):
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
