"""The inbox as the database answers it: filter, rank and page in one query."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from governance.exception.at_risk import COST_OF_CAPITAL
from governance.exception.inbox.money_stores import money_of
from governance.exception.inbox.pressing_stores import (
    breached,
    by_priority,
    nearly,
    pressing_worth,
    ranked,
    used,
)
from governance.exception.inbox.wanted import Page, Wanted
from governance.exception.inbox.wanted_stores import conditions_of, matching, only_standing
from governance.exception.process_exception import STANDING, ProcessException
from governance.exception.stake_stores import Wholes, no_wholes
from governance.exception.standing_stores import STANDS
from governance.exception.stores import get_exceptions, read_row
from governance.handling.policy import BUILT_IN, Policy
from governance.tables import process_exception

_KEPT = process_exception.c
_CLOSED = _KEPT.state.not_in(STANDING)
_COUNTED: tuple[ColumnElement[Any], ...] = (
    _KEPT.worth_currency,
    func.count().label("total"),
    func.min(_KEPT.process).label("first"),
    func.max(_KEPT.process).label("last"),
)


def list_exceptions(  # noqa: PLR0913 - what is wanted, which part of it, and as of when
    connection: Connection,
    wanted: Wanted,
    *,
    at: datetime,
    limit: int = 50,
    offset: int = 0,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
    policy: Policy = BUILT_IN,
    wholes: Wholes = no_wholes,
) -> Page:
    """Return one page of what is *wanted*, with counts and money over all of it, as of *at*."""
    those = matching(connection, wanted, at, policy)
    standing = connection.execute(_standing(at).where(STANDS, *those)).all()
    closed = () if only_standing(wanted) else connection.execute(_closed().where(*those)).all()
    counted = [*standing, *closed]
    query = select(_KEPT.id).where(*those)
    ids = _page(connection, query, wanted, at, parts=(standing, closed), limit=limit, offset=offset)
    found = get_exceptions(connection, ids)
    total, beyond = sum(row.total for row in counted), offset + len(ids)
    one_process = len({one for row in counted for one in (row.first, row.last)}) <= 1
    return Page(
        items=tuple(found[id_] for id_ in ids),
        total=total,
        breached=sum(int(row.breached) for row in standing),
        at_risk=sum(int(row.at_risk) for row in standing),
        money=money_of(
            connection,
            those,
            at=at,
            cost_of_capital=cost_of_capital,
            wholes=None if one_process else wholes,
        ),
        next_offset=beyond if beyond < total else None,
    )


def pages(
    connection: Connection, wanted: Wanted, *, at: datetime, policy: Policy, size: int
) -> Iterator[list[ProcessException]]:
    """Yield everything that is *wanted*, *size* at a time, without counts and money."""
    query = select(process_exception).where(*conditions_of(wanted, at, policy))
    rows = connection.execute(_sorted(query, wanted, at).execution_options(yield_per=size))
    for those in rows.partitions():
        yield [read_row(row) for row in those]


def _page(  # noqa: PLR0913 - of what, in which order, as of when, and which part of it
    connection: Connection,
    query: Select[Any],
    wanted: Wanted,
    at: datetime,
    *,
    parts: tuple[Sequence[Row[Any]], Sequence[Row[Any]]],
    limit: int,
    offset: int,
) -> list[str]:
    """Return the ids of a page; *parts* count what stands, which is ranked first, and the rest."""
    worth = {"priority": pressing_worth(at), "amount": _KEPT.worth}.get(wanted.sort)
    if worth is None:
        page = _sorted(query, wanted, at).limit(limit).offset(offset)
        return list(connection.execute(page).scalars())
    found: list[str] = []
    for here, counted in zip((STANDS, _CLOSED), parts, strict=True):
        room, total = limit - len(found), sum(row.total for row in counted)
        if room and offset < total:
            largest = query.where(here).order_by(worth.desc(), _KEPT.id).limit(offset + room)
            currencies = [row.worth_currency for row in counted]
            found += _interleaved(connection, largest, currencies)[offset : offset + room]
        offset = max(offset - total, 0)
    return found


def _interleaved(
    connection: Connection, largest: Select[Any], currencies: Iterable[str]
) -> list[str]:
    """Return the ids of the *largest*, each currency read as far as all together are wanted."""
    ranks: list[tuple[bool, int, str, str]] = []
    for code in currencies:
        ids = connection.execute(largest.where(_KEPT.worth_currency == code)).scalars()
        ranks += [(not code, rank, code, id_) for rank, id_ in enumerate(ids)]
    return [id_ for *_, id_ in sorted(ranks)]


def _standing(at: datetime) -> Select[Any]:
    """How many stand in each currency that they are ranked in, and of which processes."""
    late, near = case((breached(at), 1), else_=0), case((nearly(at), 1), else_=0)
    figures = (func.sum(late).label("breached"), func.sum(near).label("at_risk"))
    return select(*_COUNTED, *figures).group_by(_KEPT.worth_currency)


def _closed() -> Select[Any]:
    """The same of those that stand no more: they break nothing, and are told by their state."""
    return select(*_COUNTED).where(_CLOSED).group_by(_KEPT.worth_currency)


def _sorted(query: Select[Any], wanted: Wanted, at: datetime) -> Select[Any]:
    match wanted.sort:
        case "newest":
            return query.order_by(_KEPT.opened_at.desc(), _KEPT.id)
        case "oldest":
            return query.order_by(_KEPT.opened_at, _KEPT.id)
        case "sla_used":
            return query.order_by(used(at).desc(), _KEPT.id)
        case "amount":
            return query.order_by(*ranked(_KEPT.worth))
        case _:
            return query.order_by(*by_priority(at))
