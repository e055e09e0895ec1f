"""A table of openings at its edges."""

from datetime import date

import pytest

from rules.opening import Day, Openings, Shift, ShiftError, read_shift

TABLE = Openings(
    [(100, 200), (300, 400), (350, 500)], [Day(date(2026, 3, 2), 500), Day(date(2026, 3, 3), 450)]
)


def test_nothing_is_used_before_the_first_opening():
    assert TABLE.used(99) == 0
    assert not TABLE.is_open(99)


def test_everything_is_used_after_the_last_closing():
    assert TABLE.used(10_000) == 300


def test_more_than_the_table_holds_is_not_answered():
    assert TABLE.when_used(300) == 500
    assert TABLE.when_used(301) is None
    assert TABLE.day_after(0, 2) is None


def test_a_day_that_ends_within_the_one_before_closes_with_it():
    assert TABLE.day_after(480, 0) == Day(date(2026, 3, 2), 500)
    assert TABLE.day_after(480, 1) == Day(date(2026, 3, 3), 500)


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("09:00-17:00", Shift(540, 1020)),
        ("22:00-06:00", Shift(1320, 1800)),
        ("00:00-24:00", Shift(0, 1440)),
        ("12:00-00:00", Shift(720, 1440)),
    ],
)
def test_hours_read_as_minutes_after_midnight(text, shift):
    assert read_shift(text) == shift


@pytest.mark.parametrize("text", ["", "9:00-17:00", "24:00-06:00", "09:00 to 17:00", "09:60-10:00"])
def test_other_hours_are_refused(text):
    with pytest.raises(ShiftError):
        read_shift(text)
