"""Who answers for a subject, and who did before: it is handed over to a team, with a reason."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from governance.contract.catalogue import Contract
from rules.refusal import Problem, Refusal

LONGEST = 4_000


class Tenure(msgspec.Struct, frozen=True, kw_only=True):
    """An owner of a subject since a time; the first is who registered it."""

    subject: str
    number: int
    owner: str
    since: datetime
    by: str
    reason: str


def first(contract: Contract) -> Tenure:
    return Tenure(
        subject=contract.subject,
        number=1,
        owner=contract.owner,
        since=contract.created_at,
        by=contract.created_by,
        reason="registered",
    )


def hand_over(  # noqa: PLR0913 - what goes to whom, why, who says so and when
    contract: Contract,
    owner: str,
    history: Sequence[Tenure],
    *,
    reason: str,
    teams: Iterable[str],
    actor: str,
    at: datetime,
) -> tuple[Contract, Tenure] | Refusal:
    """Return *contract* with its new owner, and that owner's tenure; or why that cannot be."""
    if owner not in teams:
        return _unfit("/owner", f"{owner!r} is no team; put it to /v1/teams first")
    if not reason.strip() or len(reason) > LONGEST:
        return _unfit("/reason", f"say why, in at most {LONGEST:,} characters")
    if owner == contract.owner:
        return Refusal(
            type="owner-unchanged",
            status=409,
            title="The owner stays",
            detail=f"{contract.subject} belongs to {owner} already.",
        )
    tenure = Tenure(
        subject=contract.subject,
        number=len(history) + 1,
        owner=owner,
        since=at,
        by=actor,
        reason=reason,
    )
    return replace(contract, owner=owner), tenure


def _unfit(pointer: str, detail: str) -> Refusal:
    return Refusal(
        type="invalid-request",
        status=422,
        title="The contract cannot be handed over",
        detail=f"{pointer}: {detail}.",
        errors=(Problem(pointer=pointer, detail=detail),),
    )
