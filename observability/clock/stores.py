"""Clocks read at an instant: which cases have one in a given state, and those of some cases."""

from collections.abc import Iterable
from datetime import datetime
from typing import get_args

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    case,
    cast,
    func,
    literal,
    select,
    text,
)

from observability.clock.clock import BREACHED, State
from observability.clock.reading import AT_RISK, ON_TRACK, ClockReading, read_clock
from observability.projection.clock_stores import clocks_of
from observability.tables import UNMET, clock
from rules.instant import to_micros

MET = "met"
_STATES: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in get_args(State)},
    "breached": BREACHED,
    AT_RISK: ("running",),
    ON_TRACK: ("running", "paused"),
}


def clock_state(at: datetime) -> ColumnElement[str]:
    """The state of a clock as of *at*: `observability.clock.clock.state`, said in SQL."""
    return case(
        (clock.c.target_at <= clock.c.due_at, "met"),
        (clock.c.target_at > clock.c.due_at, "late"),
        (clock.c.cancelled_at.is_not(None), "cancelled"),
        (clock.c.paused_at.is_not(None), "paused"),
        (clock.c.absent_at < to_micros(at), "absent"),
        else_="running",
    )


def having_clock(
    connection: Connection, process: str, sla: str, at: datetime
) -> Select[tuple[str]]:
    """
    Select the ids of the instances of *process* that have such a clock.

    *sla* is a state, an objective's name, or `name:state`; states are those of a clock, and
    breached, at_risk, on_track.
    """
    name, _, state = sla.rpartition(":") if sla not in _STATES else ("", "", sla)
    if state not in _STATES:
        name, state = sla, ""
    found = select(clock.c.instance).where(clock.c.process == process)
    if name:
        found = found.where(clock.c.sla == name)
    if state:
        found = found.where(clock_state(at).in_(_STATES[state]))
    if state not in ("", MET):
        found = found.where(text(UNMET))  # by its own index, which holds all that is asked
    if state in (AT_RISK, ON_TRACK):
        warned = clock.c.paused_at.is_(None) & func.coalesce(
            _first_warning(connection) <= to_micros(at), literal(value=False)
        )
        found = found.where(warned if state == AT_RISK else ~warned)
    return found


def readings(
    connection: Connection, instances: Iterable[str], *, at: datetime
) -> dict[str, list[ClockReading]]:
    """Return the clocks of each instance as read *at*, by objective and object."""
    return {
        instance: sorted(
            (read_clock(one.clock, at=at, amount=one.amount, owner=one.owner) for one in kept),
            key=lambda one: (one.sla, one.object_type, one.object_key),
        )
        for instance, kept in clocks_of(connection, instances).items()
    }


def _first_warning(connection: Connection) -> ColumnElement[int]:
    if connection.dialect.name == "postgresql":
        first = func.json_extract_path_text(cast(clock.c.warnings, JSON), "0")
        return cast(first, BigInteger)
    return cast(func.json_extract(clock.c.warnings, "$[0]"), BigInteger)
