"""Two systems are held against each other: what was planted is found, and nothing else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from planting import (
    DOCUMENT,
    JUST_NOW,
    NOON,
    TWO_SIDES,
    an_hour,
    eur,
    expense,
    given,
    naive,
    run,
    told,
)

from observability.reconciliation.document import read_reconciliation
from observability.reconciliation.reconciling import Given, reconcile
from rules.money import Money

SOME = [expense(number) for number in range(40)]


def test_two_sides_that_say_the_same_are_reconciled_without_opening_a_bucket(tmp_path):
    finding = run(tmp_path, SOME, SOME[::-1])
    assert (finding.verdict, finding.breaks, finding.opened_buckets) == ("reconciled", (), 0)
    assert finding.counts["erp"].matched == 40
    assert finding.sides[0].total == finding.sides[1].total


def test_each_kind_of_break_is_found_and_nothing_else(tmp_path):
    left = [*SOME, expense(50), expense(51, at=JUST_NOW), expense(3)]
    right = [*SOME[:9], expense(9, amount=eur("150.00")), *SOME[10:], expense(60)]
    finding = run(tmp_path, left, right, grace=an_hour)
    assert told(finding) == [
        ("missing", "erp", "X-0050"),
        ("missing", "tool", "X-0060"),
        ("value", "erp", "X-0009"),
        ("duplicate", "tool", "X-0003"),
        ("timing", "erp", "X-0051"),
    ]
    assert finding.verdict == "breaks"


def test_a_break_says_what_hangs_on_it(tmp_path):
    left = [expense(1), expense(2), expense(3), expense(3)]
    right = [expense(1, amount=eur("90.00")), expense(3)]
    found = {one.kind: one.money for one in run(tmp_path, left, right).breaks}
    assert found == {
        "value": (Money(amount=Decimal(11), currency="EUR"),),
        "missing": (Money(amount=Decimal(102), currency="EUR"),),
        "duplicate": (Money(amount=Decimal(103), currency="EUR"),),
    }


def test_amounts_of_two_currencies_are_never_set_against_one_another(tmp_path):
    [one] = run(tmp_path, [expense(1)], [expense(1, amount=eur("101.00", "USD"))]).breaks
    assert one.kind == "value"
    assert [str(m) for m in one.money] == ["EUR 101.00", "USD 101.00"]
    assert (one.differences[0].book, one.differences[0].other) == ("EUR 101", "USD 101")


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"hours": "2.51"}, False),
        ({"hours": "2.52"}, True),
        ({"amount": eur("101.10")}, False),
        ({"amount": eur("101.11")}, True),
        ({"amount": eur("101.0000000")}, False),
        ({"status": "posted"}, True),
        ({"hours": None}, True),
    ],
)
def test_what_lies_within_the_tolerance_is_equal(tmp_path, change, broken):
    finding = run(tmp_path, [expense(1)], [expense(1, **change)])
    assert bool(finding.breaks) is broken


def test_offsetting_differences_are_found_though_the_totals_agree(tmp_path):
    right = [expense(1, amount=eur("111.00")), expense(8, amount=eur("98.00"))]
    finding = run(tmp_path, [expense(1), expense(8)], right)
    assert finding.sides[0].total == finding.sides[1].total
    assert [one.kind for one in finding.breaks] == ["value", "value"]


def test_a_key_that_stands_twice_on_both_sides_is_a_duplicate_on_both(tmp_path):
    twice = [expense(1), expense(1), expense(2)]
    finding = run(tmp_path, twice, twice)
    assert told(finding) == [("duplicate", "erp", "X-0001"), ("duplicate", "tool", "X-0001")]
    assert finding.counts["erp"].matched == 1


def test_what_changed_within_its_grace_is_on_its_way_until_that_is_over(tmp_path):
    late, changed = expense(1, at=JUST_NOW), expense(2, at=JUST_NOW, status="void")
    finding = run(tmp_path, [late, changed], [expense(2)], grace=an_hour)
    assert [(one.kind, one.of) for one in finding.breaks] == [
        ("timing", "missing"),
        ("timing", "value"),
    ]
    assert finding.verdict == "reconciled"
    later = [
        given(DOCUMENT, "tool", [late, changed], NOON + timedelta(hours=2)),
        given(DOCUMENT, "erp", [expense(2)], NOON + timedelta(hours=2)),
    ]
    again = reconcile(DOCUMENT, later, tmp_path, grace=an_hour)
    assert [one.kind for one in again.breaks] == ["missing", "value"]


def test_what_came_after_the_older_side_was_taken_is_on_its_way_without_any_grace(tmp_path):
    yesterday = NOON - timedelta(days=1)
    sides = [
        given(DOCUMENT, "tool", [expense(1, at="2026-03-02T08:00:00Z"), expense(2)]),
        given(DOCUMENT, "erp", [expense(2)], yesterday),
    ]
    finding = reconcile(DOCUMENT, sides, tmp_path)
    assert told(finding) == [("timing", "erp", "X-0001")]
    assert finding.cut_off == yesterday


def test_a_side_that_could_not_be_read_is_never_reconciled(tmp_path):
    sides = [given(DOCUMENT, "tool", SOME), Given(side="erp", unchecked="no extract of erp came")]
    finding = reconcile(DOCUMENT, sides, tmp_path)
    assert (finding.verdict, finding.because) == ("not_checked", "no extract of erp came")
    assert finding.checked == ()


def test_a_side_of_which_nothing_was_ever_told_is_not_taken_for_empty(tmp_path):
    sides = [
        given(DOCUMENT, "tool", SOME),
        Given(side="erp", watermark=NOON, silence="no event tells of erp"),
    ]
    finding = reconcile(DOCUMENT, sides, tmp_path)
    assert (finding.verdict, finding.because) == ("not_checked", "no event tells of erp")


def test_a_line_without_a_key_keeps_its_side_from_being_reconciled(tmp_path):
    finding = run(tmp_path, [*SOME, expense(99, expense_id=None)], SOME)
    assert finding.verdict == "not_checked"
    assert finding.because == "1 lines of tool name no key"


def test_sides_that_are_left_are_checked_when_one_is_missing(tmp_path):
    three = read_reconciliation(
        TWO_SIDES + "  - {side: crm, title: CRM, from: [{entity: expense}]}\n"
    )
    sides = [
        given(three, "tool", SOME),
        given(three, "erp", SOME[1:]),
        Given(side="crm", unchecked="the extract of crm is too old"),
    ]
    finding = reconcile(three, sides, tmp_path)
    assert told(finding) == [("missing", "erp", "X-0000")]
    assert (finding.verdict, finding.because) == ("breaks", "the extract of crm is too old")
    assert "missing-in-tool" not in finding.checked  # crm may hold what the book does not
    assert "missing-in-erp" in finding.checked


def test_lines_of_a_key_are_added_up_over_the_parts_of_a_sum(tmp_path):
    text = """
