"""
What is compared, in words: what a field or a sum is called, what it is worth, and whose it is.

`amount is EUR 5.00` · `engagement E-1's cap (EUR 9.00)` · `the sum of the amounts of 2 timesheets`
"""

from collections.abc import Mapping, Sequence

import msgspec

from rules import syntax
from rules.decision import Fact, Value
from rules.derived.field import DerivedField
from rules.evaluation import worth
from rules.explanation.resting import ByType, rests_on, summed
from rules.explanation.words import PLAIN, Words, listed, spaced
from rules.syntax import Term

Derived = Mapping[tuple[str, str], DerivedField]
_UNITS = {"add_days": "day", "add_months": "month"}
_SIGNS = {"*": "\u00d7"}
_AGGREGATES = {"sum": "sum of the", "min": "least of the", "max": "greatest of the"}


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that a rule's names are bound to, the name spoken of, and all facts by type."""

    bound: Mapping[str, Fact]
    own: str
    among: ByType = {}

    @property
    def values(self) -> dict[str, dict[str, Value]]:
        return {name: fact.values for name, fact in self.bound.items()}


def value_of(term: Term, of: Spoken) -> Value | None:
    """Return what *term* is worth; the commonest terms without a detour."""
    match term:
        case syntax.Field():
            return of.bound[term.name].values.get(term.field)
        case syntax.Literal():
            return term.value
        case _:
            return worth(term)(of.values)


class Nouns:
    """Puts terms into words; *derived* are the fields that are worked out."""

    def __init__(self, derived: Derived, words: Words) -> None:
        self._derived = derived
        self.words = words

    def stands(self, term: Term, of: Spoken) -> str:
        """Return the clause that says what *term* is worth; another's datum names its fact."""
        if not isinstance(term, syntax.Field):
            return f"{self.label(term, of)} is {self.worth(term, of)}"
        fact = of.bound[term.name]
        value = fact.values.get(term.field)
        if "(" in term.field:
            told = self.worth(term, of)
            stands = f"{self._worked(fact, term.field, of)} is {told}"
        else:
            stands = self.words.stands(fact.type, term.field, value)
        return stands if term.name == of.own else f"{self.words.thing(fact)}: {stands}"

    def missing(self, one: syntax.Field, of: Spoken) -> str:
        """Of what is worked out, say which datum is missing under it."""
        fact = of.bound[one.name]
        derived = self._derived.get((fact.type, one.field))
        parts = rests_on(derived, fact, of.among) if derived else []
        if derived is not None and not parts and isinstance(derived.formula, syntax.Aggregate):
            return f"there is no {spaced(derived.formula.fact_type)} to add up"
        for part, field in parts:
            if field not in part.values:
                inner = Spoken(bound={"": part}, own="", among=of.among)
                told = self.missing(syntax.Field(name="", field=field), inner)
                return told if part is fact else f"{self.words.thing(part)}: {told}"
        return self.stands(one, of)

    def label(self, term: Term, of: Spoken) -> str:
        match term:
            case syntax.Field():
                told = self._field(term, of)
            case syntax.Literal():
                told = self.words.value("", "", term.value)
            case syntax.CurrencyOf():
                told = f"the currency of {self.label(term.money, of)}"
            case syntax.Arithmetic():
                sides = [self._bracketed(one, of) for one in (term.left, term.right)]
                told = f" {_SIGNS.get(term.operator, term.operator)} ".join(sides)
            case syntax.Call(
                function="add_days" | "add_months",
                arguments=(begin, syntax.Literal(value=int() as count)),
            ):
                unit = _UNITS[term.function] + ("" if abs(count) == 1 else "s")
                when = "before" if count < 0 else "after"
                told = f"{abs(count)} {unit} {when} {self.label(begin, of)}"
            case syntax.Call():
                parts = listed(self.label(one, of) for one in term.arguments)
                told = f"{spaced(term.function)} of {parts}"
            case syntax.Aggregate():
                told = _aggregate(term, self.words, None)
        return told

    def _field(self, term: syntax.Field, of: Spoken) -> str:
        fact = of.bound.get(term.name)
        if fact is None:
            label = self.words.label("", term.field)
        elif "(" in term.field:
            label = self._worked(fact, term.field, of)
        else:
            label = self.words.label(fact.type, term.field)
        moment = term.field in self.words.moments
        label = f"“{label}”" if moment else label
        if term.name == of.own or fact is None:
            return label
        thing = self.words.thing(fact)
        return f"{label} of {thing}" if moment else f"{thing}'s {label}"

    def _bracketed(self, term: Term, of: Spoken) -> str:
        label = self.label(term, of)
        return f"({label})" if isinstance(term, syntax.Arithmetic) else label

    def called(self, fact: Fact, field: str, among: ByType) -> str:
        """Return what *field* of *fact* is called where it is not said whose it is."""
        own = syntax.Field(name="", field=field)
        return self.label(own, Spoken(bound={"": fact}, own="", among=among))

    def _worked(self, fact: Fact, field: str, of: Spoken) -> str:
        """Return what an aggregate or a function is called: it has no name of its own."""
        derived = self._derived.get((fact.type, field))
        if derived is None:
            return spaced(field)
        formula = derived.formula
        if isinstance(formula, syntax.Aggregate):
            return _aggregate(formula, self.words, summed(derived, fact, of.among))
        bound = {derived.name: fact}
        inner = Spoken(bound=bound, own=derived.name, among=of.among)
        return self.label(formula, inner)  # type: ignore[arg-type]

    def shown(self, term: Term, of: Spoken, like: Term) -> str:
        """Return *term* as what something is compared with: its value, and whose it is."""
        if isinstance(term, syntax.Literal):
            type_, field = _of_kind(like, of)
            return self.words.value(type_, field, term.value)
        if any(one.name not in of.bound for one in syntax.fields_of(term)):
            return self.label(term, of)
        if isinstance(term, syntax.Field) and term.name != of.own:
            fact = of.bound[term.name]
            if fact.values.get(term.field) == fact.id:
                return self.words.thing(fact)
        return f"{self.label(term, of)} ({self.worth(term, of)})"

    def worth(self, term: Term, of: Spoken) -> str:
        value = value_of(term, of)
        type_, field = _of_kind(term, of)
        return "missing" if value is None else self.words.value(type_, field, value)


def worked_out(derived: DerivedField) -> str:
    """Return what *derived* is called without any facts to name."""
    if isinstance(derived.formula, syntax.Aggregate):
        return _aggregate(derived.formula, PLAIN, None)
    return spaced(derived.field)


def _of_kind(term: Term, of: Spoken) -> tuple[str, str]:
    """Return the fact type and field whose unit *term* has."""
    if isinstance(term, syntax.Field):
        fact = of.bound.get(term.name)
        return (fact.type if fact else "", term.field)
    return "", ""


def _aggregate(term: syntax.Aggregate, words: Words, over: Sequence[Fact] | None) -> str:
    those = f"{spaced(term.fact_type)}s"
    if over is not None:
        ids = f" ({listed((one.id for one in over), most=3)})" if over else ""
        those = f"{len(over)} {those if len(over) != 1 else spaced(term.fact_type)}{ids}"
    if term.function == "count":
        return f"the number of {those}"
    fields = [] if term.value is None else syntax.fields_of(term.value)
    labels = dict.fromkeys(words.label(term.fact_type, one.field) for one in fields)
    named = listed(one if one.endswith("s") else f"{one}s" for one in labels)
    return f"the {_AGGREGATES[term.function]} {named or 'what is asked'} of {those}"
