"""Incidents as the database answers them: groups of the exceptions that stand."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from governance.exception.at_risk import COST_OF_CAPITAL, AtRisk
from governance.exception.family import Member
from governance.exception.inbox.money_stores import MEMBER, by_engagement, by_family, tallies
from governance.exception.inbox.pressing_stores import band, breached, handled_late
from governance.exception.incident import Incident
from governance.exception.process_exception import ProcessException
from governance.exception.stake_stores import Wholes, no_wholes
from governance.exception.standing_stores import STANDS, Unsought
from governance.exception.tally import Tally, summed
from governance.handling.policy import Policy, Priority
from governance.tables import process_exception
from rules.instant import from_micros
from rules.once import Once, always

_KEPT = process_exception.c
_TOLD = process_exception.alias()
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
        .where(*_among(sorted(known)))
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
    once: Once = always,
) -> list[StandingIncident]:
    """
    Return the incidents that stand, the highest priority and then the most cases first.

    A named *incident* is returned however few cases it hits. What they hold is read through
    *once*, which may know it: it depends on the state alone, and not on *at*.
    """
    conditions: list[ColumnElement[bool]] = [STANDS, _KEPT.incident.is_not(None)]
    for column, value in ((_KEPT.process, process), (_KEPT.owner, owner)):
        if value is not None:
            conditions.append(Unsought(column) == value)
    if incident is not None:
        conditions.append(_KEPT.incident == incident)
    rows = connection.execute(_standing(at, policy, conditions)).all()
    found = {row.incident: row for row in rows if incident or _formed(row)}
    owners, processes, money = once(
        ("incidents", *found), lambda: _held(connection, list(found), wholes)
    )
    standing = [
        _incident(
            row,
            money=summed(money[id_], at=at, cost_of_capital=cost_of_capital),
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


def _standing(
    at: datetime, policy: Policy, conditions: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    """What the members come to that meet *conditions*; one of them says what it is about."""
    of_each = select(*_figures(at, policy)).where(*conditions).group_by(_KEPT.incident).subquery()
    about = _TOLD.c.incident_about.label("about")
    return select(of_each, about).join(_TOLD, _TOLD.c.id == of_each.c.last)


def _figures(at: datetime, policy: Policy) -> tuple[ColumnElement[Any], ...]:
    return (
        _KEPT.incident,
        func.max(_KEPT.id).label("last"),
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


def _among(ids: Sequence[str]) -> list[ColumnElement[bool]]:
    one = _KEPT.incident if len(ids) == 1 else Unsought(_KEPT.incident)
    return [STANDS, one.in_(ids)]


def _members(connection: Connection, ids: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return each incident's standing members that hold money, its owners and its processes."""
    members, owners, processes = defaultdict(list), defaultdict(set), defaultdict(set)
    whose = select(_KEPT.incident, _KEPT.owner, _KEPT.process).where(*_among(ids)).distinct()
    for incident, owner, process in connection.execute(whose).all():
        owners[incident].add(owner or "")
        processes[incident].add(process)
    holding = select(_KEPT.incident, *MEMBER).where(*_among(ids), _KEPT.stake != 0)
    for incident, *member in connection.execute(holding).all():
        members[incident].append(Member._make(member))
    return members, owners, processes


def _held(connection: Connection, ids: Sequence[str], wholes: Wholes) -> tuple[Any, Any, Any]:
    """Return whose each incident is, of which processes, and the tallies of what it holds."""
    members, owners, processes = _members(connection, ids)
    return owners, processes, _money(connection, members, processes, wholes)


def _money(
    connection: Connection,
    members: Mapping[str, Sequence[Member]],
    processes: Mapping[str, Collection[str]],
    wholes: Wholes,
) -> dict[str, list[Tally]]:
    several = {id_ for id_, those in processes.items() if len(those) > 1}
    known = wholes(connection, {one.instance for id_ in several for one in members.get(id_, ())})
    asked = {
        id_: by_family(those, known)
        if id_ in several
        else by_engagement(one.number for one in those)
        for id_, those in members.items()
    }
    everything = [one for those in asked.values() for one in those]
    told = tallies(connection, _among(list(members)), everything)
    return {id_: [told[one] for one in asked.get(id_, ())] for id_ in processes}
