"""A measure day by day, as the rollups have it: what a formula reads of it in any window."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, TypeVar

import msgspec

from observability.kpi.formula import Reading
from observability.rollup.modelled import CAME, HAPPENED, MILLION, OPEN, WENT
from observability.rollup.quantile import quantile_of
from rules.money import Money, add

STALE_DAYS = 90
_DAY_SECONDS = 86_400
_MICROS = 1_000_000
_R = TypeVar("_R", "Row", "Sum")
_SHARES: dict[str, float] = {"median": 0.5, "p90": 0.9}
Worth = Callable[[Money, int], Decimal | None]
"""Money of a day in the currency that is asked for; None without a rate."""


class Row(NamedTuple):
    """`kind` is "" for what happened; else in, out or open. `bucket` is of a duration."""

    day: int
    kind: str
    bucket: int
    n: int
    quantity: int


class Sum(NamedTuple):
    day: int
    kind: str
    money: Money
    n: int


class Span(NamedTuple):
    """The first and the last day of a window; `now` when it ends with what is open."""

    first: int
    last: int
    now: bool = True


class Series(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """`standing` for a measure that stands until something is said; `timed` for a duration."""

    standing: bool
    timed: bool
    rows: tuple[Row, ...] = ()
    sums: tuple[Sum, ...] = ()

    @cached_property
    def currencies(self) -> frozenset[str]:
        return frozenset(one.money.currency for one in self.sums)

    @property
    def emptied(self) -> "Series":
        """Nothing of it."""
        return msgspec.structs.replace(self, rows=(), sums=())

    def of(self, currency: str) -> "Series":
        """Return what of it is in *currency*."""
        sums = tuple(one for one in self.sums if one.money.currency == currency)
        rows = tuple(Row(one.day, one.kind, 0, one.n, 0) for one in sums)
        return msgspec.structs.replace(self, rows=rows, sums=sums)

    def unconverted(self, worth: Worth, last: int) -> frozenset[str]:
        """Return the currencies of which something until the day *last* has no rate."""
        return frozenset(
            one.money.currency
            for one in self.sums
            if one.day <= last and worth(one.money, one.day) is None
        )

    def read(self, reading: Reading, span: Span, worth: Worth) -> Decimal | None:
        """Return what *reading* finds in *span*; None where nothing tells."""
        if reading in {"age", "stale"}:
            tell = self._age if reading == "age" else self._stale
            return tell(span, worth) if span.now else None
        if self.standing and reading in {"sum", "count"}:
            return self._total(CAME, None, span.last, worth, reading) - self._total(
                WENT, None, span.last, worth, reading
            )
        if reading == "ever":
            return self._total(HAPPENED, None, span.last, worth, "sum")
        if reading in {"sum", "count"}:
            return self._total(HAPPENED, span.first, span.last, worth, reading)
        return self._duration(reading, span)

    def _total(
        self, kind: str, first: int | None, last: int, worth: Worth, reading: Reading
    ) -> Decimal:
        rows = _within(self.rows, kind, first, last)
        if reading == "count":
            return Decimal(sum(one.n for one in rows))
        if not self.sums:
            quantity = sum(one.quantity for one in rows)
            whole = _MICROS * _DAY_SECONDS if self.timed else MILLION
            return Decimal(quantity) / whole
        found = Decimal()
        for one in _within(self.sums, kind, first, last):
            found = add(found, worth(one.money, one.day) or Decimal())
        return found

    def _duration(self, reading: Reading, span: Span) -> Decimal | None:
        """Return days; a quantile is that of buckets, within a sixteenth."""
        rows = list(_within(self.rows, HAPPENED, span.first, span.last))
        n = sum(one.n for one in rows)
        if not n or not self.timed:
            return None
        if reading == "mean":
            micros = Decimal(sum(one.quantity for one in rows)) / n
        else:
            buckets: Counter[int] = Counter()
            for one in rows:
                buckets[one.bucket] += one.n
            found = quantile_of(buckets, _SHARES[reading])
            if found is None:
                return None
            micros = Decimal(found)
        return micros / (_MICROS * _DAY_SECONDS)

    def open_on(self, last: int, worth: Worth) -> list[tuple[int, Decimal]]:
        """Return what is open on the day *last*: how many days it has stood, and what it is."""
        if self.sums:
            told = _within(self.sums, OPEN, None, last)
            return [(last - one.day, worth(one.money, one.day) or Decimal()) for one in told]
        rows = _within(self.rows, OPEN, None, last)
        return [(last - one.day, Decimal(one.quantity) / MILLION) for one in rows]

    def _age(self, span: Span, worth: Worth) -> Decimal | None:
        aged = self.open_on(span.last, worth)
        whole = sum((weight for _, weight in aged), Decimal())
        return sum((days * weight for days, weight in aged), Decimal()) / whole if whole else None

    def _stale(self, span: Span, worth: Worth) -> Decimal:
        aged = self.open_on(span.last, worth)
        return sum((weight for days, weight in aged if days > STALE_DAYS), Decimal())


def _within(rows: Iterable[_R], kind: str, first: int | None, last: int) -> Iterator[_R]:
    return (
        one
        for one in rows
        if one.kind == kind and one.day <= last and (first is None or one.day >= first)
    )
