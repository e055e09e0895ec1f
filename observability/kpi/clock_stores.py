"""Promises as a KPI reads them: how many were kept and how many broke, day by day."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, true
from sqlalchemy import Row as Kept

from observability.kpi.case_stores import KpiCase, KpiCases
from observability.kpi.series import Row, Series
from observability.page import read_cursor, write_cursor
from observability.rollup.contribution import DAY_MICROS
from observability.rollup.measures import ENDED, LATE
from observability.rollup.tables import rollup, rollup_case
from observability.tables import clock, instance
from rules.instant import from_micros, render_instant
from rules.money import optional_money

ALL = "*"
MET = "met"


def ended(  # noqa: PLR0913 - which clocks, how they ended, and when
    connection: Connection,
    process: str,
    slas: Sequence[str],
    told: str,
    *,
    since: int | None,
    at: int,
) -> Series:
    """
    Return the clocks of *slas* that were met, or whose promise broke, from the day *since* on;
    what is absent as of *at* (microseconds) broke on the day on which it was due.
    """
    r, first, today = rollup.c, since or 0, at // DAY_MICROS
    state = MET if told == MET else "late"
    over = and_(r.process == process, r.measure == ENDED, r.day >= first, _in_state(slas, state))
    asked = [select(r.day, func.sum(r.n)).where(over).group_by(r.day)]
    if told != MET:
        before = r.day.between(first, today - 1)
        due = and_(r.process == process, r.measure == LATE, before, _of(r.of, slas))
        asked.append(select(r.day, func.sum(r.n)).where(due).group_by(r.day))
        c, begun = rollup_case.c, max(today, first) * DAY_MICROS
        named = and_(c.process == process, c.measure == LATE, c.at >= begun, c.at < at)
        of_today = select(literal(today), func.sum(c.n)).where(named, _of(c.of, slas))
        asked.append(of_today.having(func.count() > 0))
    rows = [row for one in asked for row in connection.execute(one).all()]
    kept = tuple(Row(day, "", 0, int(n), 0) for day, n in rows)
    return Series(standing=False, timed=False, rows=kept)


def _in_state(slas: Sequence[str], state: str) -> ColumnElement[bool]:
    if ALL in slas:
        return rollup.c.of.endswith(f',"{state}"]')
    return rollup.c.of.in_([msgspec.json.encode((sla, state)).decode() for sla in slas])


def _of(of: ColumnElement[str], slas: Sequence[str]) -> ColumnElement[bool]:
    """Whether what a clock is *of* begins with one of *slas*."""
    if ALL in slas:
        return true()
    begins = (msgspec.json.encode((sla,)).decode()[:-1] + "," for sla in slas)
    return or_(*(of.startswith(one, autoescape=True) for one in begins))


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
