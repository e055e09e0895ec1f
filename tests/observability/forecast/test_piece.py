"""When what forecasts are told from is made anew."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from observability.forecast.piece import RUNNING, Kept, Name, Wanted, is_due
from rules.instant import to_micros

TODAY = datetime(2026, 3, 2, tzinfo=UTC)
NOON = TODAY + timedelta(hours=12)
KEPT = Kept(
    known_at=to_micros(TODAY),
    settled=False,
    basis="b",
    heard=(80, 20, 0),
    made_at=to_micros(NOON),
    took_us=600_000,
)
WANTED = Wanted(
    name=Name(process="p", sla="s", week=RUNNING),
    known_at=to_micros(TODAY),
    basis="b",
    heard=(80, 20, 0),
)


def test_what_was_never_made_is_due():
    assert is_due(WANTED, None, at=NOON)


def test_what_nothing_changed_is_not_due():
    assert not is_due(WANTED, KEPT, at=NOON + timedelta(hours=11))


def test_every_day_it_is_made_anew_until_nothing_is_left_to_be_decided():
    tomorrow = replace(WANTED, known_at=to_micros(TODAY + timedelta(days=1)))
    assert is_due(tomorrow, KEPT, at=NOON)
    assert not is_due(tomorrow, replace(KEPT, settled=True), at=NOON)


def test_another_version_of_a_document_makes_it_anew_at_once():
    assert is_due(replace(WANTED, basis="c"), replace(KEPT, settled=True), at=NOON)


def test_late_news_wait_a_thousand_times_as_long_as_it_takes():
    news = replace(WANTED, heard=(81, 20, 0))
    assert not is_due(news, KEPT, at=NOON + timedelta(minutes=9))
    assert is_due(news, KEPT, at=NOON + timedelta(minutes=11))


def test_a_history_that_has_grown_by_a_quarter_does_not_wait():
    assert is_due(replace(WANTED, heard=(106, 20, 0)), KEPT, at=NOON)
    assert not is_due(replace(WANTED, heard=(105, 20, 0)), KEPT, at=NOON)
