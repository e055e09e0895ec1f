"""Process instances as they are looked up: listed by filters, a page at a time, or one by id."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, func, or_, select

from observability.clock.reading import SlaSummary, summary
from observability.clock.stores import MET, having_clock, readings
from observability.instance.departure import Departure
from observability.instance.standing import Standing
from observability.page import LIMIT, Page, TotalIs, read_cursor, within, write_cursor
from observability.projection.chunk import chunked
from observability.rollup import figure_stores
from observability.rollup.measures import LASTED, LISTED
from observability.tables import case_key, clock, instance
from rules.instant import from_micros, optional_instant, to_micros
from rules.money import Money, optional_money

LOOKED = 15_000
"""Of more cases, a word is looked for in so many at a time."""
COUNTED = 10_000
"""Of what is asked for by several filters at once, no more is counted."""
Place = tuple[int, str]
"""(start, id) of a case in a list."""
_BEFORE_ALL: Place = (to_micros(datetime.max.replace(tzinfo=UTC)), "")
_KEPT = frozenset({"state", "stage", "owner", "waits_for"})
_T = TypeVar("_T")


class InstanceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which instances of a process are meant; what is None does not matter.

    `case` is any of the keys by which the case is known. `sla` is a clock's state (met, late,
    absent, running, paused, cancelled), or breached, at_risk, on_track; or an objective's name,
    alone or as `name:state`. `waits_for` is an activity. `q` is looked for in key and title,
    whatever the case of letters; a case that is known by that very key is meant too.
    """

    case: str | None = None
    state: str | None = None
    stage: str | None = None
    sla: str | None = None
    owner: str | None = None
    waits_for: str | None = None
    q: str | None = None


class InstanceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """
    `case` is the key shown for the case; `departures` counts them; `waits_for` is the activity
    that it has waited for longest.
    """

    id: str
    process: str
    case: str
    title: str
    state: str
    stage: str | None
    owner: str | None
    started_at: datetime
    last_at: datetime
    ended_at: datetime | None
    events: int
    rework: int
    amount: Money | None
    departures: int
    waits_for: str | None
    waiting_since: datetime | None
    sla: SlaSummary


class Listed(Page[_T], Generic[_T], frozen=True, kw_only=True):
    """
    There are `total` of the list, or `at_least` so many. What is looked for in very many cases
    is looked for in some on each page: in those that started at `looked_since` or later.
    """

    total_is: TotalIs = "exact"
    looked_since: datetime | None = None


class InstanceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One case whole; `keys` are all the names that it is known by, `model` the version's."""

    id: str
    process: str
    case: str
    keys: tuple[str, ...]
    title: str
    model: str
    state: str
    stage: str | None
    owner: str | None
    started_at: datetime
    last_at: datetime
    ended_at: datetime | None
    events: int
    rework: int
    variant: str
    amount: Money | None
    money: dict[str, list[Money]]
    attributes: dict[str, Any]
    departures: tuple[Departure, ...]
    standing: Standing
    sla: SlaSummary


_decode_departures = msgspec.json.Decoder(tuple[Departure, ...]).decode
_decode_standing = msgspec.json.Decoder(Standing).decode
_decode_money = msgspec.json.Decoder(dict[str, list[Money]]).decode


def list_instances(  # noqa: PLR0913 (a page of a filtered list, at a time)
    connection: Connection,
    process: str,
    wanted: InstanceFilter,
    *,
    at: datetime,
    limit: int = LIMIT,
    cursor: str | None = None,
) -> Listed[InstanceSummary]:
    """
    Return the instances of *process* that *wanted* means, the last started first.

    *at* is when clocks are read. Raises `CursorError`.
    """
    size = within(limit)
    after = read_cursor(cursor) if cursor is not None else None
    if wanted.q and figure_stores.counted(connection, process, LASTED) > LOOKED:
        return _looked_through(connection, process, wanted, at=at, size=size, after=after)
    total, total_is = _total(connection, process, wanted, at)
    dense = _is_dense(connection, process, total)
    matching = _matching(connection, process, wanted, at, walked=dense)
    rows = connection.execute(_latest(matching, after).limit(size + 1)).all()
    last = rows[size - 1] if len(rows) > size else None
    return Listed(
        total=total,
        total_is=total_is,
        items=_summaries(connection, rows[:size], at),
        next_cursor=write_cursor(last.started_at, last.id) if last else None,
    )


