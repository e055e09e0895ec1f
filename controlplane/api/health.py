"""Is the process alive, can it do its work, and how it has been doing."""

from typing import Literal

import anyio
import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from controlplane.api.wiring import Wired
from controlplane.database import DatabaseError, reading
from controlplane.identity.role import Role
from controlplane.lag import ConsumerLag
from controlplane.migrations import pending
from controlplane.runtime import Runtime
from controlplane.telemetry import render_metrics
from controlplane.unprocessed_stores import count, standing_still

State = Literal["ok", "failing"]


class Live(msgspec.Struct, frozen=True, kw_only=True):
    status: State = "ok"


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """
    `worker_lag` counts log entries that wait for the worker, `unprocessed` those that it
    could not apply and passed over. `worker` fails while it stands still before an entry,
    since most of what follows fails too.
    """

    status: State
    database: State
    migrations: State
    worker: State = "ok"
    worker_lag: int | None = None
    unprocessed: int | None = None


@get("/health/live", operation_id="get_liveness", tags=["Operating"], role=None)
async def get_liveness() -> Live:
    """The process answers."""
    return Live()


@get(
    "/health/ready",
    operation_id="get_readiness",
    tags=["Operating"],
    responses={503: ResponseSpec(Readiness, generate_examples=False, description="Not ready")},
    role=None,
)
async def get_readiness(runtime: Wired) -> Response[Readiness]:
    """Databases answer, their tables are up to date, and the worker keeps up; 503 otherwise."""
    found = await anyio.to_thread.run_sync(_readiness, runtime)
    return Response(found, status_code=200 if found.status == "ok" else 503)


@get(
    "/metrics",
    operation_id="get_metrics",
    tags=["Operating"],
    media_type="text/plain",
    role=Role.VIEWER,
)
async def get_metrics() -> Response[bytes]:
    """Prometheus text exposition of the API process."""
    body, media_type = render_metrics()
    return Response(body, media_type=media_type)


def _readiness(runtime: Runtime) -> Readiness:
    try:
        with reading(runtime.databases.log) as connection:
            connection.exec_driver_sql("SELECT 1")
        if pending(runtime.databases):
            return Readiness(status="failing", database="ok", migrations="failing")
        behind = ConsumerLag(runtime.databases).measure()
        with reading(runtime.databases.state) as connection:
            passed_over = count(connection)
            stands = standing_still(connection) is not None
    except DatabaseError:
        return Readiness(status="failing", database="failing", migrations="failing")
    late = behind > runtime.settings.max_backlog
    return Readiness(
        status="failing" if late or stands else "ok",
        database="ok",
        migrations="ok",
        worker="failing" if stands else "ok",
        worker_lag=behind,
        unprocessed=passed_over,
    )


HANDLERS = [get_liveness, get_readiness, get_metrics]
