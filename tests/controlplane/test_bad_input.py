# ruff: noqa: E501 (a row of a table is one line)
"""
The bad-input table: each row gets its documented answer, nothing is lost, nothing is 500.

A body that cannot be read stores nothing. An event that can be read and not admitted is
in quarantine when the answer comes.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from google.rpc.status_pb2 import Status
from intake_server import APPROVED, BAD, Door, Sent, approved, batch, opened, slug, structured
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from controlplane.database import Databases
from observability.intake.limits import IntakeLimits

ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
LIMITS = IntakeLimits(body_bytes=3_000_000, otlp_bytes=3_000_000)


@pytest.fixture
def door(databases: Databases, tmp_path: Path) -> Iterator[Door]:
    with opened(databases, tmp_path, LIMITS) as one:
        yield one


def sent(body: bytes, media: str = ONE, **headers: str) -> Sent:
    return body, {"content-type": media, **headers}


def written(text: str, **changes: object) -> bytes:
    """An event whose data is *text*, exactly."""
    return json.dumps(approved("e-1", data="DATA", **changes)).replace('"DATA"', text).encode()


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


UNREADABLE = [
    ("an empty body", sent(b""), 400, "broken-json"),
    ("broken JSON", sent(b'{"id": '), 400, "broken-json"),
    ("broken JSON in a batch", sent(b'[{"id":1},', MANY), 400, "broken-json"),
    ("text behind the JSON", sent(b"{} {}"), 400, "broken-json"),
    ("NaN", sent(written('{"x": NaN}')), 400, "broken-json"),
    ("Infinity", sent(written('{"x": -Infinity}')), 400, "broken-json"),
    ("a lone surrogate", sent(written(r'{"x": "\ud800"}')), 400, "broken-json"),
    ("a batch sent as one event", sent(b"[]"), 400, "not-a-cloudevent"),
    ("one event sent as a batch", sent(b"{}", MANY), 400, "not-a-cloudevent"),
    ("a number", sent(b"42"), 400, "not-a-cloudevent"),
    ("bottomless nesting", sent(b"[" * 500_000), 400, "too-deep"),
    ("bottomless data", sent(written("[" * 50_000 + "]" * 50_000)), 400, "too-deep"),
    ("not UTF-8", sent(written('{"x": "?"}').replace(b"?", b"\xff")), 400, "not-utf-8"),
    ("a surrogate in UTF-8", sent(b'{"id":"\xed\xa0\x80"}'), 400, "not-utf-8"),
    ("UTF-16", sent('{"id":"e"}'.encode("utf-16")), 400, "not-utf-8"),
    ("UTF-16 by name", sent(b"{}", f"{ONE}; charset=utf-16"), 415, "unsupported-media-type"),
    ("no media type", (b"{}", {}), 415, "unsupported-media-type"),
    ("plain JSON", sent(b"{}", JSON), 415, "unsupported-media-type"),
    ("another media type", sent(b"<a/>", "text/xml"), 415, "unsupported-media-type"),
    ("CloudEvents in Avro", sent(b"x", "application/cloudevents+avro"), 415, "unsupported-media-type"),
    ("a form", sent(b"a=b", "application/x-www-form-urlencoded"), 415, "unsupported-media-type"),
    ("a large body", sent(b" " * 3_000_001), 413, "too-large"),
    ("a gzip bomb", sent(gzip.compress(b" " * 50_000_000), **{"content-encoding": "gzip"}), 413, "too-large"),
    ("bad gzip", sent(b"{}", **{"content-encoding": "gzip"}), 400, "bad-gzip"),
    ("half a gzip stream", sent(gzip.compress(b"{}" * 99)[:-9], **{"content-encoding": "gzip"}), 400, "bad-gzip"),
    ("an unknown encoding", sent(b"{}", **{"content-encoding": "br"}), 415, "unsupported-content-encoding"),
    ("too many events", sent(b"[" + b",".join([b"{}"] * 10_001) + b"]", MANY), 413, "too-many-events"),
    ("a header that is not UTF-8", sent(b"{}", JSON, **{"ce-id": "%FF"}), 400, "bad-header"),
    ("broken data in binary mode", sent(b"{", JSON, **{"ce-id": "e-1"}), 400, "broken-json"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "request_", "status", "type_"), UNREADABLE, ids=[row[0] for row in UNREADABLE]
)
def test_a_body_that_cannot_be_read_is_refused_and_stores_nothing(
    door: Door, what: str, request_: Sent, status: int, type_: str
):
    answer = door.post(request_)
    assert (answer.status_code, slug(answer)) == (status, type_), what
    assert len(answer.json()["detail"]) > 10
    assert door.entries() == []
    assert door.held() == []


HELD = [
    ("unknown contract", structured(approved("e-1", type="ps.unknown.v1")), "unknown-contract"),
    ("unknown major", structured(approved("e-1", type="ps.timesheet.approved.v7")), "unknown-contract"),
    ("schema violation", structured(approved("e-1", data=BAD)), "schema-violation"),
    ("a wrong kind", structured(approved("e-1", data={"timesheet_id": 5})), "schema-violation"),
    ("no data", structured(approved("e-1", data=None)), "schema-violation"),
    ("before 1990", structured(approved("e-1", time="1989-12-31T23:59:59Z")), "time-too-early"),
    ("year one", structured(approved("e-1", time="0001-01-01T00:00:00Z")), "time-too-early"),
    ("the future", structured(approved("e-1", time=in_days(1.01))), "time-too-late"),
    ("the end of time", structured(approved("e-1", time="9999-12-31T23:59:59Z")), "time-too-late"),
    ("beyond the calendar", structured(approved("e-1", time="9999-12-31T23:59:59-10:00")), "invalid-time"),
    ("no time at all", structured(approved("e-1", time="yesterday")), "invalid-time"),
    ("a time without a zone", structured(approved("e-1", time="2026-03-02T09:30:00")), "invalid-time"),
    ("a key twice", sent(written('{"timesheet_id":"A","timesheet_id":"B"}')), "duplicate-key"),
    ("an attribute twice", sent(json.dumps(approved("e-1")).replace('"id"', '"id":"x","id"', 1).encode()), "duplicate-key"),
    ("a huge number", sent(written('{"hours": 1e400}')), "number-out-of-range"),
    ("a tiny number", sent(written('{"hours": 1e-400}')), "number-out-of-range"),
    ("a whole number without end", sent(written('{"hours": ' + "9" * 5_000 + "}")), "number-out-of-range"),
    ("too deep", sent(written('{"timesheet_id":"A","x":' + "[" * 80 + "]" * 80 + "}")), "too-deep"),
    ("NUL in a value", sent(written(r'{"timesheet_id":"A\u0000"}')), "forbidden-character"),
    ("NUL in a key", sent(written(r'{"timesheet_id":"A","x\u0000":1}')), "forbidden-character"),
    ("NUL in the id", structured(approved("e-1\x00")), "forbidden-character"),
    ("NUL in the source", structured(approved("e-1", source="urn:\x00")), "forbidden-character"),
    ("NUL in the type", structured(approved("e-1", type="a\x00b")), "unknown-contract"),
    ("a large event", structured(approved("e-1", data={**APPROVED, "x": "x" * 300_000})), "event-too-large"),
    ("our own source", structured(approved("e-1", source="urn:controlplane")), "reserved-source"),
    ("no id", structured({k: v for k, v in approved("").items() if k != "id"}), "missing-attribute"),
    ("an empty id", structured(approved("")), "invalid-attribute"),
    ("an endless id", structured(approved("x" * 5_000)), "invalid-attribute"),
    ("another specversion", structured(approved("e-1", specversion="0.3")), "unsupported-specversion"),
    ("data that is no object", structured(approved("e-1", data=[1, 2])), "unsupported-data"),
    ("XML data", structured(approved("e-1", datacontenttype="text/xml", data="<a/>")), "unsupported-data"),
    ("XML in binary mode", sent(b"<a/>", "text/xml", **{"ce-id": "e", "ce-source": "s", "ce-type": "t", "ce-specversion": "1.0"}), "unsupported-data"),
    ("a null in a batch", batch(None), "not-an-object"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "request_", "reason"), HELD, ids=[row[0] for row in HELD])
def test_an_event_that_cannot_be_admitted_is_in_quarantine(
    door: Door, what: str, request_: Sent, reason: str
):
    answer = door.post(request_)
    assert answer.status_code == 202, (what, answer.text)
    told = answer.json()
    assert (told["accepted"], [one["reason"] for one in told["quarantined"]]) == (0, [reason])
    (entry,) = door.held()
    assert entry["id"] == told["quarantined"][0]["quarantine"]
    assert len(entry["detail"]) > 10
    assert entry["payload"]
    assert door.entries() == []
    replayed = door.http.post(f"/v1/quarantine/{entry['id']}/replay")
    assert (replayed.status_code, slug(replayed)) == (409, reason)


@pytest.mark.parametrize(
    "bad",
    [
        b"null",
        b'{"id": 5}',
        json.dumps(approved("bad", data=BAD)).encode(),
        written(r'{"timesheet_id":"\u0000"}', id="bad"),
        written('{"timesheet_id":"a","timesheet_id":"b"}', id="bad"),
        written('{"hours": 1e999}', id="bad"),
        written('{"timesheet_id":"A","x":' + "[" * 300 + "]" * 300 + "}", id="bad"),
    ],
)
def test_one_bad_event_among_many_costs_the_others_nothing(door: Door, bad: bytes):
    good = [json.dumps(approved(f"e-{n}")).encode() for n in range(50)]
    body = b"[" + b",".join([*good[:20], bad, *good[20:]]) + b"]"
    told = door.post(sent(body, MANY)).json()
    assert (told["accepted"], [one["index"] for one in told["quarantined"]]) == (50, [20])
    assert [entry.id for entry in door.entries()] == [f"e-{n}" for n in range(50)]
    assert len(door.held()) == 1


OTLP_UNREADABLE = [
    ("bad protobuf", b"garbage", PROTOBUF, {}, 400),
    ("text that is not UTF-8", b"\x0a\x10\x12\x0e\x12\x0c\x2a\x0a" + b"\xff" * 10, PROTOBUF, {}, 400),
    ("JSON called protobuf", b'{"resourceSpans":[]}', PROTOBUF, {}, 400),
    ("broken JSON", b'{"resourceSpans":', JSON, {}, 400),
    ("JSON that is not UTF-8", b'{"x":"\xff"}', JSON, {}, 400),
    ("NaN", b'{"resourceSpans":NaN}', JSON, {}, 400),
    ("a key twice", b'{"resourceSpans":[],"resourceSpans":[]}', JSON, {}, 400),
    ("bottomless JSON", b'{"x":' * 100_000, JSON, {}, 400),
    ("bad gzip", b"\x1f\x8b garbage", PROTOBUF, {"content-encoding": "gzip"}, 400),
    ("a gzip bomb", gzip.compress(b"\0" * 50_000_000), PROTOBUF, {"content-encoding": "gzip"}, 413),
    ("a large body", b"\0" * 3_000_001, PROTOBUF, {}, 413),
    ("an unknown encoding", b"", PROTOBUF, {"content-encoding": "zstd"}, 415),
    ("another media type", b"", "text/plain", {}, 415),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "body", "media", "headers", "status"),
    OTLP_UNREADABLE,
    ids=[row[0] for row in OTLP_UNREADABLE],
)
def test_a_trace_request_that_cannot_be_read_is_answered_with_a_status(  # noqa: PLR0913, PLR0917
    door: Door, what: str, body: bytes, media: str, headers: dict[str, str], status: int
):
    answer = door.otlp(body, media, **headers)
    assert answer.status_code == status, what
    assert message_of(answer, media)
    assert door.entries() == []


def message_of(answer: httpx.Response, media: str) -> str:
    if media == PROTOBUF:
        assert answer.headers["content-type"] == PROTOBUF
        return str(Status.FromString(answer.content).message)
    return str(answer.json()["message"])


SPAN_IDS = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331"}
AT = {"startTimeUnixNano": "1772443800000000000", "endTimeUnixNano": "1772443801000000000"}
OTLP_HELD = [
    ("no time", {**SPAN_IDS}, {"biz.case": "E"}, "time-too-early"),
    ("the far future", {**SPAN_IDS, "endTimeUnixNano": str(2**64 - 1)}, {"biz.case": "E"}, "time-too-late"),
    ("no ids", {**AT}, {"biz.case": "E"}, "invalid-id"),
    ("ids that are no hex", {**AT, "traceId": "x", "spanId": "y"}, {"biz.case": "E"}, "invalid-id"),
    ("an amount that is none", {**SPAN_IDS, **AT}, {"biz.amount": "much", "biz.currency": "EUR"}, "invalid-amount"),
    ("an amount of nothing", {**SPAN_IDS, **AT}, {"biz.amount": "1.00"}, "invalid-amount"),
    ("NUL", {**SPAN_IDS, **AT}, {"biz.case": "E\x00"}, "forbidden-character"),
    ("an endless case", {**SPAN_IDS, **AT}, {"biz.case": "E" * 1_000}, "invalid-attribute"),
    ("a broken promise", {**SPAN_IDS, **AT, "name": "ps.timesheet.approved"}, {"biz.case": "E"}, "schema-violation"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "span", "values", "reason"), OTLP_HELD, ids=[row[0] for row in OTLP_HELD]
)
def test_a_span_that_cannot_be_admitted_is_in_quarantine(
    door: Door, what: str, span: dict[str, str], values: dict[str, str], reason: str
):
    attributes = [{"key": k, "value": {"stringValue": v}} for k, v in values.items()]
    one = {"name": "some span", **span, "attributes": attributes}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()
    answer = door.otlp(body, JSON)
    assert answer.status_code == 200, what
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    (entry,) = door.held()
    assert (entry["channel"], entry["reason"]) == ("otlp", reason)
    replayed = door.http.post(f"/v1/quarantine/{entry['id']}/replay")
    assert (replayed.status_code, slug(replayed)) == (409, reason)


def test_an_empty_trace_request_is_a_success(door: Door):
    answer = door.otlp(b"", PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (200, PROTOBUF)
    assert not ExportTraceServiceResponse.FromString(answer.content).HasField("partial_success")


DOCUMENTED = (Path(__file__).parents[2] / "docs" / "reference" / "events.md").read_text()


@pytest.mark.parametrize(
    "slug_",
    sorted(
        {row[3] for row in UNREADABLE} | {row[2] for row in HELD} | {row[3] for row in OTLP_HELD}
    ),
)
def test_every_answer_to_bad_input_is_documented(slug_: str):
    assert f"`{slug_}`" in DOCUMENTED
