"""
Figures as they are asked for: a few rows of a rollup, however many cases stand behind them.

What counts from an instant on is asked as of an instant: whole days from the rollup, the rest
of the last day from the cases that are named.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from observability.rollup.contribution import DAY_MICROS, EVER
from observability.rollup.listed_stores import listed
from observability.rollup.tables import rollup, rollup_amount, rollup_case
from rules.money import Money

_of = lru_cache(maxsize=50_000)(msgspec.json.Decoder(tuple[str, ...]).decode)
_rows_of = msgspec.json.Decoder(list[tuple[str, int, int, int]]).decode
_sums_of = msgspec.json.Decoder(list[tuple[str, int, str, int, str]]).decode


Tally = dict[tuple[str, ...], dict[int, tuple[int, int]]]
"""(n, quantity) by bucket, by what it is of."""


class Figure(NamedTuple):
    """`day` counts from 1970-01-01, `EVER` of all time."""

    of: tuple[str, ...]
    day: int
    n: int
    quantity: int


class FigureAmount(NamedTuple):
    of: tuple[str, ...]
    day: int
    n: int
    money: Money


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """
    What counts as of an instant, by day, without quantities; `waiting` are those whose instant
    has not come, by what they are of.
    """

    figures: list[Figure]
    amounts: list[FigureAmount]
    waiting: Counter[tuple[str, ...]]


def figures(
    connection: Connection, process: str, measure: str, *, since: int | None = None
) -> list[Figure]:
    """Return the daily figures of *measure* from the day *since* on, all days when None."""
    return list(_figures(connection, process, measure, _daily(rollup.c.day, since)))


def together(
    connection: Connection, process: str, measure: str, *, since: int | None = None
) -> list[Figure]:
    """Return the same, all those days together."""
    c = rollup.c
    sums = select(c.of, func.sum(c.n), func.sum(c.quantity)).where(
        c.process == process, c.measure == measure, _daily(c.day, since)
    )
    rows = connection.execute(sums.group_by(c.of)).all()
    return [Figure(_of(of), EVER, int(n), int(quantity)) for of, n, quantity in rows]


def told(connection: Connection, process: str, measure: str, *, since: int | None) -> str:
    """Return the same as they are read: a JSON array of each `of`, `day`, `n` and `quantity`."""
    return _listed(connection, process, measure, _daily(rollup.c.day, since))


def read_told(text: str) -> Iterator[Figure]:
    """Yield the figures that were `told`."""
    for of, day, n, quantity in _rows_of(text):
        yield Figure(_of(of), day, n, quantity)


def ever(connection: Connection, process: str, measure: str) -> list[Figure]:
    """Return the figures of *measure* over all time."""
    return list(_figures(connection, process, measure, rollup.c.day == EVER))


def kinds(connection: Connection, process: str, measure: str) -> list[tuple[str, ...]]:
    """Return of what *measure* counts anything."""
    c = rollup.c
    told = select(c.of).where(c.process == process, c.measure == measure, c.day == EVER)
    return [_of(of) for of in connection.execute(told.distinct()).scalars()]


def counted(connection: Connection, process: str, measure: str) -> int:
    """Return how much *measure* counts over all time."""
    c = rollup.c
    whole = select(func.coalesce(func.sum(c.n), 0)).where(
        c.process == process, c.measure == measure, c.day == EVER
    )
    return int(connection.execute(whole).scalar_one())


def counted_of(connection: Connection, process: str, measure: str, of: tuple[str, ...]) -> int:
    """Return how much *measure* counts of *of* over all time."""
    c = rollup.c
    here = and_(c.process == process, c.measure == measure, c.day == EVER, c.of == _text(of))
    whole = select(func.coalesce(func.sum(c.n), 0)).where(here)
    return int(connection.execute(whole).scalar_one())


def amounts(
    connection: Connection, process: str, measure: str, *, since: int | None = None
) -> list[FigureAmount]:
    """Return the daily sums of *measure* from the day *since* on, all days when None."""
    return list(_amounts(connection, process, measure, _daily(rollup_amount.c.day, since)))


def amounts_ever(connection: Connection, process: str, measure: str) -> list[FigureAmount]:
    return list(_amounts(connection, process, measure, rollup_amount.c.day == EVER))


def histogram(
    connection: Connection, process: str, measure: str, *, since: int | None = None
) -> dict[tuple[str, ...], dict[int, int]]:
    """Return how many durations lie in each bucket, from the day *since* on or of all time."""
    c = rollup.c
    when = c.day == EVER if since is None else c.day >= since
    rows = connection.execute(
        select(c.of, c.bucket, func.sum(c.n))
        .where(c.process == process, c.measure == measure, when)
        .group_by(c.of, c.bucket)
    )
    found: dict[tuple[str, ...], dict[int, int]] = {}
    for of, place, n in rows.all():
        found.setdefault(_of(of), {})[place] = int(n)
    return found


def tally(connection: Connection, process: str, measure: str, days: range | None = None) -> Tally:
    """Return what *measure* comes to over *days*, or of all time, by the bucket of its duration."""
    c = rollup.c
    when = c.day == EVER if days is None else and_(c.day >= days.start, c.day < days.stop)
    rows = connection.execute(
        select(c.of, c.bucket, func.sum(c.n), func.sum(c.quantity))
        .where(c.process == process, c.measure == measure, when)
        .group_by(c.of, c.bucket)
    )
    found: Tally = {}
    for of, place, n, quantity in rows.all():
        found.setdefault(_of(of), {})[place] = (int(n), int(quantity))
    return found


def days_of(connection: Connection, process: str, measure: str) -> range:
    """
    Return the days from the first to the last of which *measure* counts anything.

    Each end is asked for alone: an index has it at once, both together are read through.
    """
    c = rollup.c
    here = and_(c.process == process, c.measure == measure, c.day > EVER)
    ends = (select(end(c.day)).where(here).scalar_subquery() for end in (func.min, func.max))
    first, last = connection.execute(select(*ends)).one()
    return range(0) if first is None else range(first, last + 1)


def passed(
    connection: Connection, process: str, measure: str, *, at: int, including: bool = True
) -> Passed:
    """Return what counts from *at* (microseconds) on or before; *including* it, or not."""
    today = at // DAY_MICROS
    every = list(_figures(connection, process, measure, rollup.c.day != EVER))
    sums = list(
        _amounts(
            connection,
            process,
            measure,
            and_(rollup_amount.c.day != EVER, rollup_amount.c.day < today),
        )
    )
    found = [one for one in every if one.day < today]
    c = rollup_case.c
    until = c.at <= at if including else c.at < at
    lately = and_(c.process == process, c.measure == measure, c.at >= today * DAY_MICROS, until)
    counted = select(c.of, func.sum(c.n).label("n")).where(lately).group_by(c.of)
    found += [
        Figure(of=_of(of), day=today, n=int(n), quantity=0)
        for of, n in connection.execute(counted).all()
    ]
    worth = select(c.of, c.currency, c.n, c.total).where(lately, c.currency != "")
    for row in connection.execute(worth).all():
        money = Money(amount=Decimal(row.total), currency=row.currency)
        sums.append(FigureAmount(of=_of(row.of), day=today, n=row.n, money=money))
    waiting = Counter({one.of: 0 for one in every})
    for one in every:
        waiting[one.of] += one.n
    for one in found:
        waiting[one.of] -= one.n
    return Passed(figures=found, amounts=sums, waiting=waiting)


def turned(
    connection: Connection, process: str, measure: str, *, at: int, including: bool = True
) -> Counter[tuple[str, ...]]:
    """Return how many count from *at* (microseconds) on or before, by what they are of."""
    today, found = at // DAY_MICROS, Counter[tuple[str, ...]]()
    r, c = rollup.c, rollup_case.c
    days = and_(r.process == process, r.measure == measure, r.day >= 0, r.day < today)
    until = c.at <= at if including else c.at < at
    lately = and_(c.process == process, c.measure == measure, c.at >= today * DAY_MICROS, until)
    for summed in (
        select(r.of, func.sum(r.n)).where(days).group_by(r.of),
        select(c.of, func.sum(c.n)).where(lately).group_by(c.of),
    ):
        for of, n in connection.execute(summed).all():
            found[_of(of)] += int(n)
    return found


def daily_histogram(
    connection: Connection, process: str, measure: str, *, since: int
) -> list[tuple[int, int, int]]:
    """Return (day, bucket, how many durations) from the day *since* on."""
    c = rollup.c
    here = and_(c.process == process, c.measure == measure, c.day >= max(since, 0))
    rows = connection.execute(select(c.day, c.bucket, c.n).where(here))
    return [(day, place, n) for day, place, n in rows.all()]


def named_amounts(
    connection: Connection, process: str, measure: str, *, after: int, until: int | None = None
) -> list[tuple[int, Money]]:
    """Return the amounts of the cases named at instants after *after*, up to *until*."""
    c = rollup_case.c
    here = and_(c.process == process, c.measure == measure, c.at > after, c.currency != "")
    upto = true() if until is None else c.at <= until
    rows = connection.execute(select(c.at, c.currency, c.total).where(here, upto))
    return [
        (at, Money(amount=Decimal(total), currency=currency)) for at, currency, total in rows.all()
    ]


def cases_behind(
    connection: Connection, process: str, measure: str, of: tuple[str, ...], *, limit: int
) -> list[str]:
    """Return a few of the cases, by id, that stand behind what is no matter of time."""
    c = rollup_case.c
    rows = connection.execute(
        select(c.instance)
        .where(c.process == process, c.measure == measure, c.at == 0, c.of == _text(of))
        .order_by(c.instance)
        .limit(limit)
    )
    return list(rows.scalars())


def _text(of: tuple[str, ...]) -> str:
    return msgspec.json.encode(of).decode()


def _daily(day: ColumnElement[int], since: int | None) -> ColumnElement[bool]:
    return day != EVER if since is None else day >= since


def _figures(
    connection: Connection, process: str, measure: str, when: ColumnElement[bool]
) -> Iterator[Figure]:
    return read_told(_listed(connection, process, measure, when))


def _listed(connection: Connection, process: str, measure: str, when: ColumnElement[bool]) -> str:
    c = rollup.c
    wanted = select(listed(c.of, c.day, c.n, c.quantity))
    here = wanted.where(c.process == process, c.measure == measure, when)
    return connection.execute(here).scalar_one()


def _amounts(
    connection: Connection, process: str, measure: str, when: ColumnElement[bool]
) -> Iterator[FigureAmount]:
    c = rollup_amount.c
    wanted = select(listed(c.of, c.day, c.currency, c.n, c.total))
    here = wanted.where(c.process == process, c.measure == measure, when)
    for of, day, currency, n, total in _sums_of(connection.execute(here).scalar_one()):
        yield FigureAmount(_of(of), day, n, Money(amount=Decimal(total), currency=currency))
