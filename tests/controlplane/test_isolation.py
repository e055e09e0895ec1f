"""Rule processes die in the engine's own code while decisions are in flight, and none is lost."""

import statistics
from collections.abc import Iterator

import deadly
import pytest
from deadly import BOTH, MARKS, WRONG
from lateness import TYPES, by_reference, said, timesheet, warmed, written

from controlplane.ruleprocess import nursery
from controlplane.ruleprocess.supervisor import RuleProcesses
from rules.decision import Decision, Fact

IN_FLIGHT = 1_000
CAUSES = {
    "SIGSEGV": "SIGSEGV",
    "SIGFPE": "SIGFPE",
    "an endless loop": "more than 0.5 s of processor time",
    "out of memory": "out of memory",
}


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[RuleProcesses]:
    monkeypatch.setattr(nursery, "run", deadly.run)
    limits = {"batch_seconds": 60, "processor_seconds": 0.5, "memory_bytes": 256 * 1024**2}
    with RuleProcesses(2, load_seconds=60, **limits) as found:
        found.load("late@1", written(), TYPES)
        warmed(found)
        yield found


def in_flight(*marks: str) -> list[list[Fact]]:
    """Return many cases; those at the places of *marks*, evenly spread, are deadly."""
    those = [[timesheet(f"TS-{number}"), timesheet("b")] for number in range(IN_FLIGHT)]
    for place, mark in zip(places(*marks), marks, strict=True):
        those[place].append(timesheet("deadly", status=mark))
    return those


def places(*marks: str) -> list[int]:
    return [(2 * number + 1) * IN_FLIGHT // (2 * len(marks)) for number in range(len(marks))]


def held(decisions: list[Decision]) -> dict[int, str]:
    """Return where the reference alone decided, and why."""
    return {
        at: f"{one.by_reference.reason}: {one.by_reference.because}"
        for at, one in enumerate(decisions)
        if one.by_reference is not None
    }


@pytest.mark.parametrize("mark", MARKS)
def test_the_case_that_a_process_dies_over_is_found_and_held_and_every_case_is_decided(
    processes: RuleProcesses, mark: str
):
    those = in_flight(mark)
    (place,) = places(mark)
    decisions = processes.decide("late@1", those)
    assert said(decisions) == by_reference(those)
    because = f"quarantined: a rule process ended over it: {CAUSES[mark]}"
    assert held(decisions) == {place: because}
    deaths = processes.deaths
    assert deaths == (1 if mark == "an endless loop" else 2)
    again = processes.decide("late@1", those)
    assert (again, processes.deaths) == (decisions, deaths)
    those[place][-1] = timesheet("deadly", status="harmless")
    assert processes.decide("late@1", those) == by_reference(those)
    assert processes.deaths == deaths


def test_several_deadly_cases_in_one_batch_are_each_found(processes: RuleProcesses):
    those = in_flight(*MARKS)
    decisions = processes.decide("late@1", those)
    assert said(decisions) == by_reference(those)
    assert list(held(decisions)) == places(*MARKS)
    assert processes.deaths == 7


def test_deadly_cases_are_found_among_questions_that_are_asked_at_once(processes: RuleProcesses):
    harmless = in_flight()[:90]
    those = [harmless, in_flight("SIGSEGV")[440:560], harmless, in_flight("SIGFPE")[490:510]]
    asked = [processes.ask("late@1", one) for one in those]
    answers = [one() for one in asked]
    assert [said(one) for one in answers] == [by_reference(one) for one in those]
    assert [list(held(one)) for one in answers] == [[], [60], [], [10]]
    assert processes.deaths == 4


def test_another_process_answers_within_a_tenth_of_a_second(processes: RuleProcesses):
    processes.decide("late@1", in_flight(*MARKS))
    assert len(processes.pool.recoveries) == 4
    assert statistics.median(processes.pool.recoveries) < 0.1


def test_a_rule_set_of_which_several_cases_are_deadly_is_held_whole(processes: RuleProcesses):
    those = in_flight(*["SIGFPE"] * 5)
    processes.decide("late@1", those)
    deaths = processes.deaths
    decisions = processes.decide("late@1", those)
    assert said(decisions) == by_reference(those)
    assert len(held(decisions)) == IN_FLIGHT
    assert processes.deaths == deaths
    processes.load("late@2", written(), TYPES)
    assert held(processes.decide("late@2", those[:1])) == {}


def test_so_many_deaths_end_the_search(processes: RuleProcesses):
    those = in_flight(*["SIGFPE"] * 20)
    decisions = processes.decide("late@1", those)
    assert said(decisions) == by_reference(those)
    assert processes.deaths <= 2 * 16


def test_where_the_reference_dies_too_every_rule_is_not_evaluated(processes: RuleProcesses):
    those = in_flight(BOTH)
    (place,) = places(BOTH)
    for _ in range(2):
        decisions = processes.decide("late@1", those)
        deadly_one = decisions.pop(place)
        assert decisions == by_reference(those[:place] + those[place + 1 :])
        (unasked,) = deadly_one.not_evaluated
        assert (deadly_one.outcome, unasked.rule) == ("not_evaluated", "time-is-late")
        assert unasked.because == (
            "a rule process ended over it: SIGSEGV; so it did over the reference: SIGSEGV"
        )
        assert processes.deaths == 3


def test_where_engine_and_reference_differ_both_answers_are_kept_and_the_log_says_so(
    processes: RuleProcesses, capsys: pytest.CaptureFixture[str]
):
    sheets = [timesheet("wrong", note=WRONG), timesheet("TS-1")]
    (decision,) = processes.decide("late@1", [sheets])
    (unasked,) = decision.not_evaluated
    assert (decision.outcome, unasked.reason) == ("not_evaluated", "evaluations-differ")
    assert "the engine says that it does not hold, the reference [" in unasked.because
    assert "evaluations_differ" in capsys.readouterr().out
