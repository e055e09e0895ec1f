"""A clock starts once, ends once, and says the same whatever order the news came in."""

from datetime import UTC, datetime, timedelta

import pytest

from observability.clock.clock import (
    Clock,
    ClockEvent,
    clock_id,
    next_at,
    nominal_time,
    run_clock,
    state,
    warned_percent,
)
from observability.objective import Objective, Target, read_objective
from observability.objective.terms import Terms
from rules.calendar import BusinessCalendar, read_calendar

OFFICE = BusinessCalendar(
    read_calendar(
        "calendar: office\nversion: 1.0.0\nzone: UTC\nhours: {"
        + ", ".join(f'{day}: ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
        + "}"
    )
)
MOMENT = timedelta(microseconds=1)
LONG_AFTER = datetime(2026, 6, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """A time in March 2026, e.g. `2 09:00`; the 2nd is a Monday."""
    day, hour = text.split()
    return datetime.fromisoformat(f"2026-03-{day:0>2} {hour}Z")


def promise(target: str = "business_hours: 8", **changes: tuple[str, ...] | str) -> Objective:
    fields = {
        "to": ("paid",),
        "cancel": ("rejected",),
        "pause": ("held",),
        "resume": ("released",),
        "warn": "[50, 80]",
    } | changes
    lines = "\n".join(
        f"{name}: {value if isinstance(value, str) else list(value)}"
        for name, value in fields.items()
    )
    return read_objective(
        "sla: to-payment\nversion: 1.0.0\nprocess: expense\nowner: desk\nfrom: [submitted]\n"
        f"target: {{{target}}}\ncalendar: office\n{lines}\n"
    )


def run(*steps: str, objective: Objective | None = None) -> Clock | None:
    """Run over steps such as `2 09:00 submitted`."""
    events = [
        ClockEvent(activity=step.split()[2], occurred_at=at(" ".join(step.split()[:2])))
        for step in steps
    ]
    promised = objective or promise()
    terms = Terms(target=promised.target, calendar=OFFICE)
    return run_clock(promised, terms, events, instance="case-1")


def started(*steps: str, objective: Objective | None = None) -> Clock:
    clock = run(*steps, objective=objective)
    assert clock is not None
    return clock


def test_without_a_start_there_is_no_clock():
    assert run("2 09:00 paid", "2 10:00 rejected") is None


def test_a_clock_runs_until_its_deadline_and_is_absent_only_after_it():
    clock = started("2 10:00 submitted")
    assert clock.due_at == at("3 10:00")
    assert state(clock, at("3 10:00")) == "running"
    assert state(clock, at("3 10:00") + MOMENT) == "absent"


def test_a_target_at_the_deadline_is_met_and_one_after_closing_is_late():
    assert state(started("2 09:00 submitted", "2 17:00 paid"), LONG_AFTER) == "met"
    assert state(started("2 09:00 submitted", "2 17:01 paid"), LONG_AFTER) == "late"


def test_the_first_start_and_the_first_target_after_it_count():
    clock = started(
        "1 12:00 paid", "2 09:00 submitted", "2 12:00 submitted", "2 13:00 paid", "9 13:00 paid"
    )
    assert (clock.started_at, clock.target_at) == (at("2 09:00"), at("2 13:00"))


def test_a_target_at_the_very_time_of_the_start_is_after_it_in_either_order():
    for steps in (("2 09:00 submitted", "2 09:00 paid"), ("2 09:00 paid", "2 09:00 submitted")):
        assert state(started(*steps), LONG_AFTER) == "met"


def test_a_rejection_at_the_deadline_cancels_and_one_after_it_does_not():
    assert state(started("2 09:00 submitted", "2 17:00 rejected"), LONG_AFTER) == "cancelled"
    assert state(started("2 09:00 submitted", "2 17:01 rejected"), LONG_AFTER) == "absent"


def test_a_rejection_before_the_start_says_nothing():
    assert state(started("1 12:00 rejected", "2 09:00 submitted"), LONG_AFTER) == "absent"


def test_a_target_after_a_rejection_restores_the_original_clock():
    clock = started("2 09:00 submitted", "2 10:00 rejected", "2 16:00 paid")
    assert (clock.cancelled_at, clock.started_at) == (None, at("2 09:00"))
    assert state(clock, LONG_AFTER) == "met"


def test_a_start_after_a_rejection_restores_the_original_clock():
    clock = started("2 09:00 submitted", "2 10:00 rejected", "2 11:00 submitted")
    assert clock.due_at == at("2 17:00")
    assert state(clock, at("2 12:00")) == "running"
    assert state(clock, LONG_AFTER) == "absent"


def test_work_rejected_in_time_resubmitted_and_rejected_again_late_stays_cancelled():
    clock = started(
        "2 09:00 submitted", "2 10:00 rejected", "2 11:00 submitted", "9 11:00 rejected"
    )
    assert state(clock, LONG_AFTER) == "cancelled"


def test_a_pause_moves_the_deadline_by_the_business_time_that_it_took():
    clock = started("2 10:00 submitted", "2 12:00 held", "3 11:00 released")
    assert clock.due_at == at("3 17:00")  # 2 h used, 6 h left from 11:00
    assert state(clock, at("3 17:00")) == "running"


def test_while_paused_a_clock_cannot_breach():
    clock = started("2 10:00 submitted", "2 12:00 held")
    assert state(clock, LONG_AFTER) == "paused"
    assert (clock.paused_at, clock.remaining_seconds) == (at("2 12:00"), 6 * 3600)
    assert clock.due_at == at("3 10:00")
    assert next_at(clock, after=at("2 12:00")) is None


def test_a_pause_after_the_deadline_comes_too_late():
    clock = started("2 10:00 submitted", "3 10:01 held")
    assert state(clock, LONG_AFTER) == "absent"
    assert clock.paused_at is None


def test_a_pause_in_the_moment_of_the_deadline_comes_too_late():
    clock = started("2 09:00 submitted", "2 17:00 held")
    assert (clock.paused_at, clock.due_at) == (None, at("2 17:00"))


def test_a_target_during_a_pause_is_met():
    clock = started("2 10:00 submitted", "2 12:00 held", "9 12:00 paid")
    assert state(clock, LONG_AFTER) == "met"
    assert clock.paused_at is None


def test_a_target_during_a_pause_that_began_after_the_deadline_is_late():
    assert state(started("2 10:00 submitted", "4 12:00 held", "9 12:00 paid"), LONG_AFTER) == "late"


def test_a_rejection_during_a_pause_cancels_however_late():
    clock = started("2 10:00 submitted", "2 12:00 held", "30 12:00 rejected")
    assert state(clock, LONG_AFTER) == "cancelled"


def test_two_holds_in_a_row_are_one_pause():
    clock = started("2 10:00 submitted", "2 12:00 held", "2 13:00 held", "3 11:00 released")
    assert clock.due_at == at("3 17:00")


def test_a_release_without_a_hold_changes_nothing():
    assert started("2 10:00 submitted", "2 11:00 released") == started("2 10:00 submitted")


def test_a_hold_after_the_target_changes_nothing():
    paid = started("2 10:00 submitted", "2 11:00 paid")
    assert started("2 10:00 submitted", "2 11:00 paid", "2 12:00 held") == paid


def test_warnings_are_shares_of_the_business_time():
    clock = started("2 13:00 submitted")
    assert clock.warnings == (at("2 17:00"), at("3 11:24"))


def test_warnings_wait_while_paused():
    clock = started("2 10:00 submitted", "2 12:00 held", "3 11:00 released")
    assert clock.warnings == (at("3 13:00"), at("3 15:24"))
    assert started("2 10:00 submitted", "2 15:00 held").warnings == (at("2 14:00"),)


def test_what_comes_next_is_each_warning_and_then_the_first_moment_of_absence():
    clock = started("2 09:00 submitted")
    passed, moments = at("2 09:00"), []
    while following := next_at(clock, after=passed):
        moments.append(following)
        passed = following
    assert moments == [at("2 13:00"), at("2 15:24"), at("2 17:00") + MOMENT]
    assert state(clock, moments[-1]) == "absent"


@pytest.mark.parametrize("end", ["paid", "rejected", "held"])
def test_nothing_comes_next_for_a_clock_that_does_not_run(end):
    assert next_at(started("2 09:00 submitted", f"2 10:00 {end}"), after=at("2 10:00")) is None


@pytest.mark.parametrize(
    ("when", "warned"),
    [("2 09:00", 0), ("2 12:59", 0), ("2 13:00", 50), ("2 16:00", 80), ("2 23:00", 80)],
)
def test_the_warnings_reached_are_those_of_the_time_used(when, warned):
    assert warned_percent(started("2 09:00 submitted"), promise(), at(when)) == warned


def test_no_warning_is_reached_once_the_clock_has_ended_or_is_paused():
    for end in ("paid", "rejected", "held"):
        clock = started("2 09:00 submitted", f"2 11:00 {end}")
        assert warned_percent(clock, promise(), LONG_AFTER) == 0


def test_business_days_end_at_closing():
    days = promise("business_days: 2")
    clock = started("2 10:00 submitted", objective=days)
    assert clock.due_at == at("4 17:00")
    assert clock.warnings[0] == at("3 13:30")


def test_a_pause_of_a_business_day_moves_a_deadline_in_business_days_by_a_day():
    clock = started(
        "2 10:00 submitted",
        "3 10:00 held",
        "4 10:00 released",
        objective=promise("business_days: 2"),
    )
    assert clock.due_at == at("5 17:00")


def test_plain_hours_count_nights_and_weekends():
    clock = started("6 16:00 submitted", objective=promise("hours: 24"))
    assert clock.due_at == at("7 16:00")


def test_plain_hours_need_no_calendar_and_business_hours_do():
    begun = [ClockEvent(activity="submitted", occurred_at=at("6 16:00"))]
    half = promise("minutes: 30")
    clock = run_clock(half, Terms(target=half.target), begun, instance="case-1")
    assert clock is not None
    assert clock.due_at == at("6 16:30")
    for one in (promise(), promise("business_days: 1")):
        with pytest.raises(ValueError, match="needs its calendar"):
            run_clock(one, Terms(target=one.target), begun, instance="case-1")


def test_events_that_mean_nothing_to_the_objective_change_nothing():
    assert started("2 09:00 submitted", "2 10:00 approved") == started("2 09:00 submitted")


def test_each_object_of_a_case_has_a_clock_of_its_own():
    ids = {
        clock_id("case-1", "to-payment"),
        clock_id("case-1", "to-payment", "timesheet", "TS-1"),
        clock_id("case-1", "to-payment", "timesheet", "TS-2"),
        clock_id("case-2", "to-payment", "timesheet", "TS-1"),
    }
    assert len(ids) == 4
    assert all(len(one) == 32 for one in ids)
    assert started("2 09:00 submitted").id == clock_id("case-1", "to-payment")


@pytest.mark.parametrize(
    ("target", "hours"),
    [("business_days: 5", 40), ("business_hours: 12", 12), ("minutes: 30", 0.5)],
)
def test_a_promise_has_its_usual_length_in_hours(target, hours):
    assert nominal_time(promise(target), OFFICE) == timedelta(hours=hours)


def test_a_target_has_no_length_without_a_unit():
    assert Target().duration == timedelta()
