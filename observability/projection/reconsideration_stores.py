"""Processes whose past is being placed and judged anew, piece by piece."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from observability.tables import reconsideration


class Reconsideration(msgspec.Struct, frozen=True, kw_only=True):
    """
    First the events of the log behind `events_after` up to `events_until` are placed anew,
    then the cases behind `cases_after` are judged anew, and gathered anew where it `places`
    events otherwise; `events` and `cases` count them.
    """

    process: str
    correction: str
    because: str
    actor: str
    events_after: int
    events_until: int
    places: bool = False
    cases_after: str = ""
    events: int = 0
    cases: int = 0


def put(connection: Connection, one: Reconsideration) -> None:
    """Keep *one* in place of what stood for its process."""
    drop(connection, one.process)
    connection.execute(insert(reconsideration).values(msgspec.structs.asdict(one)))


def drop(connection: Connection, process: str) -> None:
    connection.execute(delete(reconsideration).where(reconsideration.c.process == process))


def first(connection: Connection) -> Reconsideration | None:
    """Return the first by name that is not over."""
    query = select(reconsideration).order_by(reconsideration.c.process).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def of_process(connection: Connection, process: str) -> Reconsideration | None:
    query = select(reconsideration).where(reconsideration.c.process == process)
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def placing(connection: Connection) -> set[str]:
    """Return the processes of which events are placed anew, not only cases judged."""
    query = select(reconsideration.c.process).where(reconsideration.c.places == 1)
    return set(connection.execute(query).scalars())


def any_of(connection: Connection, correction: str) -> bool:
    """Whether a process is still reconsidered for *correction*."""
    query = select(reconsideration.c.process).where(reconsideration.c.correction == correction)
    return connection.execute(query.limit(1)).first() is not None


def _read(row: Row[Any]) -> Reconsideration:
    return Reconsideration(**{**row._asdict(), "places": bool(row.places)})
