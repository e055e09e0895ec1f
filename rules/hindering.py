"""
Which rules are not asked about a case: they do not apply, or what they read stands in the way.

What cannot be read, cannot be shown to the engine exactly, or may apply or not hinders a rule.
"""

from collections.abc import Sequence

from rules.applying import UnknownError, inapplicable
from rules.compiling import CompiledRuleSet
from rules.decision import Fact, Hindrance, Value
from rules.engine.projection import Shown
from rules.engine.rule import magnitude
from rules.engine.scaling import ENGINE_LARGEST, is_a
from rules.explanation.words import spaced
from rules.fact import FieldType
from rules.reference import ByType

Unreadable = dict[tuple[int, str], str]
Unasked = dict[str, tuple[Hindrance, str]]


def hindered(
    compiled: CompiledRuleSet, facts: Sequence[Fact], unreadable: Unreadable, shown: Shown
) -> Unasked:
    """Return the rules that read what is *unreadable*, or is not *shown* exactly, and what."""
    return {**_inexact(compiled, shown), **_misread(compiled, facts, unreadable)}


def find_inapplicable(
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


def find_unreadable(compiled: CompiledRuleSet, facts: Sequence[Fact]) -> Unreadable:
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