reconciliation: hours
version: 1.0.0
title: Approved is billed, unbilled or written off
owner: finance
key: [expense_id]
compare: [{field: hours, kind: number}]
money: amount
sides:
  - {side: psa, title: PSA, from: [{entity: a}]}
  - side: erp
    title: ERP
    sum: true
    from:
      - {part: billed, entity: b, line: [row]}
      - {part: credited, entity: c, subtract: true}
"""
    document = read_reconciliation(text)
    left = [expense(n, hours="8") for n in range(3)]
    right = [
        expense(0, hours="5", part="billed", row="1"),
        expense(0, hours="4", part="billed", row="2"),
        expense(0, hours="1", part="credited"),
        expense(1, hours="8", part="billed", row="3"),
        expense(1, hours="8", part="billed", row="3"),
        expense(2, hours="7", part="billed", row="4"),
    ]
    finding = run(tmp_path, left, right, document=document)
    assert told(finding) == [("value", "erp", "X-0002"), ("duplicate", "erp", "X-0001")]
    assert finding.sides[1].total.numbers == {"hours": "31"}


def test_what_is_missing_of_a_sum_is_worth_what_the_sum_comes_to(tmp_path):
    text = """
reconciliation: deferred
version: 1.0.0
title: Billed less recognised
owner: finance
key: [expense_id]
money: amount
absent: zero
compare: [{field: amount, kind: money}]
sides:
  - {side: ledger, title: Ledger, from: [{entity: a}]}
  - side: subledger
    title: Billed less recognised
    sum: true
    from:
      - {part: billed, entity: b, line: [row]}
      - {part: recognised, entity: c, subtract: true, line: [row]}
