"""A stock OpenTelemetry exporter needs the endpoint and nothing else."""

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from running import Program


def test_what_a_stock_exporter_sends_is_on_the_case(program: Program):
    provider = TracerProvider(resource=Resource.create({"service.name": "billing-engine"}))
    exporter = OTLPSpanExporter(f"{program.url}/v1/traces", compression=Compression.Gzip)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("billing")
    with tracer.start_as_current_span("close the month") as outer:
        with tracer.start_as_current_span("issue invoice") as span:
            span.set_attribute("biz.process", "month-end")
            span.set_attribute("biz.case", "2026-02")
            span.set_attribute("biz.activity", "invoice-issued")
            span.set_attribute("biz.amount", 0.1)
            span.set_attribute("biz.currency", "EUR")
            span.set_attribute("biz.invoice", "INV-7")
        trace_id = f"{outer.get_span_context().trace_id:032x}"
    provider.shutdown()
    program.settled()

    instances = program.get("/v1/processes/month-end/instances", case="2026-02")["items"]
    assert len(instances) == 1
    timeline = program.get(f"/v1/instances/{instances[0]['id']}/timeline")["items"]
    event = next(one for one in timeline if one["kind"] == "event")
    assert event["activity"] == "invoice-issued"
    assert event["trace_id"] == trace_id
    assert event["data"] == {"amount": {"amount": "0.1", "currency": "EUR"}, "invoice": "INV-7"}
