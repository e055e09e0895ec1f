"""The score says what was missed and what was made up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from controlplane.simulator.score import Score, compare
from controlplane.simulator.sight import (
    Amiss,
    SeenBreak,
    SeenCase,
    SeenClock,
    SeenDeparture,
    SeenEvent,
    SeenException,
    SeenIncident,
    SeenPartial,
    SeenPromise,
    SeenRadius,
    SeenStep,
    Sight,
)
from controlplane.simulator.truth import (
    PROCESS,
    Finding,
    Head,
    Injected,
    Mark,
    Truth,
    TruthError,
    append_truth,
    read_truth,
    write_truth,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYS = ("ENG-7-0001", "PRJ-7-0001", "OPP-7-0001")
HEAD = Head(seed=7, start=NOON - timedelta(days=90), until=NOON, faults=("rate-missing",))


def finding(
    kind: str = "exception", name: str = "approved-time-without-rate", **parts: Any
) -> Finding:
    return Finding(
        **{"kind": kind, "name": name, "object": "TS-1", "visible_at": NOON - timedelta(days=1)}
        | parts
    )


def injected(*finds: Finding, allows: tuple[Finding, ...] = (), fault: str = "rate-missing"):
    return Injected(fault=fault, keys=KEYS, at=NOON - timedelta(days=2), finds=finds, allows=allows)


def truth(*those: Injected) -> Truth:
    return Truth(head=HEAD, injected=those, until=NOON)


def exception(rule: str = "approved-time-without-rate", **parts: Any) -> SeenException:
    return SeenException(
        **{"id": "EX-1", "rule": rule, "case": "ENG-7-0001", "occurrence": "TS-1"} | parts
    )


def scored(*those: Injected, **seen: Any) -> Score:
    return compare(truth(*those), Sight(**seen))


def test_what_was_injected_and_found_is_perfect():
    result = scored(injected(finding()), exceptions=(exception(state="resolved"),))
    assert (result.precision, result.recall, result.ok) == (1, 1, True)


def test_a_class_of_which_nothing_shows_yet_is_not_perfect_and_counts_in_no_mean():
    late = injected(finding(visible_at=NOON + timedelta(days=1)), fault="invoice-never-paid")
    untried, missed = scored(late, injected(finding())).faults
    assert (untried.fault, untried.injected) == ("invoice-never-paid", 0)
    assert (untried.precision, untried.recall) == (None, None)
    assert (missed.precision, missed.recall) == (None, 0)
    result = scored(late)
    assert (result.precision, result.recall, result.ok) == (None, None, True)


def test_a_finding_that_is_not_there_is_missed():
    result = scored(injected(finding()))
    assert (result.recall, result.ok) == (0, False)
    assert "TS-1" in result.missed[0]


def test_another_occurrence_is_both_missed_and_made_up():
    result = scored(injected(finding()), exceptions=(exception(occurrence="TS-2"),))
    assert (result.recall, result.precision) == (0, 0)
    (row,) = result.faults
    assert (row.found, row.false) == (0, 1)


def test_what_follows_from_a_fault_may_be_seen_and_need_not():
    follows = finding(name="approved-time-not-invoiced", object="sla:TS-1")
    fault = injected(finding(), allows=(follows,))
    seen = (exception(), exception("approved-time-not-invoiced", occurrence="sla:TS-1"))
    assert scored(fault, exceptions=seen).ok
    assert scored(fault, exceptions=seen[:1]).ok


def test_what_becomes_visible_later_is_not_asked_for_and_not_held_against_anybody():
    later = injected(finding(visible_at=NOON + timedelta(days=1)))
    assert scored(later).ok
    assert scored(later, exceptions=(exception(),)).ok


def test_a_promise_that_passes_after_the_told_time_is_neither_right_nor_wrong():
    later = SeenPromise(due_at=NOON + timedelta(hours=1))
    assert scored(exceptions=(exception("invoice-not-paid", process_sla=later),)).ok
    before = SeenPromise(due_at=NOON - timedelta(hours=1))
    early = exception("invoice-not-paid", process_sla=before)
    assert not scored(exceptions=(early,)).ok


def test_the_exceptions_of_other_firms_and_other_work_are_left_alone():
    assert scored(exceptions=(exception(case="ENG-8-0001"), exception(case="travel 17"))).ok


@pytest.mark.parametrize("state", ["late", "absent"])
def test_an_overtaken_clock_is_found_in_its_case(state: str):
    fault = injected(finding("clock", "submitted-to-approved"))
    clock = SeenClock(sla="submitted-to-approved", object="TS-1", state=state)
    assert scored(fault, cases={(PROCESS, KEYS[1]): SeenCase(clocks=(clock,))}).ok
    met = SeenClock(sla="submitted-to-approved", object="TS-1", state="met")
    assert not scored(fault, cases={(PROCESS, KEYS[1]): SeenCase(clocks=(met,))}).ok


def step(id_: str) -> SeenStep:
    return SeenStep(kind="event", source="/meridian/time", id=id_)


def test_an_event_sent_twice_stands_once():
    fault = injected(finding("once", "counted-once", source="/meridian/time", event="a"))
    assert scored(fault, cases={(PROCESS, KEYS[0]): SeenCase(steps=(step("a"), step("b")))}).ok
    assert not scored(fault, cases={(PROCESS, KEYS[0]): SeenCase(steps=(step("a"), step("a")))}).ok
    assert not scored(fault).ok


def test_events_stand_in_the_order_of_their_times():
    fault = injected(finding("ordered", "order", source="/meridian/time", event="a", object="b"))
    assert scored(fault, cases={(PROCESS, KEYS[0]): SeenCase(steps=(step("a"), step("b")))}).ok
    assert not scored(fault, cases={(PROCESS, KEYS[0]): SeenCase(steps=(step("b"), step("a")))}).ok
    assert not scored(fault, cases={(PROCESS, KEYS[0]): SeenCase(steps=(step("b"),))}).ok


def test_a_fault_in_another_process_is_found_in_its_case_there():
    close, worker = ("project-close", KEYS[0]), ("hire-to-billable", "W-7-0001")
    skipped = finding("departure", "skipped", object="wip-cleared", process=close[0])
    late = finding("clock", "hired", object="", process=worker[0], case=worker[1])
    cases = {
        close: SeenCase(departures=(SeenDeparture(kind="skipped", activity="wip-cleared"),)),
        worker: SeenCase(clocks=(SeenClock(sla="hired", state="late"),)),
    }
    assert scored(injected(skipped, late), cases=cases).ok
    assert len(scored(injected(skipped, late), cases={(PROCESS, KEYS[0]): SeenCase()}).missed) == 2


def test_what_was_done_in_part_is_found():
    fault = injected(finding("partial", "carried-over", object=""))
    seen = SeenCase(partial=(SeenPartial(together="carried-over"),))
    assert scored(fault, cases={(PROCESS, KEYS[0]): seen}).ok
    assert not scored(fault, cases={(PROCESS, KEYS[0]): SeenCase()}).ok


def test_what_came_late_and_was_in_time_leaves_no_exception_that_stands():
    fault = injected(finding("cleared"), allows=(finding(),))
    assert scored(fault).ok
    assert scored(fault, exceptions=(exception(state="resolved"),)).ok
    assert not scored(fault, exceptions=(exception(state="open"),)).ok


def test_a_case_that_left_its_model_or_broke_a_promise_for_no_reason_is_made_up():
    fault = injected(finding(), allows=())
    seen = (exception(state="open"),)
    for key, ok in (("TS-7-0002-1", False), ("TS-7-0001-1", True), ("TS-8-0002-1", True)):
        amiss = (Amiss(process="time-to-bill", case=key, departures=1),)
        assert scored(fault, exceptions=seen, amiss=amiss).ok is ok, key


def test_each_planted_break_is_found_and_nothing_else():
    planted = finding("break", "value", object="EX-7-0001", source="erp", process="expenses")
    one = SeenBreak(reconciliation="expenses", kind="value", side="erp", key="EX-7-0001")
    assert scored(injected(planted), breaks=(one,)).ok
    assert not scored(injected(planted)).ok
    for change, ok in (({"key": "EX-7-0002"}, False), ({"kind": "timing"}, True)):
        other = msgspec.structs.replace(one, key="EX-7-0003")
        more = msgspec.structs.replace(other, **change)
        assert scored(injected(planted), breaks=(one, more)).ok is ok


def test_a_refused_event_is_found_with_its_reason():
    fault = injected(
        finding("quarantine", "schema-violation", source="/meridian/time", event="x-7-1")
    )
    held = SeenEvent(source="/meridian/time", event_id="x-7-1", reason="schema-violation")
    assert scored(fault, quarantined=(held,)).ok
    other = SeenEvent(source="/meridian/time", event_id="x-7-1", reason="unknown-contract")
    assert not scored(fault, quarantined=(other,)).ok


def test_an_event_that_waits_for_no_reason_is_made_up():
    waiting = SeenEvent(source="/meridian/bank", event_id="payment.received:PAY-7-0009")
    assert not scored(uncorrelated=(waiting,)).ok
    span = SeenEvent(source="urn:otel:erp", event_id="0af7651916cd43dd:b7ad6b71", reason="broken")
    assert not scored(quarantined=(span,)).ok
    assert scored(uncorrelated=(SeenEvent(source="/other", event_id="1"),)).ok


def test_a_system_that_is_silent_is_found_and_one_that_is_heard_is_not_made_up():
    lost = finding("silent", "source-silent", object="firm-7-erp", case="firm-7-erp")
    fault = injected(lost, fault="source-silent")
    assert scored(fault, silent=frozenset({"firm-7-erp", "somebody-else"})).ok
    assert scored(fault).recall == 0
    made_up = scored(fault, silent=frozenset({"firm-7-erp", "firm-7-crm"}))
    assert (made_up.recall, len(made_up.false)) == (1, 1)
    said = exception("source-silent", case="firm-7-crm", occurrence="firm-7-crm")
    assert len(scored(exceptions=(said,)).false) == 1


def test_what_hangs_on_an_exception_is_found_to_the_last_invoice_and_no_further():
    hangs = finding("affected", affects=("INV-1", "INV-2"))
    for invoices, ok in (({"INV-1", "INV-2"}, True), ({"INV-1"}, False), (set(), False)):
        radius = SeenRadius(exception="EX-1", invoices=frozenset(invoices))
        seen = scored(injected(finding(), hangs), exceptions=(exception(),), radii=(radius,))
        assert seen.ok is ok
    more = SeenRadius(exception="EX-1", invoices=frozenset({"INV-1", "INV-2", "INV-3"}))
    assert not scored(injected(finding(), hangs), exceptions=(exception(),), radii=(more,)).ok


@pytest.mark.parametrize(
    ("ids", "ok"),
    [(("I", "I", "I"), True), (("I", "I", "J"), False), ((None,) * 3, False), ((None,) * 2, True)],
)
def test_what_has_one_cause_is_one_incident_from_three_cases_on(
    ids: tuple[str | None, ...], *, ok: bool
):
    due = NOON - timedelta(days=1)
    member = finding("incident", event=f"{due:%Y-%m-%d}")
    late = SeenPromise(due_at=due)
    exceptions = tuple(
        exception(
            id=f"EX-{place}",
            case=KEYS[0] if place == 0 else f"ENG-8-{place}",
            state="open",
            process_sla=late,
            incident=None if id_ is None else SeenIncident(id=id_),
        )
        for place, id_ in enumerate(ids)
    )
    assert scored(injected(finding(), member), exceptions=exceptions).ok is ok


def test_the_truth_is_read_as_it_was_written_and_grows(tmp_path: Path):
    file = tmp_path / "deep" / "truth.jsonl"
    first, second = injected(finding()), injected(fault="late-payment")
    write_truth(file, HEAD, [first])
    append_truth(file, [second, Mark(until=NOON + timedelta(hours=1))])
    found = read_truth(file)
    assert found.head == HEAD
    assert found.injected == (first, second)
    assert found.until == NOON + timedelta(hours=1)


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"line": "Mark"}'])
def test_a_file_that_is_no_truth_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "truth.jsonl"
    file.write_text(text)
    with pytest.raises(TruthError):
        read_truth(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(TruthError):
        read_truth(tmp_path / "none.jsonl")
