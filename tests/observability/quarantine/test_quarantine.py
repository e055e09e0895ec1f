from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from controlplane.database import Databases, reading, writing
from observability.quarantine import refused_stores
from observability.quarantine import stores as quarantine
from observability.quarantine.held import (
    DISCARDED,
    REPLAYED,
    Held,
    Settlement,
    quarantine_id,
)
from observability.quarantine.stores import Selection
from rules.refusal import Problem

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def held(id_: str = "Q-1", **changes: object) -> Held:
    return Held(
        **{
            "id": id_,
            "received_at": NOON,
            "channel": "cloudevents",
            "reason": "schema-violation",
            "detail": "amount is missing",
            "payload": b"{}",
            "source": "urn:psa",
            "event_id": "e-1",
            "type": "ps.timesheet.approved",
            "owner": "delivery",
            "errors": (Problem(pointer="/data/amount", detail="is required"),),
            **changes,
        }
    )


@pytest.fixture
def log(databases: Databases) -> Iterator[Connection]:
    with writing(databases.log) as connection:
        yield connection


def test_a_held_event_is_found_whole(log: Connection):
    quarantine.put(log, [held()])
    assert quarantine.get(log, "Q-1") == held()
    assert quarantine.get(log, "Q-2") is None


def test_the_same_bad_event_sent_again_is_one_entry_with_the_newest_reason(log: Connection):
    quarantine.put(log, [held()])
    later = NOON + timedelta(hours=1)
    quarantine.put(log, [held(reason="unknown-contract", owner=None, received_at=later)])
    (kept,) = quarantine.page(log, Selection(), 10)
    assert (kept.reason, kept.owner, kept.received_at) == ("unknown-contract", None, NOON)


def test_what_a_person_discarded_stays_discarded(log: Connection):
    quarantine.put(log, [held()])
    settlement = Settlement(status=DISCARDED, at=NOON, actor="anna", reason="a test message")
    assert quarantine.settle(log, "Q-1", settlement)
    quarantine.put(log, [held()])
    kept = quarantine.get(log, "Q-1")
    assert kept is not None
    assert (kept.status, kept.settled_by, kept.settled_reason) == (
        DISCARDED,
        "anna",
        "a test message",
    )


def test_an_entry_is_settled_once(log: Connection):
    quarantine.put(log, [held()])
    settlement = Settlement(status=REPLAYED, at=NOON, actor="anna", reason="contract fixed")
    assert quarantine.settle(log, "Q-1", settlement)
    assert not quarantine.settle(log, "Q-1", settlement)
    assert not quarantine.settle(log, "Q-9", settlement)


def test_the_list_is_newest_first_and_pages(databases: Databases):
    with writing(databases.log) as log:
        quarantine.put(
            log, [held(f"Q-{n}", received_at=NOON + timedelta(minutes=n)) for n in range(5)]
        )
    with reading(databases.log) as log:
        first = quarantine.page(log, Selection(), 2)
        micros = int(first[-1].received_at.timestamp() * 1_000_000)
        rest = quarantine.page(log, Selection(after=(micros, first[-1].id)), 10)
    assert [one.id for one in first + rest] == ["Q-4", "Q-3", "Q-2", "Q-1", "Q-0"]


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Selection(owner="delivery"), ["Q-1"]),
        (Selection(reason="unknown-contract"), ["Q-2"]),
        (Selection(source="urn:crm"), ["Q-2"]),
        (Selection(type="ps.timesheet.approved"), ["Q-1"]),
        (Selection(status=DISCARDED), ["Q-3"]),
        (Selection(status=None), ["Q-3", "Q-2", "Q-1"]),
    ],
)
def test_the_list_is_narrowed_by_name(log: Connection, selection: Selection, found: list[str]):
    others: dict[str, Any] = {"source": "urn:crm", "type": "ps.x", "owner": None}
    quarantine.put(
        log,
        [held("Q-1"), held("Q-2", reason="unknown-contract", **others), held("Q-3", **others)],
    )
    quarantine.settle(log, "Q-3", Settlement(status=DISCARDED, at=NOON, actor="a", reason="r"))
    assert [one.id for one in quarantine.page(log, selection, 10)] == found


def test_the_id_follows_from_what_was_sent():
    assert quarantine_id("otlp", "s", "1", b"x") == quarantine_id("otlp", "s", "1", b"x")
    assert quarantine_id("otlp", "s", "1", b"x") != quarantine_id("otlp", "s", "1", b"y")
    assert quarantine_id("otlp", None, None, b"x") != quarantine_id("otlp", "s", None, b"x")


def refused(log: Connection) -> list[tuple[str, str, str, int]]:
    found = refused_stores.of_subject(log, "ps.timesheet.approved", since=0)
    return [(one.version, one.source, one.pointer, one.events) for one in found]


def test_what_is_refused_is_counted_once_by_contract_source_and_place(log: Connection):
    broken = held("Q-2", contract="ps.timesheet.approved@1.2.0")
    lines = (Problem(pointer="/data/lines/3/hours", detail="is no number"),)
    inside = held("Q-3", contract="ps.timesheet.approved@1.2.0", errors=lines)
    quarantine.put(log, [broken, inside])
    quarantine.put(log, [broken, held("Q-4", type="ps.timesheet.approved.v1")])
    assert refused(log) == [
        ("", "urn:psa", "/data/amount", 1),
        ("1.2.0", "urn:psa", "/data/amount", 1),
        ("1.2.0", "urn:psa", "/data/lines/*/hours", 1),
    ]
    assert refused_stores.flows(log, since=0) == {("ps.timesheet.approved", "urn:psa"): 3}


def test_a_place_that_no_database_takes_is_counted_all_the_same(log: Connection):
    quarantine.put(log, [held(errors=(Problem(pointer="/data/a\x00b", detail="is no text"),))])
    assert refused(log) == [("", "urn:psa", "/data/a\N{REPLACEMENT CHARACTER}b", 1)]


def test_a_back_filled_event_counts_as_refused_on_the_day_it_happened(log: Connection):
    quarantine.put(log, [held(happened_at=NOON - timedelta(days=40))])
    (one,) = refused_stores.of_subject(log, "ps.timesheet.approved", since=0)
    assert one.last_at == NOON - timedelta(days=40)
    assert refused_stores.of_subject(log, "ps.timesheet.approved", since=one.day + 1) == []


def test_of_what_is_refused_the_latest_is_told_whatever_comes_last(log: Connection):
    quarantine.put(log, [held("Q-1", happened_at=NOON)])
    quarantine.put(log, [held("Q-2", happened_at=NOON - timedelta(hours=1))])
    (one,) = refused_stores.of_subject(log, "ps.timesheet.approved", since=0)
    assert (one.events, one.last_at) == (2, NOON)
