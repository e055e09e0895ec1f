"""Runs on an installation: breaks become owned exceptions, and close when they are mended."""

from datetime import datetime, timedelta

import pytest
from projecting import NOON, Undecided, answer, append, ask, drain, installation, register
from reconciled import (
    BY_EVENTS,
    BY_EXTRACT,
    BY_EXTRACTS,
    HOUR,
    NAME,
    approved,
    conclude,
    furnished,
    kept,
    posted,
    run,
    upload,
)

from controlplane.database import Databases, reading
from controlplane.pack.shipped import shipped_folder
from controlplane.reconciling.order import Told
from controlplane.replay import verify
from governance.exception import stores as exceptions
from observability.event import ProcessEvent
from observability.reconciliation import stores
from observability.reconciliation.run import run_id


@pytest.fixture
def firm(databases):
    """The parametrised installation of both databases, with a reconciliation in force."""
    furnished(databases)
    return databases


def told(databases: Databases, *events: ProcessEvent, at: datetime = NOON) -> None:
    append(databases, events, at=at)
    drain(databases)


def standing(databases, name=NAME):
    with reading(databases.state) as state:
        found = exceptions.unresolved_of_ruleset(state, f"reconciliation:{name}")
    return {(one.rule, one.occurrence): one for one in found}


def test_a_break_becomes_an_exception_of_its_case_with_owner_and_money(firm):
    told(firm, approved(1), posted(1), approved(2), approved(3, "80.00"), posted(3, "70.00"))
    found = run(firm)
    assert (found.verdict, found.broken, found.opened) == ("breaks", 2, 2)
    assert [str(money) for money in found.money] == ["EUR 110.00"]
    one = standing(firm)["missing-in-erp", "X-2"]
    assert (one.owner, one.process, one.case_key) == ("finance", "spending", "P-0")
    assert str(one.exposure) == "EUR 100.00"
    assert one.reason == "X-2 is in Expense tool and not in ERP."
    other = standing(firm)["value-in-erp", "X-3"]
    assert other.reason == "X-3: amount is EUR 80 in Expense tool, EUR 70 in ERP."
    assert other.decision == found.id


def test_running_again_opens_nothing_twice_and_lists_what_was_found_before(firm):
    told(firm, approved(1), posted(1), approved(2))
    first, second = run(firm), run(firm, NOON + HOUR)
    assert (second.opened, second.closed, second.broken) == (0, 0, 1)
    assert (second.result, second.inputs) == (first.result, first.inputs)
    assert second.breaks_of == first.id
    assert len(standing(firm)) == 1


def test_a_run_after_the_mend_closes_the_exception_with_itself_as_evidence(firm):
    told(firm, approved(1), posted(1), approved(2))
    run(firm)
    told(firm, posted(2, after=2 * HOUR), at=NOON + 2 * HOUR)
    mended = run(firm, NOON + 3 * HOUR)
    assert (mended.verdict, mended.closed, standing(firm)) == ("reconciled", 1, {})
    with reading(firm.state) as state:
        [kept_break] = stores.breaks(state, run_of(firm), limit=10)
        line = exceptions.history(state, kept_break.exception)[-1]
    assert line.action == "resolved"
    assert line.detail == {"decision": mended.id}
    assert mended.id in line.note


def test_breaks_of_a_case_that_parts_from_another_stand_in_their_own_cases_again(firm):
    told(firm, approved(1), posted(1), approved(2), approved(3))
    run(firm)
    joined = {"process": "spending", "case": "P-0", "aliases": ["P-1"], "reason": "one project"}
    for hours, verb in ((1, "put"), (2, "withdraw")):
        ask(firm, f"alias:{verb}", joined, at=NOON + hours * HOUR)
        drain(firm)
    again = run(firm, NOON + 3 * HOUR)
    assert (again.status, again.broken) == ("done", 2)
    with reading(firm.state) as state:
        found = [one.exception for one in stores.breaks(state, again.breaks_of, limit=10)]
    stands = {one.id: one.case_key for one in standing(firm).values()}
    assert [stands[one] for one in found] == ["P-0", "P-1"]
    for one in found:
        resolved = {"exception": one, "reason": "booked by hand"}
        ask(firm, "exception:resolve", resolved, at=NOON + 4 * HOUR)
    drain(firm)
    assert standing(firm) == {}
    assert run(firm, NOON + 5 * HOUR).opened == 2
    assert {one.id for one in standing(firm).values()} == set(found)


def run_of(databases):
    with reading(databases.state) as state:
        return stores.runs(state, NAME, limit=9)[-1].id


