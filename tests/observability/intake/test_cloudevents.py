import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from observability.event import ProcessEvent, encode_event
from observability.intake.candidate import Candidate
from observability.intake.cloudevents import Batch, read_batch, read_structured
from observability.intake.headers import structured
from observability.intake.limits import IntakeLimits
from observability.intake.rejection import Rejected, UnreadableBodyError
from observability.intake.soundness import repeated_key

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def event(**changes: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "urn:psa",
        "type": "ps.timesheet.approved.v1",
        "time": "2026-03-02T09:30:00Z",
        **changes,
    }


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in event().items() if key != name}


def structured_body(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def read(body: object) -> Candidate | Rejected:
    return read_structured(structured_body(body), at=NOON).outcomes[0]


def admitted(body: object) -> ProcessEvent:
    outcome = read(body)
    assert isinstance(outcome, Candidate), outcome
    return outcome.event


def refused(body: object) -> tuple[str, str]:
    outcome = read(body)
    assert isinstance(outcome, Rejected), outcome
    return outcome.flaw.reason, outcome.flaw.errors[0].pointer if outcome.flaw.errors else ""


def batch(*events: object, limits: IntakeLimits | None = None) -> Batch:
    body = b"[" + b",".join(structured_body(one) for one in events) + b"]"
    return read_batch(body, at=NOON, limits=limits or IntakeLimits())


def reasons(found: Batch) -> list[str]:
    return [one.flaw.reason if isinstance(one, Rejected) else "ok" for one in found.outcomes]


def test_a_cloudevent_says_what_happened_where_and_when():
    outcome = read(
        event(
            subject="TS-1",
            bizprocess="quote-to-cash",
            bizcase="E-1",
            bizactivity="timesheet-approved",
            sequence="7",
            correlationid="O-9",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            data={"timesheet_id": "TS-1"},
            partitionkey="ignored",
        )
    )
    assert isinstance(outcome, Candidate)
    assert outcome.major == 1
    assert outcome.event == ProcessEvent(
        source="urn:psa",
        id="e-1",
        type="ps.timesheet.approved",
        occurred_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        sequence=7,
        process="quote-to-cash",
        case="E-1",
        activity="timesheet-approved",
        subject="TS-1",
        correlation="O-9",
        data={"timesheet_id": "TS-1"},
        trace_id="0af7651916cd43dd8448eb211c80319c",
        span_id="b7ad6b7169203331",
    )


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_a_required_attribute_that_is_missing_is_named(name: str):
    assert refused(without(name)) == ("missing-attribute", f"/{name}")


@pytest.mark.parametrize(
    ("changes", "reason", "pointer"),
    [
        ({"id": ""}, "invalid-attribute", "/id"),
        ({"id": 5}, "invalid-attribute", "/id"),
        ({"id": "x" * 301}, "invalid-attribute", "/id"),
        ({"specversion": "0.3"}, "unsupported-specversion", "/specversion"),
        ({"time": "yesterday"}, "invalid-time", "/time"),
        ({"time": "2026-03-02T09:30:00"}, "invalid-time", "/time"),
        ({"sequence": "first"}, "invalid-attribute", "/sequence"),
        ({"sequence": 2**64}, "invalid-attribute", "/sequence"),
        ({"sequence": 1.5}, "invalid-attribute", "/sequence"),
        ({"data": [1]}, "unsupported-data", "/data"),
        ({"data": "text"}, "unsupported-data", "/data"),
        ({"datacontenttype": "text/xml", "data": "<a/>"}, "unsupported-data", "/datacontenttype"),
        ({"data_base64": "!"}, "unsupported-data", "/data_base64"),
        ({"bizcase": {"id": 1}}, "invalid-attribute", "/bizcase"),
    ],
)
def test_an_attribute_that_does_not_fit_is_named(
    changes: dict[str, Any], reason: str, pointer: str
):
    assert refused(event(**changes)) == (reason, pointer)


def test_an_event_that_names_no_time_happened_when_it_came():
    assert admitted(without("time")).occurred_at == NOON


def test_a_time_with_an_offset_is_kept_in_utc():
    at = admitted(event(time="2026-03-02T09:30:00.25+01:00")).occurred_at
    assert at == datetime(2026, 3, 2, 8, 30, 0, 250_000, tzinfo=UTC)
    assert at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_time_outside_the_calendar_is_no_time(time: str):
    assert refused(event(time=time))[0] == "invalid-time"


def test_a_case_key_may_be_a_number():
    assert admitted(event(bizcase=4711)).case == "4711"


def test_a_malformed_traceparent_is_ignored_as_w3c_asks():
    assert admitted(event(traceparent="00-zz-01")).trace_id is None
    assert admitted(event(traceparent=f"00-{'0' * 32}-{'1' * 16}-01")).trace_id is None


def test_numbers_keep_every_digit():
    body = json.dumps(event(data={"rate": "R", "big": "B"})).replace(
        '"R"', "0.10000000000000000001"
    )
    body = body.replace('"B"', "123456789012345678901234567890")
    data = admitted(body.encode()).data
    assert data == {
        "rate": Decimal("0.10000000000000000001"),
        "big": 123456789012345678901234567890,
    }


@pytest.mark.parametrize(
    "number",
    ["37.5", "37.50", "-0.0", "0.0001", "1e-05", "1e+16", "0.1", "9007199254740993.5", "1.7E308"],
)
def test_a_number_goes_to_the_log_with_the_digits_it_came_with(number: str):
    body = json.dumps(event(data={"x": "X"})).replace('"X"', number)
    payload = encode_event(admitted(body.encode()))
    written = json.loads(payload, parse_float=Decimal)["data"]["x"]
    assert written.as_tuple() == Decimal(number).as_tuple()


@pytest.mark.parametrize("number", ["1e400", "-1.8e308", "1e-400", "1." + "1" * 100])
def test_a_number_that_no_system_can_hold_is_refused(number: str):
    body = json.dumps(event(data={"x": "X"})).replace('"X"', number)
    assert refused(body.encode())[0] == "number-out-of-range"


def test_data_in_base64_is_read_when_it_is_json():
    data = b64encode(b'{"timesheet_id":"TS-1"}').decode()
    assert admitted(event(data_base64=data)).data == {"timesheet_id": "TS-1"}


def test_data_in_base64_is_held_to_the_same_strictness():
    data = b64encode(b'{"a":1,"a":2}').decode()
    assert refused(event(data_base64=data))[0] == "duplicate-key"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a" :1,"a":2}',
        '{"b":{"a":1,"a":1}}',
        '{"a":1,"a":"x\\u003ay"}',
        '{"a":1,"\\u0061":2}',
        '{"a":[{"x":1},{"y":1,"y":{"z":1}}]}',
    ],
)
def test_a_key_that_stands_twice_is_refused_however_it_is_written(text: str):
    body = json.dumps(event(data="D")).replace('"D"', text)
    assert refused(body.encode())[0] == "duplicate-key"
    assert reasons(batch(event(), body.encode())) == ["ok", "duplicate-key"]


