"""Reconciliations: what is held against what, the runs that were made, and what they found."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody
from sqlalchemy import Connection

from controlplane.api import documents as governed
from controlplane.api.breaks_csv import BreakItem, render_csv
from controlplane.api.problem import invalid, not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.submission import respond, submit
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.reconciling.patience import due_again, length_of
from controlplane.reconciling.reconciler import ASK
from controlplane.reconciling.standing import KIND, objectives, reconciliation_of
from controlplane.registered import calendars
from controlplane.runtime import Runtime
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument
from governance.exception import stores as exceptions
from observability.page import LARGEST, read_cursor, write_cursor
from observability.reconciliation import stores
from observability.reconciliation.document import (
    Comparison,
    Reconciliation,
    Side,
    read_reconciliation,
)
from observability.reconciliation.finding import Kind, Verdict
from observability.reconciliation.run import Run
from rules.instant import to_micros

_TAGS = ["Reconciliations"]
_CSV = "text/csv"
LATEST = "latest"
Kinds = Annotated[Kind | None, QueryParameter(description="Only breaks of this kind.")]


class SideItem(msgspec.Struct, frozen=True, kw_only=True):
    """`source` says where its lines come from: `events`, `extract`, or both."""

    side: str
    title: str
    source: Literal["events", "extract", "both"]


class ReconciliationItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    One in force. `state` is the verdict of the last run that ended well; `never_run` before it.
    `running` is the run that has not ended; `next_at` when the next is due.
    """

    reconciliation: str
    version: str
    title: str
    description: str
    owner: str
    severity: str
    process: str | None
    key: tuple[str, ...]
    compare: tuple[Comparison, ...]
    sides: list[SideItem]
    every: str | None
    grace: str | None
    state: Verdict | Literal["never_run"]
    next_at: datetime | None
    running: str | None
    last_run: Run | None


