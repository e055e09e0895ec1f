"""Versions that are in review, by name: what was asked, of whom, and who has signed."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, tuple_

from governance.review import tables
from governance.review.review import Missing, lacking
from governance.tables import contract, contract_version
from rules.instant import from_micros


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A version in review; `missing` says which signatures it waits for."""

    subject: str
    version: str
    title: str
    owner: str
    criticality: str
    author: str
    comment: str
    requested_by: str
    requested_at: datetime
    reviewers: tuple[str, ...]
    missing: Missing


def list_waiting(
    connection: Connection, *, after: tuple[str, str] | None = None, limit: int = 50
) -> list[Waiting]:
    """Return what is in review, beginning behind the subject and version *after*."""
    review, columns = tables.review, tables.review.c
    version = contract_version.c
    query = (
        select(review, version.created_by, contract.c.title, contract.c.owner)
        .add_columns(contract.c.criticality)
        .join(
            contract_version,
            (version.subject == columns.subject) & (version.version == columns.version),
        )
        .join(contract, contract.c.subject == columns.subject)
        .where(version.lifecycle == "in_review")
        .order_by(columns.subject, columns.version)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(columns.subject, columns.version) > tuple_(*after))
    rows = connection.execute(query).all()
    signed = _signed(connection, {row.subject for row in rows})
    return [_waiting(row, signed[row.subject, row.version]) for row in rows]


def _signed(connection: Connection, subjects: Collection[str]) -> dict[tuple[str, str], list[str]]:
    columns = tables.approval.c
    query = select(columns.subject, columns.version, columns.steward)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in connection.execute(query.where(columns.subject.in_(subjects))):
        found[row.subject, row.version].append(row.steward)
    return found


def _waiting(row: Row[Any], signed: Collection[str]) -> Waiting:
    reviewers = msgspec.json.decode(row.reviewers, type=tuple[str, ...])
    return Waiting(
        subject=row.subject,
        version=row.version,
        title=row.title,
        owner=row.owner,
        criticality=row.criticality,
        author=row.created_by,
        comment=row.comment,
        requested_by=row.requested_by,
        requested_at=from_micros(row.requested_at),
        reviewers=reviewers,
        missing=lacking(row.quorum, reviewers, signed),
    )