@pytest.mark.timeout(20)
def test_a_key_that_stands_twice_is_found_among_a_hundred_thousand_at_once():
    names = [*range(100_000), 99_999]
    body = b"{%s}" % b",".join(b'"%d":1' % one for one in names)
    assert repeated_key(body) == "99999"


def test_an_attribute_that_stands_twice_is_refused():
    body = json.dumps(event()).replace('"id"', '"id": "e-0", "id"')
    assert refused(body.encode())[0] == "duplicate-key"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":{"a":{"a":1}}}',
        '{"a:b":":","c":"\\":"}',
        '{"a" : "x" , "b"\t:\n1}',
        '{"a":"\\u003a","b":"\\u00e9"}',
    ],
)
def test_a_key_that_stands_once_in_each_object_is_admitted(text: str):
    body = json.dumps(event(data="D", unknown="x:y")).replace('"D"', text)
    assert admitted(body.encode()).data == json.loads(text)


def test_one_bad_event_costs_the_others_nothing():
    events = [event(id=f"e-{n}") for n in range(10)]
    events[3] = event(id=3)
    events[7] = event(time="never")
    found = batch(*events)
    assert reasons(found) == [
        "ok" if n not in (3, 7) else ("invalid-attribute" if n == 3 else "invalid-time")
        for n in range(10)
    ]
    assert json.loads(found.raw(7)) == events[7]


