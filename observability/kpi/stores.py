"""Measures as the rollups keep them: a few rows a day, however many cases stand behind them."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

import msgspec
from sqlalchemy import Connection, and_, select

from observability.kpi.series import Row, Series, Sum
from observability.model.model import Measurement
from observability.rollup import figure_stores
from observability.rollup.measures import STEP
from observability.rollup.modelled import BY, HAPPENED, MOVED, NAMED, OPEN
from observability.rollup.tables import rollup, rollup_amount
from observability.tables import entity
from rules.money import Money

_of = lru_cache(maxsize=50_000)(msgspec.json.Decoder(tuple[str, ...]).decode)
Told = tuple[tuple[str, ...], Row | Sum]


def whole(
    connection: Connection, process: str, measure: Measurement, *, since: int | None
) -> Series:
    """Return the measure over all cases from the day *since* on."""
    kind = OPEN if measure.standing else HAPPENED
    told = [
        one
        for _, one in _told(connection, process, NAMED + measure.measure, since=since, kind=kind)
    ]
    if measure.standing:
        told += [one for _, one in _told(connection, process, MOVED + measure.measure, since=since)]
    return _series(measure, told)


def within(  # noqa: PLR0913 - what, of which part, from when on
    connection: Connection,
    process: str,
    measure: Measurement,
    dimension: str,
    value: str,
    *,
    since: int | None,
) -> Series:
    """Return the measure over the cases whose *dimension* is *value*."""
    told = _told(connection, process, BY + measure.measure, since=since)
    part = f"{dimension}={value}"
    return _series(measure, [one for of, one in told if part in of[1:]])


def told_apart(  # noqa: PLR0913 - what, by what, and of which part
    connection: Connection,
    process: str,
    measure: Measurement,
    dimension: str,
    *,
    since: int | None,
    within: tuple[str, str] | None = None,
) -> dict[str, Series]:
    """Return the measure by the values of *dimension*; "" of the cases that say none."""
    grouped: dict[str, list[Row | Sum]] = defaultdict(list)
    prefix, part = f"{dimension}=", "=".join(within) if within else None
    for of, one in _told(connection, process, BY + measure.measure, since=since):
        if part is not None and part not in of[1:]:
            continue
        values = [told.removeprefix(prefix) for told in of[1:] if told.startswith(prefix)]
        grouped[values[0] if values else ""].append(one)
    return {value: _series(measure, those) for value, those in sorted(grouped.items())}


def activities_heard(connection: Connection, process: str) -> frozenset[str]:
    """Return the activities that any case of *process* has."""
    return frozenset(of[1] for of in figure_stores.kinds(connection, process, STEP))


def is_heard_of(connection: Connection, type_: str) -> bool:
    """Whether anything was ever said of an entity of *type_*."""
    found = connection.execute(select(entity.c.key).where(entity.c.type == type_).limit(1))
    return found.first() is not None


def _told(
    connection: Connection, process: str, name: str, *, since: int | None, kind: str | None = None
) -> Iterable[Told]:
    """Yield rows and sums with what they are of: its first part is their kind, unless *kind* is."""
    c = rollup.c
    here = and_(c.process == process, c.measure == name, c.day >= (since or 0))
    rows = connection.execute(select(c.of, c.day, c.bucket, c.n, c.quantity).where(here))
    for text, day, bucket, n, quantity in rows.all():
        of = _of(text)
        yield of, Row(day, of[0] if kind is None else kind, bucket, n, quantity)
    a = rollup_amount.c
    here = and_(a.process == process, a.measure == name, a.day >= (since or 0))
    sums = connection.execute(select(a.of, a.day, a.currency, a.n, a.total).where(here))
    for text, day, currency, n, total in sums.all():
        of, money = _of(text), Money(amount=Decimal(total), currency=currency)
        yield of, Sum(day, of[0] if kind is None else kind, money, n)


def _series(measure: Measurement, told: Iterable[Row | Sum]) -> Series:
    rows: list[Row] = []
    sums: list[Sum] = []
    for one in told:
        if isinstance(one, Row):
            rows.append(one)
        else:
            sums.append(one)
    return Series(
        standing=measure.standing,
        timed=measure.since is not None,
        rows=tuple(rows),
        sums=tuple(sums),
    )
