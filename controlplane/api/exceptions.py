"""Process exceptions: the inbox, one exception with its history, and what people do to it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from controlplane.api.inbox_csv import render_csv
from controlplane.api.problem import invalid, not_found
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Limit, instant_of
from controlplane.api.submission import respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.runtime import Runtime
from governance.exception import stores as exceptions
from governance.exception.at_risk import AtRisk
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import SORTS, Wanted
from governance.exception.representation import ShownException, represent
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


class Acknowledging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    promised_at: datetime | None = None
    note: str = ""


class Assigning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No `assignee`: nobody works it any more."""

    assignee: str | None = None
    note: str = ""


class Commenting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: str


class Waiving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    until: datetime
    reason: str


class Resolving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str = ""
    note: str = ""


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
    stage: Listed = None,
    sla: Listed = None,
    case: FromQuery[str | None] = None,
    instance: FromQuery[str | None] = None,
    assignee: FromQuery[str | None] = None,
    unassigned: FromQuery[bool] = False,
    q: FromQuery[str | None] = None,
    min_amount: FromQuery[Decimal | None] = None,
    due_within_hours: Annotated[int | None, QueryParameter(ge=0, le=8_760)] = None,
    sort: FromQuery[str] = "priority",
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    offset: Annotated[int, QueryParameter(ge=0, le=10_000_000)] = 0,
    cursor: Cursor = None,
) -> Response[Any]:
    """
    Exceptions, those that press most first; `Accept: text/csv` gives the whole filtered set.

    `sort`: priority (money x SLA used, which severity raises), sla_used, amount, newest, oldest.
    """
    if sort not in SORTS:
        raise invalid("/sort", f"sort is one of {', '.join(sorted(set(SORTS)))}.", status=400)
    hours = due_within_hours
    wanted = Wanted(
        status=_states(status),
        severity=_several(severity),
        owner=_several(owner),
        process=_several(process),
        rule=_several(rule),
        ruleset=_several(ruleset),
        stage=_several(stage),
        sla=_several(sla),
        case=instance or case,
        assignee=assignee,
        unassigned=unassigned,
        q=q or None,
        min_amount=_finite(min_amount),
        due_within=None if hours is None else timedelta(hours=hours),
        sort=SORTS[sort],
    )
    at = instant_of(as_of)
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
    return _shown(runtime, exception, instant_of(as_of))


@post(
    "/v1/exceptions/{exception:str}/acknowledge",
    operation_id="acknowledge_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def acknowledge(
    runtime: Wired,
    request: WebRequest,
    exception: FromPath[str],
    data: JSONBody[Acknowledging],
) -> Response[ShownException]:
    """Somebody works it; `promised_at` says until when it is to be solved."""
    return _act(runtime, request, "exception:acknowledge", exception, data)


@post(
    "/v1/exceptions/{exception:str}/assign",
    operation_id="assign_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def assign(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Assigning]
) -> Response[ShownException]:
    """Say who is to work it."""
    return _act(runtime, request, "exception:assign", exception, data)


@post(
    "/v1/exceptions/{exception:str}/comment",
    operation_id="comment_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def comment(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Commenting]
) -> Response[ShownException]:
    """Add a line to its history."""
    return _act(runtime, request, "exception:comment", exception, data)


@post(
    "/v1/exceptions/{exception:str}/waive",
    operation_id="waive_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def waive(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Waiving]
) -> Response[ShownException]:
    """Accept the risk until a date, with a reason; a steward's decision."""
    return _act(runtime, request, "exception:waive", exception, data)


@post(
    "/v1/exceptions/{exception:str}/resolve",
    operation_id="resolve_exception",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.CONTRIBUTOR,
)
def resolve(
    runtime: Wired, request: WebRequest, exception: FromPath[str], data: JSONBody[Resolving]
) -> Response[ShownException]:
    """Close it by hand; it opens again when its rule still fires at the next decision."""
    return _act(runtime, request, "exception:resolve", exception, data)


def _act(
    runtime: Runtime, request: WebRequest, name: str, exception: str, data: msgspec.Struct
) -> Response[ShownException]:
    """Submit what was done and answer with the exception as it is now."""
    body = {"exception": exception, **msgspec.to_builtins(data)}
    outcome = submit(runtime, request, name, {k: v for k, v in body.items() if v is not None})
    if outcome.refused:
        return respond(outcome)
    return Response(_shown(runtime, exception, instant_of(None)), status_code=outcome.status)


def _shown(runtime: Runtime, exception: str, at: datetime) -> ShownException:
    with reading(runtime.databases.state) as connection:
        found = exceptions.get_exception(connection, exception)
        if found is None:
            raise not_found("exception", exception)
        history = exceptions.history(connection, exception)
    cost = runtime.settings.cost_of_capital
    return represent(found, at=at, cost_of_capital=cost, history=history)


def _page(
    runtime: Runtime, wanted: Wanted, at: datetime, *, limit: int, offset: int
) -> ExceptionPage:
    cost = runtime.settings.cost_of_capital
    with reading(runtime.databases.state) as connection:
        found = list_exceptions(
            connection, wanted, at=at, limit=limit, offset=offset, cost_of_capital=cost
        )
    more = found.next_offset
    return ExceptionPage(
        items=[represent(one, at=at, cost_of_capital=cost) for one in found.items],
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
    offset: int | None = 0
    with reading(runtime.databases.state) as connection:
        while offset is not None:
            page = list_exceptions(connection, wanted, at=at, limit=LARGEST, offset=offset)
            found += [represent(one, at=at, cost_of_capital=cost) for one in page.items]
            offset = page.next_offset
    return found


def _states(text: str | None) -> tuple[str, ...]:
    return () if text == ALL else _several(text)


def _several(text: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def _wants_csv(request: Request[Any, Any, Any]) -> bool:
    return _CSV in request.headers.get("accept", "")


HANDLERS = [get_exceptions, get_exception, acknowledge, assign, comment, waive, resolve]


def _finite(amount: Decimal | None) -> Decimal | None:
    try:
        return None if amount is None else decimal(amount)
    except MoneyError as error:
        raise invalid("/min_amount", f"{error}.", status=400) from error
