"""
OTLP over gRPC: the same admission as over HTTP, for exporters that speak nothing else.

What will never be admitted is INVALID_ARGUMENT, which no exporter repeats; what may be
later is UNAVAILABLE, which every exporter does.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import grpc

from controlplane.admission import Admission
from controlplane.api.otlp import BACKFILL, readings_of
from controlplane.api.problem import ProblemError
from controlplane.api.receiving import REFUSED, counted, refusal_of
from controlplane.identity.admittance import StartRefusedError
from controlplane.identity.authentication import actor_of, require
from controlplane.identity.keyring import Keyring
from controlplane.identity.role import LOCAL, Actor, Role
from controlplane.settings import Settings
from observability.intake import otlp_answer
from observability.intake.body import too_large
from observability.intake.otlp_answer import PROTOBUF, Signal

THREADS = 4
GRACE_SECONDS = 5.0
PATIENCE_SECONDS = 30.0
_SERVICES: tuple[tuple[str, Signal], ...] = (
    ("opentelemetry.proto.collector.trace.v1.TraceService", "traces"),
    ("opentelemetry.proto.collector.logs.v1.LogsService", "logs"),
)
_CODES = {
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    429: grpc.StatusCode.UNAVAILABLE,
    503: grpc.StatusCode.UNAVAILABLE,
}


@contextmanager
def receiving(settings: Settings, admission: Admission, keyring: Keyring) -> Iterator[None]:
    """Receive while the block runs, where *settings* name a port; `StartRefusedError` if taken."""
    if settings.otlp_grpc_port is None:
        yield
        return
    server = grpc.server(
        ThreadPoolExecutor(THREADS, thread_name_prefix="otlp-grpc"),
        options=[
            ("grpc.max_receive_message_length", admission.limits.otlp_bytes),
            ("grpc.so_reuseport", 0),
        ],
    )
    server.add_generic_rpc_handlers(
        tuple(
            grpc.method_handlers_generic_handler(
                service, {"Export": _handler(settings, admission, keyring, signal)}
            )
            for service, signal in _SERVICES
        )
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        server.add_insecure_port(f"{host}:{settings.otlp_grpc_port}")
    except RuntimeError as error:
        raise StartRefusedError(
            f"{host}:{settings.otlp_grpc_port} is taken; stop what listens there, or choose "
            "another with CONTROLPLANE_OTLP_GRPC_PORT"
        ) from error
    server.start()
    try:
        yield
    finally:
        server.stop(GRACE_SECONDS).wait()


def _handler(
    settings: Settings, admission: Admission, keyring: Keyring, signal: Signal
) -> grpc.RpcMethodHandler:
    export = partial(_export, admission, partial(_admit_caller, settings, keyring), signal)
    return grpc.unary_unary_rpc_method_handler(export)


def _export(
    admission: Admission,
    admit_caller: Callable[[dict[str, Any]], Actor],
    signal: Signal,
    body: bytes,
    context: grpc.ServicerContext,
) -> bytes:
    at = datetime.now(UTC)
    said = dict(context.invocation_metadata())
    try:
        by = admit_caller(said)
        admission.require_room()
        if len(body) > admission.limits.otlp_bytes:
            raise too_large(admission.limits.otlp_bytes)
        readings = readings_of(admission, body, PROTOBUF, signal)
        backfill = said.get(BACKFILL, "").lower() == "true"
        judged = admission.judge_spans(readings, at=at, backfill=backfill, by=by)
        counted(judged, admission.submit(judged).result(PATIENCE_SECONDS))
    except ProblemError as error:
        context.abort(_code(error.refusal.status), error.refusal.detail)
    except REFUSED as error:
        refusal, _ = refusal_of(error)
        context.abort(_code(refusal.status), refusal.detail)
    return otlp_answer.accepted(PROTOBUF, judged.rejected, signal)


def _admit_caller(settings: Settings, keyring: Keyring, said: dict[str, Any]) -> Actor:
    scheme, _, token = str(said.get("authorization", "")).partition(" ")
    if not scheme and settings.loopback:
        actor = LOCAL
    else:
        actor = actor_of(keyring, token if scheme.lower() == "bearer" else "", datetime.now(UTC))
    require(actor, Role.CONTRIBUTOR)
    return actor


def _code(status: int) -> grpc.StatusCode:
    return _CODES.get(status, grpc.StatusCode.INVALID_ARGUMENT)
