"""
How long live events wait: from their entry in the log until their effects are committed.

A history beside the state: no case depends on it, and a replay does not repeat it. Clocks of
two machines may differ; an event that seems to come from later has waited no time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from controlplane import telemetry
from controlplane.database import writing
from observability.door import stores
from observability.log.entry import EVENT, LogEntry
from rules.instant import to_micros

PERIOD = timedelta(seconds=5)
_SECOND = 1_000_000


class Pace:
    """Gathers what `passed`, and keeps it every `PERIOD`; what was not kept yet may be lost."""

    def __init__(self, state: Engine) -> None:
        self._state = state
        self._took: list[int] = []
        self._kept_at = datetime.now(UTC)

    def passed(self, entries: Sequence[LogEntry]) -> None:
        """Note how long those of *entries* took that are events."""
        now = to_micros(datetime.now(UTC))
        took = [max(0, now - to_micros(one.at)) for one in entries if one.kind == EVENT]
        self._took += took
        telemetry.event_seconds.record(max(took, default=0) / _SECOND)

    def keep(self) -> None:
        """Add what was noted to its day, when it is time."""
        if not self._took:
            return
        at = datetime.now(UTC)
        if at < self._kept_at + PERIOD:
            return
        self._kept_at = at
        with writing(self._state) as state:
            stores.pass_through(state, stores.bucketed(self._took), at=at)
        self._took = []
