"""What state clocks are in at an instant, as the database tells it for many cases at once."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    case,
    cast,
    func,
    literal,
    select,
)

from observability.projection.chunk import chunked
from observability.tables import clock
from rules.instant import optional_instant, to_micros
from rules.money import Money, decimal

BREACHED = ("late", "absent")
AT_RISK = "at_risk"
ON_TRACK = "on_track"
STATES = ("met", "late", "absent", "running", "paused", "cancelled")
_WIDER = {"breached": BREACHED, AT_RISK: ("running",), ON_TRACK: ("running",)}


class SlaSummary(msgspec.Struct, frozen=True, kw_only=True):
    """
    The clocks of one case: `state` is the worst of them (breached, at_risk, on_track, met),
    None without any; the counts are by state; `due_at` is the next deadline that runs.
    """

    state: str | None = None
    clocks: dict[str, int] = {}
    due_at: datetime | None = None


class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """One clock as read at an instant; `at_risk` when it runs and has passed a warning."""

    id: str
    sla: str
    version: str
    object_type: str
    object_key: str
    state: str
    at_risk: bool
    started_at: datetime | None
    due_at: datetime | None
    target_at: datetime | None
    cancelled_at: datetime | None
    paused_at: datetime | None
    remaining_seconds: int | None
    warnings: tuple[datetime, ...]
    amount: Money | None
    owner: str | None


_decode_warnings = msgspec.json.Decoder(list[int]).decode


def clock_state(at: datetime) -> ColumnElement[str]:
    """The state of a clock as of *at*."""
    return case(
        (clock.c.target_at <= clock.c.due_at, "met"),
        (clock.c.target_at > clock.c.due_at, "late"),
        (clock.c.cancelled_at.is_not(None), "cancelled"),
        (clock.c.paused_at.is_not(None), "paused"),
        (clock.c.due_at < to_micros(at), "absent"),
        else_="running",
    )


def having_clock(
    connection: Connection, process: str, sla: str, at: datetime
) -> Select[tuple[str]]:
    """Return the ids of the instances that have such a clock; see `InstanceFilter.sla`."""
    name, _, state = ("", "", sla) if sla in (*STATES, *_WIDER) else sla.rpartition(":")
    if state not in (*STATES, *_WIDER):
        name, state = sla, ""
    found = select(clock.c.instance).where(clock.c.process == process)
    if name:
        found = found.where(clock.c.sla == name)
    if state:
        found = found.where(clock_state(at).in_(_WIDER.get(state, (state,))))
    if state in (AT_RISK, ON_TRACK):
        warned = func.coalesce(_first_warning(connection) <= to_micros(at), literal(value=False))
        found = found.where(warned if state == AT_RISK else ~warned)
    return found


def summaries(
    connection: Connection, instances: Iterable[str], *, at: datetime
) -> dict[str, SlaSummary]:
    """Return what the clocks of each instance come to; one without clocks is absent."""
    return {name: _summary(those) for name, those in readings(connection, instances, at=at).items()}


def readings(
    connection: Connection, instances: Iterable[str], *, at: datetime
) -> dict[str, list[ClockReading]]:
    """Return the clocks of each instance as read *at*, by objective and object."""
    found: dict[str, list[ClockReading]] = defaultdict(list)
    for piece in chunked(sorted(set(instances))):
        rows = connection.execute(
            select(clock, clock_state(at).label("state")).where(clock.c.instance.in_(piece))
        ).mappings()
        for row in rows:
            found[row["instance"]].append(_reading(row, at))
    for those in found.values():
        those.sort(key=lambda one: (one.sla, one.object_type, one.object_key))
    return dict(found)


def _first_warning(connection: Connection) -> ColumnElement[int]:
    if connection.dialect.name == "postgresql":
        first = func.json_extract_path_text(cast(clock.c.warnings, JSON), "0")
        return cast(first, BigInteger)
    return func.json_extract(clock.c.warnings, "$[0]")


def _reading(row: RowMapping, at: datetime) -> ClockReading:
    warnings = _decode_warnings(row["warnings"])
    return ClockReading(
        id=row["id"],
        sla=row["sla"],
        version=row["version"],
        object_type=row["object_type"],
        object_key=row["object_key"],
        state=row["state"],
        at_risk=row["state"] == "running" and bool(warnings) and warnings[0] <= to_micros(at),
        started_at=optional_instant(row["started_at"]),
        due_at=optional_instant(row["due_at"]),
        target_at=optional_instant(row["target_at"]),
        cancelled_at=optional_instant(row["cancelled_at"]),
        paused_at=optional_instant(row["paused_at"]),
        remaining_seconds=row["remaining_seconds"],
        warnings=tuple(instant for one in warnings if (instant := optional_instant(one))),
        amount=None
        if row["amount"] is None
        else Money(amount=decimal(row["amount"]), currency=row["currency"]),
        owner=row["owner"],
    )


def _summary(clocks: list[ClockReading]) -> SlaSummary:
    counts = Counter(one.state for one in clocks)
    running = [one.due_at for one in clocks if one.state == "running" and one.due_at is not None]
    if any(counts[state] for state in BREACHED):
        state: str | None = "breached"
    elif any(one.at_risk for one in clocks):
        state = AT_RISK
    elif counts["running"] or counts["paused"]:
        state = ON_TRACK
    else:
        state = "met" if counts["met"] else None
    return SlaSummary(
        state=state, clocks=dict(sorted(counts.items())), due_at=min(running, default=None)
    )
