"""What a firing says is at stake: a figure above nothing, in one currency, or none at all."""

import pytest

from rules.money import Money, money


def gbp(amount: str, currency: str = "GBP") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def late_time(firm, **members: object) -> dict:
    when = [{"each": "engagement as e"}, {"each": "timesheet as t"}]
    said = {"occurrence": "e", "reason": "{t.timesheet_id}", "money": {"blocked": "t.amount"}}
    return firm.rule(when=when, **{**said, **members})


@pytest.mark.parametrize(("amount", "shown"), [("0", []), ("-20", ["GBP -20.00"])])
def test_a_figure_that_is_not_above_nothing_is_none_and_a_person_sees_why(
    firm, timesheet, amount, shown
):
    rule = firm.rule(money={"exposure": "t.amount", "blocked": "t.amount"})
    (firing,) = firm.asked(rule, facts=[timesheet(amount=gbp(amount))]).firings
    assert (firing.exposure, firing.blocked) == (None, None)
    told = [one for one in firing.evidence if one.label == "exposure, not counted"]
    assert [one.value for one in told] == shown


@pytest.mark.parametrize("ids", ["12", "21"])
def test_of_one_occurrence_the_largest_amount_counts_whatever_the_ids(firm, timesheet, ids):
    small, large = ids
    facts = [
        firm.fact("engagement", "E-1"),
        timesheet(small, timesheet_id="small", amount=gbp("10")),
        timesheet(large, timesheet_id="large", amount=gbp("2000")),
    ]
    (firing,) = firm.asked(late_time(firm), facts=facts).firings
    assert (firing.blocked, firing.reason) == (money("2000", "GBP"), "large")
    assert firing.bindings["t"] == large


def test_of_one_occurrence_cash_waits_since_the_earliest_moment(firm, timesheet):
    facts = [
        firm.fact("engagement", "E-1"),
        timesheet("1", amount=gbp("10"), approved_at="2026-03-03T09:00:00Z"),
        timesheet("2", amount=gbp("20"), approved_at="2026-03-04T09:00:00Z"),
        timesheet("3", amount=gbp("15")),
    ]
    rule = late_time(firm, money={"blocked": "t.amount", "delayed_since": "t.approved_at"})
    (firing,) = firm.asked(rule, facts=facts).firings
    assert (firing.blocked, str(firing.delayed_since)) == (
        money("20", "GBP"),
        "2026-03-03 09:00:00+00:00",
    )


def test_what_is_billed_and_waits_for_cash_is_neither_blocked_nor_exposed(firm, timesheet):
    figures = {"delayed": "t.amount - t.cost", "delayed_since": "t.approved_at"}
    rule = firm.rule(money=figures)
    late = {"amount": gbp("20"), "approved_at": "2026-03-03T09:00:00Z"}
    (firing,) = firm.asked(rule, facts=[timesheet(cost=gbp("5"), **late)]).firings
    assert (firing.delayed, firing.blocked, firing.exposure) == (money("15", "GBP"), None, None)
    (paid,) = firm.asked(rule, facts=[timesheet(cost=gbp("20"), **late)]).firings
    assert paid.delayed is None


def test_one_amount_that_is_not_known_makes_the_figure_unknown(firm, timesheet):
    facts = [firm.fact("engagement", "E-1"), timesheet("1", amount=gbp("10")), timesheet("2")]
    (firing,) = firm.asked(late_time(firm), facts=facts).firings
    assert firing.blocked is None


def test_amounts_of_one_occurrence_in_two_currencies_are_not_evaluated(firm, timesheet):
    facts = [
        firm.fact("engagement", "E-1"),
        timesheet("1", amount=gbp("10")),
        timesheet("2", amount=gbp("20", "EUR")),
    ]
    (unasked,) = firm.asked(late_time(firm), facts=facts).not_evaluated
    assert unasked.reason == "mixed-currencies"
    assert unasked.because == "blocked of E-1 is in mixed currencies: EUR, GBP"


@pytest.mark.parametrize("figure", ["t.amount - e.cap", "least(t.amount, e.cap)"])
def test_exposure_across_currencies_is_not_evaluated(firm, timesheet, figure):
    facts = [firm.fact("engagement", "E-1", cap=gbp("5", "EUR")), timesheet(amount=gbp("10"))]
    decision = firm.asked(late_time(firm, money={"exposure": figure}), facts=facts)
    assert decision.outcome == "not_evaluated"
    (unasked,) = decision.not_evaluated
    assert unasked.because == "exposure of E-1 is in mixed currencies: EUR, GBP"


def test_what_waits_by_several_rows_of_a_table_is_collected(firm, timesheet):
    rows = [
        {"when": ["> 1"], "money": {"delayed": "t.cost"}},
        {"when": ["> 2"], "money": {"delayed": "t.amount", "blocked": "t.amount"}},
    ]
    rule = firm.rule(table={"hit": "collect", "inputs": ["t.lines"], "rows": rows})
    facts = [timesheet(lines=9, cost=gbp("5"), amount=gbp("7"))]
    (firing,) = firm.asked(rule, facts=facts).firings
    assert (firing.delayed, firing.blocked) == (money("12", "GBP"), money("7", "GBP"))


def test_a_collected_figure_that_one_row_cannot_give_is_unknown(firm, timesheet):
    def collected(**data: object) -> Money | None:
        rows = [
            {"when": ["> 1"], "money": {"exposure": "t.cost"}},
            {"when": ["> 2"], "money": {"exposure": "t.amount"}},
            {"when": ["> 3"], "money": {"blocked": "t.amount"}},
        ]
        rule = firm.rule(table={"hit": "collect", "inputs": ["t.lines"], "rows": rows})
        (firing,) = firm.asked(rule, facts=[timesheet(lines=9, **data)]).firings
        return firing.exposure

    assert collected(cost=gbp("5"), amount=gbp("7")) == money("12", "GBP")
    assert collected(cost=gbp("5"), amount=gbp("-7")) == money("5", "GBP")
    assert collected(cost=gbp("5")) is None
