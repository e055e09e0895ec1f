"""What a person does to an exception: decided by governance, kept with its history."""

from collections.abc import Callable
from typing import Any

from controlplane.applying.applying import Applying, invalid, not_found
from controlplane.engagement import stores as engagements
from controlplane.pipeline.command import Outcome
from governance.exception import act, waiving
from governance.exception import stores as exceptions
from governance.exception.process_exception import Change, ProcessException
from rules.refusal import Refusal

STEWARDS = frozenset({"steward", "admin"})
Act = Callable[[ProcessException], Change | Refusal]
"""What is to be done to one exception, with everything that was said of it filled in."""


def acknowledge(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, acknowledging(applying))


def assign(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, assigning(applying))


def comment(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, commenting(applying))


def waive(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, asking(applying))


def approve(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, approving(applying))


def refuse(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, refusing(applying))


def resolve(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, resolving(applying))


def reopen(applying: Applying) -> Outcome | Refusal:
    return _acted(applying, reopening(applying))


def acknowledging(applying: Applying) -> Act | Refusal:
    promised = applying.instant("promised_at")
    if isinstance(promised, Refusal):
        return promised
    note, who = applying.field("note"), _who(applying)
    return lambda one: act.acknowledge(one, promised_at=promised, note=note, **who)


def assigning(applying: Applying) -> Act:
    assignee, note, who = applying.field("assignee"), applying.field("note"), _who(applying)
    return lambda one: act.assign(one, assignee=assignee or None, note=note, **who)


def commenting(applying: Applying) -> Act:
    note, who = applying.field("note"), _who(applying)
    return lambda one: act.comment(one, note=note, **who)


def asking(applying: Applying) -> Act | Refusal:
    """Ask for a waiver; a steward whom the house lets sign their own work gives it at once."""
    until, who = applying.instant("until"), _who(applying)
    if isinstance(until, Refusal):
        return until
    if until is None:
        return invalid("/until", "Say until when the risk is accepted, e.g. 2026-12-31T00:00:00Z.")
    end, reason = until, applying.field("reason")
    at_once = approving(applying) if signs_own(applying) and is_steward(applying) else None

    def asked(one: ProcessException) -> Change | Refusal:
        change = waiving.ask(one, until=end, reason=reason, **who)
        return at_once(change.exception) if at_once and isinstance(change, Change) else change

    return asked


def approving(applying: Applying) -> Act:
    note, who = applying.field("note"), _who(applying)
    steward, own = is_steward(applying), signs_own(applying)
    return lambda one: waiving.approve(one, steward=steward, sign_own=own, note=note, **who)


def refusing(applying: Applying) -> Act:
    reason, who, steward = applying.field("reason"), _who(applying), is_steward(applying)
    return lambda one: waiving.refuse(one, steward=steward, reason=reason, **who)


def resolving(applying: Applying) -> Act:
    reason, who = applying.field("reason") or applying.field("note"), _who(applying)
    return lambda one: act.resolve(one, reason=reason, **who)


def reopening(applying: Applying) -> Act:
    reason, who = applying.field("reason"), _who(applying)
    definitions = applying.processing.definitions(applying.state)

    def reopened(one: ProcessException) -> Change | Refusal:
        due = definitions.handling(one.process).due(one.severity, one.owner, at=who["at"])
        return act.reopen(one, reason=reason, due=due, **who)

    return reopened


def is_steward(applying: Applying) -> bool:
    return not STEWARDS.isdisjoint(applying.command.roles)


def signs_own(applying: Applying) -> bool:
    return applying.command.body.get("sign_own") is True


def keep(applying: Applying, change: Change) -> None:
    """Store *change*, tell of it and let the audit ledger know who made it."""
    engagements.save(applying.state, [change])
    applying.processing.tell(applying.state, [change], applying.moment)
    one, line = change.exception, change.line
    action = line.action if line else applying.command.name.partition(":")[2]
    applying.record(f"exception:{one.rule}:{action}", one.id, line.detail if line else {})


def _who(applying: Applying) -> dict[str, Any]:
    return {"actor": applying.command.actor, "at": applying.command.at}


def _acted(applying: Applying, decide: Act | Refusal) -> Outcome | Refusal:
    if isinstance(decide, Refusal):
        return decide
    id_ = applying.field("exception")
    standing = exceptions.get_exception(applying.state, id_)
    if standing is None:
        return not_found("exception", id_)
    change = decide(standing)
    if isinstance(change, Refusal):
        return change
    keep(applying, change)
    body = {"id": id_, "state": change.exception.state, "assignee": change.exception.assignee}
    return Outcome(status=200, body=body)
