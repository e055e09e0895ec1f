"""KPIs: what they come to, against their target, over time, told apart, and the cases behind."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody
from sqlalchemy import Connection

from controlplane import kpis as working
from controlplane.api import documents as governed
from controlplane.api.overview import WindowText, window_of
from controlplane.api.problem import invalid, nearest
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Limit, instant_of
from controlplane.api.submission import respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.kpis import KIND, RATES, Asked, Told, kpi_of
from controlplane.measured import Shelf, cases, measured
from observability.kpi.case_stores import KpiCases
from observability.kpi.document import Better, Kpi, Target, Unit, read_kpi
from observability.kpi.rates import read_rates
from rules.instant import to_micros

_TAGS = ["KPIs"]
By = Annotated[
    str | None,
    QueryParameter(description="`currency`, or a dimension of the process: `client`, `practice`…"),
]
Inside = Annotated[
    str | None,
    QueryParameter(
        name="within",
        pattern="^[a-z_]+=.+$",
        description="The cases of one part alone: `practice=Strategy`.",
    ),
]
InCurrency = Annotated[
    str | None,
    QueryParameter(
        name="currency", pattern="^[A-Z]{3}$", description="Of money; the rates' base by default."
    ),
]


def asked_of(
    *,
    window: WindowText = "30d",
    by: By = None,
    within: Inside = None,
    currency: InCurrency = None,
    as_of: AsOf = None,
) -> Asked:
    """Return over which window, told apart by what and in which currency KPIs are asked for."""
    dimension, _, value = (within or "").partition("=")
    return Asked(
        window=window_of(window, instant_of(as_of)),
        by=by,
        within=(dimension, value) if within else None,
        currency=currency,
    )


OfWindow = NamedDependency[Asked]
_ASKED = {"asked": Provide(asked_of, sync_to_thread=False)}


def _require_part(connection: Connection, asked: Asked) -> None:
    """Raise 400 where no process tells its cases apart by what is *asked*."""
    given = {"by": asked.by, "within": asked.within[0] if asked.within else None}
    known = working.parts(connection) if any(given.values()) else []
    for name, part in given.items():
        if part is not None and part not in known:
            detail = f"No process tells its cases apart by {part!r}. {nearest(part, known)}"
            raise invalid(f"/{name}", detail, status=400)


class KpiItem(Told, frozen=True, kw_only=True):
    """
    A KPI over a window. `trend` has the windows of the same length before it and itself, `ages`
    what stands open by its age, `meets` whether the target is met.
    """

    kpi: str
    version: str
    title: str
    description: str
    topic: str
    process: str
    owner: str
    unit: Unit
    better: Better
    formula: str
    source: tuple[str, ...]
    target: Target | None


class KpiBoard(msgspec.Struct, frozen=True, kw_only=True):
    """
    `currency` is the one that money is told in, null where there are no rates in force. The board
    comes whole: `next_cursor` is null.
    """

    as_of: datetime
    window: str
    by: str | None
    within: str | None
    currency: str | None
    items: list[KpiItem]
    next_cursor: str | None = None


@get(
    "/v1/kpis",
    operation_id="list_kpis",
    tags=_TAGS,
    dependencies=_ASKED,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_kpis(
    runtime: Wired, *, process: FromQuery[str | None] = None, asked: OfWindow
) -> KpiBoard:
    """Every KPI in force over a window, of one process or of all."""
    with reading(runtime.databases.state) as connection:
        _require_part(connection, asked)
        kept = runtime.kept.at(connection)
        items = [_item(*one) for one in working.board(connection, asked, process, kept)]
        dated = working.rates(connection)
    return KpiBoard(
        as_of=asked.window.as_of,
        window=asked.window.text,
        by=asked.by,
        within="=".join(asked.within) if asked.within else None,
        currency=asked.currency or (dated.base if dated else None),
        items=items,
    )


@get(
    "/v1/kpis/{kpi:str}",
    operation_id="get_kpi",
    tags=_TAGS,
    dependencies=_ASKED,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_kpi(
    runtime: Wired,
    request: WebRequest,
    kpi: FromPath[str],
    asked: OfWindow,
) -> Response[KpiItem]:
    """One of them; `Accept: application/yaml` gives the document as it was written."""
    with reading(runtime.databases.state) as connection:
        found = governed.find_active(connection, KIND, kpi)
        if "yaml" in request.headers.get("accept", ""):
            return governed.written(request, found)
        document = kpi_of(found.body)
        _require_part(connection, asked)
        shelf = Shelf(connection, runtime.kept.at(connection))
        return Response(_item(document, working.tell(connection, document, asked, shelf)))


@get(
    "/v1/kpis/{kpi:str}/cases",
    operation_id="list_kpi_cases",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_kpi_cases(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    kpi: FromPath[str],
    *,
    measure: FromQuery[str | None] = None,
    window: WindowText = "30d",
    within: Inside = None,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> KpiCases:
    """
    The cases behind a KPI, and what each adds to one of its measures, when.

    What happened is told last first, what stands open longest first. Within a part a page may
    have fewer cases than its limit and a next one all the same.
    """
    asked = asked_of(window=window, within=within, as_of=as_of)
    wanted = asked.window
    with reading(runtime.databases.state) as connection:
        _require_part(connection, asked)
        document = kpi_of(governed.find_active(connection, KIND, kpi).body)
        name = measure or document.shown_by
        if name not in document.measures:
            read = ", ".join(document.measures)
            detail = f"The formula reads no {name!r}; it reads {read}."
            raise invalid("/measure", detail, status=400)
        return cases(
            connection,
            measured(connection, document)[name],
            within=asked.within,
            since=to_micros(wanted.since) if wanted.since else 0,
            until=to_micros(wanted.as_of),
            limit=limit,
            cursor=cursor,
        )


@put(
    "/v1/kpis/{kpi:str}",
    operation_id="put_kpi",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_kpi(
    runtime: Wired,
    request: WebRequest,
    kpi: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of the KPI and put it in force; the past is told by it at once."""
    text = governed.read_text(body)
    document = governed.read_checked(text, read_kpi)
    governed.require_name(document.kpi, kpi, KIND)
    return governed.put(
        runtime,
        request,
        kind=KIND,
        name=kpi,
        version=document.version,
        text=text,
        activate=activate,
    )


