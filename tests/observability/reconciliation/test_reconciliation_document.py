"""A reconciliation that makes no sense is refused at the line where it makes none."""

import pytest
from planting import TWO_SIDES

from observability.reconciliation.document import read_reconciliation
from rules.document import DocumentError

SUM = "from: [{entity: expense, at: at}]"


def test_a_reconciliation_says_what_two_sides_are_held_to():
    document = read_reconciliation(TWO_SIDES)
    assert (document.book.side, [one.side for one in document.others]) == ("tool", ["erp"])
    hours, amount, _ = document.compare
    assert (str(hours.allowed), str(hours.allowed_percent)) == ("0.01", "0")
    assert (str(amount.allowed), str(amount.allowed_percent)) == ("0.01", "0.1")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("reconciliation: expenses-to-erp", "reconciliation: Expenses", "kebab-case"),
        ("version: 1.0.0", "version: one", "no version"),
        ("key: [expense_id]", "key: []", "name the fields"),
        ("side: erp", "side: tool", "two sides have one name"),
        ("{field: status}", "{field: hours}", "compared already"),
        ("tolerance: 0.01", "tolerance: -1", "zero or more"),
        ("key:", "grace: {hours: 1}\ngrace_sla: x\nkey:", "not both"),
        ("key:", "grace: {hours: 1, minutes: 5}\nkey:", "exactly one"),
        ("key:", "every: {business_days: 1}\nkey:", "name one"),
        ("key:", "absent: zero\nkey:", "amounts alone"),
        (SUM, f"sum: true, {SUM}", "is text"),
        (SUM, "from: [{entity: expense, subtract: true}]", "only lines of a `sum`"),
        (SUM, "from: [{entity: expense, optional: true}]", "only an extract"),
        (SUM, "from: [{entity: expense, extract: {}}]", "an `entity`, an `extract`"),
        (SUM, "from: [{entity: expense}, {entity: invoice}]", "by their `part`"),
        (SUM, "from: []", "where the lines"),
        (SUM, f"compare: [colour], {SUM}", "not compared at all"),
        ("key: [expense_id]", "key: ['@case']", "name the `process`"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(old, new, says):
    assert old in TWO_SIDES
    last = TWO_SIDES.rindex(old)
    with pytest.raises(DocumentError, match=says) as refused:
        read_reconciliation(TWO_SIDES[:last] + new + TWO_SIDES[last + len(old) :])
    assert refused.value.line > 0
