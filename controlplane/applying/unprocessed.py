"""An entry that was passed over is applied after all, once what was wrong with it is mended."""

from collections.abc import Callable

from msgspec.structs import replace

from controlplane import outcome_stores, unprocessed_stores
from controlplane.applying.applying import Applying, not_found
from controlplane.gate.entering import enter
from controlplane.pipeline.arrival import Arrival
from controlplane.pipeline.command import Outcome, decode_command
from controlplane.pipeline.processing import process_events, process_sweep
from observability.event import decode_event
from observability.log import stores as log
from observability.log.entry import LogEntry
from rules.refusal import Refusal


def retry(applying: Applying, answer: Callable[[Applying], Outcome]) -> Outcome | Refusal:
    """
    Apply the entry at the command's offset; what it raises leaves it named as it was.

    Of a sweep only the first piece: what is left is still due, and the next sweep takes it.

    *answer* is how commands are answered: one that is tried again gets its outcome late.
    """
    offset = applying.command.body["offset"]
    if unprocessed_stores.get(applying.state, offset) is None:
        return not_found("unprocessed entry", str(offset))
    (entry,) = log.read(applying.log, offset - 1, 1)
    match entry.kind:
        case "event":
            _event(applying, entry)
        case "decision":
            enter(applying.state, [entry])
        case "command":
            command = decode_command(entry.payload)
            late = answer(replace(applying, command=command))
            outcome_stores.replace(applying.state, command, late, offset=offset)
        case _:
            process_sweep(applying.state, applying.processing, applying.moment)
    unprocessed_stores.forget(applying.state, offset)
    applying.record("log:entry:retried", str(offset), {"kind": entry.kind})
    return Outcome(status=200, body={"offset": offset, "kind": entry.kind})


def _event(applying: Applying, entry: LogEntry) -> None:
    """History told late tells nobody, as it would have told nobody in time."""
    event = decode_event(entry.payload)
    process_events(
        applying.state,
        applying.log,
        applying.processing,
        [Arrival(offset=entry.offset, event=event, at=entry.at)],
        replace(applying.moment, quiet=event.backfill),
    )
