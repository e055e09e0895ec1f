"""
Each entry's hash covers its content and the hash before it: h(n) = SHA-256(h(n-1) ‖ JSON).

The JSON is canonical: sorted keys, no spaces, UTF-8, instants in microseconds. Details
hold digests and names of things, never a person's data: what is here stays here.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from rules.instant import to_micros

GENESIS = "0" * 64


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`action` is source:subject:action, e.g. `contract:version:published`."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    previous: str
    hash: str


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """The first entry at which the chain does not hold, and why."""

    number: int
    because: str


def seal(  # noqa: PLR0913 - who did what to which subject, and when
    last: LedgerEntry | None,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any],
    at: datetime,
) -> LedgerEntry:
    """Return the entry that follows *last* (None: the first one)."""
    entry = LedgerEntry(
        number=last.number + 1 if last else 1,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        detail=detail,
        previous=last.hash if last else GENESIS,
        hash="",
    )
    return msgspec.structs.replace(entry, hash=_hash(entry))


def verify(entries: Iterable[LedgerEntry], *, after: LedgerEntry | None = None) -> Break | None:
    """
    Return the first break in *entries*, which follow *after* in order; None when they hold.

    A tail that was cut off shows only against a number or hash kept elsewhere.
    """
    last = after
    for entry in entries:
        number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
        if entry.number != number:
            return Break(number=number, because=f"entry {number} is missing")
        if entry.previous != previous:
            return Break(number=number, because="it does not follow the entry before it")
        if entry.hash != _hash(entry):
            return Break(number=number, because="its content is not what was sealed")
        last = entry
    return None


def _hash(entry: LedgerEntry) -> str:
    content = {
        "number": entry.number,
        "at": to_micros(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }
    canonical = msgspec.json.encode(content, order="sorted")
    return hashlib.sha256(entry.previous.encode() + canonical).hexdigest()
