"""The systems that tell events: their grace, their maintenance, and which are silent."""

from datetime import datetime

import msgspec
from litestar import Response, delete, get, put
from litestar.params import FromPath, FromQuery, RawBody

from controlplane.api import documents as governed
from controlplane.api.query import Items
from controlplane.api.submission import respond
from controlplane.api.wiring import WebRequest, Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.document import stores as documents
from observability.system import stores
from observability.system.document import Lateness, Maintenance, read_system

_TAGS = ["Processes"]


class SystemItem(msgspec.Struct, frozen=True, kw_only=True):
    """`heard_at` is when an event of it came last; `silent_since` is set while it is silent."""

    system: str
    version: str
    title: str
    owner: str
    sources: tuple[str, ...]
    grace: Lateness
    silent_after: Lateness | None
    maintenance: Maintenance | None
    heard_at: datetime | None
    silent_since: datetime | None


@put(
    "/v1/systems/{system:str}",
    operation_id="put_system",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.STEWARD,
)
def put_system(
    runtime: Wired,
    request: WebRequest,
    system: FromPath[str],
    body: RawBody,
    *,
    activate: FromQuery[bool] = True,
) -> Response[governed.DocumentItem]:
    """Register a version of what is known of the system and put it in force."""
    text = governed.read_text(body)
    document = governed.read_checked(text, read_system)
    governed.require_name(document.system, system, "system")
    return governed.put(
        runtime,
        request,
        kind="system",
        name=system,
        version=document.version,
        text=text,
        activate=activate,
    )


@get("/v1/systems", operation_id="list_systems", tags=_TAGS, sync_to_thread=True, role=Role.VIEWER)
def list_systems(runtime: Wired) -> Items[SystemItem]:
    """The systems in force, when each was heard last, and which are silent."""
    with reading(runtime.databases.state) as connection:
        active = documents.list_active(connection, "system")
        heard, quiet = stores.heard(connection), stores.silences(connection)
    found = []
    for one in (read_system(document.body) for document in active):
        known = heard.get(one.system)
        lasting = [since for since, until in quiet.get(one.system, ()) if until is None]
        found.append(
            SystemItem(
                system=one.system,
                version=one.version,
                title=one.title,
                owner=one.owner,
                sources=one.sources,
                grace=one.grace,
                silent_after=one.silent_after,
                maintenance=one.maintenance,
                heard_at=known.heard_at if known else None,
                silent_since=lasting[0] if lasting else None,
            )
        )
    return Items(items=found)


@get(
    "/v1/systems/{system:str}",
    operation_id="get_system",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_system(
    runtime: Wired, request: WebRequest, system: FromPath[str]
) -> Response[governed.DocumentItem]:
    """What is known of the system, as it was written."""
    return governed.shown(runtime, request, "system", system)


@delete(
    "/v1/systems/{system:str}",
    operation_id="retire_system",
    tags=_TAGS,
    sync_to_thread=True,
    status_code=200,
    role=Role.STEWARD,
)
def retire_system(
    runtime: Wired, request: WebRequest, system: FromPath[str]
) -> Response[governed.DocumentItem]:
    """Take the system out of force: its events are late and its silence is absence again."""
    return respond(governed.retire(runtime, request, kind="system", name=system))


HANDLERS = [put_system, retire_system, list_systems, get_system]
