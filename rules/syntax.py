"""
The typed tree of a rule's expressions.

A term has a value, a condition holds or does not. Conditions are three-valued: a
comparison with a missing datum neither holds nor is refuted, and what is not known
never makes a rule fire. `render` is the one written form, for sentences and digests.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from typing import Literal as Word

import msgspec

from rules.decision import Value
from rules.instant import render_instant
from rules.money import Money

Operator = Word["==", "!=", "<", "<=", ">", ">="]
OPPOSITE: dict[Operator, Operator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}
MIRRORED: dict[Operator, Operator] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where something stands in the document, 1-based; 0 when unknown."""

    line: int = 0
    column: int = 0


class Node(msgspec.Struct, frozen=True, kw_only=True):
    place: Place = Place()


class Field(Node, frozen=True, kw_only=True):
    """`t.amount`: the field of the fact that a name is bound to."""

    name: str
    field: str


class Literal(Node, frozen=True, kw_only=True):
    value: Value


class Arithmetic(Node, frozen=True, kw_only=True):
    operator: Word["+", "-", "*"]
    left: "Term"
    right: "Term"


class CurrencyOf(Node, frozen=True, kw_only=True):
    """`currency(t.amount)`: the ISO 4217 code of a money field."""

    money: Field


class Call(Node, frozen=True, kw_only=True):
    """`business_days(t.submitted_at, t.approved_at)`: a function of `rules.derived.function`."""

    function: str
    arguments: tuple["Term", ...]


class Aggregate(Node, frozen=True, kw_only=True):
    """
    `sum(t.amount for t in timesheet if t.billable)`, over every fact of the type that fits.

    `count` has no value; `start` is what a sum begins with.
    """

    function: Word["sum", "count", "min", "max"]
    fact_type: str
    name: str
    value: "Term | None" = None
    where: tuple["Condition", ...] = ()
    start: "Term | None" = None


Term = Field | Literal | Arithmetic | CurrencyOf | Call | Aggregate
TERMS = (Field, Literal, Arithmetic, CurrencyOf, Call, Aggregate)


class Comparison(Node, frozen=True, kw_only=True):
    operator: Operator
    left: Term
    right: Term


class Membership(Node, frozen=True, kw_only=True):
    """`"x" in t.tags`: the list holds (or, `negated`, does not hold) the text."""

    element: Term
    collection: Field
    negated: bool = False


class Presence(Node, frozen=True, kw_only=True):
    """`exists(t.x)` or, not `present`, `missing(t.x)`."""

    field: Field
    present: bool


class Not(Node, frozen=True, kw_only=True):
    part: "Condition"


class All(Node, frozen=True, kw_only=True):
    parts: tuple["Condition", ...]


class Some(Node, frozen=True, kw_only=True):
    parts: tuple["Condition", ...]


Atom = Comparison | Membership | Presence
Condition = Comparison | Membership | Presence | Not | All | Some


def render_literal(value: Value) -> str:
    """Return *value* as an author writes it."""
    return _RENDER[type(value)](value)


def _render_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _render_duration(value: timedelta) -> str:
    for word, unit in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)):
        if value % timedelta(seconds=unit) == timedelta():
            return f"{word}({value // timedelta(seconds=unit)})"
    return f"microseconds({value // timedelta(microseconds=1)})"


_RENDER: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    Decimal: str,
    str: _render_text,
    Money: lambda value: f'money("{value.amount}", "{value.currency}")',
    datetime: lambda value: f'instant("{render_instant(value)}")',
    date: lambda value: f'date("{value.isoformat()}")',
    timedelta: _render_duration,
}


def render_term(term: Term) -> str:
    match term:
        case Field():
            return term.field if "(" in term.field else f"{term.name}.{term.field}"
        case Literal():
            return render_literal(term.value)
        case CurrencyOf():
            return f"currency({render_term(term.money)})"
        case Arithmetic():
            return f"{_bracketed(term.left)} {term.operator} {_bracketed(term.right)}"
        case Call():
            return f"{term.function}({', '.join(map(render_term, term.arguments))})"
        case Aggregate():
            return _render_aggregate(term)


