"""A system that falls silent is one exception, not a thousand; what it would tell is not absent."""

from datetime import timedelta

from projecting import NOON, ByReference, append, contents, drain, register, sweep

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from controlplane.ticker import clocks_due
from governance.exception import stores as exceptions
from governance.exception.process_exception import ProcessException
from observability.event import ProcessEvent
from observability.tables import STATE

PROCESS = """
process: work
version: 1.0.0
title: Work
owner: finance
case: job
keys: [job_id]
activities:
  - {activity: done, system: psa, events: [w.done]}
  - {activity: posted, system: erp, events: [w.posted]}
start: [done]
end: [posted]
entities: {job: {key: job_id, from: [w.done]}}
"""
SLA = """
sla: posted-in-time
version: 1.0.0
process: work
owner: finance
from: [done]
to: [posted]
target: {hours: 6}
"""
SYSTEM = """
system: erp
version: 1.0.0
owner: integration
sources: ["urn:erp"]
grace: {hours: 1}
silent_after: {hours: 3}
"""
HOUR = timedelta(hours=1)


def happened(type_: str, job: int, hours: float, source: str) -> ProcessEvent:
    return ProcessEvent(
        source=source,
        id=f"{type_}-{job}",
        type=type_,
        occurred_at=NOON + hours * HOUR,
        data={"job_id": f"J-{job}"},
    )


def told(databases: Databases, *events: ProcessEvent, hours: float) -> None:
    append(databases, events, at=NOON + hours * HOUR)
    drain(databases, Processing(ByReference()))


def swept(databases: Databases, hours: float) -> None:
    sweep(databases, NOON + hours * HOUR)
    drain(databases, Processing(ByReference()))


def silence(databases: Databases) -> ProcessException:
    with reading(databases.state) as state:
        [found] = exceptions.of_instances(state, ["system:erp"])["system:erp"]
    return found


def clocks(databases: Databases) -> dict[str, int | None]:
    rows = contents(databases, STATE, "clock")["clock"]
    return {row["instance"]: row["absent_at"] for row in rows if row["target_at"] is None}


def test_a_silent_source_is_one_exception_and_ends_when_it_is_heard_again(databases: Databases):
    for kind, text in (("process", PROCESS), ("system", SYSTEM), ("sla", SLA)):
        register(databases, kind, text)
    begun = [happened("w.done", job, 0, "urn:psa") for job in range(30)]
    told(databases, *begun, happened("w.posted", 0, 1, "urn:erp"), hours=1)
    assert not clocks_due(databases.state, at=NOON + 3.9 * HOUR)
    assert clocks_due(databases.state, at=NOON + 4 * HOUR)
    swept(databases, 4)
    found = silence(databases)
    assert (found.state, found.owner, found.type) == ("open", "integration", "SOURCE_SILENT")
    swept(databases, 9)
    assert set(clocks(databases).values()) == {None}
    assert len(clocks(databases)) == 29
    told(databases, happened("w.posted", 1, 5, "urn:erp"), hours=10)
    assert silence(databases).state == "resolved"
    swept(databases, 10)
    ends = {row["until"] for row in contents(databases, STATE, "silence")["silence"]}
    assert len(ends) == 1
    assert None not in ends
    assert len(clocks(databases)) == 28
    assert None not in clocks(databases).values()
    assert [one.table for one in verify(databases, ByReference()).tables if not one.equal] == []


def test_a_system_that_is_heard_all_the_time_is_never_silent(databases: Databases):
    for kind, text in (("process", PROCESS), ("system", SYSTEM), ("sla", SLA)):
        register(databases, kind, text)
    for job in range(4):
        told(databases, happened("w.posted", job, job * 2, "urn:erp"), hours=job * 2)
        swept(databases, job * 2 + 1)
    with reading(databases.state) as state:
        assert exceptions.of_instances(state, ["system:erp"]) == {}
