"""An entry of the log is written once, is named by (source, id), and never changes."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

EVENT = "event"
COMMAND = "command"
SWEEP = "sweep"
DECISION = "decision"
OWN_SOURCE = "urn:controlplane"  # reserved, with everything below it: commands, sweeps, decisions


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    `offset` is given by the log and rises in commit order; 0 before it is appended.

    `at` is when the entry was recorded; of a back-filled event, when it happened.
    """

    kind: str
    source: str
    id: str
    at: datetime
    payload: bytes
    offset: int = 0


class Appended(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of one request's entries; a duplicate was in the log before. `repeated` are the
    events among those, by source.

    `last_offset` is at or after the last of these entries, so a reader that has come so
    far has seen them all.
    """

    accepted: int
    duplicates: int
    last_offset: int
    repeated: Mapping[str, int] = {}
