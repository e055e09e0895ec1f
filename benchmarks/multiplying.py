"""
A firm of many years, made of the few months of a small one.

What the program made of a simulated quarter is copied day by day into the past: rows are
written straight into the state, and each copied case contributes through the rollups' own
arithmetic. Of the older copies few cases still run.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, Table, event, select

from controlplane.database import reading, sqlite_engine, writing
from controlplane.engagement import stores as engagements
from controlplane.foretelling.making import make
from controlplane.foretelling.wanting import due
from governance.tables import process_exception
from observability.forecast import piece_stores
from observability.rollup import stores
from observability.rollup.contribution import DAY_MICROS, Contribution, Kept
from observability.rollup.delta import Delta
from observability.rollup.tables import case_rollup
from observability.tables import (
    case_entity,
    case_event,
    case_key,
    case_link,
    clock,
    entity,
    entity_link,
    instance,
)

YEARS = 3
LATELY_DAYS = 30
STILL_RUN = 2
"""Of the cases of an older copy that run."""
FORETOLD_WEEKS = 10
"""What the screens ask of."""
AT_ONCE = 25
"""Copies that are summed before they are written: their days are nearly the same."""
_OF_CASE = "instance IN (SELECT id FROM copied) ORDER BY instance"
_OF_ENTITY = """\
(type, "key") IN (
  SELECT e.type, e."key" FROM copied CROSS JOIN base_case_entity e ON e.instance = copied.id)"""
_COPIED: dict[Table, str] = {
    instance: "id IN (SELECT id FROM copied) ORDER BY id",
    case_event: _OF_CASE,
    clock: _OF_CASE,
    process_exception: _OF_CASE,
    case_key: _OF_CASE,
    case_link: _OF_CASE,
    entity: _OF_ENTITY,
    entity_link: _OF_ENTITY,
    case_entity: _OF_CASE,
}
_TIMES = frozenset({
    "occurred_at", "started_at", "last_at", "ended_at", "due_at", "target_at", "cancelled_at",
    "paused_at", "opened_at", "handled_from", "resolved_at", "acknowledged_at", "changed_at",
    "delayed_since", "pressed_from", "pressed_until", "handling_due_at", "resolve_due_at",
    "promised_at", "waived_until", "escalate_at", "first_at", "at", "absent_at",
})  # fmt: skip
_OWN = {
    "case_event": {"instance", "event_id"},
    "instance": {"id", "case_key"},
    "clock": {"id", "instance"},
    "process_exception": {"id", "fingerprint", "instance", "case_key", "engagement"},
    "case_key": {"key", "instance"},
    "case_link": {"key", "instance"},
    "case_entity": {"key", "instance"},
    "entity": {"key"},
    "entity_link": {"key", "to_key"},
}
_decode = msgspec.msgpack.Decoder(dict[str, list[Contribution]]).decode


def multiply(state: Path, events: int) -> int:
    """Copy the cases in the file *state* until there are *events*; return how many there are."""
    engine = sqlite_engine(state)
    event.listen(engine, "connect", _hurry)
    with writing(engine) as connection:
        for table in _COPIED:
            _set_apart(connection, table)
        indexes = _unindexed(connection)
        cases = _cases(connection)
        kept = {id_: (process, _decode(told)) for id_, process, told in cases}
        lately, formerly = _samples(connection)
        sizes = dict(connection.execute(select(instance.c.id, instance.c.events)).all())
        whole = sum(sizes.values())
        often = max((events - whole) // sum(sizes[one] for one in formerly), 1)
    shifts = [number * YEARS * 365 // often for number in range(1, often + 1)]
    for first in range(0, often, AT_ONCE):
        delta = Delta()
        with writing(engine) as connection:
            for number, shift in enumerate(shifts[first : first + AT_ONCE], start=first + 1):
                those = lately if shift <= LATELY_DAYS else formerly
                named = {one: kept[one] for one in those}
                _copy(connection, delta, number, shift * DAY_MICROS, named)
                whole += sum(sizes[one] for one in those)
            stores.apply(connection, delta)
        if whole >= events:
            break
    with writing(engine) as connection:
        for statement in indexes:
            connection.exec_driver_sql(statement)
        for table in _COPIED:
            connection.exec_driver_sql(f"DROP TABLE base_{table.name}")
        c = process_exception.c
        held_by = select(c.process, c.engagement).where(c.engagement.is_not(None)).distinct()
        engagements.roll_up(connection, {(row[0], row[1]) for row in connection.execute(held_by)})
    _foretell(engine, datetime.now(UTC))
    engine.dispose()
    return whole


def _foretell(state: Engine, at: datetime) -> None:
    """Make what forecasts are told from, as the process beside the worker would in the end."""
    with reading(state) as connection:
        wanted = due(connection, at=at, weeks=FORETOLD_WEEKS)
    for one in wanted:
        with writing(state) as connection:
            piece_stores.put(connection, make(connection, one, at=at))


def _hurry(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=OFF")  # what breaks off is made anew
    connection.execute("PRAGMA cache_size=-1000000")


def _set_apart(connection: Connection, table: Table) -> None:
    """Keep what *table* has beside it: it is read once a copy."""
    name = f"base_{table.name}"
    first = ", ".join(f'"{column.name}"' for column in [*table.primary_key][:2])
    by = "instance" if "instance" in table.c else first
    connection.exec_driver_sql(f"CREATE TABLE {name} AS SELECT * FROM {table.name}")  # noqa: S608
    connection.exec_driver_sql(f"CREATE INDEX {name}_by ON {name} ({by})")


def _unindexed(connection: Connection) -> list[str]:
    """Drop the indexes of what is copied; return the statements that make them again."""
    names = ", ".join(f"'{table.name}'" for table in (*_COPIED, case_rollup))
    wanted = (
        "SELECT name, sql FROM sqlite_master "  # noqa: S608 - our own
        f"WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})"
    )
    found = connection.exec_driver_sql(wanted).all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return [sql for _, sql in found]


def _cases(connection: Connection) -> list[tuple[str, str, bytes]]:
    c = case_rollup.c
    return [tuple(row) for row in connection.execute(select(c.instance, c.process, c.kept)).all()]


def _samples(connection: Connection) -> tuple[list[str], list[str]]:
    """Return all the cases, and those of which an older copy is made."""
    rows = connection.execute(select(instance.c.id, instance.c.state).order_by(instance.c.id)).all()
    running = [row.id for row in rows if row.state == "running"]
    ended = [row.id for row in rows if row.state != "running"]
    return sorted(running + ended), sorted(running[:STILL_RUN] + ended)


def _copy(
    connection: Connection,
    delta: Delta,
    number: int,
    shift: int,
    cases: Mapping[str, tuple[str, Kept]],
) -> None:
    prefix = f"{number:05}-"
    connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS copied (id TEXT PRIMARY KEY)")
    connection.exec_driver_sql("DELETE FROM copied")
    connection.exec_driver_sql("INSERT INTO copied VALUES (?)", [(one,) for one in cases])
    for table in _COPIED:
        connection.exec_driver_sql(_copying(table), {"prefix": prefix, "shift": shift})
    rows = []
    for id_, (process, told) in cases.items():
        now = dict(_shifted(told, shift))
        delta.change(process, prefix + id_, {}, now)
        rows.append(
            {"instance": prefix + id_, "process": process, "kept": msgspec.msgpack.encode(now)}
        )
    connection.execute(case_rollup.insert(), rows)


def _copying(table: Table) -> str:
    names = [column.name for column in table.columns]
    given = ", ".join(_value(table.name, name) for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table.name} ({listed}) SELECT {given} "  # noqa: S608 - our own
        f"FROM base_{table.name} WHERE {_COPIED[table]}"
    )


def _value(table: str, name: str) -> str:
    if name in _OWN[table]:
        return f':prefix || "{name}"'
    if name == "stake":  # the number of another exception; 0 says that nothing is at stake
        return '"stake" - :shift * ("stake" <> 0)'
    return f'"{name}" - :shift' if name in _TIMES else f'"{name}"'


def _shifted(told: Kept, shift: int) -> Iterator[tuple[str, list[Contribution]]]:
    for name, those in told.items():
        yield name, [one if one.at is None else one._replace(at=one.at - shift) for one in those]
