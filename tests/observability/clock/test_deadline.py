"""A deadline may be counted from a date, be a cut-off, or come from a rejected start anew."""

from datetime import UTC, datetime

import pytest

from observability.clock.clock import Clock, ClockEvent, run_clock, state
from observability.objective import Objective, Target, read_objective
from observability.objective.document import Cutoff
from observability.objective.terms import Terms
from rules.calendar import BusinessCalendar, read_calendar

LONDON = BusinessCalendar(
    read_calendar(
        "calendar: london\nversion: 1.0.0\nzone: Europe/London\nhours: {"
        + ", ".join(f'{day}: ["09:00-17:30"]' for day in ("mon", "tue", "wed", "thu", "fri"))
        + "}\nholidays: {country: GB, region: ENG}"
    )
)
LONG_AFTER = datetime(2026, 12, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """A time in 2026 in UTC, e.g. `03-02 09:00`."""
    return datetime.fromisoformat(f"2026-{text}Z")


def promise(**changes: object) -> Objective:
    lines = {
        "from": ["hired"],
        "to": ["provisioned"],
        "target": "{business_days: 1, before: case.start_on}",
    } | changes
    listed = "\n".join(f"{name}: {value}" for name, value in lines.items())
    return read_objective(
        f"sla: ready\nversion: 1.0.0\nprocess: hire\nowner: hr\ncalendar: london\n{listed}\n"
    )


def run(
    *steps: str, objective: Objective, target: Target | None = None, anchor: str | None = None
) -> Clock | None:
    """Run over steps such as `03-02 09:00 hired`; `-credit` is a state that ends."""
    events = [
        ClockEvent(
            activity=(name := step.split(maxsplit=2)[2]).removeprefix("-"),
            occurred_at=at(" ".join(step.split()[:2])),
            left=name.startswith("-"),
        )
        for step in steps
    ]
    terms = Terms(target=target or objective.target, calendar=LONDON, anchor=anchor)
    return run_clock(objective, terms, events, instance="case-1")


def ran(*steps: str, objective: Objective, anchor: str | None = None) -> Clock:
    clock = run(*steps, objective=objective, anchor=anchor)
    assert clock is not None
    return clock


@pytest.mark.parametrize(
    ("target", "date", "due"),
    [
        ("business_days: 1, before: case.start_on", "2026-03-09", "03-06 17:30"),  # a Monday
        ("business_days: 1, before: case.start_on", "2026-03-07", "03-06 17:30"),  # a Saturday
        ("business_days: 2, before: case.start_on", "2026-03-09", "03-05 17:30"),
        ("business_days: 1, before: case.start_on", "2026-04-07", "04-02 17:30"),  # after Easter
        ("business_days: 0, before: case.start_on", "2026-03-07", "03-06 17:30"),
        ("business_days: 1, before: case.start_on", "2026-03-09T08:00:00Z", "03-06 17:30"),
        ("business_hours: 4, before: case.start_on", "2026-03-09", "03-06 13:30"),
        ("business_hours: 8.5, before: case.start_on", "2026-03-09", "03-06 09:00"),
        ("hours: 24, before: case.start_on", "2026-03-09", "03-08 00:00"),
        ("business_days: 5, after: case.start_on", "2026-03-06", "03-13 17:30"),
        ("business_days: 0, after: case.start_on", "2026-03-07", "03-09 17:30"),
        ("business_hours: 4, after: case.start_on", "2026-03-06", "03-09 13:00"),
        ("hours: 4, after: case.start_on", "2026-03-06T10:00:00Z", "03-06 14:00"),
    ],
)
def test_a_deadline_counts_from_a_date(target, date, due):
    objective = promise(target=f"{{{target}}}")
    when = at(due) if due < "03-29" else at(due.replace("17:30", "16:30"))
    assert ran("03-02 09:00 hired", objective=objective, anchor=date).due_at == when


def test_a_date_that_is_none_or_beyond_the_calendar_sets_no_deadline():
    for text in ("soon", "2026-13-01", "9999-12-31", "0001-01-01"):
        assert run("03-02 09:00 hired", objective=promise(), anchor=text) is None


def test_a_start_behind_the_deadline_has_broken_it_already_and_warns_of_nothing():
    objective = promise(warn="[50]")
    clock = ran("03-09 09:00 hired", objective=objective, anchor="2026-03-09")
    assert (state(clock, at("03-09 09:00")), clock.warnings) == ("absent", ())


def test_warnings_of_a_date_are_shares_of_the_time_up_to_it():
    objective = promise(target="{business_hours: 8.5, before: case.start_on}", warn="[50]")
    clock = ran("03-05 09:00 hired", objective=objective, anchor="2026-03-09")
    assert clock.warnings == (at("03-05 13:15"),)


@pytest.mark.parametrize(
    ("cutoff", "start", "due"),
    [
        (Cutoff(weekday="mon", at="12:00"), "03-04 10:00", "03-09 12:00"),
        (Cutoff(weekday="mon", at="12:00"), "03-09 12:00", "03-09 12:00"),
        (Cutoff(weekday="mon", at="12:00"), "03-09 12:01", "03-16 12:00"),
        (Cutoff(weekday="mon", at="12:00"), "04-03 10:00", "04-07 11:00"),  # Easter Monday
        (Cutoff(business_day=3, at="12:00"), "03-10 10:00", "04-07 11:00"),  # 1, 2 and 7 April
        (Cutoff(business_day=-1), "03-10 10:00", "03-31 16:30"),
        (Cutoff(month_day=31), "02-10 10:00", "03-02 17:30"),  # 28 February is a Saturday
        (Cutoff(month_day=15, at="09:00"), "03-14 10:00", "03-16 09:00"),
    ],
)
def test_a_cutoff_comes_round_and_moves_to_a_business_day(cutoff, start, due):
    objective = promise(target="{by: {weekday: mon}}")
    clock = run(f"{start} hired", objective=objective, target=Target(by=cutoff))
    assert clock is not None
    assert clock.due_at == at(due)


@pytest.mark.parametrize(
    ("target", "label"),
    [
        ("{business_days: 1, before: case.start_on}", "1 business day before start on"),
        ("{business_days: 0, before: case.due_on}", "by the close of due on"),
        ("{hours: 2, after: case.period_end}", "2 hours after period end"),
        ('{by: {weekday: mon, at: "12:00"}}', "by Monday 12:00"),
        ("{by: {business_day: 3}}", "by close of business day 3 of the month"),
        ("{by: {business_day: -1}}", "by close of last business day of the month"),
        ("{by: {month_day: 5, at: '09:00'}}", "by day 5 of the month 09:00"),
    ],
)
def test_a_deadline_is_said_as_a_person_says_it(target, label):
    assert promise(target=target).target.label == label


RESTART = {
    "target": "{business_hours: 8}",
    "rejection": "{by: [rejected], then: restart}",
}


def test_a_rejection_that_restarts_begins_the_promise_anew_with_the_next_start():
    steps = ("03-02 09:00 hired", "03-02 11:00 rejected", "03-03 09:00 hired")
    clock = ran(*steps, objective=promise(**RESTART))
    assert (clock.started_at, clock.due_at) == (at("03-03 09:00"), at("03-03 17:00"))


def test_what_is_rejected_and_not_taken_up_again_waits_for_nobody():
    clock = ran("03-02 09:00 hired", "03-02 11:00 rejected", objective=promise(**RESTART))
    assert state(clock, LONG_AFTER) == "cancelled"


def test_a_promise_met_and_then_rejected_is_made_again():
    steps = ("03-02 09:00 hired", "03-02 10:00 provisioned", "03-02 11:00 rejected")
    objective = promise(**RESTART)
    assert state(ran(*steps, objective=objective), LONG_AFTER) == "met"
    again = ran(*steps, "03-03 09:00 hired", objective=objective)
    assert state(again, LONG_AFTER) == "absent"


def test_a_promise_that_was_broken_stays_broken_whatever_is_rejected_after():
    steps = ("03-02 09:00 hired", "03-04 11:00 rejected", "03-05 09:00 hired")
    clock = ran(*steps, "03-05 10:00 provisioned", objective=promise(**RESTART))
    assert (clock.started_at, state(clock, LONG_AFTER)) == (at("03-02 09:00"), "late")


def test_a_rejection_that_pauses_uses_no_time_until_the_next_start():
    objective = promise(target="{business_hours: 8}", rejection="{by: [rejected], then: pause}")
    steps = ["03-02 09:00 hired", "03-02 11:00 rejected"]
    waiting = ran(*steps, objective=objective)
    assert (state(waiting, LONG_AFTER), waiting.remaining_seconds) == ("paused", 6 * 3600)
    clock = ran(*steps, "03-04 09:00 hired", objective=objective)
    assert (clock.started_at, clock.due_at) == (at("03-02 09:00"), at("03-04 15:00"))


HOLD = "customer.credit_hold is true"
HELD = {"target": "{business_hours: 8}", "pause": f"[held, {HOLD}]", "resume": "[released]"}


def test_a_state_pauses_while_it_holds_and_counts_beside_a_hold_of_another_kind():
    steps = [
        "03-02 09:00 hired",
        f"03-02 10:00 {HOLD}",
        "03-02 11:00 held",
        f"03-02 12:00 -{HOLD}",
        "03-02 14:00 released",
    ]
    assert state(ran(*steps[:4], objective=promise(**HELD)), LONG_AFTER) == "paused"
    assert ran(*steps, objective=promise(**HELD)).due_at == at("03-03 12:30")


def test_a_state_that_held_before_the_start_holds_at_it():
    before = f"03-01 10:00 {HOLD}"
    clock = ran(before, "03-02 09:00 hired", objective=promise(**HELD))
    assert (state(clock, LONG_AFTER), clock.paused_at) == ("paused", at("03-02 09:00"))
    ended = f"03-01 12:00 -{HOLD}"
    assert ran(before, ended, "03-02 09:00 hired", objective=promise(**HELD)).paused_at is None


def test_a_state_that_holds_already_meets_its_promise_at_the_start():
    objective = promise(target="{hours: 1}", to="[case.status is ready]")
    clock = ran("03-01 10:00 case.status is ready", "03-02 09:00 hired", objective=objective)
    assert clock.target_at == at("03-02 09:00")


def test_all_of_several_targets_are_needed_where_the_objective_says_so():
    objective = promise(target="{hours: 8}", to="[erp, psa]", needs="all")
    half = ran("03-02 09:00 hired", "03-02 10:00 psa", objective=objective)
    assert half.target_at is None
    whole = ran("03-02 09:00 hired", "03-02 10:00 psa", "03-02 12:00 erp", objective=objective)
    assert whole.target_at == at("03-02 12:00")
