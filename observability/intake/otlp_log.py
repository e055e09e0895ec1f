"""
OTLP log records: one that carries `biz.*` is a process event, as a span event is.

A log record has no id of its own: it is named by what it says, so that a record that is
sent again is the same event. Its type is its event name.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from observability.intake import otlp, otlp_json
from observability.intake.mapping import NO_MATCH
from observability.intake.otlp_json import Int64, KeyValue, Resource, int64, reading_json
from observability.intake.rejection import unreadable
from observability.intake.span import LOG, PREFIX, Reading, Report, read_report

UNNAMED = "log"
_MARK = PREFIX.encode()
_NO_ID = "0"
_ID_LETTERS = 32


class _Record(msgspec.Struct, rename="camel"):
    time_unix_nano: Int64 = 0
    observed_time_unix_nano: Int64 = 0
    event_name: str = ""
    trace_id: str = ""
    span_id: str = ""
    attributes: list[KeyValue] = []


class _ScopeLogs(msgspec.Struct, rename="camel"):
    log_records: list[_Record] = []


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: Resource | None = None
    scope_logs: list[_ScopeLogs] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_logs: list[_ResourceLogs] = []


_decoder = msgspec.json.Decoder(_Request)


def read_protobuf(body: bytes) -> list[Reading]:
    """Return the business that *body* reports; raise `UnreadableBodyError` if it is no request."""
    try:
        request = ExportLogsServiceRequest.FromString(body)
    except DecodeError as error:
        raise unreadable(
            "bad-protobuf",
            "The body is not an OTLP logs request",
            "Send an ExportLogsServiceRequest as protobuf.",
        ) from error
    return list(_read(_from_protobuf(request))) if _MARK in body else []


def read_json(body: bytes) -> list[Reading]:
    """Return the business that *body* reports; raise `UnreadableBodyError` if it is no request."""
    return reading_json(body, _decoder, lambda request: list(_read(_from_json(request))))


def _read(reports: Iterator[Report]) -> Iterator[Reading]:
    for ordinal, report in enumerate(reports):
        reading = read_report(report, NO_MATCH, ordinal) if report.business else None
        if reading is not None:
            yield reading


def _from_protobuf(request: Any) -> Iterator[Report]:
    for resource in request.resource_logs:
        service = otlp.service_of(resource.resource.attributes)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                business, _ = otlp.pick(record.attributes, frozenset())
                yield _report(
                    service,
                    record.event_name,
                    (record.trace_id.hex(), record.span_id.hex()),
                    record.time_unix_nano or record.observed_time_unix_nano,
                    business,
                )


def _from_json(request: _Request) -> Iterator[Report]:
    for resource in request.resource_logs:
        service = otlp_json.service_of(resource.resource)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                business, _ = otlp_json.pick(record.attributes, frozenset())
                time = int64(record.time_unix_nano) or int64(record.observed_time_unix_nano)
                ids = (record.trace_id.lower(), record.span_id.lower())
                yield _report(service, record.event_name, ids, time, business)


def _report(
    service: str, name: str, ids: tuple[str, str], time: int, business: dict[str, Any]
) -> Report:
    trace, span = ("" if not one.strip(_NO_ID) else one for one in ids)
    said = msgspec.json.encode([service, name, trace, span, time, business], order="sorted")
    id_ = LOG + hashlib.sha256(said).hexdigest()[:_ID_LETTERS] if business else ""
    return Report(service, name or UNNAMED, trace, span, "", time, None, None, business, {}, id_)
