"""May this be done? What the gate answers a caller who waits, on both databases."""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from house import ByReference, House, opened
from msgspec.structs import replace
from sqlalchemy import update
from timework import CALENDAR, RULESET, SCHEMA, SUBJECT, approved, furnish

from controlplane.consumer import next_run
from controlplane.database import Databases, reading, writing
from controlplane.gate.asked import Caller
from controlplane.gate.gate import BusyError, Gate
from controlplane.gate.standing import InForce
from controlplane.gate.taken import Question, Taken
from controlplane.logwriter import LogWriter
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.definitions import Definitions
from controlplane.replay import verify
from controlplane.ruleprocess.supervisor import RuleProcesses
from governance.decision.stores import get_decision
from governance.tables import decision
from observability.log import stores as log
from observability.log.entry import Appended, LogEntry
from observability.projection import reconsideration_stores
from observability.projection.reconsideration_stores import Reconsideration
from observability.tables import instance
from rules.decision import Decision, Fact

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALLER = Caller(id="x" * 32, actor="erp", at=NOON)
GATE = "/v1/decisions/time-billing"
MONEY = {"amount": "800.00", "currency": "EUR"}
UNRATED = {"timesheet": "TS-9", "timesheet_id": "TS-9", "amount": MONEY}
RATED = {**UNRATED, "rate": "senior"}


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    with opened(databases, tmp_path) as one:
        furnish(one)
        yield one


UNRATED_TIME = Question(ruleset="time-billing", facts=(UNRATED,))


@contextmanager
def a_gate(databases: Databases, decider: Decider, **given: Any) -> Iterator[Gate]:
    writer = LogWriter(databases.log)
    gate = Gate(databases, writer, decider, **given)
    try:
        yield gate
    finally:
        gate.close()
        writer.close()


