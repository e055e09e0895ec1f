"""Before and after a date: each figure beside itself, with what it was made from."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from controlplane.roi import Between, around, compared

SPLIT = date(2026, 10, 1)
NOON = datetime(2026, 10, 11, 12, tzinfo=UTC)
BEFORE, AFTER = around(SPLIT, 30, at=NOON)


def days(before: str | None, after: str | None, *, sample: int = 40, better: str = "lower"):
    sides = [
        between.side(None if value is None else Decimal(value), sample, None)
        for between, value in ((BEFORE, before), (AFTER, after))
    ]
    return compared("set-up-time", "Set-up time", *sides, unit="days", better=better)


def test_the_days_after_end_with_today():
    assert (BEFORE.since.date(), AFTER.until) == (date(2026, 9, 1), NOON)
    assert AFTER.side(None, 0, None).until == date(2026, 10, 11)
    assert around(SPLIT, 5, at=NOON)[1].until == datetime(2026, 10, 6, tzinfo=UTC)
    assert Between(BEFORE.since, BEFORE.until).side(None, 0, None).until == date(2026, 9, 30)


def test_what_takes_less_time_is_better_by_its_share():
    assert (days("8", "6").change, days("8", "6").better_by) == (-2, Decimal("0.25"))
    assert days("8", "10").better_by == Decimal("-0.25")
    assert days("8", "10", better="higher").better_by == Decimal("0.25")


def test_a_few_cases_are_not_enough_and_none_compare_nothing():
    assert days("8", "6").enough
    assert not days("8", "6", sample=29).enough
    assert days("8", None).change is None
    assert days("0", "2").better_by is None
    assert AFTER.since - BEFORE.since == timedelta(days=30)
