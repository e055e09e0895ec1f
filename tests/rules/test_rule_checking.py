"""What does not fit the facts is refused before it is kept, with a place and advice."""

import pytest

from rules.checking import check, problems
from rules.fact import FactType, case_fact_type
from rules.kind import kind_of
from rules.resolving import ResolvedRule, resolve_rule


def where(*conditions: str) -> list[dict]:
    return [{"each": "timesheet as t", "where": list(conditions)}]


def joined(*conditions: str, word: str = "each") -> list[dict]:
    return [
        {"each": "timesheet as t"},
        {word: "engagement as e", "where": list(conditions)},
    ]


def details(firm, **members: object) -> list[str]:
    return [one.detail for one in check(firm.read(firm.rule(**members)), firm.types)]


@pytest.mark.parametrize(
    ("condition", "because"),
    [
        ('t.statsu == "x"', "a timesheet has no field 'statsu'; did you mean 'status'?"),
        ('t.zzz == "x"', "a timesheet has no field 'zzz'; known are amount, approved_at"),
        ('s.status == "x"', "nothing is named 's'; bound are t"),
        ('tt.status == "x"', "nothing is named 'tt'; did you mean 't'?"),
        ("t.status == 3", "t.status is a text and 3 is an integer"),
        ("t.lines == t.status", "t.lines is an integer and t.status is a text"),
        ("t.billable == 1", "t.billable is a boolean and 1 is an integer"),
        ("t.status", "t.status is a text and true is a boolean"),
        ('t.status < "x"', "a text has no order here"),
        ("t.billable > true", "a boolean has no order here"),
        ('t.tags == "x"', "a list is not compared"),
        ("t.amount > 100", 'write money("100.00", "EUR")'),
        ('t.amount > "100"', 'write money("100.00", "EUR")'),
        ("t.work_date < t.approved_at", "a date has no time of day"),
        ('t.work_date < "soon"', '"soon" is no date'),
        ('t.approved_at < "2026-03-02"', "names no time zone"),
        ('t.hours < "many"', '"many" is no decimal'),
        ("t.took > 3", "t.took is a duration and 3 is an integer"),
        ("1 == 1", "compares two literals"),
        ("t.hours + t.status > 3", "a decimal + a text means nothing"),
        ("t.amount * t.amount > 0", "money * money means nothing"),
        ("t.approved_at + t.submitted_at > t.took", "an instant + an instant means nothing"),
        ("t.work_date + t.took > t.work_date", "only whole days are added to a date"),
        ("t.work_date + hours(5) > t.work_date", "only whole days are added to a date"),
        ("t.tags + 1 > 1", "a list of texts + an integer means nothing"),
        ('"x" in t.status', "t.status is a text, not a list"),
        ("3 in t.tags", "3 is an integer; lists hold texts"),
        ("currency(t.hours) == 'EUR'", "only money has a currency"),
        (f"t.lines > {2**62}", "too large"),
        ("t.hours > 1.0000001", ""),
        ("exists(t.nowhere)", "has no field 'nowhere'"),
        (
            "t.amount > money('1', 'EUR') - money('1', 'USD')",
            'money("1", "EUR") - money("1", "USD") cannot be worked out',
        ),
    ],
)
def test_a_condition_that_does_not_fit_is_refused(firm, condition, because):
    found = details(firm, when=where(condition))
    if not because:
        assert found == []
        return
    assert because in "; ".join(found)


@pytest.mark.parametrize(
    ("when", "because"),
    [
        (where(*["t.lines == 1 or t.lines == 2"] * 7), "64 alternatives"),
        (joined("t.lines == 1 or e.people == 1", *["e.people in [1, 2]"] * 6), "64 alternatives"),
        (
            [
                {"each": "timesheet as t", "where": ["t.lines in [1, 2, 3]"] * 2},
                {"each": "engagement as e", "where": ["e.people in [1, 2, 3]"] * 2},
            ],
            "64 alternatives",
        ),
        (where(*[f"t.lines > {n}" for n in range(61)]), "at most 60 conditions"),
        (
            [
                {"each": "timesheet as t", "where": [f"t.lines * {n} > 9" for n in range(50)]},
                {"each": "timesheet as u", "where": [f"u.lines * {n} > 9" for n in range(50, 99)]},
                {"each": "timesheet as v", "where": [f"v.hours * {n} > 9" for n in range(50)]},
            ],
            "at most 120 different values",
        ),
        ([{"each": "timesheets as t"}], "no fact type 'timesheets'; did you mean 'timesheet'?"),
        (
            [{"each": "zebra as t", "where": ["t.x == 1", "'a' in t.y", "t.x + 1 > 2"]}],
            "known are case",
        ),
        ([{"each": "timesheet as t"}, {"each": "rate as t"}], "'t' is bound twice"),
        ([{"each": "timesheet as t"}, {"none": "rate as t"}], "'t' is bound twice"),
        (
            [{"each": "timesheet as t"}, {"none": "rate as r"}, {"each": "rate as r"}],
            "'r' is bound twice",
        ),
        (
            [
                {"each": "timesheet as t"},
                {"none": "rate as r"},
                {"each": "engagement as e", "where": ["r.role == t.role"]},
            ],
            "'r' is bound by `none`",
        ),
        ([{"each": f"timesheet as t{n}"} for n in range(16)], "at most 15 patterns"),
        (
            joined(*[f"e.people > t.lines + {n}" for n in range(27)]),
            "at most 26 comparisons with other facts",
        ),
        (joined("e.people * t.lines > e.margin", word="none"), "within `none`"),
        (
            [
                {"each": "invoice as i"},
                {"none": "timesheet as t", "where": ["t.timesheet_id in i.timesheet_ids"]},
            ],
            "within `none`",
        ),
        (
            [
                {"each": "timesheet as t"},
                {"none": "rate as r", "where": ["t.role not in r.roles"]},
            ],
            "within `none`",
        ),
    ],
)
def test_patterns_that_cannot_be_asked_are_refused(firm, when, because):
    occurrence = when[0]["each"].split()[-1]
    assert because in "; ".join(details(firm, when=when, occurrence=occurrence))


