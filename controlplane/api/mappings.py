"""Span mappings: how an estate's existing traces become process events."""

from litestar import Response, get, put
from litestar.params import FromPath, FromQuery, RawBody

from controlplane.api import documents as governed
from controlplane.api.query import Items
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.document import stores as documents
from observability.intake.mapping import SpanMapping
from rules.document import read_document

_TAGS = ["Events"]


@put(
    "/v1/mappings/{mapping:str}",
    operation_id="put_mapping",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_mapping(
    runtime: Wired,
    request: WebRequest,
    mapping: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of the span mapping and put it in force."""
    text = governed.read_text(body)
    read = governed.read_checked(text, _read)
    governed.require_name(read.mapping, mapping, "mapping")
    return governed.put(
        runtime,
        request,
        kind="mapping",
        name=mapping,
        version=read.version,
        text=text,
        activate=activate,
    )


@get(
    "/v1/mappings",
    operation_id="list_mappings",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def list_mappings(runtime: Wired) -> Items[SpanMapping]:
    """The span mappings in force."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "mapping")
    return Items(items=[_read(one.body) for one in active])


@get(
    "/v1/mappings/{mapping:str}",
    operation_id="get_mapping",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_mapping(
    runtime: Wired, request: WebRequest, mapping: FromPath[str]
) -> Response[governed.DocumentItem]:
    """The span mapping in force, as it was written."""
    return governed.shown(runtime, request, "mapping", mapping)


def _read(text: str) -> SpanMapping:
    return read_document(text, SpanMapping)


HANDLERS = [put_mapping, list_mappings, get_mapping]
