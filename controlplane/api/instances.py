"""One case: what is known of it, what happened in it, what was decided, and its technical trace."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
from sqlalchemy import Connection

from controlplane.api import timeline
from controlplane.api.case import Case, exceptions_of, model_of_case, read_case, read_clocks
from controlplane.api.decided import DecisionItem, decision_item
from controlplane.api.problem import not_found
from controlplane.api.query import AsOf, Cursor, Items, instant_of
from controlplane.api.timeline import Happening
from controlplane.api.wiring import Wired
from controlplane.correcting import stores as corrected
from controlplane.database import reading
from controlplane.identity.role import Role
from governance.decision import stores as decided
from governance.exception import stores as exceptions
from observability.instance.stores import InstanceDetail, get_instance
from observability.instance.timeline_stores import TimelineEvent, case_events
from observability.page import LARGEST, read_offset, write_cursor

_TAGS = ["Processes"]
LONGEST = 1_000
CORRECTIONS = 100  # the last, of one case
_TimelineLimit = Annotated[int, QueryParameter(ge=1, le=LONGEST, description="Most lines.")]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the case that was traced; `trace_id` leads into the tracing tool."""

    at: datetime
    activity: str
    type: str
    source: str
    service: str | None
    trace_id: str
    span_id: str | None
    parent_span_id: str | None
    duration_us: int | None


@get(
    "/v1/instances/{instance:str}",
    operation_id="get_instance",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_case(runtime: Wired, instance: FromPath[str], *, as_of: AsOf = None) -> Case:
    """State, stage, money, clocks, departures, objects and exceptions of one case."""
    at = instant_of(as_of)
    with reading(runtime.databases.state) as connection:
        return read_case(connection, find_case(connection, instance, at), at=at)


@get(
    "/v1/instances/{instance:str}/timeline",
    operation_id="get_timeline",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_timeline(
    runtime: Wired,
    instance: FromPath[str],
    *,
    as_of: AsOf = None,
    limit: _TimelineLimit = LONGEST,
    cursor: Cursor = None,
) -> Items[Happening]:
    """Events, clocks, decisions, exceptions and corrections in order."""
    at = instant_of(as_of)
    with (
        reading(runtime.databases.state) as connection,
        reading(runtime.databases.log) as log,
    ):
        detail = find_case(connection, instance, at)
        broken = exceptions_of(connection, instance)
        found = timeline.in_order(
            timeline.events(
                case_events(connection, log, instance), model_of_case(connection, detail)
            ),
            timeline.clocks(read_clocks(connection, detail, at=at), at=at),
            timeline.decisions(reversed(decided.of_instance(connection, instance))),
            timeline.exceptions((one, exceptions.history(connection, one.id)) for one in broken),
            timeline.corrections(corrected.of_instance(connection, instance, limit=CORRECTIONS)),
        )
    begin = 0 if cursor is None else read_offset(cursor)
    end = begin + limit
    return Items(
        items=found[begin:end],
        next_cursor=write_cursor(end, instance) if end < len(found) else None,
    )


@get(
    "/v1/instances/{instance:str}/decisions",
    operation_id="list_instance_decisions",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_decisions(
    runtime: Wired, instance: FromPath[str], *, latest: FromQuery[bool] = True
) -> Items[DecisionItem]:
    """Why and why not: the last decision of each rule set, or with `latest=false` all of them."""
    with reading(runtime.databases.state) as connection:
        find_case(connection, instance, instant_of(None))
        found = (
            decided.latest_of_instance(connection, instance)
            if latest
            else decided.of_instance(connection, instance, limit=LARGEST)
        )
    return Items(items=[decision_item(one) for one in found])


@get(
    "/v1/instances/{instance:str}/trace",
    operation_id="get_trace",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_trace(runtime: Wired, instance: FromPath[str]) -> Items[Span]:
    """The events of the case that were traced, in order."""
    with (
        reading(runtime.databases.state) as connection,
        reading(runtime.databases.log) as log,
    ):
        find_case(connection, instance, instant_of(None))
        found = case_events(connection, log, instance)
    return Items(items=[span for one in found if (span := _span(one)) is not None])


def find_case(connection: Connection, instance: str, at: datetime) -> InstanceDetail:
    """Return the case of that id; raise 404 when there is none."""
    found = get_instance(connection, instance, at=at)
    if found is None:
        raise not_found("case", instance)
    return found


def _span(one: TimelineEvent) -> Span | None:
    if one.trace_id is None:
        return None
    return Span(
        at=one.occurred_at,
        activity=one.activity,
        type=one.type,
        source=one.source,
        service=one.service,
        trace_id=one.trace_id,
        span_id=one.span_id,
        parent_span_id=one.parent_span_id,
        duration_us=one.duration_us,
    )


HANDLERS = [get_case, get_timeline, get_decisions, get_trace]
