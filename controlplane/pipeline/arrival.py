"""An event as it arrives in a micro-batch."""

from datetime import datetime

import msgspec

from observability.event import ProcessEvent


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One event and its place in the log. `claimed` is the key by which it was claimed."""

    offset: int
    event: ProcessEvent
    at: datetime
    claimed: tuple[str, str] | None = None  # (process, key)
