import json
from collections.abc import Callable, MutableSequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from observability.event import ProcessEvent
from observability.intake import otlp_answer, span
from observability.intake.candidate import Candidate
from observability.intake.mapping import SpanMapping, SpanMappings, SpanRule
from observability.intake.otlp import read_protobuf
from observability.intake.otlp_json import read_json
from observability.intake.rejection import Flaw, Rejected, UnreadableBodyError
from observability.intake.span import Reading

TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
START = 1_772_443_800_000_000_000  # 2026-03-02T09:30:00Z
END = START + 250_000_123
AT_END = datetime(2026, 3, 2, 9, 30, 0, 250_000, tzinfo=UTC)
APPROVED: dict[str, Any] = {
    "biz.process": "quote-to-cash",
    "biz.case": "E-1",
    "biz.activity": "timesheet-approved",
    "biz.amount": "1234.50",
    "biz.currency": "EUR",
    "biz.timesheet_id": "TS-1",
    "http.request.method": "POST",
}
NO_MAPPINGS = SpanMappings()


def any_value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [any_value(one) for one in value]}}
        case dict():
            return {"kvlistValue": {"values": attributes(value)}}
        case _:
            return {"stringValue": value}


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def request(
    *spans: dict[str, Any], service: str | None = "psa", **changes: object
) -> dict[str, Any]:
    resource = {"attributes": attributes({"service.name": service} if service else {})}
    return {
        "resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}],
        **changes,
    }


def a_span(values: dict[str, Any] | None = None, **changes: object) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "parentSpanId": PARENT,
        "name": "ps.timesheet.approved.v1",
        "kind": 2,
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(END),
        "attributes": attributes(APPROVED if values is None else values),
        **changes,
    }


def in_json(message: dict[str, Any], mappings: SpanMappings = NO_MAPPINGS) -> list[Reading]:
    return read_json(json.dumps(message).encode(), mappings)


def in_protobuf(message: dict[str, Any], mappings: SpanMappings = NO_MAPPINGS) -> list[Reading]:
    return read_protobuf(as_protobuf(message), mappings)


def as_protobuf(message: dict[str, Any]) -> bytes:
    sent = ExportTraceServiceRequest()
    for resource in message["resourceSpans"]:
        resource_spans = sent.resource_spans.add()
        fill(resource_spans.resource.attributes, resource["resource"]["attributes"])
        for one in resource["scopeSpans"][0]["spans"]:
            scope = resource_spans.scope_spans.add()
            target = scope.spans.add(
                name=one["name"],
                trace_id=bytes.fromhex(one["traceId"]),
                span_id=bytes.fromhex(one["spanId"]),
                parent_span_id=bytes.fromhex(one["parentSpanId"]),
                start_time_unix_nano=int(one["startTimeUnixNano"]),
                end_time_unix_nano=int(one["endTimeUnixNano"]),
            )
            fill(target.attributes, one["attributes"])
            for event in one.get("events", ()):
                added = target.events.add(
                    name=event["name"], time_unix_nano=int(event["timeUnixNano"])
                )
                fill(added.attributes, event["attributes"])
    return bytes(sent.SerializeToString())


def fill(target: MutableSequence[KeyValue], values: list[dict[str, Any]]) -> None:
    target.extend(KeyValue(key=one["key"], value=as_value(one["value"])) for one in values)


def as_value(value: dict[str, Any]) -> AnyValue:
    found = AnyValue()
    ((kind, inner),) = value.items()
    match kind:
        case "arrayValue":
            found.array_value.values.extend(as_value(one) for one in inner["values"])
        case "kvlistValue":
            fill(found.kvlist_value.values, inner["values"])
        case "intValue":
            found.int_value = int(inner)
        case "boolValue":
            found.bool_value = inner
        case "doubleValue":
            found.double_value = inner
        case _:
            found.string_value = inner
    return found


Reader = Callable[..., list[Reading]]


@pytest.fixture(params=[in_protobuf, in_json], ids=["protobuf", "json"])
def read(request: pytest.FixtureRequest) -> Reader:
    """Either encoding says the same."""
    reader: Reader = request.param
    return reader


def events(readings: list[Reading]) -> list[ProcessEvent]:
    found = [one.outcome for one in readings]
    assert all(isinstance(one, Candidate) for one in found), found
    return [one.event for one in found if isinstance(one, Candidate)]


