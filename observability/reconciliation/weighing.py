"""
The lines of a key, added up or taken one at a time, and held against each other.

Amounts of different currencies are never set against one another: each currency for itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal

import msgspec

from observability.reconciliation.document import Comparison, Reconciliation, Side
from observability.reconciliation.finding import Difference
from observability.reconciliation.line import Line, Value
from rules.money import Money, subtract, total

_EXACT = Context(prec=100)
_HUNDRED = Decimal(100)
Amounts = Mapping[str, Decimal]
"""A sum each currency; a number has the currency ""."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What one side says of a key: its lines without repetitions, and those that were repeated."""

    lines: tuple[Line, ...]
    surplus: tuple[Line, ...] = ()
    values: tuple[str | Amounts | None, ...] = ()

    @property
    def money(self) -> list[Money]:
        return _hanging(self.lines)

    @property
    def surplus_money(self) -> list[Money]:
        return _hanging(self.surplus)

    @property
    def latest(self) -> int | None:
        return max((one.at for one in self.lines if one.at is not None), default=None)

    @property
    def case(self) -> str | None:
        return next((one.case for one in self.lines if one.case), None)

    @property
    def refs(self) -> tuple[str, ...]:
        return tuple(one.ref for one in (*self.lines, *self.surplus))


def word(document: Reconciliation, side: Side, lines: Iterable[Line]) -> Word:
    """Return what *lines*, all of one key, say; of lines with one id only the first counts."""
    first: dict[tuple[str, ...], Line] = {}
    surplus: list[Line] = []
    for place, one in enumerate(sorted(lines, key=lambda line: line.order)):
        name = ("", str(place)) if one.id is None else (one.part, *one.id)
        if first.setdefault(name, one) is not one:
            surplus.append(one)
    kept = tuple(first.values()) if side.sum else tuple(first.values())[:1]
    values = tuple(
        _said(one, [(line.values[place], line.minus) for line in kept])
        for place, one in enumerate(document.compare)
    )
    return Word(lines=kept, surplus=tuple(surplus), values=values)


def differences(
    document: Reconciliation, side: Side, book: Word, other: Word
) -> list[tuple[Difference, list[Money]]]:
    """Return each compared field in which *other* is not as *book*, with the money between."""
    found = []
    for place in document.compared(side):
        one = document.compare[place]
        left, right = book.values[place], other.values[place]
        if not _equal(one, left, right):
            said = Difference(field=one.field, book=_shown(left), other=_shown(right))
            found.append((said, _between(left, right)))
    return found


def is_nothing(document: Reconciliation, side: Side, one: Word) -> bool:
    """Whether *one* comes to zero in all that *side* is held to."""
    return all(
        _equal(document.compare[place], {}, one.values[place]) for place in document.compared(side)
    )


def _said(one: Comparison, values: Sequence[tuple[Value, bool]]) -> str | Amounts | None:
    if one.kind == "text":
        return next((value for value, _ in values if isinstance(value, str)), None)
    told = [(value, minus) for value, minus in values if value is not None]
    if not told:
        return None
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for value, minus in told:
        amount, currency = value if isinstance(value, tuple) else (value, "")
        sums[currency] = _EXACT.add(sums[currency], -Decimal(amount) if minus else Decimal(amount))
    return sums


def _equal(one: Comparison, left: str | Amounts | None, right: str | Amounts | None) -> bool:
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return left == right
    return all(
        abs(subtract(left.get(currency, Decimal()), right.get(currency, Decimal())))
        <= _allowed(one, left.get(currency, Decimal()))
        for currency in {*left, *right}
    )


def _allowed(one: Comparison, book: Decimal) -> Decimal:
    share = _EXACT.divide(_EXACT.multiply(abs(book), one.allowed_percent), _HUNDRED)
    return max(one.allowed, share)


def _between(left: str | Amounts | None, right: str | Amounts | None) -> list[Money]:
    if not isinstance(left, Mapping | None) or not isinstance(right, Mapping | None):
        return []
    mine, theirs = left or {}, right or {}
    gaps = {
        currency: abs(subtract(mine.get(currency, Decimal()), theirs.get(currency, Decimal())))
        for currency in {*mine, *theirs}
    }
    return [Money(amount=gap, currency=c) for c, gap in sorted(gaps.items()) if c and gap]


def _hanging(lines: Iterable[Line]) -> list[Money]:
    """Return what *lines* come to, the subtracted ones against the others."""
    told = [(one.money, one.minus) for one in lines if one.money is not None]
    come_to = total(
        Money(amount=-Decimal(amount) if minus else Decimal(amount), currency=currency)
        for (amount, currency), minus in told
    )
    return [Money(amount=abs(one.amount), currency=one.currency) for one in come_to if one.amount]


def _shown(value: str | Amounts | None) -> str | None:
    if not isinstance(value, Mapping):
        return value
    return ", ".join(f"{c} {amount:f}".strip() for c, amount in sorted(value.items()))
