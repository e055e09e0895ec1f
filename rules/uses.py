"""Which facts a rule set looks at: only those need be gathered for it."""

from collections.abc import Iterable, Iterator

import msgspec

from rules import syntax
from rules.context import CALENDAR, MOMENT
from rules.rule import Applicability, Rule, RuleSet


def uses(ruleset: RuleSet) -> frozenset[str]:
    """Return the names of the fact types that *ruleset* looks at, its context's included."""
    return frozenset(_uses(ruleset))


def fields_named(ruleset: RuleSet) -> frozenset[str]:
    """Return the name of every field, of whatever type, that *ruleset* names anywhere."""
    return frozenset(_named(ruleset))


def _named(part: object) -> Iterator[str]:
    if isinstance(part, syntax.Field | Applicability):
        yield part.field
    members: Iterable[object] = ()
    if isinstance(part, msgspec.Struct):
        members = (getattr(part, name) for name in part.__struct_fields__)
    elif isinstance(part, tuple):
        members = part
    for one in members:
        yield from _named(one)


def _uses(ruleset: RuleSet) -> Iterator[str]:
    if ruleset.calendar is not None:
        yield CALENDAR.name
    for one in ruleset.derived:
        yield one.fact_type
        formula = one.formula
        terms = (formula,) if isinstance(formula, syntax.TERMS) else syntax.terms_of(formula)
        yield from _summed(terms)
    for rule in ruleset.rules:
        yield from (pattern.fact_type for pattern in rule.when)
        yield from (one.fact_type for one in rule.applies)
        if rule.effective is not None:
            yield MOMENT.name
        yield from _summed(_terms(rule))


def _terms(rule: Rule) -> tuple[syntax.Term, ...]:
    conditions = (one for pattern in rule.when for one in pattern.where)
    compared = (term for one in conditions for term in syntax.terms_of(one))
    return (*compared, *rule.reason.terms, *rule.money.terms.values())


def _summed(terms: tuple[syntax.Term, ...]) -> Iterator[str]:
    for term in terms:
        yield from (one.fact_type for one in syntax.aggregates(term))