def flaw(reading: Reading) -> Flaw:
    assert isinstance(reading.outcome, Rejected), reading.outcome
    return reading.outcome.flaw


def test_a_span_that_carries_business_is_an_event_at_its_end(read: Reader):
    (found,) = events(read(request(a_span())))
    assert found == ProcessEvent(
        source="urn:otel:psa",
        id=f"{TRACE}:{SPAN}",
        type="ps.timesheet.approved",
        occurred_at=AT_END,
        sequence=123,
        process="quote-to-cash",
        case="E-1",
        activity="timesheet-approved",
        data={"timesheet_id": "TS-1", "amount": {"amount": "1234.50", "currency": "EUR"}},
        trace_id=TRACE,
        span_id=SPAN,
        parent_span_id=PARENT,
        service="psa",
        duration_us=250_000,
    )


def test_the_type_may_name_its_major_version(read: Reader):
    (reading,) = read(request(a_span()))
    assert isinstance(reading.outcome, Candidate)
    assert (reading.outcome.major, reading.outcome.open) == (1, True)


def test_a_span_without_business_is_nobodys_event(read: Reader):
    technical = a_span({"http.request.method": "GET", "business": "x", "biz": "y"})
    assert read(request(technical, a_span({}))) == []
    assert [one.span for one in read(request(technical, a_span()))] == [1]


def test_a_span_event_is_an_event_at_its_own_time(read: Reader):
    one = {
        "name": "ps.milestone.accepted",
        "timeUnixNano": str(START + 1_000_000_000),
        "attributes": attributes({"biz.case": "E-1", "biz.milestone_id": "M-1"}),
    }
    log_line = {"name": "log", "timeUnixNano": str(START), "attributes": attributes({"a": "b"})}
    (found,) = events(read(request(a_span({}, events=[log_line, one]))))
    assert found.id == f"{TRACE}:{SPAN}:1"
    assert found.type == "ps.milestone.accepted"
    assert found.occurred_at == AT_END + timedelta(milliseconds=750)
    assert (found.duration_us, found.data) == (None, {"milestone_id": "M-1"})


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234.50", "1234.50"),
        (1234.5, "1234.5"),
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        (1e-7, "0.0000001"),
        (1234, "1234"),
    ],
)
def test_an_amount_is_read_through_its_shortest_decimal(read: Reader, amount: object, text: str):
    (found,) = events(read(request(a_span({"biz.amount": amount, "biz.currency": "EUR"}))))
    assert found.data == {"amount": {"amount": text, "currency": "EUR"}}


def test_attributes_keep_their_kind(read: Reader):
    values = {
        "biz.hours": 7.5,
        "biz.count": 3,
        "biz.billable": True,
        "biz.closed": False,
        "biz.note": "",
        "biz.timesheet_ids": ["TS-1", "TS-2"],
        "biz.rate": {"role": "senior", "amount": 2},
        "biz.case": 4711,
    }
    (found,) = events(read(request(a_span(values))))
    assert found.case == "4711"
    assert found.data == {
        "hours": Decimal("7.5"),
        "count": 3,
        "billable": True,
        "closed": False,
        "note": "",
        "timesheet_ids": ["TS-1", "TS-2"],
        "rate": {"role": "senior", "amount": 2},
    }


def test_a_service_without_a_name_is_unknown(read: Reader):
    (found,) = events(read(request(a_span(), service=None)))
    assert (found.source, found.service) == ("urn:otel:unknown_service", "unknown_service")


@pytest.mark.parametrize("ids", [{"traceId": ""}, {"spanId": "0" * 16}, {"traceId": "abcd"}])
def test_a_span_that_cannot_be_named_is_held(read: Reader, ids: dict[str, str]):
    (reading,) = read(request(a_span(**ids)))
    assert flaw(reading).reason == "invalid-id"


def test_names_have_a_longest_length(read: Reader):
    (reading,) = read(request(a_span(name="x" * 301)))
    assert flaw(reading).reason == "invalid-attribute"


def test_what_is_held_of_a_span_is_read_again_as_it_was(read: Reader):
    (reading,) = read(request(a_span({**APPROVED, "biz.share": 0.3})))
    assert isinstance(reading.outcome, Candidate)
    assert span.read_kept(span.kept(reading.outcome)) == reading.outcome


