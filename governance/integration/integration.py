"""
What is known of the code that carries a contract from its producer to a consumer.

Code is supported until somebody says that it is not, or until its support ends.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from governance.contract.catalogue import Contract, Criticality
from rules.refusal import Problem, Refusal

LONGEST = 2_000
_SYSTEM = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*\Z")


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """`code` says what carries it and where that lives; `owner` is the team that supports it."""

    subject: str
    consumer: str
    code: str
    supported: bool
    support_ends: date | None
    owner: str
    criticality: Criticality
    note: str
    declared_at: datetime
    declared_by: str

    def supported_on(self, day: date) -> bool:
        return self.supported and (self.support_ends is None or day <= self.support_ends)


class _Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    supported: bool = True
    support_ends: date | None = None
    owner: str | None = None
    criticality: Criticality | None = None
    note: str = ""


def declare(  # noqa: PLR0913 - a flow by its two ends, what is said of it, who says so and when
    contract: Contract,
    consumer: str,
    body: Mapping[str, Any],
    *,
    teams: Collection[str],
    actor: str,
    at: datetime,
) -> Integration | Refusal:
    """
    Return what *body* says of the code between the contract's own system and *consumer*.

    Owner and criticality are the contract's where nothing else is said.
    """
    try:
        asked = msgspec.convert(body, _Asked, strict=False)
    except msgspec.ValidationError as error:
        return _refused("", str(error))
    owner = asked.owner or contract.owner
    if not _SYSTEM.match(consumer):
        return _refused("/consumer", "a system is named such as billing-portal")
    if owner not in teams:
        return _refused("/owner", f"{owner!r} is no team; put it to /v1/teams first")
    if not asked.code.strip() or max(len(asked.code), len(asked.note)) > LONGEST:
        return _refused("/code", f"say what carries it, in at most {LONGEST:,} characters")
    return Integration(
        subject=contract.subject,
        consumer=consumer,
        code=asked.code,
        supported=asked.supported,
        support_ends=asked.support_ends,
        owner=owner,
        criticality=asked.criticality or contract.criticality,
        note=asked.note,
        declared_at=at,
        declared_by=actor,
    )


def _refused(pointer: str, detail: str) -> Refusal:
    return Refusal(
        type="invalid-request",
        status=422,
        title="The integration cannot be described so",
        detail=f"{pointer or 'the body'}: {detail}.",
        errors=(Problem(pointer=pointer, detail=detail),),
    )
