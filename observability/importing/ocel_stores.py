"""OCEL 2.0 as a SQLite file: a table of events and of objects, and one for each of their types."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from observability.importing.imported import ReadError
from observability.importing.ocel_log import LoggedObject, ObjectEvent, ObjectLog

SQLITE = b"SQLite format 3\x00"
_VIEWS = """
SELECT 1 FROM sqlite_master WHERE type = 'view' AND (name LIKE 'event%' OR name LIKE 'object%')
"""
_OWN = "ocel_"  # what columns begin with that are the format's, not the log's


def read_sqlite(path: Path) -> ObjectLog:
    """Return the log of the SQLite file *path*, which is only read."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            connection.row_factory = sqlite3.Row
            return _log(connection)
    except (sqlite3.Error, IndexError) as error:
        raise ReadError(f"not OCEL as SQLite: {error}") from error


def _log(connection: sqlite3.Connection) -> ObjectLog:
    if list(connection.execute(_VIEWS)):
        raise ReadError("not OCEL as SQLite: it has views, where a log has tables")
    about: dict[str, list[str]] = {}
    for event, one in connection.execute("SELECT ocel_event_id, ocel_object_id FROM event_object"):
        about.setdefault(_text(event), []).append(_text(one))
    told = {_text(row["ocel_id"]): row for row in _rows(connection, "event")}
    kept = {_text(row["ocel_id"]): row for row in reversed(list(_rows(connection, "object")))}
    return ObjectLog(
        objects={
            _text(id_): LoggedObject(
                type=_text(type_), attributes=_attributes(kept.get(_text(id_)))
            )
            for id_, type_ in connection.execute("SELECT ocel_id, ocel_type FROM object")
        },
        events=tuple(
            ObjectEvent(
                id=_text(id_),
                type=_text(type_),
                time=_time(told.get(_text(id_))),
                objects=tuple(about.get(_text(id_), ())),
                attributes=_attributes(told.get(_text(id_))),
            )
            for id_, type_ in connection.execute("SELECT ocel_id, ocel_type FROM event")
        ),
    )


def _rows(connection: sqlite3.Connection, what: str) -> Iterator[sqlite3.Row]:
    """Yield the rows of every type of *what*, `event` or `object`."""
    types = f"SELECT ocel_type_map FROM {what}_map_type"  # noqa: S608 (one of two words)
    for (name,) in list(connection.execute(types)):
        table = f"{what}_{name}".replace('"', '""')
        yield from connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (quoted)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _time(row: sqlite3.Row | None) -> str:
    return str(row["ocel_time"] or "") if row is not None else ""


def _attributes(row: sqlite3.Row | None) -> dict[str, Any]:
    """Return what the log says; a fraction is text, as its shortest digits."""
    if row is None:
        return {}
    return {
        name: repr(value) if isinstance(value, float) else value
        for name in row.keys()  # noqa: SIM118 (a row iterates over its values)
        if not name.replace(":", "_").startswith(_OWN)
        and (value := row[name]) is not None
        and not isinstance(value, bytes)
    }
