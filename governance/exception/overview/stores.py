"""The overview as the database answers it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select, true

from governance.exception.at_risk import COST_OF_CAPITAL
from governance.exception.inbox.pressing_stores import by_priority
from governance.exception.inbox.pressing_stores import nearly as is_nearly
from governance.exception.overview.overview import Overview, Past, summarise
from governance.exception.process_exception import STANDING, ProcessException
from governance.exception.stake_stores import STAKE, read_stake
from governance.exception.stores import read_row
from governance.tables import process_exception
from rules.instant import from_micros, optional_instant, to_micros

FIRST = 5
_KEPT = process_exception.c


def overview(  # noqa: PLR0913 - whose, from when to when, and how much of it
    connection: Connection,
    *,
    process: str | None,
    since: datetime,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
    earlier: datetime | None = None,
    first: int = FIRST,
) -> Overview:
    """
    Return the overview of *process* (None: of all) from *since* to *at*, beside that of the
    window from *earlier* to *since*.
    """
    here = true() if process is None else _KEPT.process == process
    standing = and_(here, _KEPT.state.in_(STANDING))
    nearly = select(func.count()).select_from(process_exception).where(standing, is_nearly(at))
    return summarise(
        _pasts(connection, here, since=earlier or since, at=at),
        first=_first(connection, standing, at=at, limit=first),
        nearly=connection.execute(nearly).scalar_one(),
        since=since,
        at=at,
        cost_of_capital=cost_of_capital,
        earlier=earlier,
    )


def any_after(connection: Connection, process: str, *, at: datetime) -> bool:
    """Whether an exception of *process* opened after *at*, or was resolved."""
    now, here = to_micros(at), _KEPT.process == process
    return any(
        connection.execute(select(_KEPT.id).where(here, column > now).limit(1)).first()
        for column in (_KEPT.opened_at, _KEPT.resolved_at)
    )


def resolved_since(connection: Connection, process: str, since: int) -> list[tuple[int, int]]:
    """Return when each that was resolved at *since* or later was, and how long that took."""
    handled = _KEPT.handled_from <= _KEPT.resolved_at
    begun = case((handled, _KEPT.handled_from), else_=_KEPT.opened_at)
    rows = connection.execute(
        select(_KEPT.resolved_at, _KEPT.resolved_at - begun).where(
            _KEPT.process == process, _KEPT.resolved_at >= since
        )
    )
    return [(at, taken) for at, taken in rows.all()]


def _pasts(
    connection: Connection, here: ColumnElement[bool], *, since: datetime, at: datetime
) -> list[Past]:
    columns: tuple[ColumnElement[Any], ...] = (
        *STAKE,
        _KEPT.opened_at,
        _KEPT.handled_from,
        _KEPT.state,
        _KEPT.stage,
        _KEPT.rule,
        _KEPT.title,
        _KEPT.pressed_until,
    )
    lately = or_(_KEPT.state != "resolved", _KEPT.resolved_at >= to_micros(since))
    rows = connection.execute(
        select(*columns).where(here, lately, _KEPT.opened_at <= to_micros(at))
    )
    return [_past(row, at) for row in rows]


def _past(row: Row[Any], at: datetime) -> Past:
    return Past(
        stake=read_stake(row),
        opened_at=from_micros(row.opened_at),
        handled_from=from_micros(row.handled_from),
        resolved_at=optional_instant(row.resolved_at),
        standing=row.state in STANDING,
        breached=row.pressed_until is not None and row.pressed_until < to_micros(at),
        stage=row.stage,
        rule=row.rule,
        title=row.title,
    )


def _first(
    connection: Connection, standing: ColumnElement[bool], *, at: datetime, limit: int
) -> list[ProcessException]:
    """Return the first of them in the inbox's own order."""
    query = select(process_exception).where(standing).order_by(*by_priority(at))
    return [read_row(row) for row in connection.execute(query.limit(limit))]
