"""Process exceptions: the inbox, one exception with its history, and what people do to it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from controlplane.api.documents import model_of
from controlplane.api.inbox_csv import render_csv
from controlplane.api.overview import window_of
from controlplane.api.problem import invalid, not_found
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Limit, instant_of
from controlplane.api.wiring import WebRequest, Wired
from controlplane.blast import BlastRadius, blast_radius
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.nextstep import next_step
from controlplane.pipeline.definitions import load_policy
from controlplane.runtime import Runtime
from governance.document import stores as documents
from governance.exception import stores as exceptions
from governance.exception.at_risk import AtRisk
from governance.exception.inbox.stores import list_exceptions, pages
from governance.exception.inbox.wanted import SORTS, Wanted
from governance.exception.incident_stores import formed_of
from governance.exception.representation import ShownException, represent
from observability.instance.link_stores import wholes_of
from observability.page import LARGEST, read_cursor, write_cursor
from rules.money import MoneyError, decimal

_TAGS = ["Exceptions"]
_CSV = "text/csv"
ALL = "all"
Listed = Annotated[str | None, QueryParameter(description="One value, or several with commas.")]


class ExceptionPage(msgspec.Struct, frozen=True, kw_only=True):
    """
    `total`, `breached`, `at_risk` and `money` are over everything asked for, not this page; only
    what is open or acknowledged is breached, at risk or holds money up.
    """

    items: list[ShownException]
    total: int
    breached: int
    at_risk: int
    money: AtRisk
    as_of: datetime
    next_cursor: str | None


@get(
    "/v1/exceptions",
    operation_id="list_exceptions",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_exceptions(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    request: WebRequest,
    *,
    status: Listed = None,
    severity: Listed = None,
    owner: Listed = None,
    process: Listed = None,
    rule: Listed = None,
    ruleset: Listed = None,
    class_: Annotated[
        str | None,
        QueryParameter(name="class", description="The `type` of the rule, e.g. PO_EXPIRED."),
    ] = None,
    stage: Listed = None,
    sla: Listed = None,
    priority: Annotated[
        str | None, QueryParameter(description="P1 to P4: one, or several with commas.")
    ] = None,
    incident: Listed = None,
    case: FromQuery[str | None] = None,
    instance: FromQuery[str | None] = None,
    assignee: FromQuery[str | None] = None,
    unassigned: FromQuery[bool] = False,
    q: FromQuery[str | None] = None,
    min_amount: FromQuery[Decimal | None] = None,
    due_within_hours: Annotated[int | None, QueryParameter(ge=0, le=8_760)] = None,
    resolved_since: FromQuery[str | None] = None,
    resolved_until: FromQuery[str | None] = None,
    resolved_window: Annotated[
        str | None, QueryParameter(description="Resolved in it: days such as `30d`, or `all`.")
    ] = None,
    waiver_asked: FromQuery[bool] = False,
    handled_late: FromQuery[bool] = False,
    sort: FromQuery[str] = "priority",
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    offset: Annotated[int, QueryParameter(ge=0, le=10_000_000)] = 0,
    cursor: Cursor = None,
) -> Response[Any]:
    """
    Exceptions, those that press most first; `Accept: text/csv` gives the whole filtered set.

    `sort`: priority (money x SLA used, which severity raises and which counts twice at most),
    sla_used, amount, newest, oldest. `handled_late`: nobody works it in the time promised.
    """
    if sort not in SORTS:
        raise invalid("/sort", f"sort is one of {', '.join(sorted(set(SORTS)))}.", status=400)
    hours = due_within_hours
    at = instant_of(as_of)
    since = _instant(resolved_since, "resolved_since")
    if resolved_window is not None:
        since = window_of(resolved_window, at).since
    wanted = Wanted(
        status=_states(status),
        severity=_several(severity),
        owner=_several(owner),
        process=_several(process),
        rule=_several(rule),
        type=_several(class_),
        priority=_several(priority),
        incident=_several(incident),
        ruleset=_several(ruleset),
        stage=_several(stage),
        sla=_several(sla),
        case=instance or case,
        assignee=assignee,
        unassigned=unassigned,
        q=q or None,
        min_amount=_finite(min_amount),
        due_within=None if hours is None else timedelta(hours=hours),
        resolved_since=since,
        resolved_until=_instant(resolved_until, "resolved_until"),
        waiver_asked=waiver_asked,
        handled_late=handled_late,
        sort=SORTS[sort],
    )
    if _wants_csv(request):
        return Response(
            render_csv(_everything(runtime, wanted, at)),
            media_type=f"{_CSV}; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="exceptions.csv"'},
        )
    begin = offset if cursor is None else read_cursor(cursor)[0]
    return Response(_page(runtime, wanted, at, limit=limit, offset=begin))


@get(
    "/v1/exceptions/{exception:str}",
    operation_id="get_exception",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_exception(
    runtime: Wired, exception: FromPath[str], *, as_of: AsOf = None
) -> ShownException:
    """One exception with its history."""
    return show(runtime, exception, instant_of(as_of))


@get(
    "/v1/exceptions/{exception:str}/blast-radius",
    operation_id="get_blast_radius",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_blast_radius(
    runtime: Wired, exception: FromPath[str], *, as_of: AsOf = None
) -> BlastRadius:
    """What else hangs on it: what came of what it is about, other cases, money, later steps."""
    with reading(runtime.databases.state) as connection:
        found = exceptions.get_exception(connection, exception)
        if found is None:
            raise not_found("exception", exception)
        document = documents.get_active(connection, "process", found.process)
        return blast_radius(
            connection,
            found,
            model_of(document.body) if document else None,
            at=instant_of(as_of),
            cost_of_capital=runtime.settings.cost_of_capital,
        )


def show(runtime: Runtime, exception: str, at: datetime) -> ShownException:
    """Return the exception with its history; 404 where there is none."""
    with reading(runtime.databases.state) as connection:
        found = exceptions.get_exception(connection, exception)
        if found is None:
            raise not_found("exception", exception)
        history = exceptions.history(connection, exception)
        policy = load_policy(connection)
        step = next_step(connection, found, policy)
        formed = formed_of(connection, [found])
    cost = runtime.settings.cost_of_capital
    return represent(
        found,
        at=at,
        cost_of_capital=cost,
        policy=policy,
        formed=formed,
        history=history,
        next_step=step,
    )


def _page(
    runtime: Runtime, wanted: Wanted, at: datetime, *, limit: int, offset: int
) -> ExceptionPage:
    cost = runtime.settings.cost_of_capital
    with reading(runtime.databases.state) as connection:
        policy = load_policy(connection)
        found = list_exceptions(
            connection,
            wanted,
            at=at,
            limit=limit,
            offset=offset,
            cost_of_capital=cost,
            policy=policy,
            wholes=wholes_of,
        )
        formed = formed_of(connection, found.items)
    more = found.next_offset
    return ExceptionPage(
        items=[
            represent(one, at=at, cost_of_capital=cost, policy=policy, formed=formed)
            for one in found.items
        ],
        total=found.total,
        breached=found.breached,
        at_risk=found.at_risk,
        money=found.money,
        as_of=at,
        next_cursor=None if more is None else write_cursor(more, ""),
    )


def _everything(runtime: Runtime, wanted: Wanted, at: datetime) -> list[ShownException]:
    found: list[ShownException] = []
    cost = runtime.settings.cost_of_capital
    with reading(runtime.databases.state) as connection:
        policy = load_policy(connection)
        for those in pages(connection, wanted, at=at, policy=policy, size=LARGEST):
            formed = formed_of(connection, those)
            found += [
                represent(one, at=at, cost_of_capital=cost, policy=policy, formed=formed)
                for one in those
            ]
    return found


def _states(text: str | None) -> tuple[str, ...]:
    return () if text == ALL else _several(text)


def _several(text: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def _instant(text: str | None, name: str) -> datetime | None:
    return None if text is None else instant_of(text, name)


def _wants_csv(request: Request[Any, Any, Any]) -> bool:
    return _CSV in request.headers.get("accept", "")


def _finite(amount: Decimal | None) -> Decimal | None:
    try:
        return None if amount is None else decimal(amount)
    except MoneyError as error:
        raise invalid("/min_amount", f"{error}.", status=400) from error


HANDLERS = [get_exceptions, get_exception, get_blast_radius]
