"""Transitions that wait for their time."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select

from governance.document.lifecycle import Planned
from governance.tables import planned
from rules.instant import from_micros, to_micros


def plan(connection: Connection, one: Planned) -> None:
    """Keep *one*; a version waits for one transition at most."""
    drop(connection, one.kind, one.name, one.version)
    connection.execute(
        planned.insert().values(
            kind=one.kind,
            name=one.name,
            version=one.version,
            to=one.to,
            at=to_micros(one.at),
            actor=one.actor,
            signed_by=one.signed_by,
            comment=one.comment,
        )
    )


def drop(connection: Connection, kind: str, name: str, version: str) -> bool:
    """Let the version wait for nothing; return whether it did."""
    return connection.execute(planned.delete().where(_is(kind, name, version))).rowcount > 0


def of_name(connection: Connection, kind: str, name: str) -> dict[str, Planned]:
    """Return what the versions of a document wait for."""
    rows = connection.execute(select(planned).where(planned.c.kind == kind, planned.c.name == name))
    return {row.version: _read(row) for row in rows}


def first_due(connection: Connection, *, at: datetime) -> Planned | None:
    """Return the earliest transition whose time has come by *at*."""
    due = select(planned).where(planned.c.at <= to_micros(at))
    order = (planned.c.at, planned.c.kind, planned.c.name, planned.c.version)
    row = connection.execute(due.order_by(*order).limit(1)).first()
    return None if row is None else _read(row)


def _is(kind: str, name: str, version: str) -> ColumnElement[bool]:
    return and_(planned.c.kind == kind, planned.c.name == name, planned.c.version == version)


def _read(row: Row[Any]) -> Planned:
    return Planned(
        kind=row.kind,
        name=row.name,
        version=row.version,
        to=row.to,
        at=from_micros(row.at),
        actor=row.actor,
        signed_by=row.signed_by,
        comment=row.comment,
    )
