"""
A version is signed by stewards who did not write it.

A review is asked for of named stewards, or of whoever is one. Text and digest of a version
never change, so a signature is of a text; a version that goes back to draft has lost them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from governance.contract.catalogue import Contract, Version
from governance.review.demand import Demands
from rules.refusal import Problem, Refusal

LONGEST = 4_000
MAX_REVIEWERS = 50


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """`reviewers` are the stewards whose signatures count; nobody named: any steward's."""

    subject: str
    version: str
    quorum: int
    reviewers: tuple[str, ...]
    comment: str
    requested_by: str
    requested_at: datetime


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    version: str
    steward: str
    comment: str
    at: datetime


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of a version, or of the finding that they name."""

    subject: str
    version: str
    number: int
    finding: str
    text: str
    actor: str
    at: datetime


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """How many signatures are wanted still, and of whom; nobody named: of any steward."""

    quorum: int
    signed: tuple[str, ...]
    lacking: int
    of: tuple[str, ...]


def request(  # noqa: PLR0913 - what is to be reviewed, by whom, who asks, and under which demands
    version: Version,
    contract: Contract,
    *,
    reviewers: Sequence[str],
    comment: str,
    demands: Demands,
    actor: str,
    at: datetime,
) -> Review | Refusal:
    """Return the review of *version* that is asked for, or why it could never be concluded."""
    quorum = demands.reviewers(contract)
    named = tuple(dict.fromkeys(reviewers))
    author = not demands.sign_own and version.created_by in named
    problem = None
    if len(named) > MAX_REVIEWERS:
        problem = f"at most {MAX_REVIEWERS} reviewers"
    elif author:
        problem = f"{version.created_by} wrote it and does not review it"
    elif named and len(named) < quorum:
        problem = f"{quorum} must sign; name at least so many, or nobody: then any steward may"
    if problem or len(comment) > LONGEST:
        at_fault = "/reviewers" if problem else "/comment"
        return malformed(at_fault, problem or f"at most {LONGEST:,} characters")
    return Review(
        subject=version.subject,
        version=version.version,
        quorum=quorum,
        reviewers=named,
        comment=comment,
        requested_by=actor,
        requested_at=at,
    )


def approve(  # noqa: PLR0913 - which text, who signs it, and what the house demands
    version: Version,
    review: Review | None,
    *,
    comment: str,
    demands: Demands,
    actor: str,
    at: datetime,
) -> Approval | Refusal:
    """Return the signature of *actor*, a steward, or why it does not count."""
    named = f"{version.subject} {version.version}"
    if version.lifecycle != "in_review" or review is None:
        return Refusal(
            type="not-in-review",
            status=409,
            title="Nobody asks for a review",
            detail=f"{named} is {version.lifecycle}; a version is signed while it is in_review.",
            extra={"lifecycle": version.lifecycle},
        )
    if actor == version.created_by and not demands.sign_own:
        return own_work(version)
    if review.reviewers and actor not in review.reviewers:
        return Refusal(
            type="not-a-reviewer",
            status=403,
            title="Others were asked",
            detail=f"The review of {named} was asked of {', '.join(review.reviewers)}.",
            extra={"reviewers": list(review.reviewers)},
        )
    if len(comment) > LONGEST:
        return malformed("/comment", f"at most {LONGEST:,} characters")
    return Approval(
        subject=version.subject, version=version.version, steward=actor, comment=comment, at=at
    )


def remark(  # noqa: PLR0913 - of what, of which finding of it, what, by whom and when
    version: Version,
    said: Sequence[Remark],
    *,
    finding: str,
    text: str,
    findings: Iterable[str],
    actor: str,
    at: datetime,
) -> Remark | Refusal:
    """Return what *actor* says of *version*, or of one of its *findings*."""
    if not text.strip() or len(text) > LONGEST:
        return malformed("/text", f"say something, in at most {LONGEST:,} characters")
    if finding and finding not in findings:
        detail = f"{finding!r} is no finding of {version.subject} {version.version}"
        return malformed("/finding", detail)
    return Remark(
        subject=version.subject,
        version=version.version,
        number=len(said) + 1,
        finding=finding,
        text=text,
        actor=actor,
        at=at,
    )


def missing(review: Review, approvals: Iterable[Approval]) -> Missing:
    """Return which signatures *review* waits for."""
    return lacking(review.quorum, review.reviewers, {one.steward for one in approvals})


def lacking(quorum: int, reviewers: Iterable[str], stewards: Iterable[str]) -> Missing:
    """Return what *quorum* lacks where *stewards* have signed."""
    signed = tuple(sorted(stewards))
    return Missing(
        quorum=quorum,
        signed=signed,
        lacking=max(quorum - len(signed), 0),
        of=tuple(one for one in reviewers if one not in signed),
    )


def waits_for(
    wanted: Missing, reviewers: Sequence[str], *, author: str, demands: Demands, actor: str
) -> bool:
    """Whether a review that was asked of *reviewers* wants the signature of *actor*, a steward."""
    may = demands.sign_own or actor != author
    asked = not reviewers or actor in reviewers
    return may and asked and wanted.lacking > 0 and actor not in wanted.signed


def unsigned(  # noqa: PLR0913 - a step of a version, who asks for it, and who has signed
    version: Version,
    to: str,
    review: Review | None,
    approvals: Sequence[Approval],
    *,
    contract: Contract,
    demands: Demands,
    actor: str,
) -> Refusal | None:
    """
    Return why *version* may not go *to* approved or published yet: not enough have signed it.

    A draft that is published without a review is signed by whoever publishes it.
    """
    if to not in {"approved", "published"} or version.lifecycle == "approved":
        return None
    if review is not None:
        wanted = missing(review, approvals)
        return _too_few(version, wanted) if wanted.lacking else None
    quorum = demands.stewards(contract)
    if quorum and actor == version.created_by and not demands.sign_own:
        return own_work(version)
    signed = Missing(quorum=quorum, signed=(actor,), lacking=max(quorum - 1, 0), of=())
    return _too_few(version, signed) if signed.lacking else None


def sent_back(version: Version, *, comment: str, steward: bool, actor: str) -> Refusal | None:
    """Return why *actor* may not ask for changes of *version*; its author may take it back."""
    if actor == version.created_by:
        return None
    if not steward:
        return Refusal(
            type="steward-needed",
            status=403,
            title="Only a steward may decide this",
            detail=f"{version.created_by} or a steward sends {version.subject} "
            f"{version.version} back to draft.",
        )
    return None if comment.strip() else malformed("/comment", "say what is to be changed")


def own_work(version: Version) -> Refusal:
    named = f"{version.subject} {version.version}"
    return Refusal(
        type="own-work",
        status=409,
        title="Somebody else signs it off",
        detail=f"{version.created_by} wrote {named} and does not sign it: let a steward who is "
        "somebody else do so. Where one person works alone, start the server with "
        "CONTROLPLANE_SIGN_OWN_WORK=true.",
        extra={"author": version.created_by},
    )


def _too_few(version: Version, wanted: Missing) -> Refusal:
    whom = f" of {', '.join(wanted.of)}" if wanted.of else ""
    return Refusal(
        type="approvals-missing",
        status=409,
        title="Not enough stewards have signed",
        detail=f"{version.subject} {version.version} wants {wanted.quorum} approval(s) and has "
        f"{wanted.quorum - wanted.lacking}: {wanted.lacking} more{whom}. Submit it for review and "
        f"POST /v1/contracts/{version.subject}/versions/{version.version}/approvals.",
        extra={"missing": msgspec.to_builtins(wanted)},
    )


def malformed(pointer: str, detail: str) -> Refusal:
    return Refusal(
        type="invalid-request",
        status=422,
        title="The request does not fit",
        detail=f"{pointer}: {detail}.",
        errors=(Problem(pointer=pointer, detail=detail),),
    )
