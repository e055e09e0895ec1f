"""How often each rule, condition and row held in production."""

from typing import Any

import pytest

from rules.analysis.production import Came, production
from rules.compiling import compile_ruleset
from rules.deciding import decide_reference
from rules.language import read_ruleset


@pytest.fixture
def used(firm):
    """What production says of *rules* after each of *cases* was decided."""

    def counted(*rules: dict[str, Any], cases: list[list[Any]]) -> Any:
        ruleset = read_ruleset(firm.document(*rules))
        compiled = compile_ruleset(ruleset, firm.types)
        decided = [decide_reference(compiled, facts) for facts in cases]
        return production(ruleset, [Came(reach=one.reach, times=1) for one in decided])

    return counted


def counts(one: Any) -> list[tuple[str, int, int, int, int, str]]:
    return [
        (each.asked, each.held, each.failed, each.unknown, each.not_reached, each.seen)
        for each in one.conditions
    ]


def test_each_condition_is_counted_by_how_far_the_nearest_facts_came(firm, used, timesheet):
    rule = firm.rule(
        when=[
            {"each": "timesheet as t", "where": ["t.billable", "t.lines > 3"]},
            {"none": "rate as r", "where": ["r.role == t.role"]},
        ]
    )
    rate = firm.fact("rate", "R-1", role="senior")
    cases = [
        [],
        [timesheet(billable=False, lines=9)],
        [timesheet(billable=True, lines=2)],
        [timesheet(billable=True)],
        [timesheet(billable=True, lines=9, role="senior"), rate],
        [timesheet(billable=True, lines=9, role="junior"), rate],
    ]
    (one,) = used(rule, cases=cases)
    assert (one.asked, one.fired, one.quiet) == (6, 1, 5)
    assert counts(one) == [
        ("each: timesheet as t", 5, 1, 0, 0, ""),
        ("t.billable == true", 4, 1, 0, 1, ""),
        ("t.lines > 3", 2, 1, 1, 2, ""),
        ("none: rate as r", 1, 1, 0, 4, ""),
    ]


def test_what_never_fails_and_what_is_never_asked_is_said(firm, used, timesheet):
    where = ["exists(t.status)", "t.lines > 3", "t.billable"]
    rule = firm.rule(when=[{"each": "timesheet as t", "where": where}])
    (one,) = used(rule, cases=[[timesheet(lines=1)]])
    assert [each.seen for each in one.conditions] == [
        "never failed",
        "never failed",
        "never held",
        "never asked",
    ]
    (unused,) = used(rule, cases=[])
    assert {each.seen for each in unused.conditions} == {"never asked"}


def test_the_rows_of_a_table_are_counted(firm, used, timesheet):
    table = {
        "hit": "first",
        "inputs": ["t.lines", "t.role"],
        "rows": [
            {"when": ["> 5", "senior"], "outcome": "blocked"},
            {"when": ["> 1", "junior"], "outcome": "clear"},
        ],
    }
    rule = firm.rule(when=[{"each": "timesheet as t"}], table=table)
    cases = [
        [timesheet(lines=7, role="senior")],
        [timesheet(lines=2, role="junior")],
        [timesheet(lines=2, role="partner")],
    ]
    (one,) = used(rule, cases=cases)
    assert [(each.row, each.fired, each.passed, each.nearest) for each in one.rows] == [
        (1, 1, 0, 0),
        (2, 0, 1, 1),
    ]
    assert (one.asked, one.fired, one.quiet, one.conditions) == (3, 1, 2, ())


def test_rules_that_do_not_apply_or_yield_are_told_apart(firm, used, timesheet):
    elsewhere = firm.rule(rule="elsewhere", applies={"engagement.billing_model": ["retainer"]})
    rules = [firm.rule(rule=name, priority=rank) for name, rank in (("first", 2), ("second", 1))]
    first, second, apart = used(*rules, elsewhere, cases=[[timesheet()]])
    assert (first.fired, first.yielded) == (1, 0)
    assert (second.asked, second.fired, second.yielded) == (1, 0, 1)
    assert (apart.asked, apart.not_asked) == (0, 1)


def test_rows_that_speak_together_are_one_decision(firm, used, timesheet):
    table = {
        "hit": "collect",
        "inputs": ["t.lines"],
        "rows": [{"when": ["> 5"]}, {"when": ["> 1"]}],
    }
    rule = firm.rule(when=[{"each": "timesheet as t"}], table=table)
    (one,) = used(rule, cases=[[timesheet("TS-1", lines=7), timesheet("TS-2", lines=2)]])
    assert (one.asked, one.fired) == (1, 1)
    assert [each.fired for each in one.rows] == [1, 1]


def test_what_could_not_be_checked_is_not_counted(firm, used, timesheet):
    where = ["sum(x.amount for x in timesheet) > t.cost"]
    rule = firm.rule(when=[{"each": "timesheet as t", "where": where}])
    amounts = [{"amount": "1", "currency": code} for code in ("EUR", "GBP")]
    facts = [timesheet(f"TS-{n}", amount=one) for n, one in enumerate(amounts)]
    (one,) = used(rule, cases=[facts])
    assert (one.asked, one.fired, one.quiet) == (0, 0, 0)
