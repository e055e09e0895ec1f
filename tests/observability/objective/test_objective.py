"""An objective says one thing only, or it is refused where it says more or less."""

from datetime import timedelta

import pytest

from observability.objective import clock_money, read_objective
from observability.objective.terms import Seen, applies_to
from rules.document import DocumentError
from rules.money import money

TEXT = """
sla: approved-time-to-invoice
version: 1.0.0
title: Approved time is invoiced within five business days
process: quote-to-cash
owner: finance
severity: high
per: timesheet
from: [timesheet-approved]
to: [invoice-issued]
cancel: [timesheet-rejected]
pause: [client-hold-set]
resume: [client-hold-released]
applies: {billing_model: [time-and-materials, capped]}
target: {business_days: 5}
calendar: uk-office
warn: [50, 80]
money: object.amount
"""


def test_an_objective_reads_as_written():
    objective = read_objective(TEXT)
    assert objective.start == ("timesheet-approved",)
    assert objective.target.business_days == 5
    assert objective.target.label == "5 business days"
    assert "client-hold-set" in objective.activities


@pytest.mark.parametrize(
    ("target", "duration", "label"),
    [
        ("{business_hours: 80}", timedelta(hours=80), "80 business hours"),
        ("{business_hours: 7.5}", timedelta(hours=7.5), "7.5 business hours"),
        ("{hours: 1}", timedelta(hours=1), "1 hour"),
        ("{minutes: 15}", timedelta(minutes=15), "15 minutes"),
        ("{business_days: 1}", timedelta(), "1 business day"),
    ],
)
def test_a_target_has_one_unit(target, duration, label):
    objective = read_objective(TEXT.replace("{business_days: 5}", target))
    assert objective.target.duration == duration
    assert objective.target.label == label


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (("{business_days: 5}", "{}"), "/target"),
        (("{business_days: 5}", "{business_days: 5, hours: 3}"), "/target"),
        (("{business_days: 5}", "{business_days: 0}"), "/target/business_days"),
        (("{business_days: 5}", "{business_days: 99999}"), "/target/business_days"),
        (("{business_days: 5}", "{hours: -1}"), "/target/hours"),
        (("{business_days: 5}", "{hours: NaN}"), "/target/hours"),
        (("{business_days: 5}", "{weeks: 1}"), "/target/weeks"),
        (("calendar: uk-office", ""), "/target"),
        (("from: [timesheet-approved]", "from: []"), "/from"),
        (("to: [invoice-issued]", "to: []"), "/to"),
        (("resume: [client-hold-released]", ""), "/pause"),
        (("cancel: [timesheet-rejected]", "cancel: [invoice-issued]"), ""),
        (("warn: [50, 80]", "warn: [80, 50]"), "/warn"),
        (("warn: [50, 80]", "warn: [100]"), "/warn"),
        (("money: object.amount", "money: amount"), "/money"),
        (("per: timesheet", "per: case"), "/money"),
        (("severity: high", "severity: awful"), "/severity"),
        (("severity: high", 'attainment: "1.5"'), "/attainment"),
        (("severity: high", "attainment: NaN"), "/attainment"),
        (("sla: approved-time-to-invoice", "sla: Approved Time"), "/sla"),
        (("owner: finance", "owner: Finance Team"), "/owner"),
        (("version: 1.0.0", 'version: "1"'), "/version"),
    ],
)
def test_an_objective_that_says_more_or_less_is_refused(change, pointer):
    with pytest.raises(DocumentError) as refused:
        read_objective(TEXT.replace(*change))
    assert refused.value.pointer == pointer


def test_an_objective_applies_to_cases_that_carry_a_listed_value():
    objective = read_objective(TEXT)
    assert applies_to(objective, Seen(case={"billing_model": "capped", "country": "NL"}))
    assert not applies_to(objective, Seen(case={"billing_model": "fixed-price"}))
    assert not applies_to(objective, Seen(case={}))


def test_one_value_may_stand_without_a_list():
    objective = read_objective(TEXT.replace("[time-and-materials, capped]", "capped"))
    assert applies_to(objective, Seen(case={"billing_model": "capped"}))


def test_an_attribute_that_holds_a_list_matches_nothing():
    assert not applies_to(read_objective(TEXT), Seen(case={"billing_model": ["capped"]}))


def test_an_objective_without_conditions_applies_to_every_case():
    text = TEXT.replace("applies: {billing_model: [time-and-materials, capped]}", "")
    assert applies_to(read_objective(text), Seen(case={}))


def test_the_money_of_a_clock_is_the_objects_field_or_the_cases_amount():
    per_object = read_objective(TEXT)
    per_case = read_objective(TEXT.replace("money: object.amount", "money: case.amount"))
    whole = money("900.00", "EUR")
    item = {"amount": {"amount": "80.00", "currency": "EUR"}}
    assert clock_money(per_object, whole, item) == money("80.00", "EUR")
    assert clock_money(per_case, whole, item) == whole
    assert clock_money(per_object, whole, {}) is None
