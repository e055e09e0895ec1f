"""How exceptions are worked: the handling policy, as a governed document."""

from typing import Any

from litestar import Response, get, put
from litestar.params import FromQuery, RawBody

from controlplane.api import documents as governed
from controlplane.api.problem import not_found
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.document import stores as documents
from governance.handling.policy import read_handling

_TAGS = ["Exceptions"]


@put(
    "/v1/handling", operation_id="put_handling", tags=_TAGS, sync_to_thread=True, role=Role.STEWARD
)
def put_handling(
    runtime: Wired, request: WebRequest, body: RawBody, *, activate: FromQuery[bool] = True
) -> Response[governed.DocumentItem]:
    """Register a version of the handling policy and put it in force: open cases are judged anew."""
    text = governed.read_text(body)
    policy = governed.read_checked(text, read_handling)
    return governed.put(
        runtime,
        request,
        kind="handling",
        name=policy.handling,
        version=policy.version,
        text=text,
        activate=activate,
    )


@get("/v1/handling", operation_id="get_handling", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def get_handling(runtime: Wired, request: WebRequest) -> Response[Any]:
    """The handling policy in force, as it was written."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "handling")
    if not active:
        raise not_found("handling policy", "default")
    return governed.written(request, active[0])


HANDLERS = [put_handling, get_handling]
