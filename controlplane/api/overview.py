"""Process health: what observability measured beside what exceptions hold up."""

from datetime import UTC, datetime, time
from typing import Annotated, TypeVar

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter
from msgspec.structs import replace

from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.problem import invalid
from controlplane.api.query import AsOf, Exact, instant_of
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.engagement.overview_stores import overview
from controlplane.identity.role import Role
from governance.exception.at_risk import AtRisk
from governance.exception.overview.overview import Day, Earlier, Held, Overview, StageHeld
from governance.exception.representation import ShownException, represent
from observability.health.overview import Health
from observability.health.stores import health
from observability.health.window import Window, WindowError, read_window
from rules.money import Money

_Blocking = TypeVar("_Blocking", Day, Held, StageHeld, Earlier)
WindowText = Annotated[
    str, QueryParameter(name="window", description="A number of days such as `30d`, or `all`.")
]


class ExceptionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`first` need a decision before all others; `earlier` is the window before this one."""

    open: int
    breached: int
    at_risk: int
    closed: int
    median_to_resolve_seconds: float | None
    trend: list[Day]
    by_stage: list[StageHeld]
    by_stage_rule: list[Held]
    earlier: Earlier | None
    first: list[ShownException]


class ProcessHealth(Health, frozen=True, kw_only=True):
    """
    `money` is three figures that are never added; `money_at_risk` is the one that is held up, what
    is blocked.
    """

    money_at_risk: list[Money]
    money: AtRisk
    exceptions: ExceptionFigures


@get(
    "/v1/processes/{process:str}/health",
    operation_id="get_health",
    tags=["Processes"],
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_health(
    runtime: Wired,
    process: FromPath[str],
    *,
    window: WindowText = "30d",
    as_of: AsOf = None,
    exact: Exact = False,
) -> ProcessHealth:
    """Attainment, money, stages, trend and exceptions of a process over a window."""
    wanted = window_of(window, instant_of(as_of))
    cost = runtime.settings.cost_of_capital
    with reading(runtime.databases.state) as connection:
        once = runtime.kept.at(connection).once
        model = governed.model_or_bare(connection, process)
        measured = health(
            connection,
            model,
            window=wanted,
            objectives=governed.objectives_of(connection, process),
            calendars=registered.calendars(connection),
            exact=exact,
            once=once,
        )
        held = overview(
            connection,
            process,
            since=wanted.since or _beginning(measured),
            at=wanted.as_of,
            cost_of_capital=cost,
            earlier=wanted.earlier,
            once=once,
        )
    first = [represent(one, at=wanted.as_of, cost_of_capital=cost) for one in held.first]
    fields = {name: getattr(measured, name) for name in Health.__struct_fields__}
    money = replace(
        held.money, blocked=_cents(held.money.blocked), exposure=_cents(held.money.exposure)
    )
    return ProcessHealth(
        **fields, money_at_risk=money.blocked, money=money, exceptions=_figures(held, first)
    )


def window_of(text: str, at: datetime) -> Window:
    """Return the window that *text* names; 400 when it names none."""
    try:
        return read_window(text, as_of=at)
    except WindowError as error:
        raise invalid("/window", f"{error}.", status=400) from error


def _beginning(measured: Health) -> datetime:
    """All time begins with the first day on which a clock ended."""
    if not measured.trend:
        return measured.as_of
    return datetime.combine(measured.trend[0].date, time(), tzinfo=UTC)


def _figures(held: Overview, first: list[ShownException]) -> ExceptionFigures:
    return ExceptionFigures(
        open=held.open,
        breached=held.breached,
        at_risk=held.at_risk,
        closed=held.closed,
        median_to_resolve_seconds=held.median_to_resolve_seconds,
        trend=[_in_cents(one) for one in held.trend],
        by_stage=[_in_cents(one) for one in held.by_stage],
        by_stage_rule=[_in_cents(one) for one in held.by_stage_rule],
        earlier=None if held.earlier is None else _in_cents(held.earlier),
        first=first,
    )


def _in_cents(one: _Blocking) -> _Blocking:
    return replace(one, blocked=_cents(one.blocked))


def _cents(amounts: list[Money]) -> list[Money]:
    return [one.displayed for one in amounts]


HANDLERS = [get_health]
