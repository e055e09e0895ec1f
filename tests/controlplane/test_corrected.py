"""
What was corrected is as if it had never been said.

A log that holds mistakes, and whatever set them right, leads to the state of a firm that made
none: in any order, duplication and batching. What people command keeps its order among itself.
So do the exceptions that stand: what each says, who owns it, and the money that it holds up.
"""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projecting import (
    NOON,
    ByReference,
    append,
    ask,
    contents,
    drain,
    installation,
    register,
    sweep,
)
from small_billing import register_contract
from small_job_rules import (
    CONTRACTS,
    FIRST_RULES,
    KEPT,
    PRICES,
    RULES,
    TASK_RULES,
    standing,
)
from small_jobs import (
    CALENDAR,
    CLIENT,
    COMPARED,
    NIGHTS,
    PROCESS,
    PROMISES,
    ROLLUPS,
    SLA,
    STORY,
    TASKS,
    WAITING,
    happened,
)

from controlplane.database import Databases
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from observability.event import ProcessEvent
from observability.intake.retraction import RETRACTED
from observability.tables import STATE

Step = Callable[[Databases], object]
LATER = NOON + timedelta(hours=1)
AFTER = NOON + timedelta(days=10)
DECIDER = ByReference()
COUNTED = [*STORY, WAITING, *PRICES]
ORPHAN = ProcessEvent(
    source="urn:test",
    id="orphan",
    type="w.done",
    occurred_at=NOON + timedelta(hours=8),
    subject="O-7",
    data={"task_id": "T-7"},
)
TOO_MUCH = {"amount": "900", "currency": "EUR"}
MISTAKES = [
    happened("w.opened", 31, -5, job_id="J-1", order_id="O-2", client_id="C-9"),  # joins, renames
    happened("w.client", 32, 40, client_id="C-1", hold=True, tier="bronze"),
    happened("w.billed", 33, 10, job_id="J-1", task_ids=["T-2", "T-4"]),
    happened("w.done", 34, 3, job_id="J-9", task_id="T-9"),
    happened("w.opened", 35, 2, job_id="J-3", order_id="O-7"),  # the one that knows the orphan
    happened("w.checked", 37, 45, task_id="T-3", checked=True, amount=TOO_MUCH),
    happened("w.opened", 38, 41, job_id="J-1", value=TOO_MUCH),
    happened("w.reported", 36, 20, job_id="J-1", report_id="R-1", task_id="T-2", day="2026-03-10"),
]
FIRST_MODEL = (
    PROCESS.replace("version: 1.0.0", "version: 0.9.0")
    .replace("keys: [job_id, order_id]", "keys: [job_id, order_id, client_id]")
    .replace("references: {client_id: client}", "references: {client_id: client, task_id: task}")
    .replace("events: [w.back]", "events: [w.back, w.checked]")
)
FIRST_TASKS = TASKS.replace("version: 1.0.0", "version: 0.9.0").replace(", task_ids]", ", job_id]")
FIRST_PROMISE = SLA.replace("version: 1.0.0", "version: 0.9.0").replace("hours: 24", "hours: 2")
FIRST_DAYS = CALENDAR.replace("version: 1.0.0", "version: 0.9.0").replace("09:00", "14:00")
PRICED = SLA + "money: object.amount\n"
PASSING = SLA.replace("task-billed", "task-billed-at-once").replace("hours: 24", "hours: 1")


def document(kind: str, text: str) -> Step:
    return lambda databases: register(databases, kind, text, at=LATER)


def contract(subject: str, schema: dict[str, Any]) -> Step:
    return lambda databases: register_contract(databases, subject, schema)


def event(one: ProcessEvent) -> Step:
    return lambda databases: append(databases, [one])


def command(name: str, /, **body: Any) -> Step:
    return lambda databases: ask(databases, name, body, at=LATER)


def retraction(number: int, one: ProcessEvent) -> Step:
    """People retract by a command, sources by an event."""
    if number % 2:
        return command("event:retract", source=one.source, id=one.id, reason="sent by mistake")
    data = {"id": one.id, "reason": "sent by mistake"}
    return event(
        ProcessEvent(
            source=one.source, id=f"back-{one.id}", type=RETRACTED, occurred_at=LATER, data=data
        )
    )


def joined(verb: str, process: str, case: str, *aliases: str) -> Step:
    return command(f"alias:{verb}", process=process, case=case, aliases=[*aliases], reason="said")


