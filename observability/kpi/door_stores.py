"""What was counted at the door, as a KPI reads it: of the whole installation, or by source."""

from collections import defaultdict

from sqlalchemy import Connection

from observability.door import stores
from observability.kpi.document import Counted
from observability.kpi.series import Row, Series
from observability.rollup.modelled import HAPPENED

SOURCE = "source"


def whole(
    connection: Connection, counted: Counted, *, since: int, until: int, source: str | None = None
) -> Series | None:
    """Return what was *counted* from the day *since* to *until*; None where no source is told."""
    if counted != "applied":
        found = by_source(connection, counted, since=since, until=until) or {}
        if source is not None:
            return found.get(source, _series(()))
        return _series([row for one in found.values() for row in one.rows])
    if source is not None:
        return None
    passed = stores.passages(connection, since=since, until=until)
    rows = (Row(one.day, HAPPENED, one.bucket, one.n, one.took_us) for one in passed)
    return Series(standing=False, timed=True, rows=tuple(rows))


def by_source(
    connection: Connection, counted: Counted, *, since: int, until: int
) -> dict[str, Series] | None:
    """Return the same by who sent it; None where that is not kept."""
    if counted == "applied":
        return None
    rows: dict[str, list[Row]] = defaultdict(list)
    for one in stores.sightings(connection, counted, since=since, until=until):
        rows[one.source].append(Row(one.day, HAPPENED, 0, one.n, 0))
    return {source: _series(those) for source, those in sorted(rows.items())}


def _series(rows: "list[Row] | tuple[()]") -> Series:
    return Series(standing=False, timed=False, rows=tuple(rows))
