"""Incidents as the database answers them: groups of the exceptions that stand."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from governance.exception.at_risk import COST_OF_CAPITAL, NO_WHOLES, AtRisk, at_risk
from governance.exception.distinct import distinct
from governance.exception.inbox.pressing_stores import band, breached, handled_late
from governance.exception.incident import Incident
from governance.exception.process_exception import STANDING, ProcessException
from governance.exception.stake_stores import STAKE, Wholes, no_wholes, read_stake
from governance.handling.policy import Policy, Priority
from governance.tables import process_exception
from rules.instant import from_micros

_KEPT = process_exception.c
_STANDS = _KEPT.state.in_(STANDING)
_decode = msgspec.json.Decoder(Incident).decode


class StandingIncident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with what its standing members come to; each line of theirs counts once."""

    incident: Incident
    exceptions: int
    cases: int
    waiting: int
    breached: int
    handled_late: int
    waivers_asked: int
    priority: Priority
    opened_at: datetime
    money: AtRisk
    owners: tuple[str, ...]
    processes: tuple[str, ...]


def formed_of(connection: Connection, those: Iterable[ProcessException]) -> frozenset[str]:
    """Return the incidents of *those* that hit as many cases as it takes to be one."""
    known = {one.incident.id: one.incident for one in those if one.incident is not None}
    if not known:
        return frozenset()
    query = (
        select(_KEPT.incident, func.count(_KEPT.instance.distinct()))
        .where(_KEPT.incident.in_(sorted(known)), _STANDS)
        .group_by(_KEPT.incident)
    )
    hit = {row[0]: row[1] for row in connection.execute(query)}
    return frozenset(id_ for id_, one in known.items() if hit.get(id_, 0) >= one.at_least)


def list_incidents(  # noqa: PLR0913 - whose, as of when, and by which policy
    connection: Connection,
    policy: Policy,
    *,
    at: datetime,
    cost_of_capital: Decimal = COST_OF_CAPITAL,
    process: str | None = None,
    owner: str | None = None,
    incident: str | None = None,
    wholes: Wholes = no_wholes,
) -> list[StandingIncident]:
    """
    Return the incidents that stand, the highest priority and then the most cases first.

    A named *incident* is returned however few cases it hits.
    """
    conditions: list[ColumnElement[bool]] = [_KEPT.incident.is_not(None), _STANDS]
    for column, value in (
        (_KEPT.process, process),
        (_KEPT.owner, owner),
        (_KEPT.incident, incident),
    ):
        if value is not None:
            conditions.append(column == value)
    rows = connection.execute(
        select(*_figures(at, policy)).where(*conditions).group_by(_KEPT.incident)
    ).all()
    found = {row.incident: row for row in rows if incident or _formed(row)}
    stakes, owners, processes = _members(connection, list(found))
    several = [id_ for id_, those in processes.items() if len(those) > 1]
    known = wholes(connection, {one.instance for id_ in several for one in stakes[id_]})
    money = {
        id_: at_risk(
            distinct(stakes[id_], known) if id_ in several else stakes[id_],
            at=at,
            cost_of_capital=cost_of_capital,
            wholes=known if id_ in several else NO_WHOLES,
        )
        for id_ in found
    }
    standing = [
        _incident(
            row,
            money=money[id_],
            owners=tuple(sorted(owners[id_])),
            processes=tuple(sorted(processes[id_])),
        )
        for id_, row in found.items()
    ]
    return sorted(standing, key=lambda one: (one.priority, -one.cases, one.incident.id))


def _incident(
    row: Row[Any], *, money: AtRisk, owners: tuple[str, ...], processes: tuple[str, ...]
) -> StandingIncident:
    return StandingIncident(
        incident=_decode(row.about),
        exceptions=row.exceptions,
        cases=row.cases,
        waiting=int(row.waiting),
        breached=int(row.breached),
        handled_late=int(row.handled_late),
        waivers_asked=row.waivers_asked,
        priority=row.priority,
        opened_at=from_micros(row.opened_at),
        money=money,
        owners=owners,
        processes=processes,
    )


def _figures(at: datetime, policy: Policy) -> tuple[ColumnElement[Any], ...]:
    return (
        _KEPT.incident,
        func.max(_KEPT.incident_about).label("about"),
        func.count().label("exceptions"),
        func.count(_KEPT.instance.distinct()).label("cases"),
        func.sum(case((_KEPT.state == "open", 1), else_=0)).label("waiting"),
        func.sum(case((breached(at), 1), else_=0)).label("breached"),
        func.sum(case((handled_late(at), 1), else_=0)).label("handled_late"),
        func.count(_KEPT.waiver).label("waivers_asked"),
        func.min(band(at, policy)).label("priority"),
        func.min(_KEPT.opened_at).label("opened_at"),
    )


def _formed(row: Row[Any]) -> bool:
    return bool(row.cases >= _decode(row.about).at_least)


def _members(connection: Connection, ids: list[str]) -> tuple[dict[str, Any], ...]:
    """Return the stakes, the owners and the processes of each incident's standing members."""
    stakes, owners, processes = defaultdict(list), defaultdict(set), defaultdict(set)
    columns: tuple[ColumnElement[Any], ...] = (*STAKE, _KEPT.incident, _KEPT.owner)
    query = select(*columns)
    for row in connection.execute(query.where(_KEPT.incident.in_(ids), _STANDS)):
        stakes[row.incident].append(read_stake(row))
        owners[row.incident].add(row.owner or "")
        processes[row.incident].add(row.process)
    return stakes, owners, processes
