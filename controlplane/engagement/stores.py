"""Exceptions are saved here: what those of their engagements come to is kept with them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from controlplane.engagement.measures import contributions, measure_of
from governance.exception import stores as exceptions
from governance.exception.process_exception import Change, ProcessException
from governance.exception.stores import Engagement
from observability.rollup import stores as rollups

_PREFIX = "engagement:"


def save(connection: Connection, changes: Sequence[Change]) -> None:
    """Store the exceptions of *changes*; raises `CollisionError`."""
    if not changes:
        return
    before = exceptions.engagements_of(connection, {one.exception.id for one in changes})
    exceptions.save(connection, changes)
    roll_up(connection, before | {one.exception.held_by for one in changes})


def roll_up(connection: Connection, engagements: Iterable[Engagement]) -> None:
    """Let the exceptions of each (process, engagement) contribute what they come to now."""
    wanted = sorted(set(engagements))
    standing: dict[Engagement, list[ProcessException]] = defaultdict(list)
    for one in exceptions.of_engagements(connection, {name for _, name in wanted}):
        standing[one.held_by].append(one)
    kept = {
        _PREFIX + "/".join(key): (key[0], contributions(standing.get(key, ()))) for key in wanted
    }
    rollups.keep(connection, kept, measures=measure_of)
