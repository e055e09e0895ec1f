"""What rules say of the firm of jobs and tasks: overlapping lines, two processes, three owners."""

from datetime import datetime
from typing import Any

from small_billing import MONEY_SCHEMA
from small_jobs import happened

from controlplane.database import Databases, reading
from controlplane.engagement.measures import BLOCKED, EXPOSED, HELD, WAITS, WAITS_FROM
from controlplane.engagement.whole_stores import wholes_of
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import Wanted

TEXT, FLAG = {"type": "string"}, {"type": "boolean"}
CONTRACTS: dict[str, dict[str, Any]] = {
    "w.done": {"properties": {"task_id": TEXT, "job_id": TEXT, "amount": MONEY_SCHEMA}},
    "w.checked": {"properties": {"task_id": TEXT, "amount": MONEY_SCHEMA, "checked": FLAG}},
    "w.opened": {"properties": {"job_id": TEXT, "client_id": TEXT, "value": MONEY_SCHEMA}},
}
PRICES = [
    happened(
        "w.checked",
        20 + number,
        9,
        task_id=f"T-{number}",
        amount={"amount": price, "currency": code},
    )
    for number, price, code in (
        (1, "6.50", "EUR"),
        (2, "8.00", "EUR"),
        (3, "70.10", "GBP"),
        (4, "3", "EUR"),
    )
]
RULES = """
ruleset: job-rules
version: 1.0.0
title: What jobs hold up
owner: finance
process: work
rules:
  - rule: task-late
    version: 1.0.0
    title: A task was not billed in time
    question: Was it billed in time?
    rationale: What is not billed is not paid.
    owner: finance
    severity: high
    type: EVENT_MISSING
    when:
      - each: clock as c
        where: [c.sla == "task-billed", c.breached]
    outcome: warning
    occurrence: c
    clock: c
    reason: "Task {c.object} was due by {c.due_at}."
    money: {blocked: c.amount, delayed_since: c.due_at}
  - rule: task-of-dear-job
    version: 1.0.0
    title: A task of a dear job
    question: Is the job worth less than five?
    rationale: Of dear jobs nothing is billed unseen.
    owner: sales
    severity: medium
    type: DEAR
    when:
      - each: task as t
      - each: job as j
        where: ['j.value > money("5.00", "EUR")']
    outcome: blocked
    occurrence: t
    reason: "Task {t.task_id} is of job {j.job_id}, worth {j.value}."
    money: {blocked: t.amount, delayed_since: t.done_at}
  - rule: task-unchecked
    version: 1.0.0
    title: A task is not checked
    question: Is it checked?
    rationale: What is not checked may be wrong.
    severity: low
    type: UNCHECKED
    when:
      - each: task as t
        where: [missing(t.checked)]
    outcome: warning
    occurrence: t
    reason: "Task {t.task_id} is not checked."
    money: {exposure: t.amount}
"""
FIRST_RULES = (
    RULES.replace("version: 1.0.0", "version: 0.9.0")
    .replace("5.00", "50.00")
    .replace("owner: sales", "owner: delivery")
    .replace("rule: task-unchecked", "rule: task-doubtful")
    .replace("money: {blocked: c.amount, delayed_since: c.due_at}", "money: {exposure: c.amount}")
)
TASK_RULES = """
ruleset: task-rules
version: 1.0.0
title: What tasks hold up
owner: delivery
process: tasks
rules:
  - rule: task-waits
    version: 1.0.0
    title: A task waits to be billed
    question: Is it billed?
    rationale: What is not billed is not paid.
    owner: delivery
    severity: low
    type: UNBILLED
    when:
      - each: task as t
        where: [missing(t.billed_at)]
    outcome: blocked
    occurrence: t
    reason: "Task {t.task_id} is not billed."
    money: {blocked: t.amount, delayed_since: t.done_at}
"""
KEPT = [one.name for one in (HELD, BLOCKED, EXPOSED, WAITS, WAITS_FROM)]
"""What engagements contribute by what stands: not when that was first heard of."""
_SAID = [
    "state",
    "title",
    "type",
    "severity",
    "stage",
    "owner",
    "line",
    "reason",
    "rule_version",
    "ruleset_version",
    "blocked",
    "exposure",
    "delayed",
    "engagement",
    "remaining",
    "delayed_since",
    "process_sla",
    "incident",
    "case_title",
    "assignee",
    "waiver",
]


def standing(databases: Databases, *, at: datetime) -> dict[str, Any]:
    """Return what stands, by what is broken of which case, and the money of all of it."""
    with reading(databases.state) as state:
        page = list_exceptions(
            state, Wanted(status=("open", "acknowledged")), at=at, limit=500, wholes=wholes_of
        )
    assert page.total == len(page.items)
    of = {
        (one.process, one.case_key, one.rule, one.occurrence): [getattr(one, n) for n in _SAID]
        for one in page.items
    }
    return {"standing": of, "money": page.money}