def test_json_ids_and_numbers_may_be_written_either_way():
    one = a_span(
        traceId=TRACE.upper(), spanId=SPAN.upper(), endTimeUnixNano=END, startTimeUnixNano=0
    )
    assert events(in_json(request(one, unknownField=[1])))[0].trace_id == TRACE


def test_json_in_snake_case_is_not_otlp():
    one = a_span()
    one["attributes"] = []
    one["trace_id"] = TRACE
    assert in_json({"resource_spans": [one]}) == []


def test_doubles_in_json_may_be_words():
    one = a_span({})
    one["attributes"] = [{"key": "biz.share", "value": {"doubleValue": "NaN"}}]
    assert events(in_json(request(one)))[0].data == {"share": "nan"}


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b"{", "broken-json"),
        (b"[]", "broken-json"),
        (b'{"resourceSpans":5}', "broken-json"),
        (b'{"resourceSpans":[],"resourceSpans":[]}', "duplicate-key"),
        (b'{"unknown":' * 50_000, "too-deep"),
    ],
)
def test_a_json_body_that_is_no_request_is_refused(body: bytes, type_: str):
    with pytest.raises(UnreadableBodyError) as refusal:
        read_json(body, NO_MAPPINGS)
    assert refusal.value.refusal.type == type_


@pytest.mark.parametrize("time", ["soon", str(2**64), -(2**63) - 1])
def test_a_json_time_that_is_no_64_bit_number_is_refused(time: object):
    with pytest.raises(UnreadableBodyError):
        in_json(request(a_span(endTimeUnixNano=time)))


def nested(levels: int) -> bytes:
    opening, closing = '{"arrayValue":{"values":[', "]}}"
    value = opening * levels + '{"stringValue":"x"}' + closing * levels
    one = a_span({})
    one["attributes"] = [{"key": "biz.deep", "value": "VALUE"}]
    return json.dumps(request(one)).replace('"VALUE"', value).encode()


def test_a_json_attribute_nested_without_end_is_refused():
    assert len(read_json(nested(50), NO_MAPPINGS)) == 1
    with pytest.raises(UnreadableBodyError) as refusal:
        read_json(nested(50_000), NO_MAPPINGS)
    assert refusal.value.refusal.type == "too-deep"


@pytest.mark.parametrize("body", [b"garbage", b"\x0a\xff", as_protobuf(request(a_span()))[:-3]])
def test_a_protobuf_body_that_is_no_request_is_refused(body: bytes):
    with pytest.raises(UnreadableBodyError) as refusal:
        read_protobuf(body, NO_MAPPINGS)
    assert refusal.value.refusal.type == "bad-protobuf"


def test_an_empty_request_is_a_request():
    assert read_protobuf(b"", NO_MAPPINGS) == []
    assert read_json(b"{}", NO_MAPPINGS) == []


LEGACY = SpanMappings(
    [
        SpanMapping(
            mapping="legacy-billing",
            version="1.0.0",
            process="quote-to-cash",
            rules=(
                SpanRule(
                    service="billing-*",
                    span="POST /invoices",
                    where={"http.response.status_code": "201"},
                    activity="invoice-issued",
                    type="ps.invoice.issued",
                    case="engagement.id",
                    amount="invoice.total",
                    currency="invoice.currency",
                    data={"invoice_id": "invoice.id"},
                ),
                SpanRule(service="crm", span="close*", activity="deal-closed-won"),
            ),
        )
    ]
)
INVOICE: dict[str, Any] = {
    "http.response.status_code": 201,
    "engagement.id": "E-1",
    "invoice.total": 99.9,
    "invoice.currency": "EUR",
    "invoice.id": "I-1",
    "db.statement": "INSERT",
}


def test_a_mapping_makes_an_event_of_a_span_that_knows_no_business(read: Reader):
    sent = request(a_span(INVOICE, name="POST /invoices"), service="billing-eu")
    (found,) = events(read(sent, LEGACY))
    assert (found.type, found.process, found.activity) == (
        "ps.invoice.issued",
        "quote-to-cash",
        "invoice-issued",
    )
    assert found.case == "E-1"
    assert found.data == {
        "invoice_id": "I-1",
        "amount": {"amount": "99.9", "currency": "EUR"},
    }


@pytest.mark.parametrize(
    ("service", "name", "values"),
    [
        ("other", "POST /invoices", INVOICE),
        ("billing-eu", "GET /invoices", INVOICE),
        ("billing-eu", "POST /invoices", {**INVOICE, "http.response.status_code": 500}),
        ("billing-eu", "POST /invoices", {}),
    ],
)
def test_a_mapping_leaves_other_spans_alone(
    read: Reader, service: str, name: str, values: dict[str, Any]
):
    assert read(request(a_span(values, name=name), service=service), LEGACY) == []


