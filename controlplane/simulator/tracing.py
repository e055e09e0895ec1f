"""
Spans as an instrumented program makes them: by the OpenTelemetry SDK, one provider a service.

Ids are digests of what is told, so that telling it again is recognised as the same.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from controlplane.simulator.report import CLOUD_EVENT, LEGACY_SPAN, Report
from rules.instant import to_micros

PROCESS = "quote-to-cash"
_INSIDE = timedelta(milliseconds=40)
_AROUND = timedelta(milliseconds=180)
_NANOSECONDS = 1000


def trace_id(tag: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"trace:{tag}:{name}".encode()).digest()[:16])


def span_id(tag: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"span:{tag}:{name}".encode()).digest()[:8])


def traceparent(tag: str, report: Report) -> str | None:
    """Return the W3C trace context of a report that is part of a handover."""
    if report.trace is None:
        return None
    return f"00-{trace_id(tag, report.trace):032x}-{span_id(tag, report.id):016x}-01"


def event_id(report: Report) -> str:
    """Return the id of the event that the program makes of *report*."""
    if report.wire == CLOUD_EVENT:
        return report.id
    tag = report.id.partition(":")[2].split("-")[1]
    trace = trace_id(tag, report.trace or report.id)
    return f"{trace:032x}:{span_id(tag, report.id):016x}"


class _Given(IdGenerator):
    """Gives the ids that were set last."""

    trace = 0
    span = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


class _Kept(SpanProcessor):
    def __init__(self, ended: list[ReadableSpan]) -> None:
        self._ended = ended

    def on_end(self, span: ReadableSpan) -> None:
        self._ended.append(span)


class Tracing:
    """Turns reports into ended spans of their services; *tag* keeps the ids of firms apart."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._ids = _Given()
        self._ended: list[ReadableSpan] = []
        self._tracers: dict[str, Tracer] = {}

    def spans(self, reports: Iterable[Report]) -> list[ReadableSpan]:
        """Return the ended spans of *reports*: each business span inside its technical one."""
        for report in reports:
            if report.wire == LEGACY_SPAN:
                self._legacy(report)
            else:
                self._business(report)
        ended = list(self._ended)
        self._ended.clear()
        return ended

    def _business(self, report: Report) -> None:
        parent = self._remote(report)
        outer = self._start(
            report,
            name=report.operation or report.type,
            id_=f"operation:{report.id}",
            context=parent,
            at=report.at - _AROUND,
            attributes={"http.response.status_code": 200},
            kind=SpanKind.SERVER,
        )
        inner = self._start(
            report,
            name=report.versioned_type,
            id_=report.id,
            context=set_span_in_context(outer),
            at=report.at - _INSIDE,
            attributes=_business_attributes(report),
            kind=SpanKind.INTERNAL,
        )
        inner.end(end_time=_nanoseconds(report.at))
        outer.end(end_time=_nanoseconds(report.at + timedelta(milliseconds=3)))

    def _legacy(self, report: Report) -> None:
        span = self._start(
            report,
            name=report.operation or report.type,
            id_=report.id,
            context=Context(),
            at=report.at - _AROUND,
            attributes=report.data,
            kind=SpanKind.SERVER,
        )
        span.end(end_time=_nanoseconds(report.at))

    def _start(  # noqa: PLR0913 - a span is its name, its place, its time and its attributes
        self,
        report: Report,
        *,
        name: str,
        id_: str,
        context: Context,
        at: datetime,
        attributes: dict[str, Any],
        kind: SpanKind,
    ) -> Span:
        self._ids.trace = trace_id(self._tag, report.trace or report.id)
        self._ids.span = span_id(self._tag, id_)
        span = self._tracer(report.system).start_span(
            name, context=context, kind=kind, attributes=attributes, start_time=_nanoseconds(at)
        )
        if not isinstance(span, Span):
            raise TypeError("the tracer does not record")
        return span

    def _remote(self, report: Report) -> Context:
        if report.parent is None or report.trace is None:
            return Context()
        caller = SpanContext(
            trace_id=trace_id(self._tag, report.trace),
            span_id=span_id(self._tag, report.parent),
            is_remote=True,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )
        return set_span_in_context(NonRecordingSpan(caller), Context())

    def _tracer(self, service: str) -> Tracer:
        known = self._tracers.get(service)
        if known is None:
            provider = TracerProvider(
                resource=Resource({"service.name": service, "service.namespace": "meridian"}),
                id_generator=self._ids,
                sampler=ALWAYS_ON,
                shutdown_on_exit=False,
            )
            provider.add_span_processor(_Kept(self._ended))
            known = self._tracers[service] = provider.get_tracer("meridian")
        return known


def _business_attributes(report: Report) -> dict[str, Any]:
    attributes: dict[str, Any] = {"biz.process": PROCESS}
    if report.case is not None:
        attributes["biz.case"] = report.case
    for name, value in report.data.items():
        if name == "amount":
            attributes["biz.amount"] = value["amount"]
            attributes["biz.currency"] = value["currency"]
        else:
            attributes[f"biz.{name}"] = value
    return attributes


def _nanoseconds(at: datetime) -> int:
    return to_micros(at) * _NANOSECONDS
