"""
What the exceptions of a process come to, over a window of days.

Days are UTC days. What a day holds up is what stood at its end, capped by what each
engagement had left; the time to resolve counts from opening, or from the last reopening.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Protocol

import msgspec

from governance.exception.at_risk import AtRisk, at_risk
from governance.exception.process_exception import ProcessException
from governance.exception.share import Stake
from rules.money import Money, total


class Handled(Protocol):
    """When an exception opened, and since when somebody could work it."""

    @property
    def opened_at(self) -> datetime: ...
    @property
    def handled_from(self) -> datetime: ...


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """An exception as the overview counts it: `breached` is said of what still stands."""

    stake: Stake
    opened_at: datetime
    handled_from: datetime
    resolved_at: datetime | None
    standing: bool
    breached: bool
    stage: str | None
    rule: str
    title: str


class Day(msgspec.Struct, frozen=True, kw_only=True):
    date: date
    opened: int
    closed: int
    median_to_resolve_seconds: float | None
    blocked: list[Money]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the standing exceptions of one rule hold up in one stage."""

    stage: str | None
    rule: str
    title: str
    count: int
    blocked: list[Money]
    breached_share: float


class StageHeld(msgspec.Struct, frozen=True, kw_only=True):
    """What the standing exceptions of one stage hold up, each line counted once."""

    stage: str | None
    blocked: list[Money]


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """The window of the same length before: `blocked` is what stood at its end."""

    closed: int
    median_to_resolve_seconds: float | None
    blocked: list[Money]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """
    `first` are those that need a decision before all others, in the inbox's order of priority.

    `earlier` is None for all time.
    """

    open: int
    breached: int
    at_risk: int
    closed: int
    median_to_resolve_seconds: float | None
    money: AtRisk
    trend: list[Day]
    by_stage: list[StageHeld]
    by_stage_rule: list[Held]
    earlier: Earlier | None
    first: list[ProcessException]


def summarise(  # noqa: PLR0913 - what stands, what was, and how much of it is late
    pasts: Sequence[Past],
    *,
    first: Sequence[ProcessException],
    nearly: int,
    since: datetime,
    at: datetime,
    cost_of_capital: Decimal,
    earlier: datetime | None = None,
) -> Overview:
    """
    Return the overview of *pasts*, from the day of *since* to the day of *at*; the window
    before it begins at *earlier*.
    """
    standing = [one for one in pasts if one.standing]
    closed = [one for one in pasts if one.resolved_at and since <= one.resolved_at <= at]
    return Overview(
        open=len(standing),
        breached=sum(one.breached for one in standing),
        at_risk=nearly,
        closed=len(closed),
        median_to_resolve_seconds=_median(closed),
        money=at_risk((one.stake for one in standing), at=at, cost_of_capital=cost_of_capital),
        trend=_trend(pasts, closed, since=since, at=at),
        by_stage=_held_by_stage(standing, at=at),
        by_stage_rule=_held(standing, at=at),
        earlier=None if earlier is None else _earlier(pasts, begin=earlier, end=since),
        first=list(first),
    )


def _median(closed: Iterable[Past]) -> float | None:
    taken = [
        (one.resolved_at - begun(one, one.resolved_at)).total_seconds()
        for one in closed
        if one.resolved_at
    ]
    return median(taken) if taken else None


def begun(one: Handled, resolved_at: datetime) -> datetime:
    """What back-filled history had ended before anybody could see it counts from its opening."""
    return one.handled_from if one.handled_from <= resolved_at else one.opened_at


def _earlier(pasts: Sequence[Past], *, begin: datetime, end: datetime) -> Earlier:
    closed = [one for one in pasts if one.resolved_at and begin <= one.resolved_at < end]
    last = end.astimezone(UTC).date() - timedelta(days=1)
    return Earlier(
        closed=len(closed),
        median_to_resolve_seconds=_median(closed),
        blocked=_blocked_by_day(pasts, [last])[0],
    )


def _held_by_stage(standing: Sequence[Past], *, at: datetime) -> list[StageHeld]:
    groups: dict[str, list[Stake]] = defaultdict(list)
    for one in standing:
        groups[one.stage or ""].append(one.stake)
    return [
        StageHeld(stage=stage or None, blocked=at_risk(stakes, at=at).blocked)
        for stage, stakes in sorted(groups.items())
    ]


def _held(standing: Sequence[Past], *, at: datetime) -> list[Held]:
    groups: dict[tuple[str, str], list[Past]] = defaultdict(list)
    for one in standing:
        groups[one.stage or "", one.rule].append(one)
    return [
        Held(
            stage=stage or None,
            rule=rule,
            title=min(one.title for one in those),
            count=len(those),
            blocked=at_risk((one.stake for one in those), at=at).blocked,
            breached_share=sum(one.breached for one in those) / len(those),
        )
        for (stage, rule), those in sorted(groups.items())
    ]


def _trend(
    pasts: Sequence[Past], closed: Sequence[Past], *, since: datetime, at: datetime
) -> list[Day]:
    first = since.astimezone(UTC).date()
    days = [first + timedelta(days=n) for n in range((at.astimezone(UTC).date() - first).days + 1)]
    opened: dict[date, int] = defaultdict(int)
    for one in pasts:
        opened[one.opened_at.astimezone(UTC).date()] += 1
    resolved: dict[date, list[Past]] = defaultdict(list)
    for one in closed:
        if one.resolved_at:
            resolved[one.resolved_at.astimezone(UTC).date()].append(one)
    blocked = _blocked_by_day(pasts, days)
    return [
        Day(
            date=day,
            opened=opened[day],
            closed=len(resolved[day]),
            median_to_resolve_seconds=_median(resolved[day]),
            blocked=blocked[index],
        )
        for index, day in enumerate(days)
    ]


def _blocked_by_day(pasts: Sequence[Past], days: Sequence[date]) -> list[list[Money]]:
    """Return what stood blocked at the end of each day; an engagement is computed when it moves."""
    ends = [datetime.combine(day, time(), UTC) + timedelta(days=1) for day in days]
    engagements: dict[str, list[Past]] = defaultdict(list)
    for one in pasts:
        if one.stake.blocked is not None:
            engagements[one.stake.engagement or one.stake.instance].append(one)
    by_day: list[list[Money]] = [[] for _ in days]
    for those in engagements.values():
        spans = [(_day(ends, one.opened_at), _last_day(ends, one), one) for one in those]
        moves = sorted({edge for begin, end, _ in spans for edge in (begin, end)} | {len(days)})
        for begin, end in pairwise(moves):
            there = [one.stake for first, last, one in spans if first <= begin < last]
            figures = at_risk(there, at=ends[begin]).blocked
            for day in range(begin, end):
                by_day[day].extend(figures)
    return [standing_money(figures) for figures in by_day]


def standing_money(figures: Iterable[Money]) -> list[Money]:
    """Return the totals a currency that are not nought."""
    return [one for one in total(figures) if one.amount]


def _day(ends: Sequence[datetime], at: datetime) -> int:
    """Return the first day at whose end *at* has passed."""
    return bisect_left(ends, at)


def _last_day(ends: Sequence[datetime], one: Past) -> int:
    if one.standing:
        return len(ends)
    return _day(ends, one.resolved_at or one.stake.changed_at)  # a waiver ends it as it changes
