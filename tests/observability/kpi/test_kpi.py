"""A KPI: its formula, the rates of its money, and what it says when it cannot be told."""

from datetime import date
from decimal import Decimal

import pytest

from observability.kpi.document import Kpi, read_kpi
from observability.kpi.figure import ages, meets, trend, work
from observability.kpi.formula import KpiFormulaError, Term, terms, work_out
from observability.kpi.rates import read_rates
from observability.kpi.reckoning import Reckoning
from observability.kpi.series import Row, Series, Span, Sum
from rules.document import DocumentError
from rules.instant import EPOCH
from rules.money import money

DAY = 20_000
SPAN = Span(DAY - 9, DAY)
RATES = read_rates("""
rates: reporting
version: 1.0.0
title: Reporting
owner: finance
base: EUR
series:
  GBP: {2020-01-01: 0.80, 2024-09-30: 0.90}
""")
HEAD = """
kpi: share
version: 1.0.0
title: Share
owner: finance
process: cash
unit: percent
better: lower
"""


def kpi(formula: str, more: str = "") -> Kpi:
    return read_kpi(f"{HEAD}formula: {formula}\n{more}")


def counted(*days: int, kind: str = "") -> Series:
    rows = tuple(Row(day, kind, 0, 1, 0) for day in days)
    return Series(standing=bool(kind), timed=False, rows=rows)


def billed(*told: tuple[int, str, str], kind: str = "") -> Series:
    sums = tuple(Sum(day, kind, money(amount, code), 1) for day, amount, code in told)
    rows = tuple(Row(one.day, kind, 0, 1, 0) for one in sums)
    return Series(standing=bool(kind), timed=False, rows=rows, sums=sums)


def test_a_formula_reads_each_measure_once_in_its_own_way():
    assert terms("(ever(a) - b) / b * days") == (Term("ever", "a"), Term("sum", "b"))
    values = {Term("ever", "a"): Decimal(30), Term("sum", "b"): Decimal(10)}
    assert work_out("(ever(a) - b) / b * days", values, days=7) == 14
    assert work_out("max(b, 25.5)", values, days=7) == Decimal("25.5")


@pytest.mark.parametrize(
    "text",
    [
        "a ** 2",
        "open('x')",
        "a.b",
        "mean(a + b)",
        "a if b else c",
        "",
        "mean(a, b)",
        "countback(a)",
    ],
)
def test_what_is_no_arithmetic_over_measures_is_refused(text: str):
    with pytest.raises(KpiFormulaError):
        terms(text)


