"""A case says what it waits for, what came about in part, what was undone, and where money is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, opened
from projecting import NOON, activate, append, drain

from controlplane.database import Databases
from observability.event import ProcessEvent

PROJECT = """
process: project
version: 1.0.0
title: Project
owner: delivery
case: deal
keys: [deal_id, project_id]
activities:
  - {activity: sold, title: Sold, stage: sell, system: crm, events: [p.sold]}
  - {activity: created, title: Project created, stage: set-up, system: psa, events: [p.created]}
  - {activity: billable, title: Billing set up, stage: set-up, system: erp, events: [p.billable]}
  - {activity: refused, title: Billing refused, stage: set-up, system: erp, fails: billable,
     events: [p.refused]}
  - {activity: removed, title: Project removed, stage: set-up, system: psa, undoes: created,
     events: [p.removed]}
order: [sold, {repeat: created, again: [removed]}, billable]
stages: [{stage: sell, owner: sales}, {stage: set-up, title: Set up, owner: finance}]
milestones:
  - {milestone: sold, title: Deal sold, reached: [sold]}
  - {milestone: ready, reached: [created, billable]}
together: [{together: set-up, title: Both systems, of: [created, billable]}]
entities:
  deal: {key: deal_id, from: [p.sold]}
  week: {key: week_id, from: [w.done], touched_by: {w.billed: week_ids}}
money:
  amount: {entity: deal, field: value}
  sums: [{name: billed, entity: week, field: amount, having: [billed_at]}]
  chain: [{name: worked, entity: week, field: amount}]
  balances: [{name: unbilled, formula: worked - billed}]
"""
WEEK = """
process: week
version: 1.0.0
title: Week
owner: finance
case: week
keys: [week_id, week_ids]
links: [{process: project, by: [project_id]}]
activities:
  - {activity: done, events: [w.done]}
  - {activity: billed, events: [w.billed]}
