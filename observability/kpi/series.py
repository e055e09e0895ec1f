"""A measure day by day, as the rollups have it: what a formula reads of it in any window."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, TypeVar

import msgspec

from observability.kpi.formula import Reading
from observability.kpi.reckoning import Reckoning
from observability.kpi.running import NEVER, Running, counted, running
from observability.rollup.modelled import CAME, HAPPENED, MILLION, OPEN, WENT
from observability.rollup.quantile import quantile_of
from rules.money import Money, add

STALE_DAYS = 90
_DAY_SECONDS = 86_400
_MICROS = 1_000_000
_R = TypeVar("_R", "Row", "Sum")
_SHARES: dict[str, float] = {"median": 0.5, "p90": 0.9}


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


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """
    The sums of a series in one currency: what is open, with its day and own currency; running by
    kind and own currency; and the first day on which one of a currency has no rate.
    """

    open: list[tuple[int, str, Decimal]]
    running: dict[tuple[str, str], Running]
    lacking: dict[str, int]


class Series(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """`standing` for a measure that stands until something is said; `timed` for a duration."""

    standing: bool
    timed: bool
    rows: tuple[Row, ...] = ()
    sums: tuple[Sum, ...] = ()

    @cached_property
    def currencies(self) -> frozenset[str]:
        return frozenset(one.money.currency for one in self.sums)

    @cached_property
    def first(self) -> int | None:
        """Its first day."""
        return min((row.day for row in self.rows), default=None)

    @cached_property
    def apart(self) -> dict[str, "Series"]:
        """What of it is in each of its currencies."""
        sums: dict[str, list[Sum]] = defaultdict(list)
        for one in self.sums:
            sums[one.money.currency].append(one)
        return {
            code: msgspec.structs.replace(
                self,
                rows=tuple(Row(one.day, one.kind, 0, one.n, 0) for one in those),
                sums=tuple(those),
            )
            for code, those in sums.items()
        }

    @cached_property
    def emptied(self) -> "Series":
        """Nothing of it."""
        return msgspec.structs.replace(self, rows=(), sums=())

    def of(self, currency: str) -> "Series":
        """Return what of it is in *currency*."""
        return self.apart.get(currency, self.emptied)

    def unconverted(self, reckoning: Reckoning, last: int) -> frozenset[str]:
        """Return the currencies of which something until the day *last* has no rate."""
        lacking = self._amounts(reckoning).lacking
        return frozenset(code for code, day in lacking.items() if day <= last)

    def read(
        self, reading: Reading, span: Span, reckoning: Reckoning, without: frozenset[str]
    ) -> Decimal | None:
        """
        Return what *reading* finds in *span*, but money of the currencies *without*.

        None where nothing tells.
        """
        if reading in {"age", "stale"}:
            tell = self._age if reading == "age" else self._stale
            return tell(span, reckoning, without) if span.now else None
        if self.standing and reading in {"sum", "count"}:
            came, went = (
                self._total(kind, None, span.last, reckoning, without, counted=reading == "count")
                for kind in (CAME, WENT)
            )
            return came - went
        if reading == "ever":
            return self._total(HAPPENED, None, span.last, reckoning, without)
        if reading in {"sum", "count"}:
            return self._total(
                HAPPENED, span.first, span.last, reckoning, without, counted=reading == "count"
            )
        return self._duration(reading, span)

    def open_on(
        self, last: int, reckoning: Reckoning, without: frozenset[str] = frozenset()
    ) -> list[tuple[int, Decimal]]:
        """Return what is open on the day *last*: how many days it has stood, and what it is."""
        if self.sums:
            return [
                (last - day, Decimal() if currency in without else amount)
                for day, currency, amount in self._amounts(reckoning).open
                if day <= last
            ]
        rows = _within(self.rows, OPEN, None, last)
        return [(last - one.day, Decimal(one.quantity) / MILLION) for one in rows]

    def _age(self, span: Span, reckoning: Reckoning, without: frozenset[str]) -> Decimal | None:
        aged = self.open_on(span.last, reckoning, without)
        whole = sum((weight for _, weight in aged), Decimal())
        return sum((days * weight for days, weight in aged), Decimal()) / whole if whole else None

    def _stale(self, span: Span, reckoning: Reckoning, without: frozenset[str]) -> Decimal:
        aged = self.open_on(span.last, reckoning, without)
        return sum((weight for days, weight in aged if days > STALE_DAYS), Decimal())

    def _total(  # noqa: PLR0913 - of what kind, from when to when, and in which money
        self,
        kind: str,
        first: int | None,
        last: int,
        reckoning: Reckoning,
        without: frozenset[str],
        *,
        counted: bool = False,
    ) -> Decimal:
        if counted:
            return self._counts.get(kind, NEVER).within(first, last)
        if not self.sums:
            whole = _MICROS * _DAY_SECONDS if self.timed else MILLION
            return self._quantities.get(kind, NEVER).within(first, last) / whole
        found = Decimal()
        for (of, currency), those in self._amounts(reckoning).running.items():
            if of == kind and currency not in without:
                found = add(found, those.within(first, last))
        return found

    @cached_property
    def _counts(self) -> dict[str, Running]:
        return _by_kind((one.kind, one.day, one.n) for one in self.rows)

    @cached_property
    def _quantities(self) -> dict[str, Running]:
        return _by_kind((one.kind, one.day, one.quantity) for one in self.rows)

    @cached_property
    def _happened(self) -> tuple[list[int], list[Row]]:
        rows = sorted(one for one in self.rows if one.kind == HAPPENED)
        return [one.day for one in rows], rows

    @cached_property
    def _reckoned(self) -> dict[tuple[str | None, int], Amounts]:
        return {}

    def _amounts(self, reckoning: Reckoning) -> Amounts:
        """Return its sums in the currency of *reckoning*; each is converted once."""
        known = self._reckoned.get(reckoning.name)
        if known is None:
            known = self._reckoned[reckoning.name] = _amounts(self.sums, reckoning)
        return known

    def _duration(self, reading: Reading, span: Span) -> Decimal | None:
        """Return days; a quantile is that of buckets, within a sixteenth."""
        days, every = self._happened
        rows = every[bisect_left(days, span.first) : bisect_right(days, span.last)]
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


def _amounts(sums: Iterable[Sum], reckoning: Reckoning) -> Amounts:
    lacking: dict[str, int] = {}
    grouped: dict[tuple[str, str], list[tuple[int, Decimal]]] = defaultdict(list)
    for one in sums:
        currency = one.money.currency
        amount = reckoning.worth(one.money, one.day)
        if amount is None:
            amount, lacking[currency] = Decimal(), min(one.day, lacking.get(currency, one.day))
        grouped[one.kind, currency].append((one.day, amount))
    return Amounts(
        open=[
            (day, currency, amount)
            for (kind, currency), those in grouped.items()
            if kind == OPEN
            for day, amount in those
        ],
        running={name: running(those) for name, those in grouped.items()},
        lacking=lacking,
    )


def _by_kind(told: Iterable[tuple[str, int, int]]) -> dict[str, Running]:
    grouped: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for kind, day, amount in told:
        grouped[kind].append((day, amount))
    return {kind: counted(those) for kind, those in grouped.items()}


def _within(rows: Iterable[_R], kind: str, first: int | None, last: int) -> Iterator[_R]:
    return (
        one
        for one in rows
        if one.kind == kind and one.day <= last and (first is None or one.day >= first)
    )
