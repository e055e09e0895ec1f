"""The state follows from the set of events, not from the order in which they came."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projecting import NOON, activate, append, contents, drain, installation, sweep

from observability.event import ProcessEvent
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
COMPARED = ("instance", "entity", "clock", "case_event", "case_key", "case_entity", "uncorrelated")
COMPARED += ("rollup", "rollup_amount", "rollup_case", "case_rollup")


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
    happened("w.billed", 5, 40, job_id="J-1", task_ids=["T-1"]),
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
        for kind, text in (("process", PROCESS), ("process", CLIENT), ("sla", SLA)):
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
    jobs = {row["case_key"]: row["events"] for row in IN_ORDER["instance"]}
    assert jobs == {"J-1": 5, "J-2": 4}
    assert IN_ORDER["uncorrelated"] == []
    late = [row["object_key"] for row in IN_ORDER["clock"] if row["target_at"] is not None]
    assert late == ["T-1"]
