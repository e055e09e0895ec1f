from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.instant import (
    InstantError,
    from_micros,
    optional_instant,
    optional_micros,
    parse_instant,
    render_instant,
    to_micros,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00+01:00", "2026-03-02 12:00:00.000000Z"]
)
def test_an_offset_names_the_same_instant(text):
    assert parse_instant(text) == NOON
    assert render_instant(parse_instant(text)) == "2026-03-02T12:00:00Z"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("yesterday", "is not an RFC 3339 time"),
        ("2026-02-30T12:00:00Z", "is not an RFC 3339 time"),
        ("2026-03-02T12:00:00", "names no time zone"),
        ("0001-01-01T00:00:00+14:00", "outside the calendar"),
    ],
)
def test_a_time_that_says_no_instant_is_refused(text, because):
    with pytest.raises(InstantError, match=because):
        parse_instant(text)


def test_what_is_absent_stays_absent():
    assert optional_micros(None) is None
    assert optional_instant(None) is None
    assert optional_instant(optional_micros(NOON)) == NOON


def test_another_zone_is_shown_in_utc():
    there = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert render_instant(there) == "2026-03-02T12:00:00Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_lose_nothing(at):
    assert from_micros(to_micros(at)) == at
