"""Deprecated versions, the earliest sunset first, with whoever reads them still."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, func, literal, select, tuple_

from governance.contract.catalogue import IN_FORCE, Consumer, Observed
from governance.contract.ending import Ending, Reader, readers_of
from governance.review import stores as reviews
from governance.tables import consumer, contract, contract_version
from governance.version import SemanticVersion
from rules.instant import from_micros, optional_instant, to_micros

Place = tuple[int, str]
"""Where a version stands in the list: its sunset, those without one last, and its name."""
_NO_SUNSET = 2**62
_SUNSET = func.coalesce(contract_version.c.sunset_at, _NO_SUNSET)
_ORDER = (_SUNSET, contract_version.c.subject, contract_version.c.version)
_TOLD = (
    *(contract_version.c[name] for name in ("subject", "version", "sunset_at", "successor")),
    contract_version.c.deprecated_at,
    *(contract.c[name] for name in ("title", "owner", "domain", "criticality")),
)


def place(one: Ending) -> Place:
    """Return where *one* stands, for `after`."""
    sunset = _NO_SUNSET if one.sunset_at is None else to_micros(one.sunset_at)
    return sunset, f"{one.subject} {one.version}"


def list_endings(
    connection: Connection,
    *,
    seen_since: datetime,
    owner: str | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[Ending]:
    """Return what is deprecated, beginning behind *after*; who was seen since then uses it."""
    query = (
        select(*_TOLD)
        .join(contract, contract.c.subject == contract_version.c.subject)
        .where(contract_version.c.lifecycle == "deprecated")
        .order_by(*_ORDER)
        .limit(limit)
    )
    if owner is not None:
        query = query.where(contract.c.owner == owner)
    if after is not None:
        sunset, name = after
        behind = tuple_(literal(sunset, BigInteger), *map(literal, name.split(" ")))
        query = query.where(tuple_(*_ORDER) > behind)
    rows = connection.execute(query).all()
    return _told(connection, rows, seen_since=seen_since)


def remaining(
    connection: Connection, subject: str, version: str, *, seen_since: datetime
) -> tuple[tuple[Reader, ...], tuple[Observed, ...]]:
    """Return who declared to read a version, and who was seen to use it since then."""
    force = _in_force(connection, [subject])[subject]
    readers = _readers(connection, [subject])[subject]
    left = [SemanticVersion.of(one) for one in force if one != version]
    seen = reviews.observed(connection, subject, version, since=seen_since)
    return readers_of(SemanticVersion.of(version), readers, left), tuple(seen)


def _told(
    connection: Connection, rows: Collection[Row[Any]], *, seen_since: datetime
) -> list[Ending]:
    subjects = {row.subject for row in rows}
    force, consumers = _in_force(connection, subjects), _readers(connection, subjects)
    seen = reviews.uses(connection, subjects, since=seen_since)
    found = []
    for row in rows:
        left = [SemanticVersion.of(one) for one in force[row.subject] if one != row.version]
        readers = readers_of(SemanticVersion.of(row.version), consumers[row.subject], left)
        found.append(_ending(row, readers, seen.get((row.subject, row.version), ())))
    return found


def _ending(row: Row[Any], readers: tuple[Reader, ...], observed: tuple[Observed, ...]) -> Ending:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    dated = {name: optional_instant(values[name]) for name in ("deprecated_at", "sunset_at")}
    blocked = bool(observed) or any(one.stranded for one in readers)
    return Ending(**values | dated, readers=readers, observed=observed, blocked=blocked)


def _in_force(connection: Connection, subjects: Collection[str]) -> dict[str, list[str]]:
    columns = contract_version.c
    query = select(columns.subject, columns.version).where(
        columns.subject.in_(subjects), columns.lifecycle.in_(IN_FORCE)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.subject].append(row.version)
    return found


def _readers(connection: Connection, subjects: Collection[str]) -> dict[str, list[Consumer]]:
    query = select(consumer).where(consumer.c.subject.in_(subjects)).order_by(consumer.c.system)
    found: dict[str, list[Consumer]] = defaultdict(list)
    for row in connection.execute(query):
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
        found[row.subject].append(
            Consumer(**values | {"declared_at": from_micros(row.declared_at)})
        )
    return found
