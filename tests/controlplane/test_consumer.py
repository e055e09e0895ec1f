"""The worker goes on: after a crash where it committed, past what cannot be applied."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from projecting import NOON, Undecided, append, contents, drain, installation, register, sweep
from sqlalchemy import Connection, event, select

from controlplane.commands import Commands
from controlplane.consumer import Consumer
from controlplane.database import Databases, reading, writing
from controlplane.gate.taken import Question, Taken, entry_of
from controlplane.logwriter import LogWriter
from controlplane.pipeline.command import COMMAND_SOURCE, Command, encode_command
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from controlplane.tables import unprocessed
from controlplane.ticker import sweep_entry
from controlplane.unprocessed_stores import count
from controlplane.worker import Worker
from observability.event import ProcessEvent
from observability.log import stores as log
from observability.log.entry import LogEntry
from observability.projection import clock_stores, progress_stores
from observability.tables import STATE, instance, log_entry
from rules.decision import Decision

MODEL = """
process: parcels
version: 1.0.0
title: Parcels
owner: logistics
activities: [{activity: sent}, {activity: received}]
start: [sent]
end: [received]
"""
SLA = """
sla: arrives
version: 1.0.0
title: A parcel arrives within a day
process: parcels
owner: logistics
from: [sent]
to: [received]
target: {hours: 24}
warn: [50]
"""


def step(number: int, activity: str, *, hours: int = 0, **more: object) -> ProcessEvent:
    return ProcessEvent(
        source="urn:carrier",
        id=f"{number}-{activity}",
        type="parcel.step",
        process="parcels",
        case=f"P-{number}",
        activity=activity,
        occurred_at=NOON + timedelta(hours=hours),
        **more,
    )


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    opened = installation(tmp_path)
    register(opened, "process", MODEL)
    register(opened, "sla", SLA)
    drain(opened)
    yield opened
    opened.close()


def cases(databases: Databases) -> dict[str, str]:
    rows = contents(databases, STATE, "instance")["instance"]
    return {row["case_key"]: row["state"] for row in rows}


def test_a_case_is_completed_by_its_end(databases: Databases):
    append(databases, [step(1, "sent"), step(1, "received", hours=2), step(2, "sent")])
    drain(databases)
    assert cases(databases) == {"P-1": "completed", "P-2": "running"}


def test_time_passes_by_sweeps_alone(databases: Databases):
    append(databases, [step(1, "sent")])
    drain(databases)
    with reading(databases.state) as connection:
        assert clock_stores.any_due(connection, at=NOON + timedelta(hours=12))
        assert not clock_stores.any_due(connection, at=NOON + timedelta(hours=11))
    sweep(databases, NOON + timedelta(hours=12))
    sweep(databases, NOON + timedelta(hours=25))
    drain(databases)
    with reading(databases.state) as connection:
        assert not clock_stores.any_due(connection, at=NOON + timedelta(days=999))


def test_an_effect_and_its_offset_commit_together(databases: Databases):
    append(databases, [step(1, "sent")])
    consumer = Consumer(databases, Processing(Undecided()))

    def fail(connection: Connection) -> None:
        raise KeyboardInterrupt

    event.listen(databases.state, "commit", fail)
    with pytest.raises(KeyboardInterrupt):
        consumer.step()
    event.remove(databases.state, "commit", fail)
    assert cases(databases) == {}
    drain(databases)
    assert cases(databases) == {"P-1": "running"}


def test_a_worker_that_waits_takes_what_was_appended_when_it_is_nudged(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("controlplane.worker.IDLE_SECONDS", 60.0)
    stop, nudged, idle = Event(), Event(), Event()
    consumer = Consumer(databases, Processing(Undecided()))
    begun, taken = consumer.offset, consumer.step

    def step(limit: int, *, patient: bool) -> int:
        if not (found := taken(limit, patient=patient)):
            idle.set()
        return found

    monkeypatch.setattr(consumer, "step", step)
    writer = LogWriter(databases.log, appended=nudged.set)
    working = Thread(target=Worker(consumer, stop, nudged=nudged).run)
    working.start()
    for number in (1, 2):
        assert idle.wait(30)
        idle.clear()
        writer.submit([sweep_entry(NOON + timedelta(hours=number))]).result()
    assert idle.wait(30)
    stop.set()
    nudged.set()
    working.join()
    writer.close()
    assert consumer.offset == begun + 2


def test_an_entry_that_cannot_be_applied_is_named_and_passed_over(databases: Databases):
    broken = LogEntry(kind="event", source="urn:x", id="1", at=NOON, payload=b"{not json")
    append(databases, [step(1, "sent")])
    with writing(databases.log) as connection:
        log.append(connection, [broken])
    append(databases, [step(2, "sent")])
    stop = Event()
    consumer = Consumer(databases, Processing(Undecided()))
    worker = Worker(consumer, stop)
    while consumer.offset < 5:
        worker.step()
    assert cases(databases) == {"P-1": "running", "P-2": "running"}
    with reading(databases.state) as connection:
        assert count(connection) == 1
        assert connection.execute(select(unprocessed.c.offset)).scalar_one() == 4
    with reading(databases.log) as connection:
        assert len(connection.execute(select(log_entry.c.offset)).all()) == 5


def test_a_replay_meets_the_same_state_also_past_what_failed(databases: Databases):
    test_an_entry_that_cannot_be_applied_is_named_and_passed_over(databases)
    sweep(databases, NOON + timedelta(days=2))
    drain(databases)
    append(databases, [step(1, "received", hours=3), step(3, "sent", backfill=True)])
    drain(databases)
    report = verify(databases, Undecided())
    assert [one for one in report.tables if not one.equal] == []
    assert {one.table for one in report.tables} >= {"instance", "clock", "ledger", "document"}


def test_a_replay_says_what_differs(databases: Databases):
    append(databases, [step(1, "sent")])
    drain(databases)
    with writing(databases.state) as connection:
        connection.execute(instance.update().values(title="forged"))
    report = verify(databases, Undecided())
    assert [one.table for one in report.tables if not one.equal] == ["instance"]


def test_a_command_that_is_unknown_is_answered_and_remembered(databases: Databases):
    command = Command(id="c-1", name="nobody:knows", actor="test", body={}, at=NOON)
    entry = LogEntry(
        kind="command",
        source=COMMAND_SOURCE,
        id=command.id,
        at=NOON,
        payload=encode_command(command),
    )
    with writing(databases.log) as connection:
        log.append(connection, [entry])
    drain(databases)

    class NoWriter:
        def submit(self, entries: list[LogEntry]) -> None:
            raise AssertionError("a known command is not appended again")

    commands = Commands(NoWriter(), databases.state)
    assert commands.submit(command).status == 400
    other = Command(id="c-1", name="nobody:knows", actor="test", body={"x": 1}, at=NOON)
    assert commands.submit(other).status == 409


def test_a_poisonous_event_of_a_backfill_takes_no_neighbour_with_it(databases: Databases):
    broken = LogEntry(
        kind="event", source="urn:x", id="1", at=NOON, payload=b'{"backfill":true,"x":[}'
    )
    append(databases, [step(1, "sent", backfill=True), step(2, "sent", backfill=True)])
    with writing(databases.log) as connection:
        log.append(connection, [broken])
    append(databases, [step(3, "sent", backfill=True)])
    consumer = Consumer(databases, Processing(Undecided()))
    worker = Worker(consumer, Event())
    while consumer.offset < 6:
        worker.step()
    assert set(cases(databases)) == {"P-1", "P-2", "P-3"}


def test_a_field_named_backfill_does_not_make_an_event_history(databases: Databases):
    append(databases, [step(1, "sent", data={"backfill": True})])
    consumer = Consumer(databases, Processing(Undecided()))
    consumer.step()
    with reading(databases.state) as connection:
        assert progress_stores.reached(connection, "worker").backfill_at is None


def test_a_decision_of_the_gate_is_left_to_gather_until_something_else_comes(
    databases: Databases,
):
    def taken(answer: str) -> LogEntry:
        question = Question(ruleset="none")
        decided = Decision(ruleset="none", version="1.0.0", outcome="clear", evaluated=())
        return entry_of(
            Taken(id=answer, asked=question, actor="erp", at=NOON, process="none", decision=decided)
        )

    consumer = Consumer(databases, Processing(Undecided()))
    for behind in ([step(1, "sent")], []):
        with writing(databases.log) as connection:
            log.append(connection, [taken(f"a{len(behind)}"), taken(f"b{len(behind)}")])
        assert consumer.step(patient=True) == 0
        append(databases, behind)
        assert consumer.step(patient=bool(behind)) == 2 + len(behind)
    with writing(databases.log) as connection:
        log.append(connection, [taken("c")])
    register(databases, "process", MODEL)
    assert consumer.step(patient=True) == 1
