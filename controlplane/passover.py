"""An entry that cannot be applied is passed over: it stays in the log, named in the state."""

from sqlalchemy import Connection

from controlplane import outcome_stores, unprocessed_stores
from controlplane.pipeline.command import Command, read_command, refused
from controlplane.unprocessed_stores import Unprocessed
from observability.log.entry import COMMAND, LogEntry
from rules.refusal import Refusal

RETRY = "unprocessed:retry"
_FAILED = Refusal(
    type="command-failed",
    status=500,
    title="The command could not be applied",
    detail="It is recorded and changed nothing. An operator finds it at GET /v1/unprocessed.",
)


def pass_over(state: Connection, entry: LogEntry, error: str) -> None:
    """
    Name *entry*, with what was wrong; whoever sent a command is answered.

    A command that tried another entry again leaves that one named.
    """
    command = _command(entry)
    if command is not None:
        outcome_stores.remember(state, command, refused(_FAILED), offset=entry.offset)
    tried = retried(entry)
    if tried is not None:
        unprocessed_stores.note_retry(state, tried, error)
        return
    one = Unprocessed(offset=entry.offset, kind=entry.kind, error=error, at=entry.at)
    unprocessed_stores.remember(state, one)


def retried(entry: LogEntry) -> int | None:
    """Return the offset of the entry that *entry* tries again; None when it is something else."""
    command = _command(entry)
    return command.body.get("offset") if command and command.name == RETRY else None


def _command(entry: LogEntry) -> Command | None:
    return read_command(entry.payload) if entry.kind == COMMAND else None
