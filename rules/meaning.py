"""
What a term or a condition means among the facts that are bound: names and types are settled.

`not` is pushed down to the comparisons, aggregates and functions become derived fields, and
what does not fit raises `MisfitError` with its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from rules import syntax
from rules.derived import function
from rules.derived.field import DerivedField, DerivedFields
from rules.expression import suggest
from rules.fact import FactType, FieldType
from rules.kind import (
    ANYTHING,
    NUMBERS,
    RESULTS,
    UNORDERED,
    UNTYPED,
    MisfitError,
    article,
    coerced,
    is_zero,
    kind_of,
    kind_of_literal,
    whole_days,
)
from rules.syntax import Condition, Term

_SUMMED: tuple[FieldType, ...] = ("integer", "decimal", "money", "duration")


class Meaning:
    """
    Settles the expressions of one rule.

    `home` names the fact on which is derived what speaks of no fact at all. Let `loose` be
    true where nothing is compared: there a function may take several facts.
    """

    def __init__(self, derived: DerivedFields) -> None:
        self.derived = derived
        self.scope: dict[str, FactType] = {}
        self.hidden: set[str] = set()
        self.home = ""
        self.loose = False

    def unbound(self, name: str) -> str:
        if name in self.hidden:
            return f"{name!r} is bound by `none`: there is no such fact to speak of"
        known = ", ".join(sorted(self.scope))
        return f"nothing is named {name!r}{suggest(name, self.scope) or f'; bound are {known}'}"

    def condition(self, condition: Condition, *, holds: bool) -> Condition:
        match condition:
            case syntax.Not():
                return self.condition(condition.part, holds=not holds)
            case syntax.All() | syntax.Some():
                return self._several(condition, holds=holds)
            case syntax.Comparison():
                return self._comparison(condition, holds=holds)
            case syntax.Membership():
                return self._membership(condition, holds=holds)
            case syntax.Presence():
                self._field(condition.field)
                present = condition.present == holds
                return msgspec.structs.replace(condition, present=present)

    def _several(self, condition: syntax.All | syntax.Some, *, holds: bool) -> Condition:
        parts = tuple(self.condition(one, holds=holds) for one in condition.parts)
        if isinstance(condition, syntax.All) == holds:
            return syntax.All(parts=parts, place=condition.place)
        return syntax.Some(parts=parts, place=condition.place)

    def _comparison(self, condition: syntax.Comparison, *, holds: bool) -> Condition:
        left, kind = self.term(condition.left)
        right, other = self.term(condition.right)
        left, right = coerced(left, other), coerced(right, kind)
        written = condition.operator if holds else syntax.OPPOSITE[condition.operator]
        if not (syntax.fields_of(left) or syntax.fields_of(right)):
            raise MisfitError("this compares two literals; name a field", condition.place)
        if UNTYPED not in (kind, other):
            self._comparable(left, right, condition)
        return msgspec.structs.replace(condition, operator=written, left=left, right=right)

    def _comparable(self, left: Term, right: Term, condition: syntax.Comparison) -> None:
        kind, other = kind_of(left, self.scope), kind_of(right, self.scope)
        sides = {kind, other}
        if "texts" in sides:
            raise MisfitError(
                'a list is not compared; ask whether it holds a text: "x" in t.tags',
                condition.place,
            )
        if sides == {"date", "instant"}:
            raise MisfitError(
                "a date has no time of day and no zone; compare dates with dates", condition.place
            )
        if sides == {"money", "integer"} and (is_zero(left) or is_zero(right)):
            return
        if kind != other and not sides <= set(NUMBERS):
            hint = '; write money("100.00", "EUR")' if "money" in sides else ""
            raise MisfitError(
                f"{syntax.render_term(left)} is {article(kind)} and "
                f"{syntax.render_term(right)} is {article(other)}{hint}",
                condition.place,
            )
        if kind in UNORDERED and condition.operator not in ("==", "!="):
            raise MisfitError(
                f"a {kind} has no order here; compare it with == or !=", condition.place
            )

    def _membership(self, condition: syntax.Membership, *, holds: bool) -> Condition:
        element, kind = self.term(condition.element)
        collection = self._field(condition.collection)
        if collection not in ("texts", UNTYPED):
            raise MisfitError(
                f"{syntax.render_term(condition.collection)} is {article(collection)}, not a list",
                condition.collection.place,
            )
        if kind not in ("text", UNTYPED):
            raise MisfitError(
                f"{syntax.render_term(condition.element)} is {article(kind)}; lists hold texts",
                condition.place,
            )
        return msgspec.structs.replace(
            condition, element=element, negated=condition.negated == holds
        )

    def _field(self, field: syntax.Field) -> FieldType:
        fact_type = self.scope.get(field.name)
        if fact_type is None:
            raise MisfitError(self.unbound(field.name), field.place)
        if fact_type is ANYTHING:
            return UNTYPED
        kind = fact_type.field(field.field) or self.derived.settle(fact_type.name, field.field)
        if kind is None:
            named = [one for one in fact_type.fields if "(" not in one]
            hint = (
                suggest(field.field, named) or f"; known are {', '.join(sorted(named)) or 'none'}"
            )
            raise MisfitError(f"a {fact_type.name} has no field {field.field!r}{hint}", field.place)
        if kind == UNTYPED:
            raise MisfitError(f"the derived field {field.field!r} is refused", field.place)
        return kind

    def term(self, term: Term) -> tuple[Term, FieldType]:
        match term:
            case syntax.Field():
                return term, self._field(term)
            case syntax.Literal():
                return term, kind_of_literal(term.value)
            case syntax.CurrencyOf():
                return self._currency(term)
            case syntax.Arithmetic():
                return self._arithmetic(term)
            case syntax.Call():
                return self._call(term)
            case syntax.Aggregate():
                return self._aggregate(term)

    def _currency(self, term: syntax.CurrencyOf) -> tuple[Term, FieldType]:
        kind = self._field(term.money)
        if kind not in ("money", UNTYPED):
            raise MisfitError(
                f"{syntax.render_term(term.money)} is {article(kind)}; only money has a currency",
                term.place,
            )
        return term, "text"

    def _arithmetic(self, term: syntax.Arithmetic) -> tuple[Term, FieldType]:
        left, kind = self.term(term.left)
        right, other = self.term(term.right)
        if UNTYPED in (kind, other):
            return term, UNTYPED
        left, right = coerced(left, other), coerced(right, kind)
        kind, other = kind_of(left, self.scope), kind_of(right, self.scope)
        result = RESULTS.get((term.operator, kind, other))
        if result is None:
            raise MisfitError(
                f"{article(kind)} {term.operator} {article(other)} means nothing", term.place
            )
        if result == "date" and not any(map(whole_days, (left, right))):
            raise MisfitError("only whole days are added to a date, e.g. days(3)", term.place)
        return msgspec.structs.replace(term, left=left, right=right), result

    @contextmanager
    def _at_home(self, name: str) -> Iterator[None]:
        before, self.home = self.home, name
        try:
            yield
        finally:
            self.home = before

    def _call(self, term: syntax.Call) -> tuple[Term, FieldType]:
        spoken = {one.name for one in syntax.fields_of(term)}
        with self._at_home(next(iter(spoken)) if len(spoken) == 1 else self.home):
            found = [self.term(one) for one in term.arguments]
        if any(kind == UNTYPED for _, kind in found):
            return term, UNTYPED
        wanted: FieldType = next((kind for _, kind in found if kind != "text"), "text")
        arguments = tuple(coerced(one, wanted) for one, _ in found)
        asked = function.FUNCTIONS[term.function]
        kind = asked.result([kind_of(one, self.scope) for one in arguments])
        if kind is None:
            raise MisfitError(asked.usage, term.place)
        if asked.by_calendar and self.derived.calendar is None:
            raise MisfitError(
                f"{term.function}() counts on a calendar; name it in the rule set, "
                "e.g. calendar: uk-office",
                term.place,
            )
        settled = msgspec.structs.replace(term, arguments=arguments)
        names = {one.name for one in syntax.fields_of(settled)}
        if len(names) > 1 and self.loose and not asked.by_calendar:
            return settled, kind
        return self._derived(settled, kind, names, f"{term.function}()")

    def _aggregate(self, term: syntax.Aggregate) -> tuple[Term, FieldType]:
        fact_type = self.derived.types.get(term.fact_type)
        if fact_type is None:
            known = self.derived.types
            hint = suggest(term.fact_type, known) or f"; known are {', '.join(sorted(known))}"
            raise MisfitError(f"there is no fact type {term.fact_type!r}{hint}", term.place)
        if term.name in self.scope or term.name in self.hidden:
            raise MisfitError(f"the name {term.name!r} is bound already", term.place)
        start = None if term.start is None else self.term(term.start)
        self.scope[term.name] = fact_type
        try:
            with self._at_home(term.name):
                value = None if term.value is None else self.term(term.value)
                where = tuple(self.condition(one, holds=True) for one in term.where)
        finally:
            del self.scope[term.name]
        kind = _aggregated(term, value[1] if value else "integer", start)
        settled = msgspec.structs.replace(
            term,
            value=value[0] if value else None,
            where=where,
            start=start[0] if start else None,
        )
        if kind == UNTYPED:
            return settled, UNTYPED
        names = {one.name for one in syntax.fields_of(settled)}
        return self._derived(settled, kind, names, "an aggregate")

    def _derived(
        self, term: syntax.Call | syntax.Aggregate, kind: FieldType, names: set[str], what: str
    ) -> tuple[Term, FieldType]:
        if len(names) > 1:
            raise MisfitError(
                f"{what} speaks of one fact that is bound, this of {', '.join(sorted(names))}; "
                "bring them together in a derived field first",
                term.place,
            )
        name = next(iter(names), self.home)
        owner = self.scope[name]
        if owner is ANYTHING:
            return term, UNTYPED
        field = syntax.render_term(term)
        self.derived.add(
            DerivedField(fact_type=owner.name, field=field, kind=kind, name=name, formula=term)
        )
        return syntax.Field(name=name, field=field, place=term.place), kind


def _aggregated(
    term: syntax.Aggregate, kind: FieldType, start: tuple[Term, FieldType] | None
) -> FieldType:
    """Return what *term* gives of values of *kind*."""
    if UNTYPED in (kind, start[1] if start else kind):
        return UNTYPED
    if term.function == "count":
        return "integer"
    fitting = _SUMMED if term.function == "sum" else function.ORDERED
    if kind not in fitting:
        raise MisfitError(
            f"{term.function}() takes {', '.join(fitting)}; this is {article(kind)}", term.place
        )
    if start is not None and start[1] != kind and {start[1], kind} != set(NUMBERS):
        raise MisfitError(
            f"a sum of {kind} begins with {kind}; {syntax.render_term(start[0])} is "
            f"{article(start[1])}",
            start[0].place,
        )
    return "decimal" if start is not None and "decimal" in (start[1], kind) else kind
