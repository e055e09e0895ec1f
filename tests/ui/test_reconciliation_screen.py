"""What the screen of reconciliations says: both lines, totals, and what is worst first."""

from decimal import Decimal

from ui.records import Break, Money, Reconciliation, SideTotal
from ui.records.reconciliation import FieldDifference
from ui.views.reconciliation import amounts, lines_html
from ui.views.reconciliations import summary

TITLES = {"psa": "Project system", "erp": "ERP <live>"}


def test_both_lines_of_a_break_stand_one_above_the_other():
    one = Break(
        side="erp",
        refs={"psa": ("timesheet/T-1",), "erp": ("row 7",)},
        differences=(FieldDifference(field="hours", book="8", other=None),),
    )
    html = lines_html(one, TITLES)
    assert html.index("timesheet/T-1") < html.index("hours 8") < html.index("row 7")
    assert "hours not given" in html
    assert "ERP &lt;live&gt;" in html


def test_a_side_without_a_line_says_so():
    assert "no line" in lines_html(Break(side="erp", refs={"psa": ("timesheet/T-1",)}), TITLES)


def test_amounts_of_two_currencies_stand_side_by_side():
    money = (Money(amount=Decimal(10), currency="EUR"), Money(amount=Decimal(3), currency="GBP"))
    assert amounts(SideTotal(numbers={"hours": "8"}, money={"amount": money})) == (
        "Hours 8, Amount €10 + £3"
    )


def test_what_is_worst_is_said_first():
    items = [Reconciliation(state=state) for state in ("reconciled", "breaks", "not_checked")]
    assert summary(items) == "◆ 1 breaks · ▲ 1 not checked · ● 1 reconciled"
