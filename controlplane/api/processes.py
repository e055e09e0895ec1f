"""Processes: their models, the cases that run on them, how they flow and where they depart."""

from collections.abc import Container, Mapping
from typing import Annotated

import msgspec
from litestar import Response, get, put
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody
from sqlalchemy import Connection

from controlplane import registered
from controlplane.api import documents as governed
from controlplane.api.problem import invalid, not_found
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Exact, Items, Limit, instant_of
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.document import stores as documents
from observability.flow.flow import Conformance, Flow, Variant
from observability.flow.stores import process_conformance, process_flow, process_variants
from observability.instance.instance import STATES
from observability.instance.stores import (
    InstanceFilter,
    InstanceSummary,
    Listed,
    any_instance,
    list_instances,
    processes_seen,
)
from observability.model.coherence import read_model
from observability.model.model import ProcessModel
from observability.page import Page

_TAGS = ["Processes"]


class StageItem(msgspec.Struct, frozen=True, kw_only=True):
    stage: str
    title: str


class ProcessItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    A process, what it is a part of, and the stages of its model, in order. Without a model, its
    `version` and `owner` are null.
    """

    process: str
    title: str
    version: str | None
    owner: str | None
    part_of: str | None
    stages: list[StageItem]


class CaseItem(InstanceSummary, frozen=True, kw_only=True):
    """A case as lists show it; its stage is called as the model in force calls it."""

    stage_title: str | None


@put(
    "/v1/processes/{process:str}",
    operation_id="put_process",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_process(
    runtime: Wired,
    request: WebRequest,
    process: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of the process model (YAML or JSON) and put it in force."""
    text = governed.read_text(body)
    model = governed.read_checked(text, read_model)
    governed.require_name(model.process, process, "process")
    return governed.put(
        runtime,
        request,
        kind="process",
        name=process,
        version=model.version,
        text=text,
        activate=activate,
    )


@get(
    "/v1/processes",
    operation_id="list_processes",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_processes(runtime: Wired) -> Items[ProcessItem]:
    """
    Every process with a model in force or with cases; wholes come before their parts, and those
    that nobody modelled last.
    """
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "process")
        seen = processes_seen(connection)
    items = [_item(registered.model_of(one.body)) for one in active]
    items += [_unmodelled(one) for one in sorted(seen - {one.process for one in items})]
    wholes = {one.part_of for one in items}
    items.sort(key=lambda one: _place(one, wholes))
    return Items(items=items)


def _place(one: ProcessItem, wholes: Container[str | None]) -> tuple[bool, bool, bool, str]:
    return (one.version is None, one.part_of is not None, one.process not in wholes, one.process)


@get(
    "/v1/processes/{process:str}",
    operation_id="get_process",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_process(
    runtime: Wired, request: WebRequest, process: FromPath[str]
) -> Response[governed.DocumentItem]:
    """The model in force, as it was written."""
    return governed.shown(runtime, request, "process", process)


@get(
    "/v1/processes/{process:str}/versions",
    operation_id="list_process_versions",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_process_versions(runtime: Wired, process: FromPath[str]) -> Items[governed.DocumentItem]:
    """Every version of the model, the highest first."""
    with reading(runtime.databases.state) as connection:
        found = documents.list_versions(connection, "process", process)
    if not found:
        raise not_found("process", process)
    return Items(items=[governed.item(one) for one in found])


@get(
    "/v1/processes/{process:str}/instances",
    operation_id="list_instances",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_instances(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    process: FromPath[str],
    *,
    case: FromQuery[str | None] = None,
    case_state: Annotated[str | None, QueryParameter(name="state")] = None,
    stage: FromQuery[str | None] = None,
    sla: FromQuery[str | None] = None,
    owner: FromQuery[str | None] = None,
    waits_for: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Listed[CaseItem]:
    """
    Cases, the last started first; `case` is any key that the case is known by.

    A word (`q`) is looked for in 15,000 cases a page, behind the case of that very key: where a
    page has `looked_since`, its cursor leads on to older cases, be the page full or not.
    """
    wanted = InstanceFilter(
        case=case, state=case_state, stage=stage, sla=sla, owner=owner, waits_for=waits_for, q=q
    )
    if case_state not in (None, *STATES):
        one_of = ", ".join(STATES)
        raise invalid("/state", f"state is one of {one_of}, not {case_state!r}.", status=400)
    with reading(runtime.databases.state) as connection:
        require_known(connection, process)
        page = list_instances(
            connection, process, wanted, at=instant_of(as_of), limit=limit, cursor=cursor
        )
        titles = _stage_titles(connection, process)
    items = tuple(_case(one, titles) for one in page.items)
    return Listed(
        total=page.total,
        total_is=page.total_is,
        items=items,
        next_cursor=page.next_cursor,
        looked_since=page.looked_since,
    )


@get(
    "/v1/processes/{process:str}/flow",
    operation_id="get_flow",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_flow(runtime: Wired, process: FromPath[str], *, exact: Exact = False) -> Flow:
    """The directly-follows graph."""
    with reading(runtime.databases.state) as connection:
        require_known(connection, process)
        return process_flow(connection, process, exact=exact)


@get(
    "/v1/processes/{process:str}/variants",
    operation_id="list_variants",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_variants(
    runtime: Wired, process: FromPath[str], *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Variant]:
    """The ways that cases take, the commonest first."""
    with reading(runtime.databases.state) as connection:
        require_known(connection, process)
        return process_variants(connection, process, limit=limit, cursor=cursor)


@get(
    "/v1/processes/{process:str}/departures",
    operation_id="get_departures",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_departures(runtime: Wired, process: FromPath[str]) -> Conformance:
    """How cases keep to the model, and how much is done twice."""
    with reading(runtime.databases.state) as connection:
        require_known(connection, process)
        return process_conformance(connection, process)


def _item(model: ProcessModel) -> ProcessItem:
    return ProcessItem(
        process=model.process,
        title=model.title,
        version=model.version,
        owner=model.owner,
        part_of=model.part_of,
        stages=[StageItem(stage=one.stage, title=one.title or one.stage) for one in model.stages],
    )


def _unmodelled(process: str) -> ProcessItem:
    return ProcessItem(
        process=process, title=process, version=None, owner=None, part_of=None, stages=[]
    )


def _case(one: InstanceSummary, titles: Mapping[str, str]) -> CaseItem:
    fields = {name: getattr(one, name) for name in InstanceSummary.__struct_fields__}
    return CaseItem(**fields, stage_title=titles.get(one.stage or ""))


def _stage_titles(connection: Connection, process: str) -> dict[str, str]:
    active = documents.get_active(connection, "process", process)
    stages = registered.model_of(active.body).stages if active else ()
    return {one.stage: one.title or one.stage for one in stages}


def require_known(connection: Connection, process: str) -> None:
    """Raise 404 unless the process has a model in force, or work that was reported without one."""
    if not any_instance(connection, process):
        governed.find_active(connection, "process", process)


HANDLERS = [
    put_process,
    list_processes,
    get_process,
    list_process_versions,
    get_instances,
    get_flow,
    get_variants,
    get_departures,
]
