"""What is worked out before the rules are asked: aggregates, functions, and fields that chain."""

import pytest

from rules.calendar import BusinessCalendar, read_calendar
from rules.checking import check, problems
from rules.compiling import compile_ruleset
from rules.context import calendar_fact
from rules.deciding import decide, decide_reference
from rules.decision import Decision, Fact
from rules.language import read_ruleset
from rules.testing import run_cases
from rules.uses import uses

OFFICE = """
calendar: office
version: 1.0.0
zone: Europe/London
hours: {mon: ["09:00-17:00"], tue: ["09:00-17:00"], fri: ["09:00-17:00"]}
"""
APPROVED = 'sum(t.amount for t in timesheet if t.status == "approved")'


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def engaged(firm, id_: str = "E-1", **members: object):
    return firm.fact("engagement", id_, **{"engagement_id": id_, "cap": eur("100.00"), **members})


def asked(firm, *facts: Fact, derived=(), calendar=None, **members: object) -> Decision:
    """Return the decision of one rule on every engagement, the same by engine and reference."""
    rule = firm.rule(**{"when": [{"each": "engagement as e"}], **members})
    text = firm.document(rule, derived=list(derived), calendar=calendar)
    compiled = compile_ruleset(read_ruleset(text), firm.types)
    assert compiled.problems == ()
    decision = decide(compiled, list(facts))
    assert decision == decide_reference(compiled, list(facts))
    compiled.close()
    return decision


def where(*conditions: str) -> list[dict]:
    return [{"each": "engagement as e", "where": list(conditions)}]


def said(firm, term: str, *facts: Fact, **members: object) -> str:
    (firing,) = asked(firm, *facts, reason=f"{{{term}}}", **members).firings
    return firing.reason


def refused(firm, **members: object) -> list[str]:
    derived = members.pop("derived", [])
    calendar = members.pop("calendar", None)
    rule = firm.rule(**{"when": [{"each": "engagement as e"}], **members})
    ruleset = read_ruleset(firm.document(rule, derived=derived, calendar=calendar))
    return [one.detail for one in check(ruleset, firm.types, {"office"})]


def test_time_over_the_cap_is_exposure(firm, timesheet):
    decision = asked(
        firm,
        engaged(firm),
        timesheet("1", amount=eur("80.00")),
        timesheet("2", amount=eur("70.00")),
        timesheet("3", amount=eur("500.00"), status="submitted"),
        when=where(f"{APPROVED} > e.cap"),
        reason=f"{{{APPROVED}}} of {{e.cap}}",
        money={"exposure": f"{APPROVED} - e.cap"},
    )
    (firing,) = decision.firings
    assert firing.reason == "EUR 150.00 of EUR 100.00"
    assert str(firing.exposure) == "EUR 50.00"
    assert APPROVED in [one.label for one in firing.evidence]


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        ("count(t for t in timesheet)", "3"),
        ("count(t for t in timesheet if t.role == e.billing_model)", "1"),
        ("count(r for r in rate)", "0"),
        ("sum(t.hours for t in timesheet)", "10.5"),
        ("sum(r.hourly * 2 for r in rate)", "unknown"),
        ("sum((r.hourly for r in rate), e.cap * 0)", "EUR 0.00"),
        ("sum((t.amount for t in timesheet if t.billable), e.cap)", "EUR 107.00"),
        ("sum(t.lines for t in timesheet)", "unknown"),
        ("sum(t.lines for t in timesheet if exists(t.lines))", "4"),
        ("sum(t.lines for t in timesheet if t.lines > 99)", "0"),
        ("min(t.work_date for t in timesheet)", "2026-01-31"),
        ("max(t.work_date for t in timesheet)", "2026-03-02"),
        ("max(t.amount for t in timesheet)", "EUR 8.00"),
        ("min(r.hourly for r in rate)", "unknown"),
        ("least(e.cap, sum(t.amount for t in timesheet))", "EUR 20.00"),
        ('greatest(e.ends_on, "2026-07-01")', "2026-07-01"),
        ("default(e.people, 3)", "3"),
        ("default(count(t for t in timesheet), 0)", "3"),
        ("add_months(min(t.work_date for t in timesheet), 1)", "2026-02-28"),
        ("add_days(e.ends_on, 30)", "2026-07-30"),
        ("month_start(e.ends_on)", "2026-06-01"),
        ("month_end(add_months(e.ends_on, -4))", "2026-02-28"),
        ("weekday(e.ends_on)", "2"),
    ],
)
def test_what_is_worked_out_can_be_said(firm, timesheet, term, shown):
    facts = [
        engaged(firm, ends_on="2026-06-30", billing_model="senior"),
        timesheet("1", amount=eur("5.00"), hours="1.5", work_date="2026-01-31", lines=4),
        timesheet("2", amount=eur("7.00"), hours="4", work_date="2026-03-02", billable=True),
        timesheet("3", amount=eur("8.00"), hours="5", work_date="2026-02-02", role="senior"),
    ]
    assert said(firm, term, *facts) == shown


