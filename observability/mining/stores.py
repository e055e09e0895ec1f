"""
The cases of a segment, as mining looks at them: what each contributed is read, not its events.

An instance's id is a fingerprint, so the first ids are a fair sample, and always the same one.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from observability.mining.picture import Walked
from observability.mining.segment import EVERYTHING, Segment
from observability.projection.chunk import among, chunked
from observability.rollup import figure_stores
from observability.rollup.measures import LASTED, VARIANT
from observability.rollup.tables import case_rollup
from observability.tables import instance
from rules.instant import to_micros

DENSE = 20
"""A group of at least one case in so many is found sooner among all ids than by sorting its own."""
_AT_ONCE = 100
_decode = msgspec.msgpack.Decoder(Walked).decode
_kept = (
    select(case_rollup.c.kept).where(among(case_rollup.c.instance)).order_by(case_rollup.c.instance)
)


class Bound(NamedTuple):
    """How much is looked at: cases, and no further one once so many steps were seen."""

    cases: int
    steps: int | None


def count_cases(connection: Connection, process: str, segment: Segment) -> int:
    """Return how many cases of *process* are in *segment*."""
    if segment == EVERYTHING:
        return figure_stores.counted(connection, process, LASTED)
    if segment == Segment(variant=segment.variant):
        return figure_stores.counted_of(connection, process, VARIANT, (segment.variant or "",))
    if segment == Segment(until=segment.until):
        later = Segment(since=segment.until)
        return count_cases(connection, process, EVERYTHING) - count_cases(
            connection, process, later
        )
    found = _cases(connection, process, segment).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def read_walks(
    connection: Connection, process: str, segment: Segment, *, cases: int, bound: Bound | None
) -> Iterator[Walked]:
    """
    Yield how each of the *cases* cases of *segment* flowed: all of them, or in the order of their
    ids no more than *bound*.
    """
    if bound is None and segment == EVERYTHING:
        every = select(case_rollup.c.kept).where(case_rollup.c.process == process)
        yield from map(_decode, connection.execute(every).scalars())
        return
    dense = cases * DENSE > count_cases(connection, process, EVERYTHING)
    wanted = _in_order(_cases(connection, process, segment, walked=dense), walked=dense)
    if bound is not None:
        wanted = wanted.limit(bound.cases)
    steps = 0
    for case in _read(connection, connection.execute(wanted).scalars().all()):
        yield case
        steps += len(case.step)
        if bound is not None and bound.steps is not None and steps >= bound.steps:
            return


def _read(connection: Connection, ids: Iterable[str]) -> Iterator[Walked]:
    for piece in chunked(ids, _AT_ONCE):
        yield from map(_decode, connection.execute(_kept, {"keys": piece}).scalars())


def _in_order(wanted: Select[Any], *, walked: bool) -> Select[Any]:
    """By the id as it stands in the index, or as an expression, for which an index is no help."""
    return wanted.order_by(instance.c.id if walked else instance.c.id + "")


def _cases(
    connection: Connection, process: str, segment: Segment, *, walked: bool = False
) -> Select[Any]:
    """What is *walked* is read in the order of ids: an index on the beginning is no help then."""
    began: ColumnElement[int] = instance.c.started_at + 0 if walked else instance.c.started_at
    wanted = select(instance.c.id).where(instance.c.process == process)
    if segment.since is not None:
        wanted = wanted.where(began >= to_micros(segment.since))
    if segment.until is not None:
        wanted = wanted.where(began < to_micros(segment.until))
    if segment.variant is not None:
        wanted = wanted.where(instance.c.variant == segment.variant)
    if segment.attribute is not None:
        wanted = wanted.where(_attribute(connection, segment.attribute) == segment.value)
    return wanted


def _attribute(connection: Connection, name: str) -> ColumnElement[str]:
    """Return the text of a case's attribute; null where it has none."""
    if connection.dialect.name == "postgresql":
        named: ColumnElement[str] = cast(instance.c.attributes, JSONB)[name].astext
        return named
    quoted = name.replace('"', '""')
    return cast(func.json_extract(instance.c.attributes, f'$."{quoted}"'), Text)