def _looked_through(  # noqa: PLR0913 (a page of a filtered list, at a time)
    connection: Connection,
    process: str,
    wanted: InstanceFilter,
    *,
    at: datetime,
    size: int,
    after: Place | None,
) -> Listed[InstanceSummary]:
    """Return what matches of the next `LOOKED` cases; before all, the case of that very key."""
    c = instance.c
    matching = _matching(connection, process, wanted, at, walked=True)
    named = _named(process, wanted.q or "")
    keyed = connection.execute(matching.where(c.id.in_(named))).all()
    passed = select(c.started_at, c.id).where(c.process == process)
    end = connection.execute(_latest(passed, after).offset(LOOKED - 1).limit(1)).one_or_none()
    found = _latest(matching.where(c.id.not_in(named)), after)
    if end is not None:
        found = found.where(
            or_(c.started_at > end[0], and_(c.started_at == end[0], c.id >= end[1]))
        )
    first = [] if after is not None else list(keyed)
    room = size - len(first)
    rows = connection.execute(found.limit(room + 1)).all()
    place: Place | None = None if end is None else (end[0], end[1])
    if len(rows) > room:
        place = (rows[room - 1].started_at, rows[room - 1].id) if room else after or _BEFORE_ALL
    return Listed(
        total=len(keyed) + len(rows),
        total_is="at_least",
        items=_summaries(connection, [*first, *rows[:room]], at),
        next_cursor=write_cursor(*place) if place else None,
        looked_since=from_micros(place[0]) if place else None,
    )


def _latest(found: Select[Any], after: Place | None) -> Select[Any]:
    """The last started first, from behind the place *after*."""
    c = instance.c
    if after is not None:
        started, name = after
        behind = or_(c.started_at < started, and_(c.started_at == started, c.id < name))
        found = found.where(c.started_at <= started, behind)
    return found.order_by(c.started_at.desc(), c.id.desc())


def _named(process: str, key: str) -> Select[tuple[str]]:
    c = case_key.c
    return select(c.instance).where(c.process == process, c.key == key)


def any_instance(connection: Connection, process: str) -> bool:
    """Whether work of *process* was seen, with or without a model of it."""
    found = select(instance.c.id).where(instance.c.process == process).limit(1)
    return connection.execute(found).first() is not None


def processes_seen(connection: Connection) -> set[str]:
    """Return the processes of which work was seen: a look into the index for each."""
    found: set[str] = set()
    after = ""
    next_one = select(func.min(instance.c.process))
    while after := connection.scalar(next_one.where(instance.c.process > after)) or "":
        found.add(after)
    return found


class CaseName(msgspec.Struct, frozen=True):
    case: str
    title: str


def case_names(connection: Connection, instances: Iterable[str]) -> dict[str, CaseName]:
    """Return the key and the title by which each of *instances* is shown."""
    found: dict[str, CaseName] = {}
    c = instance.c
    for piece in chunked(sorted(set(instances))):
        rows = connection.execute(select(c.id, c.case_key, c.title).where(c.id.in_(piece)))
        found.update({row.id: CaseName(row.case_key, row.title) for row in rows})
    return found


def get_instance(connection: Connection, id_: str, *, at: datetime) -> InstanceDetail | None:
    """Return the instance of that id, its clocks read *at*; None when there is none."""
    row = connection.execute(select(instance).where(instance.c.id == id_)).one_or_none()
    if row is None:
        return None
    keys = connection.execute(select(case_key.c.key).where(case_key.c.instance == id_)).scalars()
    return InstanceDetail(
        id=row.id,
        process=row.process,
        case=row.case_key,
        keys=tuple(sorted(keys)),
        title=row.title,
        model=row.model,
        state=row.state,
        stage=row.stage,
        owner=row.owner,
        started_at=from_micros(row.started_at),
        last_at=from_micros(row.last_at),
        ended_at=optional_instant(row.ended_at),
        events=row.events,
        rework=row.rework,
        variant=row.variant,
        amount=optional_money(row.amount, row.currency),
        money=_decode_money(row.money),
        attributes=msgspec.json.decode(row.attributes),
        departures=_decode_departures(row.departures),
        standing=_decode_standing(row.standing),
        sla=summary(readings(connection, [id_], at=at).get(id_, ())),
    )


