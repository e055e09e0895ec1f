from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import plotly.graph_objects as go
import pytest

from ui.charts import flow, held_money, money_chain, steps, trend
from ui.display import TIMES
from ui.records import (
    Clock,
    Decision,
    Figure,
    Firing,
    Happening,
    HealthDay,
    HeldByStage,
    HeldMoney,
    Money,
    Stage,
)
from ui.theme import DARK, LIGHT

Pounds = Callable[[str], Money]
BuildStage = Callable[..., Stage]
BuildHappening = Callable[..., Happening]
BuildClock = Callable[..., Clock]


def texts(figure: go.Figure) -> str:
    return " ".join(str(one.text) for one in figure.layout.annotations)


def test_the_flow_says_each_stage_with_its_slowest_tenth_against_its_limit(stage: BuildStage):
    figure = flow.figure((stage("time", p90_hours=66, limit_hours=72), stage("bill")), LIGHT)
    assert "▲ 66 h" in texts(figure)
    assert "66 h</span><span style=" in texts(figure)
    assert " of 72<" in texts(figure)


def test_a_stage_past_its_limit_is_marked_broken_and_one_without_a_limit_is_not(stage: BuildStage):
    assert flow.verdict(stage(p90_hours=131, limit_hours=120)) == "breach"
    assert flow.verdict(stage(p90_hours=131)) == "none"


def test_the_ribbon_is_divided_as_the_cases_stand(stage: BuildStage):
    bands = list(flow.bands(stage(on_track=6, at_risk=3, breached=1)))
    assert [(word, number) for _, word, number, _, _ in bands] == [
        ("on track", 6),
        ("at risk", 3),
        ("breached", 1),
    ]
    assert bands[-1][-1] == pytest.approx(1.0)


def test_a_flow_in_which_nobody_waits_shows_nobody_waiting(stage: BuildStage):
    assert "waiting" not in texts(flow.figure((stage("a"), stage("b")), LIGHT))
    assert "4 waiting" in texts(flow.figure((stage("a", waiting=4), stage("b")), LIGHT))


@pytest.mark.parametrize("number", [0, 1])
def test_a_flow_of_no_or_one_stage_can_be_drawn(stage: BuildStage, number: int):
    assert flow.figure((stage(),) * number, DARK).layout.height == flow.HEIGHT


def test_the_trend_shows_the_latest_moving_mean_and_the_target():
    days = (
        HealthDay(date="2026-11-01", attainment=0.9, moving_attainment=0.91, burn=1.8),
        HealthDay(date="2026-11-02"),
    )
    figure = trend.figure(days, 0.95, LIGHT)
    assert "91.0%</b> in 7 days" in texts(figure)
    assert {shape.y0 for shape in figure.layout.shapes} == {0.95, 1.0}
    assert "against a target of 95%" in trend.alt(days, 0.95)


@pytest.mark.parametrize(
    ("burn", "tone"), [(None, "none"), (0.4, "ok"), (1.0, "ok"), (1.7, "risk"), (2.4, "breach")]
)
def test_a_burn_of_one_just_spends_the_budget(burn: float | None, tone: str):
    assert trend.burn_tone(burn) == tone


@pytest.mark.parametrize(("last", "dates"), [("2026-02-01", "%d %b"), ("2027-01-20", "%b %Y")])
def test_a_long_trend_names_its_years(last: str, dates: str):
    days = (HealthDay(date="2026-01-01", attainment=0.9), HealthDay(date=last, attainment=0.9))
    assert trend.figure(days, 0.95, LIGHT).layout.xaxis2.tickformat == dates


def test_money_of_two_currencies_is_never_in_one_picture(gbp: Pounds):
    euros = Money(amount=Decimal(9), currency="EUR")
    held = (HeldMoney(stage="bill", rule="r", title="Rate missing", blocked=(gbp("5"), euros)),)
    whole = (HeldByStage(stage="bill", blocked=(gbp("4"), euros)),)
    assert held_money.currencies(held) == ["EUR", "GBP"]
    [treemap] = held_money.figure(
        held, whole, "GBP", LIGHT, (Stage(stage="bill", title="Billing"),)
    ).data
    assert list(treemap.values) == [0, 5.0]
    assert treemap.labels[0] == "<b>Billing</b> £4"


def test_a_title_from_outside_is_escaped_in_the_treemap(gbp: Pounds):
    held = (HeldMoney(stage="b", rule="r", title="<img src=x>", blocked=(gbp("5"),)),)
    [treemap] = held_money.figure(held, (), "GBP", LIGHT, ()).data
    assert "<img" not in "".join(treemap.labels)