def _render_aggregate(term: Aggregate) -> str:
    value = term.name if term.value is None else render_term(term.value)
    fitting = f" if {render(All(parts=term.where))}" if term.where else ""
    those = f"{value} for {term.name} in {term.fact_type}{fitting}"
    start = "" if term.start is None else f", {render_term(term.start)}"
    return f"{term.function}(({those}){start})" if start else f"{term.function}({those})"


def _bracketed(term: Term) -> str:
    return f"({render_term(term)})" if isinstance(term, Arithmetic) else render_term(term)


def render(condition: Condition) -> str:
    """Return *condition* as an author writes it."""
    match condition:
        case Comparison():
            left, right = render_term(condition.left), render_term(condition.right)
            return f"{left} {condition.operator} {right}"
        case Membership():
            word = "not in" if condition.negated else "in"
            return f"{render_term(condition.element)} {word} {render_term(condition.collection)}"
        case Presence():
            word = "exists" if condition.present else "missing"
            return f"{word}({render_term(condition.field)})"
        case Not():
            return f"not ({render(condition.part)})"
        case All() | Some():
            return _render_several(condition)


def _render_several(condition: All | Some) -> str:
    if len(condition.parts) == 1:
        return render(condition.parts[0])
    word = " and " if isinstance(condition, All) else " or "
    return word.join(f"({render(one)})" for one in condition.parts)


def fields_of(term: Term) -> tuple[Field, ...]:
    """Return the fields that *term* reads, in the order in which they stand."""
    match term:
        case Field():
            return (term,)
        case Literal():
            return ()
        case CurrencyOf():
            return (term.money,)
        case Arithmetic():
            return (*fields_of(term.left), *fields_of(term.right))
        case Call():
            return tuple(field for one in term.arguments for field in fields_of(one))
        case Aggregate():
            return _fields_of_aggregate(term)


def _fields_of_aggregate(term: Aggregate) -> tuple[Field, ...]:
    """Return the fields of other facts: what is summed up is the aggregate's own affair."""
    terms = [one for one in (term.value, term.start) if one is not None]
    found = [field for one in terms for field in fields_of(one)]
    found += [f for one in term.where for atom in atoms(one) for f in fields_of_atom(atom)]
    return tuple(one for one in found if one.name != term.name)


def aggregates(term: Term) -> tuple[Aggregate, ...]:
    """Return the aggregates that stand in *term*, those within one included."""
    match term:
        case Field() | Literal() | CurrencyOf():
            return ()
        case Arithmetic():
            inner: tuple[Term, ...] = (term.left, term.right)
        case Call():
            inner = term.arguments
        case Aggregate():
            terms = tuple(one for one in (term.value, term.start) if one is not None)
            return (term, *_within(terms), *_within(t for c in term.where for t in terms_of(c)))
    return _within(inner)


def _within(terms: Iterable[Term]) -> tuple[Aggregate, ...]:
    return tuple(found for one in terms for found in aggregates(one))


def terms_of(condition: Condition) -> tuple[Term, ...]:
    """Return the terms that *condition* compares."""
    found: list[Term] = []
    for atom in atoms(condition):
        match atom:
            case Comparison():
                found += (atom.left, atom.right)
            case Membership():
                found += (atom.element, atom.collection)
            case Presence():
                found.append(atom.field)
    return tuple(found)


def atoms(condition: Condition) -> tuple[Atom, ...]:
    """Return the comparisons, memberships and presences of *condition*, left to right."""
    match condition:
        case Not():
            return atoms(condition.part)
        case All() | Some():
            return tuple(atom for one in condition.parts for atom in atoms(one))
        case _:
            return (condition,)


def fields_of_atom(atom: Atom) -> tuple[Field, ...]:
    match atom:
        case Comparison():
            return (*fields_of(atom.left), *fields_of(atom.right))
        case Membership():
            return (*fields_of(atom.element), atom.collection)
        case Presence():
            return (atom.field,)
