"""Mining: how a group of cases flows, where it waits, who hands on, and how two groups differ."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec.structs import replace

from controlplane.api.problem import invalid
from controlplane.api.processes import require_known
from controlplane.api.query import instant_given, instant_of
from controlplane.api.submission import require_storable
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.identity.role import Role
from observability.mining.bottleneck import Bottleneck, bottlenecks
from observability.mining.comparison import Comparison, compare
from observability.mining.picture import HandOver, Picture, picture
from observability.mining.rolled_stores import RolledPictures
from observability.mining.segment import EVERYTHING, Segment
from observability.mining.stores import Bound, count_cases, read_walks
from observability.rollup.exact_stores import few_walks

_TAGS = ["Processes"]
_LARGEST = 100_000
_QUICK = Bound(cases=6_000, steps=30_000)
_HALF = Bound(cases=3_000, steps=15_000)

Most = Annotated[
    int | None,
    QueryParameter(
        name="cases",
        ge=1,
        le=_LARGEST,
        description="Most cases looked at; by default all of a process with few steps, of "
        "another as many as are read at once.",
    ),
]
Began = Annotated[str | None, QueryParameter(description="Cases that began at this or later.")]
BeganBefore = Annotated[
    str | None, QueryParameter(name="until", description="Cases that began before this instant.")
]


def segment_of(
    *,
    since: Began = None,
    until: BeganBefore = None,
    attribute: FromQuery[str | None] = None,
    value: FromQuery[str | None] = None,
) -> Segment:
    """Return the group of cases that a call asks for."""
    if (attribute is None) != (value is None):
        raise invalid("/value", "Give `attribute` and `value` together.", status=400)
    require_storable([attribute, value])
    return Segment(
        since=instant_given(since, "since"),
        until=instant_given(until, "until"),
        attribute=attribute,
        value=value,
    )


def sides_of(  # noqa: PLR0913 (one argument a query parameter)
    *,
    split: FromQuery[str | None] = None,
    attribute: FromQuery[str | None] = None,
    left: FromQuery[str | None] = None,
    right: FromQuery[str | None] = None,
    since: Began = None,
    until: BeganBefore = None,
) -> tuple[Segment, Segment]:
    """Return the two groups that are compared; 400 unless exactly one way to tell them is given."""
    whole = segment_of(since=since, until=until)
    by_value = (attribute, left, right)
    require_storable(by_value)
    if split is not None and by_value == (None, None, None):
        at = instant_of(split, "split")
        return replace(whole, until=at), replace(whole, since=at)
    if split is None and None not in by_value:
        return (
            replace(whole, attribute=attribute, value=left),
            replace(whole, attribute=attribute, value=right),
        )
    raise invalid(
        "/split", "Give `split`, an instant; or `attribute`, `left` and `right`.", status=400
    )


OfSegment = NamedDependency[Segment]
_SEGMENT = {"segment": Provide(segment_of, sync_to_thread=False)}
_SIDES = {"sides": Provide(sides_of, sync_to_thread=False)}


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """Of `cases` in the group, `looked_at` were looked at: a fair sample where it is fewer."""

    cases: int
    looked_at: int


class Pictured(Looked, frozen=True, kw_only=True):
    picture: Picture


class Waiting(Looked, frozen=True, kw_only=True):
    """`timed` passages of `passages` say how long the later step took; the rest is all waiting."""

    passages: int
    timed: int
    items: tuple[Bottleneck, ...]


class HandedOver(Looked, frozen=True, kw_only=True):
    items: tuple[HandOver, ...]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    left: Looked
    right: Looked
    comparison: Comparison


@get(
    "/v1/processes/{process:str}/picture",
    operation_id="get_picture",
    tags=_TAGS,
    dependencies=_SEGMENT,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_picture(
    runtime: Wired,
    process: FromPath[str],
    segment: OfSegment,
    *,
    variant: FromQuery[str | None] = None,
    most: Most = None,
) -> Pictured:
    """How a group of cases flows: activities, ways, rework, hand-overs and durations."""
    with reading(runtime.databases.state) as connection:
        return _pictured(
            RolledPictures(connection, process), replace(segment, variant=variant), most, _QUICK
        )


@get(
    "/v1/processes/{process:str}/bottlenecks",
    operation_id="get_bottlenecks",
    tags=_TAGS,
    dependencies=_SEGMENT,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_bottlenecks(
    runtime: Wired,
    process: FromPath[str],
    segment: OfSegment,
    *,
    most: Most = None,
) -> Waiting:
    """Where the cases of a group wait longest, all of them together."""
    with reading(runtime.databases.state) as connection:
        seen = _pictured(RolledPictures(connection, process), segment, most, _QUICK)
    items = bottlenecks(seen.picture)
    return Waiting(
        cases=seen.cases,
        looked_at=seen.looked_at,
        passages=sum(one.passages for one in items),
        timed=sum(one.timed for one in items),
        items=items,
    )


@get(
    "/v1/processes/{process:str}/handovers",
    operation_id="get_handovers",
    tags=_TAGS,
    dependencies=_SEGMENT,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_handovers(
    runtime: Wired,
    process: FromPath[str],
    segment: OfSegment,
    *,
    most: Most = None,
) -> HandedOver:
    """Which team hands work to which, and which system to which."""
    with reading(runtime.databases.state) as connection:
        seen = _pictured(RolledPictures(connection, process), segment, most, _QUICK)
    return HandedOver(cases=seen.cases, looked_at=seen.looked_at, items=seen.picture.handovers)


@get(
    "/v1/processes/{process:str}/comparison",
    operation_id="get_comparison",
    tags=_TAGS,
    dependencies=_SIDES,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_comparison(
    runtime: Wired,
    process: FromPath[str],
    sides: NamedDependency[tuple[Segment, Segment]],
    *,
    most: Most = None,
) -> Compared:
    """How cases that began before `split` differ from later ones, or two values of `attribute`."""
    with reading(runtime.databases.state) as connection:
        rolled = RolledPictures(connection, process)
        before, after = (_pictured(rolled, one, most, _HALF) for one in sides)
    return Compared(
        left=Looked(cases=before.cases, looked_at=before.looked_at),
        right=Looked(cases=after.cases, looked_at=after.looked_at),
        comparison=compare(before.picture, after.picture),
    )


def _pictured(rolled: RolledPictures, segment: Segment, most: int | None, quick: Bound) -> Pictured:
    connection, process = rolled.connection, rolled.process
    require_known(connection, process)
    few = few_walks(connection, process)
    told = None if few else _told(rolled, segment, most)
    if told is not None:
        return Pictured(cases=told.cases, looked_at=told.cases, picture=told)
    cases = count_cases(connection, process, segment)
    bound = _bound(most, None if few else quick)
    seen = picture(read_walks(connection, process, segment, cases=cases, bound=bound))
    return Pictured(cases=cases, looked_at=seen.cases, picture=seen)


def _told(rolled: RolledPictures, segment: Segment, most: int | None) -> Picture | None:
    """Return what is told without looking at any case; None unless it can be, or some are to be."""
    if segment == EVERYTHING:
        return rolled.whole()
    return rolled.of_days(segment) if most is None else None


def _bound(most: int | None, quick: Bound | None) -> Bound | None:
    """What is asked for is looked at, however many steps that takes."""
    return quick if most is None else Bound(cases=most, steps=None)


HANDLERS = [get_picture, get_bottlenecks, get_handovers, get_comparison]
