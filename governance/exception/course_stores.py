"""When exceptions came and went: a few rows a day, and the exceptions themselves page by page."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from governance.exception.process_exception import STANDING, ProcessException
from governance.exception.stores import read_row
from governance.tables import process_exception

ALL = "*"
_DAY = 86_400_000_000
_KEPT = process_exception.c
_ENDED = case(
    (_KEPT.state.in_(STANDING), None),
    (_KEPT.resolved_at.is_not(None), _KEPT.resolved_at),
    else_=_KEPT.changed_at,
)


class Course(NamedTuple):
    """How many came on the day `opened` and were resolved or waived on the day `ended`."""

    opened: int
    ended: int | None
    n: int


def courses(connection: Connection, process: str, types: Sequence[str]) -> Iterator[Course]:
    """Yield the exceptions of *process* of these *types* by day."""
    opened, ended = (_KEPT.opened_at // _DAY).label("opened"), (_ENDED // _DAY).label("ended")
    rows = connection.execute(
        select(opened, ended, func.count().label("n"))
        .where(_of(process, types))
        .group_by(opened, ended)
    )
    for row in rows.all():
        yield Course(row.opened, row.ended, row.n)


def recoveries(
    connection: Connection, process: str, types: Sequence[str], *, since: int
) -> list[tuple[int, int]]:
    """Return when each was resolved since then, and how long it had stood (microseconds)."""
    rows = connection.execute(
        select(_KEPT.resolved_at, _KEPT.resolved_at - _KEPT.opened_at).where(
            _of(process, types), _KEPT.state == "resolved", _KEPT.resolved_at >= since
        )
    )
    return [(at, took) for at, took in rows.all()]


def listed(  # noqa: PLR0913 - which exceptions, when, and a page of them
    connection: Connection,
    process: str,
    types: Sequence[str],
    told: str,
    *,
    since: int,
    until: int,
    behind: tuple[int, str] | None,
    limit: int,
) -> list[tuple[int, ProcessException]]:
    """
    Return the first of what was opened or resolved from *since* to *until*, the last first; of
    what is open the oldest first. *behind* is the instant and id of the last one shown.
    """
    at, rising = (_KEPT.resolved_at if told == "resolved" else _KEPT.opened_at), told == "open"
    here = and_(_of(process, types), at <= until)
    here = and_(here, _KEPT.state.in_(STANDING)) if rising else and_(here, at >= since)
    if behind is not None:
        later = at > behind[0] if rising else at < behind[0]
        beyond = _KEPT.id > behind[1] if rising else _KEPT.id < behind[1]
        here = and_(here, or_(later, and_(at == behind[0], beyond)))
    order = (at, _KEPT.id) if rising else (at.desc(), _KEPT.id.desc())
    rows = connection.execute(
        select(process_exception, at.label("told_at")).where(here).order_by(*order).limit(limit)
    )
    return [(row.told_at, read_row(row)) for row in rows.all()]


def _of(process: str, types: Sequence[str]) -> ColumnElement[bool]:
    return and_(_KEPT.process == process, true() if ALL in types else _KEPT.type.in_(types))