def test_what_is_on_its_way_opens_no_exception_and_leaves_one_that_stands(firm):
    told(firm, approved(1), posted(1), approved(2, after=-HOUR / 2))
    found = run(firm)
    assert (found.verdict, found.on_the_way, found.opened) == ("reconciled", 1, 0)
    run(firm, NOON + HOUR)
    assert list(standing(firm)) == [("missing-in-erp", "X-2")]
    told(firm, approved(2, "120.00", after=2 * HOUR), at=NOON + 2 * HOUR)
    again = run(firm, NOON + 2 * HOUR)
    assert (again.on_the_way, again.closed) == (1, 0)
    assert list(standing(firm)) == [("missing-in-erp", "X-2")]


def test_a_side_of_which_nothing_came_is_not_checked_and_closes_nothing(firm):
    told(firm, approved(1))
    found = run(firm)
    assert (found.verdict, found.because) == ("not_checked", "no event has told of a line of ERP")


def test_an_extract_is_a_side_as_good_as_any_and_counts_up_to_its_watermark(databases):
    furnished(databases, BY_EXTRACT)
    told(databases, approved(1), approved(2), approved(3, after=-2 * HOUR))
    assert run(databases).because == "no extract of ERP was uploaded"
    rows = b"expense_id,project_id,amount,currency\nX-1,P-1,100.00,EUR\n"
    upload(databases, rows, watermark=NOON - 3 * HOUR)
    found = run(databases)
    assert (found.verdict, found.broken, found.on_the_way) == ("breaks", 1, 1)
    assert list(standing(databases)) == [("missing-in-erp", "X-2")]
    stale = run(databases, NOON + timedelta(days=3))
    assert stale.verdict == "not_checked"
    assert stale.because == "the extract of ERP is as of 2026-03-02T09:00:00Z"
    assert list(standing(databases)) == [("missing-in-erp", "X-2")]


@pytest.mark.parametrize("both", [False, True], ids=["one side uploaded", "both uploaded"])
def test_each_kind_of_break_is_found_in_a_file_and_nothing_else(databases, both):
    furnished(databases, BY_EXTRACTS if both else BY_EXTRACT)
    head = b"expense_id,project_id,amount,currency,approved_at\n"
    book = [(1, -24 * HOUR), (2, -24 * HOUR), (3, -24 * HOUR), (4, -24 * HOUR), (5, -HOUR / 2)]
    if both:
        lines = [f"X-{n},P-{n % 2},100.00,EUR,{(NOON + at).isoformat()}" for n, at in book]
        upload(databases, head + "\n".join(lines).encode() + b"\n", side="tool")
    else:
        told(databases, *(approved(number, after=at) for number, at in book))
    erp = ["X-1,P-1,100.00,EUR,", "X-3,P-1,90.00,EUR,", *["X-4,P-0,100.00,EUR,"] * 2]
    upload(databases, head + "\n".join([*erp, "X-6,P-0,100.00,EUR,"]).encode() + b"\n")
    found = run(databases)
    with reading(databases.state) as state:
        listed = stores.breaks(state, found.id, limit=20)
        assert [*stores.all_breaks(state, found.id, at_once=1)] == listed
    assert {(one.broken.kind, one.broken.side, *one.broken.key) for one in listed} == {
        ("missing", "erp", "X-2"),
        ("value", "erp", "X-3"),
        ("duplicate", "erp", "X-4"),
        ("timing", "erp", "X-5"),
        ("missing", "tool", "X-6"),
    }
    assert (found.broken, found.on_the_way, found.opened) == (4, 1, 4)
    assert (run(databases, NOON + HOUR / 4).opened, len(standing(databases))) == (0, 4)


def test_only_the_newest_extract_of_a_side_is_read(databases):
    furnished(databases, BY_EXTRACT)
    told(databases, approved(1))
    head = b"expense_id,project_id,amount,currency\n"
    upload(databases, head + b"X-1,P-1,100.00,EUR\n", watermark=NOON)
    upload(databases, head, watermark=NOON - HOUR)
    assert run(databases).verdict == "reconciled"
    upload(databases, head + b"X-1,P-1,99.00,EUR\n\n", watermark=NOON + HOUR)
    run(databases, NOON + HOUR)
    assert list(standing(databases)) == [("value-in-erp", "X-1")]


def test_an_extract_that_is_none_after_all_fails_the_run_and_closes_nothing(databases):
    furnished(databases, BY_EXTRACT)
    told(databases, approved(1), approved(2))
    upload(databases, b"expense_id,project_id,amount,currency\nX-1,P-1,100.00,EUR\n")
    run(databases)
    upload(databases, b"what,is,this\n1,2,3\n", watermark=NOON + HOUR)
    failed = run(databases, NOON + HOUR)
    assert (failed.status, failed.verdict) == ("failed", None)
    assert "no column expense_id" in failed.because
    assert list(standing(databases)) == [("missing-in-erp", "X-2")]


