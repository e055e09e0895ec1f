"""
The cases of a segment, as mining looks at them.

An instance's id is a fingerprint, so the first ids are a fair sample, and always the same one.
"""

from collections.abc import Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from observability.flow.stores import event_order
from observability.mining.segment import Segment
from observability.mining.step import Doer, Step
from observability.model.model import ProcessModel
from observability.tables import case_event, instance
from rules.instant import to_micros


def count_cases(connection: Connection, process: str, segment: Segment) -> int:
    """Return how many cases of *process* are in *segment*."""
    found = _cases(connection, process, segment).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def read_steps(
    connection: Connection,
    process: str,
    segment: Segment,
    *,
    model: ProcessModel | None,
    most: int,
) -> Iterator[list[Step]]:
    """Yield the steps of each of *most* cases of *segment*, in the order of the cases' ids."""
    cases = _cases(connection, process, segment).order_by(instance.c.id).limit(most).subquery()
    c = case_event.c
    rows = connection.execution_options(yield_per=10_000).execute(
        select(c.instance, c.activity, c.occurred_at, c.source, c.performer, c.duration_us)
        .join(cases, c.instance == cases.c.id)
        .order_by(c.instance, *event_order(connection))
    )
    by = Doer(model).by
    for _, those in groupby(chain.from_iterable(rows.partitions()), key=itemgetter(0)):
        yield [
            Step(activity, at, *by(activity, performer, source), worked)
            for _, activity, at, source, performer, worked in those
        ]


def _cases(connection: Connection, process: str, segment: Segment) -> Select[Any]:
    wanted = select(instance.c.id).where(instance.c.process == process)
    if segment.since is not None:
        wanted = wanted.where(instance.c.started_at >= to_micros(segment.since))
    if segment.until is not None:
        wanted = wanted.where(instance.c.started_at < to_micros(segment.until))
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