def _total(
    connection: Connection, process: str, wanted: InstanceFilter, at: datetime
) -> tuple[int, TotalIs]:
    """
    Return how many are meant: of one thing asked for, what is kept of it says so; of several,
    no more than `COUNTED` are counted.
    """
    asked = {name: value for name, value in asdict(wanted).items() if value is not None}
    if not wanted.q:
        asked.pop("q", None)
    if not asked:
        return figure_stores.counted(connection, process, LASTED), "exact"
    ((name, value), *more) = asked.items()
    if not more and (name in _KEPT or (name, value) == ("sla", MET)):
        return figure_stores.counted_of(connection, process, LISTED, (name, value)), "exact"
    if not more and name == "sla":
        those = having_clock(connection, process, value, at).distinct().subquery()
        return connection.execute(select(func.count()).select_from(those)).scalar_one(), "exact"
    found = _matching(connection, process, wanted, at).with_only_columns(instance.c.id)
    several = select(func.count()).select_from(found.limit(COUNTED + 1).subquery())
    total = connection.execute(several).scalar_one()
    return min(total, COUNTED), "exact" if total <= COUNTED else "at_least"


def _is_dense(connection: Connection, process: str, total: int) -> bool:
    """Whether walking through the last cases finds a page sooner than looking up each one."""
    return total * total > LIMIT * figure_stores.counted(connection, process, LASTED)


def _matching(
    connection: Connection,
    process: str,
    wanted: InstanceFilter,
    at: datetime,
    *,
    walked: bool = False,
) -> Select[Any]:
    found = select(instance)
    if wanted.case is not None:
        found = found.where(instance.c.id.in_(_named(process, wanted.case)))
    if wanted.sla is not None:
        those = having_clock(connection, process, wanted.sla, at)
        found = found.where(
            those.where(clock.c.instance == instance.c.id).exists()
            if walked
            else instance.c.id.in_(those)
        )
    if walked or (wanted.case is None and wanted.sla is None):  # else it would be walked through
        found = found.where(instance.c.process == process)
    for column, value in (
        (instance.c.state, wanted.state),
        (instance.c.stage, wanted.stage),
        (instance.c.owner, wanted.owner),
        (instance.c.waits_for, wanted.waits_for),
    ):
        if value is not None:
            found = found.where(column == value)
    if wanted.q:
        found = found.where(
            or_(
                instance.c.id.in_(_named(process, wanted.q)),
                *(
                    _lower(connection, wanted.q)(column).contains(wanted.q.lower(), autoescape=True)
                    for column in (instance.c.case_key, instance.c.title)
                ),
            )
        )
    return found


def _lower(connection: Connection, word: str) -> Callable[[Column[str]], ColumnElement[str]]:
    """SQLite's own function knows the letters of ASCII alone, and takes half the time."""
    own = word.isascii() or connection.dialect.name == "postgresql"
    return func.lower if own else func.lowered


def _summaries(
    connection: Connection, rows: Iterable[Row[Any]], at: datetime
) -> tuple[InstanceSummary, ...]:
    those = list(rows)
    clocks = readings(connection, [row.id for row in those], at=at)
    return tuple(
        InstanceSummary(
            id=row.id,
            process=row.process,
            case=row.case_key,
            title=row.title,
            state=row.state,
            stage=row.stage,
            owner=row.owner,
            started_at=from_micros(row.started_at),
            last_at=from_micros(row.last_at),
            ended_at=optional_instant(row.ended_at),
            events=row.events,
            rework=row.rework,
            amount=optional_money(row.amount, row.currency),
            departures=len(_decode_departures(row.departures)),
            waits_for=row.waits_for,
            waiting_since=optional_instant(row.waiting_since),
            sla=summary(clocks.get(row.id, ())),
        )
        for row in those
    )
