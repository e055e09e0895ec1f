"""
A version is drafted, reviewed, approved, published, deprecated and retired, in that order.

A steward may publish a draft directly, and what is under review may go back to draft. What is
published holds no error; what is retired was said to end, and is read by nobody who has nothing
else to read.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from governance.contract.catalogue import IN_FORCE, Consumer, Lifecycle, Observed, Version
from governance.contract.ending import readers_of
from governance.contract.finding import BLOCKING, Finding
from rules.instant import render_instant
from rules.refusal import Problem, Refusal

ALLOWED: dict[Lifecycle, tuple[Lifecycle, ...]] = {
    "draft": ("in_review", "published"),
    "in_review": ("approved", "draft"),
    "approved": ("published", "draft"),
    "published": ("deprecated",),
    "deprecated": ("retired",),
    "retired": (),
}
MAX_SHOWN = 100
_STEWARDS = frozenset({"approved", "published", "deprecated", "retired"})


class Farewell(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a version is said to end: from when on it may be gone, and what to read instead.

    Without a sunset it is that of the notice that its contract owes.
    """

    sunset: datetime | None = None
    successor: str | None = None
    notice_days: int = 0


AT_ONCE = Farewell()


def transition(  # noqa: PLR0913 - who may do what to which version, and who would notice
    version: Version,
    to: str,
    *,
    others: Sequence[Version],
    consumers: Sequence[Consumer],
    steward: bool,
    at: datetime,
    farewell: Farewell = AT_ONCE,
    compared: Sequence[Finding] = (),
    waived: frozenset[str] = frozenset(),
    observed: Sequence[Observed] = (),
) -> Version | Refusal:
    """
    Return *version* in its next state, or why it does not get there.

    *others* are the subject's versions; *consumers* who declared that they read it;
    *compared* what stands between it and what is published now, less the ids *waived*;
    *observed* who was seen to send or read it of late.
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
        return _deprecate(version, farewell, others, at=at)
    if to == "retired":
        return _early(version, at=at) or _retire(version, others, consumers, observed)
    return replace(version, lifecycle=to)


def _publish(
    version: Version, compared: Sequence[Finding], waived: frozenset[str], *, at: datetime
) -> Version | Refusal:
    errors = [one for one in version.findings if one.level == "error" and not one.of_style]
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
    if all(one.of_style for one in stand):
        return _unstyled(version, stand)
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


def _unstyled(version: Version, stand: Sequence[Finding]) -> Refusal:
    rules = len({one.rule for one in stand})
    return Refusal(
        type="house-rules",
        status=409,
        title="It breaks rules of the house",
        detail=f"{version.subject} {version.version} breaks {rules} rule(s) of the lint policies "
        f"in force: mend it in a new version, or ask for a waiver; the first: {stand[0].message}",
        extra={"findings": msgspec.to_builtins(stand[:MAX_SHOWN])},
    )


def _deprecate(
    version: Version, farewell: Farewell, others: Sequence[Version], *, at: datetime
) -> Version | Refusal:
    earliest = at + timedelta(days=farewell.notice_days)
    sunset = farewell.sunset or (earliest if farewell.notice_days else None)
    if sunset is not None and sunset <= at:
        return _unfit("/sunset", f"{render_instant(sunset)} has passed; a sunset is in the future")
    if sunset is not None and sunset < earliest:
        detail = f"its readers are owed {farewell.notice_days} days: {render_instant(earliest)}"
        return _unfit("/sunset", f"{detail} is the earliest")
    heirs = [one.version for one in others if one.lifecycle == "published"]
    heirs = [one for one in heirs if one != version.version]
    if farewell.successor is not None and farewell.successor not in heirs:
        known = f"one of {', '.join(sorted(heirs))}" if heirs else "none is published"
        return _unfit("/successor", f"{farewell.successor!r} is no published version; {known}")
    return replace(
        version,
        lifecycle="deprecated",
        deprecated_at=at,
        sunset_at=sunset,
        successor=farewell.successor,
    )


def _early(version: Version, *, at: datetime) -> Refusal | None:
    """Who was told a day may rest on it."""
    if version.sunset_at is None or version.sunset_at <= at:
        return None
    until = render_instant(version.sunset_at)
    return Refusal(
        type="sunset-ahead",
        status=409,
        title="Its readers were promised longer",
        detail=f"{version.subject} {version.version} was said to stay until {until}.",
        extra={"sunset_at": until},
    )


def _retire(
    version: Version,
    others: Sequence[Version],
    consumers: Sequence[Consumer],
    observed: Sequence[Observed],
) -> Version | Refusal:
    left = [
        one.number for one in others if one.version != version.version and one.lifecycle in IN_FORCE
    ]
    readers = readers_of(version.number, consumers, left)
    stranded = {one.system for one in readers if one.stranded}
    seen = {one.system for one in observed}
    if not stranded and not seen:
        return replace(version, lifecycle="retired")
    named = sorted(stranded | seen)
    seen_by = {"observed": msgspec.to_builtins(tuple(observed))} if observed else {}
    return Refusal(
        type="consumers-remain",
        status=409,
        title="Somebody still uses it",
        detail=f"{', '.join(named)} would be left without it; let them move first. "
        "Declared readers need another version in their range; whoever was seen to use this "
        "one must have been silent.",
        extra={"consumers": named, **seen_by},
    )


def _unfit(pointer: str, detail: str) -> Refusal:
    return Refusal(
        type="invalid-request",
        status=422,
        title="The farewell does not fit",
        detail=f"{detail}.",
        errors=(Problem(pointer=pointer, detail=detail),),
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
