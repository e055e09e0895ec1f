"""What a sender meets at the door, over HTTP and on both databases."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from intake_server import APPROVED, BAD, Door, approved, batch, opened, slug, structured

from controlplane.database import Databases
from observability.event import decode_event


@pytest.fixture
def door(databases: Databases, tmp_path: Path) -> Iterator[Door]:
    """The receivers over a registry that promises `ps.timesheet.approved@1.0.0`."""
    with opened(databases, tmp_path) as one:
        yield one


def test_an_event_is_acknowledged_when_it_is_in_the_log(door: Door):
    answer = door.post(structured(approved("e-1")))
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "duplicates": 0, "quarantined": []}
    (entry,) = door.entries()
    assert (entry.source, entry.id) == ("urn:psa", "e-1")
    event = decode_event(entry.payload)
    assert event.contract == "ps.timesheet.approved@1.0.0"
    assert (datetime.now(UTC) - entry.at).total_seconds() < 60


def test_an_event_sent_twice_is_one_event(door: Door):
    one = approved("e-1")
    assert door.post(batch(one, one)).json()["duplicates"] == 1
    assert door.post(structured(one)).json() == {
        "accepted": 0,
        "duplicates": 1,
        "quarantined": [],
    }
    assert len(door.entries()) == 1


def test_a_bad_event_is_held_and_the_rest_of_its_batch_is_admitted(door: Door):
    answer = door.post(batch(approved("e-0"), approved("e-1", data=BAD), approved("e-2")))
    assert answer.status_code == 202
    told = answer.json()
    assert (told["accepted"], told["duplicates"]) == (2, 0)
    (held,) = told["quarantined"]
    assert (held["index"], held["id"], held["reason"]) == (1, "e-1", "schema-violation")
    (entry,) = door.held()
    assert entry["id"] == held["quarantine"]
    assert (entry["owner"], entry["type"]) == ("delivery", "ps.timesheet.approved")
    assert entry["errors"][0]["pointer"].startswith("/data")
    assert json.loads(entry["payload"])["id"] == "e-1"


def test_sending_a_bad_event_again_does_not_pile_up(door: Door):
    for _ in range(3):
        door.post(structured(approved("e-1", data=BAD)))
    assert len(door.held()) == 1


def test_binary_mode_says_the_same_as_structured(door: Door):
    one = approved("e-1")
    headers = {f"ce-{name}": str(value) for name, value in one.items() if name != "data"}
    answer = door.http.post(
        "/v1/events",
        content=json.dumps(one["data"]),
        headers={**headers, "content-type": "application/json"},
    )
    assert answer.json()["accepted"] == 1
    assert door.post(structured(one)).json()["duplicates"] == 1


def test_events_may_be_sent_with_gzip(door: Door):
    body, headers = batch(approved("e-1"))
    answer = door.post((gzip.compress(body), {**headers, "content-encoding": "gzip"}))
    assert answer.json()["accepted"] == 1


def test_history_runs_on_its_own_time(door: Door):
    old = approved("e-1", time="2020-03-02T09:30:00Z")
    assert door.post(structured(old), backfill="true").status_code == 202
    (entry,) = door.entries()
    assert entry.at == datetime(2020, 3, 2, 9, 30, tzinfo=UTC)
    assert decode_event(entry.payload).backfill


def test_a_contract_published_a_moment_ago_already_binds(door: Door):
    unknown = structured(approved("e-1", type="ps.invoice.issued.v1"))
    assert door.post(unknown).json()["quarantined"][0]["reason"] == "unknown-contract"
    door.publish("ps.invoice.issued")
    assert door.post(unknown).json()["accepted"] == 1


def test_after_a_fix_the_event_is_replayed(door: Door):
    door.post(structured(approved("e-1", type="ps.invoice.issued.v1")))
    (held,) = door.held()
    refused = door.http.post(f"/v1/quarantine/{held['id']}/replay")
    assert (refused.status_code, slug(refused)) == (409, "unknown-contract")
    door.publish("ps.invoice.issued")
    answer = door.http.post(f"/v1/quarantine/{held['id']}/replay")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["accepted"]) == ("replayed", 1)
    assert [entry.id for entry in door.entries()] == ["e-1"]
    assert door.held() == []
    again = door.http.post(f"/v1/quarantine/{held['id']}/replay")
    assert (again.status_code, slug(again)) == (409, "already-settled")


def test_a_replay_of_history_stays_history(door: Door):
    old = approved("e-1", type="ps.invoice.issued.v1", time="2020-03-02T09:30:00Z")
    door.post(structured(old), backfill="true")
    door.publish("ps.invoice.issued")
    door.http.post(f"/v1/quarantine/{door.held()[0]['id']}/replay")
    (entry,) = door.entries()
    assert entry.at == datetime(2020, 3, 2, 9, 30, tzinfo=UTC)


def test_an_event_is_discarded_with_a_reason(door: Door):
    door.post(structured(approved("e-1", data=BAD)))
    id_ = door.held()[0]["id"]
    assert door.http.post(f"/v1/quarantine/{id_}/discard", json={}).status_code == 400
    answer = door.http.post(f"/v1/quarantine/{id_}/discard", json={"reason": "a test"})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["settled_reason"]) == ("discarded", "a test")
    assert answer.json()["settled_by"] == "local"
    assert door.held() == []
    assert len(door.held(status="all")) == 1


def test_the_list_pages_and_narrows(door: Door):
    door.post(batch(*(approved(f"e-{n}", data=BAD) for n in range(5)), approved("x", type="ps.x")))
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = door.http.get("/v1/quarantine", params=query).json()
        seen += [one["event_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == ["e-0", "e-1", "e-2", "e-3", "e-4", "x"]
    assert [one["event_id"] for one in door.held(reason="unknown-contract")] == ["x"]
    assert len(door.held(owner="delivery")) == 5


@pytest.mark.parametrize("query", [{"cursor": "?"}, {"status": "lost"}, {"limit": "many"}])
def test_a_wrong_query_is_said_to_be_wrong(door: Door, query: dict[str, str]):
    assert door.http.get("/v1/quarantine", params=query).status_code in (400, 422)


def test_an_unknown_entry_is_not_found(door: Door):
    assert door.http.get("/v1/quarantine/Q-none").status_code == 404
    assert door.http.post("/v1/quarantine/Q-none/replay").status_code == 404


def test_one_entry_is_shown_whole(door: Door):
    door.post(structured(approved("e-1", data={"note": "x" * 5_000})))
    (short,) = door.held()
    whole = door.http.get(f"/v1/quarantine/{short['id']}").json()
    assert len(short["payload"]) < 5_000 < len(whole["payload"])


def test_a_worker_far_behind_asks_senders_to_wait(door: Door):
    door.behind = 10_000_000
    for answer in (door.post(structured(approved("e-1"))), door.otlp(b"{}", "application/json")):
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
    assert door.entries() == []


def test_a_closed_log_acknowledges_nothing(door: Door):
    door.writer.close()
    answer = door.post(structured(approved("e-1")))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


def test_a_batch_of_ten_thousand_loses_only_its_bad_event_to_quarantine(door: Door):
    events = [approved(f"e-{n}") for n in range(10_000)]
    events[6_543] = approved("e-6543", data=BAD)
    answer = door.post(batch(*events))
    told = answer.json()
    assert (answer.status_code, told["accepted"]) == (202, 9_999)
    assert [one["index"] for one in told["quarantined"]] == [6_543]
    assert len(door.entries()) == 9_999


def test_numbers_reach_the_log_digit_for_digit(door: Door):
    data = json.dumps({**APPROVED, "hours": "H"}).replace('"H"', "7.10000000000000000005")
    body = json.dumps(approved("e-1", data="D")).replace('"D"', data).encode()
    assert door.post((body, structured({})[1])).json()["accepted"] == 1
    assert b"7.10000000000000000005" in door.entries()[0].payload
    assert Decimal("7.1") == Decimal(str(decode_event(door.entries()[0].payload).data["hours"]))


Sender = Callable[[Door, dict[str, Any]], httpx.Response]


def span(values: dict[str, str]) -> bytes:
    attributes = [{"key": k, "value": {"stringValue": v}} for k, v in values.items()]
    one = {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "name": "ps.timesheet.approved",
        "startTimeUnixNano": "1772443800000000000",
        "endTimeUnixNano": "1772443801000000000",
        "attributes": attributes,
    }
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()


def test_a_span_is_held_to_its_contract_and_told_as_partial_success(door: Door):
    kept = {"biz.case": "E-1", "biz.timesheet_id": "TS-1"}
    assert door.otlp(span(kept), "application/json").json() == {}
    answer = door.otlp(span({"biz.case": "E-1"}), "application/json")
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    (held,) = door.held()
    assert (held["channel"], held["reason"]) == ("otlp", "schema-violation")
    assert [decode_event(one.payload).contract for one in door.entries()] == [
        "ps.timesheet.approved@1.0.0"
    ]


def test_a_held_span_is_replayed_as_the_span_that_it_was(door: Door):
    door.otlp(span({"biz.amount": "12.50"}), "application/json")
    (held,) = door.held()
    assert held["reason"] == "schema-violation"
    answer = door.http.post(f"/v1/quarantine/{held['id']}/replay")
    assert (answer.status_code, slug(answer)) == (409, "schema-violation")
    door.publish("ps.timesheet.approved", version="1.1.0", required=[])
    answer = door.http.post(f"/v1/quarantine/{held['id']}/replay")
    assert answer.json()["accepted"] == 1
    (entry,) = door.entries()
    event = decode_event(entry.payload)
    assert (event.contract, event.data) == (
        "ps.timesheet.approved@1.1.0",
        {"amount": {"amount": "12.50"}},
    )


def test_spans_may_be_marked_as_history(door: Door):
    body = span({"biz.timesheet_id": "TS-1"})
    door.otlp(body, "application/json", **{"x-controlplane-backfill": "true"})
    (entry,) = door.entries()
    assert entry.at == datetime(2026, 3, 2, 9, 30, 1, tzinfo=UTC)
