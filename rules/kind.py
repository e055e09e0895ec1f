"""
The type of a term: what a field holds, what a literal is, what arithmetic gives.

Texts become the dates and decimals that their other side asks for.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from rules import syntax
from rules.decision import Value
from rules.derived import function
from rules.fact import FactType, FieldType
from rules.instant import InstantError, parse_instant
from rules.money import Money, MoneyError, decimal
from rules.syntax import Place, Term

Scope = Mapping[str, FactType]
NUMBERS: tuple[FieldType, ...] = ("integer", "decimal")
UNORDERED: tuple[FieldType, ...] = ("text", "boolean")
_DAY = timedelta(days=1)


class MisfitError(Exception):
    """A name or a type that does not fit, and where it stands."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def kind_of(term: Term, scope: Scope) -> FieldType:
    """Return the type of a resolved *term*."""
    match term:
        case syntax.Field():
            return scope[term.name].field(term.field) or "text"
        case syntax.Literal():
            return kind_of_literal(term.value)
        case syntax.CurrencyOf():
            return "text"
        case syntax.Arithmetic():
            left, right = kind_of(term.left, scope), kind_of(term.right, scope)
            return RESULTS[term.operator, left, right]
        case syntax.Call():
            return function.result(term.function, [kind_of(one, scope) for one in term.arguments])
        case syntax.Aggregate():
            raise TypeError("a resolved term holds no aggregate")


def kind_of_literal(value: Value) -> FieldType:
    for python, kind in _KINDS:
        if isinstance(value, python):
            return kind
    return "texts"


_KINDS: tuple[tuple[type, FieldType], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (str, "text"),
    (Decimal, "decimal"),
    (Money, "money"),
    (datetime, "instant"),
    (date, "date"),
    (timedelta, "duration"),
)


def _results() -> dict[tuple[str, FieldType, FieldType], FieldType]:
    found: dict[tuple[str, FieldType, FieldType], FieldType] = {
        ("-", "instant", "instant"): "duration",
        ("-", "date", "date"): "duration",
        ("+", "duration", "instant"): "instant",
        ("+", "duration", "date"): "date",
        ("*", "integer", "duration"): "duration",
        ("*", "duration", "integer"): "duration",
    }
    for sign in ("+", "-"):
        found[sign, "instant", "duration"] = "instant"
        found[sign, "date", "duration"] = "date"
        found[sign, "money", "money"] = "money"
        found[sign, "duration", "duration"] = "duration"
    for left in NUMBERS:
        found["*", left, "money"] = found["*", "money", left] = "money"
        for right in NUMBERS:
            for sign in ("+", "-", "*"):
                both = (left, right) == ("integer", "integer")
                found[sign, left, right] = "integer" if both else "decimal"
    return found


RESULTS = _results()


ANYTHING = FactType(name="?", fields={})
UNTYPED: FieldType = "?"  # type: ignore[assignment]


def article(kind: FieldType) -> str:
    names = {"integer": "an integer", "instant": "an instant", "texts": "a list of texts"}
    return names.get(kind, "money" if kind == "money" else f"a {kind}")


def is_zero(term: Term) -> bool:
    return isinstance(term, syntax.Literal) and term.value == 0 and type(term.value) is int


def whole_days(term: Term) -> bool:
    return (
        isinstance(term, syntax.Literal)
        and isinstance(term.value, timedelta)
        and term.value % _DAY == timedelta()
    )


def coerced(term: Term, wanted: FieldType) -> Term:
    """Let a text literal be the date, instant or decimal that its other side is."""
    if not isinstance(term, syntax.Literal) or not isinstance(term.value, str):
        return term
    read = _READERS.get(wanted)
    if read is None:
        return term
    try:
        return syntax.Literal(value=read(term.value), place=term.place)
    except (ValueError, InstantError, MoneyError) as error:
        raise MisfitError(f'"{term.value}" is no {wanted}: {error}', term.place) from error


_READERS: dict[FieldType, Callable[[str], Value]] = {
    "decimal": decimal,
    "integer": decimal,
    "date": date.fromisoformat,
    "instant": parse_instant,
}
