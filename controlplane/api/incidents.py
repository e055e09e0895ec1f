"""Incidents: one cause, many exceptions, their money counted once."""

from datetime import datetime

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery

from controlplane.api.problem import not_found
from controlplane.api.query import DEFAULT_LIMIT, AsOf, Cursor, Items, Limit, instant_of
from controlplane.api.wiring import Wired
from controlplane.database import reading
from controlplane.engagement.whole_stores import wholes_of
from controlplane.identity.role import Role
from controlplane.pipeline.loading import load_policy
from governance.exception.at_risk import AtRisk
from governance.exception.incident_stores import StandingIncident, list_incidents
from observability.page import read_offset, write_cursor

_TAGS = ["Incidents"]


class IncidentItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    `labels` are what its members share; `cases` are those it hits, `exceptions` those that stand,
    of which `waiting` are acknowledged by nobody. `money` counts each of their lines once.
    """

    id: str
    cause: str
    title: str
    labels: dict[str, str]
    cases: int
    exceptions: int
    waiting: int
    breached: int
    handled_late: int
    waivers_asked: int
    priority: str
    owners: tuple[str, ...]
    processes: tuple[str, ...]
    opened_at: datetime
    age_seconds: float
    money: AtRisk


@get(
    "/v1/incidents",
    operation_id="list_incidents",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_incidents(  # noqa: PLR0913 (one argument a query parameter)
    runtime: Wired,
    *,
    process: FromQuery[str | None] = None,
    owner: FromQuery[str | None] = None,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Items[IncidentItem]:
    """Incidents that stand, the highest priority and then the most cases first."""
    at, begin = instant_of(as_of), 0 if cursor is None else read_offset(cursor)
    with reading(runtime.databases.state) as connection:
        found = list_incidents(
            connection,
            load_policy(connection),
            at=at,
            cost_of_capital=runtime.settings.cost_of_capital,
            process=process,
            owner=owner,
            wholes=wholes_of,
            once=runtime.kept.at(connection).once,
        )
    end = begin + limit
    return Items(
        items=[_item(one, at) for one in found[begin:end]],
        next_cursor=write_cursor(end, "") if end < len(found) else None,
    )


@get(
    "/v1/incidents/{incident:str}",
    operation_id="get_incident",
    tags=_TAGS,
    sync_to_thread=True,
    role=Role.VIEWER,
)
def get_incident(runtime: Wired, incident: FromPath[str], *, as_of: AsOf = None) -> IncidentItem:
    """One incident; its exceptions are `GET /v1/exceptions?incident=`. 404 once all have ended."""
    at = instant_of(as_of)
    with reading(runtime.databases.state) as connection:
        found = list_incidents(
            connection,
            load_policy(connection),
            at=at,
            cost_of_capital=runtime.settings.cost_of_capital,
            incident=incident,
            wholes=wholes_of,
            once=runtime.kept.at(connection).once,
        )
    if not found:
        raise not_found("incident", incident)
    return _item(found[0], at)


def _item(one: StandingIncident, at: datetime) -> IncidentItem:
    figures = {
        name: getattr(one, name)
        for name in StandingIncident.__struct_fields__
        if name != "incident"
    }
    return IncidentItem(
        id=one.incident.id,
        cause=one.incident.cause,
        title=one.incident.title,
        labels=one.incident.labels,
        age_seconds=(at - one.opened_at).total_seconds(),
        **figures,
    )


HANDLERS = [get_incidents, get_incident]
