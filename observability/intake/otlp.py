"""
OTLP/HTTP traces in protobuf: `ExportTraceServiceRequest` → readings.

Reaching into a span costs more than parsing it, so a request that cannot hold business
is not walked, and of a span only the attributes that somebody wants are taken.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from math import isfinite
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from observability.intake.ancestry import Lineage, inherit
from observability.intake.mapping import NO_MATCH, SpanMappings
from observability.intake.rejection import unreadable
from observability.intake.span import PREFIX, Reading, Report, read_report

UNKNOWN_SERVICE = "unknown_service"
_MARK = PREFIX.encode()
_LENGTH = len(PREFIX)


def read_protobuf(body: bytes, mappings: SpanMappings) -> list[Reading]:
    """Return the business that *body* reports; raise `UnreadableBodyError` if it is no request."""
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise unreadable(
            "bad-protobuf",
            "The body is not an OTLP trace request",
            "Send an ExportTraceServiceRequest as protobuf.",
        ) from error
    marked = _MARK in body
    if not mappings and not marked:
        return []
    found = _read(request, mappings, marked=marked)
    return inherit([one for one in found if one is not None], lambda: _lineage(request))


def _lineage(request: Any) -> Lineage:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()


def _read(request: Any, mappings: SpanMappings, *, marked: bool) -> Iterator[Reading | None]:
    ordinal = -1
    for resource in request.resource_spans:
        service = service_of(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                ordinal += 1
                name = span.name
                match = mappings.match(service, name) if mappings else NO_MATCH
                if not marked and not match.rules:
                    continue
                business, others = pick(span.attributes, match.attributes)
                if business or others or match.rules:
                    report = _span_report(service, name, span, business, others)
                    yield read_report(report, match, ordinal)
                for index, event in enumerate(span.events):
                    business, _ = pick(event.attributes, _NONE)
                    if business:
                        report = _event_report(service, span, event, index, business)
                        yield read_report(report, NO_MATCH, ordinal)


_NONE: frozenset[str] = frozenset()


def pick(
    attributes: Iterable[Any], wanted: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    business, others = {}, {}
    for attribute in attributes:
        key = attribute.key
        if key[:_LENGTH] == PREFIX:
            value = attribute.value
            business[key[_LENGTH:]] = value.string_value or _value(value)
        elif key in wanted:
            others[key] = _value(attribute.value)
    return business, others


def service_of(attributes: Iterable[Any]) -> str:
    for attribute in attributes:
        if attribute.key == "service.name":
            return str(attribute.value.string_value) or UNKNOWN_SERVICE
    return UNKNOWN_SERVICE


def _span_report(
    service: str,
    name: str,
    span: Any,
    business: dict[str, Any],
    others: dict[str, Any],
) -> Report:
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    return Report(
        service,
        name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        end or start,
        (end - start) // 1000 if 0 < start <= end else None,
        None,
        business,
        others,
    )


def _event_report(
    service: str,
    span: Any,
    event: Any,
    index: int,
    business: dict[str, Any],
) -> Report:
    return Report(
        service,
        event.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        event.time_unix_nano,
        None,
        index,
        business,
        {},
    )


def number(value: float) -> float | Decimal | str:
    """Return a double as `read_number` reads its shortest text; what is not finite is a word."""
    text = repr(value)
    if not isfinite(value):
        return text
    return Decimal(text) if "e" in text else value


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return None if kind is None else _READERS[kind](value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "string_value": lambda v: v.string_value,
    "bool_value": lambda v: v.bool_value,
    "int_value": lambda v: v.int_value,
    "double_value": lambda v: number(v.double_value),
    "bytes_value": lambda v: b64encode(v.bytes_value).decode(),
    "array_value": lambda v: [_value(one) for one in v.array_value.values],
    "kvlist_value": lambda v: {one.key: _value(one.value) for one in v.kvlist_value.values},
}
