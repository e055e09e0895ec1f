"""What is amiss with rules that are sound: what never holds, what overlaps, what nobody tests."""

import pytest

from rules.analysis.advice import advice
from rules.analysis.coverage import coverage
from rules.checking import problems


def where(*conditions: str) -> list[dict]:
    return [{"each": "timesheet as t", "where": list(conditions)}]


def told(firm, *rules: dict) -> list[str]:
    return [one.detail for one in problems(firm.compiled(*rules))]


def advised(firm, *rules: dict) -> list[str]:
    compiled = firm.compiled(*rules)
    assert problems(compiled) == ()
    return [one.detail for one in advice(compiled) if "has no test case" not in one.detail]


@pytest.mark.parametrize(
    ("conditions", "because"),
    [
        (["t.lines > 5", "t.lines < 3"], "t.lines > 5 and t.lines < 3 never hold together"),
        (["t.lines > 5", "t.lines < 6"], "never hold together"),
        (["t.lines > 4.5 and t.lines < 5.2"], None),
        (["t.hours > 5", "t.hours < 6"], None),
        (["t.hours >= 5 and t.hours <= 5 and t.hours != 5"], "never hold together"),
        (['t.role == "a"', 't.role == "b"'], "never hold together"),
        (['t.role in ["a", "b"]', 't.role == "b"'], "this part of the `or` is never met"),
        (['t.role not in ["a", "b"]', 't.role != "c"'], None),
        (["t.billable", "not t.billable"], "never hold together"),
        (["exists(t.role)", "missing(t.role)"], "never hold together"),
        (["missing(t.role)", 't.role == "x"'], "never hold together"),
        (["missing(t.role)", 't.status == "x"'], None),
        (["t.amount > t.cost", "t.cost >= t.amount"], "never hold together"),
        (["t.amount >= t.cost", "t.cost >= t.amount"], None),
        (["t.amount > 0", 't.amount < money("0", "EUR")'], "never hold together"),
        (['t.amount > money("1", "EUR")', 't.amount > money("1", "USD")'], "never hold together"),
        (['t.amount != money("1", "EUR")', 't.amount == money("1", "USD")'], None),
        (['t.work_date > "2026-01-01"', 't.work_date < "2026-01-02"'], "never hold together"),
        (["t.took > hours(1)", "t.took < hours(2)"], None),
        (['currency(t.amount) == "EUR"', 'currency(t.amount) == "USD"'], "never hold together"),
        (["count(i for i in invoice) > 3 and count(i for i in invoice) == 2"], "never hold"),
        (['"a" in t.tags', '"a" not in t.tags'], None),
        (['t.approved_at > "2026-01-01T00:00:00Z"', "exists(t.approved_at)"], None),
    ],
)
def test_what_can_never_hold_is_refused(firm, conditions, because):
    found = told(firm, firm.rule(when=where(*conditions)))
    assert bool(found) == (because is not None), found
    assert because is None or because in found[0]


def test_what_contradicts_itself_is_named_with_its_place(firm):
    (problem,) = problems(firm.compiled(firm.rule(when=where("t.lines > 5", "t.lines < 3"))))
    assert (problem.line, problem.pointer) == (1, "/rules/0/when/0")
    assert problem.column > 1


def table(hit: str, *rows: list) -> dict:
    return {"hit": hit, "inputs": ["t.role", "t.lines"], "rows": [{"when": one} for one in rows]}


def test_rows_of_which_one_may_hold_are_told_apart(firm):
    rows = [["a", "> 5"], ["-", "> 8"], ["b", "< 5"]]
    (found,) = told(firm, firm.rule(table=table("unique", *rows)))
    assert found.startswith("rows 1 and 2 of 'a-rule' may hold at once; let `hit` be first")
    assert told(firm, firm.rule(table=table("first", *rows))) == []
    assert told(firm, firm.rule(table=table("unique", rows[0], rows[2]))) == []


def test_a_gap_of_a_table_is_told(firm):
    rows = [["a", "> 5"], ["a", "<= 5"], ["b", "-"], ['not in ["a", "b"]', "!= 5"]]
    assert advised(firm, firm.rule(table=table("first", *rows))) == [
        "no row of 'a-rule' speaks where t.role is anything else, t.lines is 5"
    ]
    assert advised(firm, firm.rule(table=table("first", *rows, ["-", "-"]))) == []


