"""
Each entry's hash covers its content and the hash before it: h(n) = SHA-256(h(n-1) ‖ JSON).

The JSON is canonical: sorted keys, no spaces, UTF-8, instants in microseconds. Details
hold digests and names of things, never a person's data: what is here stays here.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from rules.instant import to_micros

GENESIS = "0" * 64


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """
    An entry exactly as it is stored: `at` in microseconds, `detail` the text itself.

    What is checked is what stands there: nothing is read into it and written out again.
    """

    number: int
    at: int
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    hash: str

    @property
    def digest(self) -> str:
        """What the hash has to be."""
        content = {
            "number": self.number,
            "at": self.at,
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "detail": msgspec.Raw(self.detail.encode()),
        }
        canonical = msgspec.json.encode(content, order="sorted")
        return hashlib.sha256(self.previous.encode() + canonical).hexdigest()


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

    @property
    def sealed(self) -> Sealed:
        return Sealed(
            number=self.number,
            at=to_micros(self.at),
            actor=self.actor,
            action=self.action,
            subject=self.subject,
            detail=msgspec.json.encode(self.detail, order="sorted").decode(),
            previous=self.previous,
            hash=self.hash,
        )


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
    return msgspec.structs.replace(entry, hash=entry.sealed.digest)


def break_between(last: Sealed | None, entry: Sealed) -> Break | None:
    """Return why *entry* does not follow *last* (None: nothing); None when it does."""
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    if entry.number != number:
        return Break(number=number, because=f"entry {number} is missing")
    if entry.previous != previous:
        return Break(number=number, because="it does not follow the entry before it")
    if entry.hash != entry.digest:
        return Break(number=number, because="its content is not what was sealed")
    return None
