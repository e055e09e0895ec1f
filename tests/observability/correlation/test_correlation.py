from datetime import UTC, datetime

import pytest

from observability.correlation.correlation import (
    Placement,
    Touch,
    key_of,
    links,
    placements,
    references,
    touches,
)
from observability.entity import Entity
from observability.event import ProcessEvent
from observability.model.coherence import read_model

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASH = read_model("""
process: quote-to-cash
version: 1.0.0
title: Quote to cash
owner: finance
case: engagement
keys: [engagement_id, opportunity_id]
activities:
  - {activity: deal-won, events: [ps.opportunity.closed-won]}
  - {activity: invoice-issued, events: [ps.invoice.issued]}
  - {activity: hold-set}
entities:
  engagement: {key: engagement_id, from: [ps.opportunity.closed-won]}
  timesheet: {key: timesheet_id, from: [ps.timesheet.approved],
              touched_by: {ps.invoice.issued: timesheet_ids, hold-set: timesheet_id}}
  customer: {key: customer_id, from: [ps.customer.changed]}
references: {customer_id: customer, worker_ids: worker}
""")
HIRE = read_model("""
process: hire-to-provision
version: 1.0.0
title: Hire to provision
owner: hr
keys: [worker_id]
activities: [{activity: sold-to, events: [ps.opportunity.closed-won]}]
""")


def event(type_: str = "ps.opportunity.closed-won", /, **given: object) -> ProcessEvent:
    return ProcessEvent(**{"source": "s", "id": "1", "occurred_at": NOON, "type": type_, **given})


def test_an_event_belongs_to_every_process_that_lists_its_type():
    said = event(data={"engagement_id": "E-1", "opportunity_id": 7, "worker_id": "W-1"})
    assert placements(said, [CASH, HIRE]) == (
        Placement(process="hire-to-provision", activity="sold-to", keys=("W-1",)),
        Placement(process="quote-to-cash", activity="deal-won", keys=("7", "E-1")),
    )


def test_what_an_event_says_explicitly_wins():
    said = event(process="quote-to-cash", case="C-9", activity="hold-set")
    assert placements(said, [CASH, HIRE]) == (
        Placement(process="quote-to-cash", activity="hold-set", keys=("C-9",)),
    )


def test_an_explicit_case_joins_the_keys_found_in_the_data():
    said = event(process="quote-to-cash", case="C-9", data={"engagement_id": "E-1"})
    assert placements(said, [CASH])[0].keys == ("C-9", "E-1")


def test_a_process_without_a_model_is_placed_by_what_the_event_says():
    said = event("loans.granted", process="loans", case="L-1")
    assert placements(said, [CASH]) == (
        Placement(process="loans", activity="loans.granted", keys=("L-1",)),
    )


def test_an_event_that_no_process_lists_is_placed_nowhere():
    assert placements(event("weather.changed", case="X"), [CASH, HIRE]) == ()


def test_an_event_without_a_key_waits_under_its_subject_then_its_correlation():
    said = event(subject="OPP-7", correlation="trace-1", data={"engagement_id": " "})
    placed = placements(said, [CASH])[0]
    assert (placed.keys, placed.candidates) == ((), ("OPP-7", "trace-1"))


def test_a_named_case_leaves_no_candidate():
    assert placements(event(case="C-1", subject="OPP-7"), [CASH])[0].candidates == ()


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("E-1", "E-1"),
        (42, "42"),
        (0, "0"),
        (True, None),
        (1.5, None),
        ("", None),
        ("  ", None),
        (None, None),
        ({"id": 1}, None),
        ("x" * 256, None),
        ("a\0b", None),
        (10**300, None),
    ],
)
def test_a_key_is_text_or_a_whole_number(value: object, key: str | None):
    assert key_of(value) == key


def test_an_event_describes_one_entity_and_touches_several_others():
    approved = event("ps.timesheet.approved", data={"timesheet_id": "T-1"})
    issued = event("ps.invoice.issued", data={"timesheet_ids": ["T-2", "T-1", "T-2", None]})
    assert touches(approved, None, [CASH]) == (Touch(type="timesheet", key="T-1", describes=True),)
    assert touches(issued, "invoice-issued", [CASH]) == (
        Touch(type="timesheet", key="T-1", describes=False),
        Touch(type="timesheet", key="T-2", describes=False),
    )


def test_an_explicit_activity_touches_as_its_model_says():
    held = event("any.type", data={"timesheet_id": "T-1"})
    assert touches(held, "hold-set", [CASH]) == (
        Touch(type="timesheet", key="T-1", describes=False),
    )
    assert touches(held, None, [CASH]) == ()


def test_the_cases_own_entity_may_be_named_by_the_case():
    assert touches(event(case="C-9"), None, [CASH])[0].key == "C-9"
    assert touches(event(case="C-9", process="other"), None, [CASH]) == ()
    both = event(case="C-9", data={"engagement_id": "E-1"})
    assert touches(both, None, [CASH])[0].key == "E-1"


def test_fields_refer_to_entities_one_or_many():
    data = {"customer_id": "C-1", "worker_ids": ["W-2", 1], "other": "x"}
    assert references(data, CASH) == (("customer", "C-1"), ("worker", "1"), ("worker", "W-2"))


def test_an_entity_does_not_refer_to_itself():
    customer = Entity(
        type="customer",
        key="C-1",
        state={"customer_id": "C-1", "worker_ids": ["W-1"]},
        first_at=NOON,
        last_at=NOON,
        events=1,
    )
    assert links(customer, [CASH, HIRE]) == (("worker", "W-1"),)
