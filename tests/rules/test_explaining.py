"""Why a rule did not fire, in a sentence."""

import pytest


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
        (["t.billable", "t.lines > 3"], "lines is 2", "t.lines > 3"),
        (
            ["exists(t.status)", "t.amount > t.cost"],
            "amount is EUR 5.00, timesheet TS-1: cost is EUR 1,234.50",
            "t.amount > t.cost",
        ),
        (["t.role == t.status"], "role is not known", ""),
        (["t.billable and t.lines > 3"], "lines is 2", "t.lines > 3"),
        (["t.lines > 3 or t.lines < 1"], "lines is 2", "(t.lines > 3) or (t.lines < 1)"),
        (["missing(t.lines)"], "lines is 2", "missing(t.lines)"),
        (["exists(t.role)"], "role is not known", "exists(t.role)"),
        (['"late" in t.tags'], "tags is early, paid", '"late" in t.tags'),
        (["t.billable", 't.status == "billed"'], "status is approved", 't.status == "billed"'),
    ],
)
def test_the_first_condition_that_fails_is_told(firm, timesheet, where, sentence, asked):
    fact = timesheet(
        amount=eur("5"), cost=eur("1234.5"), billable=True, lines=2, tags=["early", "paid"]
    )
    found = quiet(firm, [{"each": "timesheet as t", "where": where}], [fact])
    assert (found.because, found.asked) == (f"timesheet TS-1: {sentence}", asked)


def test_a_rule_on_another_kind_of_fact_has_nothing_to_ask_about(firm, timesheet):
    when = [{"each": "timesheet as t", "where": ['t.status == "billed"', "t.lines > 3"]}]
    found = quiet(firm, when, [timesheet(lines=2)])
    assert (found.because, found.asked) == ("there is no timesheet whose status is billed", "")


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
    assert because(firm, when, facts) == ("engagement E-2: people is 4, timesheet TS-2: lines is 5")


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
    assert because(firm, when, facts) == "there is no engagement"
    facts.append(firm.fact("engagement", "E-1"))
    found = quiet(firm, when, facts)
    assert found.because == "there is rate R-1, which rules it out"
    assert found.asked == "none: rate as r where r.role == t.role"


def test_twins_need_two_facts(firm, timesheet):
    when = [{"each": "timesheet as a"}, {"each": "timesheet as b"}]
    assert because(firm, when, [timesheet()]) == "there is no timesheet"


def test_the_search_for_the_nearest_facts_ends(firm, timesheet):
    when = [{"each": "timesheet as t", "where": ["t.lines > 1_000"]}]
    facts = [timesheet(f"{number:03}", lines=number) for number in range(300)]
    assert because(firm, when, facts).startswith("timesheet 000: lines is 0")