def test_rules_that_say_the_opposite_of_the_same_are_refused(firm):
    first = firm.rule(when=where("t.lines > 5", "t.billable"))
    again = firm.rule(
        rule="again",
        outcome="warning",
        when=[{"each": "timesheet as x", "where": ["x.billable", "x.lines > 5"]}],
    )
    (found,) = told(firm, first, again)
    assert found == "'again' asks the same as 'a-rule' and says the opposite"
    assert told(firm, first, {**again, "type": "OTHER"}) == []
    assert told(firm, first, {**again, "priority": 1}) == []
    assert advised(firm, first, {**again, "outcome": "blocked"}) == [
        "'again' asks and says the same as 'a-rule'"
    ]


def test_rules_that_may_say_the_opposite_are_told(firm):
    first = firm.rule(when=where("t.lines > 5"))
    second = firm.rule(rule="second", outcome="warning", when=where("t.lines < 9"))
    (found,) = advised(firm, first, second)
    assert "may hold of one fact and say the opposite (blocked, warning)" in found
    apart = firm.rule(rule="second", outcome="warning", when=where("t.lines < 4"))
    assert advised(firm, first, apart) == []


def test_conditions_that_no_case_makes_fail_are_uncovered(firm):
    when = [
        *where("t.lines > 5", "t.billable or t.hours > 3"),
        {"none": "rate as r", "where": ["r.role == t.role"]},
    ]
    cases = [
        {
            "name": "one",
            "given": [{"timesheet": "T", "lines": 6, "billable": True}],
            "fires": ["T"],
        },
        {
            "name": "two",
            "given": [
                {"timesheet": "T", "lines": 6, "role": "a", "billable": True},
                {"rate": "R", "role": "a"},
            ],
            "fires": [],
        },
    ]
    (found,) = coverage(firm.compiled(firm.rule(when=when, tests=cases)))
    assert (found.rule, found.cases, found.percent) == ("a-rule", 2, 50)
    assert [(one.condition, one.unseen) for one in found.conditions] == [
        ("t.lines > 5", "never fails"),
        ("t.billable == true", "never fails"),
        ("t.hours > 3", "never holds"),
        ("r.role == t.role", "never fails"),
    ]


def test_the_cases_of_a_table_cover_its_rows(firm):
    case = {"name": "x", "given": [{"timesheet": "T", "role": "a", "lines": 6}], "fires": ["T"]}
    rule = firm.rule(table=table("first", ["a", "> 5"], ["b", "-"]), tests=[case])
    (found,) = coverage(firm.compiled(rule))
    assert [one.unseen for one in found.conditions] == ["never fails", "never fails", "never holds"]
    (found,) = coverage(firm.compiled({**rule, "tests": []}))
    assert (found.percent, found.conditions[0].unseen) == (0, "is never asked")


@pytest.mark.parametrize(
    ("joined", "found"),
    [
        ([], ["blocked: one t may have several e; the largest counts"]),
        (["e.billing_model == t.role"], ["blocked: one t may have several e; the largest counts"]),
        (["e.engagement_id == t.role"], []),
    ],
)
def test_a_figure_that_rests_on_one_of_several_facts_is_advised(firm, joined, found):
    when = [{"each": "timesheet as t"}, {"each": "engagement as e", "where": joined}]
    assert advised(firm, firm.rule(when=when, money={"blocked": "e.cap"})) == found
    assert advised(firm, firm.rule(when=when, money={"blocked": "t.amount"})) == []


def test_a_rule_that_no_test_case_shows_is_told(firm):
    case = {"name": "open", "given": [{"timesheet": "T-1", "lines": 3}], "fires": ["T-1"]}
    untested, tested = (
        advice(firm.compiled(firm.rule(when=where("t.lines > 2"), tests=those)))
        for those in ([], [case])
    )
    assert [one.detail for one in untested] == [
        "'a-rule' has no test case: nothing shows that it does what it says"
    ]
    assert tested == []