def test_a_sum_over_currencies_is_not_evaluated_and_neither_is_what_rests_on_it(firm, timesheet):
    facts = [
        engaged(firm),
        timesheet("1", amount=eur("80.00")),
        timesheet("2", amount={"amount": "70.00", "currency": "USD"}),
    ]
    decision = asked(
        firm,
        *facts,
        derived=[
            {"each": "engagement as e", "field": "worked", "is": APPROVED},
            {"each": "engagement as e", "field": "over", "is": "e.worked > e.cap"},
        ],
        when=where("e.over"),
    )
    (unasked,) = decision.not_evaluated
    assert unasked.reason == "mistyped-datum"
    assert "engagement E-1: " in unasked.because
    assert "is in mixed currencies: EUR, USD" in unasked.because


@pytest.mark.parametrize(
    ("formula", "condition"),
    [
        ("e.cap - e.worked", 'e.found > money("0", "EUR")'),
        ("e.cap - e.worked * 2", "missing(e.found)"),
        ("least(e.cap, e.worked)", "exists(e.found)"),
        ("e.worked > e.cap", "e.found"),
        ("not (e.worked > e.cap)", "not e.found"),
    ],
)
def test_what_is_worked_out_of_two_currencies_is_not_evaluated_and_says_so(
    firm, timesheet, formula, condition
):
    facts = [engaged(firm), timesheet("1", amount={"amount": "70.00", "currency": "USD"})]
    derived = [
        {"each": "engagement as e", "field": "worked", "is": APPROVED},
        {"each": "engagement as e", "field": "found", "is": formula},
    ]
    decision = asked(firm, *facts, derived=derived, when=where(condition))
    assert decision.outcome == "not_evaluated"
    (unasked,) = decision.not_evaluated
    assert unasked.because.startswith("engagement E-1: ")
    assert unasked.because.endswith(" is in mixed currencies: EUR, USD")


def test_what_is_missing_in_one_currency_is_unknown_and_nothing_worse(firm, timesheet):
    derived = [{"each": "engagement as e", "field": "left", "is": f"e.cap - {APPROVED}"}]
    decision = asked(
        firm, engaged(firm), timesheet("1"), derived=derived, when=where("missing(e.left)")
    )
    assert (decision.not_evaluated, len(decision.firings)) == ((), 1)


def test_a_sum_of_what_is_mistyped_is_not_evaluated(firm, timesheet):
    mistyped = timesheet("1").values | {"amount": "a lot"}
    broken = Fact(type="timesheet", id="1", values=mistyped)
    decision = asked(firm, engaged(firm), broken, when=where(f"{APPROVED} > e.cap"))
    assert "amount is no money" in decision.not_evaluated[0].because


def test_a_missing_amount_makes_the_sum_unknown_rather_than_small(firm, timesheet):
    facts = [engaged(firm), timesheet("1", amount=eur("80.00")), timesheet("2")]
    decision = asked(firm, *facts, when=where(f"{APPROVED} <= e.cap"))
    (quiet,) = decision.not_fired
    assert quiet.because == "engagement E-1: timesheet 2: amount is missing"


def test_derived_fields_chain_whatever_their_order(firm, timesheet):
    derived = [
        {"each": "engagement as e", "field": "left", "is": "e.cap - e.worked"},
        {"each": "engagement as e", "field": "worked", "is": APPROVED},
        {"each": "engagement as e", "field": "spent", "is": "e.left < 0 and e.worked > e.cap"},
    ]
    facts = [engaged(firm), timesheet("1", amount=eur("130.00"))]
    decision = asked(firm, *facts, derived=derived, when=where("e.spent"), reason="{e.left}")
    assert decision.firings[0].reason == "EUR -30.00"


