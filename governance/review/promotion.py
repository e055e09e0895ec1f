"""
A version goes from environment to environment, in their order, and leaves none out.

The last one takes only what is in force there for all to read: published, or deprecated still.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from governance.contract.catalogue import IN_FORCE, Version
from governance.review.review import malformed
from rules.refusal import Refusal


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    version: str
    environment: str
    comment: str
    by: str
    at: datetime


def promote(  # noqa: PLR0913 - what goes where, on which way, who says so and when
    version: Version,
    environment: str,
    before: Iterable[Promotion],
    *,
    environments: Sequence[str],
    steward: bool,
    comment: str,
    actor: str,
    at: datetime,
) -> Promotion | Refusal:
    """Return *version* in its next environment, or why it does not get there."""
    if environment not in environments:
        return malformed("/environment", f"one of {', '.join(environments)}")
    named = f"{version.subject} {version.version}"
    there = {one.environment for one in before}
    first = next((one for one in environments if one not in there), environment)
    if environments.index(environment) > environments.index(first):
        return _refused(
            "environment-skipped", f"{named} has not been in {first} yet; promote it there first."
        )
    if version.lifecycle == "retired":
        return _refused("illegal-promotion", f"{named} is retired; nothing is promoted any more.")
    last = environment == environments[-1]
    unfit = _unfit(version, environment, steward=steward) if last else None
    if unfit is not None:
        return unfit
    return Promotion(
        subject=version.subject,
        version=version.version,
        environment=environment,
        comment=comment,
        by=actor,
        at=at,
    )


def _unfit(version: Version, last: str, *, steward: bool) -> Refusal | None:
    """Return why *version* does not go to the *last* environment."""
    named = f"{version.subject} {version.version}"
    if not steward:
        return Refusal(
            type="steward-needed",
            status=403,
            title="Only a steward may decide this",
            detail=f"Ask a steward to promote {named} to {last}.",
        )
    if version.lifecycle in IN_FORCE:
        return None
    return _refused(
        "not-published", f"{named} is {version.lifecycle}; only what is published goes to {last}."
    )


def _refused(type_: str, detail: str) -> Refusal:
    return Refusal(type=type_, status=409, title="The version does not go there", detail=detail)
