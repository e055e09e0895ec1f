"""A rule is asked where and when it applies; elsewhere it says why not."""

from datetime import UTC, date, datetime

import pytest

from rules.calendar import BusinessCalendar, read_calendar
from rules.checking import check
from rules.context import context, moment
from rules.document import DocumentError

OFFICE = """
calendar: office
version: 1.0.0
zone: Asia/Tokyo
hours: {mon: ["09:00-17:00"]}
"""


@pytest.mark.parametrize(
    ("effective", "today", "because"),
    [
        ({"from": "2026-03-01"}, date(2026, 3, 1), None),
        ({"from": "2026-03-01"}, date(2026, 2, 28), "it is in effect from 2026-03-01"),
        ({"until": "2026-03-01"}, date(2026, 3, 1), None),
        ({"until": "2026-03-01"}, date(2026, 3, 2), "it was in effect until 2026-03-01"),
    ],
)
def test_a_rule_is_in_effect_on_its_days(firm, timesheet, effective, today, because):
    facts = [timesheet(), moment(today)]
    decision = firm.asked(firm.rule(effective=effective), facts=facts)
    assert decision.evaluated == ("a-rule",)
    assert bool(decision.firings) == (because is None)
    assert [(one.because, one.applies) for one in decision.not_fired] == (
        [(because, False)] if because else []
    )


def test_which_day_it_is_must_be_told(firm, timesheet):
    decision = firm.asked(firm.rule(effective={"from": "2026-03-01"}), facts=[timesheet()])
    (unasked,) = decision.not_evaluated
    assert unasked.reason == "applicability-unknown"
    assert decision.outcome == "not_evaluated"


def test_the_day_is_that_of_the_calendar(firm):
    late = datetime(2026, 3, 1, 20, tzinfo=UTC)
    ruleset = firm.read(firm.rule(effective={"from": "2026-03-01"}))
    assert context(ruleset, {}, at=late) == [moment(date(2026, 3, 1))]
    assert context(firm.read(firm.rule()), {}, at=late) == []
    calendars = {"office": BusinessCalendar(read_calendar(OFFICE))}
    here = type(ruleset)(
        **{**{f: getattr(ruleset, f) for f in ruleset.__struct_fields__}, "calendar": "office"}
    )
    told = context(here, calendars, at=late)
    assert told[0] == moment(date(2026, 3, 2))
    assert (told[1].type, told[1].id) == ("calendar", "office")
    again = context(here, {"office": BusinessCalendar(read_calendar(OFFICE))}, at=late)
    assert list(map(id, again)) == list(map(id, told)), "the same facts are met by identity"


@pytest.mark.parametrize(
    ("applies", "outcome", "because"),
    [
        ({"stage": "delivery"}, "blocked", None),
        ({"stage": ["contract", "delivery"], "process": "quote-to-cash"}, "blocked", None),
        (
            {"stage": ["contract", "billing"]},
            "clear",
            "it applies where case stage is contract or billing; it is delivery",
        ),
        ({"engagement.billing_model": ["retainer"]}, "blocked", None),
        (
            {"engagement.billing_model": ["milestone"]},
            "clear",
            "it applies where engagement billing model is milestone; it is retainer",
        ),
        (
            {"rate.role": "senior"},
            "clear",
            "it applies by rate role, and there is no rate",
        ),
    ],
)
def test_a_rule_applies_by_what_the_case_shows(firm, timesheet, applies, outcome, because):
    facts = [
        timesheet(),
        firm.fact("case", "E-1", stage="delivery", process="quote-to-cash"),
        firm.fact("engagement", "E-1", billing_model="retainer"),
    ]
    decision = firm.asked(firm.rule(applies=applies), facts=facts)
    assert decision.outcome == outcome
    assert [one.because for one in decision.not_fired] == ([because] if because else [])


@pytest.mark.parametrize("applies", [{"stage": "delivery"}, {"engagement.billing_model": "x"}])
def test_a_rule_of_which_it_is_not_known_whether_it_applies_is_not_evaluated(
    firm, timesheet, applies
):
    facts = [timesheet(), firm.fact("engagement", "E-1")]
    decision = firm.asked(firm.rule(applies=applies), facts=facts)
    assert decision.not_evaluated[0].reason == "applicability-unknown"


@pytest.mark.parametrize(
    ("applies", "because"),
    [
        ({"engagment.billing_model": "x"}, "did you mean 'engagement'?"),
        ({"engagement.biling_model": "x"}, "no field of engagement; did you mean 'billing_model'?"),
        ({"engagement.people": "x"}, "'people' is an integer, not a text"),
    ],
)
def test_a_rule_applies_by_texts_that_are_known(firm, applies, because):
    (problem,) = check(firm.read(firm.rule(applies=applies)), firm.types)
    assert because in problem.detail
    assert problem.pointer.startswith("/rules/0/applies/")


@pytest.mark.parametrize(
    ("members", "because"),
    [
        ({"effective": {}}, "from a day, until a day, or both"),
        ({"effective": {"from": "2026-02-01", "until": "2026-01-01"}}, "ends before it begins"),
        ({"effective": {"form": "2026-02-01"}}, "unknown field `form`"),
        ({"applies": {"billing_model": "x"}}, "write e.g. stage"),
        ({"applies": {"stage": []}}, "write e.g. stage"),
    ],
)
def test_where_and_when_a_rule_applies_is_written_exactly(firm, members, because):
    with pytest.raises(DocumentError, match=because):
        firm.read(firm.rule(**members))


def test_of_two_rules_on_one_fact_the_one_with_priority_speaks(firm, timesheet):
    rules = [
        firm.rule(rule="usual", outcome="warning"),
        firm.rule(
            rule="special", priority=5, when=[{"each": "timesheet as t", "where": ["t.billable"]}]
        ),
        firm.rule(rule="other", type="ANOTHER"),
    ]
    decision = firm.asked(*rules, facts=[timesheet("1", billable=True), timesheet("2")])
    fired = [(one.rule, one.occurrence) for one in decision.firings]
    assert fired == [("special", "1"), ("usual", "2"), ("other", "1"), ("other", "2")]
    decision = firm.asked(*rules, facts=[timesheet("1", billable=True)])
    assert decision.evaluated == ("usual", "special", "other")
    assert [(one.rule, one.because) for one in decision.not_fired] == [
        ("usual", "special has priority on 1")
    ]
