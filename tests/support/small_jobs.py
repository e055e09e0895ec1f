"""A firm of jobs and tasks: cases of several names, shared clients, clocks of every kind."""

from datetime import timedelta

from projecting import NOON

from observability.event import ProcessEvent

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
PROMISES = (SLA, HELD, BACKWARD, WEEKLY)
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
