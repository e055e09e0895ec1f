"""Rule processes die, hang and grow, and every case is still decided."""

import os
import signal
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from controlplane import ruleprocess, supervisor
from controlplane.spared import Spared
from controlplane.supervisor import ProcessDiedError, RuleProcesses
from rules.compiling import compile_ruleset
from rules.deciding import decide_reference
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.language import read_ruleset
from rules.money import money

TYPES = {
    "timesheet": FactType(
        name="timesheet",
        fields={
            "status": "text",
            "hours": "decimal",
            "amount": "money",
            "work_date": "date",
            "approved_at": "instant",
            "took": "duration",
            "tags": "texts",
            "lines": "integer",
            "billable": "boolean",
        },
    )
}


def written(status: str = "approved") -> str:
    return msgspec.json.encode(
        {
            "ruleset": "late-time",
            "version": "1.0.0",
            "title": "Late time",
            "process": "quote-to-cash",
            "rules": [
                {
                    "rule": "time-is-late",
                    "version": "1.0.0",
                    "title": "Time is late",
                    "severity": "high",
                    "type": "LATE",
                    "when": [
                        {"each": "timesheet as t", "where": [f't.status == "{status}"']},
                        {"none": "timesheet as o", "where": ["o.hours > t.hours"]},
                    ],
                    "outcome": "blocked",
                    "reason": "{t.hours} {t.work_date} {t.approved_at} {t.took} {t.tags} {t.lines}",
                    "money": {"blocked": "t.amount", "delayed_since": "t.approved_at"},
                }
            ],
        }
    ).decode()


def timesheet(id_: str = "TS-1", **values: object) -> Fact:
    return Fact(
        type="timesheet",
        id=id_,
        values={
            "status": "approved",
            "hours": Decimal("7.50"),
            "amount": money("1234.56789012345", "EUR"),
            "work_date": date(2026, 3, 2),
            "approved_at": datetime(2026, 3, 3, 9, 30, 0, 1, tzinfo=UTC),
            "took": timedelta(microseconds=-1),
            "tags": ["a", ""],
            "lines": 2**70,
            "billable": True,
            **values,
        },
        event="psa/1",
    )


def cases(count: int) -> list[list[Fact]]:
    return [[timesheet(f"TS-{number}"), timesheet("b")] for number in range(count)]


def by_reference(those: list[list[Fact]], text: str | None = None) -> list[Decision]:
    compiled = compile_ruleset(read_ruleset(text or written()), TYPES)
    return [decide_reference(compiled, one) for one in those]


def said(decisions: list[Decision]) -> list[Decision]:
    """Return *decisions* without the mark of who took them."""
    return [replace(one, by_reference=None) for one in decisions]


def warmed(processes: RuleProcesses) -> int:
    """Ask until a process answers; return how many cases the reference decided until then."""
    before = -1
    while processes.by_reference != before:
        before = processes.by_reference
        assert said(processes.decide("late@1", cases(1))) == by_reference(cases(1))
    return before


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


def test_a_killed_process_costs_no_decision_and_is_replaced(processes):
    those = cases(40)
    processes.decide("late@1", those)
    before = processes.pids
    os.kill(before[0], signal.SIGKILL)
    assert said(processes.decide("late@1", those)) == by_reference(those)
    assert processes.deaths == 1
    assert processes.by_reference == 20
    assert processes.pids[0] != before[0]
    assert processes.pids[1] == before[1]
    assert said(processes.decide("late@1", those)) == by_reference(those)
    assert processes.deaths == 1


def test_what_a_process_died_over_is_not_tried_again_until_its_facts_change():
    with RuleProcesses(1, batch_seconds=20) as processes:
        processes.load("late@1", written(), TYPES)
        fatal, harmless = cases(1), [[timesheet("other")]]
        os.kill(processes.pids[0], signal.SIGKILL)
        processes.decide("late@1", fatal)
        both = [*harmless, *fatal, *harmless]
        assert said(processes.decide("late@1", both)) == by_reference(both)
        assert (processes.deaths, processes.by_reference) == (1, 2)
        changed = [[timesheet("TS-0", lines=1), timesheet("b")]]
        assert said(processes.decide("late@1", changed)) == by_reference(changed)
        assert processes.by_reference == 2


def test_only_so_many_cases_are_spared():
    spared = Spared(most=2)
    those = cases(3)
    spared.add("late@1", those)
    assert spared.among("late@1", those) == {1, 2}
    assert spared.among("late@2", those) == frozenset()


