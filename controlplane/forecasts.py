"""
What running promises are likened to, and what was said of those before them.

Both are made beforehand (`controlplane.foretelling`). As of an instant that somebody asks for,
or where few clocks are, they are told from the clocks themselves.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec
from sqlalchemy import Connection

from observability.forecast import piece_stores
from observability.forecast.calibration import Said, Tally, tallied
from observability.forecast.fit import read_history
from observability.forecast.history import History
from observability.forecast.past import past_forecasts
from observability.forecast.seen import history
from observability.forecast.stores import few_clocks, latest
from observability.rollup.contribution import DAY_MICROS
from rules.calendar import BusinessCalendar
from rules.instant import from_micros, to_micros

FEW = 2_000
_HELD_BACK = 20_000
_read = lru_cache(maxsize=64)(read_history)
Calendars = Mapping[str, BusinessCalendar]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """
    The history of each objective, as it was known at `known_at` or later. Those of `awaited`
    are still being made.
    """

    histories: Mapping[str, History]
    known_at: datetime | None
    awaited: tuple[str, ...] = ()


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was said, beside what came until `known_at`. Of the objectives `awaited` not all of it
    is held against what came yet, and nothing of them is in it.
    """

    tallies: tuple[Tally, ...]
    known_at: datetime | None
    awaited: tuple[str, ...] = ()


def known(
    connection: Connection, process: str, slas: Sequence[str], calendars: Calendars, *, at: datetime
) -> Known:
    """Return what was last made; where that is nothing yet and clocks are few, what is known."""
    kept = piece_stores.histories(connection, process, slas)
    missing = tuple(sla for sla in slas if sla not in kept)
    if missing and few_clocks(connection, process, FEW):
        return known_at(connection, process, slas, calendars, at=at)
    since = [known_at for known_at, _ in kept.values()]
    return Known(
        histories={sla: _read(text) for sla, (_, text) in kept.items()},
        known_at=from_micros(min(since)) if since else None,
        awaited=missing,
    )


def known_at(
    connection: Connection, process: str, slas: Sequence[str], calendars: Calendars, *, at: datetime
) -> Known:
    """Return what was known at an instant, from the clocks themselves."""
    instant = to_micros(at)
    before = latest(connection, process, slas, before=instant, calendars=calendars)
    return Known(
        histories={
            sla: history(those, at=instant, calendars=calendars) for sla, those in before.items()
        },
        known_at=at,
    )


def held(  # noqa: PLR0913 - of whom, by what, and between which instants
    connection: Connection,
    process: str,
    slas: Sequence[str],
    calendars: Calendars,
    *,
    since: datetime,
    until: datetime,
) -> Held:
    """Return what was said from the day of *since* to that before *until*, of what was due then."""
    first, last = to_micros(since) // DAY_MICROS, to_micros(until) // DAY_MICROS
    found = piece_stores.held(connection, process, slas, since=first, until=last)
    missing = tuple(sla for sla in slas if sla not in found.slas)
    if missing and few_clocks(connection, process, FEW):
        return held_anew(connection, process, slas, calendars, since=since, until=until)
    return Held(
        tallies=found.tallies,
        known_at=None if found.known_at is None else from_micros(found.known_at),
        awaited=missing,
    )


def held_anew(  # noqa: PLR0913 - likewise
    connection: Connection,
    process: str,
    slas: Sequence[str],
    calendars: Calendars,
    *,
    since: datetime,
    until: datetime,
) -> Held:
    """Return what would have been said day by day from *since* on, from the clocks themselves."""
    said = list[Said]()
    for sla in slas:
        before = to_micros(until)
        begun = latest(
            connection, process, [sla], before=before, calendars=calendars, most=_HELD_BACK
        )
        said += past_forecasts(begun[sla], since=since, until=until, calendars=calendars)
    return Held(tallies=tuple(tallied(said)), known_at=until)
