"""
What a term is worth and whether a condition holds, in plain Python on exact values.

None is "not known": a missing datum, two currencies in one sum, a day outside the calendar.
A condition that rests on what is not known does not hold.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Any

from rules import syntax
from rules.calendar import BusinessCalendar
from rules.decision import Value
from rules.derived import function
from rules.money import Money
from rules.syntax import Condition, Term

Values = Mapping[str, Value]
Bound = Mapping[str, Values]
Worth = Callable[[Bound], Value | None]
Holds = Callable[[Bound], bool]
EXACT = Context(prec=1000)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_DECIMAL: dict[str, Callable[[Decimal | int, Decimal | int], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
}
_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def worth(term: Term) -> Worth:
    """Return the function that works *term* out for bound facts."""
    match term:
        case syntax.Literal():
            value = term.value
            return lambda _: value
        case syntax.Field():
            name, field = term.name, term.field
            return lambda bound: bound[name].get(field)
        case syntax.CurrencyOf():
            return _currency(worth(term.money))
        case syntax.Arithmetic():
            return _arithmetic(term.operator, worth(term.left), worth(term.right))
        case syntax.Call():
            return called(term, None)
        case syntax.Aggregate():
            raise TypeError("a resolved term holds no aggregate")


def called(term: syntax.Call, calendar: BusinessCalendar | None) -> Worth:
    """Return the function that works the call *term* out, counting on *calendar*."""
    name, arguments = term.function, tuple(map(worth, term.arguments))
    return lambda bound: function.work(name, calendar, [one(bound) for one in arguments])


def _currency(inner: Worth) -> Worth:
    def currency(bound: Bound) -> Value | None:
        value = inner(bound)
        return value.currency if isinstance(value, Money) else None

    return currency


def _arithmetic(sign: str, left: Worth, right: Worth) -> Worth:
    def work(bound: Bound) -> Value | None:
        one, two = left(bound), right(bound)
        return None if one is None or two is None else combine(sign, one, two)

    return work


def combine(sign: str, one: Any, two: Any) -> Value | None:
    """Return *one* `+`, `-` or `*` *two*, exactly; None where currencies or calendars end it."""
    if type(one) is Money or type(two) is Money:
        return _combine_money(sign, one, two)
    if type(one) is Decimal or type(two) is Decimal:
        return _DECIMAL[sign](one, two)
    if isinstance(one, timedelta) and isinstance(two, date):
        one, two = two, one
    try:
        found: Value = _PLAIN[sign](one, two)
    except OverflowError:
        return None
    return found


def _combine_money(sign: str, one: Any, two: Any) -> Money | None:
    if type(one) is type(two):
        if one.currency != two.currency:
            return None
        return Money(amount=_DECIMAL[sign](one.amount, two.amount), currency=one.currency)
    amount, factor = (one, two) if type(one) is Money else (two, one)
    return Money(amount=EXACT.multiply(amount.amount, factor), currency=amount.currency)


def currencies(term: Term, bound: Bound) -> set[str]:
    """Return the currencies of the amounts that *term* is made of."""
    match term:
        case syntax.Arithmetic():
            return currencies(term.left, bound) | currencies(term.right, bound)
        case syntax.Call():
            return {code for one in term.arguments for code in currencies(one, bound)}
        case _:
            value = worth(term)(bound)
            return {value.currency} if isinstance(value, Money) else set()


def holds(condition: Condition) -> Holds:
    """Return the function that says whether the resolved *condition* holds for bound facts."""
    match condition:
        case syntax.Comparison():
            return _comparison(condition)
        case syntax.Membership():
            return _membership(condition)
        case syntax.Presence():
            name, field, present = condition.field.name, condition.field.field, condition.present
            return lambda bound: (field in bound[name]) == present
        case syntax.All():
            parts = tuple(map(holds, condition.parts))
            return lambda bound: all(part(bound) for part in parts)
        case syntax.Some():
            parts = tuple(map(holds, condition.parts))
            return lambda bound: any(part(bound) for part in parts)
        case syntax.Not():
            raise TypeError("a resolved condition holds no `not`")


def _comparison(condition: syntax.Comparison) -> Holds:
    left, right = condition.left, condition.right
    if isinstance(left, syntax.Field) and isinstance(right, syntax.Literal):
        return _with_literal(left, condition.operator, right.value)
    one, two, sign = worth(left), worth(right), condition.operator
    return lambda bound: _compare(sign, one(bound), two(bound))


def _with_literal(field: syntax.Field, sign: str, literal: Value) -> Holds:
    """The commonest comparison, without a detour."""
    name, key, compare = field.name, field.field, _COMPARE[sign]

    def comparison(bound: Bound) -> bool:
        value = bound[name].get(key)
        if value is None:
            return False
        if type(value) is Money:
            return _compare_money(sign, value, literal)
        return compare(value, literal)

    return comparison


def _compare(sign: str, one: Value | None, two: Value | None) -> bool:
    if one is None or two is None:
        return False
    if type(one) is Money or type(two) is Money:
        return _compare_money(sign, one, two)
    return _COMPARE[sign](one, two)


def _compare_money(sign: str, one: Value, two: Value) -> bool:
    """Two currencies are unequal and have no order; the number 0 is nought in any currency."""
    if isinstance(one, Money) and isinstance(two, Money):
        if one.currency != two.currency:
            return sign == "!="
        return _COMPARE[sign](one.amount, two.amount)
    amounts = [side.amount if isinstance(side, Money) else side for side in (one, two)]
    return _COMPARE[sign](*amounts)


def contains(condition: syntax.Membership) -> Worth:
    """Return whether the list holds the element, None when either is not known."""
    element, collection = worth(condition.element), worth(condition.collection)

    def contained(bound: Bound) -> bool | None:
        one, those = element(bound), collection(bound)
        return None if one is None or not isinstance(those, list) else one in those

    return contained


def _membership(condition: syntax.Membership) -> Holds:
    contained, wanted = contains(condition), not condition.negated
    return lambda bound: contained(bound) is wanted
