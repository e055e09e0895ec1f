from datetime import UTC, datetime, timedelta

from observability.instance.departure import Departure, departures
from observability.instance.instance import CaseEvent
from observability.model.coherence import read_model

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MODEL = read_model("""
process: billing
version: 1.0.0
title: Billing
owner: finance
activities:
  - {activity: accepted, title: Milestone accepted, required: true}
  - {activity: billed, after: [accepted]}
  - {activity: reminded, repeats: true}
end: [billed]
""")


def event(activity: str, hour: int) -> CaseEvent:
    at = NINE + timedelta(hours=hour)
    return CaseEvent(
        occurred_at=at, event_id=f"{activity}{hour}", source="s", activity=activity, type="t"
    )


def departed(*steps: tuple[str, int], completed: bool = False) -> tuple[Departure, ...]:
    events = [event(*step) for step in steps]
    return departures(events, MODEL, completed_at=events[-1].occurred_at if completed else None)


def test_a_case_that_keeps_to_its_model_does_not_depart():
    assert departed(("accepted", 0), ("reminded", 1), ("reminded", 2), ("billed", 3)) == ()


def test_a_step_before_the_one_it_must_follow_is_out_of_order():
    (found,) = departed(("billed", 0), ("accepted", 1))
    assert (found.kind, found.activity, found.at) == ("out-of-order", "billed", NINE)
    assert found.sentence == "“Billed” came before “Milestone accepted”."


def test_a_step_whose_one_before_never_came_is_told_to_have_come_without_it():
    (found,) = departed(("billed", 0))
    assert found.sentence == "“Billed” came without “Milestone accepted”."


def test_steps_at_the_same_instant_are_in_order():
    assert departed(("billed", 0), ("accepted", 0)) == ()


def test_late_evidence_of_the_missing_step_takes_the_departure_back():
    assert departed(("billed", 1)) != ()
    assert departed(("accepted", 0), ("billed", 1)) == ()


def test_a_required_step_is_skipped_only_once_the_case_is_complete():
    assert [one.kind for one in departed(("billed", 2))] == ["out-of-order"]
    kinds = {one.kind: one for one in departed(("billed", 2), completed=True)}
    assert kinds["skipped"].sentence == "The case was completed without “Milestone accepted”."
    assert kinds["skipped"].at == NINE + timedelta(hours=2)


def test_a_repeated_step_departs_unless_repetition_is_normal():
    (found,) = departed(("accepted", 0), ("accepted", 1), ("accepted", 4))
    assert (found.kind, found.at, found.count) == ("repeated", NINE + timedelta(hours=1), 2)
    assert found.sentence == "“Milestone accepted” happened 3 times."


def test_a_step_that_the_model_does_not_know_is_named_as_it_came():
    (found,) = departed(("accepted", 0), ("Shouted at", 1), ("Shouted at", 2))
    assert (found.kind, found.activity, found.count) == ("unknown", "Shouted at", 2)
    assert found.sentence == "“Shouted at” is no activity of Billing."
