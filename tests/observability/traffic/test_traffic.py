"""Events are counted by contract, source and day; their fields by a sample that is always told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from controlplane.database import Databases, writing
from observability.event import ProcessEvent
from observability.intake.retraction import RETRACTED
from observability.traffic import stores as traffic
from observability.traffic.stores import EVERY, FIRST, Traffic

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SUBJECT = "ps.timesheet.approved"


def event(number: int = 0, **changes: Any) -> ProcessEvent:
    return ProcessEvent(
        **{
            "source": "urn:psa",
            "id": f"e-{number}",
            "type": SUBJECT,
            "occurred_at": NOON,
            "contract": f"{SUBJECT}@1.0.0",
            "data": {"number": str(number), "state": "open"},
            **changes,
        }
    )


@pytest.fixture
def state(databases: Databases) -> Iterator[Connection]:
    with writing(databases.state) as connection:
        yield connection


def counted(state: Connection, *events: ProcessEvent, at: datetime = NOON) -> list[Traffic]:
    traffic.count(state, [(one, at) for one in events], lambda _: {"/state"})
    return traffic.of_subject(state, SUBJECT, since=0)


def test_each_source_version_and_day_is_counted_apart(state: Connection):
    counted(state, event(1), event(2, trace_id="t"), event(3, source="urn:erp"))
    counted(state, event(4), at=NOON - timedelta(days=1))
    found = counted(state, event(5, contract=f"{SUBJECT}@1.1.0"))
    assert [(one.version, one.source, one.events, one.traced) for one in found] == [
        ("1.0.0", "urn:psa", 1, 0),
        ("1.0.0", "urn:erp", 1, 0),
        ("1.0.0", "urn:psa", 2, 1),
        ("1.1.0", "urn:psa", 1, 0),
    ]
    assert found[2].last_at == NOON


def test_what_is_held_to_no_contract_is_counted_by_its_type(state: Connection):
    (one,) = counted(state, event(1, contract="unregistered"))
    assert (one.version, one.events, one.looked) == ("", 1, 0)


def test_a_retraction_is_no_traffic(state: Connection):
    assert counted(state, event(1, type=RETRACTED, contract="unregistered")) == []


def test_the_first_events_are_looked_at_and_then_every_so_many(state: Connection):
    (one,) = counted(state, *(event(n) for n in range(FIRST + 3 * EVERY)))
    assert (one.events, one.looked) == (FIRST + 3 * EVERY, FIRST + 3)
    assert one.shape["/state"].values == {"open": FIRST + 3}
    assert one.shape["/number"].values == {}


def test_the_sample_is_the_same_however_the_events_are_cut(state: Connection, databases: Databases):
    events = [event(n, data={f"f{n}": 1}) for n in range(70)]
    for start in range(0, 70, 7):
        counted(state, *events[start : start + 7])
    (apart,) = counted(state)
    others = [event(n, source="urn:psa2", data={f"f{n}": 1}) for n in range(70)]
    counted(state, *others)
    together = next(one for one in counted(state) if one.source == "urn:psa2")
    assert apart.shape == together.shape
    assert apart.looked == together.looked


def test_what_every_source_sent_is_told_without_days(state: Connection):
    counted(state, event(1), event(2), at=NOON - timedelta(days=3))
    counted(state, event(3))
    (flow,) = traffic.flows(state, since=0)
    assert (flow.subject, flow.source, flow.events, flow.last_at) == (
        SUBJECT,
        "urn:psa",
        3,
        NOON,
    )
    (late,) = traffic.flows(state, since=int(NOON.timestamp()) // 86_400)
    assert late.events == 1