@pytest.mark.parametrize(
    ("members", "because"),
    [
        ({"occurrence": "x"}, "nothing is named 'x'"),
        ({"clock": "t"}, "'t' is a timesheet, not a clock"),
        ({"clock": "c"}, "nothing is named 'c'"),
        ({"reason": "{t.nowhere}"}, "no field 'nowhere'"),
        ({"reason": "{r.role}"}, "nothing is named 'r'"),
        ({"money": {"blocked": "t.hours"}}, "t.hours is a decimal; blocked is money"),
        ({"money": {"exposure": "t.nowhere"}}, "no field 'nowhere'"),
        ({"money": {"delayed_since": "t.work_date"}}, "t.work_date is a date"),
    ],
)
def test_what_a_firing_says_must_be_there(firm, members, because):
    assert because in "; ".join(details(firm, **members))


def test_a_name_bound_by_none_cannot_be_spoken_of(firm):
    when = [{"each": "timesheet as t"}, {"none": "rate as r"}]
    assert "there is no such fact to speak of" in details(firm, when=when, reason="{r.role}")[0]


def test_every_problem_is_told_with_its_place(firm):
    rules = [
        firm.rule(rule="one", when=where("t.a == 1", "t.b == 2")),
        firm.rule(rule="two", reason="{t.c}"),
    ]
    found = check(firm.read(*rules), firm.types)
    assert [one.pointer for one in found] == [
        "/rules/0/when/0/where/0",
        "/rules/0/when/0/where/1",
        "/rules/1/reason",
    ]
    assert all(one.line == 1 and one.column > 1 for one in found)


def test_a_rule_stands_once(firm):
    rules = [firm.rule(rule="one"), firm.rule(rule="one")]
    (found,) = check(firm.read(*rules), firm.types)
    assert "'one' stands twice" in found.detail


@pytest.mark.parametrize(
    ("case", "because"),
    [
        ({"given": [{"zebra": "Z"}]}, "zebra: is no fact type; known are case"),
        ({"given": [{}]}, "given: is no fact type"),
        ({"given": [{"timesheet": 7}]}, "7 is no id"),
        ({"given": [{"timesheet": "T", "colour": "red"}]}, "colour: a timesheet has no such field"),
        ({"given": [{"timesheet": "T", "hours": True}]}, "hours: True is no decimal"),
        ({"given": [{"timesheet": "T", "hours": "x"}]}, "hours: 'x' is no decimal"),
        ({"given": [{"timesheet": "T", "lines": "3"}]}, "lines: '3' is no integer"),
        ({"given": [{"timesheet": "T", "amount": "3"}]}, "write it as {amount"),
        ({"given": [{"timesheet": "T", "work_date": "2.3.26"}]}, "is no date"),
        ({"given": [{"timesheet": "T", "tags": ["a", 3]}]}, "a list of texts"),
        ({"given": [{"timesheet": "T", "took": "long"}]}, "is no duration"),
        (
            {"given": [{"timesheet": "T", "approved_at": "2026-03-02T09:00:00"}]},
            "names no time zone",
        ),
        ({"fires": [{"occurrence": "T", "blocked": {"amount": "1"}}]}, "this is no money"),
    ],
)
def test_a_test_case_gives_facts_that_exist(firm, case, because):
    written = {"name": "a case", "given": [], "fires": [], **case}
    assert because in details(firm, tests=[written])[0]


def test_two_test_cases_have_two_names(firm):
    case = {"name": "same", "given": [{"timesheet": "T", "role": None}], "fires": []}
    assert details(firm, tests=[case, case]) == ["two test cases are named 'same'"]


def test_a_sound_rule_set_has_no_problem(firm):
    assert problems(firm.compiled(firm.rule())) == ()


def test_figures_of_the_money_chain_are_known_of_a_case():
    case = case_fact_type({"client": "text"})
    assert case.field("money_worked") == "money"
    assert case.field("client") == "text"
    assert case.field("money_") is None
    assert FactType(name="x", fields={}).field("y") is None


def test_a_term_has_one_type(firm):
    rule = firm.read(firm.rule(when=where("t.took * 2 > hours(1)", "t.lines * 1.5 > 2"))).rules[0]
    resolved = resolve_rule(rule, firm.types)
    assert isinstance(resolved, ResolvedRule)
    kinds = [kind_of(one.left, resolved.scope) for one in resolved.patterns[0].where]
    assert kinds == ["duration", "decimal"]


def test_the_digest_changes_with_the_meaning_alone(firm):
    one = firm.compiled(firm.rule(tests=[]))
    case = {"name": "a case", "given": [], "fires": []}
    same = firm.compiled(firm.rule(tests=[case]))
    other = firm.compiled(firm.rule(when=where("t.billable")))
    assert one.digest == same.digest != other.digest