@pytest.mark.parametrize(
    ("formula", "more", "pointer"),
    [
        ("a *", "", "/formula"),
        ("3", "", "/formula"),
        ("a", "cases: b", "/cases"),
        ("a", "needs: {b: x.y}", "/needs"),
        ("a", "target: {value: 3, currency: EUR}", "/target"),
        ("a", "elsewhere: {b: {process: other}}", "/elsewhere"),
        ("a", "elsewhere: {a: {exceptions: [LATE], told: met}}", "/elsewhere/a"),
        ("a", "elsewhere: {a: {slas: [paid], exceptions: [LATE], told: met}}", "/elsewhere/a"),
        ("a", "elsewhere: {a: {}}", "/elsewhere/a"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused_where_it_does_not(
    formula: str, more: str, pointer: str
):
    with pytest.raises(DocumentError) as refused:
        kpi(formula, more)
    assert refused.value.pointer == pointer


def test_a_window_has_what_happened_in_it_and_the_trend_the_windows_before():
    series = {"a": counted(DAY - 12, DAY - 3, DAY), "b": counted(DAY, DAY, DAY, DAY)}
    share = kpi("count(a) / count(b) * 100")
    assert work(share, series, SPAN, Reckoning()).value == 50
    points = trend(kpi("count(a)"), series, SPAN, Reckoning())
    assert [one.value for one in points[-2:]] == [1, 2]


def test_what_is_owed_goes_back_through_the_invoices_of_months():
    today = (date(2026, 3, 10) - EPOCH.date()).days
    series = {
        "sold": billed((today - 60, "50", "EUR"), (today - 30, "80", "EUR"), (today, "60", "EUR")),
        "paid": billed((today, "90", "EUR")),
    }
    back = kpi("countback(sold, paid)")
    assert back.measures == ("sold", "paid")
    spans = [Span(today, today), Span(today - 20, today - 20)]
    found = [work(back, series, span, Reckoning()).value for span in spans]
    assert found == [
        10 + 28 * Decimal(40) / 80,  # all of March's 60, and 40 of February's 80
        18 + 31,  # all of February's, on its 18th, and of January's
    ]


def test_what_is_owed_beyond_all_invoices_is_not_told():
    series = {"sold": billed((DAY, "50", "EUR")), "paid": billed((DAY, "-10", "EUR"))}
    assert work(kpi("countback(sold, paid)"), series, SPAN, Reckoning()).value is None


def test_what_divides_by_nothing_says_what_is_missing():
    found = work(kpi("a / b"), {"a": counted(DAY), "b": counted(DAY - 40)}, SPAN, Reckoning())
    assert found.value is None
    assert found.because == "not enough data: no b in this window"


def test_money_counts_at_the_rate_of_its_day():
    series = {"a": billed((DAY, "90", "GBP"), (DAY, "10", "EUR"))}
    assert work(kpi("a"), series, SPAN, Reckoning(currency="EUR", rates=RATES)).value == 110


def test_money_without_a_rate_is_left_out_of_both_sides_and_said():
    series = {
        "a": billed((DAY, "50", "EUR"), (DAY, "70", "USD")),
        "b": billed((DAY, "100", "EUR"), (DAY, "70", "USD")),
    }
    found = work(kpi("a / b * 100"), series, SPAN, Reckoning(currency="EUR", rates=RATES))
    assert (found.value, found.unconverted) == (50, ("USD",))


def test_several_currencies_without_rates_are_never_added():
    found = work(kpi("a"), {"a": billed((DAY, "1", "EUR"), (DAY, "1", "GBP"))}, SPAN, Reckoning())
    assert found.value is None
    assert "by=currency" in (found.because or "")


def test_what_stands_open_is_what_came_in_and_did_not_go_out_with_its_age():
    came = billed(
        (DAY - 95, "10", "EUR"), (DAY - 40, "30", "EUR"), (DAY - 3, "5", "EUR"), kind="in"
    )
    went = billed((DAY - 2, "10", "EUR"), kind="out")
    still = billed((DAY - 40, "30", "EUR"), (DAY - 3, "5", "EUR"), kind="open")
    one = Series(
        standing=True,
        timed=False,
        rows=came.rows + went.rows + still.rows,
        sums=came.sums + went.sums + still.sums,
    )
    euros = Reckoning(currency="EUR")
    assert work(kpi("a"), {"a": one}, SPAN, euros).value == 35
    assert trend(kpi("a"), {"a": one}, SPAN, euros)[-2].value == 40
    assert work(kpi("age(a)"), {"a": one}, SPAN, euros).value == round(Decimal(1215) / 35, 2)
    assert work(kpi("stale(a)"), {"a": one}, SPAN, euros).value == 0
    assert work(kpi("stale(a)"), {"a": one}, Span(DAY + 41, DAY + 51), euros).value == 30
    assert [each.value for each in ages(kpi("a"), {"a": one}, SPAN, euros)] == [5, 30, 0, 0]


def test_a_target_is_held_to_in_its_direction():
    lower = kpi("a", "target: {value: 10}")
    assert meets(lower, Decimal(10), None) is True
    assert meets(lower, Decimal(11), None) is False
    assert meets(lower, None, None) is None


def test_a_rate_counts_from_its_day_on():
    day, pound = (date(2024, 9, 30) - EPOCH.date()).days, money("1", "GBP")
    assert RATES.convert(pound, "EUR", day - 1) == Decimal(1) / Decimal("0.80")
    assert round(RATES.convert(pound, "EUR", day) or 0, 6) == Decimal("1.111111")
    assert RATES.convert(pound, "USD", day) is None
