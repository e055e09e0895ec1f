"""A clock as it is read at an instant, and what the clocks of one case come to."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec

from observability.clock.clock import BREACHED, Clock, State, state
from rules.money import Money

AT_RISK = "at_risk"
ON_TRACK = "on_track"


class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """`at_risk` when the clock runs and has passed a warning."""

    id: str
    sla: str
    version: str
    object_type: str
    object_key: str
    period: str
    state: State
    at_risk: bool
    started_at: datetime
    due_at: datetime
    promised: str
    calendar: str
    target_at: datetime | None
    cancelled_at: datetime | None
    paused_at: datetime | None
    remaining_seconds: int | None
    warnings: tuple[datetime, ...]
    amount: Money | None
    owner: str | None


class SlaSummary(msgspec.Struct, frozen=True, kw_only=True):
    """
    The clocks of one case: `state` is the worst of them (breached, at_risk, on_track, met),
    None without any; `clocks` counts them by state; `due_at` is the next deadline that runs.
    """

    state: str | None = None
    clocks: dict[str, int] = {}
    due_at: datetime | None = None


def read_clock(
    clock: Clock, *, at: datetime, amount: Money | None = None, owner: str | None = None
) -> ClockReading:
    read = state(clock, at)
    return ClockReading(
        id=clock.id,
        sla=clock.sla,
        version=clock.version,
        object_type=clock.object_type,
        object_key=clock.object_key,
        period=clock.period,
        state=read,
        at_risk=read == "running" and any(warning <= at for warning in clock.warnings),
        started_at=clock.started_at,
        due_at=clock.due_at,
        promised=clock.promised,
        calendar=clock.calendar,
        target_at=clock.target_at,
        cancelled_at=clock.cancelled_at,
        paused_at=clock.paused_at,
        remaining_seconds=clock.remaining_seconds,
        warnings=clock.warnings,
        amount=amount,
        owner=owner,
    )


def summary(readings: Iterable[ClockReading]) -> SlaSummary:
    """Return what the clocks of one case come to."""
    those = list(readings)
    counts = Counter(one.state for one in those)
    running = [one.due_at for one in those if one.state == "running"]
    worst = (
        ("breached", any(one.state in BREACHED for one in those)),
        (AT_RISK, any(one.at_risk for one in those)),
        (ON_TRACK, any(one.state in ("running", "paused") for one in those)),
        ("met", any(one.state == "met" for one in those)),
    )
    return SlaSummary(
        state=next((name for name, holds in worst if holds), None),
        clocks={str(name): count for name, count in sorted(counts.items())},
        due_at=min(running, default=None),
    )
