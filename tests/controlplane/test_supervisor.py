"""Rule processes die, hang and grow, and every case is still decided."""

import os
import signal
from pathlib import Path
from time import monotonic

import pytest
from lateness import TYPES, by_reference, cases, said, timesheet, warmed, written
from msgspec.structs import replace

from controlplane.ruleprocess import supervisor
from controlplane.ruleprocess.supervisor import MAX_DEATHS, RuleProcesses
from rules.decision import ReferenceAlone
from rules.money import money


@pytest.fixture
def processes():
    with RuleProcesses(2, batch_seconds=20) as found:
        found.load("late@1", written(), TYPES)
        yield found


def test_processes_decide_what_the_reference_decides_without_loss(processes):
    those = cases(70)
    decisions = processes.decide("late@1", those)
    assert decisions == by_reference(those)
    assert decisions[0].firings[0].blocked == money("1234.56789012345", "EUR")
    assert processes.decide("late@1", []) == []
    assert (processes.deaths, processes.by_reference) == (0, 0)


def test_a_handful_of_cases_is_work_for_two(processes):
    assert processes.decide("late@1", cases(9)) == by_reference(cases(9))
    assert len(processes.pids) == 2


def test_questions_are_asked_before_any_answer_is_read_and_each_is_answered(processes):
    processes.load("late@2", written("open"), TYPES)
    sizes = (40, 1, 700, 0, 9)
    asked = [processes.ask(f"late@{1 + at % 2}", cases(size)) for at, size in enumerate(sizes)]
    texts = (written(), written("open"))
    for at in (3, 1, 0, 4, 2):
        assert asked[at]() == by_reference(cases(sizes[at]), texts[at % 2])
    assert (processes.deaths, processes.by_reference) == (0, 0)


def test_a_question_that_nobody_wants_answered_any_more_is_in_nobodys_way(processes):
    processes.ask("late@1", cases(40))
    assert processes.decide("late@1", cases(9)) == by_reference(cases(9))


