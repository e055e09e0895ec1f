"""
A derived field is worked out of the facts before any rule is asked, and is then a field like any.

An aggregate or a function in a condition is one without a name of its own: it is known by how
it is written.
"""

from collections.abc import Iterator, Mapping

import msgspec

from rules import syntax
from rules.fact import FactType, FieldType
from rules.syntax import Condition, Term

Read = tuple[str, str, FieldType]


class DerivedField(msgspec.Struct, frozen=True, kw_only=True):
    """
    `formula` is resolved, and speaks of its own fact as `name`.

    A condition comes with its opposite, `refuted`: what is not known is neither.
    """

    fact_type: str
    field: str
    kind: FieldType
    name: str
    formula: Term | Condition
    refuted: Condition | None = None


class DerivedFields:
    """The fact types of a rule set, and what is derived on them: each after what it rests on."""

    def __init__(self, fact_types: Mapping[str, FactType], calendar: str | None = None) -> None:
        self.calendar = calendar
        self.types = {
            name: msgspec.structs.replace(one, fields=dict(one.fields))
            for name, one in fact_types.items()
        }
        self.found: dict[tuple[str, str], DerivedField] = {}

    def settle(self, fact_type: str, field: str) -> FieldType | None:
        """Return the type of a field that is derived by declaration; here none is."""
        del fact_type, field
        return None

    def add(self, derived: DerivedField) -> None:
        """Let *derived* be a field of its fact type; the same again is no work."""
        key = (derived.fact_type, derived.field)
        if key not in self.found:
            self.found[key] = derived
            self.types[derived.fact_type].fields[derived.field] = derived.kind


def read_of(derived: DerivedFields) -> Iterator[Read]:
    """Yield every (fact type, field, type) that derived fields rest on."""
    for one in derived.found.values():
        types = {one.name: derived.types[one.fact_type]}
        if isinstance(one.formula, syntax.Aggregate):
            types[one.formula.name] = derived.types[one.formula.fact_type]
        for field in inputs(one.formula):
            kind = types[field.name].field(field.field)
            if kind is not None:
                yield types[field.name].name, field.field, kind


def inputs(formula: Term | Condition) -> tuple[syntax.Field, ...]:
    """Return every field that *formula* reads, those of what is summed up included."""
    match formula:
        case syntax.Aggregate():
            terms = [one for one in (formula.value, formula.start) if one is not None]
            found = [field for one in terms for field in syntax.fields_of(one)]
            atoms = [atom for one in formula.where for atom in syntax.atoms(one)]
            return (*found, *(f for atom in atoms for f in syntax.fields_of_atom(atom)))
        case (
            syntax.Field()
            | syntax.Literal()
            | syntax.CurrencyOf()
            | syntax.Arithmetic()
            | syntax.Call()
        ):
            return syntax.fields_of(formula)
        case _:
            return tuple(f for one in syntax.atoms(formula) for f in syntax.fields_of_atom(one))
