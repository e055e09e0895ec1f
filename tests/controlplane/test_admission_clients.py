"""Stock clients against a real server: they are told an address and nothing else."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from intake_server import APPROVED, application, publish
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from controlplane.admission import Admission
from controlplane.database import Databases, reading
from controlplane.logwriter import LogWriter
from controlplane.registry import Registry
from observability.event import ProcessEvent, decode_event
from observability.log import stores as log


@pytest.fixture
def url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of a server that listens."""
    publish(databases, "ps.timesheet.approved", "1.0.0", ["timesheet_id"])
    writer = LogWriter(databases.log)
    admission = Admission(writer, Registry(databases), lag=lambda: 0)
    config = uvicorn.Config(application(databases, admission, tmp_path), log_config=None)
    with listening() as (listener, address), running(uvicorn.Server(config), listener):
        yield address
    writer.close()


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def running(server: uvicorn.Server, listener: socket.socket) -> Iterator[None]:
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield
    server.should_exit = True
    thread.join()


def admitted(databases: Databases) -> list[ProcessEvent]:
    with reading(databases.log) as connection:
        return [decode_event(entry.payload) for entry in log.read(connection, 0, 10_000)]


@pytest.mark.parametrize("compression", [Compression.Gzip, Compression.NoCompression])
def test_a_stock_opentelemetry_exporter_delivers_business_spans(
    url: str, databases: Databases, compression: Compression
):
    provider = TracerProvider(resource=Resource.create({"service.name": "psa"}))
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces", compression=compression)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("psa.timesheets")
    with tracer.start_as_current_span("POST /timesheets/approve") as outer:
        with tracer.start_as_current_span("ps.timesheet.approved.v1") as span:
            span.set_attributes(
                {
                    "biz.process": "quote-to-cash",
                    "biz.case": "E-1",
                    "biz.timesheet_id": "TS-1",
                    "biz.amount": 1234.5,
                    "biz.currency": "EUR",
                }
            )
            span.add_event("ps.milestone.accepted", {"biz.case": "E-1", "biz.milestone_id": "M-1"})
        outer.set_attribute("http.route", "/timesheets/approve")
    assert provider.force_flush()
    provider.shutdown()

    milestone, timesheet = sorted(admitted(databases), key=lambda event: event.type)
    context = span.get_span_context()
    assert timesheet.id == f"{context.trace_id:032x}:{context.span_id:016x}"
    assert timesheet.parent_span_id == f"{outer.get_span_context().span_id:016x}"
    assert (timesheet.source, timesheet.contract) == (
        "urn:otel:psa",
        "ps.timesheet.approved@1.0.0",
    )
    assert timesheet.data["amount"] == {"amount": "1234.5", "currency": "EUR"}
    assert abs((datetime.now(UTC) - timesheet.occurred_at).total_seconds()) < 60
    assert (milestone.case, milestone.contract) == ("E-1", "unregistered")


def test_the_exporter_is_told_of_what_was_held_and_does_not_send_it_again(
    url: str, databases: Databases
):
    provider = TracerProvider(resource=Resource.create({"service.name": "psa"}))
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces", compression=Compression.Gzip)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("psa")
    for n in range(600):
        attributes = {"biz.case": "E-1"} if n == 7 else {"biz.timesheet_id": f"TS-{n}"}
        tracer.start_span("ps.timesheet.approved", attributes=attributes).end()
    assert provider.force_flush()
    provider.shutdown()
    assert len(admitted(databases)) == 599
    (held,) = httpx.get(f"{url}/v1/quarantine").json()["items"]
    assert (held["reason"], json.loads(held["payload"])["case"]) == ("schema-violation", "E-1")


def test_the_cloudevents_sdk_is_understood_in_both_its_modes(url: str, databases: Databases):
    for id_, bound in (("e-1", to_structured_event), ("e-2", to_binary_event)):
        message = bound(
            CloudEvent(
                {
                    "id": id_,
                    "source": "urn:psa",
                    "type": "ps.timesheet.approved.v1",
                    "specversion": "1.0",
                    "time": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
                    "datacontenttype": "application/json",
                    "subject": "Zoë 100%",
                    "bizcase": "E-1",
                },
                APPROVED,
            )
        )
        answer = httpx.post(f"{url}/v1/events", content=message.body, headers=dict(message.headers))
        assert answer.json() == {"accepted": 1, "duplicates": 0, "quarantined": []}
    structured, binary = admitted(databases)
    assert structured.subject == binary.subject == "Zoë 100%"
    assert structured.data == binary.data == APPROVED
    assert structured.occurred_at == binary.occurred_at
