"""When rules of a process next come into effect, or go out of it, since its cases were judged."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from observability.tables import turn
from rules.instant import to_micros


def expect(connection: Connection, process: str, *, at: datetime) -> None:
    """Keep that rules of *process* turn *at*, where nothing earlier is waited for."""
    query = select(turn.c.at).where(turn.c.process == process)
    known, micros = connection.execute(query).scalar(), to_micros(at)
    if known is None or micros < known:
        connection.execute(delete(turn).where(turn.c.process == process))
        connection.execute(insert(turn).values(process=process, at=micros))


def any_due(connection: Connection, *, at: datetime) -> bool:
    query = select(turn.c.process).where(turn.c.at <= to_micros(at)).limit(1)
    return connection.execute(query).first() is not None


def take_due(connection: Connection, *, at: datetime) -> list[str]:
    """Return the processes, by name, whose turn has come; it is waited for no longer."""
    due = turn.c.at <= to_micros(at)
    query = select(turn.c.process).where(due).order_by(turn.c.process)
    processes = list(connection.execute(query).scalars())
    connection.execute(delete(turn).where(due))
    return processes
