"""When exceptions came and went, page by page."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true

from governance.exception.process_exception import STANDING, ProcessException
from governance.exception.stores import read_row
from governance.tables import process_exception

ALL = "*"
_KEPT = process_exception.c


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
