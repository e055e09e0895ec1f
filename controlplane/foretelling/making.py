"""A piece is made from the state as it stands, of what was known at the beginning of a day."""

from datetime import datetime
from time import perf_counter

import msgspec
from sqlalchemy import Connection

from controlplane.registered import calendars
from observability.forecast.calibration import tallied
from observability.forecast.fit import write_history
from observability.forecast.past import past_forecasts
from observability.forecast.piece import RUNNING, Kept, Made, Wanted, days_of
from observability.forecast.seen import Calendars, history
from observability.forecast.stores import latest, seen_between
from observability.rollup.contribution import DAY_MICROS
from rules.instant import from_micros, to_micros

_SECOND = 1_000_000


def make(connection: Connection, wanted: Wanted, *, at: datetime) -> Made:
    """Return the piece, with how long that took; it says of itself that it was made *at*."""
    begun = perf_counter()
    business = calendars(connection)
    of_running = wanted.name.week == RUNNING
    made = (_history if of_running else _week)(connection, wanted, business)
    took = round((perf_counter() - begun) * _SECOND)
    kept = msgspec.structs.replace(made.kept, made_at=to_micros(at), took_us=took)
    return msgspec.structs.replace(made, kept=kept)


def _history(connection: Connection, wanted: Wanted, business: Calendars) -> Made:
    name, at = wanted.name, wanted.known_at
    seen = latest(connection, name.process, [name.sla], before=at, calendars=business)
    known = history(seen[name.sla], at=at, calendars=business)
    return Made(name=name, kept=_kept(wanted), history=write_history(known))


def _week(connection: Connection, wanted: Wanted, business: Calendars) -> Made:
    """Return what was said on the days of a week that have begun, of what is decided now."""
    name, days = wanted.name, days_of(wanted.name.week)
    since, until = days.start * DAY_MICROS, min(days.stop * DAY_MICROS, wanted.known_at)
    seen = seen_between(
        connection, name.process, name.sla, since=since, until=until, calendars=business
    )
    said = past_forecasts(
        seen,
        since=from_micros(since),
        until=from_micros(until),
        known_at=from_micros(wanted.known_at),
        calendars=business,
    )
    over = days.stop * DAY_MICROS <= wanted.known_at
    settled = over and all(one.due_at < wanted.known_at for one in seen)
    return Made(name=name, kept=_kept(wanted, settled=settled), tallies=tuple(tallied(said)))


def _kept(wanted: Wanted, *, settled: bool = False) -> Kept:
    return Kept(
        known_at=wanted.known_at,
        settled=settled,
        basis=wanted.basis,
        heard=wanted.heard,
        made_at=0,
        took_us=0,
    )
