"""What health asks the rollups; the medians of a process of few cases are asked of those."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import Connection

from observability.health import pace_stores
from observability.health.overview import CaseFigures, Durations, Figures, Health, overview
from observability.health.promise import Tally
from observability.health.quantile import quantile
from observability.health.stage import Pressed, StageLoad, stage_of
from observability.health.trend import DAYS
from observability.health.window import Window
from observability.instance.instance import RUNNING
from observability.model.model import ProcessModel
from observability.objective import Objective
from observability.rollup import exact_stores, figure_stores
from observability.rollup.case_measures import OVER
from observability.rollup.contribution import DAY_MICROS
from observability.rollup.figure_stores import Passed
from observability.rollup.measures import (
    ENDED,
    LASTED,
    LATE,
    NEAR,
    PAUSED,
    STANDING,
    WORKED,
)
from observability.rollup.quantile import quantile_of
from rules.calendar import BusinessCalendar
from rules.instant import to_micros
from rules.money import Money
from rules.once import Once, always

_MICROS = 1_000_000
_KEPT = 64


def health(  # noqa: PLR0913 - what is asked of it, and by which documents
    connection: Connection,
    model: ProcessModel,
    *,
    window: Window,
    objectives: Sequence[Objective],
    calendars: Mapping[str, BusinessCalendar],
    exact: bool = False,
    once: Once = always,
) -> Health:
    """
    Return the health of the process of *model*; *objectives* are those in force on it, and
    *calendars* those they name (one that is missing: its objective has no pace). Durations of
    very many cases are told from buckets unless they are to be *exact*: then all are read.
    Of all time, what is told whatever the instant is read through *once*.
    """
    process, at = model.process, to_micros(window.as_of)
    since = None if window.since is None else to_micros(window.since)
    once = once if since is None else always
    late = figure_stores.passed(connection, process, LATE, at=at, including=False)
    staged = [one for one in objectives if stage_of(model, one) is not None]
    figures = Figures(
        cases=once(
            ("cases", process, exact),
            lambda: case_figures(connection, process, since, exact=exact),
        ),
        loads=once(("loads", process), lambda: stage_loads(connection, process, since)),
        tallies=tallies(connection, process, late, since=_reaching_back(window), once=once),
        pressed=list(pressed_clocks(connection, process, late, at=at)),
        money=broken_money(connection, process, late, since=since),
        slowest=(
            pace_stores.exactly(connection, staged, calendars, at=at, since=since)
            if exact or exact_stores.few_clocks(connection, process)
            else pace_stores.by_bucket(
                connection, process, staged, calendars, late, at=at, since=since
            )
        ),
    )
    return overview(figures, model, window=window, objectives=objectives, calendars=calendars)


def _reaching_back(window: Window) -> int | None:
    """Return from which day clocks are counted: for the moving figures, and the window before."""
    if window.since is None:
        return None
    moving = window.since - timedelta(days=DAYS - 1)
    return _day(to_micros(moving if window.earlier is None else min(moving, window.earlier)))


def case_figures(
    connection: Connection, process: str, since: int | None, *, exact: bool = False
) -> CaseFigures:
    worked = figure_stores.together(connection, process, WORKED, since=_day(since))
    worth = figure_stores.amounts_ever(connection, process, STANDING)
    return CaseFigures(
        cases=sum(one.n for one in worked),
        events=sum(one.quantity for one in worked),
        durations=_durations(connection, process, since, exact=exact),
        in_progress=[one.money for one in worth],
    )


def _durations(
    connection: Connection, process: str, since: int | None, *, exact: bool
) -> Durations:
    if exact or exact_stores.few_cases(connection, process):
        taken = exact_stores.durations(connection, process, since)
        median, slow = (quantile(taken, share) for share in (0.5, 0.95))
    else:
        counts = figure_stores.histogram(connection, process, LASTED, since=_day(since))
        median, slow = (quantile_of(counts.get((), {}), share) for share in (0.5, 0.95))
    return Durations(
        median_seconds=None if median is None else median / _MICROS,
        p95_seconds=None if slow is None else slow / _MICROS,
    )


def stage_loads(connection: Connection, process: str, since: int | None) -> list[StageLoad]:
    """Return the cases of the window, and whatever it is those that run or are still awaited."""
    cases: Counter[str] = Counter()
    running: Counter[str] = Counter()
    for one in figure_stores.ever(connection, process, STANDING):
        stage, stands = one.of
        cases[stage] += one.n
        running[stage] += one.n if stands == RUNNING else 0
    for one in figure_stores.together(connection, process, WORKED, since=_day(since)):
        stage, stands = one.of
        cases[stage] += one.n if stands == OVER else 0
    return [
        StageLoad(stage=stage or None, cases=count, running=running[stage])
        for stage, count in cases.items()
        if count
    ]


def tallies(
    connection: Connection, process: str, late: Passed, *, since: int | None, once: Once = always
) -> list[Tally]:
    """Return the clocks that ended since the day *since* by day, and all that have not ended."""
    waits: Counter[tuple[str, str, int | None]] = Counter()
    for one in late.figures:
        if since is None or one.day >= since:
            waits[one.of[0], "absent", one.day] += one.n
    for of, clocks in late.waiting.items():
        waits[of[0], "running", None] += clocks
    for one in figure_stores.ever(connection, process, PAUSED):
        waits[one.of[0], "paused", None] += one.n
    ended: list[Tally] = once(
        ("ended", process),
        lambda: _ended(figure_stores.told(connection, process, ENDED, since=since)),
    )
    return ended + [
        Tally(sla=sla, state=state, day=day, clocks=clocks)
        for (sla, state, day), clocks in waits.items()
        if clocks
    ]


@lru_cache(maxsize=_KEPT)
def _ended(text: str) -> list[Tally]:
    """What is told in the same words is the same: of these it is worked out once."""
    return [
        Tally(sla=one.of[0], state=one.of[1], day=one.day, clocks=one.n)
        for one in figure_stores.read_told(text)
    ]


def broken_money(
    connection: Connection, process: str, late: Passed, *, since: int | None
) -> dict[tuple[str, str], list[Money]]:
    """Return the amounts of the clocks that ended late or absent, by (sla, state)."""
    begin, found = _day(since), defaultdict[tuple[str, str], list[Money]](list)
    for one in figure_stores.amounts(connection, process, ENDED, since=begin):
        found[one.of[0], one.of[1]].append(one.money)
    for one in late.amounts:
        if begin is None or one.day >= begin:
            found[one.of[0], "absent"].append(one.money)
    return dict(found)


def pressed_clocks(
    connection: Connection, process: str, late: Passed, *, at: int
) -> Iterator[Pressed]:
    """Yield the unfinished clocks that are breached or at risk, however old their case is."""
    past = Counter[tuple[str, ...]]()
    for one in late.figures:
        past[one.of] += one.n
    near = figure_stores.turned(connection, process, NEAR, at=at)
    for of in sorted(near.keys() | past.keys()):
        sla, stage, running, first, foremost = of
        yield Pressed(
            sla=sla,
            stage=stage or None,
            running=bool(running),
            first=bool(first),
            foremost=bool(foremost),
            near=near[of],
            late=past[of],
        )


def _day(micros: int | None) -> int | None:
    return None if micros is None else micros // DAY_MICROS
