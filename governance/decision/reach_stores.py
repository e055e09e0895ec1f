"""
How far decisions came, counted day by day beside the ledger, so that nobody reads it through.

Counted is every decision that is taken, the worker's and the gate's, in the same transaction;
those that came equally far are one row a day.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, Executable, func, select
from sqlalchemy.dialects import postgresql, sqlite

from governance.decision.stores import KeptDecision
from governance.tables import reach
from rules.analysis.production import Came

_KEY = (reach.c.ruleset, reach.c.version, reach.c.day, reach.c.digest)


def _added(fresh: postgresql.Insert | sqlite.Insert) -> Executable:
    more = {"times": reach.c.times + fresh.excluded.times}
    return fresh.on_conflict_do_update(index_elements=_KEY, set_=more)


_ADD = {
    "sqlite": _added(sqlite.insert(reach)),
    "postgresql": _added(postgresql.insert(reach)),
}


def count(connection: Connection, kept: Sequence[KeptDecision]) -> None:
    """Add *kept* to the counts."""
    found = Counter(
        (taken.ruleset, taken.version, one.at.date(), taken.reach)
        for one in kept
        if (taken := one.decision).reach
    )
    rows = [
        {
            "ruleset": ruleset,
            "version": version,
            "day": day.isoformat(),
            "digest": hashlib.sha256(came.encode()).hexdigest()[:32],
            "reach": came,
            "times": times,
        }
        for (ruleset, version, day, came), times in sorted(found.items())
    ]
    if rows:
        connection.execute(_ADD[connection.dialect.name], rows)


def counted(
    connection: Connection, ruleset: str, version: str, *, since: date | None = None
) -> list[Came]:
    """Return how far decisions of *version* came from the day *since* on."""
    found = select(reach.c.reach, func.sum(reach.c.times).label("times")).where(
        reach.c.ruleset == ruleset, reach.c.version == version
    )
    if since is not None:
        found = found.where(reach.c.day >= since.isoformat())
    rows = connection.execute(found.group_by(reach.c.reach))
    return [Came(reach=row.reach, times=int(row.times)) for row in rows]


def versions_counted(connection: Connection, ruleset: str) -> list[str]:
    """Return the versions of *ruleset* that have decided, sorted."""
    found = select(reach.c.version).where(reach.c.ruleset == ruleset).distinct()
    return sorted(connection.execute(found).scalars())
