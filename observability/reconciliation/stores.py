"""Extracts, runs and breaks as they stand in the database."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from observability.reconciliation.extract import Manifest
from observability.reconciliation.finding import Break, Group, Summary
from observability.reconciliation.run import RUNNING, KeptBreak, Run
from observability.reconciliation.tables import (
    reconciliation_break,
    reconciliation_extract,
    reconciliation_piece,
    reconciliation_run,
)
from rules.instant import from_micros, optional_instant, optional_micros, to_micros
from rules.money import Money

PART = tuple[str, str, str]
"""(reconciliation, side, part)"""
AT_ONCE = 10_000
_AS_THEY_ARE = (
    "id",
    "reconciliation",
    "version",
    "digest",
    "trigger",
    "asked_by",
    "status",
    "because",
    "verdict",
    "inputs",
    "result",
    "breaks_of",
    "broken",
    "on_the_way",
    "opened",
    "closed",
)


def add_piece(
    connection: Connection, extract: str, number: int, content: bytes, *, at: datetime
) -> None:
    """Keep the deflated piece *number* of *extract*; sent again it only waits anew."""
    _c, now = reconciliation_piece.c, to_micros(at)
    here = and_(_c.extract == extract, _c.number == number)
    if connection.execute(select(_c.number).where(here)).first() is None:
        row = {"extract": extract, "number": number, "content": content, "unfinished_since": now}
        connection.execute(insert(reconciliation_piece).values(row))
        return
    waits = and_(here, _c.unfinished_since.is_not(None))
    connection.execute(update(reconciliation_piece).where(waits).values(unfinished_since=now))


def forget_unfinished(connection: Connection, *, before: datetime) -> None:
    """Let go of the pieces of extracts that have not come whole since then."""
    late = reconciliation_piece.c.unfinished_since < to_micros(before)
    connection.execute(delete(reconciliation_piece).where(late))


def withdraw_extract(connection: Connection, reconciliation: str, id_: str) -> Manifest | None:
    """Let go of the extract *id_* with its bytes; return it, None when there is none."""
    one = next((one for one in extracts(connection, reconciliation) if one.id == id_), None)
    if one is not None:
        connection.execute(delete(reconciliation_extract).where(reconciliation_extract.c.id == id_))
        connection.execute(
            delete(reconciliation_piece).where(reconciliation_piece.c.extract == id_)
        )
    return one


def add_extract(connection: Connection, one: Manifest) -> None:
    """Keep that *one* came whole; the bytes of what it takes the place of are let go."""
    row = {
        **msgspec.structs.asdict(one),
        "watermark": to_micros(one.watermark),
        "received_at": to_micros(one.received_at),
        "total": msgspec.json.encode(one.total).decode(),
    }
    connection.execute(delete(reconciliation_extract).where(reconciliation_extract.c.id == one.id))
    connection.execute(insert(reconciliation_extract).values(row))
    whole = update(reconciliation_piece).where(reconciliation_piece.c.extract == one.id)
    connection.execute(whole.values(unfinished_since=None))
    newest = newest_extract(connection, (one.reconciliation, one.side, one.part))
    for old in extracts(connection, one.reconciliation):
        alike = (old.side, old.part) == (one.side, one.part)
        if alike and newest is not None and old.id != newest.id:
            gone = reconciliation_piece.c.extract == old.id
            connection.execute(delete(reconciliation_piece).where(gone))


def newest_extract(connection: Connection, part: PART) -> Manifest | None:
    """
    Return the extract of *part* with the latest watermark, of these the one that came last; none
    whose bytes were let go for one that was withdrawn since.
    """
    c, p = reconciliation_extract.c, reconciliation_piece.c
    kept = or_(c.size == 0, select(p.number).where(p.extract == c.id).exists())
    found = connection.execute(
        select(reconciliation_extract)
        .where(c.reconciliation == part[0], c.side == part[1], c.part == part[2], kept)
        .order_by(c.watermark.desc(), c.received_at.desc(), c.id)
        .limit(1)
    ).first()
    return None if found is None else _manifest(found)


def extracts(connection: Connection, reconciliation: str) -> list[Manifest]:
    """Return the extracts of *reconciliation*, the newest first."""
    c = reconciliation_extract.c
    rows = connection.execute(
        select(reconciliation_extract)
        .where(c.reconciliation == reconciliation)
        .order_by(c.received_at.desc(), c.id)
    )
    return [_manifest(row) for row in rows]


def pieces(connection: Connection, extract: str) -> Iterator[bytes]:
    """Yield the bytes of *extract* as they were sent, piece by piece."""
    c = reconciliation_piece.c
    number = 0
    while True:
        content = connection.execute(
            select(c.content).where(c.extract == extract, c.number == number)
        ).scalar()
        if content is None:
            return
        yield zlib.decompress(content)
        number += 1


def add_run(connection: Connection, one: Run) -> None:
    connection.execute(insert(reconciliation_run).values(_row(one)))


def end_run(connection: Connection, one: Run, breaks: Sequence[KeptBreak]) -> None:
    """Keep how *one* ended, and its breaks where no earlier run lists the same."""
    here = reconciliation_run.c.id == one.id
    connection.execute(update(reconciliation_run).where(here).values(_row(one)))
    rows = [
        {
            "run": one.id,
            "number": kept.number,
            "id": kept.id,
            "kind": kept.broken.kind,
            "side": kept.broken.side,
            "broken": msgspec.json.encode(kept.broken).decode(),
            "exception": kept.exception,
        }
        for kept in breaks
    ]
    if rows:
        connection.execute(insert(reconciliation_break), rows)


def get_run(connection: Connection, id_: str) -> Run | None:
    found = select(reconciliation_run).where(reconciliation_run.c.id == id_)
    row = connection.execute(found).one_or_none()
    return None if row is None else _run(row)


def runs(
    connection: Connection,
    reconciliation: str,
    *,
    limit: int,
    before: tuple[int, str] | None = None,
) -> list[Run]:
    """Return runs, the newest first, behind (asked_at in microseconds, id) *before*."""
    c = reconciliation_run.c
    query = select(reconciliation_run).where(c.reconciliation == reconciliation)
    if before is not None:
        at, id_ = before
        query = query.where((c.asked_at < at) | ((c.asked_at == at) & (c.id > id_)))
    rows = connection.execute(query.order_by(c.asked_at.desc(), c.id).limit(limit))
    return [_run(row) for row in rows]


def running(connection: Connection, reconciliation: str | None = None) -> list[Run]:
    """Return the runs that have not ended, the oldest first."""
    c = reconciliation_run.c
    query = select(reconciliation_run).where(c.status == RUNNING)
    if reconciliation is not None:
        query = query.where(c.reconciliation == reconciliation)
    return [_run(row) for row in connection.execute(query.order_by(c.asked_at, c.id))]


def latest(connection: Connection, reconciliation: str) -> Run | None:
    """Return the run that ended well last."""
    c = reconciliation_run.c
    found = (
        select(reconciliation_run)
        .where(c.reconciliation == reconciliation, c.status == "done")
        .order_by(c.asked_at.desc(), c.id)
        .limit(1)
    )
    row = connection.execute(found).first()
    return None if row is None else _run(row)


def breaks(  # noqa: PLR0913 - what a list is narrowed to
    connection: Connection,
    run: str,
    *,
    kind: str | None = None,
    side: str | None = None,
    after: int = -1,
    limit: int,
) -> list[KeptBreak]:
    """Return the breaks that *run* lists, behind the number *after*."""
    c = reconciliation_break.c
    query = select(reconciliation_break).where(c.run == run, c.number > after)
    if kind is not None:
        query = query.where(c.kind == kind)
    if side is not None:
        query = query.where(c.side == side)
    return [
        KeptBreak(
            number=row.number,
            id=row.id,
            broken=msgspec.json.decode(row.broken, type=Break),
            exception=row.exception,
        )
        for row in connection.execute(query.order_by(c.number).limit(limit))
    ]


def all_breaks(connection: Connection, run: str, *, at_once: int = AT_ONCE) -> Iterator[KeptBreak]:
    """Yield all the breaks that *run* lists, however many there are."""
    after = -1
    while listed := breaks(connection, run, after=after, limit=at_once):
        yield from listed
        after = listed[-1].number


def _row(one: Run) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _AS_THEY_ARE},
        "asked_at": to_micros(one.asked_at),
        "ended_at": optional_micros(one.ended_at),
        "money": msgspec.json.encode(one.money).decode(),
        "finding": None if one.finding is None else msgspec.json.encode(one.finding).decode(),
    }


def _run(row: Row[Any]) -> Run:
    kept = row._mapping  # noqa: SLF001 - SQLAlchemy's documented way to read by name
    return Run(
        **{name: kept[name] for name in _AS_THEY_ARE},
        asked_at=from_micros(row.asked_at),
        ended_at=optional_instant(row.ended_at),
        money=msgspec.json.decode(row.money, type=tuple[Money, ...]),
        finding=None if row.finding is None else msgspec.json.decode(row.finding, type=Summary),
    )


def _manifest(row: Row[Any]) -> Manifest:
    return Manifest(
        id=row.id,
        reconciliation=row.reconciliation,
        side=row.side,
        part=row.part,
        media_type=row.media_type,
        digest=row.digest,
        size=row.size,
        watermark=from_micros(row.watermark),
        total=msgspec.json.decode(row.total, type=Group),
        received_at=from_micros(row.received_at),
        received_by=row.received_by,
    )


def found_between(connection: Connection, *, since: datetime, until: datetime) -> tuple[int, int]:
    """Return how many runs were checked to their end from *since* to *until*, and their breaks."""
    c = reconciliation_run.c
    row = connection.execute(
        select(func.count(), func.coalesce(func.sum(c.broken), 0)).where(
            c.verdict.in_(("reconciled", "breaks")),
            c.ended_at >= to_micros(since),
            c.ended_at < to_micros(until),
        )
    ).one()
    return row[0], int(row[1])
