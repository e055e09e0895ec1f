"""The ledger as it stands in the database; appended to inside the transaction of the change."""

import re
from collections.abc import Iterator
from datetime import datetime
from heapq import nlargest
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import DBAPIError

from governance.ledger.audit import UnreadableError
from governance.ledger.entry import LedgerEntry, Sealed, seal
from governance.tables import ledger
from rules.instant import from_micros, to_micros

_CHUNK = 1_000
_DAMAGED = re.compile("decode|malformed")
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


def walk(connection: Connection) -> Iterator[Sealed]:
    """
    Yield every entry in order, as it is stored.

    Raises `UnreadableError` at a row that the database cannot give back.
    """
    number = None
    while True:
        entries = sealed(connection, after=number, limit=_CHUNK)
        yield from entries
        if len(entries) < _CHUNK:
            return
        number = entries[-1].number


def sealed(connection: Connection, *, after: int | None, limit: int) -> list[Sealed]:
    """
    Return up to *limit* entries as they are stored, in order: the first, or those behind *after*.

    Raises `UnreadableError` when the database cannot give one of them back.
    """
    query = select(ledger).order_by(ledger.c.number).limit(limit)
    if after is not None:
        query = query.where(ledger.c.number > after)
    try:
        return [_sealed(row) for row in connection.execute(query)]
    except DBAPIError as error:
        if not _DAMAGED.search(str(error)):
            raise
        raise UnreadableError((after or 0) + 1, str(error)) from error
    except (UnicodeError, msgspec.ValidationError) as error:
        raise UnreadableError((after or 0) + 1, str(error)) from error


def hashes(connection: Connection, *, after: int = 0, upto: int) -> Iterator[str]:
    """Yield the hashes of entries *after* + 1 to *upto*, in order."""
    query = select(ledger.c.hash).where(ledger.c.number > after, ledger.c.number <= upto)
    query = query.order_by(ledger.c.number).execution_options(yield_per=_CHUNK)
    for row in connection.execute(query):
        yield row.hash


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
    if before is not None:
        query = query.where(ledger.c.number < before)
    if action is None:
        return [_read(row) for row in connection.execute(query)]
    rows = [
        row
        for one in _actions(connection, action)
        for row in connection.execute(query.where(ledger.c.action == one))
    ]
    return [_read(row) for row in nlargest(limit, rows, key=lambda row: row.number)]


def _actions(connection: Connection, action: str) -> list[str]:
    """Return *action* and the kept ones that it begins; each is one step through the index."""
    first = select(func.min(ledger.c.action).label("action")).cte("known", recursive=True)
    following = select(func.min(ledger.c.action)).where(ledger.c.action > first.c.action)
    known = first.union_all(select(following.scalar_subquery()).where(first.c.action.is_not(None)))
    kept = connection.execute(select(known.c.action).where(known.c.action.is_not(None))).scalars()
    beginning = f"{action.rstrip(':')}:"
    return [one for one in kept if one == action or one.startswith(beginning)]


def _sealed(row: Row[Any]) -> Sealed:
    return msgspec.convert(dict(zip(Sealed.__struct_fields__, row, strict=True)), Sealed)


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
