"""What every receiver does: bound the body while it comes in, and say when to come again."""

import asyncio
from collections.abc import Callable
from functools import cache

from controlplane.admission import Admission, Judged, WorkerBehindError
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
BESIDE_BYTES = 128 * 1024  # above, its neighbours in the queue would wait for its reading


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


async def admitted(
    admission: Admission, judge: Callable[[], Judged], size: int
) -> tuple[Judged, Appended]:
    """Judge a request of *size* bytes where it disturbs nobody; wait until it is on disk."""
    once = cache(judge)
    if size > BESIDE_BYTES:
        await asyncio.to_thread(once)
        appending = admission.submit(once())
    else:
        appending = admission.submit_unjudged(once, size=size)
    appended = await asyncio.wrap_future(appending)
    return counted(once(), appended)


def counted(judged: Judged, appended: Appended) -> tuple[Judged, Appended]:
    """Count what became of a request in the program's own metrics."""
    for result, count in (
        ("accepted", appended.accepted),
        ("duplicate", appended.duplicates),
        ("quarantined", len(judged.quarantined)),
    ):
        if count:
            events_admitted.add(count, {"result": result})
    return judged, appended


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
