"""Running cases that events of some types have told of, and what those cases are worth."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, and_, exists, select

from observability.instance.instance import RUNNING
from observability.rollup import figure_stores
from observability.rollup.measures import LISTED, STANDING
from observability.tables import case_event, instance
from rules.money import Money, optional_money, total


class InFlight(msgspec.Struct, frozen=True, kw_only=True):
    """
    What runs of a process; `told` are the cases that such an event told of, None where too many
    run to look at each. Money is by currency, of every running case and of those.
    """

    running: int
    money: list[Money]
    told: int | None
    told_money: list[Money]
    instances: list[str]


def in_flight(
    connection: Connection, process: str, types: Collection[str], *, most: int, shown: int
) -> InFlight:
    """Return what runs of *process*; of at most *most* cases each is looked at."""
    running = figure_stores.counted_of(connection, process, LISTED, ("state", RUNNING))
    worth = figure_stores.amounts_ever(connection, process, STANDING)
    told = _told(connection, process, types) if running <= most else None
    return InFlight(
        running=running,
        money=total(one.money for one in worth if one.of[1] == RUNNING),
        told=None if told is None else len(told),
        told_money=total(one for _, one in told or () if one is not None),
        instances=[name for name, _ in told or ()][:shown],
    )


def _told(
    connection: Connection, process: str, types: Collection[str]
) -> list[tuple[str, Money | None]]:
    c, e = instance.c, case_event.c
    heard = exists().where(and_(e.instance == c.id, e.type.in_(types)))
    rows = connection.execute(
        select(c.id, c.amount, c.currency)
        .where(c.process == process, c.state == RUNNING, heard)
        .order_by(c.id)
    )
    return [(row.id, optional_money(row.amount, row.currency)) for row in rows]
