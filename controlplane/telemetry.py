"""
The program's own telemetry: traces and metrics by OpenTelemetry, logs as JSON lines.

Exported by OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set; metrics stand at `/metrics`
in any case. No attribute or log field carries a payload, a secret or a person's data.
"""

import logging
import os
import sys

import structlog
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SERVICE = "controlplane"

tracer = trace.get_tracer(SERVICE)
meter = metrics.get_meter(SERVICE)

events_admitted = meter.create_counter(
    "controlplane_events_admitted", description="Events by what became of them at the door"
)
entries_taken = meter.create_counter(
    "controlplane_entries_taken", description="Log entries that the worker has applied, by kind"
)
batch_seconds = meter.create_histogram(
    "controlplane_batch_duration", unit="s", description="Time of one micro-batch, by kind"
)
event_seconds = meter.create_histogram(
    "controlplane_event_latency",
    unit="s",
    description="From an event's entry in the log to its effects, the longest of a micro-batch",
)
entries_passed_over = meter.create_counter(
    "controlplane_entries_passed_over", description="Log entries that could not be applied"
)


def start_telemetry(component: str, *, log_level: str = "info") -> None:
    """Let traces and metrics of *component* (api, worker) flow; logs are lines on stderr."""
    start_logging(log_level)
    resource = Resource.create({"service.name": SERVICE, "service.component": component})
    readers: list[MetricReader] = [PrometheusMetricReader()]
    traces = TracerProvider(resource=resource)
    if os.environ.get(ENDPOINT):
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=readers))


def start_logging(level: str) -> None:
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def render_metrics() -> tuple[bytes, str]:
    """Return the exposition of every metric of this process, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


def _with_trace(
    _logger: object, _method: str, entry: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Let a log line that stands within a span say which."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        entry["trace_id"] = f"{context.trace_id:032x}"
        entry["span_id"] = f"{context.span_id:016x}"
    return entry
