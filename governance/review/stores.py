"""Reviews, approvals, remarks, waivers and promotions as they stand in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, select

from governance.contract.catalogue import Observed
from governance.review import tables
from governance.review.promotion import Promotion
from governance.review.review import Approval, Remark, Review
from governance.review.waiver import Excused, Waiver
from rules.instant import from_micros, optional_instant, optional_micros, to_micros


def begin(connection: Connection, one: Review) -> None:
    """Store a review in the place of the one before: what was signed then is void."""
    forget(connection, one.subject, one.version)
    values = msgspec.structs.asdict(one) | {
        "reviewers": msgspec.json.encode(one.reviewers).decode(),
        "requested_at": to_micros(one.requested_at),
    }
    connection.execute(tables.review.insert().values(**values))


def forget(connection: Connection, subject: str, version: str) -> None:
    """Take the review of a version away, and who signed it; what was said of it stays."""
    for table in (tables.review, tables.approval):
        connection.execute(
            table.delete().where(table.c.subject == subject, table.c.version == version)
        )


def get_review(connection: Connection, subject: str, version: str) -> Review | None:
    rows = _of(connection, tables.review, subject, version)
    return _review(rows[0]) if rows else None


def sign(connection: Connection, one: Approval) -> None:
    """Store a signature; who signs again says it again."""
    table = tables.approval
    connection.execute(
        table.delete().where(
            table.c.subject == one.subject,
            table.c.version == one.version,
            table.c.steward == one.steward,
        )
    )
    connection.execute(table.insert().values(**_plain(one)))


def approvals(connection: Connection, subject: str, version: str) -> list[Approval]:
    """Return who signed a version, the first first."""
    rows = _of(connection, tables.approval, subject, version)
    found = [Approval(**_dated(row)) for row in rows]
    return sorted(found, key=lambda one: (one.at, one.steward))


def add_remark(connection: Connection, one: Remark) -> None:
    connection.execute(tables.remark.insert().values(**_plain(one)))


def remarks(connection: Connection, subject: str, version: str) -> list[Remark]:
    rows = _of(connection, tables.remark, subject, version)
    return sorted((Remark(**_dated(row)) for row in rows), key=lambda one: one.number)


def save_waiver(connection: Connection, one: Waiver) -> None:
    table = tables.waiver
    values = msgspec.structs.asdict(one) | {
        "findings": msgspec.json.encode(one.findings).decode(),
        "expires_at": to_micros(one.expires_at),
        "asked_at": to_micros(one.asked_at),
        "granted_at": optional_micros(one.granted_at),
        "withdrawn_at": optional_micros(one.withdrawn_at),
    }
    if not connection.execute(table.update().where(table.c.id == one.id).values(**values)).rowcount:
        connection.execute(table.insert().values(**values))


def get_waiver(connection: Connection, id_: str) -> Waiver | None:
    row = connection.execute(select(tables.waiver).where(tables.waiver.c.id == id_)).first()
    return _waiver(row) if row else None


def waivers(connection: Connection, subject: str, version: str) -> list[Waiver]:
    """Return every waiver of a version, the first first."""
    found = [_waiver(row) for row in _of(connection, tables.waiver, subject, version)]
    return sorted(found, key=lambda one: (one.asked_at, one.id))


def list_waivers(
    connection: Connection, *, after: str | None = None, limit: int = 50
) -> list[Waiver]:
    """Return the waivers of every contract by id, beginning behind the id *after*."""
    query = select(tables.waiver).order_by(tables.waiver.c.id).limit(limit)
    if after is not None:
        query = query.where(tables.waiver.c.id > after)
    return [_waiver(row) for row in connection.execute(query)]


def save_promotion(connection: Connection, one: Promotion) -> None:
    table = tables.promotion
    connection.execute(
        table.delete().where(
            table.c.subject == one.subject,
            table.c.version == one.version,
            table.c.environment == one.environment,
        )
    )
    connection.execute(table.insert().values(**_plain(one)))


def promotions(connection: Connection, subject: str, version: str) -> list[Promotion]:
    """Return where a version has been, the first first."""
    rows = _of(connection, tables.promotion, subject, version)
    return sorted((Promotion(**_dated(row)) for row in rows), key=lambda one: one.at)


def watch(
    connection: Connection, uses: Mapping[tuple[str, str, str], int], *, at: datetime
) -> None:
    """Add to how often (subject, version, system) were seen, the last time *at*."""
    table = tables.version_use
    for (subject, version, system), times in sorted(uses.items()):
        key = (table.c.subject == subject) & (table.c.version == version)
        counted = {"last_at": to_micros(at), "times": table.c.times + times}
        known = table.update().where(key, table.c.system == system).values(**counted)
        if not connection.execute(known).rowcount:
            first = {"subject": subject, "version": version, "system": system}
            fresh = {**first, "last_at": to_micros(at), "times": times}
            connection.execute(table.insert().values(**fresh))


def observed(
    connection: Connection, subject: str, version: str, *, since: datetime
) -> list[Observed]:
    """Return who was seen to use a version since then, by name."""
    rows = _of(connection, tables.version_use, subject, version)
    found = [
        Observed(system=row.system, last_at=from_micros(row.last_at), times=row.times)
        for row in rows
        if row.last_at >= to_micros(since)
    ]
    return sorted(found, key=lambda one: one.system)


def uses(
    connection: Connection, subjects: Collection[str], *, since: datetime
) -> dict[tuple[str, str], tuple[Observed, ...]]:
    """Return who was seen to use which version of *subjects* since then, by name."""
    table = tables.version_use
    query = select(table).where(table.c.subject.in_(subjects), table.c.last_at >= to_micros(since))
    found: dict[tuple[str, str], tuple[Observed, ...]] = {}
    for row in connection.execute(query.order_by(table.c.system)):
        one = Observed(system=row.system, last_at=from_micros(row.last_at), times=row.times)
        found[row.subject, row.version] = (*found.get((row.subject, row.version), ()), one)
    return found


def _of(connection: Connection, table: Table, subject: str, version: str) -> list[Row[Any]]:
    query = select(table).where(table.c.subject == subject, table.c.version == version)
    return list(connection.execute(query))


def _plain(one: Approval | Remark | Promotion) -> dict[str, Any]:
    return msgspec.structs.asdict(one) | {"at": to_micros(one.at)}


def _dated(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return values | {"at": from_micros(row.at)}


def _review(row: Row[Any]) -> Review:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return Review(
        **values
        | {
            "reviewers": msgspec.json.decode(row.reviewers, type=tuple[str, ...]),
            "requested_at": from_micros(row.requested_at),
        }
    )


def _waiver(row: Row[Any]) -> Waiver:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return Waiver(
        **values
        | {
            "findings": msgspec.json.decode(row.findings, type=tuple[Excused, ...]),
            "expires_at": from_micros(row.expires_at),
            "asked_at": from_micros(row.asked_at),
            "granted_at": optional_instant(row.granted_at),
            "withdrawn_at": optional_instant(row.withdrawn_at),
        }
    )
