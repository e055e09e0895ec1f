"""
Money at risk of the inbox, of which little changes from one question to the next.

Of what is wanted only the numbers of what is at stake are read: what a few engagements hold is
known by the numbers of their exceptions, whatever else was asked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from governance.exception.at_risk import AtRisk, held
from governance.exception.digest import ENGAGEMENT_BITS
from governance.exception.distinct import StoredStake, distinct
from governance.exception.family import Member, families
from governance.exception.share import Whole
from governance.exception.stake_stores import STAKE, Wholes, read_stake
from governance.exception.tally import Tallies, Tally, summed
from governance.tables import process_exception

_KEPT = process_exception.c
_FEW = 5_000
Wanted = Sequence[ColumnElement[bool]]
_KNOWN = Tallies(most=20_000)


class _Some(NamedTuple):
    """Exceptions that share no engagement with any others, and what cases of theirs are part of."""

    numbers: tuple[int, ...]
    wholes: tuple[tuple[str, Whole], ...] = ()


def money_of(
    connection: Connection,
    wanted: Wanted,
    *,
    at: datetime,
    cost_of_capital: Decimal,
    wholes: Wholes | None,
) -> AtRisk:
    """
    Return what the exceptions that are *wanted* come to.

    *wholes* is None where all are of one process, whose cases are no parts of each other.
    """
    asked = (
        _of_one(connection, wanted) if wholes is None else _of_several(connection, wanted, wholes)
    )
    found = {one: _KNOWN.get(one) for one in asked}
    missing = [one for one, tally in found.items() if tally is None]
    stakes = _stakes(connection, wanted, {n for one in missing for n in one.numbers})
    for one in missing:
        found[one] = _KNOWN.keep(one, _tally(one, stakes))
    return summed((one for one in found.values() if one), at=at, cost_of_capital=cost_of_capital)


def _of_one(connection: Connection, wanted: Wanted) -> list[_Some]:
    groups: dict[int, list[int]] = defaultdict(list)
    query = select(_KEPT.stake).where(*wanted, _KEPT.stake != 0)
    for number in connection.execute(query).scalars().all():
        groups[number & ENGAGEMENT_BITS].append(number)
    return [_Some(tuple(sorted(those))) for those in groups.values()]


def _of_several(connection: Connection, wanted: Wanted, wholes_of: Wholes) -> list[_Some]:
    columns = (_KEPT.stake, _KEPT.process, _KEPT.instance, _KEPT.engagement)
    rows = connection.execute(select(*columns).where(*wanted, _KEPT.stake != 0)).all()
    members = [Member(*row) for row in rows]
    wholes = wholes_of(connection, {one.instance for one in members})
    groups: dict[int, list[Member]] = defaultdict(list)
    for family in families(members, wholes):
        groups[min(one.number for one in family) & ENGAGEMENT_BITS] += family
    return [_some(those, wholes) for those in groups.values()]


def _some(those: Iterable[Member], wholes: Mapping[str, Whole]) -> _Some:
    parts = {one.instance for one in those} & wholes.keys()
    return _Some(
        numbers=tuple(sorted(one.number for one in those)),
        wholes=tuple((part, wholes[part]) for part in sorted(parts)),
    )


def _stakes(
    connection: Connection, wanted: Wanted, numbers: Collection[int]
) -> dict[int, StoredStake]:
    if not numbers:
        return {}
    columns: tuple[ColumnElement[Any], ...] = (*STAKE, _KEPT.stake)
    query = select(*columns).where(*wanted, _KEPT.stake != 0)
    if len(numbers) <= _FEW:
        query = query.where(_KEPT.stake.in_(numbers))
    return {row.stake: read_stake(row) for row in connection.execute(query.order_by(_KEPT.id))}


def _tally(one: _Some, stakes: Mapping[int, StoredStake]) -> Tally:
    those, wholes = [stakes[number] for number in one.numbers], dict(one.wholes)
    return Tally(held(distinct(those, wholes) if wholes else those, wholes))
