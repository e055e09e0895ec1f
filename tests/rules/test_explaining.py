"""Why a rule did not fire, in a sentence."""

import pytest

from rules.compiling import compile_ruleset
from rules.deciding import decide
from rules.explanation.passing import why_passes
from rules.explanation.words import Words
from rules.language import read_ruleset


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def quiet(firm, when, facts):
    decision = firm.asked(firm.rule(when=when), facts=facts)
    (found,) = decision.not_fired
    return found


def because(firm, when, facts) -> str:
    return quiet(firm, when, facts).because


@pytest.mark.parametrize(
    ("where", "sentence", "asked"),
    [
        (["t.billable", "t.lines > 3"], "lines are 2, not above 3", "t.lines > 3"),
        (
            ["exists(t.status)", "t.amount > t.cost"],
            "amount is EUR 5.00, not above cost (EUR 1,234.50)",
            "t.amount > t.cost",
        ),
        (["t.role == t.status"], "role is missing", ""),
        (["t.billable and t.lines > 3"], "lines are 2, not above 3", "t.lines > 3"),
        (
            ["t.lines > 3 or t.lines < 1"],
            "lines are 2, not above 3; lines are 2, not below 1",
            "(t.lines > 3) or (t.lines < 1)",
        ),
        (["missing(t.lines)"], "lines are 2", "missing(t.lines)"),
        (["exists(t.role)"], "role is missing", "exists(t.role)"),
        (['"late" in t.tags'], "tags are early and paid, without late", '"late" in t.tags'),
        (
            ["t.billable", 't.status == "billed"'],
            "status is approved, not billed",
            't.status == "billed"',
        ),
        (["not t.billable"], "“billable” is yes", "t.billable != true"),
        (
            ["t.amount * 2 > t.cost + t.amount"],
            (
                "amount \u00d7 2 is EUR 10.00, not above cost + amount (EUR 1,239.50) "
                "where amount is EUR 5.00 and cost is EUR 1,234.50"
            ),
            "t.amount * 2 > t.cost + t.amount",
        ),
        (["t.hours > 8.0"], "hours are 7.5, not above 8.0", "t.hours > 8.0"),
        (
            ['t.work_date > date("2026-03-09")'],
            "work date is 2026-03-02, not after 2026-03-09",
            't.work_date > date("2026-03-09")',
        ),
        (
            ["t.work_date < add_days(t.work_date, -2)"],
            "work date is 2026-03-02, not before 2 days before work date (2026-02-28)",
            "t.work_date < add_days(t.work_date, -2)",
        ),
        (["exists(t.approved_at)"], "“approved at” is missing", "exists(t.approved_at)"),
        (
            ['t.status in ["billed", "written-off"]'],
            "status is approved, not billed or written off",
            '(t.status == "billed") or (t.status == "written-off")',
        ),
        (['t.status != "approved"'], "status is approved", 't.status != "approved"'),
    ],
)
def test_the_first_condition_that_fails_is_told(firm, timesheet, where, sentence, asked):
    fact = timesheet(
        amount=eur("5"),
        cost=eur("1234.5"),
        billable=True,
        hours="7.5",
        lines=2,
        tags=["early", "paid"],
        work_date="2026-03-02",
    )
    found = quiet(firm, [{"each": "timesheet as t", "where": where}], [fact])
    assert (found.because, found.asked) == (f"timesheet TS-1: {sentence}", asked)


def test_a_rule_on_another_kind_of_fact_has_nothing_to_ask_about(firm, timesheet):
    when = [{"each": "timesheet as t", "where": ['t.status == "billed"', "t.lines > 3"]}]
    found = quiet(firm, when, [timesheet(lines=2)])
    assert (found.because, found.asked) == ("there is no timesheet with status billed", "")


def test_no_such_fact_is_told(firm, timesheet):
    when = [{"each": "timesheet as t"}, {"each": "engagement as e"}]
    assert because(firm, when, []) == "there is no timesheet"
    assert because(firm, when, [timesheet()]) == "there is no engagement"


