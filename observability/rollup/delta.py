"""What changes in the rollups when cases contribute otherwise than before."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import msgspec

from observability.rollup.contribution import (
    DAY_MICROS,
    EVER,
    UNTOLD,
    Contribution,
    Kept,
    bucket,
    coarse,
)
from observability.rollup.measure import Measure
from observability.rollup.measures import measure_of
from observability.rollup.part_measures import PARTS
from rules.money import add, subtract

RowKey = tuple[str, str, int, str, int]
"""(process, measure, day, of, bucket)"""
AmountKey = tuple[str, str, int, str, str]
"""(process, measure, day, of, currency)"""
CaseKey = tuple[str, str, int, str, str, str]
"""(process, measure, at, of, instance, currency)"""


@dataclass(slots=True)
class Amount:
    """A signed sum, and how many amounts are in it."""

    n: int = 0
    total: Decimal = Decimal()


class Delta:
    """Signed changes, gathered over the cases of a micro-batch."""

    def __init__(self, measures: Callable[[str], Measure | None] = measure_of) -> None:
        self._measures = measures
        self.rows: dict[RowKey, list[int]] = {}
        self.amounts: defaultdict[AmountKey, Amount] = defaultdict(Amount)
        self.named: dict[CaseKey, Amount] = {}
        self.unnamed: list[CaseKey] = []

    def change(self, process: str, instance: str, before: Kept, after: Kept) -> None:
        """Let the case *instance* contribute *after* instead of *before*."""
        for name in before.keys() | after.keys():
            old, new = before.get(name, ()), after.get(name, ())
            measure = self._measures(name)
            if old != new and measure is not None:
                for one, sign in _differences(old, new):
                    self._add(measure, process, one, sign)
                if measure.named:
                    named = _named(process, name, instance, new)
                    stood = _named(process, name, instance, old)
                    self.named |= {key: one for key, one in named.items() if one != stood.get(key)}
                    self.unnamed += sorted(stood.keys() - named.keys())

    def _add(self, measure: Measure, process: str, one: Contribution, sign: int) -> None:
        place = bucket(one.value)
        kept = [
            (day, coarse(place) if measure.coarse and day != EVER else place)
            for day in _days(measure, one.at)
        ]
        self._count(process, measure.name, kept, one, sign)
        if measure.parts:
            whole = one._replace(of=one.of[:1])
            for part in one.of[1:]:
                self._count(process, measure.parts + part, kept, whole, sign)
                known = self.rows.setdefault((process, PARTS, EVER, _text((part,)), UNTOLD), [0, 0])
                known[0] += sign

    def _count(
        self,
        process: str,
        measure: str,
        kept: Iterable[tuple[int, int]],
        one: Contribution,
        sign: int,
    ) -> None:
        of = _text(one.of)
        for day, place in kept:
            counted = self.rows.setdefault((process, measure, day, of, place), [0, 0])
            counted[0] += sign * one.n
            counted[1] += sign * one.quantity
            if one.amount is not None:
                _sum(self.amounts[process, measure, day, of, one.amount.currency], one, sign)


def _differences(
    old: Iterable[Contribution], new: Iterable[Contribution]
) -> Iterable[tuple[Contribution, int]]:
    """Return what of *new* is not in *old* (1), and what of *old* is not in *new* (-1)."""
    gone = list(old)
    found = []
    for one in new:
        if one in gone:
            gone.remove(one)
        else:
            found.append((one, 1))
    return found + [(one, -1) for one in gone]


def _named(
    process: str, measure: str, instance: str, told: Iterable[Contribution]
) -> dict[CaseKey, Amount]:
    found: dict[CaseKey, Amount] = {}
    for one in told:
        currency = one.amount.currency if one.amount else ""
        key = (process, measure, one.at or 0, _text(one.of), instance, currency)
        _sum(found.setdefault(key, Amount()), one, 1)
    return found


def _days(measure: Measure, at: int | None) -> Iterable[int]:
    if measure.daily and at is not None:
        yield at // DAY_MICROS
    if measure.ever:
        yield EVER


def _sum(kept: Amount, one: Contribution, sign: int) -> None:
    kept.n += sign * one.n
    if one.amount is not None:
        kept.total = (add if sign > 0 else subtract)(kept.total, one.amount.amount)


@lru_cache(maxsize=50_000)
def _text(of: tuple[str, ...]) -> str:
    return msgspec.json.encode(of).decode()