@put(
    "/v1/reconciliations/{name:str}",
    operation_id="put_reconciliation",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_reconciliation(
    runtime: Wired,
    request: WebRequest,
    name: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of the reconciliation and put it in force."""
    text = governed.read_text(body)
    document = governed.read_checked(text, read_reconciliation)
    governed.require_name(document.reconciliation, name, KIND)
    _require_named(runtime, document)
    return governed.put(
        runtime,
        request,
        kind=KIND,
        name=name,
        version=document.version,
        text=text,
        activate=activate,
    )


@get(
    "/v1/reconciliations",
    operation_id="list_reconciliations",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_reconciliations(runtime: Wired) -> Items[ReconciliationItem]:
    """The reconciliations in force, each with the run that ended last."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, KIND)
        return Items(items=[_item(connection, one) for one in active])


@get(
    "/v1/reconciliations/{name:str}",
    operation_id="get_reconciliation",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_reconciliation(
    runtime: Wired, request: WebRequest, name: FromPath[str]
) -> Response[ReconciliationItem]:
    """One of them; `Accept: application/yaml` gives the document as it was written."""
    with reading(runtime.databases.state) as connection:
        found = governed.find_active(connection, KIND, name)
        if "yaml" in request.headers.get("accept", ""):
            return governed.written(request, found)
        return Response(_item(connection, found))


@delete(
    "/v1/reconciliations/{name:str}",
    operation_id="retire_reconciliation",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def retire_reconciliation(
    runtime: Wired, request: WebRequest, name: FromPath[str]
) -> Response[governed.DocumentItem]:
    """Take it out of force: its exceptions end with that reason, its runs stay."""
    return respond(governed.retire(runtime, request, kind=KIND, name=name))


@post(
    "/v1/reconciliations/{name:str}/runs",
    operation_id="create_reconciliation_run",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=202,
    role=Role.CONTRIBUTOR,
)
def create_run(runtime: Wired, request: WebRequest, name: FromPath[str]) -> Response[Run]:
    """Ask for a run; one that has not ended yet is the one that is answered with."""
    outcome = submit(runtime, request, ASK, {"name": name})
    if outcome.refused:
        return respond(outcome)
    with reading(runtime.databases.state) as connection:
        run = _find(connection, name, outcome.body["id"])
    where = f"/v1/reconciliations/{name}/runs/{run.id}"
    return Response(run, status_code=202, headers={"location": where})


@get(
    "/v1/reconciliations/{name:str}/runs",
    operation_id="list_reconciliation_runs",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_runs(
    runtime: Wired, name: FromPath[str], *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Items[Run]:
    """Its runs, the newest first, without what they found in detail."""
    before = None if cursor is None else read_cursor(cursor)
    with reading(runtime.databases.state) as connection:
        found = stores.runs(connection, name, limit=limit + 1, before=before)
    shown = [_short(one) for one in found[:limit]]
    more = len(found) > limit
    following = write_cursor(to_micros(shown[-1].asked_at), shown[-1].id) if more else None
    return Items(items=shown, next_cursor=following)


@get(
    "/v1/reconciliations/{name:str}/runs/{run:str}",
    operation_id="get_reconciliation_run",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_run(runtime: Wired, name: FromPath[str], run: FromPath[str]) -> Run:
    """One run with its control totals side by side; `latest` is the one that ended well last."""
    with reading(runtime.databases.state) as connection:
        return _find(connection, name, run)


@get(
    "/v1/reconciliations/{name:str}/runs/{run:str}/breaks",
    operation_id="list_reconciliation_breaks",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_breaks(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    request: WebRequest,
    name: FromPath[str],
    run: FromPath[str],
    *,
    kind: Kinds = None,
    side: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[Any]:
    """What a run found to differ; `Accept: text/csv` gives all of it."""
    with reading(runtime.databases.state) as connection:
        of = _find(connection, name, run).breaks_of or ""
        if _CSV in request.headers.get("accept", ""):
            return Response(
                render_csv(_everything(connection, of, kind, side)),
                media_type=f"{_CSV}; charset=utf-8",
                headers={"content-disposition": f'attachment; filename="{name}.csv"'},
            )
        after = -1 if cursor is None else read_cursor(cursor)[0]
        found = _breaks(connection, of, kind, side, after=after, limit=limit + 1)
    more = write_cursor(found[limit - 1].number, "") if len(found) > limit else None
    return Response(Items(items=found[:limit], next_cursor=more))


def _item(connection: Connection, one: GovernedDocument) -> ReconciliationItem:
    document = reconciliation_of(one.body)
    last = stores.latest(connection, one.name)
    newest = next(iter(stores.runs(connection, one.name, limit=1)), None)
    unended = stores.running(connection, one.name)
    since = max(newest.asked_at, one.changed_at) if newest else one.changed_at
    return ReconciliationItem(
        reconciliation=one.name,
        version=one.version,
        title=document.title,
        description=document.description,
        owner=document.owner,
        severity=document.severity,
        process=document.process,
        key=document.key,
        compare=document.compare,
        sides=[
            SideItem(side=side.side, title=side.title, source=_source(side))
            for side in document.sides
        ],
        every=document.every.label if document.every else None,
        grace=_grace(connection, document),
        state=last.verdict if last and last.verdict else "never_run",
        next_at=due_again(document, since, calendars(connection)),
        running=unended[0].id if unended else None,
        last_run=_short(last) if last else None,
    )


def _source(side: Side) -> Literal["events", "extract", "both"]:
    uploaded = {one.extract is not None for one in side.selections}
    if len(uploaded) > 1:
        return "both"
    return "extract" if uploaded == {True} else "events"


def _grace(connection: Connection, document: Reconciliation) -> str | None:
    if document.grace_sla is None:
        return document.grace.label if document.grace else None
    promise = objectives(connection).get(document.grace_sla)
    length = length_of(promise) if promise else None
    return length.label if length else None


def _short(run: Run) -> Run:
    return msgspec.structs.replace(run, finding=None)


def _find(connection: Connection, name: str, run: str) -> Run:
    found = stores.latest(connection, name) if run == LATEST else stores.get_run(connection, run)
    if found is None or found.reconciliation != name:
        raise not_found("run", f"{name}/{run}")
    return found


def _breaks(  # noqa: PLR0913 - what a list is narrowed to
    connection: Connection,
    run: str,
    kind: str | None,
    side: str | None,
    *,
    after: int,
    limit: int,
) -> list[BreakItem]:
    found = stores.breaks(connection, run, kind=kind, side=side, after=after, limit=limit)
    named = [one.exception for one in found if one.exception]
    known = exceptions.get_exceptions(connection, named)
    return [BreakItem.of_kept(one, known.get(one.exception or "")) for one in found]


def _everything(
    connection: Connection, run: str, kind: str | None, side: str | None
) -> list[BreakItem]:
    found: list[BreakItem] = []
    after = -1
    while page := _breaks(connection, run, kind, side, after=after, limit=LARGEST):
        found += page
        after = page[-1].number
    return found


def _require_named(runtime: Runtime, document: Reconciliation) -> None:
    """Raise 422 where the document names what is not in force."""
    with reading(runtime.databases.state) as connection:
        for kind, name, pointer in (
            ("process", document.process, "/process"),
            ("calendar", document.calendar, "/calendar"),
            ("sla", document.grace_sla, "/grace_sla"),
        ):
            if name is not None and documents.get_active(connection, kind, name) is None:
                raise invalid(pointer, f"No {kind} {name!r} is in force; put it first.")


HANDLERS = [
    put_reconciliation,
    list_reconciliations,
    get_reconciliation,
    retire_reconciliation,
    create_run,
    list_runs,
    get_run,
    list_breaks,
]
