from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.money import (
    Money,
    MoneyError,
    add,
    canonical,
    decimal,
    money,
    optional_money,
    read_money,
    total,
    written_out,
)


def test_an_amount_keeps_its_precision_and_is_shown_in_cents():
    one = money("1234.56789012345678", "EUR")
    assert one.amount == Decimal("1234.56789012345678")
    assert str(one) == "EUR 1,234.57"


@pytest.mark.parametrize(
    ("amount", "shown"), [("0.125", "0.12"), ("0.135", "0.14"), ("-2.5", "-2.50")]
)
def test_a_displayed_amount_is_rounded_half_even(amount, shown):
    assert str(money(amount, "EUR").displayed.amount) == shown


@pytest.mark.parametrize(
    "text", ["", "12,50", "NaN", "Infinity", "-sNaN", "1e99", "9" * 35, "1e-35"]
)
def test_what_is_no_finite_amount_is_refused(text):
    with pytest.raises(MoneyError):
        decimal(text)


@pytest.mark.parametrize("given_", [" 12.50 ", 12, Decimal("12.5"), "-0", "9" * 34])
def test_texts_whole_numbers_and_decimals_are_amounts(given_):
    assert decimal(given_).is_finite()


@pytest.mark.parametrize("code", ["eur", "EURO", "EU", "", "ÄÖÜ", "1AB2"])
def test_a_currency_is_three_capital_letters(code):
    with pytest.raises(MoneyError, match="ISO 4217"):
        money("1", code)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "12.50",
        {},
        {"amount": "1"},
        {"amount": 1.5, "currency": "EUR"},
        {"amount": True, "currency": "EUR"},
        {"amount": "1", "currency": 978},
        {"amount": "x", "currency": "EUR"},
        {"amount": "1", "currency": "euro"},
    ],
)
def test_what_is_no_money_is_read_as_none(value):
    assert read_money(value) is None


def test_money_travels_as_text():
    one = money("12.50", "EUR")
    assert msgspec.json.encode(one) == b'{"currency":"EUR","amount":"12.50"}'
    assert read_money({"amount": "12.50", "currency": "EUR"}) == one
    assert read_money({"amount": 12, "currency": "EUR"}) == money("12", "EUR")


def test_a_total_is_one_sum_a_currency():
    amounts = [money("1.1", "USD"), money("2", "EUR"), money("2.2", "USD")]
    assert total(amounts) == [money("2", "EUR"), money("3.3", "USD")]
    assert total([]) == []


@given(st.lists(st.decimals(-(10**12), 10**12, places=14), max_size=30))
def test_a_total_does_not_rest_on_the_order(amounts):
    those = [Money(amount=one, currency="EUR") for one in amounts]
    assert total(those) == total(those[::-1])


@given(st.decimals(allow_nan=False, allow_infinity=False, places=14))
def test_an_amount_has_no_exponent_on_the_wire(amount):
    held = {"blocked": Money(amount=amount, currency="EUR"), "case": "1E-14"}
    wire = msgspec.json.decode(written_out(msgspec.json.encode(held)))
    assert wire["blocked"]["amount"] == f"{amount:f}"
    assert wire["case"] == "1E-14"


def test_an_amount_has_one_text_however_it_was_reckoned():
    assert canonical(add(Decimal("12.25"), Decimal("0.25"))) == "12.5"
    assert canonical(Decimal("1E+3")) == "1000"
    assert canonical(Decimal("-0.00")) == canonical(Decimal(0)) == "0"
    assert add(Decimal("1E+33"), Decimal("1E-10")) == Decimal("1" + "0" * 33 + ".0000000001")


def test_what_a_database_keeps_is_money_of_any_length_or_none():
    long = "9" * 60
    assert optional_money(long, "EUR") == Money(amount=Decimal(long), currency="EUR")
    assert optional_money(None, "EUR") is optional_money("1", None) is None