def test_a_derived_yes_or_no_that_is_not_known_is_neither(firm):
    derived = [{"each": "engagement as e", "field": "large", "is": "e.people > 3"}]
    for condition in ("e.large", "not e.large"):
        assert not asked(firm, engaged(firm), derived=derived, when=where(condition)).firings
    few = engaged(firm, people=2)
    assert asked(firm, few, derived=derived, when=where("not e.large")).firings


def test_a_derived_field_may_join_two_facts(firm, timesheet):
    derived = [
        {
            "each": "timesheet as t",
            "field": "cap",
            "is": "max(e.cap for e in engagement if e.engagement_id == t.role)",
        }
    ]
    when = [{"each": "timesheet as t", "where": ["least(t.amount, t.cap) == t.cap"]}]
    facts = [engaged(firm), timesheet("1", amount=eur("120.00"), role="E-1")]
    assert asked(firm, *facts, derived=derived, when=when).firings


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        ("business_days(t.submitted_at, t.approved_at)", "2"),
        ("business_days(t.approved_at, t.submitted_at)", "-2"),
        ("at_time(t.work_date, hours(12))", "2026-02-28T12:00:00Z"),
        ("at_time(add_days(t.work_date, 29), minutes(750))", "2026-03-29T11:30:00Z"),
        ("business_time(t.submitted_at, t.approved_at)", "10 hours"),
        ("after_business_days(t.work_date, 2)", "2026-03-03"),
        ("after_business_days(t.work_date, 0)", "2026-02-28"),
        ("after_business_days(t.submitted_at, 1)", "2026-03-02T17:00:00Z"),
        ("after_business_days(t.work_date, -1)", "unknown"),
        ("after_business_time(t.submitted_at, hours(2))", "2026-03-02T10:00:00Z"),
        ("day(t.submitted_at)", "2026-02-27"),
        ("business_days(t.work_date, date('2190-01-01'))", "25647"),
        ("business_days(t.work_date, date('2300-01-01'))", "unknown"),
    ],
)
def test_business_time_is_counted_on_the_calendar_of_the_rule_set(firm, timesheet, term, shown):
    when = [{"each": "timesheet as t"}]
    sheet = timesheet(
        work_date="2026-02-28",
        submitted_at="2026-02-27T16:00:00Z",
        approved_at="2026-03-03T10:00:00Z",
    )
    told = calendar_fact("office", OFFICE)
    assert said(firm, term, sheet, told, calendar="office", when=when) == shown


@pytest.mark.parametrize("document", [None, "hours: none"])
def test_without_its_calendar_a_rule_is_not_evaluated(firm, timesheet, document):
    facts = [timesheet(work_date="2026-02-28")]
    facts += [calendar_fact("office", document)] if document else []
    when = [{"each": "timesheet as t", "where": ["day(t.approved_at) == t.work_date"]}]
    decision = asked(firm, *facts, calendar="office", when=when)
    assert "the calendar of the rule set is not known" in decision.not_evaluated[0].because


def test_a_test_case_counts_on_the_calendar_that_is_registered(firm):
    when = [{"each": "timesheet as t", "where": ["day(t.approved_at) == t.work_date"]}]
    given = [{"timesheet": "T", "work_date": "2026-02-28", "approved_at": "2026-02-28T08:00:00Z"}]
    rule = firm.rule(when=when, tests=[{"name": "one", "given": given, "fires": ["T"]}])
    ruleset = read_ruleset(firm.document(rule, calendar="office"))
    calendars = {"office": BusinessCalendar(read_calendar(OFFICE))}
    compiled = compile_ruleset(ruleset, firm.types)
    assert problems(compiled, calendars) == ()
    assert [one.passed for one in run_cases(compiled, calendars=calendars)] == [True]
    assert [one.passed for one in run_cases(compiled)] == [False]
    (problem,) = problems(compiled, {"offices": calendars["office"]})
    assert problem.detail == "there is no calendar 'office'; did you mean 'offices'?"
    compiled.close()


