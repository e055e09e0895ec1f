"""Measures as the rollups keep them: a few rows a day, however many cases stand behind them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from observability.kpi.series import Row, Series, Sum
from observability.model.model import Measurement
from observability.rollup import figure_stores
from observability.rollup.measures import STEP
from observability.rollup.modelled import BY, HAPPENED, MOVED, NAMED, OPEN
from observability.rollup.tables import rollup, rollup_amount
from observability.tables import entity
from rules.money import Money

_of = lru_cache(maxsize=50_000)(msgspec.json.Decoder(tuple[str, ...]).decode)
_R, _A = rollup.c, rollup_amount.c
_WHOLE = select(_R.of, _R.day, _R.bucket, _R.n, _R.quantity).where(
    _R.process == bindparam("process"),
    _R.measure == bindparam("measure"),
    _R.day >= bindparam("since"),
)
_MONEY = select(_A.of, _A.day, _A.currency, _A.n, _A.total).where(
    _A.process == bindparam("process"),
    _A.measure == bindparam("measure"),
    _A.day >= bindparam("since"),
)
Told = tuple[tuple[str, ...], Row | Sum]


def whole(
    connection: Connection, process: str, measure: Measurement, *, since: int | None
) -> Series:
    """Return the measure over all cases from the day *since* on."""
    kind = OPEN if measure.standing else HAPPENED
    name, moved = NAMED + measure.measure, MOVED + measure.measure
    rows = [
        Row(day, kind, bucket, n, quantity)
        for _, day, bucket, n, quantity in _rows(connection, process, name, since)
    ]
    sums = [
        Sum(day, kind, Money(amount=Decimal(total), currency=currency), n)
        for _, day, currency, n, total in _sums(connection, process, name, since)
    ]
    if measure.standing:
        rows += [
            Row(day, _of(of)[0], bucket, n, quantity)
            for of, day, bucket, n, quantity in _rows(connection, process, moved, since)
        ]
        sums += [
            Sum(day, _of(of)[0], Money(amount=Decimal(total), currency=currency), n)
            for of, day, currency, n, total in _sums(connection, process, moved, since)
        ]
    return _kept(measure, rows, sums)


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


def _told(connection: Connection, process: str, name: str, *, since: int | None) -> Iterable[Told]:
    """Yield rows and sums with what they are of: its first part is their kind."""
    for text, day, bucket, n, quantity in _rows(connection, process, name, since):
        of = _of(text)
        yield of, Row(day, of[0], bucket, n, quantity)
    for text, day, currency, n, total in _sums(connection, process, name, since):
        of, money = _of(text), Money(amount=Decimal(total), currency=currency)
        yield of, Sum(day, of[0], money, n)


def _rows(
    connection: Connection, process: str, name: str, since: int | None
) -> Sequence[Sequence[Any]]:
    wanted = {"process": process, "measure": name, "since": since or 0}
    return connection.execute(_WHOLE, wanted).all()


def _sums(
    connection: Connection, process: str, name: str, since: int | None
) -> Sequence[Sequence[Any]]:
    wanted = {"process": process, "measure": name, "since": since or 0}
    return connection.execute(_MONEY, wanted).all()


def _series(measure: Measurement, told: Iterable[Row | Sum]) -> Series:
    rows: list[Row] = []
    sums: list[Sum] = []
    for one in told:
        if isinstance(one, Row):
            rows.append(one)
        else:
            sums.append(one)
    return _kept(measure, rows, sums)


def _kept(measure: Measurement, rows: Sequence[Row], sums: Sequence[Sum]) -> Series:
    return Series(
        standing=measure.standing,
        timed=measure.since is not None,
        rows=tuple(rows),
        sums=tuple(sums),
    )
