"""
A balance of one case as it moves: what a formula makes of sums that grow as things happen.

Between two instants nothing of a case changes, so it is worked out at each of them and told as
what it rose or fell by.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from observability.model.formula import work_out
from observability.rollup.contribution import Contribution
from rules.money import Money, add, subtract


class Balance(NamedTuple):
    """`amount` has not been nought `since` an instant (microseconds)."""

    amount: Decimal = Decimal()
    since: int = 0

    def after(self, at: int, moved: Decimal) -> "Balance":
        return Balance(add(self.amount, moved), self.since if self.amount else at)


def moves(
    formula: str, summands: Mapping[str, Iterable[Contribution]], currency: str
) -> Iterator[tuple[int, Decimal]]:
    """Yield each instant at which *formula* of the *summands* moves in *currency*, and by what."""
    happened: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for name, those in summands.items():
        for one in those:
            if one.amount is not None and one.amount.currency == currency and one.at is not None:
                happened[one.at].append((name, one.amount.amount))
    sums = dict.fromkeys(summands, Decimal())
    stands = Decimal()
    for at in sorted(happened):
        for name, amount in happened[at]:
            sums[name] = add(sums[name], amount)
        figures = {one: [Money(amount=amount, currency=currency)] for one, amount in sums.items()}
        now = work_out(formula, figures)[0].amount
        if now != stands:
            yield at, subtract(now, stands)
        stands = now


def currencies(summands: Iterable[Iterable[Contribution]]) -> list[str]:
    return sorted({one.amount.currency for those in summands for one in those if one.amount})