def test_the_chain_shows_what_the_step_before_had_more(gbp: Pounds):
    chain = [
        Figure(name="quoted", amounts=(gbp("31"),)),
        Figure(name="worked", amounts=(gbp("28"),)),
        Figure(name="paid"),
    ]
    less, bars = money_chain.figure(chain, "GBP", LIGHT).data
    assert list(bars.x) == [31.0, 28.0, 0.0]
    assert list(less.y) == ["Worked"]


def test_what_has_not_come_yet_is_no_shortfall(gbp: Pounds):
    chain = [Figure(name="quoted", amounts=(gbp("31"),)), Figure(name="worked")]
    less, bars = money_chain.figure(chain, "GBP", LIGHT).data
    assert list(less.y) == []
    assert list(bars.text) == ["£31", "not yet"]


def test_a_figure_that_later_ones_passed_by_is_no_zero(gbp: Pounds):
    chain = [
        Figure(name="quoted", amounts=(gbp("31"),)),
        Figure(name="worked"),
        Figure(name="invoiced", amounts=(gbp("28"),)),
        Figure(name="paid"),
    ]
    bars = money_chain.figure(chain, "GBP", LIGHT).data[1]
    assert list(bars.y) == ["Quoted", "Invoiced", "Paid"]
    assert list(bars.text) == ["£31", "£28", "not yet"]


def test_steps_stand_in_the_order_in_which_they_first_occurred(event: BuildHappening):
    rows = steps.steps([event("b", 5), event("a", 1), event("b", 9)], [])
    assert [(row.activity, len(row.occurred)) for row in rows] == [("a", 1), ("b", 2)]


def test_a_step_that_has_not_come_has_a_row_where_its_clock_is_due(
    event: BuildHappening, clock: BuildClock
):
    rows = steps.steps([event("time-approved", 0)], [clock(0, 40, state="absent")])
    assert [row.activity for row in rows] == ["time-approved", "invoice-issued"]
    assert rows[1].late


def test_a_cancelled_clock_is_not_drawn(event: BuildHappening, clock: BuildClock):
    rows = steps.steps([event("a", 0)], [clock(0, 40, state="cancelled")])
    assert [row.activity for row in rows] == ["a"]


def test_a_late_step_says_by_how_much(event: BuildHappening, clock: BuildClock, start: datetime):
    rows = steps.steps([event("a", 0), event("invoice-issued", 50)], [clock(0, 41, 50)])
    figure = steps.figure(rows, [], start, LIGHT)
    assert "50 h <b>+9 h</b>" in texts(figure)


def test_a_repeated_step_says_how_often_and_how_many_were_late(
    event: BuildHappening, clock: BuildClock, start: datetime
):
    events = [event("invoice-issued", 5), event("invoice-issued", 60)]
    rows = steps.steps(events, [clock(0, 10, 5), clock(20, 30, 60)])
    assert f"2{TIMES} <b>1 late</b>" in texts(steps.figure(rows, [], start, LIGHT))


def test_a_decision_stands_on_the_step_that_led_to_it(event: BuildHappening, start: datetime):
    rows = steps.steps([event("a", 0), event("b", 10)], [])
    firing = Firing(rule="r", reason="no rate")
    decisions = [
        Decision(at=start, ruleset="billing", outcome="clear"),
        Decision(at=rows[1].occurred[0], ruleset="billing", outcome="blocked", firings=(firing,)),
    ]
    drawn = steps.marks(rows, decisions, LIGHT)
    assert [list(one.y) for one in drawn] == [["A"], [], ["B"]]


def test_a_decision_that_repeats_the_last_one_is_not_drawn_again(start: datetime):
    same = [Decision(at=start, ruleset="billing", outcome="clear")] * 3
    assert len(steps.turning(same)) == 1


def test_every_chart_is_told_in_words_too(
    stage: BuildStage, event: BuildHappening, clock: BuildClock, gbp: Pounds
):
    assert "10 cases" in flow.alt([stage()])
    late = steps.steps([event("a", 0)], [clock(0, 10, state="absent")])
    assert "late: Invoice issued" in steps.alt(late)
    assert "quoted £31" in money_chain.alt([Figure(name="quoted", amounts=(gbp("31"),))], "GBP")
    held = [HeldMoney(title="Rate missing", blocked=(gbp("5"),))]
    assert "Rate missing £5" in held_money.alt(held, "GBP")
