"""The state follows from the set of events, not from the order in which they came."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projecting import NOON, activate, append, ask, contents, drain, installation, sweep
from sqlalchemy import delete

from controlplane.database import Databases, writing
from controlplane.pipeline.definitions import load_definitions
from controlplane.pipeline.rolling import judged_by
from observability.event import ProcessEvent
from observability.instance import instance_id
from observability.rollup.standing_stores import roll_up_standing
from observability.tables import STATE, case_rollup, rollup, rollup_amount, rollup_case
from rules.instant import to_micros

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
  - {activity: sent-back, stage: middle, events: [w.back], repeats: true}
  - {activity: reported, stage: middle, events: [w.reported], repeats: true}
  - {activity: billed, stage: end, events: [w.billed]}
stages: [{stage: start}, {stage: middle}, {stage: end}]
start: [opened]
end: [billed]
entities:
  job: {key: job_id, from: [w.opened]}
  task: {key: task_id, from: [w.done, w.back, w.checked], touched_by: {w.billed: task_ids}}
  report: {key: report_id, from: [w.reported]}
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
HELD = """
sla: task-checked
version: 1.0.0
title: A task is checked in time, the sooner the dearer its client, not while that is on hold
process: work
owner: finance
per: task
from: [done]
to: [object.checked is true]
pause: [client.hold is true]
rejection: {by: [sent-back], then: restart}
applies: {client.tier: [gold, silver]}
targets: [{where: {client.tier: gold}, target: {business_hours: 3}}]
target: {business_hours: 8}
calendars: [{where: {client.tier: gold}, calendar: nights}]
calendar: days
warn: [50]
"""
BACKWARD = """
sla: job-prepared
version: 1.0.0
title: A job is under way one business day before its date
process: work
owner: finance
from: [opened]
to: [case.stage is middle or end]
target: {business_days: 1, before: case.begins_on}
calendar: days
warn: [80]
"""
WEEKLY = """
sla: task-reported
version: 1.0.0
title: What a task came to is reported by Wednesday noon
process: work
owner: finance
per: task
from: [done]
to: [reported]
expects: {entity: report, by: task_id, period: day}
target: {by: {weekday: wed, at: "12:00"}}
calendar: days
"""
CALENDAR = """
calendar: days
version: 1.0.0
zone: Europe/London
hours: {mon: ["09:00-17:00"], tue: ["09:00-17:00"], wed: ["09:00-17:00"], thu: ["09:00-17:00"]}
"""
NIGHTS = CALENDAR.replace("calendar: days", "calendar: nights").replace(
    "09:00-17:00", "22:00-06:00"
)
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
ROLLUPS = ("rollup", "rollup_amount", "rollup_case", "case_rollup")
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
    happened("w.client", 10, 6, client_id="C-1", name="Aldermoor Bank", tier="gold"),
    happened("w.client", 11, 4, client_id="C-1", hold=True, tier="silver"),
    happened("w.client", 12, 30, client_id="C-1", hold=False),
    happened("w.back", 13, 20, job_id="J-1", task_id="T-2"),
    happened("w.done", 14, 21, job_id="J-1", task_id="T-2", begins_on="2026-03-09"),
    happened("w.checked", 15, 50, task_id="T-1", checked=True),
    happened("w.opened", 16, 2, job_id="J-2", begins_on="2026-03-05"),
    happened("w.reported", 17, 28, job_id="J-1", report_id="R-1", task_id="T-1", day="2026-03-03"),
]
WAITING = ProcessEvent(
    source="urn:test",
    id="late-key",
    type="w.done",
    occurred_at=NOON + timedelta(hours=7),
    subject="O-2",
    data={"task_id": "T-4"},
)


@contextmanager
def worked(batches: list[list[ProcessEvent]], limit: int) -> Iterator[Databases]:
    with tempfile.TemporaryDirectory() as folder:
        databases = installation(Path(folder))
        for text in (CALENDAR, NIGHTS):
            activate(databases, "calendar", text)
        for text in (PROCESS, CLIENT, TASKS):
            activate(databases, "process", text)
        for text in (SLA, HELD, BACKWARD, WEEKLY):
            activate(databases, "sla", text)
        for batch in batches:
            append(databases, batch)
            drain(databases, limit=limit)
        sweep(databases, NOON + timedelta(days=10))
        drain(databases)
        yield databases
        databases.close()


def state_after(batches: list[list[ProcessEvent]], limit: int) -> dict[str, object]:
    with worked(batches, limit) as databases:
        return contents(databases, STATE, *COMPARED)


IN_ORDER = state_after([[*STORY, WAITING]], 500)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    order=st.permutations([*STORY, WAITING, *STORY[2:5]]),
    cut=st.integers(0, 20),
    limit=st.sampled_from([1, 3, 500]),
)
def test_any_order_any_duplication_and_any_batching_give_the_same_state(order, cut, limit):
    assert state_after([order[:cut], order[cut:]], limit) == IN_ORDER


def test_rollups_made_anew_from_the_cases_as_they_stand_are_the_same():
    with worked([[*STORY, WAITING]], 3) as databases:
        with writing(databases.state) as state:
            for table in (rollup, rollup_amount, rollup_case, case_rollup):
                state.execute(delete(table))
            definitions = load_definitions(state)
            for process in definitions.models:
                roll_up_standing(state, process, judged_by(definitions, process))
        found = contents(databases, STATE, *COMPARED)
    assert {one: found[one] for one in ROLLUPS} == {one: IN_ORDER[one] for one in ROLLUPS}
    assert found["rollup"]


def test_the_story_is_two_jobs_with_their_tasks():
    jobs = {row["case_key"]: row["events"] for row in of("work")}
    assert jobs == {"J-1": 8, "J-2": 5}
    assert IN_ORDER["uncorrelated"] == []
    clocks = {(row["sla"], row["object_key"]): row for row in IN_ORDER["clock"]}
    ended = {(r["sla"], r["object_key"]) for r in IN_ORDER["clock"] if r["target_at"] is not None}
    reported = ("task-reported", "T-1")
    assert ended == {
        ("task-billed", "T-1"),
        ("task-checked", "T-1"),
        ("job-prepared", ""),
        reported,
    }
    weeks = [row for row in IN_ORDER["clock"] if (row["sla"], row["object_key"]) == reported]
    assert sorted(row["period"] for row in weeks) == ["2026-03-03", "2026-03-10", "2026-03-17"]
    redone = clocks["task-checked", "T-2"]
    assert redone["started_at"] == to_micros(NOON + timedelta(hours=21))
    assert {clocks[one]["calendar"] for one in clocks if one[0] == "task-checked"} == {"nights"}


def of(process: str) -> list[dict[str, Any]]:
    return [row for row in IN_ORDER["instance"] if row["process"] == process]


def test_an_event_that_names_several_cases_moves_each_of_them():
    tasks = {row["case_key"]: (row["events"], row["state"]) for row in of("tasks")}
    assert tasks == {
        "T-1": (2, "completed"),
        "T-2": (2, "running"),
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
