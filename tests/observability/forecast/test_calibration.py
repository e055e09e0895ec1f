"""Whether what was said came true."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from observability.forecast.calibration import Said, calibration
from observability.forecast.past import past_forecasts
from observability.forecast.seen import SeenClock, history
from rules.instant import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000


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
    seen = calibration(
        [Said(chance=1.0, base=0.5, broke=True), Said(chance=0, base=0.5, broke=False)]
    )
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
    found = calibration(said)
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