def test_every_question_is_answered_where_all_processes_die_over_the_first(processes):
    processes.decide("late@1", cases(40))
    pids = processes.pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    asked = [processes.ask("late@1", cases(count)) for count in (40, 9, 12)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    answers = [one() for one in asked]
    assert answers == [by_reference(cases(count)) for count in (40, 9, 12)]
    assert (processes.deaths, processes.by_reference) == (2, 0)


def test_processes_that_need_not_explain_say_all_else_alike():
    with (
        RuleProcesses(1, batch_seconds=20) as talking,
        RuleProcesses(1, batch_seconds=20, explain=False) as silent,
    ):
        for one in (talking, silent):
            one.load("late@1", written("open"), TYPES)
        explained = talking.decide("late@1", cases(3))
        assert all(one.not_fired for one in explained)
        assert silent.decide("late@1", cases(3)) == [
            replace(one, not_fired=(), reach="") for one in explained
        ]


def test_a_killed_process_costs_no_decision_and_is_replaced(processes):
    those = cases(40)
    processes.decide("late@1", those)
    before = processes.pids
    os.kill(before[0], signal.SIGKILL)
    assert processes.decide("late@1", those) == by_reference(those)
    assert (processes.deaths, processes.by_reference) == (1, 0)
    assert processes.pids[0] != before[0]
    assert processes.pids[1] == before[1]
    assert processes.decide("late@1", those) == by_reference(those)
    assert processes.deaths == 1


def test_all_processes_may_die_at_once(processes):
    those = cases(40)
    processes.decide("late@1", those)
    for pid in processes.pids:
        os.kill(pid, signal.SIGKILL)
    assert processes.decide("late@1", those) == by_reference(those)
    assert (processes.deaths, processes.by_reference) == (2, 0)


def test_the_death_of_the_process_that_they_are_forked_from_costs_no_decision(processes):
    those = cases(40)
    processes.decide("late@1", those)
    (nursery,) = {processes.pool.nursery.pid}
    os.kill(nursery, signal.SIGKILL)
    processes.load("late@2", written("open"), TYPES)
    assert said(processes.decide("late@2", those)) == by_reference(those, written("open"))
    assert processes.decide("late@1", those) == by_reference(those)
    assert processes.pool.nursery.pid != nursery


@pytest.mark.parametrize("count", [2, 3_000], ids=["a small batch", "more than the pipe holds"])
def test_a_stopped_process_is_ended_after_its_time_and_no_case_is_blamed(count):
    with RuleProcesses(1, batch_seconds=0.3) as processes:
        processes.load("late@1", written(), TYPES)
        warmed(processes)
        (pid,) = processes.pids
        os.kill(pid, signal.SIGSTOP)
        those = cases(count)
        assert said(processes.decide("late@1", those)) == by_reference(those)
        assert processes.deaths == 1
        assert processes.pids != [pid]
        warmed(processes)
        assert processes.decide("late@1", those[:2]) == by_reference(those[:2])
        assert processes.deaths == 1


def test_a_case_that_is_late_twice_is_held():
    with RuleProcesses(1, batch_seconds=0.3) as processes:
        processes.load("late@1", written(), TYPES)
        reasons = []
        for _ in range(3):
            warmed(processes)
            (pid,) = processes.pids
            os.kill(pid, signal.SIGSTOP)
            (decision,) = processes.decide("late@1", [[timesheet("stopped")]])
            reasons.append(decision.by_reference.reason)
        assert reasons == ["late", "quarantined", "quarantined"]


def test_a_process_that_is_still_starting_is_not_ended_and_the_reference_answers_meanwhile():
    with RuleProcesses(1, batch_seconds=0.05, load_seconds=60) as processes:
        processes.load("late@1", written(), TYPES)
        nursery = processes.pool.nursery.pid
        os.kill(nursery, signal.SIGSTOP)
        for _ in range(3):
            (decision,) = processes.decide("late@1", cases(1))
            assert said([decision]) == by_reference(cases(1))
            assert decision.by_reference == ReferenceAlone(reason="starting")
        assert (processes.deaths, processes.by_reference) == (0, 3)
        processes.load("late@1", written("open"), TYPES)
        processes.load("late@1", written(), TYPES)
        os.kill(nursery, signal.SIGCONT)
        warmed(processes)
        assert (processes.deaths, processes.pool.nursery.pid) == (0, nursery)


def test_processes_that_never_get_ready_are_started_ever_more_seldom():
    with RuleProcesses(1, load_seconds=0) as processes:
        processes.load("late@1", written(), TYPES)
        for _ in range(20):
            os.kill(processes.pool.nursery.pid, signal.SIGSTOP)
            assert said(processes.decide("late@1", cases(1))) == by_reference(cases(1))
        assert processes.deaths == 2
        assert processes.by_reference == 20


def test_a_process_that_outgrows_its_memory_costs_no_decision():
    with RuleProcesses(1, memory_bytes=1024**2) as processes:
        processes.load("late@1", written(), TYPES)
        assert said(processes.decide("late@1", cases(3_000))) == by_reference(cases(3_000))
        assert 1 <= processes.deaths <= MAX_DEATHS + 4


def test_a_changed_text_is_read_anew_under_its_key(processes):
    first = processes.decide("late@1", cases(1))
    processes.load("late@1", written("open"), TYPES)
    (now,) = processes.decide("late@1", cases(1))
    assert first[0].firings
    assert now.firings == ()


def test_rule_sets_long_unused_are_forgotten(processes, monkeypatch):
    monkeypatch.setattr(supervisor, "MAX_LOADED", 2)
    processes.decide("late@1", cases(40))
    processes.load("late@2", written("open"), TYPES)
    processes.load("late@1", written(), TYPES)
    processes.load("late@3", written("open"), TYPES)
    assert said(processes.decide("late@1", cases(1))) == by_reference(cases(1))
    with pytest.raises(KeyError):
        processes.decide("late@2", cases(1))


def test_a_dead_process_forgets_by_itself(processes):
    processes.decide("late@1", cases(40))
    for pid in (*processes.pids, processes.pool.nursery.pid):
        os.kill(pid, signal.SIGKILL)
    processes.load("late@1", written("open"), TYPES)
    assert said(processes.decide("late@1", cases(1))) == by_reference(cases(1), written("open"))


def test_nobody_waits_for_an_answer_of_a_closed_process():
    with RuleProcesses(1) as processes:
        processes.load("late@1", written(), TYPES)
        warmed(processes)
        (pid,) = processes.pids
        nursery = processes.pool.nursery.pid
    assert processes.pids == []
    deadline = monotonic() + 30
    while running(pid) or running(nursery):
        assert monotonic() < deadline


def running(pid: int) -> bool:
    """Whether the process still does anything; one that is only not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
