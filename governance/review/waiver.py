"""
A waiver lets one version pass with findings that are named: owned, reasoned, and for a time.

It is of a finding where it was found, against the version that it was found against. A finding
that moved or went leaves its waiver stale; one whose day has passed excuses nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from governance.contract.catalogue import Version
from governance.contract.finding import BLOCKING, Finding
from governance.review.demand import Demands
from governance.review.review import LONGEST, malformed, own_work
from rules.decision import fingerprint
from rules.refusal import Refusal

MAX_FINDINGS = 1_000
WAIVABLE = frozenset({"breaking", "not_evaluated"})
Standing = Literal["asked", "active", "stale", "expired", "withdrawn"]
_ID_LETTERS = 12


class Excused(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it stood when it was waived."""

    id: str
    rule: str
    pointer: str
    against: str


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """`granted_by` None: it waits for a steward who is not the version's author."""

    id: str
    subject: str
    version: str
    owner: str
    findings: tuple[Excused, ...]
    reason: str
    expires_at: datetime
    asked_by: str
    asked_at: datetime
    granted_by: str | None = None
    granted_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


def ask(  # noqa: PLR0913 - of what, for whom, why, until when, and who asks
    version: Version,
    found: Iterable[Finding],
    *,
    ids: Sequence[str],
    owner: str,
    reason: str,
    expires_at: datetime,
    teams: Iterable[str],
    actor: str,
    at: datetime,
) -> Waiver | Refusal:
    """Return the waiver of the findings *ids* of *version*, as it is asked for."""
    known = {one.id: one for one in found}
    refusal = _unanswered(owner, reason, expires_at, teams, at=at) or _unfounded(ids, known)
    if refusal:
        return refusal
    excused = [
        Excused(id=one.id, rule=one.rule, pointer=one.pointer, against=one.against)
        for one in (known[id_] for id_ in dict.fromkeys(ids))
    ]
    named = fingerprint(version.subject, version.version, actor, at.isoformat(), *ids)
    return Waiver(
        id=f"WV-{named[:_ID_LETTERS]}",
        subject=version.subject,
        version=version.version,
        owner=owner,
        findings=tuple(excused),
        reason=reason,
        expires_at=expires_at,
        asked_by=actor,
        asked_at=at,
    )


def grant(
    waiver: Waiver, version: Version, *, demands: Demands, actor: str, at: datetime
) -> Waiver | Refusal:
    """Return the waiver given by *actor*, a steward; who wrote the version gives it none."""
    if waiver.withdrawn_by is not None:
        return _over(waiver, "was withdrawn")
    if waiver.expires_at <= at:
        return _over(waiver, "has expired")
    if actor == version.created_by and not demands.sign_own:
        return own_work(version)
    return waiver if waiver.granted_by else replace(waiver, granted_by=actor, granted_at=at)


def withdraw(waiver: Waiver, *, steward: bool, actor: str, at: datetime) -> Waiver | Refusal:
    """Return the waiver taken back, by who asked for it or by a steward."""
    if waiver.withdrawn_by is not None:
        return waiver
    if not steward and actor != waiver.asked_by:
        return Refusal(
            type="steward-needed",
            status=403,
            title="Only a steward may decide this",
            detail=f"{waiver.asked_by} or a steward takes {waiver.id} back.",
        )
    return replace(waiver, withdrawn_by=actor, withdrawn_at=at)


def standing(
    waiver: Waiver, found: Iterable[Finding] | None, *, at: datetime
) -> tuple[Standing, str]:
    """
    Return how *waiver* stands at the time *at*, and why.

    *found* are the findings of its version now; None where they are not looked at any more,
    since the version is out.
    """
    if waiver.withdrawn_by is not None:
        return "withdrawn", f"taken back by {waiver.withdrawn_by}"
    if waiver.expires_at <= at:
        return "expired", "its day has passed; ask anew, or mend what it excused"
    gone = [] if found is None else _gone(waiver, found)
    if gone:
        return "stale", f"not found any more: {', '.join(gone[:5])}"
    if waiver.granted_by is None:
        return "asked", "it waits for a steward who did not write the version"
    return "active", f"given by {waiver.granted_by}"


def waived(waivers: Iterable[Waiver], found: Sequence[Finding], *, at: datetime) -> frozenset[str]:
    """Return the ids of those of *found* that a waiver excuses at the time *at*."""
    excusing = {
        one.id: one
        for waiver in waivers
        if waiver.granted_by and not waiver.withdrawn_by and waiver.expires_at > at
        for one in waiver.findings
    }
    return frozenset(
        one.id for one in found if one.id in excusing and _is_of(excusing[one.id], one)
    )


def _gone(waiver: Waiver, found: Iterable[Finding]) -> list[str]:
    known = {one.id: one for one in found}
    return [
        one.id for one in waiver.findings if one.id not in known or not _is_of(one, known[one.id])
    ]


def _is_of(excused: Excused, finding: Finding) -> bool:
    here = (finding.rule, finding.pointer, finding.against)
    return here == (excused.rule, excused.pointer, excused.against)


def _unanswered(
    owner: str, reason: str, expires_at: datetime, teams: Iterable[str], *, at: datetime
) -> Refusal | None:
    if owner not in teams:
        return malformed("/owner", f"{owner!r} is no team; a team answers for a waiver")
    if not reason.strip() or len(reason) > LONGEST:
        return malformed("/reason", f"say why, in at most {LONGEST:,} characters")
    if expires_at <= at:
        return malformed("/expires_at", "a waiver ends in the future")
    return None


def _unfounded(ids: Sequence[str], known: dict[str, Finding]) -> Refusal | None:
    if not ids or len(ids) > MAX_FINDINGS:
        return malformed("/findings", f"name 1 to {MAX_FINDINGS:,} findings by their ids")
    for index, id_ in enumerate(ids):
        finding = known.get(id_)
        if finding is None:
            return malformed(f"/findings/{index}", f"{id_!r} is not found in this version")
        if not _may_pass(finding):
            detail = (
                f"{id_!r} is of level {finding.level}; only breaking, not_evaluated and what a "
                "lint policy blocks pass"
            )
            return malformed(f"/findings/{index}", detail)
    return None


def _may_pass(finding: Finding) -> bool:
    """An error of style is the house's to excuse, one of the document is nobody's."""
    return finding.level in WAIVABLE or (finding.of_style and finding.level in BLOCKING)


def _over(waiver: Waiver, what: str) -> Refusal:
    return Refusal(
        type="waiver-over",
        status=409,
        title="The waiver is over",
        detail=f"{waiver.id} {what}; ask for another.",
    )