REGISTERED: list[Step] = [
    command("team:put", team="finance", name="Finance"),
    *[contract(subject, schema) for subject, schema in CONTRACTS.items()],
]
COMMON = [
    *REGISTERED,
    *[document("calendar", text) for text in (FIRST_DAYS, NIGHTS)],
    *[document("process", text) for text in (FIRST_MODEL, CLIENT, FIRST_TASKS)],
    *[document("sla", text) for text in (FIRST_PROMISE, PASSING, *PROMISES[1:])],
    *[document("ruleset", text) for text in (FIRST_RULES, TASK_RULES)],
]
CHAINS: list[list[Step]] = [
    [document("calendar", CALENDAR)],
    [document("process", PROCESS)],
    [document("process", TASKS)],
    [document("sla", PRICED)],
    [document("ruleset", RULES)],
    [command("document:retire", kind="sla", name="task-billed-at-once")],
    [joined("put", "work", "J-1", "X-1", "X-2"), joined("withdraw", "work", "X-2", "J-1")],
    [joined("put", "work", "J-2", "J-1"), joined("withdraw", "work", "J-2", "J-1")],
    [joined("put", "tasks", "T-2", "T-4"), joined("withdraw", "tasks", "T-2", "T-4")],
]
FREE = [
    *[event(one) for one in [*COUNTED, ORPHAN, *MISTAKES, *MISTAKES[:2], *STORY[2:4]]],
    *[retraction(number, one) for number, one in enumerate(MISTAKES)],
]
UNMISTAKEN = [
    *REGISTERED,
    *[document("calendar", text) for text in (CALENDAR, NIGHTS)],
    *[document("process", text) for text in (PROCESS, CLIENT, TASKS)],
    *[document("sla", text) for text in (PRICED, *PROMISES[1:])],
    *[document("ruleset", text) for text in (RULES, TASK_RULES)],
    joined("put", "work", "J-1", "X-1"),
    *[event(one) for one in [*COUNTED, ORPHAN]],
]


def in_chains(order: Sequence[int]) -> Iterator[Step]:
    """Yield each step at the place that *order* gives it; those of one chain keep their order."""
    chains = [list(one) for one in CHAINS]
    places = [number for number, one in enumerate(CHAINS) for _ in one]
    for place in order:
        yield FREE[place - len(places)] if place >= len(places) else chains[places[place]].pop(0)


ALL = range(len(FREE) + sum(map(len, CHAINS)))


def work(databases: Databases, batches: Sequence[Sequence[Step]], limit: int) -> None:
    for batch in batches:
        for step in batch:
            step(databases)
        drain(databases, Processing(DECIDER), limit=limit)
    sweep(databases, AFTER)
    drain(databases, Processing(DECIDER))


def seen(databases: Databases, *more: str) -> dict[str, Any]:
    """Return what stands; of exceptions not when they were first heard of, nor what ended."""
    found = contents(databases, STATE, *COMPARED, *more)
    for name in ROLLUPS:
        found[name] = [row for row in found[name] if not _is_history(row)]
    return {**found, **standing(databases, at=AFTER)}


def _is_history(row: dict[str, Any]) -> bool:
    measure, instance = row.get("measure", ""), row.get("instance", "")
    if measure in KEPT:
        return False
    return measure.startswith(("exception:", "exception-")) or instance.startswith("engagement:")


def state_after(batches: Sequence[Sequence[Step]], limit: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        databases = installation(Path(folder))
        work(databases, batches, limit)
        found = seen(databases, "alias", "reconsideration")
        databases.close()
    return found


@cache
def unmistaken() -> dict[str, Any]:
    return state_after([UNMISTAKEN], 500)


def differing(order: Sequence[int], cut: int, limit: int) -> set[str]:
    """Return what is not as in the firm that made no mistakes."""
    steps = list(in_chains(order))
    found = state_after([COMMON, steps[:cut], steps[cut:]], limit)
    return {name for name, rows in unmistaken().items() if found[name] != rows}


CASES = given(order=st.permutations(ALL), cut=st.sampled_from(ALL), limit=st.sampled_from([1, 500]))
COMMONLY = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@COMMONLY
@CASES
def test_what_was_set_right_is_as_if_it_had_never_been_said(order, cut, limit):
    assert differing(order, cut, limit) == set()


@pytest.mark.soak
@LONG
@CASES
def test_for_long_what_was_set_right_is_as_if_it_had_never_been_said(order, cut, limit):
    assert differing(order, cut, limit) == set()


def test_a_replay_of_what_was_set_right_takes_the_same_steps_on_every_database(
    databases: Databases,
):
    order = list(ALL)
    random.Random(4).shuffle(order)
    steps = list(in_chains(order))
    work(databases, [COMMON, steps[:30], steps[30:]], 500)
    found = seen(databases)
    assert found == {one: unmistaken()[one] for one in found}
    assert [one.table for one in verify(databases, DECIDER).tables if not one.equal] == []
