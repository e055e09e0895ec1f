"""What every receiver does: bound the body while it comes in, and say when to come again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from controlplane.admission import Admission, Submitted, WorkerBehindError
from controlplane.api.problem import ProblemError
from controlplane.api.wiring import WebRequest
from controlplane.database import DatabaseError
from controlplane.logwriter import BackloggedError, LogUnavailableError
from controlplane.runtime import Runtime
from controlplane.telemetry import events_admitted
from observability.intake.body import inflate, too_large
from observability.intake.rejection import UnreadableBodyError
from observability.log.entry import Appended
from rules.refusal import Refusal

REFUSED = (
    UnreadableBodyError,
    WorkerBehindError,
    BackloggedError,
    LogUnavailableError,
    DatabaseError,
)
IN_THREAD_BYTES = 128 * 1024  # above, decoding would hold up every other request
_T = TypeVar("_T")


def runtime_of(request: WebRequest) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def admission_of(request: WebRequest) -> Admission:
    """Return the way in; 503 where this process admits no events."""
    admission = runtime_of(request).admission
    if admission is None:
        raise ProblemError(_CLOSED)
    return admission


async def read_body(request: WebRequest, limit: int) -> bytes:
    """Return the decompressed body; raise `UnreadableBodyError` as soon as it is over *limit*."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return inflate(b"".join(parts), request.headers.get("content-encoding", ""), limit)


async def decode(read: Callable[[], _T], size: int) -> _T:
    """Run *read* over *size* bytes where it disturbs nobody."""
    return await asyncio.to_thread(read) if size > IN_THREAD_BYTES else read()


async def committed(submitted: Submitted) -> Appended:
    """Wait until everything of the request is on disk, and count it."""
    return counted(await asyncio.wrap_future(submitted.appended), submitted)


def counted(appended: Appended, submitted: Submitted) -> Appended:
    """Count what became of a request in the program's own metrics."""
    for result, count in (
        ("accepted", appended.accepted),
        ("duplicate", appended.duplicates),
        ("quarantined", len(submitted.quarantined)),
    ):
        if count:
            events_admitted.add(count, {"result": result})
    return appended


def refusal_of(error: Exception) -> tuple[Refusal, dict[str, str]]:
    """Return the answer to one of `REFUSED`, and its headers."""
    if isinstance(error, UnreadableBodyError):
        return error.refusal, {}
    if isinstance(error, WorkerBehindError | BackloggedError):
        return _BUSY, {"Retry-After": str(error.retry_after_seconds)}
    return _AWAY, {"Retry-After": "2"}


_CLOSED = Refusal(
    type="intake-closed",
    status=503,
    title="This process admits no events",
    detail="Send them to a process that was started with `controlplane serve`.",
)
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
