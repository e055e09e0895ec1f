"""The state follows from the set of events, not from the order in which they came."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projecting import NOON, activate, append, ask, contents, drain, installation, sweep

from observability.event import ProcessEvent
from observability.instance import instance_id
from observability.tables import STATE

PROCESS = """
process: work
version: 1.0.0
title: Work
owner: finance
case: job
keys: [job_id, order_id]
activities:
  - {activity: opened, stage: start, events: [w.opened]}
  - {activity: done, stage: middle, events: [w.done], repeats: true}
  - {activity: billed, stage: end, events: [w.billed]}
stages: [{stage: start}, {stage: middle}, {stage: end}]
start: [opened]
end: [billed]
entities:
  job: {key: job_id, from: [w.opened]}
  task: {key: task_id, from: [w.done], touched_by: {w.billed: task_ids}}
references: {client_id: client}
money: {amount: {entity: job, field: value}}
"""
SLA = """
sla: task-billed
version: 1.0.0
title: A task is billed within a day
process: work
owner: finance
per: task
from: [done]
to: [billed]
target: {hours: 24}
warn: [50]
"""
CLIENT = """
process: clients
version: 1.0.0
title: Clients
owner: sales
entities:
  client: {key: client_id, from: [w.client]}
"""
TASKS = """
process: tasks
version: 1.0.0
title: Tasks
owner: finance
case: task
keys: [task_id, task_ids]
links: [{process: work, by: [job_id]}]
activities:
  - {activity: done, events: [w.done]}
  - {activity: billed, events: [w.billed]}
order: [done, billed]
entities:
  task: {key: task_id, from: [w.done], touched_by: {w.billed: task_ids}}
"""
COMPARED = (
    "instance",
    "entity",
    "clock",
    "case_event",
    "case_key",
    "case_entity",
    "case_link",
    "uncorrelated",
    "rollup",
    "rollup_amount",
    "rollup_case",
    "case_rollup",
)


def happened(type_: str, number: int, hours: int, **data: object) -> ProcessEvent:
    return ProcessEvent(
        source="urn:test",
        id=f"{type_}-{number}",
        type=type_,
        occurred_at=NOON + timedelta(hours=hours),
        sequence=number,
        data=data,
    )


STORY = [
    happened("w.opened", 1, 0, order_id="O-1", client_id="C-1"),
    happened(
        "w.opened", 2, 1, job_id="J-1", order_id="O-1", value={"amount": "10", "currency": "EUR"}
    ),
    happened("w.done", 3, 2, job_id="J-1", task_id="T-1"),
    happened("w.done", 4, 2, job_id="J-1", task_id="T-2"),
    happened("w.billed", 5, 40, job_id="J-1", task_ids=["T-1", "T-3"]),
    happened("w.opened", 6, 0, job_id="J-2"),
    happened("w.done", 7, 3, order_id="O-2", task_id="T-3"),
    happened("w.opened", 8, 4, job_id="J-2", order_id="O-2"),
    happened("w.client", 9, 5, client_id="C-1", name="Aldermoor"),
    happened("w.client", 10, 6, client_id="C-1", name="Aldermoor Bank"),
]
WAITING = ProcessEvent(
    source="urn:test",
    id="late-key",
    type="w.done",
    occurred_at=NOON + timedelta(hours=7),
    subject="O-2",
    data={"task_id": "T-4"},
)


def state_after(batches: list[list[ProcessEvent]], limit: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        databases = installation(Path(folder))
        for kind, text in (
            ("process", PROCESS),
            ("process", CLIENT),
            ("process", TASKS),
            ("sla", SLA),
        ):
            activate(databases, kind, text)
        for batch in batches:
            append(databases, batch)
            drain(databases, limit=limit)
        sweep(databases, NOON + timedelta(days=10))
        drain(databases)
        found = contents(databases, STATE, *COMPARED)
        databases.close()
    return found


IN_ORDER = state_after([[*STORY, WAITING]], 500)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    order=st.permutations([*STORY, WAITING, *STORY[2:5]]),
    cut=st.integers(0, 13),
    limit=st.sampled_from([1, 3, 500]),
)
def test_any_order_any_duplication_and_any_batching_give_the_same_state(order, cut, limit):
    assert state_after([order[:cut], order[cut:]], limit) == IN_ORDER


def test_the_story_is_two_jobs_with_their_tasks():
    jobs = {row["case_key"]: row["events"] for row in of("work")}
    assert jobs == {"J-1": 5, "J-2": 4}
    assert IN_ORDER["uncorrelated"] == []
    late = [row["object_key"] for row in IN_ORDER["clock"] if row["target_at"] is not None]
    assert late == ["T-1"]


def of(process: str) -> list[dict[str, Any]]:
    return [row for row in IN_ORDER["instance"] if row["process"] == process]


def test_an_event_that_names_several_cases_moves_each_of_them():
    tasks = {row["case_key"]: (row["events"], row["state"]) for row in of("tasks")}
    assert tasks == {
        "T-1": (2, "completed"),
        "T-2": (1, "running"),
        "T-3": (2, "completed"),
        "T-4": (1, "running"),
    }
    assert {row["waits_for"] for row in of("tasks")} == {None, "billed"}


def test_each_case_keeps_to_its_own_entity_of_several_that_an_event_names():
    own = {row["id"]: row["case_key"] for row in of("tasks")}
    named = {
        (own[r["instance"]], r["key"]) for r in IN_ORDER["case_entity"] if r["instance"] in own
    }
    assert named == {("T-1", "T-1"), ("T-2", "T-2"), ("T-3", "T-3"), ("T-4", "T-4")}


def test_a_part_is_linked_by_the_key_that_its_own_entity_names():
    own = {row["id"]: row["case_key"] for row in of("tasks")}
    linked = {(own[row["instance"]], row["process"], row["key"]) for row in IN_ORDER["case_link"]}
    assert linked == {("T-1", "work", "J-1"), ("T-2", "work", "J-1")}


def test_cases_that_one_event_named_and_an_alias_joins_have_it_once(tmp_path: Path):
    for first in (True, False):
        folder = tmp_path / str(first)
        folder.mkdir()
        databases = installation(folder)
        activate(databases, "process", TASKS)
        joined = {"process": "tasks", "case": "T-1", "aliases": ["T-3"]}
        if first:
            ask(databases, "alias:put", joined)
        append(databases, STORY)
        drain(databases)
        if not first:
            ask(databases, "alias:put", joined)
            drain(databases)
        (events,) = contents(databases, STATE, "case_event").values()
        found = [(e["event_id"], e["key"], e["instance"]) for e in events if "billed" in e["type"]]
        assert found == [("w.billed-5", "T-1", instance_id("tasks", "T-1"))]
        databases.close()
