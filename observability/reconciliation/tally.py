"""Control totals: how many lines a side has, and what they come to, group by group."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal

import msgspec

from observability.reconciliation.document import Comparison, Reconciliation
from observability.reconciliation.finding import Group, Unequal
from observability.reconciliation.line import Line, number
from rules.money import Money, total

LISTED = 200
_EXACT = Context(prec=100)
Name = tuple[str, ...]


class Tally:
    """Adds up the lines of one side; a field that a line does not tell adds nothing."""

    def __init__(self, document: Reconciliation) -> None:
        self._compare = document.compare
        self._groups: dict[Name, _Sums] = defaultdict(lambda: _Sums(document.compare))

    def add(self, line: Line) -> None:
        self._groups[line.group].add(line)

    def groups(self) -> dict[Name, Group]:
        return {name: sums.group() for name, sums in self._groups.items()}


class _Sums:
    def __init__(self, compare: Sequence[Comparison]) -> None:
        self._kinds = [one.kind for one in compare]
        self._fields = [one.field for one in compare]
        self._lines = 0
        self._sums: dict[tuple[int, str], Decimal] = defaultdict(Decimal)

    def add(self, line: Line) -> None:
        self._lines += 1
        for place, value in enumerate(line.values):
            if value is None or self._kinds[place] == "text":
                continue
            amount, currency = value if isinstance(value, tuple) else (value, "")
            signed = -Decimal(amount) if line.minus else Decimal(amount)
            name = (place, currency)
            self._sums[name] = _EXACT.add(self._sums[name], signed)

    def group(self) -> Group:
        amounts: dict[str, list[Money]] = defaultdict(list)
        numbers: dict[str, str] = {}
        for (place, currency), amount in sorted(self._sums.items()):
            if currency:
                amounts[self._fields[place]].append(Money(amount=amount, currency=currency))
            else:
                numbers[self._fields[place]] = number(amount) or "0"
        return Group(
            lines=self._lines,
            numbers=numbers,
            money={field: tuple(total(those)) for field, those in amounts.items()},
        )


def whole(groups: Iterable[Group]) -> Group:
    """Return what *groups* come to together, a sum each currency."""
    those = list(groups)
    numbers: dict[str, Decimal] = defaultdict(Decimal)
    amounts: dict[str, list[Money]] = defaultdict(list)
    for one in those:
        for field, text in one.numbers.items():
            numbers[field] = _EXACT.add(numbers[field], Decimal(text))
        for field, money in one.money.items():
            amounts[field] += money
    return Group(
        lines=sum(one.lines for one in those),
        numbers={field: number(value) or "0" for field, value in sorted(numbers.items())},
        money={field: tuple(total(found)) for field, found in sorted(amounts.items())},
    )


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    groups: int
    unequal: int
    listed: tuple[Unequal, ...]


def compared(document: Reconciliation, sides: Mapping[str, Mapping[Name, Group]]) -> Compared:
    """Return which groups differ; lines are counted only where none are added up."""
    names = sorted({name for groups in sides.values() for name in groups})
    book = document.book.side
    unequal = [
        name
        for name in names
        if any(
            _differ(document, side, groups.get(name), sides[book].get(name))
            for side, groups in sides.items()
            if side != book and not document.by_side[side].partial
        )
    ]
    return Compared(
        groups=len(names),
        unequal=len(unequal),
        listed=tuple(
            Unequal(group=name, sides={side: sides[side].get(name, Group()) for side in sides})
            for name in unequal[:LISTED]
        ),
    )


def _differ(document: Reconciliation, side: str, other: Group | None, book: Group | None) -> bool:
    left, right = book or Group(), other or Group()
    fields = {document.compare[place].field for place in document.compared(document.by_side[side])}
    summed = document.book.sum or document.by_side[side].sum
    return (not summed and left.lines != right.lines) or any(
        _amounts(left, field) != _amounts(right, field) for field in fields
    )


def _amounts(group: Group, field: str) -> list[tuple[str, Decimal]]:
    number = Decimal(group.numbers.get(field, 0))
    money = [(one.currency, one.amount) for one in group.money.get(field, ())]
    return [one for one in [("", number), *money] if one[1]]
