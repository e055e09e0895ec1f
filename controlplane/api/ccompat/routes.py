"""
One route for each method, and below it the paths of the protocol.

A subject may hold a slash, written `%2F`: the path is split before it is decoded.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import RawBody

from controlplane.api.ccompat import changing, compatibility, metadata, schemas, settings, subjects
from controlplane.api.ccompat.asked import Asked
from controlplane.api.ccompat.negotiating import MEDIA_TYPE, negotiated
from controlplane.api.ccompat.refusing import HANDLERS as REFUSING
from controlplane.api.problem import ProblemError
from controlplane.api.upload import LARGEST
from controlplane.api.wiring import WebRequest, Wired
from controlplane.identity.role import Role
from governance.schemaregistry.naming import DEFAULT
from governance.schemaregistry.refusing import refusal

PREFIX = "/apis/ccompat/v7"
_ANY = "*"
_Answer = Callable[..., Any]

_GET: dict[str, _Answer] = {
    "subjects": subjects.list_subjects,
    "subjects/*/versions": subjects.list_versions,
    "subjects/*/versions/*": subjects.get_version,
    "subjects/*/versions/*/schema": subjects.get_text,
    "subjects/*/versions/*/referencedby": subjects.list_referring,
    "subjects/*/metadata": subjects.get_metadata,
    "schemas": schemas.list_schemas,
    "schemas/types": schemas.list_types,
    "schemas/ids/*": schemas.get_schema,
    "schemas/ids/*/schema": schemas.get_text,
    "schemas/ids/*/subjects": schemas.list_subjects,
    "schemas/ids/*/versions": schemas.list_versions,
    "schemas/guids/*": schemas.get_by_guid,
    "contexts": subjects.list_contexts,
    "config": settings.get_level,
    "config/*": settings.get_level,
    "mode": settings.get_mode,
    "mode/*": settings.get_mode,
    "v1/metadata/id": metadata.get_id,
    "v1/metadata/version": metadata.get_version,
}
_POST: dict[str, _Answer] = {
    "subjects/*": subjects.look_up,
    "subjects/*/versions": changing.register,
    "compatibility/subjects/*/versions": compatibility.against_all,
    "compatibility/subjects/*/versions/*": compatibility.against_version,
}
_PUT: dict[str, _Answer] = {
    "config": settings.put_level,
    "config/*": settings.put_level,
    "mode": settings.put_mode,
    "mode/*": settings.put_mode,
}
_DELETE: dict[str, _Answer] = {
    "subjects/*": changing.delete_subject,
    "subjects/*/versions/*": changing.delete_version,
    "config": settings.drop_level,
    "config/*": settings.drop_level,
    "mode": settings.drop_mode,
    "mode/*": settings.drop_mode,
}
_PATHS = (_GET, _POST, _PUT, _DELETE)
_BELOW = f"{PREFIX}/{{rest:path}}"
_SAID: dict[str, Any] = {
    "include_in_schema": False,  # it is described by its owners, and we only speak it
    "status_code": 200,
    "sync_to_thread": True,
    "media_type": MEDIA_TYPE,
    "exception_handlers": REFUSING,
    "basic": True,
}


@get(_BELOW, operation_id="read_schema_registry", role=Role.VIEWER, **_SAID)
def read_registry(runtime: Wired, request: WebRequest) -> Response[bytes]:
    """Subjects, versions, schemas, levels and modes, as the Confluent protocol names them."""
    return _answer(_GET, runtime, request)


@get(PREFIX, operation_id="get_schema_registry", role=Role.VIEWER, **_SAID)
def get_registry() -> Response[bytes]:
    """Says that the registry is here."""
    return _written({})


@post(
    _BELOW,
    operation_id="post_schema_registry",
    role=Role.VIEWER,
    request_max_body_size=LARGEST,
    **_SAID,
)
def post_registry(runtime: Wired, request: WebRequest, body: RawBody) -> Response[bytes]:
    """A schema registered (which takes a contributor), looked up, or compared."""
    return _answer(_POST, runtime, request, body)


@put(_BELOW, operation_id="put_schema_registry", role=Role.STEWARD, **_SAID)
def put_registry(runtime: Wired, request: WebRequest, body: RawBody) -> Response[bytes]:
    """A level of compatibility or a mode, of all or of a subject."""
    return _answer(_PUT, runtime, request, body)


@delete(_BELOW, operation_id="delete_schema_registry", role=Role.STEWARD, **_SAID)
def delete_registry(runtime: Wired, request: WebRequest) -> Response[bytes]:
    """A subject or a version, softly or for good; a level or a mode."""
    return _answer(_DELETE, runtime, request)


@patch(_BELOW, operation_id="patch_schema_registry", role=Role.VIEWER, **_SAID)
def patch_registry(runtime: Wired, request: WebRequest) -> Response[bytes]:
    """Nothing: the protocol has no PATCH."""
    return _answer({}, runtime, request)


def _answer(
    paths: dict[str, _Answer], runtime: Wired, request: WebRequest, content: bytes = b""
) -> Response[bytes]:
    media_type = negotiated(request, content)
    context, segments = _located(request)
    for path, answer in paths.items():
        if _fits(path, segments):
            wanted = zip(path.split("/"), segments, strict=True)
            names = [got for want, got in wanted if want == _ANY]
            asked = Asked(runtime=runtime, request=request, context=context, content=content)
            return _written(answer(asked, *names), media_type)
    if any(_fits(path, segments) for others in _PATHS for path in others):
        raise ProblemError(refusal(405, "HTTP 405 Method Not Allowed"))
    raise ProblemError(refusal(404, "HTTP 404 Not Found"))


def _fits(path: str, segments: list[str]) -> bool:
    wanted = path.split("/")
    return len(wanted) == len(segments) and all(
        want in {_ANY, got} for want, got in zip(wanted, segments, strict=True)
    )


def _located(request: WebRequest) -> tuple[str, list[str]]:
    """Return the context and the decoded segments of the path below the prefix."""
    raw = bytes(request.scope["raw_path"]).partition(b"?")[0].decode("ascii", "replace")
    rest = raw.partition(PREFIX)[2].strip("/")
    segments = [unquote(one, errors="replace") for one in rest.split("/")] if rest else []
    if len(segments) > 2 and segments[0] == "contexts":  # noqa: PLR2004 - contexts, its name
        return segments[1].strip(":") or DEFAULT, segments[2:]
    return DEFAULT, segments


def _written(value: Any, media_type: str = MEDIA_TYPE) -> Response[bytes]:
    content = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
    return Response(content, media_type=media_type)


HANDLERS = [
    get_registry,
    read_registry,
    post_registry,
    put_registry,
    delete_registry,
    patch_registry,
]
