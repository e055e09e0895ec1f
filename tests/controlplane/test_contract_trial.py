"""A contract's document against the events that are stored: what it would refuse, and whose."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from house import House, opened
from msgspec.structs import replace
from projecting import NOON, ByReference, append, drain, installation, sweep
from small_billing import CONTRACTS, happened, install_in_log

from controlplane.backtest.asked import Tried
from controlplane.backtest.refused import Trial
from controlplane.backtest.running import OverError
from controlplane.backtest.trying import try_contract
from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from observability.log import stores as log

TIME = "sb.time.approved"
PATIENCE_SECONDS = 60
DAY = timedelta(days=1)
IN_EUROS = {
    "type": "object",
    "required": ["engagement_id", "timesheet_id", "amount", "role"],
    "properties": {
        "engagement_id": {"type": "string", "maxLength": 3},
        "amount": {"type": "object", "properties": {"currency": {"enum": ["EUR"]}}},
        "role": {"type": "string"},
    },
}


def told(databases: Databases) -> None:
    """Tell of time from two systems: one knows no roles, one bills in dollars too."""
    install_in_log(databases)
    events = []
    for number, (source, code, role) in enumerate(
        [
            ("urn:psa", "EUR", "architect"),
            ("urn:psa", "USD", "architect"),
            ("urn:legacy", "EUR", None),
            ("urn:legacy", "USD", None),
            ("urn:legacy", "EUR", None),
            ("urn:legacy", "EUR", None),
        ]
    ):
        amount = {"amount": "10.00", "currency": code}
        data = {"engagement_id": "E-1", "timesheet_id": f"T-{number}", "amount": amount}
        at = NOON - timedelta(days=20 if number == 5 else 1, minutes=number)
        event = happened(TIME, f"t{number}", at, **data, **({"role": role} if role else {}))
        events.append(replace(event, source=source, contract=f"{TIME}@1.0.0"))
    events.append(happened("sb.engagement.signed", "s1", NOON, engagement_id="E-1"))
    append(databases, events)
    sweep(databases, NOON)
    drain(databases, Processing(ByReference()))


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = installation(tmp_path_factory.mktemp("firm"))
    told(made)
    yield made
    made.close()


def tried(
    databases: Databases,
    document: dict[str, Any],
    *,
    days: int = 7,
    entries: int = 1_000,
    **more: Any,
) -> Trial:
    with reading(databases.log) as connection:
        offset = log.last_offset(connection)
    asked = Tried(
        subject=TIME,
        version="1.1.0",
        format="jsonschema",
        media_type="application/json",
        digest="",
        as_of=NOON,
        offset=offset,
        since=NOON - days * DAY,
        entries=entries,
    )
    return try_contract(databases, asked, json.dumps(document).encode(), **more)


def test_events_that_would_be_refused_are_told_by_who_sends_them_and_why(databases: Databases):
    told(databases)
    found = tried(databases, IN_EUROS)
    assert (found.events, found.refused, found.whole) == (5, 4, True)
    assert [(one.source, one.version, one.events, one.refused) for one in found.producers] == [
        ("urn:legacy", "1.0.0", 3, 3),
        ("urn:psa", "1.0.0", 2, 1),
    ]
    first, second = found.producers[0].reasons
    assert (first.pointer, first.detail, first.events) == ("", '"role" is a required property', 3)
    assert (second.pointer, second.events) == ("/amount/currency", 1)
    (example,) = second.examples
    assert (example.source, example.id) == ("urn:legacy", "t3")
    assert example.instance is not None


def test_what_was_sent_is_not_kept_with_what_is_wrong_with_it(firm: Databases):
    short = {"properties": {"engagement_id": {"maxLength": 2}, "timesheet_id": {"type": "integer"}}}
    details = [one.detail for each in tried(firm, short).producers for one in each.reasons]
    assert set(details) == {
        "the value is longer than 2 characters",
        'the value is not of type "integer"',
    }


def test_only_the_days_that_are_asked_about_count(firm: Databases):
    assert tried(firm, IN_EUROS, days=30).events == 6
    unchanged = tried(firm, {"type": "object", **CONTRACTS[TIME]}, days=30)
    assert (unchanged.refused, unchanged.oldest) == (0, NOON - 20 * DAY - timedelta(minutes=5))


def test_no_more_of_the_log_is_read_than_is_allowed_and_that_is_said(firm: Databases):
    found = tried(firm, IN_EUROS, entries=4)
    assert (found.entries, found.whole) == (4, False)
    assert found.events == 1


def test_a_trial_that_was_cancelled_ends_at_its_next_page(firm: Databases):
    with pytest.raises(OverError):
        tried(firm, IN_EUROS, over=lambda _state: True)


@pytest.fixture
def house(firm: Databases, tmp_path: Path) -> Iterator[House]:
    folder = Path(str(firm.state.url.database)).parent
    with opened(firm, folder) as one:
        yield one


def over(house: House, path: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := house.get(path))["status"] == "running":
        assert time.monotonic() < deadline, found
        Event().wait(0.05)
    return found


def test_a_document_is_tried_beside_live_traffic_and_what_was_found_is_kept(
    house: House, firm: Databases
):
    path = f"/v1/contracts/{TIME}/trial?days=3650"
    begun = house.http.post(path, json=IN_EUROS)
    assert begun.status_code == 202, begun.text
    found = over(house, begun.headers["location"])
    assert (found["status"], found["version"], found["because"]) == ("done", "1.1.0", "")
    assert found["result"]["refused"] == 5
    example = found["result"]["producers"][0]["reasons"][0]["examples"][0]
    assert house.get(f"/v1/instances/{example['instance']}")["case"] == "E-1"
    (listed,) = house.get("/v1/trials", subject=TIME)["items"]
    assert listed == {name: one for name, one in found.items() if name != "result"}
    (entry,) = house.get("/v1/audit", action="contract:version:tried")["items"]
    assert entry["subject"] == TIME
    assert house.get("/v1/backtests")["items"] == []
    assert house.http.get(f"/v1/backtests/{found['id']}").status_code == 404
    ended = house.http.post(f"/v1/trials/{found['id']}/cancel")
    assert ended.status_code == 409
    assert [one.table for one in verify(firm, ByReference()).tables if not one.equal] == []


def test_a_contract_of_operations_is_tried_on_no_events(house: House):
    body = {"subject": "orders", "kind": "api", "format": "openapi", "owner": "finance"}
    house.post("/v1/contracts", body, expect=201)
    document = {"openapi": "3.0.3", "info": {"title": "O", "version": "1.0.0"}, "paths": {}}
    assert house.post("/v1/contracts/orders/trial", document, expect=409)["type"].endswith(
        "not-tried"
    )
