"""Versions in shadow, the cases that wait for their comparison, and what was found of each."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from governance.shadow.comparison import Compared, Comparison, Counted, Noted, Shadow, Waiting
from governance.tables import shadow, shadow_comparison, shadow_waiting
from rules.instant import from_micros, to_micros

_OF_CASES = (shadow_waiting, shadow_comparison)


def begin(connection: Connection, one: Shadow) -> None:
    """Let *one* be compared from now on, and nothing of its rule set that was before."""
    end(connection, one.ruleset)
    connection.execute(
        insert(shadow).values(
            ruleset=one.ruleset,
            version=one.version,
            against=one.against,
            since=to_micros(one.since),
        )
    )


def end(connection: Connection, ruleset: str) -> None:
    """Let no version of *ruleset* stand in shadow; what was found goes with it."""
    for table in (shadow, *_OF_CASES):
        connection.execute(delete(table).where(table.c.ruleset == ruleset))


def get_shadow(connection: Connection, ruleset: str) -> Shadow | None:
    row = connection.execute(select(shadow).where(shadow.c.ruleset == ruleset)).first()
    return None if row is None else _shadow(row)


def wait(
    connection: Connection, ruleset: str, instances: Iterable[str], *, offset: int, at: datetime
) -> None:
    """Let *instances* wait to be compared as they are judged at *offset*."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(shadow_waiting)
    newer = {name: fresh.excluded[name] for name in ("offset", "at")}
    rows = [
        {"instance": one, "ruleset": ruleset, "offset": offset, "at": to_micros(at)}
        for one in instances
    ]
    if rows:
        keys = list(shadow_waiting.primary_key)
        connection.execute(fresh.on_conflict_do_update(index_elements=keys, set_=newer), rows)


def next_waiting(connection: Connection, *, limit: int) -> tuple[Shadow, list[Waiting]] | None:
    """Return the cases that wait for one version in shadow, those judged first in front."""
    for row in connection.execute(select(shadow).order_by(shadow.c.ruleset)):
        found = (
            select(shadow_waiting)
            .where(shadow_waiting.c.ruleset == row.ruleset)
            .order_by(shadow_waiting.c.offset, shadow_waiting.c.instance)
            .limit(limit)
        )
        waiting = [
            Waiting(instance=one.instance, offset=one.offset, at=from_micros(one.at))
            for one in connection.execute(found)
        ]
        if waiting:
            return _shadow(row), waiting
    return None


def keep(connection: Connection, found: Compared) -> None:
    """
    Keep what was found of each case that waits for it; one judged again meanwhile waits on.

    A case that waits no longer has become part of another one, or nothing is left of it.
    """
    ruleset = found.shadow.ruleset
    _forget(connection, found.gone, ruleset)
    waiting = _waiting(connection, ruleset, [one.instance for one in found.comparisons])
    comparisons = [one for one in found.comparisons if one.instance in waiting]
    if not comparisons:
        return
    named = (
        shadow_comparison.c.ruleset == ruleset,
        shadow_comparison.c.instance == bindparam("one"),
    )
    done = (
        shadow_waiting.c.ruleset == ruleset,
        shadow_waiting.c.instance == bindparam("one"),
        shadow_waiting.c.offset <= bindparam("reached"),
    )
    ones = [{"one": one.instance, "reached": one.offset} for one in comparisons]
    connection.execute(delete(shadow_waiting).where(*done), ones)
    connection.execute(
        delete(shadow_comparison).where(*named),
        [{"one": one.instance} for one in comparisons],
    )
    connection.execute(insert(shadow_comparison), [_row(ruleset, one) for one in comparisons])


def _waiting(connection: Connection, ruleset: str, instances: Iterable[str]) -> frozenset[str]:
    """Return those of *instances*, one piece of what is compared, that wait."""
    named = select(shadow_waiting.c.instance).where(
        shadow_waiting.c.ruleset == ruleset, shadow_waiting.c.instance.in_(list(instances))
    )
    return frozenset(connection.execute(named).scalars())


def forget(connection: Connection, instances: Iterable[str]) -> None:
    """Forget cases that do not exist any more."""
    _forget(connection, instances)


def counted(connection: Connection, ruleset: str) -> Counted:
    """Return how many cases were compared, could not be, and wait."""
    verdicts = (
        select(shadow_comparison.c.verdict, func.count())
        .where(shadow_comparison.c.ruleset == ruleset)
        .group_by(shadow_comparison.c.verdict)
    )
    waiting = (
        select(func.count()).select_from(shadow_waiting).where(shadow_waiting.c.ruleset == ruleset)
    )
    by_verdict = Counter({row[0]: row[1] for row in connection.execute(verdicts)})
    return Counted(**by_verdict, waiting=connection.execute(waiting).scalar_one())


def differing(connection: Connection, ruleset: str) -> Iterator[Comparison]:
    """Yield what is not the same, or not known to be, by case."""
    rows = connection.execute(
        select(shadow_comparison.c.found)
        .where(shadow_comparison.c.ruleset == ruleset, shadow_comparison.c.verdict != "same")
        .order_by(shadow_comparison.c.case_key, shadow_comparison.c.instance)
    )
    for row in rows:
        yield msgspec.json.decode(row.found, type=Comparison)


def _forget(connection: Connection, instances: Iterable[str], ruleset: str | None = None) -> None:
    gone = [{"one": one} for one in instances]
    for table in _OF_CASES if gone else ():
        where = [table.c.instance == bindparam("one")]
        where += [table.c.ruleset == ruleset] if ruleset else []
        connection.execute(delete(table).where(*where), gone)


def _row(ruleset: str, one: Noted) -> dict[str, Any]:
    return {
        "instance": one.instance,
        "ruleset": ruleset,
        "case_key": one.case,
        "offset": one.offset,
        "verdict": one.verdict,
        "found": one.found,
    }


def _shadow(row: Row[Any]) -> Shadow:
    return Shadow(
        ruleset=row.ruleset,
        version=row.version,
        against=row.against,
        since=from_micros(row.since),
    )
