"""Events are retracted: they stay in the log, and nothing rests on them any more."""

from controlplane.applying.applying import Applying, invalid
from controlplane.pipeline.command import Outcome
from controlplane.pipeline.processing import retract_events
from observability.event import decode_event
from observability.intake.cloudevent import MAX_NAME
from observability.intake.retraction import LONGEST, RETRACTED
from observability.log import stores as log
from observability.log.entry import OWN_SOURCE
from observability.projection.retraction_stores import Retraction
from rules.refusal import Refusal

AT_ONCE = 500


def retract(applying: Applying) -> Outcome | Refusal:
    """Retract events of one source, known or still to come; one that is retracted stays so."""
    source, reason = applying.field("source"), applying.field("reason")
    ids = _ids(applying)
    if flaw := _flaw(source, ids, reason):
        return invalid(*flaw)
    command = applying.command
    final = _retractions(applying, source, ids)
    if final:
        return invalid(
            "/ids",
            f"{final[0]} is a retraction itself, which is final: send anew, under another id, what "
            "should count after all.",
        )
    said = [
        Retraction(name=(source, id_), reason=reason, actor=command.actor, at=command.at)
        for id_ in ids
    ]
    fresh, correction = retract_events(
        applying.state, applying.log, applying.processing, said, applying.moment
    )
    retracted = [one.name[1] for one in fresh]
    return Outcome(
        status=200, body={"source": source, "retracted": retracted, "correction": correction}
    )


def _retractions(applying: Applying, source: str, ids: list[str]) -> list[str]:
    """Return those of *ids* that took something back."""
    if source.startswith(OWN_SOURCE):
        return []  # no source of events
    offsets = log.offsets_of(applying.log, [(source, id_) for id_ in ids])
    events = log.payloads(applying.log, offsets).values()
    return sorted(one.id for one in map(decode_event, events) if one.type == RETRACTED)


def _flaw(source: str, ids: list[str], reason: str) -> tuple[str, str] | None:
    """Return where something is wrong, and what; None where nothing is."""
    if not 0 < len(source) <= MAX_NAME:
        return "/source", f"Name the source, as it sent them: at most {MAX_NAME} characters."
    if not ids or len(ids) > AT_ONCE:
        return "/ids", f"Name 1 to {AT_ONCE} events by their ids."
    if max(map(len, ids)) > MAX_NAME:
        return "/ids", f"No event has an id of more than {MAX_NAME} characters."
    if not reason.strip():
        return "/reason", "Say why: whoever is asked about a figure reads it."
    if len(reason) > LONGEST:
        return "/reason", f"Say why in at most {LONGEST:,} characters."
    return None


def _ids(applying: Applying) -> list[str]:
    given = applying.command.body.get("ids")
    named = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    return list(dict.fromkeys(filter(None, [applying.field("id"), *named])))
