"""What is said, signed, waived and promoted of a version."""

from typing import Any

import msgspec

from controlplane.applying.applying import Applying, Handler, not_found
from controlplane.applying.contract import STEWARDS
from controlplane.applying.lifecycle import Moving, acting, compared, moving
from controlplane.pipeline.command import Outcome
from governance.review import promotion, review, waiver
from governance.review import stores as reviews
from governance.review.waiver import Waiver
from governance.team import stores as teams
from rules.instant import render_instant
from rules.refusal import Refusal


def approve(applying: Applying) -> Outcome | Refusal:
    one = moving(applying)
    if isinstance(one, Refusal):
        return one
    standing = reviews.get_review(applying.state, *one.named)
    signed = [each.steward for each in reviews.approvals(applying.state, *one.named)]
    asked = standing.reviewers if standing else ()
    decided = review.approve(
        one.version,
        standing,
        comment=applying.field("comment"),
        demands=one.demands,
        actor=acting(applying, one, *signed, *asked),
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    reviews.sign(applying.state, decided)
    _record(applying, one, "signed", {"comment": decided.comment, "digest": one.version.digest})
    return Outcome(status=201, body=msgspec.to_builtins(decided))


def remark(applying: Applying) -> Outcome | Refusal:
    one = moving(applying)
    if isinstance(one, Refusal):
        return one
    finding = applying.field("finding")
    found = (*one.version.findings, *compared(applying, one)) if finding else ()
    decided = review.remark(
        one.version,
        reviews.remarks(applying.state, *one.named),
        finding=finding,
        text=applying.field("text"),
        findings=[each.id for each in found],
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    reviews.add_remark(applying.state, decided)
    _record(applying, one, "remarked", {"number": decided.number, "finding": finding})
    return Outcome(status=201, body=msgspec.to_builtins(decided))


def waive(applying: Applying) -> Outcome | Refusal:
    """Keep the waiver that is asked for; a steward who did not write the version gives it."""
    one = moving(applying)
    expires_at = applying.instant("expires_at")
    if isinstance(one, Refusal):
        return one
    if isinstance(expires_at, Refusal) or expires_at is None:
        return expires_at or review.malformed("/expires_at", "a waiver ends some day")
    command = applying.command
    decided = waiver.ask(
        one.version,
        (*one.version.findings, *compared(applying, one)),
        ids=command.body.get("findings", ()),
        owner=applying.field("owner"),
        reason=applying.field("reason"),
        expires_at=expires_at,
        teams=[team.team for team in teams.list_teams(applying.state)],
        actor=command.actor,
        at=command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    if not STEWARDS.isdisjoint(command.roles):
        given = waiver.grant(
            decided,
            one.version,
            demands=one.demands,
            actor=acting(applying, one),
            at=command.at,
        )
        decided = decided if isinstance(given, Refusal) else given
    reviews.save_waiver(applying.state, decided)
    _record(applying, one, "waived" if decided.granted_by else "waiver-asked", _told(decided))
    return Outcome(status=201, body=msgspec.to_builtins(decided))


def grant(applying: Applying) -> Outcome | Refusal:
    one = _waived(applying)
    if isinstance(one, Refusal):
        return one
    found, of = one
    decided = waiver.grant(
        found,
        of.version,
        demands=of.demands,
        actor=acting(applying, of),
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    reviews.save_waiver(applying.state, decided)
    _record(applying, of, "waived", _told(decided))
    return Outcome(status=200, body=msgspec.to_builtins(decided))


def withdraw(applying: Applying) -> Outcome | Refusal:
    one = _waived(applying)
    if isinstance(one, Refusal):
        return one
    found, of = one
    decided = waiver.withdraw(
        found,
        steward=not STEWARDS.isdisjoint(applying.command.roles),
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    reviews.save_waiver(applying.state, decided)
    _record(applying, of, "waiver-withdrawn", {"waiver": decided.id})
    return Outcome(status=200, body=msgspec.to_builtins(decided))


def promote(applying: Applying) -> Outcome | Refusal:
    one = moving(applying)
    if isinstance(one, Refusal):
        return one
    decided = promotion.promote(
        one.version,
        applying.field("environment"),
        reviews.promotions(applying.state, *one.named),
        environments=one.demands.environments,
        steward=not STEWARDS.isdisjoint(applying.command.roles),
        comment=applying.field("comment"),
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(decided, Refusal):
        return decided
    reviews.save_promotion(applying.state, decided)
    told = {"environment": decided.environment, "comment": decided.comment}
    _record(applying, one, "promoted", told)
    return Outcome(status=201, body=msgspec.to_builtins(decided))


def _waived(applying: Applying) -> tuple[Waiver, Moving] | Refusal:
    found = reviews.get_waiver(applying.state, applying.field("waiver"))
    one = moving(applying)
    if isinstance(one, Refusal):
        return one
    if found is None or (found.subject, found.version) != one.named:
        return not_found("waiver", applying.field("waiver"))
    return found, one


def _told(one: Waiver) -> dict[str, Any]:
    return {
        "waiver": one.id,
        "owner": one.owner,
        "findings": [each.id for each in one.findings],
        "reason": one.reason,
        "expires_at": render_instant(one.expires_at),
        "asked_by": one.asked_by,
    }


def _record(applying: Applying, one: Moving, done: str, told: dict[str, Any]) -> None:
    subject, version = one.named
    applying.record(f"contract:version:{done}", subject, {"version": version, **told})


HANDLERS: dict[str, Handler] = {
    "contract:version:approve": approve,
    "contract:version:remark": remark,
    "contract:version:waive": waive,
    "contract:waiver:grant": grant,
    "contract:waiver:withdraw": withdraw,
    "contract:version:promote": promote,
}
