"""
What waiting for cash has cost, from sums by day and by minute of the day.

A line adds a day at the time of the day since which it waits. So all that waits has waited the
days between its day and today's, but for the lines whose time of the day is still to come.
"""

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import Connection

from controlplane.engagement.measures import MINUTE_MICROS, WAITS, WAITS_FROM
from governance.exception.at_risk import cost
from observability.rollup import figure_stores
from observability.rollup.contribution import DAY_MICROS
from rules.money import Money, add, multiply, subtract


def delayed_cash(
    connection: Connection, process: str, *, at: int, cost_of_capital: Decimal
) -> list[Money]:
    """Return the cost as of *at* (microseconds), a currency, displayed."""
    today, time = divmod(at, DAY_MICROS)
    amount_days: dict[str, Decimal] = defaultdict(Decimal)
    for one in figure_stores.amounts(connection, process, WAITS.name):
        waited = multiply(one.money.amount, max(today - one.day, 0))
        amount_days[one.money.currency] = add(amount_days[one.money.currency], waited)
    for money in _to_come(connection, process, time):
        amount_days[money.currency] = subtract(amount_days[money.currency], money.amount)
    for since, money in figure_stores.named_amounts(
        connection, process, WAITS.name, after=today * DAY_MICROS - 1
    ):
        if since % DAY_MICROS > time:  # it waits from later today, or from a day to come
            amount_days[money.currency] = add(amount_days[money.currency], money.amount)
    return [
        cost(waited, currency, cost_of_capital).displayed
        for currency, waited in sorted(amount_days.items())
    ]


def _to_come(connection: Connection, process: str, time: int) -> list[Money]:
    """Return what waits from a time of the day later than *time*, whatever the day."""
    minute = time // MINUTE_MICROS
    whole = figure_stores.amounts_ever(connection, process, WAITS_FROM.name)
    begun = figure_stores.named_amounts(
        connection,
        process,
        WAITS_FROM.name,
        after=time,
        until=(minute + 1) * MINUTE_MICROS - 1,
    )
    return [one.money for one in whole if int(one.of[0]) > minute] + [one for _, one in begun]
