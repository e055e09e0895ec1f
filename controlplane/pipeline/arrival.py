"""An event as it arrives in a micro-batch, and the micro-batch's own time."""

from datetime import datetime

import msgspec

from observability.event import ProcessEvent


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One event and its place in the log. `key` is set when an alias has claimed it."""

    offset: int
    event: ProcessEvent
    at: datetime
    claimed: tuple[str, str] | None = None  # (process, key)
