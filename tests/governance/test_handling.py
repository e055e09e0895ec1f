"""The handling policy: whose an exception is, by when, how urgent, and what is one incident."""

from datetime import UTC, datetime, timedelta

import pytest
from fired import CASE, LATER, NOON, decided, firing, opened
from msgspec.structs import replace

from governance.exception.process_exception import ProcessSla
from governance.exception.reconcile import reconcile
from governance.handling.cause import incident_of
from governance.handling.due import Handling
from governance.handling.policy import BUILT_IN, read_handling
from governance.handling.priority import pressure, priority
from rules.calendar import BusinessCalendar, read_calendar
from rules.decision import Evidence
from rules.document import DocumentError
from rules.money import money

POLICY = """
handling: default
version: 1.0.0
classes:
  - {types: [RATE_MISSING, TAX_MISSING], team: finance, next_step: Agree the rate.}
  - {types: [POSTING_FAILED], team: integration}
promises:
  - {severities: [high], acknowledge: {business_hours: 2}, resolve: {hours: 30}}
causes:
  - cause: client-on-hold
    title: A client is on credit hold
    matchers: [type = CREDIT_HOLD]
    by: [customer]
  - cause: nothing-arrives
    title: Nothing arrives
    matchers: [type = POSTING_FAILED]
    by: [sla, due_on]
    at_least: 3
priorities:
  - {currency: EUR, p1: 50000, p2: 10000, p3: 1000}
"""
OFFICE = """
calendar: office
version: 1.0.0
zone: Europe/London
hours: {mon: ["09:00-17:00"], tue: ["09:00-17:00"], wed: ["09:00-17:00"], fri: ["09:00-17:00"]}
"""


def office() -> BusinessCalendar:
    return BusinessCalendar(read_calendar(OFFICE))


def test_a_promise_runs_on_the_calendar_of_the_team_that_owns_it():
    friday = datetime(2026, 3, 6, 16, tzinfo=UTC)
    handling = Handling(policy=read_handling(POLICY), calendars={"finance": office()})
    ours = handling.due("high", "finance", at=friday)
    theirs = handling.due("high", "delivery", at=friday)
    assert ours.acknowledge_by == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert theirs.acknowledge_by == friday + timedelta(hours=2)
    assert ours.resolve_by == theirs.resolve_by == friday + timedelta(hours=30)


def test_what_a_policy_does_not_say_is_as_it_is_without_one():
    due = Handling(policy=read_handling(POLICY)).due("critical", None, at=NOON)
    assert (due.acknowledge_by, due.resolve_by) == (
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=8),
    )


def test_the_class_says_whose_an_exception_is_before_its_rule_does():
    handling = Handling(policy=read_handling(POLICY))
    [change] = reconcile([], decided(firing(owner="sales")), CASE, at=NOON, handling=handling)
    assert change.exception.owner == "finance"
    named = replace(CASE, engagement_owner="emea")
    [change] = reconcile([], decided(firing()), named, at=NOON, handling=handling)
    assert change.exception.owner == "emea"


def on_hold(customer: str, line: str) -> object:
    fact = Evidence(
        label="customer",
        value="true",
        fact_type="customer",
        fact_id=customer,
        field="credit_hold",
        event="urn:erp/e-1",
    )
    return opened(line, type="CREDIT_HOLD", evidence=(fact,))


def test_what_one_client_holds_up_is_one_incident_and_what_another_does_is_another():
    causes = read_handling(POLICY).causes
    one, two, other = (
        incident_of(on_hold(customer, line), causes)
        for customer, line in (("C-1", "TS-1"), ("C-1", "TS-2"), ("C-2", "TS-3"))
    )
    assert one == two != other
    assert one.labels == {"customer": "C-1"}
    assert incident_of(opened(), causes) is None


def test_what_misses_one_promise_on_one_day_is_one_incident():
    causes = read_handling(POLICY).causes
    sla = ProcessSla(sla="to-erp", started_at=NOON, due_at=LATER, state="absent")
    late = opened(type="POSTING_FAILED", process_sla=sla)
    found = incident_of(late, causes)
    assert (found.labels, found.at_least) == ({"sla": "to-erp", "due_on": "2026-03-02"}, 3)
    tomorrow = replace(sla, due_at=LATER + timedelta(days=1))
    assert incident_of(replace(late, process_sla=tomorrow), causes).id != found.id
    assert incident_of(replace(late, process_sla=None), causes) is None


def test_priority_is_money_times_sla_used_which_counts_twice_at_most():
    policy = read_handling(POLICY)
    late = ProcessSla(sla="s", started_at=NOON, due_at=NOON + timedelta(days=1), state="absent")
    big = opened(blocked=money(30_000, "EUR"), process_sla=late)
    small = opened(blocked=money(400, "EUR"), process_sla=late)
    half = NOON + timedelta(hours=12)
    assert priority(big, policy, at=half) == "P2"
    assert priority(big, policy, at=NOON + timedelta(days=2)) == "P1"
    assert pressure(small, at=NOON + timedelta(days=900)) == 2.0
    assert priority(small, policy, at=NOON + timedelta(days=900)) == "P4"


def test_without_money_or_a_threshold_of_its_currency_severity_decides():
    policy = read_handling(POLICY)
    assert priority(opened(severity="critical"), policy, at=NOON) == "P1"
    assert priority(opened(severity="low", blocked=money(9, "JPY")), policy, at=NOON) == "P4"
    assert priority(opened(blocked=money(9_000_000, "EUR")), BUILT_IN, at=NOON) == "P2"


@pytest.mark.parametrize(
    ("written", "instead", "pointer"),
    [
        ("handling: default", "handling: By default", "/handling"),
        ("version: 1.0.0", "version: one", "/version"),
        ("types: [POSTING_FAILED]", "types: [RATE_MISSING]", "/classes/1/types"),
        ("{business_hours: 2}", "{}", "/promises/0/acknowledge"),
        ("{hours: 30}", "{hours: 30, business_days: 1}", "/promises/0/resolve"),
        ("cause: nothing-arrives", "cause: client-on-hold", "/causes/0/cause"),
        ("matchers: [type = CREDIT_HOLD]", "matchers: []", "/causes/0/matchers"),
        ("matchers: [type = CREDIT_HOLD]", "matchers: [type]", "/causes/0/matchers/0"),
        ("by: [customer]", "by: []", "/causes/0/by"),
        ("at_least: 3", "at_least: 1", "/causes/1/at_least"),
        ("currency: EUR", "currency: euro", "/priorities/0/currency"),
        ("p1: 50000", "p1: 5000", "/priorities/0"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused_where_it_says_so(
    written: str, instead: str, pointer: str
):
    with pytest.raises(DocumentError) as refused:
        read_handling(POLICY.replace(written, instead))
    assert refused.value.pointer == pointer