"""
    right = [
        expense(0, amount=eur("100.00"), part="billed", row="1"),
        expense(0, amount=eur("90.00"), part="recognised", row="2"),
        expense(1, amount=eur("30.00"), part="billed", row="3"),
        expense(1, amount=eur("70.00"), part="recognised", row="4"),
    ]
    found = run(tmp_path, [], right, document=read_reconciliation(text)).breaks
    assert [(one.side, str(one.money[0])) for one in found] == [
        ("ledger", "EUR 10.00"),
        ("ledger", "EUR 40.00"),
    ]


def test_nothing_may_stand_for_zero(tmp_path):
    text = TWO_SIDES.replace("  - {field: status}\n", "").replace("key:", "absent: zero\nkey:", 1)
    document = read_reconciliation(text)
    rows = [expense(1, hours="0", amount=eur("0.00")), expense(2)]
    finding = run(tmp_path, rows, [], document=document)
    assert told(finding) == [("missing", "erp", "X-0002")]


def test_groups_whose_control_totals_differ_are_shown_side_by_side(tmp_path):
    finding = run(tmp_path, [expense(1), expense(2)], [expense(1)])
    [one] = finding.unequal
    assert (one.group, one.sides["tool"].lines, one.sides["erp"].lines) == (("P-2",), 1, 0)
    assert (finding.groups, finding.unequal_groups) == (2, 1)


def test_more_breaks_than_a_run_lists_are_counted_and_those_with_an_exception_are_kept(tmp_path):
    known = frozenset({("missing-in-erp", f"X-{number:04d}") for number in (7, 31)})
    finding = run(tmp_path, SOME, [], standing=known, listed=5)
    assert (len(finding.breaks), finding.unlisted) == (7, 33)
    assert known <= {(one.rule, one.name) for one in finding.breaks}


def test_what_does_not_fit_into_memory_stands_in_files(tmp_path):
    right = [*SOME[:-1], expense(77)]
    assert run(tmp_path, SOME, right, memory_bytes=500) == run(tmp_path, SOME, right)
    assert any(tmp_path.iterdir())


def test_the_same_inputs_give_the_same_finding_in_whatever_order_they_are_read(tmp_path):
    right = [*SOME[5:], expense(3, status="void")]
    one, other = run(tmp_path, SOME, right), run(tmp_path, SOME[::-1], right[::-1])
    assert (one.inputs, one.unequal, one.counts) == (other.inputs, other.unequal, other.counts)
    assert told(one) == told(other)


ROWS = st.lists(
    st.builds(
        expense,
        st.integers(0, 12),
        hours=st.sampled_from(["1", "1.01", "1.02", "8.00"]),
        amount=st.builds(
            eur,
            st.sampled_from(["100", "100.05", "100.10", "100.11", "0", "-3.005"]),
            st.sampled_from(["EUR", "USD"]),
        ),
        status=st.sampled_from(["approved", "posted"]),
        at=st.sampled_from(["2026-02-01T09:00:00Z", JUST_NOW, "2026-03-02T11:00:00Z"]),
    ),
    max_size=14,
)


@drawn(left=ROWS, right=ROWS)
@settings(max_examples=150, deadline=None)
def test_every_line_against_every_other_finds_the_same(tmp_path_factory, left, right):
    left = sorted(left, key=lambda row: row["at"])  # of a key that stands twice the first counts
    right = sorted(right, key=lambda row: row["at"])
    finding = run(tmp_path_factory.mktemp("shelf"), left, right, grace=an_hour, memory_bytes=900)
    assert set(told(finding)) == naive(left, right)
    assert len(finding.breaks) == len(set(told(finding)))
