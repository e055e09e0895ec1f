"""What health asks the state database: counts and sums there, amounts and instants from there."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from observability.clock_state_stores import clock_state
from observability.health.overview import CaseFigures, Figures, Health, overview
from observability.health.promise import Tally
from observability.health.stage import AT_RISK, BREACHED, OpenClock, StageLoad, stage_of
from observability.health.trend import DAYS
from observability.health.window import Window
from observability.instance import RUNNING
from observability.model import ProcessModel
from observability.objective import Objective
from observability.tables import clock, instance
from rules.calendar import BusinessCalendar
from rules.instant import to_micros
from rules.money import Money

_DAY = 86_400_000_000
_RUNS = instance.c.state == RUNNING
_OPEN = and_(
    clock.c.target_at.is_(None), clock.c.cancelled_at.is_(None), clock.c.paused_at.is_(None)
)


def health(
    connection: Connection,
    model: ProcessModel,
    *,
    window: Window,
    objectives: Sequence[Objective],
    calendars: Mapping[str, BusinessCalendar],
) -> Health:
    """
    Return the health of the process of *model*; *objectives* are those in force on it, and
    *calendars* those they name (one that is missing: its objective has no pace).
    """
    process, at, since = model.process, window.as_of, window.since
    staged = [one.sla for one in objectives if stage_of(model, one) is not None]
    figures = Figures(
        cases=case_figures(connection, process, since),
        loads=stage_loads(connection, process, since),
        tallies=tallies(connection, process, at=at, since=_reaching_back(window)),
        pressed=list(open_clocks(connection, process, at=at)),
        money=broken_money(connection, process, at=at, since=since),
        spans=ended_spans(connection, process, staged, at=at, since=since),
    )
    return overview(figures, model, window=window, objectives=objectives, calendars=calendars)


def _reaching_back(window: Window) -> datetime | None:
    """Return from when clocks are counted: for the moving figures, and for the window before."""
    if window.since is None:
        return None
    moving = window.since - timedelta(days=DAYS - 1)
    return moving if window.earlier is None else min(moving, window.earlier)


def case_figures(connection: Connection, process: str, since: datetime | None) -> CaseFigures:
    rows = connection.execute(
        select(
            instance.c.events,
            instance.c.last_at - instance.c.started_at,
            instance.c.state,
            instance.c.amount,
            instance.c.currency,
            instance.c.last_at,
        ).where(instance.c.process == process, or_(_RUNS, _within(since)))
    ).all()
    begin = None if since is None else to_micros(since)
    within = [row for row in rows if begin is None or row.last_at >= begin]
    return CaseFigures(
        events=sum(row[0] for row in within),
        durations=sorted(row[1] / 1_000_000 for row in within),
        in_progress=[
            Money(amount=Decimal(amount), currency=currency)
            for _, _, state, amount, currency, _ in rows
            if state == RUNNING and amount is not None
        ],
    )


def stage_loads(connection: Connection, process: str, since: datetime | None) -> list[StageLoad]:
    """Return the cases of the window, and whatever it is those that run or are still awaited."""
    running = func.sum(case((_RUNS, 1), else_=0))
    awaited = instance.c.id.in_(select(clock.c.instance).where(clock.c.process == process, _OPEN))
    rows = connection.execute(
        select(instance.c.stage, func.count(), running)
        .where(instance.c.process == process, or_(_RUNS, awaited, _within(since)))
        .group_by(instance.c.stage)
    )
    return [StageLoad(stage=stage, cases=cases, running=int(open_)) for stage, cases, open_ in rows]


def tallies(
    connection: Connection, process: str, *, at: datetime, since: datetime | None
) -> list[Tally]:
    """Return the clocks that ended since *since* by the day on which, and all that have not."""
    state = clock_state(at)
    day = _ended_at(at) // _DAY
    inner = (
        select(clock.c.sla, state.label("state"), day.label("day"))
        .where(clock.c.process == process, _ended_since(at, since))
        .subquery()
    )
    rows = connection.execute(
        select(inner.c.sla, inner.c.state, inner.c.day, func.count()).group_by(
            inner.c.sla, inner.c.state, inner.c.day
        )
    )
    return [
        Tally(sla=sla, state=state_, day=None if day_ is None else int(day_), clocks=clocks)
        for sla, state_, day_, clocks in rows
    ]


def broken_money(
    connection: Connection, process: str, *, at: datetime, since: datetime | None
) -> dict[tuple[str, str], list[Money]]:
    """Return the amount of each clock that ended late or absent, by (sla, state)."""
    state = clock_state(at)
    rows = connection.execute(
        select(clock.c.sla, state, clock.c.amount, clock.c.currency).where(
            clock.c.process == process,
            clock.c.amount.is_not(None),
            _broken(at),
            _ended_since(at, since),
        )
    )
    found: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for sla, state_, amount, currency in rows.all():
        found[sla, state_].append(Money(amount=Decimal(amount), currency=currency))
    return dict(found)


def open_clocks(connection: Connection, process: str, *, at: datetime) -> Iterator[OpenClock]:
    """Yield the unfinished clocks that are breached or at risk, however old their case is."""
    state = clock_state(at)
    rows = connection.execute(
        select(
            clock.c.sla,
            clock.c.instance,
            instance.c.stage,
            instance.c.state,
            state,
            clock.c.warnings,
        )
        .join(instance, instance.c.id == clock.c.instance)
        .where(
            clock.c.process == process,
            _OPEN,
        )
    )
    now = to_micros(at)
    for sla, instance_, stage, case_state, clock_state_, warnings in rows:
        late = clock_state_ == "absent"
        if late or any(moment <= now for moment in msgspec.json.decode(warnings, type=list[int])):
            yield OpenClock(
                sla=sla,
                instance=instance_,
                stage=stage,
                running=case_state == RUNNING,
                reads=BREACHED if late else AT_RISK,
            )


def ended_spans(
    connection: Connection,
    process: str,
    slas: Sequence[str],
    *,
    at: datetime,
    since: datetime | None,
) -> dict[str, list[tuple[int, int]]]:
    """Return start and target (now, where it is absent) of the ended clocks of *slas*."""
    rows = connection.execute(
        select(
            clock.c.sla, clock.c.started_at, func.coalesce(clock.c.target_at, to_micros(at))
        ).where(
            clock.c.process == process,
            clock.c.sla.in_(slas),
            or_(clock.c.target_at.is_not(None), _broken(at)),
            _ended_since(at, since),
        )
    )
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for sla, started_at, end in rows.all():
        found[sla].append((started_at, end))
    return dict(found)


def _within(since: datetime | None) -> ColumnElement[bool]:
    return true() if since is None else instance.c.last_at >= to_micros(since)


def _broken(at: datetime) -> ColumnElement[bool]:
    """Late, or absent as of *at*."""
    missing = and_(_OPEN, clock.c.due_at < to_micros(at))
    return or_(clock.c.target_at > clock.c.due_at, missing)


def _ended_at(at: datetime) -> ColumnElement[int]:
    """When a clock was met, its promise broken, or it was cancelled; NULL while it is open."""
    return case(
        (clock.c.target_at <= clock.c.due_at, clock.c.target_at),
        (clock.c.target_at.is_not(None), clock.c.due_at),
        (clock.c.cancelled_at.is_not(None), clock.c.cancelled_at),
        (clock.c.paused_at.is_not(None), None),
        (clock.c.due_at < to_micros(at), clock.c.due_at),
        else_=None,
    )


def _ended_since(at: datetime, since: datetime | None) -> ColumnElement[bool]:
    if since is None:
        return clock.c.process.is_not(None)
    ended = _ended_at(at)
    return or_(ended.is_(None), ended >= to_micros(since))