class Held(ByReference):
    """Decides when it is let go; remembers how many were asked about together."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go, self.together = Event(), Event(), list[int]()

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:
        self.together.append(len(cases))
        self.begun.set()
        assert self.go.wait(30)
        return super().decide(key, cases)


def ask(house: House, body: dict[str, Any], **headers: str) -> Any:
    return house.post(GATE, body, **headers)


def test_a_case_is_judged_as_it_stands(house: House):
    house.send(approved("1", "E-1"))
    answer = ask(house, {"case": "E-1"})
    assert (answer["outcome"], answer["ruleset_version"]) == ("blocked", "1.0.0")
    (firing,) = answer["firings"]
    assert (firing["occurrence"], firing["reason"]) == ("TS-1", "Timesheet TS-1 has no rate.")
    (listed,) = house.get("/v1/processes/time-to-invoice/instances", case="E-1")["items"]
    assert answer["instance"] == listed["id"]


def test_facts_of_the_callers_own_are_judged_without_a_case(house: House):
    assert ask(house, {"facts": [UNRATED]})["outcome"] == "blocked"
    answer = ask(house, {"facts": [RATED]})
    assert (answer["outcome"], answer["instance"]) == ("clear", None)
    assert answer["not_fired"][0]["rule"] == "time-without-rate"
    assert "rate" in answer["not_fired"][0]["because"]


def test_a_given_fact_stands_for_the_cases_own_of_that_name(house: House):
    house.send(approved("1", "E-1"))
    rated = {**RATED, "timesheet": "TS-1", "timesheet_id": "TS-1"}
    assert ask(house, {"case": "E-1", "facts": [rated]})["outcome"] == "clear"
    both = ask(house, {"case": "E-1", "facts": [UNRATED]})
    assert [one["occurrence"] for one in both["firings"]] == ["TS-1", "TS-9"]


def test_a_decision_can_be_read_before_and_after_the_worker_has_come_to_it(
    databases: Databases, house: House
):
    id_ = ask(house, {"facts": [UNRATED]}, traceparent=f"00-{'a' * 32}-{'b' * 16}-01")[
        "decision_id"
    ]
    with a_gate(databases, ByReference()) as gate:
        known = gate.find(id_)
    assert known is not None
    assert known.asked.digest == UNRATED_TIME.digest
    told = house.get(f"/v1/decisions/{id_}")
    assert (told["outcome"], told["asked_by"], told["trace_id"]) == ("blocked", "local", "a" * 32)
    house.send(approved("1", "E-1"))
    with reading(databases.state) as connection:
        assert get_decision(connection, id_) is not None
    assert house.get(f"/v1/decisions/{id_}") == told


def test_what_the_gate_was_asked_is_not_the_last_word_about_a_case(house: House):
    house.send(approved("1", "E-1"))
    instance = ask(house, {"case": "E-1", "facts": []})["instance"]
    house.send(approved("2", "E-2"))
    path = f"/v1/instances/{instance}/decisions"
    assert [one["asked_by"] for one in house.get(path)["items"]] == [None]
    assert "local" in {one["asked_by"] for one in house.get(path, latest="false")["items"]}
    assert len(house.get("/v1/exceptions", case="E-1")["items"]) == 1


def test_the_same_key_gets_the_same_answer_even_when_the_rules_have_changed(house: House):
    first = ask(house, {"facts": [UNRATED]}, **{"idempotency-key": "k-1"})
    narrower = RULESET.replace("version: 1.0.0", "version: 2.0.0").replace(
        "missing(t.rate)", 'missing(t.rate), t.timesheet_id != "TS-9"'
    )
    house.put_document("/v1/rulesets/time-billing/versions/2.0.0", narrower)
    house.post("/v1/rulesets/time-billing/versions/2.0.0/transitions", {"to": "active"})
    assert ask(house, {"facts": [UNRATED]}, **{"idempotency-key": "k-1"}) == first
    now = ask(house, {"facts": [UNRATED]}, **{"idempotency-key": "k-2"})
    assert (now["outcome"], now["ruleset_version"]) == ("clear", "2.0.0")


def test_a_key_that_stood_for_another_question_is_refused(house: House):
    ask(house, {"facts": [UNRATED]}, **{"idempotency-key": "k-1"})
    refused = house.post(GATE, {"facts": [RATED]}, expect=409, **{"idempotency-key": "k-1"})
    assert refused["type"] == "/problems/idempotency-key-reused"


def test_the_member_that_names_a_fact_is_part_of_the_question(house: House):
    ask(house, {"facts": [UNRATED]}, **{"idempotency-key": "k-1"})
    turned = dict(reversed(UNRATED.items()))
    house.post(GATE, {"facts": [turned]}, expect=409, **{"idempotency-key": "k-1"})


def test_a_text_that_no_database_keeps_is_refused_for_good(house: House):
    refused = house.post(GATE, {"case": "E-\x001"}, expect=422)
    assert "NUL" in refused["detail"]


def test_a_long_value_that_does_not_fit_is_told_shortly(house: House):
    facts = [{"timesheet": "TS-1", "amount": "8" * 50_000}]
    assert len(house.post(GATE, {"facts": facts}, expect=422)["errors"][0]["detail"]) < 200


def test_one_key_used_at_once_gives_one_decision(databases: Databases, house: House):
    decider = Held()
    with a_gate(databases, decider) as gate:
        asked = [gate.ask(UNRATED_TIME, CALLER) for _ in range(4)]
        decider.go.set()
        answers = [one.result() for one in asked]
    assert isinstance(answers[0], Taken)
    assert all(one == answers[0] for one in answers)


def test_who_asked_meanwhile_is_judged_together_in_the_order_of_asking(
    databases: Databases, house: House
):
    decider, told = Held(), list[str]()
    with a_gate(databases, decider) as gate:
        first = gate.ask(UNRATED_TIME, CALLER)
        assert decider.begun.wait(30)
        ids = [letter * 32 for letter in "edcba"]
        asked = [gate.ask(UNRATED_TIME, replace(CALLER, id=id_)) for id_ in ids]
        for id_, one in zip(ids, asked, strict=True):
            one.add_done_callback(lambda _, id_=id_: told.append(id_))
        decider.go.set()
        wait([first, *asked])
        with reading(databases.log) as connection:
            logged = [one.id for one in log.read(connection, 0, 1_000) if one.kind == "decision"]
    assert decider.together == [1, 5]
    assert told == ids
    assert logged == [CALLER.id, *ids]


def test_a_question_that_cannot_be_worked_out_fails_alone(databases: Databases, house: House):
    decider = Held()
    beyond = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
    with a_gate(databases, decider) as gate:
        gate.ask(UNRATED_TIME, CALLER)
        assert decider.begun.wait(30)
        bad = gate.ask(replace(UNRATED_TIME, at=beyond), replace(CALLER, id="b" * 32))
        good = gate.ask(UNRATED_TIME, replace(CALLER, id="c" * 32))
        decider.go.set()
        assert isinstance(good.result(), Taken)
        with pytest.raises(OverflowError):
            bad.result()
    with pytest.raises(BusyError):
        gate.ask(UNRATED_TIME, CALLER)


def test_what_the_worker_decided_on_the_same_facts_is_not_asked_again(
    databases: Databases, house: House
):
    house.send(approved("1", "E-1"))
    decider = Held()
    decider.go.set()
    ids = (f"{number}" * 32 for number in count(1))

    with a_gate(databases, decider) as gate:

        def decided(**asked: Any) -> Taken:
            question = Question(ruleset="time-billing", case="E-1", **asked)
            taken = gate.decide(question, replace(CALLER, id=next(ids)))
            assert isinstance(taken, Taken)
            return taken

        standing = decided()
        (known,) = house.get(f"/v1/instances/{standing.instance}/decisions")["items"]
        assert [one.reason for one in standing.decision.firings] == [
            one["reason"] for one in known["firings"]
        ]
        assert decider.together == []
        assert len(decided(facts=(UNRATED,)).decision.firings) == 2
        assert decider.together == [1]
        house.put_document(
            "/v1/rulesets/time-billing/versions/2.0.0",
            RULESET.replace("version: 1.0.0", "version: 2.0.0", 1),
        )
        house.post("/v1/rulesets/time-billing/versions/2.0.0/transitions", {"to": "active"})
        assert decided().decision.version == "2.0.0"
        with writing(databases.state) as state:
            state.execute(update(decision).values(version="1.0.0"))
        assert decided().decision.version == "2.0.0"
    assert decider.together == [1, 1]


def test_a_case_is_judged_on_the_very_facts_that_the_worker_judged(
    databases: Databases, house: House
):
    house.send(approved("1", "E-1"), approved("2", "E-1"), approved("3", "E-2"))
    dollars = approved("4", "E-2")
    dollars["data"] = {**dollars["data"], "amount": {"amount": "70.00", "currency": "USD"}}
    house.send(dollars)
    house.put("/v1/aliases", {"process": "time-to-invoice", "case": "E-1", "aliases": ["CRM-1"]})

    def compare() -> None:
        for case in ("E-1", "CRM-1", "E-2"):
            answer = ask(house, {"case": case})
            (known,) = house.get(f"/v1/instances/{answer['instance']}/decisions")["items"]
            assert answer["facts_digest"] == known["facts_digest"]
            for told in ("firings", "not_fired", "evaluated", "not_asked"):
                assert answer[told] == known[told]

    compare()
    with writing(databases.state) as state:  # as while a change of the model is being applied
        one = Reconsideration(
            process="time-to-invoice",
            correction="C-1",
            because="",
            actor="",
            events_after=0,
            events_until=0,
        )
        reconsideration_stores.put(state, one)
        state.execute(update(instance).values(state="older than the model"))
    compare()


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ([{"timesheet": "TS-1", "amount": "800"}], "/facts/0/amount"),
        ([UNRATED, {"timesheet": "TS-2", "colour": "red"}], "/facts/1/colour"),
        ([{"timesheets": "TS-1"}], "/facts/0"),
        ([{}], "/facts/0"),
        ([{"timesheet": 7}], "/facts/0/timesheet"),
        ([{"timesheet": ""}], "/facts/0/timesheet"),
        ([UNRATED, RATED], "/facts/1"),
        ([{**UNRATED, "amount": {**MONEY, "amuont": "9.00"}}], "/facts/0/amount"),
        ([{"timesheet": str(n)} for n in range(2_001)], "/facts"),
    ],
)
def test_facts_that_do_not_fit_are_refused_with_their_place(
    house: House, facts: list[Any], pointer: str
):
    refused = house.post(GATE, {"facts": facts}, expect=422)
    assert refused["type"] == "/problems/invalid-facts"
    assert refused["errors"][0]["pointer"] == pointer


def test_a_question_that_says_one_thing_twice_is_refused(house: House):
    said = b'{"facts": [{"timesheet": "TS-9", "rate": "junior", "rate": "senior"}]}'
    headers = {"content-type": "application/json"}
    refused = house.http.post(GATE, content=said, headers=headers)
    assert refused.status_code == 422
    assert "'rate' stands twice" in refused.json()["detail"]


def test_a_question_about_nothing_that_is_known_is_refused(house: House):
    assert house.post("/v1/decisions/nothing", {"facts": []}, expect=404)["detail"]
    assert "E-404" in house.post(GATE, {"case": "E-404"}, expect=404)["detail"]
    house.post(GATE, {}, expect=422)
    house.post(GATE, {"case": "E-1", "process": "hire-to-retire"}, expect=422)
    house.post(GATE, {"case": "E-1", "at": "yesterday"}, expect=400)
    house.post(GATE, {"case": "E-1", "colour": "red"}, expect=400)
    house.post(GATE, {"case": ""}, expect=400)
    assert house.http.post(
        GATE, content=b"{", headers={"content-type": "application/json"}
    ).is_error


def test_a_key_under_which_nothing_has_happened_is_no_case_yet(house: House):
    house.put("/v1/aliases", {"process": "time-to-invoice", "case": "E-1", "aliases": ["CRM-1"]})
    assert "CRM-1" in house.post(GATE, {"case": "CRM-1"}, expect=404)["detail"]
    house.send(approved("1", "E-1"))
    assert ask(house, {"case": "CRM-1"})["outcome"] == "blocked"


def test_only_a_change_of_what_is_in_force_is_read_anew(databases: Databases, house: House):
    in_force = InForce()

    def read() -> Definitions:
        with reading(databases.state) as state:
            return in_force.read(state)

    first = read()
    house.put("/v1/teams/legal", {"name": "Legal"}, expect=201)
    assert read() is first
    house.put_document("/v1/calendars/office", CALENDAR.replace("1.0.0", "2.0.0"))
    second = read()
    assert second.calendars["office"].document.version == "2.0.0"
    widened = {**SCHEMA, "properties": {**SCHEMA["properties"], "note": {"type": "string"}}}
    versions = f"/v1/contracts/{SUBJECT}/versions"
    house.post(versions, {"version": "1.1.0", "document": json.dumps(widened)}, expect=201)
    house.post(f"{versions}/1.1.0/transitions", {"to": "published"})
    rules = read().rules_of("time-billing")
    assert rules is not None
    assert rules.fact_types["timesheet"].field("note") == "text"


def test_clocks_are_read_at_the_time_that_is_asked_about(house: House):
    late = """\
