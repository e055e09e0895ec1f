"""
A version is drafted, reviewed, approved, published, deprecated and retired, in that order.

A steward may publish a draft directly. What is published holds no error; what is retired
is read by nobody who has nothing else to read.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from governance.contract.catalogue import IN_FORCE, Consumer, Lifecycle, Version
from governance.contract.finding import BLOCKING, Finding
from rules.instant import render_instant
from rules.refusal import Problem, Refusal

ALLOWED: dict[Lifecycle, tuple[Lifecycle, ...]] = {
    "draft": ("in_review", "published"),
    "in_review": ("approved",),
    "approved": ("published",),
    "published": ("deprecated",),
    "deprecated": ("retired",),
    "retired": (),
}
MAX_SHOWN = 100
_STEWARDS = frozenset({"approved", "published", "deprecated", "retired"})


def transition(  # noqa: PLR0913 - who may do what to which version, and who would notice
    version: Version,
    to: str,
    *,
    others: Sequence[Version],
    consumers: Sequence[Consumer],
    steward: bool,
    at: datetime,
    sunset: datetime | None = None,
    compared: Sequence[Finding] = (),
    waived: frozenset[str] = frozenset(),
) -> Version | Refusal:
    """
    Return *version* in its next state, or why it does not get there.

    *others* are the subject's versions; *consumers* who declared that they read it;
    *compared* what stands between it and what is published now, less the ids *waived*.
    """
    if to in _STEWARDS and not steward:
        return Refusal(
            type="steward-needed",
            status=403,
            title="Only a steward may decide this",
            detail=f"Ask a steward to move {version.subject} {version.version} to {to}.",
        )
    if to not in ALLOWED[version.lifecycle]:
        return _illegal(version, to)
    if to == "published":
        return _publish(version, compared, waived, at=at)
    if to == "deprecated":
        return _deprecate(version, sunset, at=at)
    if to == "retired":
        return _retire(version, others, consumers)
    return replace(version, lifecycle="approved" if to == "approved" else "in_review")


def _publish(
    version: Version, compared: Sequence[Finding], waived: frozenset[str], *, at: datetime
) -> Version | Refusal:
    errors = [finding for finding in version.findings if finding.level == "error"]
    stand = [one for one in compared if one.level in BLOCKING and one.id not in waived]
    if not errors and not stand:
        return replace(version, lifecycle="published", published_at=at)
    if not errors:
        return _incompatible(version, stand)
    return Refusal(
        type="findings-stand",
        status=409,
        title="The document has errors",
        detail=f"{len(errors)} finding(s) must be mended in a new version; "
        f"the first: {errors[0].message}",
        extra={"findings": msgspec.to_builtins(errors)},
    )


def _incompatible(version: Version, stand: Sequence[Finding]) -> Refusal:
    broken = sum(one.level == "breaking" for one in stand)
    against = ", ".join(sorted({one.against for one in stand} - {""})) or "an older version"
    return Refusal(
        type="incompatible",
        status=409,
        title="It does not go with what is published",
        detail=f"{version.subject} {version.version} against {against}: {broken} breaking, "
        f"{len(stand) - broken} not evaluated; the first: {stand[0].message}",
        extra={"findings": msgspec.to_builtins(stand[:MAX_SHOWN])},
    )


def _deprecate(version: Version, sunset: datetime | None, *, at: datetime) -> Version | Refusal:
    if sunset is not None and sunset <= at:
        detail = "the sunset lies in the future"
        return Refusal(
            type="invalid-request",
            status=422,
            title="The sunset has passed",
            detail=f"{render_instant(sunset)}: {detail}.",
            errors=(Problem(pointer="/sunset", detail=detail),),
        )
    return replace(version, lifecycle="deprecated", sunset_at=sunset)


def _retire(
    version: Version, others: Sequence[Version], consumers: Sequence[Consumer]
) -> Version | Refusal:
    left = [
        one.number for one in others if one.version != version.version and one.lifecycle in IN_FORCE
    ]
    stranded = [
        consumer.system
        for consumer in consumers
        if consumer.reads(version.number) and not any(consumer.reads(number) for number in left)
    ]
    if not stranded:
        return replace(version, lifecycle="retired")
    return Refusal(
        type="consumers-remain",
        status=409,
        title="Somebody still reads it",
        detail=f"{', '.join(sorted(stranded))} would be left without a version to read; "
        "let them move first.",
        extra={"consumers": sorted(stranded)},
    )


def _illegal(version: Version, to: str) -> Refusal:
    allowed = list(ALLOWED[version.lifecycle])
    return Refusal(
        type="illegal-transition",
        status=409,
        title="The lifecycle does not go there",
        detail=f"{version.subject} {version.version} is {version.lifecycle}; "
        + (f"next is {' or '.join(allowed)}." if allowed else "that is its end."),
        extra={"lifecycle": version.lifecycle, "asked": to, "allowed": allowed},
    )
