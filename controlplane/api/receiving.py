"""
What every receiver does: bound the body while it comes in, and say when to come again.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from litestar import Request

from controlplane.admission import WorkerBehindError
from controlplane.database import DatabaseError
from controlplane.logwriter import BackloggedError, LogUnavailableError
from observability.intake.body import inflate, too_large
from observability.intake.rejection import UnreadableBodyError
from rules.refusal import Refusal

BUSY = (WorkerBehindError, BackloggedError)
AWAY = (LogUnavailableError, DatabaseError)
IN_THREAD_BYTES = 128 * 1024  # above, decoding would hold up every other request
_AnyRequest = Request[Any, Any, Any]


async def read_body(request: _AnyRequest, limit: int) -> bytes:
    """Return the decompressed body; raise `UnreadableBodyError` as soon as it is over *limit*."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return inflate(b"".join(parts), request.headers.get("content-encoding", ""), limit)


def refusal_of(error: Exception) -> tuple[Refusal, dict[str, str]]:
    """Return the answer to *error* and its headers."""
    if isinstance(error, UnreadableBodyError):
        return error.refusal, {}
    if isinstance(error, BUSY):
        return _BUSY, {"Retry-After": str(error.retry_after_seconds)}
    return _AWAY, {"Retry-After": "2"}


REFUSED = (UnreadableBodyError, *BUSY, *AWAY)
_BUSY = Refusal(
    type="backlog-full",
    status=429,
    title="Too much is waiting",
    detail="Nothing of the request was stored. Send it again after the time in Retry-After.",
)
_AWAY = Refusal(
    type="log-unavailable",
    status=503,
    title="The log cannot be written",
    detail="Nothing of the request was stored. Send it again after the time in Retry-After.",
)
