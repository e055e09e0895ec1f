"""
The time of a micro-batch.

Live entries carry the time at which they were recorded. A back-fill runs on history's own
time: clocks are read a little behind the latest event told, since systems tell their part
one after the other, and people are given work only from the moment it can be seen.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from controlplane.correcting.correction import Cause, Kind
from observability.log.entry import SWEEP, LogEntry
from observability.projection.progress_stores import Reached

LATENESS = timedelta(days=1)
"""How far the parts of a back-filled history may lag behind each other."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """
    `at` is the instant as of which clocks are read; `noticed_at` when people can see what
    comes of it. `quiet` tells nobody.
    """

    at: datetime
    noticed_at: datetime
    offset: int
    backfill: bool = False
    quiet: bool = False

    def cause(self, kind: Kind, subject: str, *, because: str, actor: str) -> Cause:
        """Return what a correction is made for at this moment."""
        return Cause(
            kind=kind,
            subject=subject,
            because=because,
            actor=actor,
            at=self.at,
            offset=self.offset,
        )


def moment_of(
    entries: Sequence[LogEntry], before: Reached, *, backfill: bool
) -> tuple[Moment, Reached]:
    """Return the moment of the micro-batch *entries*, and how far the consumer is after it."""
    latest, offset = max(entry.at for entry in entries), entries[-1].offset
    if not backfill:
        latest = max(latest, before.live_at or latest)  # requests overlap: time never runs back
        moment = Moment(at=latest, noticed_at=latest, offset=offset)
        swept = entries[0].kind == SWEEP  # a history is over when time is let pass
        told = None if swept else before.backfill_at
        return moment, Reached(offset=offset, live_at=latest, backfill_at=told)
    told = max(latest, before.backfill_at or latest)
    moment = Moment(
        at=told - LATENESS,
        noticed_at=before.live_at or latest,
        offset=offset,
        backfill=True,
        quiet=True,
    )
    return moment, msgspec.structs.replace(before, offset=offset, backfill_at=told)