def test_a_break_without_a_case_stands_under_its_reconciliation(databases):
    furnished(databases, BY_EVENTS.replace("        case: project_id\n", ""))
    told(databases, approved(1), posted(1), approved(2))
    run(databases)
    [one] = standing(databases).values()
    assert (one.case_key, one.case_title) == (NAME, "Expenses approved against expenses posted")


def test_lines_are_added_up_by_case_whichever_name_a_side_has_for_it(databases):
    by_case = """
reconciliation: expenses-to-erp
version: 1.0.0
title: Expenses by project against the ledger
owner: finance
process: spending
key: ["@case"]
money: amount
compare: [{field: amount, kind: money}]
sides:
  - side: tool
    title: Expense tool
    sum: true
    from: [{entity: expense, told_by: [sp.expense.approved], case: project_id}]
  - {side: erp, title: Ledger, from: [{extract: {}, case: project}]}
"""
    furnished(databases, by_case)
    told(databases, *(approved(number) for number in range(4)))
    upload(databases, b"project,amount,currency\nP-0,200,EUR\nP-1,199,EUR\nP-9,1,EUR\n")
    found = run(databases)
    assert (found.verdict, found.because) == ("breaks", "1 lines of erp name no key")
    assert [str(one.exposure) for one in standing(databases).values()] == ["EUR 1.00"]
    assert [one.case_key for one in standing(databases).values()] == ["P-1"]


def test_events_are_counted_by_source_and_hour_as_they_came(databases):
    file = shipped_folder("professional-services") / "reconciliations/event-counts.yaml"
    register(databases, "reconciliation", file.read_text())
    told(databases, *(approved(number) for number in range(3)), at=NOON - HOUR)
    for number in range(3):  # the last one comes in an hour that is not over
        told(databases, posted(number), at=NOON - HOUR / 2 + number * HOUR / 4)
    rows = (
        b"source,window,until,count\n/sp/approved,2026-03-02T11:00:00Z,2026-03-02T12:00:00Z,3\n"
        b"/sp/posted,2026-03-02T11:00:00Z,2026-03-02T12:00:00Z,3\n"
        b"/sp/posted,2026-02-02T11:00:00Z,2026-02-02T12:00:00Z,9\n"
    )
    upload(databases, rows, watermark=NOON + HOUR / 2, name="event-counts", side="emitted")
    found = run(databases, NOON + HOUR / 2, name="event-counts")
    assert (found.broken, found.finding.counts["received"].matched) == (1, 1)
    [one] = standing(databases, "event-counts").values()
    assert one.reason.endswith("count is 3 in Sources, 2 in Control plane.")


def test_a_run_that_has_not_ended_is_the_one_that_is_asked_for(firm):
    told(firm, approved(1), posted(1))
    first, second = (ask(firm, "reconciliation:ask", {"name": NAME}) for _ in range(2))
    drain(firm)
    assert answer(firm, second).body == answer(firm, first).body == {"id": run_id(first)}


def test_what_a_run_found_never_changes(firm):
    told(firm, approved(1), posted(1))
    ended = run(firm)
    outcome = answer(firm, conclude(firm, Told(run=ended.id, because="no")))
    assert (outcome.status, outcome.body["type"]) == (409, "/problems/run-over")
    assert kept(firm, ended.id) == ended


def test_retiring_it_ends_its_exceptions(firm):
    told(firm, approved(1), posted(1), approved(2))
    run(firm)
    ask(firm, "document:retire", {"kind": "reconciliation", "name": NAME})
    drain(firm)
    assert standing(firm) == {}


def test_a_side_that_is_asked_no_more_ends_its_exceptions_at_the_next_run(firm):
    told(firm, approved(1), posted(1), approved(2), posted(3))
    run(firm)
    assert len(standing(firm)) == 2
    changed = BY_EVENTS.replace("1.0.0", "1.1.0").replace("side: erp", "side: ledger")
    register(firm, "reconciliation", changed)
    drain(firm)
    run(firm, NOON + HOUR)
    assert sorted(standing(firm)) == [("missing-in-ledger", "X-2"), ("missing-in-tool", "X-3")]


def test_a_replay_gives_the_same_runs_and_the_same_exceptions(tmp_path):
    databases = installation(tmp_path)
    furnished(databases)
    told(databases, approved(1), posted(1), approved(2), approved(3, "80.00"), posted(3, "70.00"))
    run(databases)
    told(databases, posted(2, after=2 * HOUR), at=NOON + 2 * HOUR)
    run(databases, NOON + 3 * HOUR)
    report = verify(databases, Undecided())
    assert [one.table for one in report.tables if not one.equal] == []
    databases.close()
