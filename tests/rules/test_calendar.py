"""Working time, by hand and against a clock on the wall that is read minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.calendar import AllTime, BusinessCalendar, CalendarError, read_calendar
from rules.document import DocumentError

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def office(
    *shifts: str,
    zone: str = "Europe/Amsterdam",
    days: tuple[str, ...] = WEEKDAYS,
    more: str = "",
) -> BusinessCalendar:
    hours = ", ".join(f'"{shift}"' for shift in shifts or ("09:00-17:00",))
    week = "\n".join(f"  {day}: [{hours}]" for day in days)
    text = f"calendar: office\nversion: 1.0.0\nzone: {zone}\nhours:\n{week}\n{more}"
    return BusinessCalendar(read_calendar(text))


def local(text: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_deadline_within_the_day_is_that_much_later():
    assert office().due(local("2026-03-02 10:00"), 3 * HOUR) == local("2026-03-02 13:00")


def test_time_used_up_at_closing_is_due_at_closing_and_not_at_the_next_opening():
    assert office().due(local("2026-03-02 09:00"), 8 * HOUR) == local("2026-03-02 17:00")


def test_a_start_at_closing_waits_for_the_next_opening():
    assert office().due(local("2026-03-06 17:00"), HOUR) == local("2026-03-09 10:00")


def test_a_start_on_a_saturday_waits_for_monday():
    assert office().due(local("2026-03-07 12:00"), HOUR) == local("2026-03-09 10:00")


def test_no_duration_at_all_is_due_at_once_even_when_closed():
    assert office().due(local("2026-03-07 12:00"), timedelta()) == local("2026-03-07 12:00")


def test_the_smallest_duration_after_closing_is_due_after_the_next_opening():
    moment = timedelta(microseconds=1)
    assert office().due(local("2026-03-06 18:00"), moment) == local("2026-03-09 09:00") + moment


def test_a_lunch_break_does_not_count():
    calendar = office("09:00-12:30", "13:00-17:00")
    assert calendar.due(local("2026-03-02 12:00"), HOUR) == local("2026-03-02 13:30")
    assert calendar.elapsed(local("2026-03-02 09:00"), local("2026-03-02 17:00")) == 7.5 * HOUR


def test_a_public_holiday_does_not_count():
    kings_day = office(more="holidays: {country: NL}")
    assert kings_day.due(local("2026-04-24 16:00"), 2 * HOUR) == local("2026-04-28 10:00")
    assert office().due(local("2026-04-24 16:00"), 2 * HOUR) == local("2026-04-27 10:00")


def test_a_region_has_holidays_of_its_own():
    scotland = office(zone="Europe/London", more="holidays: {country: GB, region: SCT}")
    england = office(zone="Europe/London", more="holidays: {country: GB, region: ENG}")
    second_of_january = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert england.is_open(second_of_january)
    assert not scotland.is_open(second_of_january)


def test_a_deadline_may_lie_years_ahead():
    start = local("2026-03-02 09:00")
    assert office().due(start, 4 * 52 * 40 * HOUR) == local("2030-02-22 17:00")
    assert office().due_days(start, 4 * 52 * 5) == local("2030-02-25 17:00")


def test_a_closure_closes_the_whole_day():
    calendar = office(more="closures: [{date: 2026-03-03, title: Move}]")
    assert calendar.due(local("2026-03-02 16:00"), 2 * HOUR) == local("2026-03-04 10:00")


def test_a_half_day_replaces_the_hours_even_on_a_public_holiday():
    calendar = office(
        more='holidays: {country: NL}\nhalf_days: [{date: 2026-12-25, hours: ["09:00-12:00"]}]'
    )
    assert calendar.elapsed(local("2026-12-25 00:00"), local("2026-12-26 00:00")) == 3 * HOUR


def test_a_night_shift_has_an_hour_less_in_spring_and_an_hour_more_in_autumn():
    nights = office("22:00-06:00", zone="America/New_York", days=("sat",))
    for evening, hours in (("2026-03-07", 7), ("2026-10-31", 9), ("2026-06-06", 8)):
        begin = local(f"{evening} 22:00", NEW_YORK)
        assert nights.elapsed(begin, begin + timedelta(hours=20)) == hours * HOUR
        assert nights.due(begin, hours * HOUR) == begin.astimezone(UTC) + hours * HOUR


def test_a_closure_closes_the_night_shift_that_opens_on_it_and_not_the_one_that_ends_on_it():
    nights = office("22:00-06:00", more="closures: [{date: 2026-03-03}]")
    assert nights.is_open(local("2026-03-03 05:59"))
    assert not nights.is_open(local("2026-03-03 23:00"))
    assert nights.is_open(local("2026-03-04 22:00"))


def test_round_the_clock_has_no_seam_at_midnight():
    always = office("00:00-24:00", zone="UTC", days=(*WEEKDAYS, "sat", "sun"))
    start = datetime(2026, 12, 30, 7, 13, tzinfo=UTC)
    assert always.due(start, timedelta(days=5)) == start + timedelta(days=5)
    assert always.is_open(datetime(2027, 1, 1, tzinfo=UTC))


def test_shifts_that_overlap_count_once():
    calendar = office("09:00-14:00", "12:00-17:00")
    assert calendar.elapsed(local("2026-03-02 00:00"), local("2026-03-03 00:00")) == 8 * HOUR


def test_an_opening_that_the_spring_change_skips_is_the_moment_of_the_change():
    calendar = office("02:30-05:00", days=("sun",))
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert not calendar.is_open(change - timedelta(seconds=1))
    assert calendar.is_open(change)


def test_a_shift_within_the_skipped_hour_does_not_take_place():
    calendar = office("02:15-02:45", days=("sun",))
    week = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))
    assert calendar.elapsed(*week) == timedelta()


def test_a_day_that_a_zone_leaves_out_has_no_hours():
    samoa = office(zone="Pacific/Apia")
    end = datetime(2012, 1, 1, tzinfo=UTC)
    assert samoa.elapsed(datetime(2011, 12, 29, 12, tzinfo=UTC), end) == 8 * HOUR


def test_time_is_half_open_at_closing():
    assert office().is_open(local("2026-03-02 09:00"))
    assert not office().is_open(local("2026-03-02 17:00"))


def test_nothing_elapses_backwards():
    assert office().elapsed(local("2026-03-02 12:00"), local("2026-03-02 10:00")) == timedelta()


def test_all_time_counts_every_minute_and_none_backwards():
    friday = local("2026-03-06 16:00")
    assert AllTime().due(friday, 24 * HOUR) == friday + 24 * HOUR
    assert AllTime().elapsed(friday, friday + 60 * HOUR) == 60 * HOUR
    assert AllTime().elapsed(friday, friday - HOUR) == timedelta()


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02 10:00", 5, "2026-03-09 17:00"),  # Monday → Monday
        ("2026-03-06 16:00", 1, "2026-03-09 17:00"),
        ("2026-03-06 17:00", 1, "2026-03-10 17:00"),  # at closing: Monday's work
        ("2026-03-07 11:00", 1, "2026-03-10 17:00"),
        ("2026-03-02 07:00", 1, "2026-03-03 17:00"),  # before opening: Monday's work
        ("2026-03-02 10:00", 0, "2026-03-02 17:00"),
        ("2026-04-24 10:00", 1, "2026-04-28 17:00"),  # King's day is a Monday
        ("2026-12-30 10:00", 2, "2027-01-04 17:00"),
    ],
)
def test_business_days_end_at_the_closing_of_the_last_one(start, days, due):
    calendar = office(more="holidays: {country: NL}")
    assert calendar.due_days(local(start), days) == local(due)


def test_business_days_and_the_hours_of_as_many_days_differ():
    start = local("2026-03-02 10:00")
    assert office().due_days(start, 1) - office().due(start, 8 * HOUR) == 7 * HOUR


def test_a_night_shift_is_a_business_day_until_it_ends_in_the_morning():
    nights = office("22:00-06:00")
    assert nights.due_days(local("2026-03-03 03:00"), 1) == local("2026-03-04 06:00")


def test_a_half_day_closes_early():
    calendar = office(more='half_days: [{date: 2026-12-31, hours: ["09:00-12:00"]}]')
    assert calendar.due_days(local("2026-12-30 10:00"), 1) == local("2026-12-31 12:00")


def test_what_is_answered_does_not_depend_on_what_was_asked_before():
    far, near = local("2031-06-02 10:00"), local("2026-12-31 16:00")
    asked, fresh = office("16:00-02:00"), office("16:00-02:00")
    asked.due(far, 100 * HOUR)
    asked.due(local("1999-01-04 10:00"), HOUR)
    assert asked.due(near, 30 * HOUR) == fresh.due(near, 30 * HOUR)
    assert asked.due_days(near, 3) == fresh.due_days(near, 3)


def test_many_spans_are_measured_at_once_as_one_by_one():
    calendar = office()
    begin = local("2026-03-02 10:00").astimezone(UTC)
    micros = int(begin.timestamp()) * 1_000_000
    spans = [(micros, micros + hours * 3_600_000_000) for hours in (-5, 0, 5, 30, 300)]
    expected = [calendar.elapsed(begin, begin + timedelta(hours=h)) for h in (-5, 0, 5, 30, 300)]
    assert [timedelta(microseconds=one) for one in calendar.spent(spans)] == expected
    assert calendar.spent([]) == []


def test_a_deadline_beyond_the_calendar_is_an_error():
    with pytest.raises(CalendarError, match="ends in 2200"):
        office().due(local("2199-01-04 10:00"), timedelta(days=500))


def test_the_digest_names_the_document():
    assert office().digest == office().digest
    assert office().digest != office("09:00-17:30").digest
    assert office().digest != office(more="holidays: {country: NL}").digest


@pytest.mark.parametrize(
    ("change", "pointer", "says"),
    [
        (("calendar: office", "calendar: The Office"), "/calendar", "kebab"),
        (("version: 1.0.0", "version: first"), "/version", "1.0.0"),
        (("Europe/Amsterdam", "Europe/Atlantis"), "/zone", "IANA"),
        (("Europe/Amsterdam", "../etc/passwd"), "/zone", "IANA"),
        (("09:00-17:00", "9-17"), "/hours/mon/0", "09:00-17:00"),
        (("09:00-17:00", "09:00-25:00"), "/hours/mon/0", "09:00-17:00"),
        (("09:00-17:00", "09:00-09:00"), "/hours/mon/0", "00:00-24:00"),
        (('mon: ["09:00-17:00"]', "mon: []"), "/hours", "never opens"),
        (("mon:", "monday:"), "/hours/monday", "unknown field"),
        (("country: NL", "country: Narnia"), "/holidays/country", "Narnia"),
        (("country: NL", "country: GB, region: XXX"), "/holidays/region", "XXX"),
        (("2026-12-31", "2026-12-24"), "/half_days/0/date", "closure"),
        (("2026-12-31", "31 December"), "/half_days/0/date", "date"),
        (("12:00", "noon"), "/half_days/0/hours/0", "noon"),
    ],
)
def test_a_calendar_that_does_not_fit_is_refused_where_it_does_not(change, pointer, says):
    text = """
calendar: office
version: 1.0.0
zone: Europe/Amsterdam
hours:
  mon: ["09:00-17:00"]
holidays: {country: NL}
closures: [{date: 2026-12-24, title: Bridge day}]
half_days: [{date: 2026-12-31, hours: ["09:00-12:00"]}]
"""
    assert read_calendar(text).closures[0].date == date(2026, 12, 24)
    with pytest.raises(DocumentError, match=says) as refused:
        read_calendar(text.replace(*change))
    assert refused.value.pointer == pointer
    assert refused.value.line > 0