def test_the_nearest_facts_are_spoken_of(firm, timesheet):
    when = [
        {"each": "timesheet as t", "where": ["t.billable"]},
        {"each": "engagement as e", "where": ["e.people > 0", "e.people > t.lines"]},
    ]
    facts = [
        timesheet("TS-1", billable=False, lines=1),
        timesheet("TS-2", billable=True, lines=5),
        firm.fact("engagement", "E-1", people=0),
        firm.fact("engagement", "E-2", people=4),
    ]
    told = "engagement E-2: people is 4, not above timesheet TS-2's lines (5)"
    assert because(firm, when, facts) == told


def test_a_fact_that_rules_it_out_is_named(firm, timesheet):
    when = [
        {"each": "timesheet as t"},
        {"none": "rate as r", "where": ["r.role == t.role"]},
        {"each": "engagement as e"},
    ]
    facts = [
        timesheet(role="senior"),
        firm.fact("rate", "R-0", role="junior"),
        firm.fact("rate", "R-1", role="senior"),
    ]
    assert because(firm, when, facts[:2]) == "there is no engagement"
    found = quiet(firm, when, facts)
    told = "there is rate R-1: role is senior, the same as timesheet TS-1's role (senior)"
    assert found.because == told
    assert found.asked == "none: rate as r where r.role == t.role"


def test_twins_need_two_facts(firm, timesheet):
    when = [{"each": "timesheet as a"}, {"each": "timesheet as b"}]
    assert because(firm, when, [timesheet()]) == "there is no timesheet"


def test_the_search_for_the_nearest_facts_ends(firm, timesheet):
    when = [{"each": "timesheet as t", "where": ["t.lines > 1_000"]}]
    facts = [timesheet(f"{number:03}", lines=number) for number in range(300)]
    assert because(firm, when, facts).startswith("timesheet 000: lines are 0")


def test_what_was_told_of_one_fact_is_told_of_another_by_its_own_name(firm, timesheet):
    when = [{"each": "timesheet as t", "where": ["t.lines > 1_000"]}]
    compiled = firm.compiled(firm.rule(when=when))
    told = [
        decide(compiled, [timesheet(id_, lines=lines)]).not_fired[0].because
        for id_, lines in (("A", 7), ("B", 7), ("B", 8))
    ]
    assert told == [
        "timesheet A: lines are 7, not above 1000",
        "timesheet B: lines are 7, not above 1000",
        "timesheet B: lines are 8, not above 1000",
    ]
    (missing,) = decide(compiled, [timesheet("C")]).not_fired
    assert (missing.because, missing.at) == ("timesheet C: lines is missing", "0.0?")


def test_of_one_occurrence_is_told_why_it_passes_what_another_breaks(firm, timesheet):
    document = firm.rule(when=[{"each": "timesheet as t", "where": ["t.lines > 3"]}])
    compiled = firm.compiled(document)
    facts = [timesheet("TS-1", lines=2), timesheet("TS-2", lines=5), timesheet("TS-3", lines=1)]
    told = [why_passes(compiled, facts, "a-rule", one, words=Words()) for one in ("TS-3", "TS-2")]
    assert told == ["timesheet TS-3: lines are 1, not above 3", None]


def test_the_datum_that_is_missing_under_what_is_worked_out_is_named_each_time(firm, timesheet):
    fields = [{"each": "timesheet as t", "field": "ready", "is": "t.lines > 1 and t.hours > 1"}]
    rule = firm.rule(when=[{"each": "timesheet as t", "where": ["t.ready"]}])
    compiled = compile_ruleset(read_ruleset(firm.document(rule, derived=fields)), firm.types)
    told = [
        decide(compiled, [timesheet(id_, **data)]).not_fired[0].because
        for id_, data in (("A", {}), ("B", {"lines": 0}), ("C", {"lines": 2}))
    ]
    compiled.close()
    assert told == [
        "timesheet A: lines is missing",
        "timesheet B: “ready” is no",
        "timesheet C: hours is missing",
    ]
