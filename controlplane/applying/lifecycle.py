"""A version moves on: reviewed, published, said to end, retired; what it binds is judged anew."""

from collections.abc import Sequence

import msgspec

from controlplane.applying.applying import Applying, not_found
from controlplane.applying.contract import STEWARDS, described_version
from controlplane.applying.redefining import redefine
from controlplane.identity.name_stores import known_as
from controlplane.lintpolicies import policies
from controlplane.pipeline.command import Outcome
from governance.contract import lifecycle
from governance.contract import stores as contracts
from governance.contract.announcement import announce, hearing, labels_of
from governance.contract.catalogue import Contract, Observed, Version
from governance.contract.finding import Finding
from governance.contract.lifecycle import Farewell
from governance.contract.versions import held_now
from governance.outbox.announced_stores import enqueue_whole
from governance.review import review, waiver
from governance.review import stores as reviews
from governance.review.demand import Demands, read_demands
from governance.review.waiver import Waiver
from observability.traffic import stores as traffic
from rules.instant import render_instant
from rules.refusal import Refusal


class Moving(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is to move, and all that decides whether it may."""

    version: Version
    contract: Contract
    demands: Demands
    waivers: Sequence[Waiver]

    @property
    def named(self) -> tuple[str, str]:
        return self.version.subject, self.version.version


def moving(applying: Applying) -> Moving | Refusal:
    """Return the version that the command names, or that there is none."""
    subject, number = applying.field("subject"), applying.field("version")
    version = contracts.get_version(applying.state, subject, number)
    contract = contracts.get_contract(applying.state, subject)
    if version is None or contract is None:
        return not_found("version", f"{subject} {number}")
    return Moving(
        version=version,
        contract=contract,
        demands=read_demands(applying.command.body),
        waivers=reviews.waivers(applying.state, subject, number),
    )


def acting(applying: Applying, one: Moving, *others: str) -> str:
    """Return who acts, by the name by which the version, or one of *others*, knows them."""
    author = one.version.created_by
    return known_as(applying.state, applying.command.actor, (author, *others))


def compared(applying: Applying, one: Moving) -> Sequence[Finding]:
    """What another draft was compared with is past: a version goes out beside what is out now."""
    others = contracts.list_versions(applying.state, one.version.subject)
    at, rules = applying.command.at, policies(applying.state)
    return held_now(one.contract, one.version, others, at=at, policies=rules)


def transition(applying: Applying) -> Outcome | Refusal:
    one = moving(applying)
    if isinstance(one, Refusal):
        return one
    to = applying.field("to")
    begun = _reviewed(applying, one, to)
    decided = begun or _moved(applying, one, to)
    if isinstance(decided, Refusal):
        return decided
    before = applying.processing.definitions(applying.state)
    contracts.save_lifecycle(applying.state, decided)
    remember_users(applying, decided)
    applying.record(
        f"contract:version:{_DONE.get(to, to)}", decided.subject, _told(applying, one, decided)
    )
    name = f"contract {decided.subject} {decided.version} {decided.lifecycle}"
    redefine(applying, before, name)
    tell(applying, one.contract, decided, _DONE.get(to, to))
    return Outcome(status=200, body=described_version(decided))


_DONE = {"draft": "sent-back"}


def _moved(applying: Applying, one: Moving, to: str) -> Version | Refusal:
    farewell = _farewell(applying, one)
    if isinstance(farewell, Refusal):
        return farewell
    found = compared(applying, one) if to == "published" else ()
    decided = lifecycle.transition(
        one.version,
        to,
        others=contracts.list_versions(applying.state, one.version.subject),
        compared=found,
        waived=waiver.waived(one.waivers, found, at=applying.command.at),
        consumers=contracts.list_consumers(applying.state, one.version.subject),
        observed=_observed(applying, one, to),
        steward=not STEWARDS.isdisjoint(applying.command.roles),
        at=applying.command.at,
        farewell=farewell,
    )
    if isinstance(decided, Refusal):
        return decided
    unsigned = review.unsigned(
        one.version,
        to,
        reviews.get_review(applying.state, *one.named),
        reviews.approvals(applying.state, *one.named),
        contract=one.contract,
        demands=one.demands,
        actor=acting(applying, one),
    )
    return unsigned or decided


def _reviewed(applying: Applying, one: Moving, to: str) -> Refusal | None:
    """Begin the review that goes with *to*, or end it; return why that cannot be."""
    if to not in lifecycle.ALLOWED[one.version.lifecycle]:
        return None  # the lifecycle says why
    comment = applying.field("comment")
    if to == "draft":
        steward = not STEWARDS.isdisjoint(applying.command.roles)
        actor = acting(applying, one)
        refusal = review.sent_back(one.version, comment=comment, steward=steward, actor=actor)
        if refusal is None:
            reviews.forget(applying.state, *one.named)
        return refusal
    if to != "in_review":
        return None
    asked = review.request(
        one.version,
        one.contract,
        reviewers=_asked(applying, one),
        comment=comment,
        demands=one.demands,
        actor=applying.command.actor,
        at=applying.command.at,
    )
    if isinstance(asked, Refusal):
        return asked
    reviews.begin(applying.state, asked)
    return None


def _asked(applying: Applying, one: Moving) -> Sequence[str]:
    """Return who is asked to sign; several keys of one person are one reviewer."""
    people = [one.version.created_by]
    named = applying.command.body.get("reviewers", ())
    found = []
    for reviewer in named:
        found.append(known_as(applying.state, reviewer, people))
        people.append(reviewer)
    return found


def _farewell(applying: Applying, one: Moving) -> Farewell | Refusal:
    sunset = applying.instant("sunset")
    if isinstance(sunset, Refusal):
        return sunset
    notice = one.demands.notice_days(one.contract)
    successor = applying.field("successor") or None
    return Farewell(sunset=sunset, successor=successor, notice_days=notice)


def _observed(applying: Applying, one: Moving, to: str) -> Sequence[Observed]:
    if to != "retired":
        return ()
    since = one.demands.seen_since(applying.command.at)
    return reviews.observed(applying.state, *one.named, since=since)


def remember_users(applying: Applying, version: Version) -> None:
    """Whoever sent events of a version before it was said to end uses it no less than later."""
    if version.lifecycle != "deprecated":
        return
    named = (version.subject, version.version)
    for flow in traffic.flows(applying.state, of=named):
        reviews.watch(applying.state, {(*named, flow.source): flow.events}, at=flow.last_at)


def tell(applying: Applying, contract: Contract, decided: Version, change: str) -> None:
    """Put into the outbox what whoever listens for contracts hears of *change*."""
    routing = applying.processing.routing(applying.state)
    labels = labels_of(contract, change)
    consumers = contracts.list_consumers(applying.state, decided.subject)
    for to in hearing(routing, labels) if routing is not None else ():
        message = announce(
            contract,
            decided,
            change,
            receiver=to.receiver.receiver,
            consumers=[each.system for each in consumers if each.reads(decided.number)],
            actor=applying.command.actor,
            comment=applying.field("comment"),
            at=applying.command.at,
            reviewers=applying.command.body.get("reviewers", ()),
        )
        enqueue_whole(applying.state, to, message, labels, at=applying.command.at)


def _told(applying: Applying, one: Moving, decided: Version) -> dict[str, object]:
    told: dict[str, object] = {
        "version": decided.version,
        "digest": decided.digest,
        "comment": applying.field("comment"),
    }
    if decided.lifecycle in {"approved", "published"}:
        signed = reviews.approvals(applying.state, *one.named)
        told["signed_by"] = [each.steward for each in signed] or [applying.command.actor]
        told["waivers"] = [each.id for each in one.waivers if each.granted_by]
    if decided.lifecycle == "in_review":
        told["reviewers"] = list(applying.command.body.get("reviewers", ()))
    if decided.lifecycle == "deprecated":
        told["successor"] = decided.successor
        told["sunset"] = decided.sunset_at and render_instant(decided.sunset_at)
    return told
