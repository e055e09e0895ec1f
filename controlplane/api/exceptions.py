"""Process exceptions: the inbox, one exception with its history, and what people do to it."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from controlplane.api.inbox_csv import render_csv
from controlplane.api.inbox_query import PROVIDED, Asked
from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Limit, instant_of
from controlplane.api.wiring import WebRequest, Wired
from controlplane.blast import BlastRadius, blast_radius
from controlplane.database import reading
from controlplane.engagement.whole_stores import wholes_kept
from controlplane.identity.role import Role
from controlplane.nextstep import next_step
from controlplane.pipeline.loading import load_policy
from controlplane.registered import model_of
from controlplane.runtime import Runtime
from governance.document import stores as documents
from governance.exception import stores as exceptions
from governance.exception.at_risk import AtRisk
from governance.exception.inbox.stores import list_exceptions, pages
from governance.exception.inbox.wanted import Wanted
from governance.exception.incident_stores import formed_of
from governance.exception.representation import ShownException, represent
from observability.page import FURTHEST, LARGEST, read_offset, write_cursor

_TAGS = ["Exceptions"]
_CSV = "text/csv"


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
    dependencies=PROVIDED,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_exceptions(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    request: WebRequest,
    asked: NamedDependency[Asked],
    *,
    limit: Limit = DEFAULT_LIMIT,
    offset: Annotated[int, QueryParameter(ge=0, le=FURTHEST)] = 0,
    cursor: Cursor = None,
) -> Response[Any]:
    """
    Exceptions, those that press most first; `Accept: text/csv` gives the whole filtered set.

    `sort`: priority (money x SLA used, which severity raises and which counts twice at most),
    sla_used, amount, newest, oldest. `handled_late`: nobody works it in the time promised.
    """
    wanted, at = asked
    if _wants_csv(request):
        return Response(
            render_csv(_everything(runtime, wanted, at)),
            media_type=f"{_CSV}; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="exceptions.csv"'},
        )
    begin = offset if cursor is None else read_offset(cursor)
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
            wholes=wholes_kept(runtime.kept.at(connection).once),
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


def _wants_csv(request: Request[Any, Any, Any]) -> bool:
    return _CSV in request.headers.get("accept", "")


HANDLERS = [get_exceptions, get_exception, get_blast_radius]
