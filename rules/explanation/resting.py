"""What a derived field rests on: the data of its own fact, or those of the facts summed up."""

from collections.abc import Mapping, Sequence

from rules import syntax
from rules.decision import Fact
from rules.derived.field import DerivedField, inputs
from rules.evaluation import holds

ByType = Mapping[str, Sequence[Fact]]


def summed(derived: DerivedField, fact: Fact, among: ByType) -> list[Fact]:
    """Return the facts that the aggregate *derived* goes over for *fact*."""
    formula = derived.formula
    if not isinstance(formula, syntax.Aggregate):
        return []
    where = [holds(one) for one in formula.where]
    return [
        one
        for one in among.get(formula.fact_type, ())
        if all(fits({derived.name: fact.values, formula.name: one.values}) for fits in where)
    ]


def rests_on(derived: DerivedField, fact: Fact, among: ByType) -> list[tuple[Fact, str]]:
    """Return the (fact, field) that *derived* is worked out of for *fact*, one step down."""
    formula = derived.formula
    if not isinstance(formula, syntax.Aggregate):
        return [(fact, one.field) for one in dict.fromkeys(inputs(formula))]
    value = () if formula.value is None else syntax.fields_of(formula.value)
    start = () if formula.start is None else syntax.fields_of(formula.start)
    fields = dict.fromkeys(one.field for one in value if one.name == formula.name)
    own = dict.fromkeys(one.field for one in (*value, *start) if one.name != formula.name)
    those = [(one, field) for one in summed(derived, fact, among) for field in fields]
    return [*((fact, field) for field in own), *those]
