"""An objective's target and calendar follow the segment; what it names is known or refused."""

import pytest

from observability.model.coherence import read_model
from observability.objective import Objective, read_objective
from observability.objective.condition import condition_of, turns
from observability.objective.fitting import misfits
from observability.objective.terms import Seen, target_of, terms_of
from rules.calendar import BusinessCalendar, read_calendar
from rules.document import DocumentError
from rules.money import money

TEXT = """
sla: timesheet-approved
version: 1.0.0
process: work
owner: delivery
per: timesheet
from: [submitted]
to: [object.status is approved]
pause: [customer.credit_hold is true]
rejection: {by: [rejected], then: restart}
applies: {customer.kind: [bank, insurer]}
targets:
  - {where: {customer.tier: [platinum]}, target: {business_hours: 4}}
  - {amount: {currency: GBP, at_least: "50000"}, target: {business_days: 1}}
target: {business_days: 2}
calendars:
  - {where: {customer.region: [nl]}, calendar: nl}
calendar: uk
"""
MODEL = read_model("""
process: work
version: 1.0.0
title: Work
owner: delivery
activities: [{activity: submitted}, {activity: rejected}]
entities: {timesheet: {key: timesheet_id, from: [w.submitted]}}
references: {customer_id: customer}
""")


def calendar(name: str, zone: str) -> BusinessCalendar:
    text = f'calendar: {name}\nversion: 1.0.0\nzone: {zone}\nhours: {{mon: ["09:00-17:00"]}}\n'
    return BusinessCalendar(read_calendar(text))


CALENDARS = {"uk": calendar("uk", "Europe/London"), "nl": calendar("nl", "Europe/Amsterdam")}


def objective(*changes: tuple[str, str]) -> Objective:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_objective(text)


def seen(amount: str | None = None, **customer: object) -> Seen:
    return Seen(
        entities={"customer": [customer]},
        amount=None if amount is None else money(amount, "GBP"),
    )


def test_the_first_segment_that_fits_gives_the_target():
    one = objective()
    assert target_of(one, seen(tier="platinum", amount="90000")).label == "4 business hours"
    assert target_of(one, seen(tier="gold", amount="50000")).label == "1 business day"
    assert target_of(one, seen(tier="gold", amount="49999.99")).label == "2 business days"
    assert target_of(one, seen()).label == "2 business days"


def test_an_amount_in_another_currency_is_in_no_band():
    euros = Seen(amount=money("90000", "EUR"))
    assert target_of(objective(), euros).label == "2 business days"


def test_the_calendar_is_that_of_the_region_and_else_the_usual_one():
    named = {
        region: terms.calendar_name
        for region in ("nl", "uk", None)
        if (terms := terms_of(objective(), seen(region=region), CALENDARS))
    }
    assert named == {"nl": "nl", "uk": "uk", None: "uk"}


def test_without_its_calendar_or_its_date_a_clock_has_no_terms():
    assert terms_of(objective(), seen(region="nl"), {"uk": CALENDARS["uk"]}) is None
    dated = objective(
        ("target: {business_days: 2}", "target: {hours: 1, before: object.start_on}"),
        ("pause: [customer.credit_hold is true]\n", ""),
    )
    assert terms_of(dated, seen(), CALENDARS) is None
    terms = terms_of(dated, Seen(item={"start_on": "2026-03-09"}), CALENDARS)
    assert terms is not None
    assert terms.anchor == "2026-03-09"


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("object.status is posted or paid", "paid", True),
        ("object.status is posted or paid", "sent", False),
        ("object.status is not posted", "sent", True),
        ("object.status is not posted", None, False),
        ("customer.credit_hold is true", True, True),
        ("customer.credit_hold is true", 1, False),
        ("object.count is 3", 3, True),
        ("object.invoice_id is known", "I-1", True),
        ("object.invoice_id is known", None, False),
    ],
)
def test_a_state_holds_for_its_values(text, value, holds):
    condition = condition_of(text)
    assert condition is not None
    assert condition.holds(value) is holds


def test_an_activity_is_no_state():
    assert condition_of("Invoice is sent") is None
    assert condition_of("invoice-sent") is None


def test_a_state_of_several_holds_from_the_first_to_the_last_of_them():
    condition = condition_of("customer.credit_hold is true")
    assert condition is not None
    one = [(10, True), (30, False)]
    other = [(20, True), (40, None)]
    assert list(turns(condition, [one, other])) == [(10, True), (40, False)]
    assert list(turns(condition, [[(10, True), (10, False)]])) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (("{business_hours: 4}", "{business_hours: 4, hours: 1}"), "/targets/0/target"),
        (("{where: {customer.tier: [platinum]}, ", "{"), "/targets/0"),
        (('at_least: "50000"', 'at_least: "5", below: "1"'), "/targets/1/amount"),
        (("currency: GBP", "currency: pounds"), "/targets/1/amount/currency"),
        (("where: {customer.region: [nl]}", "where: {}"), "/calendars/0"),
        (("by: [rejected]", "by: []"), "/rejection/by"),
        (("then: restart", "then: wait"), "/rejection/then"),
        (("{business_days: 2}", "{business_days: 2, before: start_on}"), "/target/before"),
        (("{business_days: 2}", "{by: {}}"), "/target/by"),
        (("{business_days: 2}", "{by: {weekday: mon, at: noon}}"), "/target/by/at"),
        (("{business_days: 2}", "{by: {month_day: 32}}"), "/target/by/month_day"),
        (("{business_days: 2}", "{by: {business_day: 0}}"), "/target/by/business_day"),
        (("{business_days: 2}", "{hours: 1, by: {weekday: mon}}"), "/target"),
        (("per: timesheet", "per: case"), ""),
        (("then: restart}", "then: restart}\nresume: [object.x is y]"), "/pause"),
        (("customer.kind:", "a.b.c:"), ""),
    ],
)
def test_an_objective_that_contradicts_itself_is_refused_where_it_does(change, pointer):
    with pytest.raises(DocumentError) as refused:
        objective(change)
    assert refused.value.pointer == pointer
    assert refused.value.line > 0


def test_an_objective_fits_a_process_that_knows_what_it_names():
    assert list(misfits(objective(), MODEL)) == []


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        (("[submitted]", "[submited]"), "/from/0", "did you mean 'submitted'?"),
        (("per: timesheet", "per: timesheets"), "/per", "did you mean 'timesheet'?"),
        (("customer.tier", "client.tier"), "", "knows no type of entity 'client'"),
    ],
)
def test_a_name_that_the_process_does_not_know_is_told_with_the_nearest(change, pointer, message):
    [(found, said)] = misfits(objective(change), MODEL)
    assert found == pointer
    assert message in said
