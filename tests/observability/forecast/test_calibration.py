"""Whether what was said came true."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from observability.forecast.calibration import Said, calibration, tallied
from observability.forecast.forecast import forecast
from observability.forecast.past import past_forecasts
from observability.forecast.seen import SeenClock, history, running
from rules.calendar import BusinessCalendar, read_calendar
from rules.instant import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
OFFICE = """\
calendar: office
version: 1.0.0
title: Office hours
zone: Etc/UTC
hours: {mon: ["09:00-17:00"], tue: ["09:00-17:00"]}
"""


def clock(number: int, began: datetime, hours: float | None, step: str = "") -> SeenClock:
    """Return a clock of a hundred hours, met after *hours*."""
    start = to_micros(began)
    return SeenClock(
        id=str(number),
        sla="s",
        instance=str(number),
        object_type="",
        object_key="",
        owner=None,
        started_at=start,
        due_at=start + 100 * HOUR,
        promised="100 hours",
        calendar="",
        target_at=None if hours is None else start + round(hours * HOUR),
        stopped_at=None,
        amount=None,
        steps=((start, 0.0, step),) if step else (),
    )


def test_what_is_said_of_all_with_certainty_and_comes_is_perfect():
    told = [Said(chance=1.0, base=0.5, broke=True), Said(chance=0, base=0.5, broke=False)]
    seen = calibration(tallied(told))
    assert (seen.brier, seen.base_brier, seen.error, seen.skill) == (0, 0.25, 0, 1)
    assert [(one.low, one.forecasts) for one in seen.bins] == [(0.0, 1), (0.9, 1)]


def test_of_nothing_nothing_is_said():
    assert (calibration([]).forecasts, calibration([]).brier, calibration([]).bins) == (0, 0, ())


def test_nothing_that_came_later_is_known_when_it_is_said():
    seen = [clock(number, START, 30 + number) for number in range(60)]
    at = START + timedelta(hours=50)
    known = history(seen, at=to_micros(at), calendars={})
    assert all(one.lasted.used <= 0.5 for one in known.walked)
    assert sum(one.lasted.kept for one in known.walked) == 20
    later = [
        one if one.target_at < to_micros(at) else clock(int(one.id), START, None) for one in seen
    ]
    assert history(later, at=to_micros(at), calendars={}) == known


def test_where_the_step_tells_how_long_it_takes_forecasts_beat_the_base_rate_and_are_calibrated():
    """Work that was rejected takes a mean of 120 hours of the 100 allowed, other work 40."""
    chance = random.Random(7)
    seen = []
    for number in range(1_500):
        rejected = chance.random() < 0.3
        took = chance.expovariate(1 / (120 if rejected else 40))
        began = START + timedelta(hours=chance.uniform(0, 24 * 100))
        seen.append(clock(number, began, took, "rejected" if rejected else "approved"))
    said = list(
        past_forecasts(
            seen,
            since=START + timedelta(days=70),
            until=START + timedelta(days=95),
            calendars={},
        )
    )
    found = calibration(tallied(said))
    assert found.forecasts > 500
    assert found.skill > 0.05
    assert found.error < 0.08
    assert found.brier < found.base_brier


def test_of_promises_that_are_not_due_yet_those_kept_early_are_not_counted():
    past = [clock(number, START, 50 if number % 2 else 150) for number in range(80)]
    began = START + timedelta(days=20)
    young = [clock(100 + number, began, 50 if number % 2 else None) for number in range(10)]
    span = {"since": began + timedelta(hours=1), "calendars": {}}
    early = past_forecasts([*past, *young], until=began + timedelta(hours=90), **span)
    assert list(early) == []
    due = list(past_forecasts([*past, *young], until=began + timedelta(hours=110), **span))
    assert {one.broke for one in due} == {True, False}


@pytest.mark.parametrize(("hours", "broke"), [(50, False), (150, True), (None, True)])
def test_a_promise_is_decided_when_it_is_met_or_its_time_has_passed(hours, broke):
    one = clock(1, START, hours)
    assert one.broke(to_micros(START + timedelta(hours=200))) is broke
    assert one.broke(to_micros(START + timedelta(hours=20))) is None


def test_what_ends_in_the_evening_of_the_day_at_whose_close_it_was_due_broke_its_promise():
    """No office hour passes between closing and the evening, so all of its time is used."""
    office = BusinessCalendar(read_calendar(OFFICE))
    due = datetime(2026, 1, 5, 17, tzinfo=UTC)
    one = replace(
        clock(1, datetime(2026, 1, 5, 9, tzinfo=UTC), None),
        calendar="office",
        due_at=to_micros(due),
        target_at=to_micros(due + timedelta(minutes=31)),
    )
    in_time = replace(one, id="2", target_at=to_micros(due))
    at = to_micros(due + timedelta(days=1))
    known = history([one, in_time], at=at, calendars={"office": office})
    assert [each.lasted.used > 1 for each in known.walked] == [True, False]
    assert known.base_rate == 0.5


def day_by_day(
    seen: list[SeenClock], since: datetime, until: datetime
) -> Iterator[tuple[float, float, bool]]:
    """Say the same without keeping anything from one day to the next."""
    at = since
    while at < until:
        now = to_micros(at)
        known = history(seen, at=now, calendars={})
        for one in running(seen, at=now, calendars={}):
            said = forecast(one, known, at=at, calendars={})
            broke = (
                one.clock.broke(to_micros(until)) if one.clock.due_at < to_micros(until) else None
            )
            if said is not None and known.base_rate is not None and broke is not None:
                yield said.chance, known.base_rate, broke
        at += timedelta(days=1)


@pytest.mark.parametrize("most", [40, 2_000])
def test_what_is_kept_from_day_to_day_changes_nothing_that_is_said(
    most: int, monkeypatch: pytest.MonkeyPatch
):
    for module in ("seen", "past"):
        monkeypatch.setattr(f"observability.forecast.{module}.MOST", most)
    draw = random.Random(3)
    seen = []
    for number in range(260):
        began = START + timedelta(hours=draw.randint(0, 500))
        one = clock(
            number, began, draw.choice([None, draw.uniform(1, 190)]), draw.choice(["a", ""])
        )
        stopped = one.started_at + draw.randint(1, 150) * HOUR
        seen.append(replace(one, stopped_at=draw.choice([None, None, stopped])))
    seen.sort(key=lambda one: (-one.started_at, one.id))
    span = {"since": START + timedelta(days=4), "until": START + timedelta(days=24)}
    told = past_forecasts(seen, calendars={}, **span)
    assert Counter((one.chance, one.base, one.broke) for one in told) == Counter(
        day_by_day(seen, **span)
    )
    assert list(past_forecasts([], calendars={}, **span)) == []
