"""When each system was heard last, and its silences."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from observability.system.hearing import Silence
from observability.tables import silence, system_heard
from rules.instant import from_micros, optional_instant, optional_micros, to_micros


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """`silent_at` is when the system will count as silent; None: never."""

    system: str
    heard_at: datetime
    silent_at: datetime | None = None


def heard(connection: Connection) -> dict[str, Heard]:
    return {
        row.system: Heard(
            system=row.system,
            heard_at=from_micros(row.heard_at),
            silent_at=optional_instant(row.silent_at),
        )
        for row in connection.execute(select(system_heard))
    }


def hear(connection: Connection, those: Mapping[str, Heard]) -> None:
    """Keep *those* in place of what was known of their systems."""
    if those:
        connection.execute(delete(system_heard).where(system_heard.c.system.in_(sorted(those))))
        connection.execute(
            insert(system_heard),
            [
                {
                    "system": one.system,
                    "heard_at": to_micros(one.heard_at),
                    "silent_at": optional_micros(one.silent_at),
                }
                for _, one in sorted(those.items())
            ],
        )


def due(connection: Connection, *, at: datetime) -> list[Heard]:
    """Return the systems that are silent from *at* or earlier and were not said to be."""
    open_ = select(silence.c.system).where(silence.c.until.is_(None))
    found = select(system_heard.c.system).where(
        system_heard.c.silent_at <= to_micros(at), system_heard.c.system.not_in(open_)
    )
    known = heard(connection)
    return [known[name] for name in sorted(connection.execute(found).scalars())]


def begin(connection: Connection, system: str, since: datetime) -> None:
    row = {"system": system, "since": to_micros(since), "until": None}
    connection.execute(insert(silence), row)


def end(connection: Connection, system: str, until: datetime) -> bool:
    """End the silence of *system*; return whether there was one."""
    those = silence.c.system == system
    ended = update(silence).where(those, silence.c.until.is_(None))
    return connection.execute(ended.values(until=to_micros(until))).rowcount > 0


def silences(connection: Connection) -> dict[str, tuple[Silence, ...]]:
    found: dict[str, tuple[Silence, ...]] = {}
    rows = connection.execute(select(silence).order_by(silence.c.system, silence.c.since))
    for row in rows:
        one = (from_micros(row.since), optional_instant(row.until))
        found[row.system] = (*found.get(row.system, ()), one)
    return found
