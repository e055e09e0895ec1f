"""Promises as a KPI reads them: how many were kept and how many broke, day by day."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy import Row as Kept

from observability.health.promise import Tally
from observability.health.stores import tallies
from observability.kpi.case_stores import KpiCase, KpiCases
from observability.kpi.series import Row, Series
from observability.page import read_cursor, write_cursor
from observability.rollup import figure_stores
from observability.rollup.measures import LATE
from observability.tables import clock, instance
from rules.instant import from_micros, render_instant
from rules.money import optional_money

ALL = "*"
MET = "met"
_BROKEN = ("late", "absent")


def all_ended(connection: Connection, process: str, since: int | None, at: int) -> list[Tally]:
    """Return the clocks of *process* that ended from the day *since* on, as of *at*."""
    late = figure_stores.passed(connection, process, LATE, at=at, including=False)
    return [one for one in tallies(connection, process, late, since=since) if one.day is not None]


def ended(every: Iterable[Tally], slas: Sequence[str], told: str) -> Series:
    """Return those of *slas* that were met, or whose promise broke."""
    states = (MET,) if told == MET else _BROKEN
    return Series(
        standing=False,
        timed=False,
        rows=tuple(
            Row(one.day, "", 0, one.clocks, 0)
            for one in every
            if one.state in states and one.day is not None and (ALL in slas or one.sla in slas)
        ),
    )


def broken(  # noqa: PLR0913 - which clocks, when, and a page of them
    connection: Connection,
    process: str,
    slas: Sequence[str],
    *,
    since: int,
    until: int,
    limit: int,
    cursor: str | None,
) -> KpiCases:
    """Return the cases whose promise broke from *since* to *until*, the last first."""
    c = clock.c
    unmet = and_(c.target_at.is_(None), c.absent_at < until, c.paused_at.is_(None))
    late = c.target_at > c.due_at
    here = and_(
        c.process == process, c.cancelled_at.is_(None), c.due_at.between(since, until), late | unmet
    )
    if ALL not in slas:
        here = and_(here, c.sla.in_(slas))
    if cursor is not None:
        at, last = read_cursor(cursor)
        here = and_(here, or_(c.due_at < at, and_(c.due_at == at, c.id < last)))
    i = instance.c
    wanted = (
        select(c.id, c.due_at, c.amount, c.currency, c.instance, i.case_key, i.title, i.stage)
        .join(instance, i.id == c.instance)
        .where(here)
        .order_by(c.due_at.desc(), c.id.desc())
        .limit(limit + 1)
    )
    rows = connection.execute(wanted).all()
    page = rows[:limit]
    return KpiCases(
        items=tuple(_case(row) for row in page),
        next_cursor=write_cursor(page[-1].due_at, page[-1].id) if len(rows) > limit else None,
    )


def _case(row: Kept[*tuple[Any, ...]]) -> KpiCase:
    amount = optional_money(row.amount, row.currency)
    return KpiCase(
        id=row.instance,
        case=row.case_key,
        title=row.title,
        stage=row.stage,
        at=render_instant(from_micros(row.due_at)),
        n=1,
        quantity=None,
        days=None,
        amounts=[amount] if amount is not None else [],
    )
