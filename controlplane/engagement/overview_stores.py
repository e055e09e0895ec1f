"""
The overview of a process from what its engagements contributed: a few rows, however many
exceptions stand.

As of before the last exception opened or was resolved it is told by the exceptions themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from controlplane.engagement import measures
from controlplane.engagement.closing_stores import Closed, closed_since
from controlplane.engagement.measures import RULE, STAGE
from controlplane.engagement.waiting_stores import delayed_cash
from governance.exception.at_risk import AtRisk
from governance.exception.inbox.foremost_stores import foremost
from governance.exception.overview import stores as exceptions
from governance.exception.overview.overview import (
    Day,
    Earlier,
    Held,
    Overview,
    StageHeld,
    standing_money,
)
from observability.rollup import figure_stores
from observability.rollup.contribution import DAY_MICROS
from observability.rollup.figure_stores import Figure
from rules.instant import EPOCH, to_micros
from rules.money import Money, subtract, total
from rules.once import Once, always

_Of = tuple[str, ...]


def overview(  # noqa: PLR0913 - whose, from when to when
    connection: Connection,
    process: str,
    *,
    since: datetime,
    at: datetime,
    cost_of_capital: Decimal,
    earlier: datetime | None = None,
    once: Once = always,
) -> Overview:
    """
    Return the overview of *process* from *since* to *at*, beside that of the window from
    *earlier* to *since*. What is told by day is read through *once*.
    """
    if exceptions.any_after(connection, process, at=at):
        return exceptions.overview(
            connection,
            process=process,
            since=since,
            at=at,
            cost_of_capital=cost_of_capital,
            earlier=earlier,
        )
    now, first, last = to_micros(at), _day(since), _day(at)
    begin = first if earlier is None else _day(earlier)
    held = figure_stores.ever(connection, process, measures.HELD.name)
    late = figure_stores.turned(connection, process, measures.PRESSED.name, at=now, including=False)
    nearly = figure_stores.turned(connection, process, measures.NEARLY.name, at=now)
    blocked = _amounts(connection, process, measures.BLOCKED.name)
    closed = once(("closed", process, begin), lambda: closed_since(connection, process, begin))
    opened = once(("opened", process, first), lambda: _opened(connection, process, first))
    by_day = once(
        ("blocked", process, first, last),
        lambda: _blocked_by_day(connection, process, first - 1, last),
    )
    return Overview(
        open=sum(one.n for one in held),
        breached=late.total(),
        at_risk=nearly.total() - late.total(),
        closed=closed.count(first, last),
        median_to_resolve_seconds=closed.median_seconds(first, last),
        money=AtRisk(
            blocked=total(blocked.get((), ())),
            delayed_cash=delayed_cash(connection, process, at=now, cost_of_capital=cost_of_capital),
            exposure=total(_amounts(connection, process, measures.EXPOSED.name).get((), ())),
        ),
        trend=_trend(opened, closed, by_day[1:], first),
        by_stage=[
            StageHeld(stage=stage or None, blocked=total(blocked.get((STAGE, stage), ())))
            for stage in sorted({one.of[0] for one in held})
        ],
        by_stage_rule=_by_stage_rule(held, late, blocked),
        earlier=None if earlier is None else _earlier(closed, begin, first - 1, by_day[0]),
        first=foremost(connection, process, at=at, limit=exceptions.FIRST),
    )


def _by_stage_rule(
    held: Sequence[Figure], late: Mapping[_Of, int], blocked: Mapping[_Of, Sequence[Money]]
) -> list[Held]:
    groups: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for one in held:
        groups[one.of[0], one.of[1]].append(one)
    found = []
    for (stage, rule), those in sorted(groups.items()):
        count = sum(one.n for one in those)
        found.append(
            Held(
                stage=stage or None,
                rule=rule,
                title=min(one.of[2] for one in those),
                count=count,
                blocked=total(blocked.get((RULE, stage, rule), ())),
                breached_share=late.get((stage, rule), 0) / count,
            )
        )
    return found


def _trend(
    opened: Mapping[int, int], closed: Closed, blocked: Sequence[list[Money]], first: int
) -> list[Day]:
    return [
        Day(
            date=EPOCH.date() + timedelta(days=day),
            opened=opened.get(day, 0),
            closed=closed.count(day, day),
            median_to_resolve_seconds=closed.median_seconds(day, day),
            blocked=held_up,
        )
        for day, held_up in enumerate(blocked, start=first)
    ]


def _earlier(closed: Closed, first: int, last: int, blocked: list[Money]) -> Earlier:
    return Earlier(
        closed=closed.count(first, last),
        median_to_resolve_seconds=closed.median_seconds(first, last),
        blocked=blocked,
    )


def _opened(connection: Connection, process: str, first: int) -> Counter[int]:
    opened = Counter[int]()
    for one in figure_stores.figures(connection, process, measures.OPENED.name, since=first):
        opened[one.day] += one.n
    return opened


def _blocked_by_day(
    connection: Connection, process: str, first: int, last: int
) -> list[list[Money]]:
    """Return what stood blocked at the end of each day: what does now, less what came later."""
    moved: dict[int, list[Money]] = defaultdict(list)
    for one in figure_stores.amounts(connection, process, measures.MOVED.name, since=first + 1):
        moved[one.day].append(one.money)
    whole = figure_stores.amounts_ever(connection, process, measures.MOVED.name)
    standing = {one.money.currency: one.money.amount for one in whole}
    found = []
    for day in range(last, first - 1, -1):
        found.append(standing_money(Money(amount=standing[c], currency=c) for c in standing))
        for more in moved[day]:
            standing[more.currency] = subtract(standing[more.currency], more.amount)
    return found[::-1]


def _amounts(connection: Connection, process: str, measure: str) -> dict[_Of, list[Money]]:
    found: dict[_Of, list[Money]] = defaultdict(list)
    for one in figure_stores.amounts_ever(connection, process, measure):
        found[one.of].append(one.money)
    return found


def _day(at: datetime) -> int:
    return to_micros(at) // DAY_MICROS