@delete(
    "/v1/kpis/{kpi:str}",
    operation_id="retire_kpi",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def retire_kpi(runtime: Wired, request: WebRequest, kpi: FromPath[str]) -> Response[Any]:
    """Take the KPI off the board."""
    return respond(governed.retire(runtime, request, kind=KIND, name=kpi))


@put(
    "/v1/rates/{rates:str}",
    operation_id="put_rates",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_rates(
    runtime: Wired,
    request: WebRequest,
    rates: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of the dated rates and put it in force."""
    text = governed.read_text(body)
    document = governed.read_checked(text, read_rates)
    governed.require_name(document.rates, rates, RATES)
    return governed.put(
        runtime,
        request,
        kind=RATES,
        name=rates,
        version=document.version,
        text=text,
        activate=activate,
    )


@get(
    "/v1/rates/{rates:str}",
    operation_id="get_rates",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_rates(
    runtime: Wired, request: WebRequest, rates: FromPath[str]
) -> Response[governed.DocumentItem]:
    """The rates in force, as they were written."""
    return governed.shown(runtime, request, RATES, rates)


def _item(kpi: Kpi, told: Told) -> KpiItem:
    return KpiItem(
        **msgspec.structs.asdict(told),
        kpi=kpi.kpi,
        version=kpi.version,
        title=kpi.title,
        description=kpi.description,
        topic=kpi.topic,
        process=kpi.process,
        owner=kpi.owner,
        unit=kpi.unit,
        better=kpi.better,
        formula=kpi.formula,
        source=kpi.source,
        target=kpi.target,
    )


HANDLERS = [list_kpis, get_kpi, list_kpi_cases, put_kpi, retire_kpi, put_rates, get_rates]
