"""
OTLP/HTTP traces in JSON, by the OTLP specification's own encoding: ids in hex of any case,
enums as integers, 64-bit numbers as text or number, unknown fields ignored.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from observability.intake.ancestry import Lineage, inherit
from observability.intake.mapping import NO_MATCH, SpanMappings
from observability.intake.otlp import UNKNOWN_SERVICE, number
from observability.intake.rejection import UnreadableBodyError, unreadable
from observability.intake.soundness import keys_stand_once, repeated_key
from observability.intake.span import PREFIX, Reading, Report, read_report

Int64 = int | str
_T = TypeVar("_T")
_LARGEST_TIME = 2**64 - 1


class _Any(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Int64 | None = None
    double_value: float | str | None = None
    bytes_value: str | None = None
    array_value: "_Array | None" = None
    kvlist_value: "_KeyValues | None" = None


class _Array(msgspec.Struct):
    values: list[_Any] = []


class KeyValue(msgspec.Struct):
    key: str = ""
    value: _Any | None = None


class _KeyValues(msgspec.Struct):
    values: list[KeyValue] = []


class _SpanEvent(msgspec.Struct, rename="camel"):
    name: str = ""
    time_unix_nano: Int64 = 0
    attributes: list[KeyValue] = []


class _Span(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = None
    name: str = ""
    start_time_unix_nano: Int64 = 0
    end_time_unix_nano: Int64 = 0
    attributes: list[KeyValue] = []
    events: list[_SpanEvent] = []


class _ScopeSpans(msgspec.Struct):
    spans: list[_Span] = []


class Resource(msgspec.Struct):
    attributes: list[KeyValue] = []


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: Resource | None = None
    scope_spans: list[_ScopeSpans] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] = []


_decoder = msgspec.json.Decoder(_Request)


def read_json(body: bytes, mappings: SpanMappings) -> list[Reading]:
    """Return the business that *body* reports; raise `UnreadableBodyError` if it is no request."""
    return reading_json(body, _decoder, lambda request: _read_all(request, mappings))


def reading_json(
    body: bytes, decoder: msgspec.json.Decoder[_T], read: Callable[[_T], list[Reading]]
) -> list[Reading]:
    """Return what *read* makes of *body*; raise `UnreadableBodyError` where it is no request."""
    try:
        request = decoder.decode(body)
        if not keys_stand_once(body, request):
            _require_single_keys(body)
        return read(request)
    except RecursionError as error:
        raise unreadable(
            "too-deep", "The body is nested too deep", "Flatten the attributes."
        ) from error
    except UnreadableBodyError:
        raise
    except ValueError as error:
        raise unreadable(
            "broken-json", "The body is not an OTLP request in JSON", f"{error}."
        ) from error


def _read_all(request: _Request, mappings: SpanMappings) -> list[Reading]:
    found = [one for one in _read(request, mappings) if one is not None]
    return inherit(found, lambda: _lineage(request))


def _lineage(request: _Request) -> Lineage:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                parent = (span.parent_span_id or "").lower()
                yield span.trace_id.lower(), span.span_id.lower(), parent


def _require_single_keys(body: bytes) -> None:
    twice = repeated_key(body)
    if twice is not None:
        raise unreadable(
            "duplicate-key",
            "A key stands twice in one object",
            f"Send {twice[:60]!r} once.",
        )


def _read(request: _Request, mappings: SpanMappings) -> Iterator[Reading | None]:
    ordinal = 0
    for resource in request.resource_spans:
        service = service_of(resource.resource)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield from _read_span(service, span, mappings, ordinal)
                ordinal += 1


def _read_span(
    service: str, span: _Span, mappings: SpanMappings, ordinal: int
) -> Iterator[Reading | None]:
    match = mappings.match(service, span.name)
    business, others = pick(span.attributes, match.attributes)
    if business or others or match.rules:
        start, end = int64(span.start_time_unix_nano), int64(span.end_time_unix_nano)
        duration = (end - start) // 1000 if 0 < start <= end else None
        yield read_report(
            _report(service, span, span.name, end or start, duration, None, business, others),
            match,
            ordinal,
        )
    for index, event in enumerate(span.events):
        business, _ = pick(event.attributes, frozenset())
        if business:
            time = int64(event.time_unix_nano)
            report = _report(service, span, event.name, time, None, index, business, {})
            yield read_report(report, NO_MATCH, ordinal)


def _report(  # noqa: PLR0913, PLR0917 (the fields of a report)
    service: str,
    span: _Span,
    name: str,
    time: int,
    duration: int | None,
    index: int | None,
    business: dict[str, Any],
    others: dict[str, Any],
) -> Report:
    ids = (span.trace_id.lower(), span.span_id.lower(), (span.parent_span_id or "").lower())
    return Report(service, name, *ids, time, duration, index, business, others)


def service_of(resource: Resource | None) -> str:
    for attribute in resource.attributes if resource else ():
        if attribute.key == "service.name" and attribute.value:
            return attribute.value.string_value or UNKNOWN_SERVICE
    return UNKNOWN_SERVICE


def pick(
    attributes: Iterable[KeyValue], wanted: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    business, others = {}, {}
    for one in attributes:
        if one.key.startswith(PREFIX):
            business[one.key[len(PREFIX) :]] = _value(one.value)
        elif one.key in wanted:
            others[one.key] = _value(one.value)
    return business, others


def int64(value: Int64) -> int:
    found = int(value)
    if not -(2**63) <= found <= _LARGEST_TIME:
        raise ValueError(f"{str(value)[:40]} does not fit 64 bits")
    return found


def _value(value: _Any | None) -> Any:
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return int64(value.int_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        return number(float(value.double_value))
    return _compound(value)


def _compound(value: _Any) -> Any:
    if value.array_value is not None:
        return [_value(one) for one in value.array_value.values]
    if value.kvlist_value is not None:
        return {one.key: _value(one.value) for one in value.kvlist_value.values}
    return value.bytes_value
