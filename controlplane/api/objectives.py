"""SLA objectives and the calendars that they are counted on."""

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, RawBody

from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.overview import WindowText, window_of
from controlplane.api.problem import invalid
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Items, Limit, instant_of
from controlplane.api.submission import respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.runtime import Runtime
from governance.document import stores as documents
from observability.health.due_stores import fallen_due
from observability.health.error_budget import (
    WINDOWS,
    ErrorBudget,
    begins,
    error_budget,
)
from observability.kpi.case_stores import KpiCases
from observability.kpi.clock_stores import broken
from observability.objective import Objective, Target, read_objective
from observability.objective.document import Region, Rejection, Segment
from observability.objective.fitting import misfits
from observability.objective.openslo import exported, imported
from rules.calendar import CalendarDocument, read_calendar
from rules.instant import to_micros

_TAGS = ["Processes"]


class ObjectiveItem(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from"}):
    """
    `from` and `to` are activities or states; `promised` is the target as a person says it,
    `targets` and `calendars` what differs by segment; of fewer than `minimum_volume` clocks no
    burn is said.
    """

    sla: str
    version: str
    title: str
    process: str
    owner: str
    severity: str
    per: str
    start: tuple[str, ...]
    to: tuple[str, ...]
    target: Target
    promised: str
    targets: tuple[Segment, ...]
    calendar: str | None
    calendars: tuple[Region, ...]
    rejection: Rejection | None
    warn: tuple[int, ...]
    minimum_volume: int


class ReadSlo(msgspec.Struct, frozen=True, kw_only=True):
    """`document` is the objective's own text, as `PUT /v1/slas/{sla}` takes it."""

    sla: str
    version: str
    process: str
    document: str


@put(
    "/v1/slas/{sla:str}",
    operation_id="put_sla",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_sla(
    runtime: Wired,
    request: WebRequest,
    sla: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of the objective and put it in force."""
    text = governed.read_text(body)
    objective = governed.read_checked(text, read_objective)
    governed.require_name(objective.sla, sla, "sla")
    _require_calendars(runtime, objective)
    _require_fit(runtime, objective)
    return governed.put(
        runtime,
        request,
        kind="sla",
        name=sla,
        version=objective.version,
        text=text,
        activate=activate,
    )


@get("/v1/slas", operation_id="list_slas", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def list_slas(runtime: Wired, process: FromQuery[str | None] = None) -> Items[ObjectiveItem]:
    """The objectives in force."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "sla")
    found = [registered.objective_of(one.body) for one in active]
    return Items(items=[_item(one) for one in found if process in (None, one.process)])


@get(
    "/v1/slas/{sla:str}", operation_id="get_sla", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER
)
def get_sla(
    runtime: Wired, request: WebRequest, sla: FromPath[str]
) -> Response[governed.DocumentItem]:
    """The objective in force, as it was written."""
    return governed.shown(runtime, request, "sla", sla)


@get(
    "/v1/slas/{sla:str}/budget",
    operation_id="get_sla_budget",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_sla_budget(runtime: Wired, sla: FromPath[str], as_of: AsOf = None) -> ErrorBudget:
    """What is left of the error budget: counts and money of 5 and 20 business days."""
    at = instant_of(as_of)
    with reading(runtime.databases.state) as connection:
        objective = registered.objective_of(governed.find_active(connection, "sla", sla).body)
        calendar = registered.calendars(connection).get(objective.calendar or "")
        windows = [(days, begins(days, calendar, at)) for days in WINDOWS]
        return error_budget(
            objective,
            [
                (days, since, fallen_due(connection, objective, since=since, at=at))
                for days, since in windows
            ],
        )


@get(
    "/v1/slas/{sla:str}/cases",
    operation_id="list_sla_cases",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_sla_cases(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    sla: FromPath[str],
    *,
    window: WindowText = "30d",
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> KpiCases:
    """The cases whose promise broke in a window, the last first, with the money behind each."""
    wanted = window_of(window, instant_of(as_of))
    with reading(runtime.databases.state) as connection:
        objective = registered.objective_of(governed.find_active(connection, "sla", sla).body)
        return broken(
            connection,
            objective.process,
            (sla,),
            since=to_micros(wanted.since) if wanted.since else 0,
            until=to_micros(wanted.as_of),
            limit=limit,
            cursor=cursor,
        )


@delete(
    "/v1/slas/{sla:str}",
    operation_id="retire_sla",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def retire_sla(
    runtime: Wired, request: WebRequest, sla: FromPath[str]
) -> Response[governed.DocumentItem]:
    """Take the objective out of force: its clocks and what they broke end with that reason."""
    return respond(governed.retire(runtime, request, kind="sla", name=sla))


@put(
    "/v1/calendars/{calendar:str}",
    operation_id="put_calendar",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_calendar(
    runtime: Wired,
    request: WebRequest,
    calendar: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of the calendar and put it in force."""
    text = governed.read_text(body)
    document = governed.read_checked(text, read_calendar)
    governed.require_name(document.calendar, calendar, "calendar")
    return governed.put(
        runtime,
        request,
        kind="calendar",
        name=calendar,
        version=document.version,
        text=text,
        activate=activate,
    )


@get(
    "/v1/calendars",
    operation_id="list_calendars",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_calendars(runtime: Wired) -> Items[CalendarDocument]:
    """The calendars in force."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "calendar")
    return Items(items=[registered.calendar_of(one.body).document for one in active])


@get(
    "/v1/calendars/{calendar:str}",
    operation_id="get_calendar",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_calendar(
    runtime: Wired, request: WebRequest, calendar: FromPath[str]
) -> Response[governed.DocumentItem]:
    """The calendar in force, as it was written."""
    return governed.shown(runtime, request, "calendar", calendar)


def _require_calendars(runtime: Runtime, objective: Objective) -> None:
    with reading(runtime.databases.state) as connection:
        known = {one.name for one in documents.list_active(connection, "calendar")}
    for name in objective.every_calendar:
        if name not in known:
            raise invalid("/calendar", f"No calendar {name!r} is in force; put it first.")


def _require_fit(runtime: Runtime, objective: Objective) -> None:
    """Let the objective speak of what its process knows, once there is a model."""
    with reading(runtime.databases.state) as connection:
        found = documents.get_active(connection, "process", objective.process)
    model = registered.model_of(found.body) if found else None
    for pointer, message in misfits(objective, model) if model else ():
        raise invalid(pointer, message)


def _item(one: Objective) -> ObjectiveItem:
    return ObjectiveItem(
        sla=one.sla,
        version=one.version,
        title=one.title,
        process=one.process,
        owner=one.owner,
        severity=one.severity,
        per=one.per,
        start=one.start,
        to=one.to,
        target=one.target,
        promised=one.target.label,
        targets=one.targets,
        calendar=one.calendar,
        calendars=one.calendars,
        rejection=one.rejection,
        warn=one.warn,
        minimum_volume=one.minimum_volume,
    )


@get(
    "/v1/openslo",
    operation_id="export_openslo",
    tags=_TAGS,
    sync_to_thread=True,
    media_type=governed.YAML,
    role=Role.VIEWER,
)
def export_openslo(runtime: Wired, process: FromQuery[str | None] = None) -> Response[bytes]:
    """The objectives in force as OpenSLO v1: an SLO each, its indicator clocks met of ended."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "sla")
    found = [registered.objective_of(one.body) for one in active]
    text = exported(one for one in found if process in (None, one.process))
    return Response(text.encode(), media_type=governed.YAML)


@post(
    "/v1/openslo",
    operation_id="read_openslo",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def read_openslo(body: RawBody) -> Items[ReadSlo]:
    """The SLOs of an OpenSLO text as objectives, to be put one by one; nothing is stored."""
    found = governed.read_checked(governed.read_text(body), lambda text: list(imported(text)))
    return Items(
        items=[
            ReadSlo(sla=one.sla, version=one.version, process=one.process, document=text)
            for one, text in found
        ]
    )


HANDLERS = [
    put_sla,
    retire_sla,
    list_slas,
    get_sla,
    get_sla_budget,
    list_sla_cases,
    export_openslo,
    read_openslo,
    put_calendar,
    list_calendars,
    get_calendar,
]
