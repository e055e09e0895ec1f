"""Rollups made anew from the cases as they stand: their rows, their events and their clocks."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from observability.instance.departure import Departure
from observability.instance.instance import CaseEvent, Instance
from observability.instance.standing import Standing
from observability.projection.case_stores import events_by_instance, instances_of
from observability.projection.clock_stores import clocks_of
from observability.rollup import stores
from observability.rollup.measure import Judged, RolledCase
from observability.rollup.measures import contributions
from observability.tables import instance
from rules.instant import from_micros, optional_instant
from rules.money import Money, decimal

PIECE = 400
_decode_departures = msgspec.json.Decoder(tuple[Departure, ...]).decode
_decode_standing = msgspec.json.Decoder(Standing).decode
_decode_money = msgspec.json.Decoder(dict[str, list[Money]]).decode


def roll_up_standing(connection: Connection, process: str, judged: Judged) -> int:
    """Let every case of *process* contribute what it does as it stands; return how many."""
    ids = instances_of(connection, process)
    for begin in range(0, len(ids), PIECE):
        piece = ids[begin : begin + PIECE]
        events, clocks = events_by_instance(connection, piece), clocks_of(connection, piece)
        rows = connection.execute(select(instance).where(instance.c.id.in_(piece))).all()
        cases = {}
        for row in rows:
            those = events.get(row.id, [])
            case = RolledCase(
                instance=read_instance(row, those),
                events=those,
                clocks=clocks.get(row.id, ()),
                judged=judged,
            )
            cases[row.id] = (process, contributions(case))
        stores.keep(connection, cases)
    return len(ids)


def read_instance(row: Row[Any], events: list[CaseEvent]) -> Instance:
    """Return the case of a row; several currencies are no amount."""
    amount = (
        None if row.amount is None else Money(amount=decimal(row.amount), currency=row.currency)
    )
    return Instance(
        id=row.id,
        process=row.process,
        case_key=row.case_key,
        title=row.title,
        model=row.model,
        state=row.state,
        stage=row.stage,
        owner=row.owner,
        started_at=from_micros(row.started_at),
        last_at=from_micros(row.last_at),
        ended_at=optional_instant(row.ended_at),
        events=row.events,
        rework=row.rework,
        variant=row.variant,
        activities=tuple(event.activity for event in events),
        amounts=(amount,) if amount else (),
        money=_decode_money(row.money),
        attributes=msgspec.json.decode(row.attributes),
        departures=_decode_departures(row.departures),
        standing=_decode_standing(row.standing),
        links=(),
    )
