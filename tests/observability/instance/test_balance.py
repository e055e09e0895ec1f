"""What stands between the steps of the money chain is worked out from them, exactly."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.pack.shipped import shipped_folder
from observability.entity import Entity
from observability.instance.value import figures, rests_on
from observability.model.coherence import read_model
from observability.model.formula import FormulaError, reads, work_out
from rules.document import DocumentError
from rules.money import Money

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
FOLDER = shipped_folder("professional-services")
assert FOLDER is not None
CASH = read_model((FOLDER / "processes" / "quote-to-cash.yaml").read_text(encoding="utf-8"))
amount = st.decimals(min_value=0, max_value=10**6, places=2)


def eur(value: str | Decimal) -> Money:
    return Money(amount=Decimal(value), currency="EUR")


def entity(type_: str, key: str, value: str | Decimal, field: str = "amount", **state: object):
    state[field] = {"amount": str(value), "currency": "EUR"}
    return Entity(type=type_, key=key, state=state, first_at=NINE, last_at=NINE, events=1)


def test_a_formula_is_worked_out_currency_by_currency():
    told = {"a": [eur("10"), Money(amount=Decimal(3), currency="GBP")], "b": [eur("4.5")]}
    assert work_out("max(b - a, 0)", told) == [eur(0), Money(amount=Decimal(0), currency="GBP")]
    assert work_out("a - b + a", told)[0] == eur("15.5")
    assert work_out("a - b", {}) == []
    assert reads("min(a - (b + a), 0)") == ("a", "b")


@pytest.mark.parametrize(
    "text", ["a *", "a * b", "a - 1", "abs(a)", "min(a)", "a.b", "'a'", "min(a, b, key=c)", "-a"]
)
def test_what_is_no_sum_difference_min_or_max_is_refused(text: str):
    with pytest.raises(FormulaError):
        reads(text)


@pytest.mark.parametrize(
    ("figure", "pointer", "sentence"),
    [
        ("{name: b, formula: c}", "/money/chain/0/formula", "there is no figure 'c'"),
        ("{name: b, formula: b}", "/money/chain/0/formula", "there is no figure 'b'"),
        ("{name: b, formula: a * a}", "/money/chain/0/formula", "is no figure"),
        ("{name: a, formula: a}", "/money/chain/0", "stands twice"),
        ("{name: b, formula: a, entity: job}", "/money/chain/0", "or has a `formula`"),
    ],
)
def test_a_formula_that_leads_nowhere_is_refused(figure: str, pointer: str, sentence: str):
    text = f"""
process: work
version: 1.0.0
title: Work
owner: finance
entities: {{job: {{key: job_id}}}}
money: {{sums: [{{name: a, entity: job, field: value}}], chain: [{figure}]}}
"""
    with pytest.raises(DocumentError, match=sentence) as refused:
        read_model(text)
    assert refused.value.pointer == pointer


def test_work_on_an_invoice_is_billed_and_other_approved_work_is_not():
    found = figures(
        CASH,
        [
            entity("timesheet", "T-1", "100", status="approved", invoice_issued_at="then"),
            entity("timesheet", "T-2", "40", status="approved"),
            entity("timesheet", "T-3", "7", status="submitted"),
            entity("milestone", "M-1", "30", status="accepted"),
            entity("invoice", "I-1", "95", status="posted"),
        ],
    )
    assert (found["billed"], found["invoiced"], found["unbilled"]) == (
        [eur(100)],
        [eur(95)],
        [eur(70)],
    )


@given(st.tuples(*[amount] * 6))
def test_what_is_earned_and_what_is_owed_balance_to_the_cent(told: tuple[Decimal, ...]):
    contracted, recognised, invoiced, credited, paid, work = told
    found = figures(
        CASH,
        [
            entity("engagement", "E", contracted, "value"),
            entity("revenue", "R", recognised),
            entity("invoice", "I", invoiced, status="posted"),
            entity("credit-note", "C", credited),
            entity("payment", "P", paid),
            entity("timesheet", "T", work, status="approved"),
        ],
    )
    value = {name: sums[0].amount for name, sums in found.items() if sums}
    net = invoiced - credited
    earned = value["unbilled_receivable"] + value["contract_asset"]
    assert recognised + value["contract_liability"] == net + earned
    assert min(earned, value["contract_liability"]) == 0
    assert value["unbilled_receivable"] <= value["unbilled"] == work
    assert value["backlog"] == max(contracted - recognised, 0)
    assert value["outstanding"] == max(net - paid, 0)


def test_a_figure_rests_on_the_sums_that_its_formula_reads():
    names = [one.name for one in rests_on(CASH, "contract_asset")]
    assert names == ["time_unbilled", "milestones_unbilled", "credited", "recognised", "invoiced"]
    assert [one.name for one in rests_on(CASH, "paid")] == ["paid"]
