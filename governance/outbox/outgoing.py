"""
An outgoing message is tried until it is delivered or dead.

Tried at once, then after 5 s, 5 min, 30 min, 2 h, 5 h and 10 h; a receiver that asks for
more time gets it. Its id stays the same over all attempts: the receiver's idempotency key.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from rules.refusal import Refusal

SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
LONGEST_PAUSE = timedelta(hours=24)
LEASE = timedelta(minutes=2)

State = Literal["waiting", "sending", "delivered", "dead"]
Result = Literal["delivered", "retry", "dead"]


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at` is when it is tried next; while sending, when its lease ends."""

    id: str
    receiver: str
    channel: str
    group_key: str
    state: State
    payload: str
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    last_error: str | None = None
    delivered_at: datetime | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver said to one attempt; `detail` is safe to show and holds no secret."""

    result: Result
    detail: str
    retry_after: timedelta | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    result: Result
    answer: str
    elapsed_seconds: str
    number: int = 0


def after(outgoing: Outgoing, answer: Answer, *, at: datetime) -> Outgoing:
    """Return *outgoing* after an attempt that was answered *at* with *answer*."""
    tried = replace(outgoing, attempts=outgoing.attempts + 1)
    if answer.result == "delivered":
        return replace(tried, state="delivered", delivered_at=at, due_at=at, last_error=None)
    failed = replace(tried, last_error=answer.detail, due_at=at)
    if answer.result == "dead" or tried.attempts >= len(SCHEDULE):
        return replace(failed, state="dead")
    asked = min(answer.retry_after or timedelta(0), LONGEST_PAUSE)
    return replace(failed, state="waiting", due_at=at + max(SCHEDULE[tried.attempts], asked))


def revive(outgoing: Outgoing, *, at: datetime) -> Outgoing | Refusal:
    """Return a dead message as one that is tried from the beginning, or why it is not dead."""
    if outgoing.state == "dead":
        return replace(outgoing, state="waiting", due_at=at, attempts=0)
    return Refusal(
        type="delivery-not-dead",
        status=409,
        title="Nothing to retry",
        detail=f"The message is {outgoing.state}; only a dead one is retried by hand.",
        extra={"state": outgoing.state},
    )