@pytest.mark.parametrize(
    ("condition", "because"),
    [
        ("sum(x.amount for x in timesheets) > e.cap", "did you mean 'timesheet'?"),
        ("sum(x.amuont for x in timesheet) > e.cap", "did you mean 'amount'?"),
        ("sum(x.role for x in timesheet) > e.cap", "sum() takes integer, decimal, money"),
        ("sum(x.lines for x in timesheet) > e.cap", "is an integer and e.cap is money"),
        ("sum((x.lines for x in timesheet), e.cap) > 1", "a sum of integer begins with integer"),
        ("sum(e.cap for e in timesheet) > e.cap", "the name 'e' is bound already"),
        ("least(e.cap) == e.cap", "least() takes two or more values of one type"),
        ("least(e.cap, e.people) == e.cap", "least() takes two or more values of one type"),
        ("weekday(e.signed_at) == 1", "weekday() takes a date"),
        ("day(e.signed_at) == e.ends_on", "day() counts on a calendar; name it in the rule set"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_with_advice(firm, condition, because):
    (detail,) = refused(firm, when=where(condition))
    assert because in detail


def test_a_function_takes_one_fact_in_a_condition_and_several_in_what_is_said(firm, timesheet):
    when = [{"each": "engagement as e"}, {"each": "timesheet as t"}]
    both = [{**when[0]}, {**when[1], "where": ["least(e.cap, t.amount) == e.cap"]}]
    (detail,) = refused(firm, when=both)
    assert detail.startswith("least() speaks of one fact that is bound, this of e, t; bring them")
    facts = [engaged(firm), timesheet(amount=eur("120.00"))]
    assert said(firm, "least(e.cap, t.amount)", *facts, when=when) == "EUR 100.00"


@pytest.mark.parametrize(
    ("derived", "because"),
    [
        ([("engagement", "cap", "e.people")], "a engagement has a field 'cap' already"),
        ([("engagment", "x", "e.people")], "did you mean 'engagement'?"),
        ([("engagement", "x", "e.poeple")], "did you mean 'people'?"),
        ([("engagement", "x", "e.x")], "rest on each other: engagement.x → engagement.x"),
        (
            [("engagement", "x", "e.y + 1"), ("engagement", "y", "e.x + 1")],
            "rest on each other: engagement.x → engagement.y → engagement.x",
        ),
        (
            [("engagement", "x", "e.people"), ("engagement", "x", "e.people")],
            "has a field 'x' already",
        ),
    ],
)
def test_a_derived_field_that_cannot_be_is_refused(firm, derived, because):
    written = [{"each": f"{on} as e", "field": name, "is": is_} for on, name, is_ in derived]
    assert any(because in one for one in refused(firm, derived=written))


def test_a_rule_that_reads_a_refused_field_is_refused_too(firm):
    written = [{"each": "engagement as e", "field": "x", "is": "e.poeple"}]
    details = refused(firm, derived=written, when=where("e.x > 1"))
    assert "the derived field 'x' is refused" in details


def test_a_sum_over_too_many_facts_is_not_evaluated(firm, timesheet):
    derived = [
        {
            "each": "timesheet as t",
            "field": "alike",
            "is": "count(o for o in timesheet if o.role == t.role)",
        }
    ]
    facts = [timesheet(str(number), role="senior") for number in range(600)]
    when = [{"each": "timesheet as t", "where": ["t.alike > 1"]}]
    decision = asked(firm, *facts, derived=derived, when=when)
    assert "has too many facts to go through" in decision.not_evaluated[0].because


def test_a_rule_set_uses_the_facts_that_it_sums_up(firm):
    rule = firm.rule(
        when=where(f"{APPROVED} > e.cap"),
        reason="{count(r for r in rate)}",
        effective={"from": "2026-01-01"},
    )
    derived = [{"each": "case as c", "field": "x", "is": "count(i for i in invoice) > 0"}]
    ruleset = read_ruleset(firm.document(rule, derived=derived, calendar="office"))
    assert uses(ruleset) == {
        *("engagement", "timesheet", "rate", "case", "invoice", "calendar", "moment"),
    }


def test_a_rule_set_uses_the_facts_that_only_its_tables_speak_of(firm):
    row = {
        "when": ["> 0"],
        "reason": "{count(r for r in rate)}",
        "money": {"blocked": "sum(i.amount for i in invoice)"},
    }
    table = {"hit": "first", "inputs": ["count(t for t in timesheet)"], "rows": [row]}
    rule = firm.rule(when=[{"each": "engagement as e"}], table=table)
    ruleset = read_ruleset(firm.document(rule))
    assert uses(ruleset) == {"engagement", "timesheet", "rate", "invoice"}


def test_a_range_is_between_its_bounds(firm, timesheet):
    facts = [timesheet(str(hours), hours=str(hours)) for hours in (1, 2, 8, 9)]
    assert firm.occurrences(["between(t.hours, 2, 8)"], *facts) == ["2", "8"]
    assert firm.occurrences(["not between(t.hours, 2, 8)"], *facts) == ["1", "9"]
