"""Measures as the rollups keep them: a few rows a day, however many cases stand behind them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import BindParameter, Connection, bindparam, func, select

from observability.kpi.series import Row, Series, Sum
from observability.model.model import Measurement
from observability.rollup import figure_stores
from observability.rollup.delta import PARTS
from observability.rollup.listed_stores import listed
from observability.rollup.measures import STEP
from observability.rollup.modelled import BY, HAPPENED, MOVED, NAMED, OPEN, part_of
from observability.rollup.tables import rollup, rollup_amount
from observability.tables import entity
from rules.money import Money, add, subtract

_of = lru_cache(maxsize=50_000)(msgspec.json.Decoder(tuple[str, ...]).decode)
_rows_of = msgspec.json.Decoder(list[tuple[str, str, int, int, int, int]]).decode
_sums_of = msgspec.json.Decoder(list[tuple[str, str, int, str, int, str]]).decode
_R, _A = rollup.c, rollup_amount.c
_SINCE: BindParameter[int] = bindparam("since")
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_ROWS = select(listed(_R.measure, _R.of, _R.day, _R.bucket, _R.n, _R.quantity)).where(
    _R.process == bindparam("process"), _R.measure.in_(_NAMES), _R.day >= _SINCE
)
_SUMS = select(listed(_A.measure, _A.of, _A.day, _A.currency, _A.n, _A.total)).where(
    _A.process == bindparam("process"), _A.measure.in_(_NAMES), _A.day >= _SINCE
)
_COURSE = (
    select(_R.day, _R.bucket, func.sum(_R.n), func.sum(_R.quantity))
    .where(_R.process == bindparam("process"), _R.measure.in_(_NAMES), _R.day >= _SINCE)
    .group_by(_R.day, _R.bucket)
)
_Apart = dict[str, Series]
Within = tuple[str, str]
_KEPT = 128
"""A board in three windows reads about as many texts; one of a year may take two megabytes."""


class _Kind(NamedTuple):
    """Whether a measure stands until something is said, and whether it is a duration."""

    standing: bool
    timed: bool


def whole(
    connection: Connection, process: str, measure: Measurement, *, since: int | None
) -> Series:
    """Return the measure over all cases from the day *since* on."""
    names = [NAMED + measure.measure]
    if measure.standing:
        names.append(MOVED + measure.measure)
    rows, sums = _told(connection, process, names, since)
    return _whole(rows, sums, _kind(measure))


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
    name = part_of(measure.measure, f"{dimension}={value}")
    rows, sums = _told(connection, process, [name], since)
    return _by_name(rows, sums, _kind(measure)).get(name) or _series((), (), _kind(measure))


def told_apart(  # noqa: PLR0913 - what, by what, and of which part
    connection: Connection,
    process: str,
    measure: Measurement,
    dimension: str,
    *,
    since: int | None,
    within: Within | None = None,
) -> _Apart:
    """Return the measure by the values of *dimension*; "" of the cases that say none."""
    if within is not None:
        return _apart_within(connection, process, measure, dimension, within, since=since)
    prefix = f"{dimension}="
    values = [
        part.removeprefix(prefix)
        for (part,) in figure_stores.kinds(connection, process, PARTS)
        if part.startswith(prefix)
    ]
    names = {part_of(measure.measure, prefix + value): value for value in values}
    apart = _by_name(*_told(connection, process, list(names), since), _kind(measure))
    found = {names[name]: one for name, one in apart.items()}
    rest = _rest(whole(connection, process, measure, since=since), found.values())
    if rest.rows or rest.sums:
        found[""] = rest
    return dict(sorted(found.items()))


def _apart_within(  # noqa: PLR0913 - what, by what, and of which part
    connection: Connection,
    process: str,
    measure: Measurement,
    dimension: str,
    within: Within,
    *,
    since: int | None,
) -> _Apart:
    """Return the same of one part, from what is kept of all its parts together."""
    rows, sums = _told(connection, process, [BY + measure.measure], since)
    prefix, part = f"{dimension}=", "=".join(within)
    found: dict[str, tuple[list[Row], list[Sum]]] = defaultdict(lambda: ([], []))
    for of, one in _each(rows, sums):
        if part in of[1:]:
            values = [told.removeprefix(prefix) for told in of[1:] if told.startswith(prefix)]
            _put(found[values[0] if values else ""], one)
    return {value: _series(*those, _kind(measure)) for value, those in sorted(found.items())}


def _rest(every: Series, parts: Iterable[Series]) -> Series:
    """Return what of *every* is in none of *parts*."""
    counts: Counter[tuple[int, str, int]] = Counter()
    quantities: Counter[tuple[int, str, int]] = Counter()
    numbers: Counter[tuple[int, str, str]] = Counter()
    amounts: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    for sign, one in ((1, every), *((-1, part) for part in parts)):
        for row in one.rows:
            counts[row[:3]] += sign * row.n
            quantities[row[:3]] += sign * row.quantity
        for told in one.sums:
            key = (told.day, told.kind, told.money.currency)
            numbers[key] += sign * told.n
            amounts[key] = (add if sign > 0 else subtract)(amounts[key], told.money.amount)
    return replace(
        every,
        rows=tuple(Row(*key, n, quantities[key]) for key, n in counts.items() if n),
        sums=tuple(
            Sum(day, kind, Money(amount=amounts[day, kind, currency], currency=currency), n)
            for (day, kind, currency), n in numbers.items()
            if n
        ),
    )


def course(
    connection: Connection, process: str, names: Mapping[str, str], *, since: int | None
) -> tuple[Row, ...]:
    """Return what is kept by day of the measures *names*, each as the kind beside its name."""
    found: list[Row] = []
    for kind in dict.fromkeys(names.values()):
        those = [name for name, one in names.items() if one == kind]
        wanted = {"process": process, "names": those, "since": since or 0}
        rows = connection.execute(_COURSE, wanted).all()
        found += [Row(day, kind, place, int(n), int(took)) for day, place, n, took in rows]
    return tuple(found)


def activities_heard(connection: Connection, process: str) -> frozenset[str]:
    """Return the activities that any case of *process* has."""
    return frozenset(of[1] for of in figure_stores.kinds(connection, process, STEP))


def is_heard_of(connection: Connection, type_: str) -> bool:
    """Whether anything was ever said of an entity of *type_*."""
    found = connection.execute(select(entity.c.key).where(entity.c.type == type_).limit(1))
    return found.first() is not None


def _told(
    connection: Connection, process: str, names: list[str], since: int | None
) -> tuple[str, str]:
    """Return rows and sums of the measures *names* as two texts."""
    wanted = {"process": process, "names": names, "since": since or 0}
    rows = connection.execute(_ROWS, wanted).scalar_one()
    return rows, connection.execute(_SUMS, wanted).scalar_one()


def _each(rows: str, sums: str) -> Iterator[tuple[tuple[str, ...], Row | Sum]]:
    """Yield rows and sums with what they are of: its first part is their kind."""
    for _, text, day, bucket, n, quantity in _rows_of(rows):
        of = _of(text)
        yield of, Row(day, of[0] if of else "", bucket, n, quantity)
    for _, text, day, currency, n, total in _sums_of(sums):
        of, money = _of(text), Money(amount=Decimal(total), currency=currency)
        yield of, Sum(day, of[0] if of else "", money, n)


@lru_cache(maxsize=_KEPT)
def _whole(rows: str, sums: str, kind: _Kind) -> Series:
    """What is told in the same words is the same: of these it is worked out once."""
    found: tuple[list[Row], list[Sum]] = ([], [])
    at_large = OPEN if kind.standing else HAPPENED
    for of, one in _each(rows, sums):
        _put(found, one if of else one._replace(kind=at_large))
    return _series(*found, kind)


@lru_cache(maxsize=_KEPT)
def _by_name(rows: str, sums: str, kind: _Kind) -> _Apart:
    """Return each measure by its name; of the same words it is worked out once."""
    found: dict[str, tuple[list[Row], list[Sum]]] = defaultdict(lambda: ([], []))
    for name, text, day, bucket, n, quantity in _rows_of(rows):
        found[name][0].append(Row(day, _of(text)[0], bucket, n, quantity))
    for name, text, day, currency, n, total in _sums_of(sums):
        money = Money(amount=Decimal(total), currency=currency)
        found[name][1].append(Sum(day, _of(text)[0], money, n))
    return {name: _series(*those, kind) for name, those in found.items()}


def _put(found: tuple[list[Row], list[Sum]], one: Row | Sum) -> None:
    if isinstance(one, Row):
        found[0].append(one)
    else:
        found[1].append(one)


def _kind(measure: Measurement) -> _Kind:
    return _Kind(standing=measure.standing, timed=measure.since is not None)


def _series(rows: Sequence[Row], sums: Sequence[Sum], kind: _Kind) -> Series:
    return Series(**kind._asdict(), rows=tuple(rows), sums=tuple(sums))
