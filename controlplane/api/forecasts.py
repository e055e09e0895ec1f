"""What is likely of the promises that run, and whether such forecasts came true before."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
from sqlalchemy import Connection

from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Limit, instant_of
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.forecasts import Known, held, held_anew, known, known_at
from controlplane.identity.role import Role
from observability.forecast.calibration import Calibration, calibration
from observability.forecast.forecast import Forecast, forecast
from observability.forecast.seen import Calendars, Running, SeenClock, running
from observability.forecast.stores import running_clocks, running_on
from observability.instance.stores import CaseName, case_names, get_instance
from rules.instant import from_micros, to_micros
from rules.money import Money, total

_TAGS = ["Processes"]
_AHEAD = timedelta(days=1)

Until = Annotated[
    str | None, QueryParameter(description="Clocks due by this instant; a day on by default.")
]
AtLeast = Annotated[
    float, QueryParameter(ge=0, le=1, description="Only clocks whose chance of breach is this.")
]
Weeks = Annotated[int, QueryParameter(ge=1, le=26, description="The last weeks are held back.")]


class ForecastClock(msgspec.Struct, frozen=True, kw_only=True):
    """
    A clock that runs; `used` is the share of its time. `forecast` is null where too few clocks
    like it are known.
    """

    id: str
    sla: str
    instance: str
    case: str
    title: str
    object_type: str | None
    object: str | None
    owner: str | None
    started_at: datetime
    due_at: datetime
    promised: str
    used: float
    step: str | None
    amount: Money | None
    forecast: Forecast | None


class Forecasts(msgspec.Struct, frozen=True, kw_only=True):
    """
    Of `clocks` that run and are due by `until`, `told` have enough history; of those
    `expected_breaches` are likely to break. `items` are those first that are likeliest to;
    `money` is what waits on the items, a sum a currency.

    They are likened to what was known at `known_at`, the beginning of a day unless `as_of` was
    asked for; nothing is said yet of the objectives `awaited`, whose history is being made.
    """

    process: str
    as_of: datetime
    known_at: datetime | None
    awaited: tuple[str, ...]
    until: datetime
    clocks: int
    told: int
    expected_breaches: float
    money: list[Money]
    items: list[ForecastClock]


class CaseForecasts(msgspec.Struct, frozen=True, kw_only=True):
    """`known_at` and `awaited` as in `Forecasts`."""

    instance: str
    as_of: datetime
    known_at: datetime | None
    awaited: tuple[str, ...]
    items: list[ForecastClock]


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """
    `calibration` of forecasts made day by day from `since` to `until`; `skill` against base.

    What came after `known_at` does not count. Of the objectives `awaited` the forecasts are still
    being held against what came; they are left out.
    """

    process: str
    since: datetime
    until: datetime
    known_at: datetime | None
    awaited: tuple[str, ...]
    skill: float
    calibration: Calibration


@get(
    "/v1/forecast", operation_id="list_forecasts", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER
)
def list_forecasts(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    process: FromQuery[str],
    *,
    sla: FromQuery[str | None] = None,
    until: Until = None,
    at_least: AtLeast = 0.0,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Forecasts:
    """What is likely to break, the likeliest first: with `at_least=0.5`, what will break today."""
    at = instant_of(as_of)
    end = at + _AHEAD if until is None else instant_of(until, "until")
    with reading(runtime.databases.state) as connection:
        governed.model_or_bare(connection, process)
        clocks = running_clocks(
            connection, process, at=to_micros(at), due_until=to_micros(end), sla=sla
        )
        past, found = _forecasts(connection, process, clocks, at, exactly=as_of is not None)
    told = [one.forecast.chance for one in found if one.forecast]
    likely = [one for one in found if (one.forecast.chance if one.forecast else 0.0) >= at_least]
    return Forecasts(
        process=process,
        as_of=at,
        known_at=past.known_at,
        awaited=past.awaited,
        until=end,
        clocks=len(found),
        told=len(told),
        expected_breaches=sum(told),
        money=total(one.amount for one in likely if one.amount is not None),
        items=sorted(likely, key=_likeliest)[:limit],
    )


@get(
    "/v1/forecast/calibration",
    operation_id="get_forecast_calibration",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_calibration(
    runtime: Wired, process: FromQuery[str], *, weeks: Weeks = 4, as_of: AsOf = None
) -> Calibrated:
    """Whether what would have been said in the last weeks came true."""
    at = _day(instant_of(as_of)) if as_of is None else instant_of(as_of)
    since, tell = at - timedelta(weeks=weeks), held if as_of is None else held_anew
    with reading(runtime.databases.state) as connection:
        governed.model_or_bare(connection, process)
        calendars = registered.calendars(connection)
        slas = [one.sla for one in governed.objectives_of(connection, process)]
        told = tell(connection, process, slas, calendars, since=since, until=at)
    found = calibration(told.tallies)
    return Calibrated(
        process=process,
        since=since,
        until=at,
        known_at=told.known_at,
        awaited=told.awaited,
        skill=found.skill,
        calibration=found,
    )


@get(
    "/v1/instances/{instance:str}/forecast",
    operation_id="get_instance_forecast",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_instance_forecast(
    runtime: Wired, instance: FromPath[str], *, as_of: AsOf = None
) -> CaseForecasts:
    """What is likely of each clock that runs on the case."""
    at = instant_of(as_of)
    with reading(runtime.databases.state) as connection:
        found = get_instance(connection, instance, at=at)
        if found is None:
            raise not_found("instance", instance)
        clocks = running_on(connection, instance, at=to_micros(at))
        past, items = _forecasts(connection, found.process, clocks, at, exactly=as_of is not None)
    return CaseForecasts(
        instance=instance, as_of=at, known_at=past.known_at, awaited=past.awaited, items=items
    )


def _forecasts(
    connection: Connection,
    process: str,
    clocks: Sequence[SeenClock],
    at: datetime,
    *,
    exactly: bool,
) -> tuple[Known, list[ForecastClock]]:
    """Return the forecasts, and what they are told from: *exactly* of what was known at *at*."""
    calendars = registered.calendars(connection)
    runs = running(clocks, at=to_micros(at), calendars=calendars)
    names = case_names(connection, {one.clock.instance for one in runs})
    slas = sorted({one.clock.sla for one in runs})
    past = (known_at if exactly else known)(connection, process, slas, calendars, at=at)
    return past, [
        _shown(one, names[one.clock.instance], _told(one, past, at, calendars)) for one in runs
    ]


def _told(one: Running, past: Known, at: datetime, calendars: Calendars) -> Forecast | None:
    those = past.histories.get(one.clock.sla)
    return None if those is None else forecast(one, those, at=at, calendars=calendars)


def _day(at: datetime) -> datetime:
    """Return the beginning of the day of *at*."""
    return datetime.combine(at.date(), time(), tzinfo=UTC)


def _shown(running: Running, case: CaseName, told: Forecast | None) -> ForecastClock:
    one = running.clock
    return ForecastClock(
        id=one.id,
        sla=one.sla,
        instance=one.instance,
        case=case.case,
        title=case.title,
        object_type=one.object_type or None,
        object=one.object_key or None,
        owner=one.owner,
        started_at=from_micros(one.started_at),
        due_at=from_micros(one.due_at),
        promised=one.promised,
        used=running.used,
        step=running.step or None,
        amount=one.amount,
        forecast=told,
    )


def _likeliest(one: ForecastClock) -> tuple[float, datetime, str]:
    return (-one.forecast.chance if one.forecast else 1.0, one.due_at, one.id)


HANDLERS = [list_forecasts, get_calibration, get_instance_forecast]
