"""What forecasts are told from, as it is kept."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, func, insert, select

from observability.forecast.calibration import Tally
from observability.forecast.piece import DAYS, RUNNING, Kept, Made, Name, days_of
from observability.forecast.tables import foretelling, foretold

_KEPT = ("known_at", "settled", "basis", "heard", "made_at", "took_us")
_heard = msgspec.json.Decoder(tuple[int, ...]).decode


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was said in some days, of the objectives `slas` whose weeks are all held against what
    came. What came after `known_at` (microseconds) does not count.
    """

    slas: frozenset[str]
    known_at: int | None
    tallies: tuple[Tally, ...]


def kept(connection: Connection, process: str, *, since: int) -> dict[Name, Kept]:
    """Return the pieces of *process* for running clocks, and of the weeks from *since* on."""
    c = foretelling.c
    those = (c.week == RUNNING) | (c.week >= since)
    told = select(c.sla, c.week, *(c[name] for name in _KEPT)).where(c.process == process, those)
    return {
        Name(process=process, sla=row.sla, week=row.week): _read(row)
        for row in connection.execute(told)
    }


def histories(
    connection: Connection, process: str, slas: Iterable[str]
) -> dict[str, tuple[int, bytes]]:
    """Return of each objective since when its history is known, and how it is written."""
    c = foretelling.c
    told = select(c.sla, c.known_at, c.history).where(
        c.process == process, c.week == RUNNING, c.sla.in_(list(slas))
    )
    return {row.sla: (row.known_at, row.history) for row in connection.execute(told)}


def held(
    connection: Connection, process: str, slas: Collection[str], *, since: int, until: int
) -> Held:
    """
    Return what was said from the day *since* to that before *until*, of what was due before it.

    What was said is summed a bin.
    """
    c, weeks = foretelling.c, range(since // DAYS, (until - 1) // DAYS + 1)
    covered = (
        select(c.sla, func.min(c.known_at).label("known_at"))
        .where(c.process == process, c.sla.in_(list(slas)))
        .where(c.week.between(weeks.start, weeks.stop - 1))
        .group_by(c.sla)
        .having(func.count() == len(weeks))
    )
    known = {row.sla: row.known_at for row in connection.execute(covered)}
    return Held(
        slas=frozenset(known),
        known_at=min(known.values(), default=None),
        tallies=tuple(_tallies(connection, process, sorted(known), since, until)),
    )


def _tallies(
    connection: Connection, process: str, slas: Sequence[str], since: int, until: int
) -> list[Tally]:
    c = foretold.c
    told = (
        select(
            c.bin,
            *(
                func.sum(column).label(column.name)
                for column in (c.forecasts, c.said, c.square, c.base_square, c.broke)
            ),
        )
        .where(c.process == process, c.sla.in_(slas))
        .where(c.day.between(since, until - 1), c.due_day < until)
        .group_by(c.bin)
        .order_by(c.bin)
    )
    return [
        Tally(
            day=since,
            due_day=until,
            bin=row.bin,
            forecasts=int(row.forecasts),
            said=row.said,
            square=row.square,
            base_square=row.base_square,
            broke=int(row.broke),
        )
        for row in connection.execute(told)
    ]


def put(connection: Connection, one: Made) -> None:
    """Keep a piece in place of what was kept of it."""
    name, c = one.name, foretelling.c
    named = (c.process == name.process, c.sla == name.sla, c.week == name.week)
    connection.execute(delete(foretelling).where(*named))
    connection.execute(
        insert(foretelling).values(
            process=name.process,
            sla=name.sla,
            week=name.week,
            history=one.history,
            **_row(one.kept),
        )
    )
    if name.week == RUNNING:
        return
    days, d = days_of(name.week), foretold.c
    those = and_(d.process == name.process, d.sla == name.sla)
    connection.execute(delete(foretold).where(those, d.day.between(days.start, days.stop - 1)))
    rows = [
        {"process": name.process, "sla": name.sla, **msgspec.structs.asdict(tally)}
        for tally in one.tallies
    ]
    if rows:
        connection.execute(insert(foretold), rows)


def _row(one: Kept) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(one),
        "settled": int(one.settled),
        "heard": msgspec.json.encode(one.heard).decode(),
    }


def _read(row: Row[Any]) -> Kept:
    return Kept(
        known_at=row.known_at,
        settled=bool(row.settled),
        basis=row.basis,
        heard=_heard(row.heard),
        made_at=row.made_at,
        took_us=row.took_us,
    )
