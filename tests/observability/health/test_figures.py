"""The arithmetic of health, without a database."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from observability.health.promise import Tally, attainment, burn
from observability.health.quantile import quantile
from observability.health.trend import trend
from observability.health.window import WindowError, read_window

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def tally(day: date, state: str, clocks: int = 1) -> Tally:
    return Tally(sla="to-payment", state=state, day=(day - date(1970, 1, 1)).days, clocks=clocks)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7.0], 0.95, 7.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 0.5, 3.0),
        ([0.0, 10.0], 0.95, 9.5),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
    ],
)
def test_a_quantile_lies_between_its_neighbours(values, share, expected):
    assert quantile(values, share) == expected


def test_attainment_leaves_out_what_runs_and_what_was_cancelled():
    counts = {"met": 3, "late": 1, "absent": 1, "running": 50, "cancelled": 7, "paused": 2}
    assert attainment(counts) == 0.6
    assert attainment({"running": 4}) is None


def test_burn_is_break_even_when_as_many_break_as_may():
    assert burn({"met": 19, "late": 1}, Decimal(1)) == 1.0
    assert burn({"running": 1}, Decimal(0)) is None


def test_a_window_is_whole_days_up_to_today():
    window = read_window("30d", as_of=NOON)
    assert window.since == datetime(2026, 3, 2, tzinfo=UTC)
    assert read_window("1d", as_of=NOON).since == datetime(2026, 3, 31, tzinfo=UTC)
    assert read_window("all", as_of=NOON).since is None


@pytest.mark.parametrize("text", ["", "30", "0d", "-1d", "30h", "4000d", "99999d", "ALL", "३d"])
def test_any_other_window_is_refused(text):
    with pytest.raises(WindowError, match="30d"):
        read_window(text, as_of=NOON)


def test_each_day_of_the_window_stands_in_the_trend_with_the_attainment_of_its_week():
    tallies = [
        tally(date(2026, 3, 1), "met", 4),
        tally(date(2026, 3, 6), "late", 1),
        tally(date(2026, 3, 8), "absent", 1),
        tally(date(2026, 3, 8), "cancelled", 9),
    ]
    days = trend(tallies, {}, first=date(2026, 3, 7), last=date(2026, 3, 9))
    assert [day.date.day for day in days] == [7, 8, 9]
    assert [day.attainment for day in days] == [None, 0.0, None]
    assert [day.moving_attainment for day in days] == [0.8, 0.0, 0.0]
    assert [day.burn for day in days] == [4.0, 20.0, 20.0]
    assert (days[1].met, days[1].late, days[1].absent) == (0, 0, 1)


def test_all_time_runs_from_the_first_ending_to_the_last():
    tallies = [tally(date(2020, 1, 30), "met"), tally(date(2020, 2, 2), "late")]
    days = trend(tallies, {}, first=None, last=date(2026, 3, 9))
    assert [day.date for day in days] == [
        date(2020, 1, 30),
        date(2020, 1, 31),
        date(2020, 2, 1),
        date(2020, 2, 2),
    ]
    assert trend([], {}, first=None, last=date(2026, 3, 9)) == []
