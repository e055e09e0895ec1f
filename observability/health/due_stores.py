"""The promises of an objective that fell due, as the store has them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from observability.clock.stores import clock_state
from observability.health.error_budget import BROKEN, Due
from observability.objective import Objective
from observability.tables import clock
from rules.instant import to_micros
from rules.money import Money


def fallen_due(
    connection: Connection, objective: Objective, *, since: datetime, at: datetime
) -> list[Due]:
    """Return what fell due from *since* to *at*, by state: met, late or absent."""
    state = clock_state(at)
    rows = connection.execute(
        select(state.label("state"), clock.c.amount, clock.c.currency, func.count())
        .where(
            clock.c.process == objective.process,
            clock.c.sla == objective.sla,
            clock.c.due_at >= to_micros(since),
            clock.c.due_at <= to_micros(at),
            state.in_(("met", *BROKEN)),
        )
        .group_by("state", clock.c.amount, clock.c.currency)
    )
    return [
        Due(
            state=name,
            clocks=count,
            amounts=()
            if amount is None
            else (Money(amount=Decimal(amount) * count, currency=currency),),
        )
        for name, amount, currency, count in rows
    ]
