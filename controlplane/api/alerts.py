"""Who hears of what: the routing tree, a tester for it, and every message that went out."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, RawBody

from controlplane.api import documents as governed
from controlplane.api.problem import invalid, not_found
from controlplane.api.query import DEFAULT_LIMIT, Cursor, Items, Limit
from controlplane.api.submission import change
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from controlplane.runtime import Runtime
from governance.document import stores as documents
from governance.document.governed_document import GovernedDocument
from governance.exception.stores import get_exception
from governance.outbox import Attempt, Outgoing
from governance.outbox import stores as outbox
from governance.routing import Routing, Step, labels_of, read_routing
from governance.team.stores import list_teams
from observability.page import read_cursor, write_cursor
from rules.document import read_document
from rules.instant import from_micros, to_micros

_TAGS = ["Alerts"]
Status = Literal["waiting", "sending", "delivered", "dead"]


class TestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either labels as matchers name them, or an exception whose labels are taken."""

    labels: dict[str, str] = {}
    exception: str | None = None


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver that would hear; `because` names the matchers that led there."""

    receiver: str
    channel: str
    route: str
    group_by: tuple[str, ...]
    group_wait_seconds: float
    because: tuple[str, ...]


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    labels: dict[str, str]
    receivers: list[Hearing]
    steps: list[Step]


class DeliveryItem(msgspec.Struct, frozen=True, kw_only=True):
    """A message; `due_at` is when it is tried next."""

    id: str
    receiver: str
    channel: str
    status: str
    created_at: datetime
    due_at: datetime
    attempts: int
    last_error: str | None
    delivered_at: datetime | None


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    state: str


class DeliveryDetail(DeliveryItem, frozen=True, kw_only=True):
    answers: list[Attempt]


@put("/v1/routing", operation_id="put_routing", tags=_TAGS, sync_to_thread=True, role=Role.STEWARD)
def put_routing(
    runtime: Wired, request: WebRequest, body: RawBody, *, activate: FromQuery[bool] = True
) -> Response[governed.DocumentItem]:
    """Register a version of the routing tree and put it in force."""
    text = governed.read_text(body)
    governed.read_checked(text, read_routing)
    document = read_document(text, Routing)
    return governed.put(
        runtime,
        request,
        kind="routing",
        name=document.routing,
        version=document.version,
        text=text,
        activate=activate,
    )


@get("/v1/routing", operation_id="get_routing", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def get_routing(runtime: Wired, request: WebRequest) -> Response[governed.DocumentItem]:
    """The routing tree in force, as it was written."""
    return governed.written(request, _active(runtime))


@post(
    "/v1/routing/test",
    operation_id="test_routing",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.VIEWER,
)
def test_routing(runtime: Wired, data: JSONBody[TestBody]) -> Tested:
    """Which receivers would hear, and why; nothing is sent."""
    active = _active(runtime)
    with reading(runtime.databases.state) as connection:
        tree = read_routing(active.body).owned_by(list_teams(connection))
    labels = _labels(runtime, data)
    hearing = [
        Hearing(
            receiver=one.receiver.receiver,
            channel=one.receiver.channel,
            route=one.route,
            group_by=one.group_by,
            group_wait_seconds=one.group_wait.total_seconds(),
            because=one.because,
        )
        for one in tree.route(labels)
    ]
    return Tested(labels=labels, receivers=hearing, steps=tree.explain(labels))


@get(
    "/v1/deliveries",
    operation_id="list_deliveries",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_deliveries(
    runtime: Wired,
    *,
    status: FromQuery[Status | None] = None,
    receiver: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[DeliveryItem]:
    """Messages, the newest first."""
    before = None
    if cursor is not None:
        created, id_ = read_cursor(cursor)
        before = (from_micros(created), id_)
    with reading(runtime.databases.state) as connection:
        found = outbox.list_outgoing(
            connection, status=status, receiver=receiver, before=before, limit=limit + 1
        )
    shown = found[:limit]
    more = len(found) > limit
    return Items(
        items=[DeliveryItem(**_fields(one)) for one in shown],
        next_cursor=write_cursor(to_micros(shown[-1].created_at), shown[-1].id) if more else None,
    )


@get(
    "/v1/deliveries/{delivery:str}",
    operation_id="get_delivery",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_delivery(runtime: Wired, delivery: FromPath[str]) -> DeliveryDetail:
    """One message with every attempt and its answer."""
    with reading(runtime.databases.state) as connection:
        found = outbox.get_outgoing(connection, delivery)
        if found is None:
            raise not_found("delivery", delivery)
        answers = outbox.attempts(connection, delivery)
    return DeliveryDetail(**_fields(found), answers=answers)


@post(
    "/v1/deliveries/{delivery:str}/retry",
    operation_id="retry_delivery",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.OPERATOR,
)
def retry_delivery(
    runtime: Wired, request: WebRequest, delivery: FromPath[str]
) -> Response[Retried]:
    """Send a dead letter again."""
    return change(runtime, request, "delivery:retry", {"id": delivery})


def _active(runtime: Runtime) -> GovernedDocument:
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "routing")
    if not active:
        raise not_found("routing", "default")
    return active[0]


def _labels(runtime: Runtime, body: TestBody) -> dict[str, str]:
    if body.exception is None:
        return body.labels
    if body.labels:
        raise invalid("/labels", "Give labels or an exception, not both.")
    with reading(runtime.databases.state) as connection:
        found = get_exception(connection, body.exception)
    if found is None:
        raise not_found("exception", body.exception)
    return labels_of(found)


def _fields(one: Outgoing) -> dict[str, Any]:
    return {
        "id": one.id,
        "receiver": one.receiver,
        "channel": one.channel,
        "status": one.state,
        "created_at": one.created_at,
        "due_at": one.due_at,
        "attempts": one.attempts,
        "last_error": one.last_error,
        "delivered_at": one.delivered_at,
    }


HANDLERS = [
    put_routing,
    get_routing,
    test_routing,
    list_deliveries,
    get_delivery,
    retry_delivery,
]
