"""
Spans that tell of an answer 429: a system was told by another that it asks too often.

A request that cannot hold one is not walked.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from observability.intake.otlp import UNKNOWN_SERVICE, service_of

TOO_MANY = 429
_NAMES = ("http.response.status_code", "http.status_code")
_MARK = b"status_code"
_NUMBER = b"\x18\xad\x03"  # 429 as protobuf writes it as the value of an attribute


def throttled(body: bytes, *, protobuf: bool) -> Counter[str]:
    """Return how many spans of each service in a sound *body* tell of an answer 429."""
    if _MARK not in body or (_NUMBER if protobuf else b"429") not in body:
        return Counter()
    return Counter(_protobuf(body) if protobuf else _json(body))


def _protobuf(body: bytes) -> Iterator[str]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                told = {one.key: one.value.int_value for one in span.attributes}
                if any(told.get(name) == TOO_MANY for name in _NAMES):
                    yield service_of(resource.resource.attributes)


def _json(body: bytes) -> Iterator[str]:
    for resource in msgspec.json.decode(body).get("resourceSpans", ()):
        service = _told(resource.get("resource") or {}).get("service.name", UNKNOWN_SERVICE)
        for scope in resource.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                told = _told(span)
                if any(told.get(name) == str(TOO_MANY) for name in _NAMES):
                    yield service


def _told(one: dict[str, Any]) -> dict[str, str]:
    """Return the attributes that are texts or whole numbers."""
    values = ((each.get("key"), each.get("value") or {}) for each in one.get("attributes") or ())
    return {key: str(value.get("stringValue", value.get("intValue"))) for key, value in values}
