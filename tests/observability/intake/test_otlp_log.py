"""A log record that carries business is an event, named by what it says."""

import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from observability.event import ProcessEvent
from observability.intake import otlp_answer, otlp_log, span
from observability.intake.candidate import Candidate
from observability.intake.otlp_answer import JSON, PROTOBUF
from observability.intake.rejection import Flaw, Rejected, UnreadableBodyError

PAID = {"biz.process": "hire-to-pay", "biz.case": "W-1", "biz.activity": "paid"}
AT = 1_772_443_800_000_000_000
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def request(values: dict[str, str] | None = None, **record: Any) -> dict[str, Any]:
    said = [
        {"key": key, "value": {"stringValue": value}} for key, value in (values or PAID).items()
    ]
    one = {"timeUnixNano": str(AT), "eventName": "payslip.sent", "attributes": said, **record}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [one]}]}]}


def in_json(message: dict[str, Any]) -> list[span.Reading]:
    return otlp_log.read_json(json.dumps(message).encode())


def in_protobuf(message: dict[str, Any]) -> list[span.Reading]:
    return otlp_log.read_protobuf(
        ParseDict(message, ExportLogsServiceRequest()).SerializeToString()
    )


def event(readings: list[span.Reading]) -> ProcessEvent:
    [reading] = readings
    assert isinstance(reading.outcome, Candidate), reading.outcome
    return reading.outcome.event


@pytest.mark.parametrize("read", [in_json, in_protobuf])
def test_a_record_that_carries_business_is_an_event(read: Any):
    said = event(read(request()))
    assert (said.process, said.case, said.activity, said.type) == (
        "hire-to-pay",
        "W-1",
        "paid",
        "payslip.sent",
    )
    assert (said.trace_id, said.span_id) == (None, None)
    assert event(read(request())).id == said.id
    assert event(read(request(timeUnixNano=str(AT + 1)))).id != said.id


@pytest.mark.parametrize("read", [in_json, in_protobuf])
def test_a_record_without_business_is_nobodys_event(read: Any):
    assert read(request({"http.route": "/"})) == []
    assert read({}) == []


@pytest.mark.parametrize("read", [in_json, in_protobuf])
def test_a_record_without_a_time_or_a_name_still_is_an_event(read: Any):
    said = event(read(request(timeUnixNano="0", observedTimeUnixNano=str(AT), eventName="")))
    assert said.type == otlp_log.UNNAMED
    assert said.occurred_at == event(in_json(request())).occurred_at


def test_either_encoding_names_a_record_alike():
    assert event(in_json(request())).id == event(in_protobuf(request())).id


def test_a_record_within_a_span_says_which():
    said = event(in_json(request(traceId=TRACE.upper(), spanId=SPAN)))
    assert (said.trace_id, said.span_id) == (TRACE, SPAN)
    [reading] = in_json(request(traceId="ab", spanId=SPAN))
    assert isinstance(reading.outcome, Rejected)
    assert reading.outcome.flaw.reason == "invalid-id"


@pytest.mark.parametrize("body", [b"\xff\xff", b"{"])
def test_a_body_that_is_no_request_is_refused(body: bytes):
    for read in (otlp_log.read_json, otlp_log.read_protobuf):
        with pytest.raises(UnreadableBodyError):
            read(body)


def test_a_partial_success_counts_records():
    flaw = Flaw(reason="unknown-contract", detail="no")
    one = Rejected(index=0, id="log:1", source="s", type="t", flaw=flaw, payload=b"")
    told = json.loads(otlp_answer.accepted(JSON, [(0, one)], "logs"))
    assert told["partialSuccess"]["rejectedLogRecords"] == "1"
    answer = ExportLogsServiceResponse.FromString(
        otlp_answer.accepted(PROTOBUF, [(0, one)], "logs")
    )
    assert answer.partial_success.rejected_log_records == 1