def test_a_rule_without_attributes_matches_by_name(read: Reader):
    (found,) = events(read(request(a_span({}, name="close deal"), service="crm"), LEGACY))
    assert (found.activity, found.type, found.case) == ("deal-closed-won", "close deal", None)


def test_what_a_span_says_itself_goes_before_a_mapping(read: Reader):
    own = a_span({**INVOICE, "biz.activity": "own"}, name="POST /invoices")
    assert events(read(request(own, service="billing-eu"), LEGACY))[0].activity == "own"


ORPHAN = {"biz.activity": "invoice-issued"}
OWN, BETWEEN = "c7ad6b7169203332", "d7ad6b7169203333"


def test_a_span_without_a_case_takes_the_case_of_its_nearest_ancestor(read: Reader):
    child = a_span(ORPHAN, spanId=OWN, parentSpanId=BETWEEN)
    between = a_span({}, spanId=BETWEEN, parentSpanId=SPAN)
    [inherits, says] = events(read(request(child, between, a_span())))
    assert (says.case, says.correlation) == ("E-1", None)
    assert (inherits.process, inherits.case) == ("quote-to-cash", None)
    assert inherits.correlation == "E-1"


def test_a_span_event_belongs_to_the_case_of_its_span(read: Reader):
    happened = {"name": "sent", "timeUnixNano": str(START), "attributes": attributes(ORPHAN)}
    [_, event] = events(read(request(a_span(events=[happened]))))
    assert event.correlation == "E-1"


@pytest.mark.parametrize(
    "other",
    [
        {"traceId": TRACE[::-1]},
        {"parentSpanId": PARENT},
        {"attributes": attributes({**ORPHAN, "biz.process": "hire-to-provision"})},
        {"attributes": attributes({**ORPHAN, "biz.case": "E-2"})},
    ],
    ids=["another trace", "no ancestor", "another process", "a case of its own"],
)
def test_nothing_else_takes_a_case_over(read: Reader, other: dict[str, Any]):
    child = a_span(ORPHAN, **{"spanId": OWN, "parentSpanId": SPAN, **other})
    [_, event] = events(read(request(a_span(), child)))
    assert event.correlation is None


def test_spans_that_are_each_others_parents_end_nowhere(read: Reader):
    one = a_span(ORPHAN, spanId=OWN, parentSpanId=BETWEEN)
    two = a_span(ORPHAN, spanId=BETWEEN, parentSpanId=OWN)
    assert [e.correlation for e in events(read(request(one, two, a_span())))] == [None, None, None]


def rejections(count: int) -> list[tuple[int, Rejected]]:
    one = Rejected(
        index=0,
        id="a:b",
        source="s",
        type="t",
        flaw=Flaw(reason="schema-violation", detail="amount is missing"),
        payload=b"",
    )
    return [(n // 2, one) for n in range(count)]


def test_full_success_says_nothing_more():
    assert otlp_answer.accepted(otlp_answer.JSON, []) == b"{}"
    assert otlp_answer.accepted(otlp_answer.PROTOBUF, []) == b""


def test_partial_success_counts_spans_and_says_why():
    told = json.loads(otlp_answer.accepted(otlp_answer.JSON, rejections(4)))["partialSuccess"]
    assert told["rejectedSpans"] == "2"
    assert "schema-violation: amount is missing" in told["errorMessage"]
    answer = ExportTraceServiceResponse.FromString(
        otlp_answer.accepted(otlp_answer.PROTOBUF, rejections(1000))
    )
    assert answer.partial_success.rejected_spans == 500
    assert len(answer.partial_success.error_message) <= otlp_answer.MAX_MESSAGE


@pytest.mark.parametrize(("status", "code"), [(400, 3), (413, 8), (415, 3), (429, 8), (503, 14)])
def test_an_error_is_a_status_in_the_clients_encoding(status: int, code: int):
    assert json.loads(otlp_answer.refused(otlp_answer.JSON, status, "why")) == {
        "code": code,
        "message": "why",
    }
    told = Status.FromString(otlp_answer.refused(otlp_answer.PROTOBUF, status, "why"))
    assert (told.code, told.message) == (code, "why")
