"""Which fields each rule looks at, with those that what is derived rests on."""

from collections.abc import Iterator

from rules import syntax
from rules.compiling import CompiledRuleSet
from rules.derived.field import DerivedField, inputs

Named = tuple[str, str]
"""(fact type, field)."""


def reads_by_rule(compiled: CompiledRuleSet) -> dict[str, frozenset[Named]]:
    """Return what each rule that can be asked looks at, to judge, to say or to count."""
    found: dict[str, set[Named]] = {}
    for one in compiled.askable:
        named = found.setdefault(one.rule.rule, set())
        for type_, field, _ in one.reads:
            named |= _rests_on(compiled, (type_, field), frozenset())
    return {rule: frozenset(named) for rule, named in found.items()}


def _rests_on(compiled: CompiledRuleSet, named: Named, above: frozenset[Named]) -> set[Named]:
    derived = compiled.derived.get(named)
    if derived is None or named in above:
        return {named}
    below = (_rests_on(compiled, one, above | {named}) for one in _inputs(derived))
    return set().union(*below)


def _inputs(derived: DerivedField) -> Iterator[Named]:
    types = {derived.name: derived.fact_type}
    if isinstance(derived.formula, syntax.Aggregate):
        types[derived.formula.name] = derived.formula.fact_type
    for one in inputs(derived.formula):
        yield types[one.name], one.field
