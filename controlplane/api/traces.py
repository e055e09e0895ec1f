"""`POST /v1/traces`: OTLP/HTTP as the OpenTelemetry specification says, errors included."""

from datetime import UTC, datetime

from litestar import Response, post

from controlplane.admission import Admission, Submitted
from controlplane.api.receiving import (
    REFUSED,
    admission_of,
    committed,
    decode,
    read_body,
    refusal_of,
)
from controlplane.api.wiring import WebRequest
from controlplane.identity.role import Role
from observability.intake import otlp_answer
from observability.intake.body import require_utf8
from observability.intake.otlp import read_protobuf
from observability.intake.otlp_answer import JSON, PROTOBUF
from observability.intake.otlp_json import read_json
from observability.intake.rejection import unreadable

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
    at = datetime.now(UTC)
    admission = admission_of(request)
    media = _media(request)
    try:
        if media is None:
            raise _unsupported()
        admission.require_room()
        body = await read_body(request, admission.limits.otlp_bytes)
        backfill = request.headers.get(BACKFILL, "").lower() == "true"
        submitted = await decode(
            lambda: _admit(admission, body, media, at=at, backfill=backfill), len(body)
        )
        await committed(submitted)
    except REFUSED as error:
        refusal, headers = refusal_of(error)
        told = otlp_answer.refused(media or JSON, refusal.status, refusal.detail)
        return Response(told, status_code=refusal.status, media_type=media or JSON, headers=headers)
    return Response(
        otlp_answer.accepted(media, submitted.rejected), status_code=200, media_type=media
    )


def _admit(
    admission: Admission, body: bytes, media: str, *, at: datetime, backfill: bool
) -> Submitted:
    mappings = admission.registry.snapshot().mappings
    if media == JSON:
        require_utf8(body)
        readings = read_json(body, mappings)
    else:
        readings = read_protobuf(body, mappings)
    return admission.submit_spans(readings, at=at, backfill=backfill)


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


HANDLERS = [post_traces]
