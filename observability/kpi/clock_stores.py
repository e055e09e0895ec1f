"""Promises as a KPI reads them: how many were kept and how many broke, day by day."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select, true
from sqlalchemy import Row as Kept

from observability.kpi.case_stores import LOOKED, KpiCase, KpiCases, cases_within
from observability.kpi.series import Row, Series
from observability.kpi.stores import values_of, with_rest
from observability.page import read_cursor, write_cursor
from observability.rollup.contribution import DAY_MICROS
from observability.rollup.measures import ENDED, LATE
from observability.rollup.part_measures import in_part
from observability.rollup.tables import rollup, rollup_case
from observability.tables import clock, instance
from rules.instant import from_micros, render_instant
from rules.money import optional_money

ALL = "*"
MET = "met"


class Promises(NamedTuple):
    """
    The clocks of `slas` that were met, or whose promise broke, from the day `since` on; what is
    absent as of `at` (microseconds) broke on the day on which it was due.
    """

    slas: Sequence[str]
    told: str
    since: int | None
    at: int


def ended(
    connection: Connection, process: str, asked: Promises, within: str | None = None
) -> Series:
    """Return the promises *asked* for, of all cases or of those *within* a part."""
    return _ended(connection, process, asked, [within])[within]


def apart(
    connection: Connection, process: str, asked: Promises, dimension: str
) -> dict[str, Series]:
    """Return the same by the values of *dimension*; "" of the cases that say none."""
    values = {f"{dimension}={one}": one for one in values_of(connection, process, dimension)}
    found = _ended(connection, process, asked, [None, *values])
    whole = found.pop(None)
    return with_rest(whole, {values[part]: one for part, one in found.items() if part and one.rows})


def _ended(
    connection: Connection, process: str, asked: Promises, parts: Sequence[str | None]
) -> dict[str | None, Series]:
    over, waits = (
        {in_part(measure, part) if part else measure: part for part in parts}
        for measure in (ENDED, LATE)
    )
    rows: dict[str | None, list[Row]] = {part: [] for part in parts}
    for wanted in _wanted(process, asked, list(over), list(waits)):
        for measure, day, n in connection.execute(wanted).all():
            part = over[measure] if measure in over else waits[measure]
            rows[part].append(Row(day, "", 0, int(n), 0))
    return {
        part: Series(standing=False, timed=False, rows=tuple(those)) for part, those in rows.items()
    }


def _wanted(
    process: str, asked: Promises, over: Sequence[str], waits: Sequence[str]
) -> Iterator[Select[Any]]:
    """Yield what tells (measure, day, how many) of those that are *over*, and that still wait."""
    r, first, today = rollup.c, asked.since or 0, asked.at // DAY_MICROS
    of_day = select(r.measure, r.day, func.sum(r.n)).where(r.process == process)
    of_day = of_day.group_by(r.measure, r.day)
    state = _in_state(asked.slas, MET if asked.told == MET else "late")
    yield of_day.where(r.measure.in_(over), r.day >= first, state)
    if asked.told != MET:
        before = r.day.between(first, today - 1)
        yield of_day.where(r.measure.in_(waits), before, _of(r.of, asked.slas))
        c, begun = rollup_case.c, max(today, first) * DAY_MICROS
        named = and_(c.process == process, c.measure.in_(waits), c.at >= begun, c.at < asked.at)
        of_today = select(c.measure, literal(today), func.sum(c.n)).group_by(c.measure)
        yield of_today.where(named, _of(c.of, asked.slas))


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
    within: tuple[str, str] | None = None,
) -> KpiCases:
    """
    Return the cases whose promise broke from *since* to *until*, the last first; those *within*
    a part are looked for as `cases_behind` does.
    """
    c, most = clock.c, limit if within is None else max(limit, LOOKED)
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
        .limit(most + 1)
    )
    rows = connection.execute(wanted).all()
    looked = rows[:most]
    those = looked
    if within is not None:
        inside = cases_within(connection, {row.instance for row in looked}, within)
        those = [row for row in looked if row.instance in inside]
    page = those[:limit]
    end = page[-1] if len(those) > limit else looked[-1] if len(rows) > most else None
    return KpiCases(
        items=tuple(_case(row) for row in page),
        next_cursor=None if end is None else write_cursor(end.due_at, end.id),
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