order: [done, billed]
entities: {week: {key: week_id, from: [w.done], touched_by: {w.billed: week_ids}}}
money: {amount: {entity: week, field: amount}}
"""
EUROS = {"amount": "900.00", "currency": "EUR"}
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("p.sold", {"deal_id": "D-1", "value": EUROS}),
    ("p.created", {"deal_id": "D-1", "project_id": "P-1"}),
    ("p.refused", {"project_id": "P-1"}),
    ("w.done", {"week_id": "W-1", "project_id": "P-1", "amount": EUROS}),
    ("w.done", {"week_id": "W-2", "project_id": "P-1", "amount": EUROS}),
    ("w.billed", {"week_ids": ["W-1"]}),
)
UNDONE = ("p.removed", {"project_id": "P-1"})


def happened(type_: str, hour: int, data: dict[str, Any]) -> ProcessEvent:
    """Weeks are told of the project by name: the data alone makes them cases of their own."""
    work = type_.startswith("w.")
    return ProcessEvent(
        source="urn:test",
        id=f"{type_}-{hour}",
        type=type_,
        occurred_at=NOON + timedelta(hours=hour),
        process="project" if work else None,
        case="P-1" if work else None,
        activity=type_.removeprefix("w.") if work else None,
        data=data,
        trace_id=f"{hour:032x}",
        span_id=f"{hour:016x}",
    )


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    for text in (PROJECT, WEEK):
        activate(databases, "process", text)
    append(databases, [happened(type_, hour, data) for hour, (type_, data) in enumerate(STEPS)])
    drain(databases)
    with opened(databases, tmp_path) as one:
        yield one


def case(house: House, process: str, key: str) -> Any:
    (one,) = house.get(f"/v1/processes/{process}/instances", case=key)["items"]
    return house.get(f"/v1/instances/{one['id']}")


def test_a_case_says_what_it_waits_for_and_since_when(house: House):
    (wait,) = case(house, "project", "D-1")["waiting"]
    assert (wait["title"], wait["system"], wait["owner"]) == ("Billing set up", "erp", "finance")
    assert wait["since"] == "2026-03-02T13:00:00Z"
    (listed,) = house.get("/v1/processes/project/instances", waits_for="billable")["items"]
    assert (listed["case"], listed["waiting_since"]) == ("D-1", wait["since"])
    assert house.get("/v1/processes/project/instances", waits_for="sold")["items"] == []


def test_what_came_about_in_one_system_and_failed_in_another_is_partial_success(house: House):
    (partial,) = case(house, "project", "D-1")["partial"]
    assert (partial["title"], partial["outcome"]) == ("Both systems", "failed")
    assert (partial["done"], partial["failed"]) == (["created"], ["refused"])
    assert partial["detail"] == "PSA: Project created; ERP: Billing refused."


def test_a_milestone_is_reached_when_all_of_it_has_come(house: House):
    reached = {one["milestone"]: one["at"] for one in case(house, "project", "D-1")["milestones"]}
    assert reached == {"sold": "2026-03-02T12:00:00Z", "ready": None}


def test_what_was_undone_is_told_and_stands_no_longer(databases: Databases, house: House):
    append(databases, [happened(UNDONE[0], 8, UNDONE[1])])
    house.settled()
    found = case(house, "project", "D-1")
    (undone,) = found["compensations"]
    assert (undone["title"], undone["undoes"]) == ("Project removed", "created")
    (partial,) = found["partial"]
    assert (partial["done"], partial["undone"], partial["outcome"]) == ([], ["removed"], "failed")
    assert [one["activity"] for one in found["waiting"]] == ["created"]


def test_parts_are_shown_with_the_whole_and_the_whole_with_its_parts(house: House):
    whole = case(house, "project", "D-1")
    (parts,) = whole["links"]
    assert (parts["relation"], parts["process_title"], parts["cases"]) == ("parts", "Week", 2)
    assert parts["states"] == {"completed": 1, "running": 1}
    assert parts["amounts"] == [{"amount": "1800.00", "currency": "EUR"}]
    assert {one["case"]: one["waits_for"] for one in parts["items"]} == {
        "W-1": None,
        "W-2": "billed",
    }
    (up,) = case(house, "week", "W-1")["links"]
    assert (up["relation"], [one["id"] for one in up["items"]]) == ("part-of", [whole["id"]])


def test_a_balance_leads_to_the_figures_and_the_events_behind_it(house: House):
    found = case(house, "project", "D-1")
    assert found["money"] == {"worked": [{"amount": "1800.00", "currency": "EUR"}]}
    (balance,) = found["balances"]
    assert balance == {
        "name": "unbilled",
        "title": "Unbilled",
        "amounts": [{"amount": "900.00", "currency": "EUR"}],
    }
    lineage = house.get(f"/v1/instances/{found['id']}/lineage", figure="unbilled")
    assert lineage["formula"] == "worked - billed"
    assert [one["name"] for one in lineage["of"]] == ["worked", "billed"]
    lines = [(one["figure"], one["key"], len(one["events"])) for one in lineage["lines"]]
    assert lines == [("billed", "W-1", 2), ("worked", "W-1", 2), ("worked", "W-2", 1)]
    said, counted = lineage["lines"][0]["events"]
    assert (said["type"], said["says"]) == ("w.done", EUROS)
    assert (counted["type"], counted["says"], counted["span_id"]) == ("w.billed", None, f"{5:016x}")


def test_lineage_is_read_page_by_page_and_knows_only_the_models_figures(house: House):
    path = f"/v1/instances/{case(house, 'project', 'D-1')['id']}/lineage"
    first = house.get(path, figure="unbilled", limit=2)
    rest = house.get(path, figure="unbilled", cursor=first["next_cursor"])
    assert (len(first["lines"]), len(rest["lines"]), rest["next_cursor"]) == (2, 1, None)
    refused = house.http.get(path, params={"figure": "profit"})
    assert refused.status_code == 400
    assert "there are: billed, worked, unbilled" in refused.json()["errors"][0]["detail"]
