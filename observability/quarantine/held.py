"""
A held event is what was refused, as it came, and why.

Its id follows from what it is: sending the same bad event again finds the same entry.
"""

import hashlib
from datetime import datetime

import msgspec

from rules.decision import fingerprint
from rules.refusal import Problem

HELD = "held"
REPLAYED = "replayed"
DISCARDED = "discarded"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """
    `reason` is a stable slug; `owner` the team that owns the `contract` which refused it.

    It counts as refused when it came; a back-filled event when it `happened_at`.
    """

    id: str
    received_at: datetime
    channel: str  # cloudevents | otlp
    reason: str
    detail: str
    payload: bytes
    status: str = HELD
    source: str | None = None
    event_id: str | None = None
    type: str | None = None
    errors: tuple[Problem, ...] = ()
    owner: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    settled_reason: str | None = None
    contract: str | None = None
    happened_at: datetime | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is `replayed` or `discarded`."""

    status: str
    at: datetime
    actor: str
    reason: str


def quarantine_id(channel: str, source: str | None, event_id: str | None, payload: bytes) -> str:
    digest = hashlib.sha256(payload).hexdigest()
    return "Q-" + fingerprint(channel, source or "", event_id or "", digest)[:24]
