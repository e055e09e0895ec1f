"""
How much was refused, by contract, source and day, and over what.

It is counted in the transaction that holds the events, each of them once, and stays counted
when they are settled.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from observability.intake.candidate import split_type
from observability.quarantine.held import Held
from observability.tables import refused
from rules.instant import from_micros, to_micros

DAY_MICROS = 86_400_000_000
LONGEST = 200
_ITEM = re.compile(r"/\d+(?=/|\Z)")


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """
    Of one source on one day over one thing; without a `version` the contract is not known.

    `pointer` is into the event, `*` for each item of a list.
    """

    subject: str
    version: str
    source: str
    day: int
    reason: str
    pointer: str
    events: int
    last_at: datetime


def count(connection: Connection, held: Iterable[Held]) -> None:
    """Count events that are *held* for the first time; of one without a type nothing is known."""
    counted: dict[tuple[str, str, str, int, str, str], list[int]] = defaultdict(list)
    for one in held:
        if one.type:
            at = to_micros(one.happened_at or one.received_at)
            counted[(*_named(one), at // DAY_MICROS, one.reason, _pointer(one))].append(at)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for key, times in sorted(counted.items()):
        values = dict(zip(refused.c.keys(), (*key, len(times), max(times)), strict=True))
        statement = insert(refused).values(values)
        told, keys = statement.excluded, list(refused.primary_key)
        later = case((refused.c.last_at < told.last_at, told.last_at), else_=refused.c.last_at)
        summed = {"events": refused.c.events + told.events, "last_at": later}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=summed))


def of_subject(connection: Connection, subject: str, *, since: int) -> list[Refused]:
    """Return what was refused of *subject* from the day *since* on, the first day first."""
    c = refused.c
    query = select(refused).where(c.subject == subject, c.day >= since)
    rows = connection.execute(query.order_by(c.day, c.version, c.source, c.reason, c.pointer))
    return [
        Refused(**dict(row._mapping) | {"last_at": from_micros(row.last_at)})  # noqa: SLF001 - SQLAlchemy's documented way to read by name
        for row in rows
    ]


def flows(connection: Connection, *, since: int) -> dict[tuple[str, str], int]:
    """Return how many events of each (subject, source) were refused from the day *since* on."""
    c = refused.c
    query = select(c.subject, c.source, func.sum(c.events)).where(c.day >= since)
    rows = connection.execute(query.group_by(c.subject, c.source))
    return {(row[0], row[1]): int(row[2]) for row in rows}


def _named(one: Held) -> tuple[str, str, str]:
    """Return (subject, version, source)."""
    subject, _, version = (one.contract or "").rpartition("@")
    return subject or split_type(one.type or "")[0], version, one.source or ""


def _pointer(one: Held) -> str:
    """Return where the first problem lies; what no database takes is made visible instead."""
    at = one.errors[0].pointer if one.errors else ""
    return _ITEM.sub("/*", at).replace("\x00", "\N{REPLACEMENT CHARACTER}")[:LONGEST]