def test_all_processes_may_die_at_once(processes):
    those = cases(40)
    for pid in processes.pids:
        os.kill(pid, signal.SIGKILL)
    assert said(processes.decide("late@1", those)) == by_reference(those)
    assert (processes.deaths, processes.by_reference) == (2, 40)


@pytest.mark.parametrize("count", [2, 3_000], ids=["a small batch", "more than the pipe holds"])
def test_a_hung_process_is_ended_after_its_time(count):
    with RuleProcesses(1, batch_seconds=0.3) as processes:
        processes.load("late@1", written(), TYPES)
        before = warmed(processes)
        (pid,) = processes.pids
        os.kill(pid, signal.SIGSTOP)
        those = cases(count)
        assert said(processes.decide("late@1", those)) == by_reference(those)
        assert (processes.deaths, processes.by_reference - before) == (1, count)
        assert processes.pids != [pid]


def test_a_process_that_is_still_starting_is_not_ended_and_the_reference_answers_meanwhile():
    with RuleProcesses(1, batch_seconds=0.05, load_seconds=60) as processes:
        processes.load("late@1", written(), TYPES)
        (pid,) = processes.pids
        os.kill(pid, signal.SIGSTOP)
        for _ in range(3):
            assert said(processes.decide("late@1", cases(1))) == by_reference(cases(1))
        assert (processes.deaths, processes.by_reference) == (0, 3)
        processes.load("late@1", written("open"), TYPES)
        processes.load("late@1", written(), TYPES)
        os.kill(pid, signal.SIGCONT)
        warmed(processes)
        assert (processes.deaths, processes.pids) == (0, [pid])


def test_processes_that_never_get_ready_are_started_ever_more_seldom():
    with RuleProcesses(1, load_seconds=0) as processes:
        processes.load("late@1", written(), TYPES)
        for _ in range(20):
            os.kill(processes.pids[0], signal.SIGSTOP)
            assert said(processes.decide("late@1", cases(1))) == by_reference(cases(1))
        assert processes.deaths == 2
        assert processes.by_reference == 20


def test_a_process_that_outgrows_its_memory_costs_no_decision():
    with RuleProcesses(1, memory_bytes=1024**2) as processes:
        processes.load("late@1", written(), TYPES)
        assert said(processes.decide("late@1", cases(3_000))) == by_reference(cases(3_000))
        assert processes.deaths >= 1


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
    for pid in processes.pids:
        os.kill(pid, signal.SIGKILL)
    processes.load("late@1", written("open"), TYPES)
    assert processes.deaths == 2
    assert said(processes.decide("late@1", cases(1))) == by_reference(cases(1), written("open"))


def test_nobody_waits_for_an_answer_of_a_closed_process():
    with RuleProcesses(1) as processes:
        (pid,) = processes.pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert processes.pids == []
    assert issubclass(ProcessDiedError, RuntimeError)


class Pipe:
    """The process's end of a pipe: says *messages*, keeps the answers, then closes."""

    def __init__(self, *messages: object) -> None:
        self._messages = [msgspec.msgpack.encode(one) for one in messages]
        self.answers: list[object] = []

    def recv_bytes(self) -> bytes:
        if not self._messages:
            raise EOFError
        return self._messages.pop(0)

    def send_bytes(self, answer: bytes) -> None:
        self.answers.append(msgspec.msgpack.decode(answer))


def test_a_process_answers_until_its_pipe_is_closed(monkeypatch):
    limits = []
    monkeypatch.setattr(ruleprocess.resource, "setrlimit", lambda *limit: limits.append(limit))
    monkeypatch.setattr(ruleprocess.signal, "signal", lambda *_: None)
    types = msgspec.to_builtins(TYPES)
    case = [["timesheet", "TS-1", {"status": "approved", "hours": {"$decimal": "7.5"}}, None]]
    pipe = Pipe(
        ["load", "k", written(), types],
        ["load", "k", written(), types],
        ["decide", "k", [case]],
        ["forget", "k"],
    )
    ruleprocess.run(pipe, 123)
    up, loaded, again, decided, forgotten = pipe.answers
    assert (up, loaded, again, forgotten) == ([], [], [], [])
    assert decided[0]["outcome"] == "blocked"
    assert limits[0][1] == (123, 123)


def test_a_message_that_is_none_ends_the_process(monkeypatch):
    monkeypatch.setattr(ruleprocess.resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(ruleprocess.signal, "signal", lambda *_: None)
    with pytest.raises(ValueError, match="no message"):
        ruleprocess.run(Pipe(["sing"]), 123)
