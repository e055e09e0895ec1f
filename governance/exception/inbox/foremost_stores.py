"""
The first few of the inbox, without ranking all of it.

An amount counts as twice itself at most: once that of the next one falls below what the last of
the few has come to, nobody further down is before them.
"""

from datetime import datetime
from heapq import nsmallest
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from governance.exception.inbox.pressing_stores import pressing_worth
from governance.exception.process_exception import STANDING, ProcessException
from governance.exception.stores import get_exceptions
from governance.handling.priority import PRESSES_AT_MOST
from governance.tables import process_exception

_KEPT = process_exception.c
_PIECE = 100


class _Ranked(NamedTuple):
    """Sorts as the inbox does within a currency."""

    less: float
    id: str


def foremost(
    connection: Connection, process: str, *, at: datetime, limit: int
) -> list[ProcessException]:
    """Return the *limit* standing exceptions of *process* that press most, in inbox order."""
    ranks = [
        (not currency, rank, currency, one.id)
        for currency in _currencies(connection, process)
        for rank, one in enumerate(_of_currency(connection, process, currency, at, limit))
    ]
    ids = [id_ for *_, id_ in sorted(ranks)[:limit]]
    found = get_exceptions(connection, ids)
    return [found[id_] for id_ in ids]


def _currencies(connection: Connection, process: str) -> set[str]:
    here = and_(_KEPT.process == process, _KEPT.state.in_(STANDING))
    return set(connection.execute(select(_KEPT.worth_currency).where(here).distinct()).scalars())


def _of_currency(
    connection: Connection, process: str, currency: str, at: datetime, limit: int
) -> list[_Ranked]:
    first: list[_Ranked] = []
    for state in STANDING:
        here = and_(
            _KEPT.process == process, _KEPT.state == state, _KEPT.worth_currency == currency
        )
        if currency:
            first = _merged(connection, here, first, at, limit)
        else:
            wanted = select(_KEPT.id).where(here, _KEPT.worth == 0).order_by(_KEPT.id)
            those = connection.execute(wanted.limit(limit)).scalars()
            first = nsmallest(limit, [*first, *(_Ranked(0.0, id_) for id_ in those)])
    return first


def _merged(
    connection: Connection,
    here: ColumnElement[bool],
    first: list[_Ranked],
    at: datetime,
    limit: int,
) -> list[_Ranked]:
    """Return the first of *first* and of those that are *here*, the largest amounts first."""
    largest = select(_KEPT.id, _KEPT.worth, pressing_worth(at)).where(here)
    largest = largest.order_by(_KEPT.worth.desc(), _KEPT.id.desc()).limit(_PIECE)
    rows = connection.execute(largest).all()
    while True:
        first = nsmallest(limit, [*first, *(_Ranked(-worth, id_) for id_, _, worth in rows)])
        if len(rows) < _PIECE:
            return first
        last, worth, _ = rows[-1]
        if len(first) == limit and max(worth, 0.0) * PRESSES_AT_MOST < -first[-1].less:
            return first
        behind = or_(_KEPT.worth < worth, _KEPT.id < last)
        rows = connection.execute(largest.where(_KEPT.worth <= worth, behind)).all()
