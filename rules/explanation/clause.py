"""
The commonest ways in which a rule stays quiet, put into words without looking at its conditions.

What can be said beforehand is; the words are those of `rules.explanation.phrase`.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from rules import syntax
from rules.decision import Fact, NotFired, Value
from rules.explanation.noun import Derived
from rules.explanation.phrase import than
from rules.explanation.words import PLAIN
from rules.kind import Scope
from rules.money import Money
from rules.resolving import ResolvedRule
from rules.syntax import Condition

Bound = Sequence[Fact]


class Clauses:
    """What is said of the data of one decision, each put into words once."""

    def __init__(self) -> None:
        self._stands: dict[tuple[int, str], str] = {}
        self._shown: dict[tuple[int, str], str] = {}

    def stands(self, fact: Fact, field: str) -> str:
        """Return whose *field* it is, and what it is: `timesheet TS-1: status is approved`."""
        key = id(fact), field
        known = self._stands.get(key)
        if known is None:
            value = fact.values.get(field)
            if type(value) is str or type(value) is int:
                told = _stands(fact.type, field, value)
            else:
                told = PLAIN.stands(fact.type, field, value)
            known = self._stands[key] = f"{PLAIN.thing(fact)}: {told}"
        return known

    def shown(self, fact: Fact, field: str) -> str:
        """Return *field* as what another is compared with: `engagement E-1's cap (40)`."""
        key = id(fact), field
        known = self._shown.get(key)
        if known is None:
            thing, value = PLAIN.thing(fact), fact.values[field]
            told = PLAIN.value(fact.type, field, value)
            named = f"{thing}'s {PLAIN.label(fact.type, field)} ({told})"
            known = self._shown[key] = thing if value == fact.id else named
        return known


@lru_cache(maxsize=4096, typed=True)
def _stands(fact_type: str, field: str, value: str | int) -> str:
    """Such values read the same where they are equal, which others do not: 1.0 and 1.00."""
    return PLAIN.stands(fact_type, field, value)


class _OtherKind(msgspec.Struct, frozen=True):
    """The facts are of other kinds than the rule is about."""

    because: str

    def fails(self, bound: Bound, clauses: Clauses) -> str:
        del bound, clauses
        return self.because


class _Stands(msgspec.Struct, frozen=True):
    """Whether `field` of the last fact that is bound is known."""

    field: str

    def fails(self, bound: Bound, clauses: Clauses) -> str:
        return clauses.stands(bound[-1], self.field)


class _AgainstLiteral(msgspec.Struct, frozen=True):
    """`field` of the last fact that is bound against a literal; `wanted` was asked of it."""

    field: str
    literal: Value
    wanted: str

    def fails(self, bound: Bound, clauses: Clauses) -> str | None:
        fact = bound[-1]
        if _in_other_currencies(fact.values[self.field], self.literal):
            return None
        return clauses.stands(fact, self.field) + self.wanted


class _AgainstDatum(msgspec.Struct, frozen=True):
    """`field` of the last fact that is bound against `other_field` of the one at `other`."""

    operator: str
    field: str
    other: int
    other_field: str

    def fails(self, bound: Bound, clauses: Clauses) -> str | None:
        fact, other = bound[-1], bound[self.other]
        one, two = fact.values[self.field], other.values[self.other_field]
        if (self.operator == "==" and one == fact.id) or _in_other_currencies(one, two):
            return None
        wanted = _wanted(self.operator, two) or "the same as "
        return (
            f"{clauses.stands(fact, self.field)}, {wanted}{clauses.shown(other, self.other_field)}"
        )


_Says = _OtherKind | _Stands | _AgainstLiteral | _AgainstDatum


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """
    A condition that compares the data `reads`, by the place of their fact among those bound.

    A datum that is `derived` rests on others. Nothing `says` how it fails where it is looked at.
    """

    rule: str
    at: str
    asked: str
    reads: tuple[tuple[int, str], ...]
    derived: frozenset[tuple[int, str]]
    says: _Says | None

    def told(self, bound: Bound, clauses: Clauses) -> NotFired | None:
        """Return why the condition fails of *bound*; None: it has to be looked at."""
        for one in self.reads:
            at, field = one
            if field not in bound[at].values:
                if one in self.derived:
                    return None
                because = clauses.stands(bound[at], field)
                return NotFired(rule=self.rule, because=because, at=f"{self.at}?")
        told = None if self.says is None else self.says.fails(bound, clauses)
        if told is None:
            return None
        return NotFired(rule=self.rule, because=told, asked=self.asked, at=self.at)


def clause(
    rule: ResolvedRule, derived: Derived, at: int, met: int, other_kind: str
) -> Clause | None:
    """Return how it is told that a condition of *rule* fails; None: it has to be looked at."""
    pattern = rule.patterns[at]
    condition = pattern.where[met]
    if pattern.negated or isinstance(condition, syntax.All | syntax.Some | syntax.Not):
        return None
    names = [one.name for one in rule.patterns[: at + 1] if not one.negated]
    compares = not isinstance(condition, syntax.Presence)
    fields = syntax.fields_of_atom(condition) if compares else ()
    reads = {
        (names.index(one.name), one.field): (rule.scope[one.name].name, one.field) for one in fields
    }
    says = _says(_spoken(condition, pattern.name), names, rule.scope)
    if other_kind and not met:
        says = _OtherKind(other_kind)
    row = f"{rule.rule.row}@" if rule.rule.row else ""
    return Clause(
        rule=rule.rule.rule,
        at=f"{row}{at}.{met}",
        asked="" if isinstance(says, _OtherKind) else syntax.render(condition),
        reads=tuple(reads),
        derived=frozenset(key for key, of in reads.items() if "(" in of[1] or of in derived),
        says=says,
    )


def _says(condition: Condition, names: Sequence[str], scope: Scope) -> _Says | None:
    own = names[-1]
    match condition:
        case syntax.Presence(field=one) if one.name == own and "(" not in one.field:
            return _Stands(one.field)
        case syntax.Comparison(
            operator=sign, left=syntax.Field() as one, right=syntax.Literal(value=value)
        ) if one.name == own and "(" not in one.field:
            wanted = "" if isinstance(value, bool) else _wanted(sign, value)
            shown = PLAIN.value(scope[own].name, one.field, value)
            return _AgainstLiteral(one.field, value, f", {wanted}{shown}" if wanted else "")
        case syntax.Comparison(
            operator=sign, left=syntax.Field() as one, right=syntax.Field() as other
        ) if one.name == own != other.name and "(" not in one.field + other.field:
            return _AgainstDatum(sign, one.field, names.index(other.name), other.field)
    return None


def _spoken(condition: Condition, own: str) -> Condition:
    """Return *condition* with a field of *own* on the left, where there is one on a side."""
    match condition:
        case syntax.Comparison(operator=sign, left=left, right=syntax.Field(name=name) as right):
            if name == own and not (isinstance(left, syntax.Field) and left.name == own):
                return syntax.Comparison(operator=syntax.MIRRORED[sign], left=right, right=left)
    return condition


def _wanted(operator: str, value: Value) -> str:
    """Return what is asked beside *value*; nothing where a datum is what it may not be."""
    return "" if operator == "!=" else f"not {than(operator, value)}"


def _in_other_currencies(one: Value, two: Value) -> bool:
    return isinstance(one, Money) and isinstance(two, Money) and one.currency != two.currency
