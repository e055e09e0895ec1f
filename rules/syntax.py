"""
The typed tree of a rule's expressions.

A term has a value, a condition holds or does not. Conditions are three-valued: a
comparison with a missing datum neither holds nor is refuted, and what is not known
never makes a rule fire. `render` is the one written form, for sentences and digests.
"""

from collections.abc import Callable
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


Term = Field | Literal | Arithmetic | CurrencyOf


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
            return f"{term.name}.{term.field}"
        case Literal():
            return render_literal(term.value)
        case CurrencyOf():
            return f"currency({render_term(term.money)})"
        case Arithmetic():
            return f"{_bracketed(term.left)} {term.operator} {_bracketed(term.right)}"


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
        case All():
            return " and ".join(f"({render(one)})" for one in condition.parts)
        case Some():
            return " or ".join(f"({render(one)})" for one in condition.parts)


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
