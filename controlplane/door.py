"""
What is met at the door is counted there, and told to the log now and then.

Who sends again is answered at once, and who is told to wait leaves nothing behind: only a count
remains, and a count that was not told yet when the process dies is lost.
"""

from collections import Counter
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

import msgspec

from controlplane.commands import Writer
from controlplane.pipeline.command import COMMAND_SOURCE, Command, encode_command
from governance.exception.process_exception import SYSTEM
from observability.door.sighting import Sighting, What
from observability.log.entry import LogEntry

SEE = "door:see"
PERIOD = timedelta(seconds=5)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the command."""

    seen: tuple[Sighting, ...]


class Door:
    """Counts from any thread; `tell` writes what came together since it last did."""

    def __init__(self) -> None:
        self._counts = Counter[tuple[What, str]]()
        self._lock = Lock()
        self._told_at: datetime | None = None

    def saw(self, what: What, source: str, n: int = 1) -> None:
        with self._lock:
            self._counts[what, source] += n

    def tell(self, writer: Writer, *, at: datetime) -> bool:
        """Append what was seen, at most once in a `PERIOD`; return whether there was anything."""
        if self._told_at is not None and at < self._told_at + PERIOD:
            return False
        with self._lock:
            counts = self._counts.copy()
        if not counts:
            return False
        self._told_at = at
        seen = [Sighting(what=what, source=name, n=n) for (what, name), n in sorted(counts.items())]
        writer.submit([_entry(seen, at=at)]).result()
        with self._lock:
            self._counts -= counts
        return True


def _entry(seen: list[Sighting], *, at: datetime) -> LogEntry:
    id_ = str(uuid4())
    body = msgspec.to_builtins(Seen(seen=tuple(seen)))
    command = Command(id=id_, name=SEE, actor=SYSTEM, body=body, at=at)
    payload = encode_command(command)
    return LogEntry(kind="command", source=COMMAND_SOURCE, id=id_, at=at, payload=payload)