ruleset: late-time
version: 1.0.0
title: Is time late?
process: time-to-invoice
owner: finance
rules:
  - rule: late
    version: 1.0.0
    title: Time was not invoiced in time
    severity: high
    type: LATE
    when:
      - each: clock as c
        where: [c.breached]
    outcome: warning
    reason: "It was due {c.due_at}."
"""
    house.put_document("/v1/rulesets/late-time/versions/1.0.0", late)
    house.post("/v1/rulesets/late-time/versions/1.0.0/transitions", {"to": "active"})
    house.send(approved("1", "E-1"))
    for at, outcome in (("2026-03-03T12:00:00Z", "clear"), ("2026-03-06T12:00:00Z", "warning")):
        answer = house.post("/v1/decisions/late-time", {"case": "E-1", "at": at})
        assert answer["outcome"] == outcome


def test_what_could_not_be_checked_is_an_answer_that_lets_nothing_pass(house: House):
    broad = RULESET.replace("ruleset: time-billing", "ruleset: broad").replace(
        "      - each: timesheet as t\n        where: [missing(t.rate)]",
        "      - each: timesheet as t\n      - each: timesheet as u\n      - each: timesheet as v",
    )
    broad = broad[: broad.index("    tests:")]
    house.put_document("/v1/rulesets/broad/versions/1.0.0", broad)
    house.post("/v1/rulesets/broad/versions/1.0.0/transitions", {"to": "active"})
    many = [{"timesheet": f"TS-{number}"} for number in range(60)]
    answer = house.post("/v1/decisions/broad", {"facts": many})
    assert answer["outcome"] == "not_evaluated"
    assert answer["not_evaluated"][0]["reason"] == "too-many-combinations"


def test_somebody_who_waits_is_told_of_so_many_firings_and_how_many_there_are(house: House):
    warned = RULESET.split("\nrules:\n")[1].replace("rule: time", "rule: dear-time")
    warned = warned[: warned.index("    tests:")].replace("outcome: blocked", "outcome: warning")
    warned = warned.replace("missing(t.rate)", 't.timesheet_id != "none"')
    both = RULESET.replace("\nrules:\n", f"\nrules:\n{warned}").replace("1.0.0", "2.0.0", 1)
    house.put_document("/v1/rulesets/time-billing/versions/2.0.0", both)
    house.post("/v1/rulesets/time-billing/versions/2.0.0/transitions", {"to": "active"})
    facts = [{**UNRATED, "timesheet": str(n), "timesheet_id": str(n)} for n in range(150)]
    answer = ask(house, {"facts": facts})
    outcomes = [one["outcome"] for one in answer["firings"]]
    assert outcomes == ["blocked"] * 150 + ["warning"] * 50
    assert answer["firing_count"] == 300
    assert len(house.get(f"/v1/decisions/{answer['decision_id']}")["firings"]) == 300


def test_decisions_of_the_gate_are_met_again_by_a_replay(house: House, databases: Databases):
    for number in range(3):
        house.send(approved(str(number), f"E-{number}"))
        ask(house, {"case": f"E-{number}"})
    house.send(approved("9", "E-9"))
    assert verify(databases, ByReference()).equal


def test_decisions_and_events_share_a_transaction():
    event, decision, command = (
        LogEntry(kind=kind, source="s", id=kind, at=NOON, payload=b"{}")
        for kind in ("event", "decision", "command")
    )
    assert next_run([event, decision, event, command]) == [event, decision, event]
    assert next_run([decision, decision, command]) == [decision, decision]


def test_who_waits_is_judged_while_what_was_judged_before_is_written(
    databases: Databases, house: House
):
    class Noting(LogWriter):
        def append(self, entries: Sequence[LogEntry]) -> "Future[Appended]":
            written.append(("here", entries[0].id))
            return super().append(entries)

        def submit(self, entries: Sequence[LogEntry], *more: Any, **by: Any) -> "Future[Appended]":
            written.append(("elsewhere", entries[0].id))
            return super().submit(entries, *more, **by)

    written: list[tuple[str, str]] = []
    decider, writer = Held(), Noting(databases.log)
    gate = Gate(databases, writer, decider)
    first = gate.ask(UNRATED_TIME, CALLER)
    assert decider.begun.wait(30)
    second = gate.ask(UNRATED_TIME, replace(CALLER, id="b" * 32))
    decider.go.set()
    assert isinstance(first.result(), Taken)
    assert isinstance(second.result(), Taken)
    gate.close()
    writer.close()
    assert written[0] == ("elsewhere", CALLER.id)
    assert ("here", "b" * 32) in written


def test_a_log_that_is_slow_makes_the_gate_say_that_it_is_busy(databases: Databases, house: House):
    class Slow:
        def append(self, entries: list[LogEntry]) -> "Future[Appended]":
            return Future()

        submit = append

    gate = Gate(databases, Slow(), ByReference(), patience_seconds=0.01)
    with pytest.raises(BusyError):
        gate.decide(UNRATED_TIME, CALLER)
    gate.close()


def test_the_death_of_the_gates_rule_process_costs_no_answer(databases: Databases, house: House):
    with RuleProcesses(1) as processes, a_gate(databases, processes) as gate:
        before = gate.decide(UNRATED_TIME, CALLER)
        os.kill(processes.pids[0], signal.SIGKILL)
        after = gate.decide(UNRATED_TIME, replace(CALLER, id="y" * 32))
        assert processes.deaths == 1
    assert isinstance(before, Taken)
    assert isinstance(after, Taken)
    assert after.decision == before.decision
    assert after.decision.outcome == "blocked"


def test_a_gate_that_is_busy_says_so(databases: Databases, house: House):
    decider = Held()
    with a_gate(databases, decider, patience_seconds=0.01) as gate:
        with pytest.raises(BusyError, match="busy"):
            gate.decide(UNRATED_TIME, CALLER)
        decider.go.set()
