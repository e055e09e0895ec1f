"""What a person does to an exception: decided by governance, kept with its history."""

from collections.abc import Callable

from controlplane.applying.applying import Applying, invalid, not_found
from controlplane.pipeline.command import Outcome
from governance.exception import act
from governance.exception import stores as exceptions
from governance.exception.process_exception import Change
from rules.refusal import Refusal

STEWARDS = frozenset({"steward", "admin"})


def acknowledge(applying: Applying) -> Outcome | Refusal:
    promised = applying.instant("promised_at")
    if isinstance(promised, Refusal):
        return promised
    return _acted(
        applying,
        act.acknowledge,
        promised_at=promised,
        note=applying.field("note"),
    )


def assign(applying: Applying) -> Outcome | Refusal:
    return _acted(
        applying,
        act.assign,
        assignee=applying.field("assignee") or None,
        note=applying.field("note"),
    )


def comment(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, act.comment, note=applying.field("note"))


def waive(applying: Applying) -> Outcome | Refusal:
    until = applying.instant("until")
    if isinstance(until, Refusal):
        return until
    if until is None:
        return invalid("/until", "Say until when the risk is accepted, e.g. 2026-12-31T00:00:00Z.")
    return _acted(
        applying,
        act.waive,
        until=until,
        reason=applying.field("reason"),
        steward=not STEWARDS.isdisjoint(applying.command.roles),
    )


def resolve(applying: Applying) -> Outcome | Refusal:
    return _acted(
        applying,
        act.resolve,
        reason=applying.field("reason") or applying.field("note"),
    )


def _acted(
    applying: Applying, decide: Callable[..., Change | Refusal], **said: object
) -> Outcome | Refusal:
    id_ = applying.field("exception")
    standing = exceptions.get_exception(applying.state, id_)
    if standing is None:
        return not_found("exception", id_)
    change = decide(standing, actor=applying.command.actor, at=applying.command.at, **said)
    if isinstance(change, Refusal):
        return change
    exceptions.save(applying.state, [change])
    applying.processing.tell(applying.state, [change], applying.moment)
    action = change.line.action if change.line else applying.command.name.partition(":")[2]
    detail = change.line.detail if change.line else {}
    applying.record(f"exception:{change.exception.rule}:{action}", id_, detail)
    body = {"id": id_, "state": change.exception.state, "assignee": change.exception.assignee}
    return Outcome(status=200, body=body)
