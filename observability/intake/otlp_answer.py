"""What an OTLP client is answered, in the encoding that it sent: protobuf or JSON."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from observability.intake.rejection import Rejected

Signal = Literal["traces", "logs"]
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
MAX_MESSAGE = 2_000  # characters; the answer as a whole has to stay small
_INVALID_ARGUMENT = 3
_CODES = {401: 16, 403: 7, 404: 5, 413: 8, 429: 8, 500: 13, 503: 14}


def accepted(
    media: str, rejected: Sequence[tuple[int, Rejected]], signal: Signal = "traces"
) -> bytes:
    """Return the success body; *rejected* are (ordinal, why), told as a partial success."""
    if not rejected:
        return b"{}" if media == JSON else b""
    count = len({ordinal for ordinal, _ in rejected})
    message = _message(rejected)
    if media == JSON:
        what = "rejectedSpans" if signal == "traces" else "rejectedLogRecords"
        return msgspec.json.encode({"partialSuccess": {what: str(count), "errorMessage": message}})
    return bytes(_partial(signal, count, message).SerializeToString())


def _partial(signal: Signal, count: int, message: str) -> Any:
    if signal == "logs":
        logs = ExportLogsPartialSuccess(rejected_log_records=count, error_message=message)
        return ExportLogsServiceResponse(partial_success=logs)
    spans = ExportTracePartialSuccess(rejected_spans=count, error_message=message)
    return ExportTraceServiceResponse(partial_success=spans)


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
