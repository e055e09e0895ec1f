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
MEMBER = (_KEPT.stake, _KEPT.process, _KEPT.instance, _KEPT.engagement)
Wanted = Sequence[ColumnElement[bool]]
_KNOWN = Tallies(most=20_000)


class Some(NamedTuple):
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
    holds = [*wanted, _KEPT.stake != 0]
    if wholes is None:
        asked = by_engagement(connection.execute(select(_KEPT.stake).where(*holds)).scalars().all())
    else:
        members = [*map(Member._make, connection.execute(select(*MEMBER).where(*holds)).all())]
        several = len({one.process for one in members}) > 1
        known = wholes(connection, {one.instance for one in members}) if several else {}
        asked = (
            by_family(members, known) if several else by_engagement(one.number for one in members)
        )
    found = tallies(connection, wanted, asked)
    return summed(found.values(), at=at, cost_of_capital=cost_of_capital)


def by_engagement(numbers: Iterable[int]) -> list[Some]:
    """Return exceptions of one process, by their *numbers*, a few engagements at a time."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number in numbers:
        groups[number & ENGAGEMENT_BITS].append(number)
    return [Some(tuple(sorted(those))) for those in groups.values()]


def by_family(members: Collection[Member], wholes: Mapping[str, Whole]) -> list[Some]:
    """
    Return *members* of several processes, a few cases with their parts at a time.

    Those whose cases are no parts of any other, nor have any, stand by their engagement.
    """
    linked = wholes.keys() | {one.instance for one in wholes.values()}
    held_by = {one.held_by for one in members if one.instance in linked}
    apart: dict[bool, list[Member]] = {True: [], False: []}
    for one in members:
        apart[one.held_by in held_by].append(one)
    groups: dict[int, list[Member]] = defaultdict(list)
    for family in families(apart[True], wholes):
        groups[min(one.number for one in family) & ENGAGEMENT_BITS] += family
    alone = by_engagement(one.number for one in apart[False])
    return [*(_some(those, wholes) for those in groups.values()), *alone]


def tallies(
    connection: Connection, wanted: Wanted, asked: Collection[Some]
) -> Mapping[Some, Tally]:
    """Return what each of those *asked* for holds: all of them are among the *wanted*."""
    found = {one: tally for one in asked if (tally := _KNOWN.get(one))}
    missing = [one for one in asked if one not in found]
    stakes = _stakes(connection, wanted, {n for one in missing for n in one.numbers})
    return found | {one: _KNOWN.keep(one, _tally(one, stakes)) for one in missing}


def _some(those: Iterable[Member], wholes: Mapping[str, Whole]) -> Some:
    parts = {one.instance for one in those} & wholes.keys()
    return Some(
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
    return {row.stake: read_stake(row) for row in connection.execute(query)}


def _tally(one: Some, stakes: Mapping[int, StoredStake]) -> Tally:
    those, wholes = [stakes[number] for number in one.numbers], dict(one.wholes)
    return Tally(held(distinct(those, wholes) if wholes else those, wholes))
