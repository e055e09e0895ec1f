from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ui.display import (
    duration,
    hours,
    money,
    named,
    percent,
    remaining,
    sentence,
    several,
    short_money,
)
from ui.records import Money

Pounds = Callable[[str], Money]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1950000", "£1.95M"),
        ("60400", "£60k"),
        ("9999.50", "£10,000"),
        ("940.5", "£940"),
        ("0", "£0"),
        ("-12000", "\N{MINUS SIGN}£12k"),
        ("2100000000", "£2.10bn"),
    ],
)
def test_money_at_a_glance_keeps_its_currency(gbp: Pounds, amount: str, shown: str):
    assert short_money(gbp(amount)) == shown


def test_an_exact_amount_is_rounded_half_even_to_cents(gbp: Pounds):
    assert money(gbp("213454.405")) == "£213,454.40"
    assert money(gbp("213454.415")) == "£213,454.42"


def test_a_currency_without_a_sign_is_written_by_its_code():
    assert short_money(Money(amount=Decimal(12_000), currency="CHF")) == "CHF 12k"


def test_two_currencies_stand_beside_each_other_and_are_never_added(gbp: Pounds):
    euros = Money(amount=Decimal(500), currency="EUR")
    assert several((gbp("1000000"), euros)) == "£1.00M + €500"


def test_what_is_not_known_is_a_dash():
    assert [short_money(None), percent(None), duration(None), several(())] == ["—"] * 4


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(90, "2 min"), (68_400, "19 h"), (345_600, "4.0 d"), (864_000, "10 d")],
)
def test_a_duration_takes_the_unit_that_reads_best(seconds: float, shown: str):
    assert duration(seconds) == shown


def test_a_deadline_says_what_is_left_or_how_long_ago_it_passed(start: datetime):
    assert remaining(start + timedelta(hours=3), start) == "3 h left"
    assert remaining(start - timedelta(hours=3), start) == "3 h over"


def test_an_identifier_is_read_as_words():
    assert sentence("in_review") == "In review"
    assert sentence("invoice-issued") == "Invoice issued"


def test_working_hours_are_never_turned_into_days():
    assert [hours(131.2), hours(6.44), hours(0), hours(None)] == ["131 h", "6.4 h", "0 h", "—"]


def test_an_activity_is_written_in_words_and_a_name_as_it_is():
    assert named("timesheet-approved") == "Timesheet approved"
    assert named("Declaration SUBMITTED by EMPLOYEE") == "Declaration SUBMITTED by EMPLOYEE"
