"""Errors on this prefix are `{error_code, message}`, whatever went wrong."""

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from controlplane.api.ccompat.negotiating import MEDIA_TYPE, taken
from controlplane.api.problem import ProblemError
from controlplane.api.wiring import WebRequest
from controlplane.database import UnstorableError

_STORE = 50001
_logger = structlog.get_logger(__name__)


def _answer(
    request: WebRequest, status: int, code: int, message: str, headers: dict[str, str] | None = None
) -> Response[bytes]:
    body = msgspec.json.encode({"error_code": code, "message": message})
    media_type = taken(request.headers.get("accept", "")) or MEDIA_TYPE
    return Response(body, status_code=status, media_type=media_type, headers=headers)


def _refused(request: WebRequest, error: ProblemError) -> Response[bytes]:
    one, headers = error.refusal, dict(error.headers)
    if one.status == 401:  # noqa: PLR2004 - HTTP's own number
        headers["www-authenticate"] = 'Basic realm="schema registry"'
    return _answer(
        request, one.status, one.extra.get("error_code", one.status), one.detail, headers
    )


def _http(request: WebRequest, error: HTTPException) -> Response[bytes]:
    return _answer(request, error.status_code, error.status_code, error.detail)


def _beyond(request: WebRequest, error: Exception) -> Response[bytes]:
    _logger.info("beyond_bounds", error=type(error).__name__)
    return _answer(
        request, 422, 422, "A value of the request is beyond what can be kept or counted."
    )


def _unexpected(request: WebRequest, error: Exception) -> Response[bytes]:
    _logger.error("unexpected", path=request.url.path, method=request.method, exc_info=error)
    return _answer(
        request, 500, _STORE, "Something went wrong on our side; it is in the server's log."
    )


HANDLERS: ExceptionHandlersMap = {
    ProblemError: _refused,
    HTTPException: _http,
    OverflowError: _beyond,
    RecursionError: _beyond,
    UnicodeError: _beyond,
    UnstorableError: _beyond,
    Exception: _unexpected,
}
