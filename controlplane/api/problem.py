"""
Every error is an RFC 9457 problem document: a stable type, what is wrong, what to do.

A request that is wrong never answers 500, and a 500 never tells how the program is built.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    SerializationException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap

from controlplane.database import UnstorableError
from controlplane.pipeline.command import problem
from observability.page import CursorError
from rules.calendar import CalendarError
from rules.document import DocumentError
from rules.refusal import Problem, Refusal

_MISSING = re.compile(r"Missing required query parameter '(\w+)'")
NO_BODY = "'data'"
"""What Litestar says where a body is wanted and none came."""
PROBLEM_JSON = "application/problem+json"
_NEAREST = 2
_KNOWN = {
    400: ("malformed-request", "The request cannot be read"),
    401: ("unauthenticated", "Who is calling is not known"),
    403: ("forbidden", "The caller may not do this"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "The method does not exist here"),
    413: ("too-large", "The body is too large"),
    415: ("unsupported-media-type", "The media type is not understood here"),
    429: ("too-many-requests", "Too many requests"),
    503: ("unavailable", "The service is not available"),
}
_INTERNAL = Refusal(
    type="internal-error",
    status=500,
    title="Something went wrong on our side",
    detail="It is in the server's log with the time of this answer. Repeating the request is safe "
    "when it carries an Idempotency-Key.",
)
_TOO_DEEP = Refusal(
    type="malformed-request",
    status=400,
    title="The request cannot be read",
    detail="The body is nested too deeply.",
)
JSON_TYPES = ("application/json", "+json")
_logger = structlog.get_logger(__name__)


class ProblemError(Exception):
    """A refusal on its way to the caller."""

    def __init__(self, refusal: Refusal, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal
        self.headers = headers or {}


def not_found(what: str, name: str) -> ProblemError:
    return ProblemError(
        Refusal(
            type="not-found",
            status=404,
            title=f"No such {what}",
            detail=f"The {what} {name!r} does not exist.",
        )
    )


def nearest(name: str, known: Sequence[str]) -> str:
    """Return what somebody may have meant who wrote *name*, and what there is."""
    if not known:
        return "There is none."
    near = get_close_matches(name, known, n=_NEAREST)
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}Known are {', '.join(known)}."


def forbidden(detail: str) -> ProblemError:
    return ProblemError(
        Refusal(type="forbidden", status=403, title="The caller may not do this", detail=detail)
    )


def invalid(pointer: str, detail: str, *, status: int = 422) -> ProblemError:
    """The body, or the query parameter that *pointer* names, does not fit."""
    return ProblemError(
        Refusal(
            type="invalid-request",
            status=status,
            title="The request does not fit",
            detail=detail,
            errors=(Problem(pointer=pointer, detail=detail),),
        )
    )


async def require_json(request: Request[Any, Any, Any]) -> None:
    """
    Raise 415 when a route that reads JSON is sent something else.

    Asynchronous though it waits for nothing: Litestar sends a plain hook through a thread.
    """
    if request.route_handler.parsed_data_field is None:
        return
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type and not media_type.endswith(JSON_TYPES):
        raise ProblemError(
            Refusal(
                type="unsupported-media-type",
                status=415,
                title="The media type is not understood here",
                detail=f"Send application/json, not {media_type}.",
            )
        )


def undocumented(error: DocumentError) -> ProblemError:
    """A governed document that cannot be read: 422 with line and column."""
    flaw = Problem(
        pointer=error.pointer, detail=error.message, line=error.line, column=error.column
    )
    return ProblemError(
        Refusal(
            type="invalid-document",
            status=422,
            title="The document does not fit",
            detail=str(error),
            errors=(flaw,),
        )
    )


def answer(refusal: Refusal, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(
        problem(refusal), status_code=refusal.status, media_type=PROBLEM_JSON, headers=headers
    )


def _refused(_: Request[Any, Any, Any], error: ProblemError) -> Response[Any]:
    return answer(error.refusal, error.headers)


def _validation(_: Request[Any, Any, Any], error: ValidationException) -> Response[Any]:
    given = error.extra if isinstance(error.extra, list) else []
    problems = tuple(
        Problem(pointer=_pointer(one), detail=_told(one)) for one in given if isinstance(one, dict)
    )
    wanted = None if problems else _MISSING.match(error.detail)
    if wanted is not None:
        name = wanted.group(1)
        problems = (Problem(pointer=f"/{name}", detail=f"{name} is asked for as a parameter."),)
    detail = "; ".join(f"{p.pointer or 'body'}: {p.detail}" for p in problems) or error.detail
    return answer(
        Refusal(
            type="invalid-request",
            status=400,
            title="The request does not fit",
            detail=detail,
            errors=problems,
        )
    )


def _told(one: dict[str, Any]) -> str:
    told = str(one.get("message", ""))
    return "A JSON object is expected." if told == NO_BODY else told


def _pointer(one: dict[str, Any]) -> str:
    key = str(one.get("key", "")).removeprefix("data")
    path = key.replace("[", ".").replace("]", "").strip(".").replace(".", "/")
    return f"/{path}" if path else ""


def _http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code not in _KNOWN:
        return _unexpected(_, error)
    type_, title = _KNOWN[error.status_code]
    refusal = Refusal(type=type_, status=error.status_code, title=title, detail=error.detail)
    return answer(refusal, dict(error.headers) if error.headers else None)


def _method(request: Request[Any, Any, Any], error: MethodNotAllowedException) -> Response[Any]:
    allowed = ", ".join(sorted(_allowed(request)))
    type_, title = _KNOWN[405]
    detail = f"{request.method} does not exist here; allowed: {allowed}."
    refusal = Refusal(type=type_, status=error.status_code, title=title, detail=detail)
    return answer(refusal, {"allow": allowed} if allowed else None)


def _allowed(request: Request[Any, Any, Any]) -> set[str]:
    """The methods of the path; the router has already forgotten which route it was."""
    path = request.url.path.rstrip("/") or "/"
    found: set[str] = set()
    for route in request.app.routes:
        if _fits(route.path, path):
            found |= set(getattr(route, "methods", ()))
    return found - {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())


def _fits(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        w.startswith("{") or w == g for w, g in zip(wanted, given, strict=True)
    )


def _malformed(_: Request[Any, Any, Any], error: SerializationException) -> Response[Any]:
    type_, title = _KNOWN[400]
    return answer(Refusal(type=type_, status=400, title=title, detail=str(error)))


def _cursor(_: Request[Any, Any, Any], error: CursorError) -> Response[Any]:
    return answer(invalid("/cursor", f"{error}.", status=400).refusal)


def _too_deep(_: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
    _logger.warning("nested_too_deeply", error=str(error))
    return answer(_TOO_DEEP)


def _beyond(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A number, a time or a text of the request is beyond what can be kept or counted."""
    _logger.info("beyond_bounds", path=request.url.path, error=type(error).__name__)
    detail = "A value is out of range: a time outside 1900 to 2200, a number too large, or a NUL."
    return answer(invalid("", detail, status=400).refusal)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _logger.error("unexpected", path=request.url.path, method=request.method, exc_info=error)
    return answer(_INTERNAL)


HANDLERS: ExceptionHandlersMap = {
    ProblemError: _refused,
    ValidationException: _validation,
    MethodNotAllowedException: _method,
    SerializationException: _malformed,
    CursorError: _cursor,
    RecursionError: _too_deep,
    OverflowError: _beyond,
    CalendarError: _beyond,
    UnstorableError: _beyond,
    HTTPException: _http,
    Exception: _unexpected,
}
