"""
The engine sees whole numbers only: this is how each value becomes one, exactly or not at all.

Money has four decimals, decimals six; a date is its day, an instant and a duration their
microseconds. A text is a number agreed on for one decision. What does not fit is refused, but
where it is compared with a literal: there it is told how it lies, however fine or large it is.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rules import syntax
from rules.decision import Value
from rules.evaluation import EXACT
from rules.fact import FieldType
from rules.inlining import function
from rules.instant import to_micros
from rules.kind import Scope, kind_of
from rules.money import Money
from rules.syntax import Term

LARGEST = 2**62
ENGINE_LARGEST = 2**63 - 1
DAY = 86_400_000_000
_MOST_DIGITS = 40
_MICROSECOND = timedelta(microseconds=1)
_SCALES: dict[FieldType, int] = {"money": 4, "decimal": 6}
_LOOKED_INTO: tuple[FieldType, ...] = ("instant", "texts")
_PYTHON: dict[FieldType, type] = {
    "text": str,
    "integer": int,
    "decimal": Decimal,
    "money": Money,
    "boolean": bool,
    "date": date,
    "instant": datetime,
    "duration": timedelta,
    "texts": list,
}


class InexactError(ValueError):
    """A value that the engine could not be shown exactly."""


def is_a(kind: FieldType, value: Value) -> bool:
    """Say whether *value* is what a field of *kind* holds."""
    if type(value) is not _PYTHON[kind]:
        return False
    if kind == "instant":
        return value.tzinfo is not None  # type: ignore[union-attr]
    if kind == "texts":
        return all(type(one) is str for one in value)  # type: ignore[union-attr]
    return True


def misfits(fields: Iterable[tuple[str, FieldType]]) -> Callable[[Mapping[str, Value]], bool]:
    """Return whether any of *fields*, where it is known, is not what one of its kind holds."""
    constants: dict[str, object] = {"is_a": is_a}
    tests = ["False"]
    for field, kind in fields:
        if kind in _LOOKED_INTO:
            test = f"not is_a({kind!r}, v)"
        else:
            constants[f"{kind}_"] = _PYTHON[kind]
            test = f"type(v) is not {kind}_"
        tests.append(f"(v := f.get({field!r})) is not None and {test}")
    return function(["f"], " or ".join(tests), constants)


def scale_of(term: Term, scope: Scope) -> int:
    """Return how many decimals the engine keeps of *term*."""
    match term:
        case syntax.Arithmetic(operator="*"):
            return scale_of(term.left, scope) + scale_of(term.right, scope)
        case syntax.Arithmetic():
            return max(scale_of(term.left, scope), scale_of(term.right, scope))
        case syntax.Literal():
            return _decimals(term.value)
        case _:
            return _SCALES.get(kind_of(term, scope), 0)


def _decimals(value: Value) -> int:
    number = value.amount if isinstance(value, Money) else value
    if not isinstance(number, Decimal):
        return 0
    return max(0, -int(number.normalize(EXACT).as_tuple().exponent))


def _shifted(number: Decimal, scale: int) -> int:
    if number.adjusted() > _MOST_DIGITS:
        raise InexactError("too large to be compared exactly")
    shifted = number.scaleb(scale, EXACT)
    whole = int(shifted)
    if whole != shifted:
        raise InexactError(f"{number:f} has more than {scale} decimals")
    return whole


_WHOLE: dict[type, Callable[[Any, int], int]] = {
    bool: lambda value, _: int(value),
    int: lambda value, scale: value * 10**scale,
    Decimal: _shifted,
    Money: lambda value, scale: _shifted(value.amount, scale),
    date: lambda value, _: value.toordinal(),
    datetime: lambda value, _: to_micros(value),
    timedelta: lambda value, _: value // _MICROSECOND,
}


def whole(value: Value, scale: int) -> int:
    """Return *value* as the engine's whole number; raise `InexactError` when there is none."""
    if type(value) is int and scale == 0:
        return exact(value)
    return exact(_WHOLE[type(value)](value, scale))


def stepped(value: Decimal | Money | int, scale: int) -> int:
    """
    Return *value* in half steps of *scale* decimals: even on a step, odd between two.

    A literal stands on a step, so every value lies to it as its number does to the literal's.
    """
    number = value.amount if isinstance(value, Money) else Decimal(value)
    if not -_MOST_DIGITS < number.adjusted() < _MOST_DIGITS:
        return _far(number)
    shifted = number.scaleb(scale, EXACT)
    found = 2 * (step := int(shifted))
    if step != shifted:
        found += 1 if shifted > 0 else -1
    return found if -LARGEST < found < LARGEST else _far(number)


def _far(number: Decimal) -> int:
    """Return a number for one that is next to nothing, or beyond every literal."""
    least = LARGEST if number.adjusted() > 0 else 1
    return least if number > 0 else -least if number else 0


def exact(number: int) -> int:
    """Return *number* when the engine counts that far; raise `InexactError` otherwise."""
    if not -LARGEST < number < LARGEST:
        raise InexactError("too large to be compared exactly")
    return number
