"""A system may tell late, rests in its maintenance, and may fall silent."""

from datetime import UTC, datetime, timedelta

import pytest

from observability.clock.clock import Clock, ClockEvent, next_at, run_clock, state
from observability.objective import read_objective
from observability.objective.terms import Terms
from observability.system.document import System, read_system
from observability.system.hearing import Hearing, Silence
from rules.document import DocumentError

TEXT = """
system: erp
version: 1.0.0
title: Cloud ERP
owner: integration
sources: ["urn:firm:erp"]
grace: {hours: 2}
silent_after: {hours: 12}
maintenance:
  zone: Europe/London
  weekly: {sun: ["02:00-06:00"]}
  windows: [{from: "2026-03-03T20:00:00Z", until: "2026-03-03T23:00:00Z", title: upgrade}]
"""
ERP = read_system(TEXT)
MOMENT = timedelta(microseconds=1)


def at(text: str) -> datetime:
    day, hour = text.split()
    return datetime.fromisoformat(f"2026-03-{day:0>2} {hour}").replace(tzinfo=UTC)


def run(start: str, hours: int, *silences: Silence, system: System = ERP) -> Clock:
    objective = read_objective(
        "sla: posted\nversion: 1.0.0\nprocess: work\nowner: desk\nfrom: [approved]\n"
        f"to: [posted]\ntarget: {{hours: {hours}}}\nwarn: [50]\n"
    )
    hearing = Hearing(systems=(system,), silences=silences)
    terms = Terms(target=objective.target, hearing=hearing)
    begun = [ClockEvent(activity="approved", occurred_at=at(start))]
    clock = run_clock(objective, terms, begun, instance="case-1")
    assert clock is not None
    return clock


def test_nothing_is_absent_before_the_grace_of_who_would_tell_has_passed():
    clock = run("2 09:00", 4)
    assert clock.due_at == at("2 13:00")
    assert state(clock, at("2 15:00")) == "running"
    assert state(clock, at("2 15:00") + MOMENT) == "absent"
    assert next_at(clock, after=at("2 12:00")) == at("2 15:00") + MOMENT


def test_no_time_is_used_while_the_system_rests():
    assert run("3 18:00", 4).due_at == at("4 01:00")  # 2 h before the upgrade, 2 h after it
    assert run("3 21:00", 1).due_at == at("4 00:00")
    assert run("7 23:00", 4).due_at == at("8 07:00")  # 3 h on Sunday before two, 1 h after six
    assert run("3 18:00", 4).warnings == (at("3 20:00"),)
    assert run("2 09:00", 24 * 14).due_at == at("16 20:00")  # 14 days, the upgrade, two Sundays


def test_what_was_due_in_a_silence_is_believed_absent_only_when_the_system_is_heard_again():
    since = at("2 12:00")
    silent = run("2 09:00", 4, (since, None))
    assert (state(silent, at("9 09:00")), silent.absent_at) == ("running", None)
    assert next_at(silent, after=at("2 13:00")) is None
    heard = run("2 09:00", 4, (since, at("3 08:00")))
    assert state(heard, at("3 10:00")) == "running"
    assert state(heard, at("3 10:00") + MOMENT) == "absent"


def test_what_was_due_before_a_silence_is_absent_all_the_same():
    assert state(run("2 09:00", 1, (at("2 18:00"), None)), at("3 09:00")) == "absent"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (("system: erp", "system: ERP"), "/system"),
        (('sources: ["urn:firm:erp"]', "sources: []"), "/sources"),
        (("{hours: 2}", "{hours: -2}"), "/grace"),
        (("{hours: 12}", "{hours: 0}"), "/silent_after"),
        (("{hours: 12}", "{hours: NaN}"), "/silent_after"),
        (("Europe/London", "London"), "/maintenance/zone"),
        (("02:00-06:00", "2-6"), "/maintenance/weekly"),
        (("2026-03-03T23:00:00Z", "2026-03-03T19:00:00Z"), "/maintenance/windows/0"),
        (("2026-03-03T23:00:00Z", "2026-03-03T23:00:00"), "/maintenance/windows/0"),
    ],
)
def test_a_system_that_cannot_be_is_refused_where_it_cannot(change, pointer):
    with pytest.raises(DocumentError) as refused:
        read_system(TEXT.replace(*change))
    assert refused.value.pointer == pointer
