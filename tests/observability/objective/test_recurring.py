"""Everybody's timesheet is expected each Monday noon; the one that is missing is a breach."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice

import pytest

from observability.objective import read_objective
from observability.objective.document import Cutoff, Expectation
from observability.objective.recurring import Evidence, Period, kept_at, periods, standing
from rules.calendar import BusinessCalendar, read_calendar
from rules.document import DocumentError

LONDON = BusinessCalendar(
    read_calendar(
        "calendar: london\nversion: 1.0.0\nzone: Europe/London\nhours: {"
        + ", ".join(f'{day}: ["09:00-17:30"]' for day in ("mon", "tue", "wed", "thu", "fri"))
        + "}\nholidays: {country: GB, region: ENG}"
    )
)
MONDAY_NOON = Cutoff(weekday="mon", at="12:00")
EXPECTED = Expectation(
    entity="timesheet", by="worker_id", period="week_ending", since="start_on", until="end_on"
)
TEXT = """
sla: timesheet-by-monday
version: 1.0.0
process: work
owner: delivery
per: assignment
from: [assigned]
to: [submitted]
expects: {entity: timesheet, by: worker_id, period: week_ending}
target: {by: {weekday: mon, at: "12:00"}}
calendar: london
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}Z")


def found(since: str, until: str | None, now: str, cutoff: Cutoff = MONDAY_NOON) -> list[Period]:
    last = date.fromisoformat(f"2026-{until}") if until else None
    first = date.fromisoformat(f"2026-{since}")
    return list(periods(cutoff, LONDON, since=first, until=last, at=at(now)))


def test_a_week_is_due_at_the_cutoff_behind_it_and_the_running_one_is_the_last():
    first, second = found("03-04", None, "03-10 12:00")
    assert (first.first, first.last) == (date(2026, 3, 2), date(2026, 3, 8))
    assert (first.opens_at, first.due_at) == (at("03-09 00:00"), at("03-09 12:00"))
    assert second.opens_at > at("03-10 12:00")


def test_a_week_behind_a_holiday_is_due_on_the_next_business_day():
    easter = found("03-30", "04-05", "05-01 12:00")
    assert [one.due_at for one in easter] == [at("04-07 11:00")]


def test_no_period_is_expected_behind_the_end():
    assert [one.last.day for one in found("03-04", "03-17", "05-01 12:00")] == [8, 15, 22]


def test_a_month_is_due_at_its_cutoff_in_the_next():
    months = found("01-10", "02-03", "06-01 12:00", Cutoff(business_day=3, at="12:00"))
    assert [(one.first, one.last) for one in months] == [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
    ]
    assert [one.due_at for one in months] == [at("02-04 12:00"), at("03-04 12:00")]


def test_what_keeps_a_period_is_of_the_same_person_and_within_it():
    [week] = found("03-04", "03-08", "05-01 12:00")

    def came(worker: object, ending: object, when: str) -> Evidence:
        fields = {"worker_id": worker, "week_ending": ending}
        return Evidence(occurred_at=at(when), fields=fields)

    item = {"worker_id": "W-1"}
    others = [came("W-2", "2026-03-08", "03-06 17:00"), came("W-1", "2026-03-01", "03-02 09:00")]
    assert kept_at(EXPECTED, item, week, [*others, came("W-1", 8, "03-06 17:00")]) is None
    mine = came("W-1", "2026-03-08", "03-06 17:00")
    assert kept_at(EXPECTED, item, week, [*others, mine]) == at("03-06 17:00")
    assert kept_at(EXPECTED, {}, week, [came(None, "2026-03-08", "03-06 17:00")]) is None


def test_a_person_stands_from_the_date_named_until_the_first_end():
    item = {"start_on": "2026-03-04", "end_on": "2026-05-01"}
    begun, ended = at("03-01 10:00"), at("04-01 10:00")
    assert standing(EXPECTED, item, begun, ended, LONDON) == (date(2026, 3, 4), date(2026, 4, 1))
    assert standing(EXPECTED, {}, begun, None, LONDON) == (date(2026, 3, 1), None)


def test_ten_years_of_weeks_are_the_most_that_are_looked_at():
    def endless() -> Iterator[Period]:
        since, now = date(1995, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
        return periods(MONDAY_NOON, LONDON, since=since, until=None, at=now)

    assert len(list(islice(endless(), 1000))) <= 520


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (("per: assignment", "per: case"), "/per"),
        (('{by: {weekday: mon, at: "12:00"}}', "{hours: 1}"), "/target"),
        (("calendar: london", "calendar: london\npause: [a]\nresume: [b]"), "/target"),
        (("to: [submitted]", "to: [object.status is sent]"), ""),
        (("by: worker_id, ", ""), "/expects"),
    ],
)
def test_an_expectation_that_cannot_come_round_is_refused(change, pointer):
    read_objective(TEXT)
    with pytest.raises(DocumentError) as refused:
        read_objective(TEXT.replace(*change))
    assert refused.value.pointer == pointer
