"""The inbox as the database answers it: filter, rank and page in one query."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

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
from governance.exception.inbox.wanted_stores import conditions_of, matching
from governance.exception.process_exception import ProcessException
from governance.exception.stake_stores import Wholes, no_wholes
from governance.exception.stores import get_exceptions, read_row
from governance.handling.policy import BUILT_IN, Policy
from governance.tables import process_exception

_KEPT = process_exception.c


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
    counted = connection.execute(_counts(at).where(*those)).all()
    currencies = [row.worth_currency for row in counted]
    query = select(_KEPT.id).where(*those)
    ids = _page(connection, query, wanted, at, currencies=currencies, limit=limit, offset=offset)
    found = get_exceptions(connection, ids)
    total, beyond = sum(row.total for row in counted), offset + len(ids)
    one_process = len({one for row in counted for one in row[-2:]}) <= 1
    return Page(
        items=tuple(found[id_] for id_ in ids),
        total=total,
        breached=sum(int(row.breached) for row in counted),
        at_risk=sum(int(row.at_risk) for row in counted),
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
    currencies: Iterable[str],
    limit: int,
    offset: int,
) -> list[str]:
    """Return the ids of a page; of what is ranked, each currency is read as far as it."""
    worth = {"priority": pressing_worth(at), "amount": _KEPT.worth}.get(wanted.sort)
    if worth is None:
        page = _sorted(query, wanted, at).limit(limit).offset(offset)
        return list(connection.execute(page).scalars())
    ranks: list[tuple[bool, int, str, str]] = []
    for code in currencies:
        here = query.where(_KEPT.worth_currency == code)
        largest = here.order_by(worth.desc(), _KEPT.id).limit(offset + limit)
        ranked_ids = enumerate(connection.execute(largest).scalars())
        ranks += [(not code, rank, code, id_) for rank, id_ in ranked_ids]
    return [id_ for *_, id_ in sorted(ranks)[offset : offset + limit]]


def _counts(at: datetime) -> Select[Any]:
    """How many there are in each currency that they are ranked in, and of which processes."""
    figures: tuple[ColumnElement[Any], ...] = (
        _KEPT.worth_currency,
        func.count().label("total"),
        func.sum(case((breached(at), 1), else_=0)).label("breached"),
        func.sum(case((nearly(at), 1), else_=0)).label("at_risk"),
        func.min(_KEPT.process).label("first_process"),
        func.max(_KEPT.process).label("last_process"),
    )
    return select(*figures).group_by(_KEPT.worth_currency)


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
