"""
Fields that a rule set declares: each is settled when it is first spoken of, or in the end.

Two that rest on each other rest on nothing, and are refused.
"""

from collections.abc import Iterable, Mapping

from rules import syntax
from rules.derived.field import DerivedField, DerivedFields
from rules.expression import suggest
from rules.fact import FactType, FieldType
from rules.kind import UNTYPED, MisfitError
from rules.meaning import Meaning
from rules.refusal import Problem
from rules.rule import Derivation
from rules.syntax import Place


class DeclaredFields(DerivedFields):
    """The derived fields of a rule set; `problems` are those of its declarations."""

    def __init__(
        self,
        fact_types: Mapping[str, FactType],
        declared: Iterable[Derivation],
        calendar: str | None = None,
    ) -> None:
        super().__init__(fact_types, calendar)
        self.problems: list[Problem] = []
        self._open: dict[tuple[str, str], Derivation] = {}
        self._under_way: list[str] = []
        for one in declared:
            self._declare(one)
        while self._open:
            self.settle(*next(iter(self._open)))

    def _declare(self, one: Derivation) -> None:
        fact_type = self.types.get(one.fact_type)
        key = (one.fact_type, one.field)
        if fact_type is None:
            known = ", ".join(sorted(self.types))
            hint = suggest(one.fact_type, self.types) or f"; known are {known}"
            self._refuse(one, one.place, f"there is no fact type {one.fact_type!r}{hint}")
        elif fact_type.field(one.field) is not None or key in self._open:
            self._refuse(one, one.place, f"a {one.fact_type} has a field {one.field!r} already")
        else:
            self._open[key] = one

    def settle(self, fact_type: str, field: str) -> FieldType | None:
        """Return the type of the declared field; raise `MisfitError` when it rests on itself."""
        written = f"{fact_type}.{field}"
        if written in self._under_way:
            circle = " → ".join([*self._under_way[self._under_way.index(written) :], written])
            raise MisfitError(f"derived fields rest on each other: {circle}", Place())
        one = self._open.get((fact_type, field))
        if one is None:
            return None
        self._under_way.append(written)
        try:
            derived = self._settled(one)
        except MisfitError as error:
            self._refuse(one, error.place if error.place.line else one.place, error.message)
            self.types[fact_type].fields[field] = UNTYPED
            return UNTYPED
        finally:
            self._under_way.pop()
            self._open.pop((fact_type, field), None)
        self.add(derived)
        return derived.kind

    def _settled(self, one: Derivation) -> DerivedField:
        meaning = Meaning(self)
        meaning.scope[one.name] = self.types[one.fact_type]
        meaning.home = one.name
        formula = one.formula
        if isinstance(formula, syntax.TERMS):
            settled, kind = meaning.term(formula)
            return _derived(one, settled, kind)
        refuted = meaning.condition(formula, holds=False)
        return _derived(one, meaning.condition(formula, holds=True), "boolean", refuted)

    def _refuse(self, one: Derivation, place: Place, message: str) -> None:
        self.problems.append(
            Problem(pointer=one.pointer, detail=message, line=place.line, column=place.column)
        )


def _derived(
    one: Derivation,
    formula: syntax.Term | syntax.Condition,
    kind: FieldType,
    refuted: syntax.Condition | None = None,
) -> DerivedField:
    return DerivedField(
        fact_type=one.fact_type,
        field=one.field,
        kind=kind,
        name=one.name,
        formula=formula,
        refuted=refuted,
    )
