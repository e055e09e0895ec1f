"""The ledger as it stands in the database; appended to inside the transaction of the change."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from governance.ledger.entry import LedgerEntry, seal
from governance.tables import ledger
from rules.instant import from_micros, to_micros

_CHUNK = 1_000
_LAST_NUMBER = "SELECT coalesce(max(number), 0) FROM ledger"


def append(  # noqa: PLR0913 - who did what to which subject, and when
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any],
    at: datetime,
) -> LedgerEntry:
    """Append one entry and return it, sealed."""
    entry = seal(
        last(connection), actor=actor, action=action, subject=subject, detail=detail, at=at
    )
    connection.execute(
        ledger.insert().values(
            number=entry.number,
            at=to_micros(entry.at),
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=msgspec.json.encode(entry.detail, order="sorted").decode(),
            previous=entry.previous,
            hash=entry.hash,
        )
    )
    return entry


def last(connection: Connection) -> LedgerEntry | None:
    row = connection.execute(select(ledger).order_by(ledger.c.number.desc()).limit(1)).first()
    return _read(row) if row else None


def last_number(connection: Connection) -> int:
    """Return how many entries there are: more, when anything that governs has changed."""
    row = connection.connection.cursor().execute(_LAST_NUMBER).fetchone()
    return int(row[0])


def walk(connection: Connection) -> Iterator[LedgerEntry]:
    """Yield every entry in order, a thousand at a time."""
    number = 0
    while True:
        query = select(ledger).where(ledger.c.number > number).order_by(ledger.c.number)
        rows = connection.execute(query.limit(_CHUNK)).all()
        for row in rows:
            yield _read(row)
        if len(rows) < _CHUNK:
            return
        number = rows[-1].number


def find_entries(  # noqa: PLR0913 - one argument a query parameter
    connection: Connection,
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[LedgerEntry]:
    """
    Return the newest entries first.

    *action* may be a whole `source:subject:action` or its beginning up to a colon.
    *before* is the number of the last entry of the page before this one.
    """
    query = select(ledger).order_by(ledger.c.number.desc()).limit(limit)
    if subject is not None:
        query = query.where(ledger.c.subject == subject)
    if actor is not None:
        query = query.where(ledger.c.actor == actor)
    if action is not None:
        begins = ledger.c.action.startswith(f"{action.rstrip(':')}:", autoescape=True)
        query = query.where((ledger.c.action == action) | begins)
    if before is not None:
        query = query.where(ledger.c.number < before)
    return [_read(row) for row in connection.execute(query)]


def _read(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        number=row.number,
        at=from_micros(row.at),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=msgspec.json.decode(row.detail),
        previous=row.previous,
        hash=row.hash,
    )
