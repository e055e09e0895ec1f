"""What an OTLP client is answered, in the encoding that it sent: protobuf or JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from observability.intake.rejection import Rejected

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
MAX_MESSAGE = 2_000  # characters; the answer as a whole has to stay small
_INVALID_ARGUMENT = 3
_CODES = {401: 16, 403: 7, 404: 5, 413: 8, 429: 8, 500: 13, 503: 14}


def accepted(media: str, rejected: Sequence[tuple[int, Rejected]]) -> bytes:
    """Return the success body; *rejected* are (span ordinal, why), told as a partial success."""
    if not rejected:
        return b"{}" if media == JSON else b""
    spans = len({span for span, _ in rejected})
    message = _message(rejected)
    if media == JSON:
        partial = {"rejectedSpans": str(spans), "errorMessage": message}
        return msgspec.json.encode({"partialSuccess": partial})
    partial_success = ExportTracePartialSuccess(rejected_spans=spans, error_message=message)
    return bytes(ExportTraceServiceResponse(partial_success=partial_success).SerializeToString())


def refused(media: str, status: int, message: str) -> bytes:
    """Return a google.rpc.Status for an HTTP *status*."""
    code = _CODES.get(status, _INVALID_ARGUMENT)
    if media == JSON:
        body: dict[str, Any] = {"code": code, "message": message}
        return msgspec.json.encode(body)
    return bytes(Status(code=code, message=message).SerializeToString())


def _message(rejected: Sequence[tuple[int, Rejected]]) -> str:
    said = "; ".join(f"{one.id}: {one.flaw.reason}: {one.flaw.detail}" for _, one in rejected[:20])
    return f"held in quarantine: {said}"[:MAX_MESSAGE]
