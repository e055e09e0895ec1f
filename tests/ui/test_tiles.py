from collections.abc import Callable

from ui.components.kpi import Figure
from ui.records import ExceptionDay, ExceptionHealth, Health, Money, MoneyAtRisk
from ui.views.health import OPENS, figures

Pounds = Callable[[str], Money]


def tile(health: Health, name: str) -> Figure:
    return next(one for one in figures(health) if one.id == name)


def held(*days: tuple[Money, ...]) -> Health:
    trend = tuple(ExceptionDay(blocked=blocked) for blocked in days)
    return Health(money=MoneyAtRisk(blocked=days[-1]), exceptions=ExceptionHealth(trend=trend))


def test_the_closed_tile_opens_the_closed_ones():
    assert OPENS["closed"]["view"] == "Closed"


def test_money_is_drawn_in_one_currency_or_not_at_all(gbp: Pounds):
    pound, euro = gbp("5"), Money(amount=gbp("7").amount, currency="EUR")
    assert tile(held((pound,), (), (pound,)), "money").trend == (5.0, 0.0, 5.0)
    assert tile(held((pound,), (pound, euro)), "money").trend == ()


def test_the_breached_tile_counts_the_clocks_that_are_at_risk():
    shown = tile(Health(at_risk_now=8), "breached")
    assert shown.note.startswith("8 clocks at risk")
    assert shown.trend == ()
