"""A stock OpenTelemetry exporter needs the endpoint and nothing else."""

from pathlib import Path

from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from running import Program, free_port


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


def test_a_log_record_is_on_the_case_and_one_that_is_sent_again_is_known(program: Program):
    exporter = OTLPLogExporter(f"{program.url}/v1/logs", compression=Compression.Gzip)
    provider = LoggerProvider(resource=Resource.create({"service.name": "payroll"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    record = {
        "timestamp": 1_772_443_800_000_000_000,
        "event_name": "payslip.sent",
        "attributes": {
            "biz.process": "hire-to-pay",
            "biz.case": "W-1",
            "biz.activity": "payslip-sent",
            "biz.amount": 0.1,
            "biz.currency": "EUR",
        },
    }
    for _ in range(2):
        provider.get_logger("payroll").emit(LogRecord(**record))
    provider.get_logger("payroll").emit(LogRecord(timestamp=1, body="nobody's business"))
    provider.shutdown()
    program.settled()

    [instance] = program.get("/v1/processes/hire-to-pay/instances", case="W-1")["items"]
    timeline = program.get(f"/v1/instances/{instance['id']}/timeline")["items"]
    [event] = [one for one in timeline if one["kind"] == "event"]
    assert (event["type"], event["activity"]) == ("payslip.sent", "payslip-sent")
    assert event["data"] == {"amount": {"amount": "0.1", "currency": "EUR"}}
    assert event.get("trace_id") is None


def test_an_exporter_that_speaks_grpc_needs_the_endpoint_and_nothing_else(tmp_path: Path):
    program, port = Program(tmp_path, None), free_port()
    program.environment["CONTROLPLANE_OTLP_GRPC_PORT"] = str(port)
    program.start()
    try:
        provider = TracerProvider(resource=Resource.create({"service.name": "billing-engine"}))
        exporter = GrpcExporter(endpoint=f"http://127.0.0.1:{port}")
        provider.add_span_processor(BatchSpanProcessor(exporter))
        tracer = provider.get_tracer("billing")
        with tracer.start_as_current_span("close the month") as outer:
            outer.set_attribute("biz.process", "month-end")
            outer.set_attribute("biz.case", "2026-02")
            with tracer.start_as_current_span("issue invoice") as span:
                span.set_attribute("biz.activity", "invoice-issued")
        provider.shutdown()
        program.settled()
        [instance] = program.get("/v1/processes/month-end/instances", case="2026-02")["items"]
        timeline = program.get(f"/v1/instances/{instance['id']}/timeline")["items"]
        activities = [one["activity"] for one in timeline if one["kind"] == "event"]
        assert sorted(activities) == ["close the month", "invoice-issued"]
    finally:
        program.stop()
        program.http.close()
