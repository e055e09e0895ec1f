"""`POST /v1/traces` and `/v1/logs`: OTLP/HTTP as OpenTelemetry specifies it, errors included."""

from datetime import UTC, datetime

from litestar import Response, post

from controlplane.admission import Admission, Judged
from controlplane.api.receiving import (
    REFUSED,
    admission_of,
    admitted,
    read_body,
    refusal_of,
)
from controlplane.api.wiring import WebRequest
from controlplane.identity.role import Role
from observability.door.sighting import LIMITED
from observability.intake import otlp_answer, otlp_log
from observability.intake.body import require_utf8
from observability.intake.otlp import read_protobuf
from observability.intake.otlp_answer import JSON, PROTOBUF
from observability.intake.otlp_json import read_json
from observability.intake.rejection import unreadable
from observability.intake.span import Reading, of_service
from observability.intake.throttling import throttled

BACKFILL = "x-controlplane-backfill"


@post(
    "/v1/traces",
    operation_id="post_traces",
    status_code=200,
    opt={"role": Role.CONTRIBUTOR},
    request_max_body_size=None,  # bounded while it is read
    summary="Send OpenTelemetry traces",
    tags=["Events"],
)
async def post_traces(request: WebRequest) -> Response[bytes]:
    """
    Admit what spans report in `biz.*` attributes or by a span mapping.

    Protobuf or JSON, plain or gzip. What is held in quarantine is told as a partial success.
    The header `x-controlplane-backfill: true` marks history.
    """
    return await _receive(request, "traces")


@post(
    "/v1/logs",
    operation_id="post_logs",
    status_code=200,
    opt={"role": Role.CONTRIBUTOR},
    request_max_body_size=None,  # bounded while it is read
    summary="Send OpenTelemetry logs",
    tags=["Events"],
)
async def post_logs(request: WebRequest) -> Response[bytes]:
    """
    Admit what log records report in `biz.*` attributes; the event's name is the type.

    Protobuf or JSON, plain or gzip, as for traces.
    """
    return await _receive(request, "logs")


async def _receive(request: WebRequest, signal: otlp_answer.Signal) -> Response[bytes]:
    at = datetime.now(UTC)
    admission = admission_of(request)
    media = _media(request)
    try:
        if media is None:
            raise _unsupported()
        admission.require_room()
        body = await read_body(request, admission.limits.otlp_bytes)
        backfill = request.headers.get(BACKFILL, "").lower() == "true"

        def judge() -> Judged:
            readings = readings_of(admission, body, media, signal)
            return admission.judge_spans(readings, at=at, backfill=backfill, by=request.user)

        judged, _ = await admitted(admission, judge, len(body))
    except REFUSED as error:
        refusal, headers = refusal_of(error)
        told = otlp_answer.refused(media or JSON, refusal.status, refusal.detail)
        return Response(told, status_code=refusal.status, media_type=media or JSON, headers=headers)
    told = otlp_answer.accepted(media, judged.rejected, signal)
    return Response(told, status_code=200, media_type=media)


def readings_of(
    admission: Admission, body: bytes, media: str, signal: otlp_answer.Signal
) -> list[Reading]:
    """Return the business that *body* reports; raise `UnreadableBodyError` if it is no request."""
    if media == JSON:
        require_utf8(body)
    if signal == "logs":
        return otlp_log.read_json(body) if media == JSON else otlp_log.read_protobuf(body)
    mappings = admission.registry.snapshot().mappings
    read = read_json(body, mappings) if media == JSON else read_protobuf(body, mappings)
    for service, n in throttled(body, protobuf=media == PROTOBUF).items():
        admission.saw(LIMITED, of_service(service), n)
    return read


def _media(request: WebRequest) -> str | None:
    name = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return name if name in (JSON, PROTOBUF) else None


def _unsupported() -> Exception:
    return unreadable(
        "unsupported-media-type",
        "The media type is not supported",
        f"Send {PROTOBUF} or {JSON}.",
        status=415,
    )


HANDLERS = [post_traces, post_logs]
