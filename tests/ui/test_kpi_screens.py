"""What the screens of KPIs and of a month's end say."""

from datetime import UTC, datetime
from decimal import Decimal

from ui.records import Kpi, KpiTarget, Money, MonthEnd, SignedMonth, SignedOutcome
from ui.records.kpi import CheckedBooks, SignedKind
from ui.views.kpis import figure, value
from ui.views.month_end import months, told, unexplained

LATE = Kpi(
    kpi="age",
    title="Age",
    owner="finance",
    unit="days",
    better="lower",
    value=Decimal("62.4"),
    target=KpiTarget(value=Decimal(15)),
    meets=False,
)


def test_a_figure_stands_beside_its_target():
    drawn = figure(LATE)
    assert (drawn.value, drawn.note, drawn.state) == ("62.4 d", "target ≤ 15.0 d", "missed")


def test_what_takes_hundredths_of_a_second_is_not_shown_as_no_time():
    assert value(Kpi(unit="seconds"), Decimal("0.03")) == "0.03 s"


def test_money_without_a_rate_is_said():
    one = Kpi(unit="money", currency="EUR", value=Decimal(66_000), unconverted=("USD",))
    assert value(one, one.value) == "€66k"
    assert figure(one).note == "without USD: no rate"


def test_the_months_to_choose_are_those_that_are_over():
    names = list(months(datetime(2026, 2, 3, tzinfo=UTC)))
    assert names[:2] == ["2026-01", "2025-12"]
    assert names[-1] == "2026-02"


def test_what_became_of_a_sign_off_is_one_sentence():
    still = (Money(amount=Decimal(1234), currency="EUR"),)
    held = SignedKind(kind="blocker", still_open=11, money_still_open=still)
    cleared = SignedKind(kind="unbilled", open=9, cleared=9)
    after = SignedOutcome(open=41, cleared=30, still_open=11, kinds=(held, cleared))
    books = (CheckedBooks(state="breaks"), CheckedBooks(state="reconciled"))
    line = told(
        SignedMonth(period="2026-03", signed_by="ana", outcome=after, reconciliations=books)
    )
    assert "Of 41 open at sign-off, 30 cleared, 11 still open, €1,234 held up." in line
    assert "1 reconciliation did not agree." in line


def test_a_month_with_something_open_is_signed_off_with_a_word_about_it():
    assert unexplained(MonthEnd(ready=False), "")
    assert not unexplained(MonthEnd(ready=False), "Agreed with the controller")
    assert not unexplained(MonthEnd(ready=True), "")
