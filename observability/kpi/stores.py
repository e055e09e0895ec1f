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
from observability.rollup.listed_stores import listed
from observability.rollup.measures import STEP
from observability.rollup.modelled import BY, HAPPENED, MOVED, NAMED, OPEN, part_of
from observability.rollup.part_measures import PARTS
from observability.rollup.tables import rollup, rollup_amount
from observability.tables import entity
from rules.money import Money, add, subtract

_of = lru_cache(maxsize=50_000)(msgspec.json.Decoder(tuple[str, ...]).decode)
_rows_of = msgspec.json.Decoder(list[tuple[str, int, int, int, int]]).decode
_sums_of = msgspec.json.Decoder(list[tuple[str, int, str, int, str]]).decode
_R, _A = rollup.c, rollup_amount.c
_SINCE: BindParameter[int] = bindparam("since")
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_ROWS = (
    select(_R.measure, listed(_R.of, _R.day, _R.bucket, _R.n, _R.quantity))
    .where(_R.process == bindparam("process"), _R.measure.in_(_NAMES), _R.day >= _SINCE)
    .group_by(_R.measure)
)
_SUMS = (
    select(_A.measure, listed(_A.of, _A.day, _A.currency, _A.n, _A.total))
    .where(_A.process == bindparam("process"), _A.measure.in_(_NAMES), _A.day >= _SINCE)
    .group_by(_A.measure)
)
_COURSE = (
    select(_R.day, _R.bucket, func.sum(_R.n), func.sum(_R.quantity))
    .where(_R.process == bindparam("process"), _R.measure.in_(_NAMES), _R.day >= _SINCE)
    .group_by(_R.day, _R.bucket)
)
_Apart = dict[str, Series]
Within = tuple[str, str]
_Text = tuple[str, str]
"""The rows and the sums of a measure."""
_NOTHING = ("[]", "[]")
_KEPT = 128
"""A board in three windows reads about as many texts; one of a year may take two megabytes."""


class _Kind(NamedTuple):
    """Whether a measure stands until something is said, and whether it is a duration."""

    standing: bool
    timed: bool


def wholes(
    connection: Connection,
    process: str,
    measures: Iterable[Measurement],
    *,
    since: int | None,
    within: Within | None = None,
) -> dict[str, Series]:
    """Return *measures* by their names, over all cases or *within*, from the day *since* on."""
    asked = [(one, _names(one, within)) for one in measures]
    if not asked:
        return {}
    texts = _told(connection, process, [name for _, names in asked for name in names], since)
    return {
        one.measure: _whole(tuple(texts.get(name, _NOTHING) for name in names), _kind(one))
        for one, names in asked
    }


def _names(measure: Measurement, within: Within | None) -> list[str]:
    if within is not None:
        return [part_of(measure.measure, "=".join(within))]
    moved = [MOVED + measure.measure] if measure.standing else []
    return [NAMED + measure.measure, *moved]


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
    values = values_of(connection, process, dimension)
    names = {part_of(measure.measure, f"{dimension}={value}"): value for value in values}
    texts, kind = _told(connection, process, list(names), since), _kind(measure)
    parts = _parts(tuple(sorted(texts.items())), kind)
    found = {names[name]: one for name, one in parts.items()}
    (whole,) = wholes(connection, process, [measure], since=since).values()
    return with_rest(whole, found)


def values_of(connection: Connection, process: str, dimension: str) -> list[str]:
    """Return the values of *dimension* of which anything is kept alone."""
    prefix = f"{dimension}="
    parts = figure_stores.kinds(connection, process, PARTS)
    return [part.removeprefix(prefix) for (part,) in parts if part.startswith(prefix)]


def with_rest(whole: Series, found: Mapping[str, Series]) -> _Apart:
    """Return the parts *found* in order; as "" what of the *whole* is in none of them."""
    rest = _rest(whole, found.values())
    every = {**found, "": rest} if rest.rows or rest.sums else found
    return dict(sorted(every.items()))


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
    name = BY + measure.measure
    rows, sums = _told(connection, process, [name], since).get(name, _NOTHING)
    prefix, part = f"{dimension}=", "=".join(within)
    found: dict[str, tuple[list[Row], list[Sum]]] = defaultdict(lambda: ([], []))
    for of, one in _each(rows, sums):
        if part in of[1:]:
            values = [told.removeprefix(prefix) for told in of[1:] if told.startswith(prefix)]
            _put(found[values[0] if values else ""], one)
    return {value: _series(*those, _kind(measure)) for value, those in sorted(found.items())}


def _rest(every: Series, parts: Iterable[Series]) -> Series:
    """Return what of *every* is in none of *parts*; nothing where they count as much together."""
    parts = list(parts)
    if sum(row.n for row in every.rows) == sum(row.n for one in parts for row in one.rows):
        return every.emptied
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
) -> dict[str, _Text]:
    """Return what is kept of the measures *names*, by their names."""
    wanted = {"process": process, "names": names, "since": since or 0}
    rows, sums = (dict(map(tuple, connection.execute(asked, wanted))) for asked in (_ROWS, _SUMS))
    return {
        name: (rows.get(name, "[]"), sums.get(name, "[]")) for name in rows.keys() | sums.keys()
    }


def _each(rows: str, sums: str) -> Iterator[tuple[tuple[str, ...], Row | Sum]]:
    """Yield rows and sums with what they are of: its first part is their kind."""
    for text, day, bucket, n, quantity in _rows_of(rows):
        of = _of(text)
        yield of, Row(day, of[0] if of else "", bucket, n, quantity)
    for text, day, currency, n, total in _sums_of(sums):
        of, money = _of(text), Money(amount=Decimal(total), currency=currency)
        yield of, Sum(day, of[0] if of else "", money, n)


@lru_cache(maxsize=_KEPT)
def _whole(texts: tuple[_Text, ...], kind: _Kind) -> Series:
    """What is told in the same words is the same: of these it is worked out once."""
    rows, sums = [], []
    at_large = OPEN if kind.standing else HAPPENED
    for told, worth in texts:
        for of, day, bucket, n, quantity in _rows_of(told):
            rows.append(Row(day, _first_of(of, at_large), bucket, n, quantity))
        for of, day, currency, n, total in _sums_of(worth):
            money = Money(amount=Decimal(total), currency=currency)
            sums.append(Sum(day, _first_of(of, at_large), money, n))
    return _series(rows, sums, kind)


@lru_cache(maxsize=_KEPT)
def _parts(texts: tuple[tuple[str, _Text], ...], kind: _Kind) -> _Apart:
    """Return each measure by its name; of the same words it is worked out once."""
    return {name: _whole.__wrapped__((text,), kind) for name, text in texts}


def _first_of(text: str, at_large: str) -> str:
    of = _of(text)
    return of[0] if of else at_large


def _put(found: tuple[list[Row], list[Sum]], one: Row | Sum) -> None:
    if isinstance(one, Row):
        found[0].append(one)
    else:
        found[1].append(one)


def _kind(measure: Measurement) -> _Kind:
    return _Kind(standing=measure.standing, timed=measure.since is not None)


def _series(rows: Sequence[Row], sums: Sequence[Sum], kind: _Kind) -> Series:
    return Series(**kind._asdict(), rows=tuple(rows), sums=tuple(sums))
