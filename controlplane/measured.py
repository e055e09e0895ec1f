"""What a KPI reads, measure by measure: of its process, of another one, of exceptions or clocks."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import Connection

from controlplane import registered
from controlplane.engagement import measures
from controlplane.kept import Reader
from governance.document import stores as documents
from governance.exception import course_stores
from observability.kpi import clock_stores, door_stores, stores
from observability.kpi.case_stores import KpiCase, KpiCases, cases_behind
from observability.kpi.document import Counted, Elsewhere, Kpi
from observability.kpi.series import Series
from observability.model.model import Measurement, ProcessModel
from observability.page import read_cursor, write_cursor
from observability.rollup.contribution import DAY_MICROS
from observability.rollup.modelled import CAME, HAPPENED, OPEN, WENT
from rules.instant import from_micros, render_instant

SOURCE = door_stores.SOURCE
_COURSES = {
    "opened": {measures.CAME: HAPPENED},
    "resolved": {measures.RESOLVED: HAPPENED},
    "open": {measures.CAME: CAME, measures.OPEN: OPEN, measures.WENT: WENT},
}
"""What of exceptions is read, and as what, by what is told of them."""
Within = tuple[str, str]
"""A dimension, and the value of it that is meant."""
ModelOf = Callable[[str], ProcessModel | None]


class Reach(NamedTuple):
    """From which day on (None: the first), up to which instant (microseconds), and within what."""

    since: int | None
    at: int
    within: Within | None = None

    @property
    def days(self) -> tuple[int | None, Within | None]:
        """What of it matters to what is kept by day."""
        return self.since, self.within


class Measured(NamedTuple):
    """One measure of a KPI: of the model of `process`, or `beside` it; or nobody has it."""

    process: str
    model: ProcessModel | None
    measure: Measurement | None
    beside: Elsewhere | None

    @property
    def standing(self) -> bool:
        if self.beside is not None:
            return self.beside.told == "open"
        return self.measure is not None and self.measure.standing


def model_of(connection: Connection, process: str) -> ProcessModel | None:
    active = documents.get_active(connection, "process", process)
    return registered.model_of(active.body) if active else None


def measured(
    connection: Connection, kpi: Kpi, models: ModelOf | None = None
) -> dict[str, Measured]:
    """Return the measures that *kpi* reads, by name."""
    found_model = models or partial(model_of, connection)
    found = {}
    for name in kpi.measures:
        place = kpi.elsewhere.get(name)
        process = kpi.process_of(name)
        model = found_model(process)
        beside = place if place is not None and not place.measured else None
        measure = model.by_measure.get(name) if model and not beside else None
        found[name] = Measured(process, model, measure, beside)
    return found


def whole(connection: Connection, one: Measured, reach: Reach) -> Series | None:
    """Return the measure day by day; None where it is not told of the part that is meant."""
    if one.beside is not None and one.beside.counted:
        return _counted(connection, one.beside.counted, reach)
    if one.beside is not None and one.beside.slas:
        if not _has(one, reach.within):
            return None
        within = "=".join(reach.within) if reach.within else None
        return clock_stores.ended(connection, one.process, _promises(one.beside, reach), within)
    if one.beside is not None:
        return None if reach.within else _course(connection, one.process, one.beside, reach)
    if one.measure is None or not _is_told(one, reach):
        return None
    told = stores.wholes(
        connection, one.process, [one.measure], since=reach.since, within=reach.within
    )
    return told[one.measure.measure]


def _is_told(one: Measured, reach: Reach) -> bool:
    """Whether a measure of a process is told of the part that is meant."""
    return one.measure is not None and one.model is not None and _has(one, reach.within)


def _has(one: Measured, within: Within | None) -> bool:
    """Whether the cases of the process are told apart by what is meant."""
    return within is None or (one.model is not None and within[0] in one.model.dimensions)


class Shelf:
    """What was read of measures while a board is told, or before: KPIs have many in common."""

    def __init__(self, connection: Connection, kept: Reader | None = None) -> None:
        self._connection = connection
        self._kept = kept or Reader()
        self._own = Reader()
        self._expected: defaultdict[tuple[str, Reach], dict[str, Measurement]] = defaultdict(dict)
        self.once = self._own.once
        self.model = cache(partial(model_of, connection))

    def heard(self, process: str) -> frozenset[str]:
        """Return the activities that any case of *process* has."""
        read = partial(stores.activities_heard, self._connection, process)
        return self._kept.once(("heard", process), read)

    def is_heard_of(self, entity: str) -> bool:
        """Whether anything was ever said of such an entity."""
        read = partial(stores.is_heard_of, self._connection, entity)
        return self._kept.once(("is heard of", entity), read)

    def expect(self, those: Iterable[Measured], reach: Reach) -> None:
        """Let what is measured of a process be read together, when the first of it is asked for."""
        for one in those:
            if one.measure is not None and _is_told(one, reach):
                self._expected[one.process, reach][one.measure.measure] = one.measure

    def whole(self, name: str, one: Measured, reach: Reach) -> Series | None:
        read = partial(whole, self._connection, one, reach)
        if one.beside is not None:
            if one.beside.exceptions:
                return self._kept.once((one.process, one.beside, *reach.days), read)
            return self._own.once((one.process, one.beside, reach), read)
        key = (one.process, name, *reach.days)
        if not self._kept.has(key):
            self._read(one.process, reach)
        return self._kept.once(key, read)

    def _read(self, process: str, reach: Reach) -> None:
        wanted = self._expected.pop((process, reach), {})
        told = stores.wholes(
            self._connection, process, wanted.values(), since=reach.since, within=reach.within
        )
        for name, series in told.items():
            self._kept.keep((process, name, *reach.days), series)

    def apart(self, one: Measured, dimension: str, reach: Reach) -> dict[str, Series] | None:
        """Return the measure by the values of *dimension*; None where it is not told by it."""
        read = partial(apart, self._connection, one, dimension, reach)
        if one.measure is None:
            return read()
        name = (one.process, one.measure.measure, dimension, *reach.days)
        return self._kept.once(name, read)


def apart(
    connection: Connection, one: Measured, dimension: str, reach: Reach
) -> dict[str, Series] | None:
    if one.beside is not None and one.beside.counted and dimension == SOURCE:
        return door_stores.by_source(
            connection, one.beside.counted, since=reach.since or 0, until=reach.at // DAY_MICROS
        )
    if one.model is None or dimension not in one.model.dimensions:
        return None
    if one.beside is not None and one.beside.slas and reach.within is None:
        promises = _promises(one.beside, reach)
        return clock_stores.apart(connection, one.process, promises, dimension)
    if one.measure is None:
        return None
    return stores.told_apart(
        connection, one.process, one.measure, dimension, since=reach.since, within=reach.within
    )


def cases(  # noqa: PLR0913 - which, when, and a page of them
    connection: Connection,
    one: Measured,
    *,
    since: int,
    until: int,
    limit: int,
    cursor: str | None,
    within: Within | None = None,
) -> KpiCases:
    """
    Return the cases behind the measure at instants from *since* to *until* (microseconds);
    none where it is not told of the part that is meant.
    """
    page = {"since": since, "until": until, "limit": limit}
    if one.measure is not None:
        return cases_behind(
            connection, one.process, one.measure, **page, cursor=cursor, within=within
        )
    beside = one.beside
    if beside is None or beside.counted or beside.told == clock_stores.MET:
        return KpiCases(items=())
    if beside.slas:
        return clock_stores.broken(
            connection, one.process, beside.slas, **page, cursor=cursor, within=within
        )
    if within is not None:
        return KpiCases(items=())
    behind = read_cursor(cursor) if cursor else None
    page["limit"] = limit + 1
    rows = course_stores.listed(
        connection, one.process, beside.exceptions, beside.told or "", **page, behind=behind
    )
    return KpiCases(
        items=tuple(
            KpiCase(
                id=exception.instance,
                case=exception.case_key,
                title=exception.title,
                stage=exception.stage,
                at=render_instant(from_micros(at)),
                n=1,
                quantity=None,
                days=None,
                amounts=[],
            )
            for at, exception in rows[:limit]
        ),
        next_cursor=(
            write_cursor(rows[limit - 1][0], rows[limit - 1][1].id) if len(rows) > limit else None
        ),
    )


def _counted(connection: Connection, counted: Counted, reach: Reach) -> Series | None:
    dimension, source = reach.within or (SOURCE, None)
    if dimension != SOURCE:
        return None
    since, until = reach.since or 0, reach.at // DAY_MICROS
    return door_stores.whole(connection, counted, since=since, until=until, source=source)


def _promises(place: Elsewhere, reach: Reach) -> clock_stores.Promises:
    return clock_stores.Promises(place.slas, place.told or "", reach.since, reach.at)


def _course(connection: Connection, process: str, place: Elsewhere, reach: Reach) -> Series:
    names = {
        course + type_: kind
        for course, kind in _COURSES[place.told or ""].items()
        for type_ in ((measures.ALL,) if measures.ALL in place.exceptions else place.exceptions)
    }
    rows = stores.course(connection, process, names, since=reach.since)
    return Series(standing=place.told == "open", timed=place.told == "resolved", rows=rows)