def test_what_is_refused_is_kept_as_it_came():
    raw = b'{ "specversion":"1.0",  "id":"e-9","source":"urn:psa" }'
    (outcome,) = batch(raw).outcomes
    assert isinstance(outcome, Rejected)
    assert outcome.payload == raw
    assert (outcome.id, outcome.source, outcome.type) == ("e-9", "urn:psa", None)


def test_a_batch_may_hold_what_is_no_event():
    assert reasons(batch(b"42", b"null", b'"text"', event())) == [*["not-an-object"] * 3, "ok"]


def test_an_empty_batch_is_a_batch():
    assert batch().outcomes == []


def test_a_batch_has_a_bound():
    with pytest.raises(UnreadableBodyError) as refusal:
        batch(event(), event(), event(), limits=IntakeLimits(events=2))
    assert (refusal.value.refusal.status, refusal.value.refusal.type) == (413, "too-many-events")


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b"", "broken-json"),
        (b"{", "broken-json"),
        (b'{"id":}', "broken-json"),
        (b'{"data":{"x":NaN}}', "broken-json"),
        (b'{"data":{"x":-Infinity}}', "broken-json"),
        (b'{"data":{"x":01}}', "broken-json"),
        (b'{"id":"\\ud800"}', "broken-json"),
        (b"{} {}", "broken-json"),
        (b"{'id':1}", "broken-json"),
        (b"[" * 100_000, "too-deep"),
        (b'{"data":' * 50_000 + b"1" + b"}" * 50_000, "too-deep"),
        (b"42", "not-a-cloudevent"),
        (b'"text"', "not-a-cloudevent"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(body: bytes, type_: str):
    for read_body in (read_structured, read_batch):
        with pytest.raises(UnreadableBodyError) as refusal:
            read_body(body, at=NOON)
        assert (refusal.value.refusal.status, refusal.value.refusal.type) == (400, type_)


def test_one_is_not_a_batch_and_a_batch_is_not_one():
    with pytest.raises(UnreadableBodyError):
        read_structured(b"[]", at=NOON)
    with pytest.raises(UnreadableBodyError):
        read_batch(b"{}", at=NOON)


def binary(headers: dict[str, str], body: bytes, content_type: str = "application/json") -> object:
    plain = {"ce-specversion": "1.0", "ce-id": "e-1", "ce-source": "urn:psa", "ce-type": "ps.x"}
    return structured({**plain, **headers}.items(), content_type, body)


def test_a_binary_request_stands_for_the_same_event():
    found = admitted(
        binary({"ce-time": "2026-03-02T09:30:00Z", "CE-BizCase": "E-1"}, b'{"a": 1.50}')
    )
    assert (found.id, found.source, found.type, found.case) == ("e-1", "urn:psa", "ps.x", "E-1")
    assert found.data == {"a": Decimal("1.50")}


def test_a_binary_request_without_a_body_has_no_data():
    assert admitted(binary({}, b"")).data == {}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € \N{GRINNING FACE}"),
        ("%41%42C", "ABC"),
        ('"quoted \\" text"', 'quoted " text'),
        ("100%", "100%"),
        ("a,b", "a,b"),
    ],
)
def test_header_values_are_decoded_as_the_http_binding_says(header: str, value: str):
    assert admitted(binary({"ce-subject": header}, b"{}")).subject == value


@pytest.mark.parametrize("header", ["%C0%A0", "%ED%A0%80", "%FF"])
def test_an_escape_that_is_not_utf_8_is_refused(header: str):
    with pytest.raises(UnreadableBodyError) as refusal:
        binary({"ce-subject": header}, b"{}")
    assert refusal.value.refusal.type == "bad-header"


def test_an_attribute_sent_in_two_headers_is_refused():
    headers = [("ce-id", "a"), ("CE-ID", "b")]
    with pytest.raises(UnreadableBodyError):
        structured(headers, "application/json", b"{}")


def test_broken_data_in_a_binary_request_is_a_broken_body():
    with pytest.raises(UnreadableBodyError) as refusal:
        binary({}, b"{")
    assert refusal.value.refusal.type == "broken-json"


def test_binary_data_of_another_type_is_kept_and_refused():
    outcome = read(binary({}, b"<a/>", "text/xml"))
    assert isinstance(outcome, Rejected)
    assert outcome.flaw.reason == "unsupported-data"
    assert json.loads(outcome.payload)["data_base64"] == b64encode(b"<a/>").decode()
