"""
Values that stand for all others: what is compared with a few literals need be tried at those,
between them, and beyond them.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor
from typing import Any

from rules.decision import Value
from rules.fact import FieldType
from rules.money import Money

_ANY = "EUR"
_MICROSECOND = timedelta(microseconds=1)
_STEPS: dict[FieldType, Any] = {
    "date": timedelta(days=1),
    "instant": _MICROSECOND,
    "duration": _MICROSECOND,
}
_USUAL: dict[FieldType, Value] = {
    "date": date(2026, 1, 1),
    "duration": timedelta(),
}


def samples(kind: FieldType, literals: Iterable[Value]) -> list[Value]:
    """Return values of *kind* of which one fits wherever any value does; none for lists."""
    found = _SAMPLES.get(kind, _stepped(kind))(list(literals))
    return list(dict.fromkeys(found)) if kind != "texts" else []


def _texts(literals: list[Value]) -> Iterator[Value]:
    yield from literals
    other = "anything else"
    while other in literals:
        other += "."
    yield other


def _booleans(_: list[Value]) -> Iterator[Value]:
    yield from (True, False)


def _integers(literals: list[Any]) -> Iterator[Value]:
    """A whole number may be compared with one that is not."""
    for one in literals or [0]:
        yield from range(floor(one) - 1, ceil(one) + 2)


def _stepped(kind: FieldType) -> Callable[[list[Value]], Iterator[Value]]:
    step = _STEPS.get(kind)

    def found(literals: list[Any]) -> Iterator[Value]:
        if not literals and kind in _USUAL:
            yield _USUAL[kind]
        for one in literals if step is not None else ():
            try:
                yield from (one - step, one, one + step)
            except OverflowError:
                yield one

    return found


def _decimals(literals: list[Any]) -> Iterator[Value]:
    yield from _between([Decimal(one) for one in literals])


def _between(numbers: Iterable[Decimal]) -> Iterator[Decimal]:
    those = sorted(set(numbers)) or [Decimal(0)]
    yield those[0] - 1
    for one, next_ in pairwise(those):
        yield from (one, (one + next_) / 2)
    yield from (those[-1], those[-1] + 1)


def _amounts(literals: list[Any]) -> Iterator[Value]:
    """The number 0 is nought in any currency."""
    codes = {one.currency for one in literals if isinstance(one, Money)} or {_ANY}
    for code in sorted(codes):
        amounts = [one.amount for one in literals if isinstance(one, Money)]
        for amount in _between([Decimal(0), *amounts]):
            yield Money(amount=amount, currency=code)


def _instants(literals: list[Any]) -> Iterator[Value]:
    usual = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    yield from _stepped("instant")(literals or [usual])


_SAMPLES: dict[FieldType, Callable[[list[Any]], Iterator[Value]]] = {
    "text": _texts,
    "boolean": _booleans,
    "integer": _integers,
    "decimal": _decimals,
    "money": _amounts,
    "instant": _instants,
}
