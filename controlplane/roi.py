"""
What became better: figures of the days before a chosen date beside those of the days from it on.

Each stands with how many things it was made from; without one of the two nothing is compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from controlplane import kpis
from controlplane.forecasts import Held, held
from observability.forecast.calibration import calibration
from observability.forecast.piece import WEEKS
from observability.health.window import Window
from observability.kpi.document import Better, Kpi, Unit
from observability.kpi.figure import rounded
from observability.reconciliation.stores import found_between
from rules.calendar import BusinessCalendar

KPIS = ("set-up-time", "billing-latency", "invoice-cycle-time", "collection-time", "recovery-time")
"""Cycle times, from deal to cash, and how soon what failed is mended."""
ENOUGH = 30
AWAITED = (
    "forecasts of these days are not held against what came, or not yet; "
    f"those of the last {WEEKS} weeks are in time"
)
_FINE = Decimal("0.0001")


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """`value` was made from `sample` things from the day `since` to the day `until`."""

    since: date
    until: date
    value: Decimal | None
    sample: int
    because: str | None = None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """
    `change` is what `after` is above `before`, `better_by` the share by which it is better (worse
    below nought). `enough` is whether both were made from enough things to mean something.
    """

    figure: str
    title: str
    unit: Unit | None
    currency: str | None
    better: Better
    before: Side
    after: Side
    change: Decimal | None
    better_by: Decimal | None
    enough: bool


class Between(NamedTuple):
    """From the first instant to the last, of whole days."""

    since: datetime
    until: datetime

    def side(self, value: Decimal | None, sample: int, because: str | None) -> Side:
        return Side(
            since=self.since.date(),
            until=(self.until - timedelta(microseconds=1)).date(),
            value=value,
            sample=sample,
            because=because,
        )


class Documents(NamedTuple):
    """What the forecasts of a process are made with."""

    process: str
    slas: Sequence[str]
    calendars: Mapping[str, BusinessCalendar]


def around(split: date, days: int, *, at: datetime) -> tuple[Between, Between]:
    """Return the *days* before the day *split* and those from it on, the latter up to *at*."""
    middle = datetime.combine(split, time(), tzinfo=UTC)
    return (
        Between(middle - timedelta(days=days), middle),
        Between(middle, min(middle + timedelta(days=days), at)),
    )


def of_kpis(
    connection: Connection, names: Sequence[str], before: Between, after: Between
) -> list[Compared]:
    """Return those of the KPIs *names* that are in force."""
    known = {one.kpi: one for one in kpis.kpis(connection)}
    found = []
    for name in names:
        if name in known:
            kpi = known[name]
            sides = [_told(connection, kpi, one) for one in (before, after)]
            currency = next((code for _, code in sides if code), None)
            found.append(
                compared(
                    name,
                    kpi.title,
                    sides[0][0],
                    sides[1][0],
                    unit=kpi.unit,
                    better=kpi.better,
                    currency=currency,
                )
            )
    return found


def of_reconciliations(connection: Connection, before: Between, after: Between) -> Compared:
    """Return how many breaks a run found, on average."""
    sides = []
    for one in (before, after):
        runs, breaks = found_between(connection, since=one.since, until=one.until)
        because = None if runs else "not enough data: no reconciliation ran to its end"
        sides.append(one.side(rounded(Decimal(breaks) / runs) if runs else None, runs, because))
    title = "Breaks found by a reconciliation"
    return compared("reconciliation-breaks", title, *sides, unit="count", better="lower")


def of_forecasts(
    connection: Connection, processes: Iterable[Documents], before: Between, after: Between
) -> Compared:
    """Return the Brier score of what was said of running promises, day by day."""
    known = list(processes)
    sides = [
        _foretold(
            one, [held(connection, *those, since=one.since, until=one.until) for those in known]
        )
        for one in (before, after)
    ]
    title = "Error of forecasts (Brier score)"
    return compared("forecast-accuracy", title, *sides, unit=None, better="lower")


def _foretold(between: Between, those: Sequence[Held]) -> Side:
    told = calibration(tally for one in those for tally in one.tallies)
    if any(one.awaited for one in those):
        return between.side(None, told.forecasts, f"not known: {AWAITED}")
    if not told.forecasts:
        because = "not enough data: no forecast of these days is decided"
        return between.side(None, 0, because)
    return between.side(Decimal(str(told.brier)).quantize(_FINE), told.forecasts, None)


def compared(  # noqa: PLR0913 - one argument a member
    figure: str,
    title: str,
    before: Side,
    after: Side,
    *,
    unit: Unit | None,
    better: Better,
    currency: str | None = None,
) -> Compared:
    change = None if before.value is None or after.value is None else after.value - before.value
    gain = change if change is None or better == "higher" else -change
    return Compared(
        figure=figure,
        title=title,
        unit=unit,
        currency=currency,
        better=better,
        before=before,
        after=after,
        change=change,
        better_by=(gain / abs(before.value)).quantize(_FINE)
        if gain is not None and before.value
        else None,
        enough=change is not None and min(before.sample, after.sample) >= ENOUGH,
    )


def _told(connection: Connection, kpi: Kpi, between: Between) -> tuple[Side, str | None]:
    as_of = between.until - timedelta(microseconds=1)
    window = Window(text="between", as_of=as_of, since=between.since)
    told = kpis.sampled(connection, kpi, window)
    return between.side(told.value, told.sample, told.because), told.currency
